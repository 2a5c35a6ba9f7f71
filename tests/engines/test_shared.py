"""What is loaded once for all that hear with it at the same time."""

import gc

import pytest

from listenlive.engines.shared import shared


class Model:
    """Something heavy."""


def test_a_model_is_loaded_once_while_it_is_used() -> None:
    first = shared(("once", 1), Model)

    assert shared(("once", 1), Model) is first
    assert shared(("once", 2), Model) is not first


def test_a_model_that_nobody_uses_is_not_kept() -> None:
    loads: list[str] = []

    def load() -> Model:
        loads.append("loaded")
        return Model()

    for _ in range(2):
        model = shared("kept", load)
        del model
        gc.collect()

    assert loads == ["loaded", "loaded"]


def test_a_model_that_cannot_be_loaded_is_tried_again() -> None:
    def broken() -> Model:
        raise OSError("damaged")

    with pytest.raises(OSError, match="damaged"):
        shared("broken", broken)
    assert isinstance(shared("broken", Model), Model)

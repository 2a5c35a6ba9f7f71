"""The figures that behaviours are measured by, on labels made up here."""

import numpy as np
import pytest

from bench.behaviours import auc, f1, held_out, macro_f1, precision, recall, told
from bench.counselling import Labels, Session, halves
from listenlive.conversation import MomentKind

COUNTS = np.array([6.0, 8.0, 12.0, 20.0])  # both, told, true, all


def test_figures_from_counts():
    assert f1(COUNTS) == pytest.approx(0.6)
    assert (precision(COUNTS), recall(COUNTS)) == (0.75, 0.5)
    assert macro_f1(COUNTS) == pytest.approx((0.6 + 0.6) / 2)
    assert precision(np.zeros(4)) is None


def test_the_area_counts_ties_half():
    low = np.array([True, False, False])
    assert auc(np.array([0.5, 0.5, 0.1]), low) == 0.75
    assert auc(np.array([0.5, 0.5, 0.1]), np.zeros(3, bool)) is None


def test_the_word_model_learns_from_the_other_folds():
    texts = ["what is it ?", "you feel low", "why so ?", "you feel torn"] * 5
    true = np.array(["?" in text for text in texts])
    groups = np.repeat(np.arange(5), 4)
    assert (held_out(texts, true, groups) == true).all()


def session(number: str, *, low: bool) -> Session:
    texts = (
        (0, "B", "I have not slept since they closed the office, and I am so tired."),
        (1, "A", "You should ask somebody."),
        (2, "B", "Maybe."),
        (3, "A", "What keeps you awake?"),
    )
    labels = {
        1: Labels(False, None, False, None, True, True),
        3: Labels(True, True, False, None, False, False),
    }
    return Session(number, low, texts, labels)


def test_what_is_told_goes_through_the_whole_analysis():
    said = told(session("1", low=False), punctuated=True)
    assert MomentKind.ADVICE in said[1].kinds
    assert said[1].gives
    assert (said[1].open, said[3].open) == (None, True)


def test_halves_share_good_and_poor_sessions():
    sessions = [session(str(n), low=n < 4) for n in range(12)]
    ours, theirs = halves(sessions)
    assert {s.id for s in ours}.isdisjoint(s.id for s in theirs)
    assert [sum(s.low_quality for s in half) for half in (ours, theirs)] == [2, 2]

"""German, on 200 sentences that were labelled before its rules were written (tests/data)."""

from collections import Counter
from pathlib import Path

import pytest

from drawing import spread
from listenlive.analysis import analyse
from listenlive.conversation import (
    BEHAVIOURS,
    QUESTIONS,
    Conversation,
    MomentKind,
    Person,
    Utterance,
)
from listenlive.span import Span

PATH = Path(__file__).parents[1] / "data" / "german.tsv"
ROWS = [
    line.split("\t")
    for line in PATH.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def talk(before: str, said: str, language: str = "de") -> Conversation:
    """B says `before`, A answers `said`."""
    first = Span(0, len(before.split()) * 0.4)
    second = Span(first.end + 0.3, first.end + 0.3 + len(said.split()) * 0.4)
    return Conversation(
        utterances=(
            Utterance(1, "B", first, spread(before, first), language),
            Utterance(2, "A", second, spread(said, second), language),
        ),
        duration=second.end,
        people=(Person("A", "A"), Person("B", "B")),
        language=language,
    ).with_listener("A")


def told(before: str, said: str) -> set[str]:
    """The kinds of what A says."""
    moments = analyse(talk(before, said)).moments
    return {m.kind.value for m in moments if m.by == "A" and m.kind in BEHAVIOURS | QUESTIONS}


def counted() -> tuple[Counter[str], Counter[str], Counter[str]]:
    """By kind: how often rightly told, told, and labelled."""
    right, said, labelled = Counter[str](), Counter[str](), Counter[str]()
    for labels, before, text in ROWS:
        true, found = set(labels.split(";")) - {"-"}, told(before, text)
        right.update(true & found)
        said.update(found)
        labelled.update(true)
    return right, said, labelled


def test_there_are_two_hundred_sentences():
    assert len(ROWS) == 200


def test_the_labelled_sentences_are_told():
    """Floors under what was measured; sentences and rules are by the same hand.

    A follow-up is labelled only where it shares a word with what was said, but told without.
    """
    right, said, labelled = counted()
    assert all(right[kind] >= 0.5 * labelled[kind] for kind in labelled)
    told_rightly = {kind for kind in said if right[kind] >= 0.7 * said[kind]}
    assert set(said) - told_rightly <= {MomentKind.FOLLOW_UP.value}


def test_small_talk_is_left_alone():
    nothing = [(before, text) for labels, before, text in ROWS if labels == "-"]
    assert sum(bool(told(before, text)) for before, text in nothing) <= 1


def test_nothing_of_german_is_counted_in_a_headline():
    analysis = analyse(talk("Ich bin müde.", "Du solltest schlafen."))
    assert analysis.quoted == BEHAVIOURS | QUESTIONS


@pytest.mark.parametrize("language", ["fr", "sv"])
def test_other_languages_are_not_measured(language):
    analysis = analyse(talk("Ich bin müde.", "Du solltest schlafen.", language))
    assert analysis.measures["A"].behaviours is None
    assert "de, en" in analysis.not_measured["questions"]

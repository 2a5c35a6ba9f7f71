"""Talk-overs told while they happen, on drawn time: a column is 0.1 s."""

import pytest

from listenlive.config import Measuring
from listenlive.talk_overs import TalkOvers, TurnEnds


def told(picture: str) -> list[tuple[str, str, float, float]]:
    """by, over, onset, and when it was told."""
    rows = {line.split()[0]: line.split()[1] for line in picture.strip().splitlines()}
    meter = TalkOvers(Measuring())
    found = []
    for at in range(max(map(len, rows.values()))):
        speaking = [s for s, row in rows.items() if row[at : at + 1] == "="]
        for event in meter.step(at / 10, 0.1, speaking):
            found.append((event.by, event.over, round(event.at, 1), round((at + 1) / 10, 1)))
    return found


def test_an_interruption_is_told_once_it_is_longer_than_a_signal():
    assert told("""
        A ====================......................
        B ............==================............
    """) == [("B", "A", 1.2, 2.1)]


def test_an_attempt_is_told_while_the_holder_goes_on():
    assert told("""
        A =========================================
        B ............===========..................
    """) == [("B", "A", 1.2, 2.1)]


@pytest.mark.parametrize(
    "picture",
    [
        """
        A ============================== a signal
        B ............=======...........
        """,
        """
        A ================.............. the end of a turn
        B ............==================
        """,
        """
        A .....=============............ both began at once
        B ......===================.....
        """,
        """
        A ==========.................... one after the other
        B ............==================
        """,
        """
        A ===============......======... the holder comes back after the turn was over
        B ............==================
        """,
        """
        A ==========.............======= the same, and the turn was over before the other began
        B ............==========........
        """,
    ],
    ids=["backchannel", "terminal", "dual start", "gap", "back", "answered in a pause"],
)
def test_what_is_ordinary_is_not_told(picture):
    assert [each for each in told(picture) if each[:2] == ("B", "A")] == []


def test_who_goes_on_after_being_cut_into_does_not_talk_over():
    assert told("""
        A ====================....===============
        B ............===========================
    """) == [("B", "A", 1.2, 2.1)]


def test_one_try_with_a_breath_in_it_is_told_once():
    assert told("""
        A ===============================================
        B ............===========.....===========........
    """) == [("B", "A", 1.2, 2.1)]


def test_two_tries_are_told_twice():
    assert told("""
        A ==================================================
        B ............===========...............===========.
    """) == [("B", "A", 1.2, 2.1), ("B", "A", 3.8, 4.7)]


def test_an_entrant_may_breathe_once_the_holder_has_stopped():
    assert told("""
        A ===================...................
        B ............========....============..
    """) == [("B", "A", 1.2, 2.5)]


def test_coming_in_in_a_mere_pause_counts_when_the_holder_is_back_at_once():
    assert told("""
        A ============.......====================
        B ...............============............
    """) == [("B", "A", 1.5, 2.4)]


def test_who_stopped_a_moment_ago_still_counts_as_talking():
    meter = TalkOvers(Measuring())
    list(meter.step(0.0, 0.1, ["B", "A"]))
    for at in (0.1, 0.2, 0.3):
        list(meter.step(at, 0.1, ["A"]))
    assert meter.talking == ("A", "B")
    list(meter.step(0.4, 0.1, ["A"]))
    assert meter.talking == ("A",)


def ends(picture: str) -> list[tuple[float, float]]:
    """Where turns ended that another one's follows at once, and when that was told."""
    rows = {line.split()[0]: line.split()[1] for line in picture.strip().splitlines()}
    turns = TurnEnds(Measuring())
    return [
        (round(end, 1), round((at + 1) / 10, 1))
        for at in range(max(map(len, rows.values())))
        for end in turns.step(at / 10, 0.1, [s for s, row in rows.items() if row[at] == "="])
    ]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (
            """
            A ====================....................
            B ....................====================
            """,
            [(2.0, 2.4)],
        ),
        (
            """
            A ====================....................
            B .............===========================
            """,
            [(2.0, 2.4)],
        ),
        (
            """
            A ====================....................
            B .........................===============
            """,
            [(2.0, 2.6)],
        ),
        (
            """
            A ========================================
            B ............=======.....................
            """,
            [],
        ),
        (
            """
            A ====================....................
            B ................................========
            """,
            [],
        ),
        (
            """
            A ============...=========================
            B ....................====================
            """,
            [],
        ),
    ],
    ids=["at once", "overlap", "gap", "signal", "silence", "breath"],
)
def test_a_turn_that_another_ones_follows_is_told(picture, expected):
    assert ends(picture) == expected

import pytest

from kitchen import kitchen
from listenlive.conversation import BEHAVIOURS, Moment, MomentKind
from listenlive.report.entries import entry
from listenlive.report.wording import (
    certainty,
    clock,
    lasting,
    listed,
    shown_name,
    sureness,
    told,
    who,
)
from listenlive.span import Span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.0 s"), (0.84, "0.8 s"), (9.97, "10 s"), (59.6, "1 min"), (192, "3 min 12 s"),
     (3600, "1 h"), (7500, "2 h 5 min")],
)  # fmt: skip
def test_lengths_read_naturally(seconds, text):
    assert lasting(seconds) == text


def test_clock_times():
    assert [clock(s) for s in (0, 133.9, 3733)] == ["0:00", "2:13", "1:02:13"]


def test_certainty_is_a_word_and_a_number():
    assert certainty(0.7) == "likely, 0.70"
    assert certainty(0.4) == "maybe, 0.40"


@pytest.mark.parametrize(
    ("confidence", "word"), [(0.19, "unlikely"), (0.2, "maybe"), (0.57, "maybe"), (0.58, "likely")]
)
def test_that_somebody_stopped_is_a_fact_and_that_they_were_cut_off_is_likely_or_not(
    confidence, word
):
    moment = Moment(0, MomentKind.INTERRUPTION, Span(1, 2), "A", "B", confidence, (1,))
    assert sureness(moment) == f"cut off: {word}, {confidence:.2f}"


def test_lists():
    assert [listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip


def test_names_lose_controls_and_keep_their_direction_to_themselves():
    assert shown_name("Th\x1b[31meo\n\u202e") == "Th [31meo"
    assert shown_name("דנה") == "\u2068דנה\u2069"


@pytest.mark.parametrize("kind", list(MomentKind))
def test_every_kind_of_moment_is_told_in_both_directions(kind):
    conversation = kitchen()
    over = {"A": "B", "B": "A"}
    mine, theirs = (
        told(conversation, Moment(1, kind, Span(1, 3), by, over[by], 0.8, ())) for by in "AB"
    )
    assert "{" not in mine + theirs
    assert mine.replace("Your", "You").startswith(("You", "Nobody"))
    assert theirs.startswith(("Theo", "Nobody"))


def test_the_same_words_for_both_directions():
    conversation = kitchen()
    said = [
        told(conversation, Moment(1, MomentKind.INTERRUPTION, Span(1, 3), by, over, 0.8, ()))
        for by, over in ("AB", "BA")
    ]
    assert said == [
        "You came in while Theo was speaking, and Theo stopped",
        "Theo came in while you were speaking, and you stopped",
    ]


def test_without_a_listener_everybody_has_a_name():
    assert who(kitchen(me=None), "A").subject == "Nora"


@pytest.mark.parametrize("kind", sorted(BEHAVIOURS))
def test_a_behaviour_is_to_confirm_never_likely(kind):
    moment = Moment(1, kind, Span(1, 3), "A", None, 0.92, (1,))
    assert entry(kitchen(), moment).certainty == "to confirm, 0.92"

import pytest

from drawing import draw
from listenlive.analysis import analyse
from listenlive.span import Span


def turns(picture, **options):
    return [
        (turn.speaker, turn.span.start, turn.span.end)
        for turn in analyse(draw(picture, **options)).turns
    ]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (  # a pause under two seconds stays inside a turn
            """
            A  ====   ====
            """,
            [("A", 0, 5.5)],
        ),
        (
            """
            A  ====    ====
            """,
            [("A", 0, 2), ("A", 4, 6)],
        ),
        (  # somebody took over, however briefly nobody spoke
            """
            A  ====     ====
            B      =====
            """,
            [("A", 0, 2), ("B", 2, 4.5), ("A", 4.5, 6.5)],
        ),
        (  # a listener signal is no turn and ends none
            """
            A  ====  ====
            B      =
            """,
            [("A", 0, 5)],
        ),
        (  # an attempt is a turn, but does not end the other's
            """
            A  ======= ========
            B      =====
            """,
            [("A", 0, 8), ("B", 2, 4.5)],
        ),
        (  # who gave up and then speaks has begun a new turn
            """
            A  =======
            B    ===   ====
            """,
            [("A", 0, 3.5), ("B", 1, 2.5), ("B", 4, 6)],
        ),
    ],
)
def test_turns(picture, expected):
    assert turns(picture) == expected


def offsets(picture, **options):
    return [
        (each.before, each.after, round(each.offset, 2))
        for each in analyse(draw(picture, **options)).transitions
    ]


def test_transitions_are_gaps_and_overlaps():
    assert offsets(
        """
        A  ======              ======
        B         ==============
        """,
        step=0.25,
    ) == [("A", "B", 0.25), ("B", "A", -0.25)]


def test_who_gives_up_inside_a_turn_does_not_get_the_floor():
    assert (
        offsets(
            """
        A  ============
        B      ====
        """
        )
        == []
    )


def test_a_reply_after_five_seconds_is_a_lapse_and_no_response_time():
    talk = analyse(
        draw(
            """
            A  ====                ====
            B      ====                ====
            """
        )
    )
    assert [each.lapse for each in talk.transitions] == [False, True, False]
    assert talk.measures["A"].response_count == 0
    assert talk.measures["B"].response_count == 2


def test_response_times_are_gaps_by_who_replies():
    figures = analyse(
        draw(
            """
            A  =====          =====         ======
            B        ========       ======
            """,
            step=0.2,
        )
    ).measures
    assert figures["B"].response_median_seconds == pytest.approx(0.2)
    assert (figures["B"].response_count, figures["B"].immediate_responses) == (2, 2)
    assert figures["A"].response_median_seconds == pytest.approx(0.3)
    assert (figures["A"].response_count, figures["A"].immediate_responses) == (2, 1)


def test_silences_lie_between_speech():
    talk = analyse(
        draw(
            """
            A            ====            ====
            """
        )
    )
    assert talk.silences == (Span(7.0, 13.0),)
    (moment,) = talk.moments
    assert (moment.kind.value, moment.by) == ("silence", "A")

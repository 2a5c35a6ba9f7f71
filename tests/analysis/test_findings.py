from dataclasses import replace

import pytest

from drawing import draw
from listenlive.analysis import analyse
from listenlive.config import Measuring

PICTURE = """
    A  =========           ======             ====
    B         ==========             =====
    """
WORDS = {
    "A": ["So you said that we would", "What did you like about it?", "Was it warm?"],
    "B": ["No I did not say that at all to anybody.", "The sea."],
}


def named(talk):
    names = {"A": "Sam", "B": "Ana"}
    return replace(talk, people=tuple(replace(p, name=names[p.id]) for p in talk.people))


def texts(talk):
    return [finding.text for finding in analyse(talk).findings]


def test_the_listener_is_you_in_both_directions():
    said = texts(named(draw(PICTURE, words=WORDS, listener="A")))
    assert said == [
        "Ana began while you were speaking, and you stopped, once in your 10 s of speech.",
        "You asked 2 questions, 1 of them open.",
    ]
    said = texts(named(draw(PICTURE, words=WORDS, listener="B")))
    assert said == [
        "You began while Sam was speaking, and Sam stopped, once in Sam's 10 s of speech.",
        "Sam asked 2 questions, 1 of them open.",
    ]


def test_without_a_listener_everybody_has_a_name():
    talk = analyse(named(draw(PICTURE, words=WORDS)))
    assert talk.findings[0].text == (
        "Ana began while Sam was speaking, and Sam stopped, once in Sam's 10 s of speech."
    )
    assert talk.closing.startswith("Sam asked 2 questions, 1 of them open. Ana asked")
    assert "listener" in talk.not_measured


def test_the_closing_sentence():
    talk = analyse(draw(PICTURE, words=WORDS, listener="A"))
    assert talk.closing == "You asked 2 questions, 1 of them open."


@pytest.mark.parametrize(("replies", "told"), [(4, False), (5, True)])
def test_room_before_replying_is_summed_up_from_the_fifth_reply_on(replies, told):
    mine, theirs = "        ====    " * replies, "======          " * replies
    talk = analyse(draw(f"A  {mine}\nB  {theirs}", listener="A"))
    assert talk.measures["A"].response_count == replies
    assert ("before replying" in talk.closing) is told
    assert (talk.profiles[0].dimensions[0].missing is None) is told


def test_every_finding_has_a_moment_to_play():
    talk = analyse(draw(PICTURE, words=WORDS, listener="A"))
    known = {moment.id for moment in talk.moments}
    assert all(finding.moments and known.issuperset(finding.moments) for finding in talk.findings)


def test_an_open_question_that_was_answered_at_length_is_worth_hearing():
    talk = analyse(
        draw(
            """
            A  ==========   =======                                  ========
            B         ========     ==================================
            """,
            words={"A": ["I had to go there at once", "What was it like?", ""], "B": ["", "It"]},
            listener="A",
        )
    )
    worth = [next(m for m in talk.moments if m.id == each) for each in talk.worth_hearing]
    assert worth[-1].kind.value == "question_open"
    assert "After an open question of yours, Speaker B spoke for 17 s." in [
        finding.text for finding in talk.findings
    ]


def test_the_listeners_own_interruption_comes_first():
    talk = analyse(
        draw(
            """
            A  ==========       ============             ====
            B            ===========      ===============
            """,
            listener="A",
        ),
        settings=Measuring(long_turn=4.0, lapse=3.0),
    )
    first = next(m for m in talk.moments if m.id == talk.worth_hearing[0])
    assert (first.kind.value, first.by) == ("interruption", "A")
    assert len(talk.worth_hearing) <= 3

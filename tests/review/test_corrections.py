"""What may be asked to be put right, and what is refused with the reason."""

import re

import pytest
from talks_kept import keep

from drawing import draw
from listenlive.conversation import Judgement, MomentKind, Person
from listenlive.errors import SessionError
from listenlive.events import (
    ListenerSet,
    MomentJudged,
    PersonNamed,
    SpeakersMerged,
    SpeakerSplit,
    Undone,
    UtteranceMoved,
    WordsCorrected,
)
from listenlive.review.corrections import event_of, retimed
from listenlive.review.shelf import Shelf

TALK = draw(
    """
    A  ====      ====      ====
    B       ====      ====
    """,
    step=2.0,
    words={"A": ["how are ewe", "and then what", "oh dear"], "B": ["quite well", "we left"]},
    listener="A",
)
HEARD = TALK.utterances[0]


@pytest.fixture
def opened(data):
    return Shelf(data).open(keep(data, TALK).id)


def texts(words):
    return [w.text for w in words]


@pytest.mark.parametrize(
    "typed", ["how are you", "how are you all", "are ewe", "", "who", "oh how are ewe", "x " * 50]
)
def test_typed_words_are_in_order_and_in_their_utterance(typed):
    words = retimed(HEARD, typed)
    assert texts(words) == typed.split()
    starts = [w.span.start for w in words]
    assert starts == sorted(starts)
    assert all(HEARD.span.start <= w.span.start < w.span.end for w in words)


def test_words_that_were_heard_keep_their_times():
    words = retimed(HEARD, "how are you")
    assert words[:2] == HEARD.words[:2]
    assert words[2].span == HEARD.words[2].span
    assert (words[2].text, words[2].probability) == ("you", 1.0)


def test_each_correction_is_an_event(opened):
    second = TALK.utterances[1].id
    asked = [
        ({"do": "name", "speaker": "B", "name": " Bea\n"}, PersonNamed("B", "Bea")),
        ({"do": "me", "speaker": "B"}, ListenerSet("B")),
        ({"do": "merge", "speaker": "B", "into": "A"}, SpeakersMerged("B", "A")),
        ({"do": "move", "utterance": second, "speaker": "A"}, UtteranceMoved(second, "A")),
        ({"do": "move", "utterance": second, "speaker": None}, UtteranceMoved(second, None)),
        (
            {"do": "split", "speaker": "A", "at": 20, "name": "Cy"},
            SpeakerSplit("A", 20.0, Person("C", "Cy")),
        ),
        ({"do": "words", "utterance": HEARD.id, "text": ""}, WordsCorrected(HEARD.id, ())),
    ]
    assert [event_of(each, opened) for each, _ in asked] == [event for _, event in asked]


@pytest.mark.parametrize(
    ("verdict", "right", "other"),
    [("right", True, None), ("wrong", False, None), ("advice", True, MomentKind.ADVICE)],
)
def test_a_judgement_names_the_moment_by_what_it_is(opened, verdict, right, other):
    moment = opened.analysis.moments[0]
    event = event_of({"do": "judge", "moment": moment.id, "verdict": verdict}, opened)
    judgement = Judgement(moment.kind, moment.by, moment.span.start, right, other)
    assert event == MomentJudged(judgement)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "nothing here is called None"),
        ({"do": "explode"}, "nothing here is called 'explode'"),
        ({"do": "name", "speaker": "Z", "name": "Zoe"}, "no person 'Z'"),
        ({"do": "name", "speaker": ["A"], "name": "Zoe"}, "no person"),
        ({"do": "name", "speaker": "A", "name": " "}, "1 to 80 characters; this one has 0"),
        ({"do": "name", "speaker": "A", "name": "x" * 81}, "this one has 81"),
        ({"do": "name", "speaker": "A", "name": 7}, "1 to 80 characters"),
        ({"do": "me"}, "no person None"),
        ({"do": "merge", "speaker": "A", "into": "A"}, "merged with themselves"),
        ({"do": "move", "utterance": 99, "speaker": "A"}, "not there (any more)"),
        ({"do": "move", "utterance": "1", "speaker": "A"}, "not there (any more)"),
        ({"do": "split", "speaker": "A", "at": "soon", "name": "C"}, "no time of this session"),
        ({"do": "split", "speaker": "A", "at": -1, "name": "C"}, "no time of this session"),
        ({"do": "split", "speaker": "A", "at": 0, "name": "C"}, "before that"),
        ({"do": "split", "speaker": "B", "at": 46, "name": "C"}, "after that"),
        ({"do": "words", "utterance": 1, "text": "x" * 5001}, "too long"),
        ({"do": "words", "utterance": 1}, "too long"),
        ({"do": "judge", "moment": 999, "verdict": "right"}, "not there (any more)"),
        ({"do": "judge", "moment": 1, "verdict": "nice"}, "'nice' is no judgement"),
        ({"do": "undo", "correction": 1}, "nothing to undo"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(opened, asked, told):
    with pytest.raises(SessionError, match=re.escape(told)):
        event_of(asked, opened)


def test_only_the_latest_correction_is_undone(data, opened):
    opened.session.append(PersonNamed("B", "Bea"))
    opened.session.append(ListenerSet("B"))
    now = Shelf(data).open(opened.session.id)
    with pytest.raises(SessionError, match="only the latest"):
        event_of({"do": "undo", "correction": now.version - 2}, now)
    assert event_of({"do": "undo", "correction": now.version - 1}, now) == Undone(now.version - 1)

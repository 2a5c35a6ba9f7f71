"""Corrections of who said what: as events, folded, taken back, and beside the original."""

import pytest

from drawing import draw
from listenlive.conversation import Judgement, MomentKind, Person, Role, Word
from listenlive.events import (
    CheckedIn,
    Correction,
    Diarized,
    Ended,
    LanguageDetected,
    ListenerSet,
    MomentJudged,
    PersonNamed,
    SpeakersMerged,
    SpeakerSplit,
    Tagged,
    Titled,
    Undone,
    UtteranceHeard,
    UtteranceMoved,
    WordsCorrected,
    corrections,
    from_json,
    in_force,
    original,
    replay,
    to_json,
)
from listenlive.regrouping import merged, moved, split
from listenlive.span import Span

CLEO = Person("C", "Cleo")
TALK = draw(
    """
    A  ====      ====
    B       ====      ====
    """,
    words={"A": ["How was it?", "And then what happened?"], "B": ["Long and cold", "I left early"]},
    listener="A",
)
HEARD = (
    *(UtteranceHeard(u) for u in TALK.utterances),
    Diarized(TALK.people, sees_overlap=True),
    LanguageDetected("en", None),
    Ended(TALK.duration),
)
END = len(HEARD)  # the place of the first correction


def said_by(conversation):
    return [(u.speaker, u.text) for u in conversation.utterances]


EVENTS = [
    UtteranceMoved(2, "B"),
    UtteranceMoved(2, None),
    SpeakersMerged("A", "B"),
    SpeakerSplit("B", 1.5, Person("C", "<Zoë>")),
    Undone(21),
    Titled("An evening"),
    Tagged(("family", "„quoted“")),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: type(e).__name__)
def test_a_correction_survives_the_disk_exactly(event):
    assert from_json(to_json(event)) == event


def test_an_utterance_is_given_to_somebody_else():
    first = TALK.utterances[0]
    put_right = replay([*HEARD, UtteranceMoved(first.id, "B")])
    assert said_by(put_right)[0] == ("B", "How was it?")
    assert said_by(put_right)[1:] == said_by(TALK)[1:]
    nobody = replay([*HEARD, UtteranceMoved(first.id, None)])
    assert nobody.utterances[0].speaker is None


def test_one_person_never_overlaps_themselves():
    both = draw(
        """
        A  ======
        B     ======
        """,
        words={"A": ["one two three"], "B": ["four five six"]},
    )
    one = moved(both, both.utterances[1].id, "A")
    assert [u.span for u in one.utterances] == [Span(0, 4.5)]
    assert one.utterances[0].id == both.utterances[0].id
    assert sorted(one.utterances[0].text.split()) == ["five", "four", "one", "six", "three", "two"]
    starts = [w.span.start for w in one.utterances[0].words]
    assert starts == sorted(starts)


def test_two_people_become_one():
    one = merged(TALK, "B", "A")
    assert one.speakers == ("A",)
    assert {u.speaker for u in one.utterances} == {"A"}
    assert one.listener == Person("A", "Speaker A", Role.LISTENER)


def test_the_listener_stays_the_listener_when_merged_away():
    three = split(TALK, "B", 5.0, CLEO)
    one = merged(three, "A", "C")
    assert one.listener is not None
    assert one.listener.id == "C"
    assert one.person("B").role is Role.PARTNER


def test_a_person_is_two_from_a_point_on():
    two = split(TALK, "B", TALK.utterances[3].span.start, CLEO)
    assert [u.speaker for u in two.utterances] == ["A", "B", "A", "C"]
    assert two.person("C") == Person("C", "Cleo", Role.PARTNER)


def test_a_point_within_an_utterance_cuts_it_and_its_words():
    second = TALK.utterances[1]
    at = second.words[1].span.start
    two = split(TALK, "B", at, CLEO)
    before, after = two.utterances[1], two.utterances[2]
    assert (before.speaker, before.text, before.id) == ("B", "Long", second.id)
    assert (after.speaker, after.text) == ("C", "and cold")
    assert (before.span.end, after.span.start) == (at, at)
    assert after.id not in TALK.by_id


def test_what_is_undone_has_not_happened():
    events = [*HEARD, PersonNamed("B", "Bea"), ListenerSet("B"), Undone(END + 1)]
    conversation = replay(events)
    assert conversation.person("B") == Person("B", "Bea", Role.PARTNER)
    assert corrections(events) == ((END, PersonNamed("B", "Bea")),)
    assert replay([*events, Undone(END)]) == TALK


def test_only_corrections_are_undone():
    assert replay([*HEARD, Undone(0)]) == TALK
    assert len(in_force([*HEARD, Undone(0)])) == END + 1


def test_undoing_a_merge_brings_both_back_and_keeps_what_came_later():
    events = [*HEARD, SpeakersMerged("B", "A"), PersonNamed("A", "Ada"), Undone(END)]
    assert replay(events).speakers == ("A", "B")
    assert replay(events).person("A").name == "Ada"


def test_the_original_is_what_was_heard():
    word = Word("Warm", Span(2.5, 3.0), 1.0)
    judged = MomentJudged(Judgement(MomentKind.INTERRUPTION, "A", 1.0, right=False))
    put_right = [
        *HEARD,
        Titled("A walk"),
        PersonNamed("B", "Bea"),
        WordsCorrected(TALK.utterances[1].id, (word,)),
        SpeakersMerged("B", "A"),
        judged,
    ]
    assert original(put_right).utterances == TALK.utterances
    assert original(put_right).people == TALK.people
    assert original(put_right).judgements == ()
    assert original(put_right).title == "A walk"
    assert len(corrections(put_right)) == 4


def test_what_was_named_while_hearing_is_no_correction():
    events = [PersonNamed("A", "Ann"), *HEARD]
    assert corrections(events) == ()
    assert original(events) == replay(events)


def test_titles_and_tags_are_the_latest():
    events = [*HEARD, Titled("One"), Tagged(("a", "b")), Titled(""), Tagged(("c",))]
    assert (replay(events).title, replay(events).tags) == (None, ("c",))
    assert not isinstance(Titled("One"), Correction)
    assert not isinstance(CheckedIn, Correction)

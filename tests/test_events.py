import json

import pytest

from listenlive.conversation import (
    Answer,
    CheckIn,
    Consent,
    Goal,
    Judgement,
    Mark,
    MomentKind,
    Person,
    Practice,
    PracticeAnswer,
    PracticeStep,
    Role,
    StepKind,
    Tone,
    Utterance,
    Voice,
    Word,
)
from listenlive.errors import SessionError
from listenlive.events import (
    Announced,
    AudioLost,
    ChannelsDecided,
    CheckedIn,
    Consented,
    Diarized,
    Ended,
    GoalSet,
    LanguageDetected,
    ListenerSet,
    Marked,
    MomentJudged,
    Noted,
    Paused,
    PersonNamed,
    PracticeAnswered,
    PracticeBegan,
    PracticeStepEnded,
    Relabelled,
    Resumed,
    SpeechEnded,
    SpeechStarted,
    Started,
    UtteranceHeard,
    WordsCorrected,
    from_json,
    replay,
    to_json,
    to_json_line,
)
from listenlive.span import Span

HELLO = Word("Hello", Span(1.0, 1.4), 0.93)
SAID = Utterance(1, None, Span(1.0, 2.0), (HELLO,), "en", Tone(118.5, 4.2, -23.1, 3.9, 0.7, 0.2))
FINAL = Utterance(2, "A", Span(1.0000001, 2.0), (HELLO,), "en", Tone(None, None, -23.1, None, 0.0))
PEOPLE = (Person("A", 'Ana "<script>"', Role.PARTNER), Person("B", "Me", Role.LISTENER))

TELL = PracticeStep(StepKind.TELL, Span(0.0, 120.0), Role.PARTNER, Role.PARTNER)
GOT_IT = PracticeAnswer("got_it", Role.PARTNER, 1, 121.5)

EVERY_EVENT = [
    Started("2026-11-23T08:00:00+00:00", "file", "täglich’s <b>.flac", 2),
    ChannelsDecided("split", "each channel carries one person"),
    SpeechStarted(1.0, 0),
    SpeechEnded(Span(1.0, 2.0), 0),
    UtteranceHeard(SAID),
    LanguageDetected("en", 0.97),
    Diarized(PEOPLE, False, "one voice at a time", ("a note",)),
    Relabelled((1,), (FINAL,)),
    Noted("the recording ends early"),
    ListenerSet("A"),
    PersonNamed("B", "Ben"),
    WordsCorrected(2, (Word("Hallo", Span(1.0, 1.4), 1.0),)),
    MomentJudged(Judgement(MomentKind.ATTEMPT, "A", 1.0, right=False)),
    MomentJudged(Judgement(MomentKind.ADVICE, "A", 1.0, right=True, other_kind=MomentKind.BLAME)),
    AudioLost(Span(3, 4), "unplugged"),
    Paused(4.0),
    Resumed(4.0, 12.5),
    Consented(Consent("Ana <b>", "key", "2026-11-23T08:00:00+00:00")),
    GoalSet(Goal.LISTENING),
    CheckedIn(CheckIn("felt_heard", Role.PARTNER, (Answer("at_ease", 4),), "2026-11-23")),
    Marked(Mark(2.0, "here")),
    PracticeBegan("two-minutes"),
    PracticeStepEnded(TELL),
    PracticeAnswered(GOT_IT),
    Ended(5.0),
]


@pytest.mark.parametrize("event", EVERY_EVENT, ids=lambda e: type(e).__name__)
def test_an_event_survives_the_disk_exactly(event):
    line = to_json(event)
    assert "\n" not in line
    assert from_json(line) == event


def test_a_judgement_saved_before_there_were_other_kinds_is_read():
    line = (
        '{"judgement": {"kind": "attempt", "by": "A", "at": 1.0, "right": false}, '
        '"event": "MomentJudged"}'
    )
    assert from_json(line) == MomentJudged(Judgement(MomentKind.ATTEMPT, "A", 1.0, right=False))


def test_replay_folds_events_into_a_conversation():
    conversation = replay(EVERY_EVENT)
    assert [u.text for u in conversation.utterances] == ["Hallo"]
    assert conversation.utterances[0].speaker == "A"
    assert conversation.listener == Person("A", 'Ana "<script>"', Role.LISTENER)
    assert conversation.person("B") == Person("B", "Ben", Role.PARTNER)
    assert conversation.duration == 5.0
    assert conversation.language == "en"
    assert not conversation.sees_overlap
    assert conversation.blind_because == "one voice at a time"
    assert conversation.notes == (
        "each channel carries one person",
        "a note",
        "the recording ends early",
    )
    assert conversation.lost == (Span(3, 4),)
    assert conversation.judgements[0].right is False


def test_an_exercise_is_its_steps_and_answers():
    assert replay(EVERY_EVENT).practice == Practice("two-minutes", (TELL,), (GOT_IT,))
    assert replay([Ended(5.0)]).practice is None


def test_an_exercise_that_begins_again_forgets_its_first_try():
    again = [*EVERY_EVENT, PracticeBegan("two-minutes")]
    assert replay(again).practice == Practice("two-minutes")


def test_utterances_stay_in_order_of_time():
    late, early = (Utterance(i, "A", Span(s, s + 1)) for i, s in ((1, 5.0), (2, 0.0)))
    assert replay([UtteranceHeard(late), UtteranceHeard(early)]).utterances == (early, late)


@pytest.mark.parametrize(
    "line",
    ['{"event": "Sang"}', "{", "[]", '{"event": "Ended", "at": 1.0, "loud": true}', '{"at": 1}'],
)
def test_what_is_no_event_says_so(line):
    with pytest.raises(SessionError, match="not an event of listenlive-events/1") as raised:
        from_json(line)
    assert line not in str(raised.value)


def test_a_conversation_knows_what_is_whose():
    conversation = replay(EVERY_EVENT)
    assert conversation.spans_of("A") == (Span(1.0000001, 2.0),)
    assert conversation.spans_of("B") == ()
    assert conversation.others("A") == ("B",)
    assert Voice("A", Span(0, 1)).confidence == 1.0


def test_what_passes_can_be_told_to_another_program_too():
    assert json.loads(to_json_line(Announced(3.0, "1 minute left"))) == {
        "event": "Announced",
        "at": 3.0,
        "text": "1 minute left",
    }
    assert to_json_line(Ended(4.0)) == to_json(Ended(4.0))

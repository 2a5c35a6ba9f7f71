import math
from dataclasses import replace

import pytest

from drawing import draw
from listenlive.conversation import (
    Conversation,
    Goal,
    Person,
    Practice,
    PracticeAnswer,
    PracticeStep,
    Role,
    StepKind,
)
from listenlive.errors import ConfigError
from listenlive.events import (
    Diarized,
    Ended,
    ListenerSet,
    Noted,
    PersonNamed,
    PracticeStepEnded,
    Relabelled,
    Started,
    replay,
)
from listenlive.practice.exercises import Names, exercise, plan
from listenlive.practice.timetable import (
    Rehearsal,
    Timetable,
    by_word,
    known,
    listener_by_steps,
    placed,
)
from listenlive.span import Span

ME, PARTNER = Role.LISTENER, Role.PARTNER
STEPS = plan(exercise("two-minutes"))
NAMES = Names("Ana", "Ben")

ROUNDS = (
    PracticeStep(StepKind.TELL, Span(0, 6), PARTNER, PARTNER),
    PracticeStep(StepKind.REFLECT, Span(6, 10), PARTNER, ME),
    PracticeStep(StepKind.TELL, Span(10, 16), ME, ME),
    PracticeStep(StepKind.REFLECT, Span(16, 20), ME, PARTNER),
)
PICTURE = """
    A  ===========     =                 =====
    B      ==        ====== ===========
    """


def spans(events):
    return [e.step.span for e in events if isinstance(e, PracticeStepEnded)]


def test_without_times_the_steps_follow_each_other_as_planned():
    events = placed(STEPS, Timetable(), duration=300.0)
    assert spans(events) == [
        Span(0, 15),
        Span(15, 135),
        Span(135, 195),
        Span(195, 300),  # the recording ends before the step does
    ]


def test_given_times_place_the_steps():
    events = placed(STEPS, Timetable(begins=(2.0, 5.0, 200.0)), duration=230.0)
    assert spans(events) == [Span(2, 5), Span(5, 200), Span(200, 230)]


def test_a_recording_of_nothing_has_no_step():
    assert placed(STEPS, Timetable(), duration=0.0) == (
        Noted("0 of the 5 steps of the exercise are in this recording"),
    )


def test_what_the_recording_does_not_reach_is_noted():
    *_, note = placed(STEPS, Timetable(begins=(0.0, 5.0, 400.0)), duration=300.0)
    assert note == Noted("2 of the 5 steps of the exercise are in this recording")
    holds = placed(plan(exercise("talking-stick")), Timetable(), duration=100.0)
    assert not any(isinstance(each, Noted) for each in holds)  # they end when they end


@pytest.mark.parametrize(
    ("begins", "message"),
    [
        ((0.0, 5.0, 5.0), "5 s cannot come after 5 s; times rise from 0"),
        ((0.0, math.nan), "nan s cannot come after 0 s"),
        (tuple(range(6)), "gives 6 times, but the exercise has 5 steps"),
    ],
)
def test_times_that_cannot_be_say_why(begins, message):
    with pytest.raises(ConfigError, match=message):
        placed(STEPS, Timetable(begins=begins), duration=300.0)


def test_answers_go_to_the_steps_that_ask():
    steps = plan(exercise("temperature"))
    practice = replay(placed(steps, Timetable(answers=("7", "0")), duration=400.0)).practice
    assert practice.answers == (
        PracticeAnswer("mood", PARTNER, 7, 30.0),
        PracticeAnswer("mood", ME, 10, 150.0),
    )
    with pytest.raises(ConfigError, match="gives 3 keys, but the exercise asks 2 times"):
        placed(steps, Timetable(answers=("1", "2", "3")), duration=400.0)
    with pytest.raises(ConfigError, match="'11' answers nothing here; allowed for the step 'mood'"):
        placed(steps, Timetable(answers=("11",)), duration=400.0)


STICK = exercise("talking-stick")


def test_the_stick_is_passed_on_by_word():
    talk = draw(
        "A  ====\nB      ====  ===",
        words={"A": ["My day. Over to you."], "B": ["Thanks, mine too.", "Over to you!"]},
    )
    steps = plan(STICK)
    timetable = by_word(talk, STICK, steps, Timetable())
    assert timetable.begins == pytest.approx((0.0, 1.0, 2.0, 6.5))
    given = Timetable(begins=(0.0, 3.0))
    assert by_word(talk, STICK, steps, given) == given
    assert by_word(draw("A  =="), STICK, steps, Timetable()) == Timetable()
    assert by_word(talk, exercise("two-minutes"), STEPS, Timetable()) == Timetable()


def drawn(picture, *, listener=None):
    talk = draw(picture, listener=listener)
    return replace(talk, practice=Practice("two-minutes", ROUNDS))


def test_who_speaks_in_the_steps_of_me_is_me():
    assert listener_by_steps(drawn(PICTURE)) == "B"
    assert list(known(drawn(PICTURE), NAMES)) == [
        ListenerSet("B"),
        PersonNamed("A", "Ben"),
        PersonNamed("B", "Ana"),
    ]


def test_what_fits_both_ways_is_not_guessed():
    alike = drawn("A  ====\nB      ====")
    assert listener_by_steps(alike) is None
    (note,) = known(alike, NAMES)
    assert "say it with --me" in note.text
    assert listener_by_steps(Conversation()) is None
    assert list(known(drawn("A  ===="), NAMES)) == []  # nobody to tell apart


def test_what_was_said_stands_and_the_steps_may_object():
    agreed = list(known(drawn(PICTURE, listener="B"), NAMES))
    assert agreed == [PersonNamed("A", "Ben"), PersonNamed("B", "Ana")]
    note, *named = known(drawn(PICTURE, listener="A"), NAMES)
    assert isinstance(note, Noted)
    assert "Ana and Ben are the other way round" in note.text
    assert named == [PersonNamed("A", "Ana"), PersonNamed("B", "Ben")]


def test_the_events_of_a_recording_become_an_exercise():
    talk = draw(PICTURE)
    events = [
        Started("2026-11-24T20:00:00+00:00", "file", "talk.wav", 1),
        Diarized((Person("A", "Speaker 1"), Person("B", "Speaker 2")), sees_overlap=True),
        Relabelled((), talk.utterances),
        Ended(20.0),
    ]
    timetable = Timetable(begins=(0.0, 6.0, 10.0, 16.0))
    told = list(Rehearsal(exercise("two-minutes"), STEPS[1:], timetable, NAMES).told(events))
    assert isinstance(told[-1], Ended)  # a session that ends so is whole
    talk = replay(told)
    assert talk.goal is Goal.EXERCISE
    assert talk.practice == Practice("two-minutes", ROUNDS)
    assert talk.listener == Person("B", "Ana", ME)
    assert talk.person("A") == Person("A", "Ben", PARTNER)

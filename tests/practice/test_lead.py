from threading import Thread

from drawing import draw, spread
from listenlive.conversation import Goal, Person, Role, StepKind, Utterance
from listenlive.events import (
    Activity,
    Diarized,
    Ended,
    Passing,
    PracticeStepEnded,
    Relabelled,
    Started,
    UtteranceHeard,
    replay,
)
from listenlive.practice.exercises import Names, exercise, plan
from listenlive.practice.guide import ON
from listenlive.practice.lead import Lead
from listenlive.span import Span

NAMES = Names("Ana", "Ben")


def lead(name="two-minutes"):
    chosen = exercise(name)
    return Lead(chosen, plan(chosen), NAMES)


def hears(*events):
    def hear(sounds):
        yield Started("2026-11-24T20:00:00+00:00", "live", "desk", 1)
        yield from events

    return hear


def test_the_steps_and_parts_are_told_before_the_end():
    led = lead()
    led.press(ON, 1.0)  # Ben tells from 1 s on
    led.press(ON, 11.0)  # Ana says back
    talk = draw("A      ==================\nB                          ==============")
    people = (Person("A", "Speaker 1"), Person("B", "Speaker 2"))
    hear = led.heard(
        hears(
            Activity(1.0, ("A",)),
            Diarized(people, sees_overlap=True),
            Relabelled((), talk.utterances),
            Ended(19.0),
        )
    )
    told = [each for each in hear(()) if not isinstance(each, Passing)]
    assert isinstance(told[-1], Ended)
    assert sum(isinstance(each, PracticeStepEnded) for each in told) == 1  # the one cut short
    talk = replay(told)
    assert talk.goal is Goal.EXERCISE
    assert talk.practice.exercise == "two-minutes"
    assert talk.practice.steps[-1].span == Span(11, 19)
    assert talk.listener == Person("B", "Ana", Role.LISTENER)


def test_the_end_is_told_once():
    led = lead()
    assert len(led.stop(3.0)) == 1
    assert led.stop(4.0) == ()


def test_the_end_does_not_overtake_a_step_that_is_being_told():
    led, told = lead(), []
    hearing = Thread(target=lambda: told.extend(led.heard(hears(Ended(19.0)))(())))

    def slowly(event):
        hearing.start()
        hearing.join(0.2)
        told.append(event)

    led.press(ON, 1.0, slowly)
    hearing.join()
    assert isinstance(told[-1], Ended)
    assert [each.step.span for each in told if isinstance(each, PracticeStepEnded)] == [
        Span(0, 1),
        Span(1, 19),
    ]


def said(text, start, end):
    span = Span(start, end)
    return UtteranceHeard(Utterance(1, None, span, spread(text, span)))


def test_the_stick_is_passed_on_by_word():
    led = lead("talking-stick")
    led.press(ON, 2.0)
    hear = led.heard(hears(said("That was it. Over to you.", 5.0, 12.0), said("Well.", 13, 14)))
    (step,) = (each.step for each in hear(()) if isinstance(each, PracticeStepEnded))
    assert (step.kind, step.span) == (StepKind.HOLD, Span(2, 12))
    assert led.guide.step.teller is Role.LISTENER


def test_words_that_come_after_the_key_do_not_pass_it_again():
    led = lead("talking-stick")
    led.press(ON, 2.0)
    led.press(ON, 12.1)
    hear = led.heard(hears(said("That was it. Over to you.", 5.0, 12.0)))
    assert not [each for each in hear(()) if isinstance(each, PracticeStepEnded)]


def test_the_same_words_pass_nothing_in_other_exercises():
    led = lead("two-minutes")
    led.press(ON, 2.0)
    hear = led.heard(hears(said("Over to you.", 5.0, 12.0)))
    assert not [each for each in hear(()) if isinstance(each, PracticeStepEnded)]

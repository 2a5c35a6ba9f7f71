from listenlive.conversation import PracticeAnswer, PracticeStep, Role, StepKind
from listenlive.events import PracticeAnswered, PracticeStepEnded
from listenlive.practice.exercises import exercise, plan
from listenlive.practice.guide import ON, Guide, keys
from listenlive.span import Span

ME, PARTNER = Role.LISTENER, Role.PARTNER


def guide(name="two-minutes", *, at=0.0):
    return Guide(plan(exercise(name)), at=at)


def spans(events):
    return [(e.step.kind, e.step.span) for e in events if isinstance(e, PracticeStepEnded)]


def test_time_ends_a_step_where_it_should_have_ended():
    led = guide()
    assert led.tick(14.9) == ()
    assert led.left(14.0) == 1.0
    assert spans(led.tick(15.4)) == [(StepKind.SETTLE, Span(0, 15))]
    assert led.step.kind is StepKind.TELL
    assert led.left(15.4) == 120 - 0.4


def test_a_late_tick_ends_all_that_is_over():
    assert spans(guide().tick(140)) == [
        (StepKind.SETTLE, Span(0, 15)),
        (StepKind.TELL, Span(15, 135)),
    ]


def test_the_key_goes_on_and_others_do_nothing():
    led = guide(at=100.0)
    assert led.press("x", 101.0) == ()
    assert spans(led.press(ON, 103.0)) == [(StepKind.SETTLE, Span(100, 103))]
    assert led.press("y", 104.0) == ()
    assert led.progress == (2, 5)


def test_a_step_that_took_no_time_leaves_nothing():
    led = guide()
    assert led.press(ON, 0.0) == ()
    assert led.step.kind is StepKind.TELL


def test_an_answer_is_kept_and_goes_on():
    led = guide("temperature")
    assert keys(led.step) == (*"123456789", "0")
    assert led.press("0", 5.0) == (
        PracticeAnswered(PracticeAnswer("mood", PARTNER, 10, 5.0)),
        PracticeStepEnded(PracticeStep(StepKind.MOOD, Span(0, 5), PARTNER, None)),
    )


def test_who_told_says_whether_it_was_right():
    led = guide("emotional-x-ray")
    led.tick(20 + 120 + 20 + 45)
    assert led.step.kind is StepKind.CHECK
    answered, _ = led.press("n", 210.0)
    assert answered == PracticeAnswered(PracticeAnswer("got_it", PARTNER, 0, 210.0))
    assert led.step.teller is ME


def test_the_stick_passes_with_every_key():
    led = guide("talking-stick")
    led.press(ON, 1.0)
    holders = []
    for at in (10.0, 20.0, 30.0):
        (ended,) = led.press(ON, at)
        holders.append(ended.step.floor)
    assert holders == [PARTNER, ME, PARTNER]


def test_nobody_is_cut_off_while_they_hold_the_stick():
    led = guide("talking-stick")
    led.press(ON, 1.0)
    assert led.tick(1000.0) == ()
    assert led.left(1000.0) == 0.0
    assert spans(led.press(ON, 1001.0)) == [(StepKind.HOLD, Span(1, 1001))]


def test_stopping_keeps_what_was_begun():
    led = guide()
    assert spans(led.stop(60.0)) == [
        (StepKind.SETTLE, Span(0, 15)),
        (StepKind.TELL, Span(15, 60)),
    ]
    assert led.step is None
    assert (led.left(70.0), led.tick(70.0), led.press(ON, 70.0)) == (0.0, (), ())


def test_what_comes_next_is_known():
    led = guide()
    assert led.following.kind is StepKind.TELL
    led.tick(15 + 120 + 60 + 120)
    assert led.following is None

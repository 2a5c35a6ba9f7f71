from dataclasses import replace

import pytest

from drawing import draw
from listenlive.analysis.exercise import PracticeFigure, PracticeResult, Shown
from listenlive.conversation import Practice, PracticeStep, Recording, Role, StepKind
from listenlive.practice.feedback import MOST_LINES, Practised, changes, feedback
from listenlive.span import Span

TALK = replace(
    draw("A  ==\nB    ==", listener="A"),
    recording=Recording("live", "desk", 1, "2026-11-12T20:00:00+01:00"),
)


def figure(name, value=None, by="A", **more):
    return PracticeFigure(name=name, by=by, value=value, **more)


def practised(*figures, talk=TALK):
    return Practised(talk, PracticeResult("drawn", figures))


def told(*figures):
    return feedback(practised(*figures))


def test_two_minutes():
    assert told(
        figure(Shown.SLIPS, 2, size=120, moments=(Span(12, 14), Span(72, 75))),
        figure(Shown.WORDS_REFLECTED, 0.25, size=8, quotes=("letter", "drawer")),
        figure(Shown.TIME_TO_REFLECT, 2.44, size=1),
        figure(Shown.SLIPS, 0, by="B", size=118.6, moments=()),
        figure(Shown.TIME_TO_REFLECT, by="B", reason="nothing was said back"),
        figure(Shown.WORDS_REFLECTED, by="B", reason="nothing was transcribed"),
    ) == (
        "You listened for 2 min and spoke up twice (at 0:12, at 1:12).",
        "You began after 2.4 s and said back 2 of Speaker B’s 8 words that carry meaning: "
        "letter, drawer.",
        "Speaker B listened for 1 min 59 s and did not speak up.",
        "Not measured: time to reflect (nothing was said back); words said back (nothing was "
        "transcribed).",
    )


def test_x_ray():
    assert told(
        figure(Shown.EMOTION_NAMED, 1, quotes=("torn",)),
        figure(Shown.REFLECTION_GIVEN, 1, quotes=("letter", "drawer")),
        figure(Shown.ADVICE, 1, quotes=("You should\x1b[31m call them.",)),
        figure(Shown.CHECK_CONFIRMED, 0, size=1),
        figure(Shown.CHECK_CONFIRMED, 1, by="B", size=1),
    ) == (
        "You named a feeling (torn), said back what was told (letter, drawer) and gave what sounds "
        "like advice once (“You should [31m call them.”); Speaker B said: it does not fit yet.",
        "You said: it fits.",
    )


def test_what_is_only_a_quote_to_confirm_says_so():
    heard = figure(Shown.REFLECTION_GIVEN, 1, quotes=("So you hid.",), moments=(Span(1, 2),))
    assert told(heard) == ("You may have said it back (“So you hid.”).",)
    assert told(figure(Shown.REFLECTION_GIVEN, 0)) == ("You said back nothing we found.",)
    assert told(figure(Shown.QUESTIONS, 0), figure(Shown.VALIDATIONS, 0)) == (
        "You asked no question and said nothing we found that validates.",
    )


def test_temperature_swap_and_stick():
    assert told(figure(Shown.MOOD, 7), figure(Shown.FOLLOW_UP, 0)) == (
        "You said 7 of 10 and asked no question in the step for it.",
    )
    assert told(
        figure(Shown.QUESTIONS, 4),
        figure(Shown.VALIDATIONS, 2, quotes=("Of course.",)),
        figure(Shown.ASKED_OR_VALIDATED, 0.75, size=8),
        figure(Shown.ADVICE, 0),
    ) == (
        "You asked 4 questions and said what may validate twice (“Of course.”), in 75 % of 8 "
        "turns while Speaker B shared; you gave no advice we found.",
    )
    assert told(
        figure(Shown.SLIPS, 1, size=60, moments=(Span(30, 33),)),
        figure(Shown.FLOOR_KEPT, 2, size=3),
        figure(Shown.SHARE, 0.6, size=100.0),
        figure(Shown.SHARE, 0.4, by="B", size=100.0),
        figure(Shown.OVERLAPS, 0.0, by=None, size=120.0),
    ) == (
        "You only listened in 2 of 3 holds of Speaker B (spoke at 0:30).",
        "Share of the talk: You 60 %, Speaker B 40 % of 1 min 40 s.",
        "Both spoke at once: never, in 2 min.",
    )


def test_never_more_than_five_lines_and_never_none():
    many = [figure(name, 1, by=by, size=3) for by in "AB" for name in Shown]
    lines = told(*many, figure(Shown.DONE, by=None, reason="why"))
    assert len(lines) == MOST_LINES
    assert lines[-1] == "Not measured: parts done (why)."
    assert told() == ("Nothing was heard that this exercise measures.",)


def test_what_changed_since_the_last_time_is_told_by_role_not_by_letter():
    before = practised(
        figure(Shown.SLIPS, 4), figure(Shown.WORDS_REFLECTED, 0.22), figure(Shown.SLIPS, 1, by="B")
    )
    swapped = draw("A  ==\nB    ==", listener="B")
    now = practised(
        figure(Shown.SLIPS, 1, by="B"),
        figure(Shown.WORDS_REFLECTED, 0.34, by="B"),
        figure(Shown.SLIPS, 1, by="A"),
        talk=swapped,
    )
    assert changes(before, now) == (
        "Since 12 Nov 2026, you: slips 4 → 1; words said back 22 % → 34 %.",
        "Since 12 Nov 2026, Speaker A: slips 1 as then.",
    )


@pytest.mark.parametrize("value", [None, 2.0])
def test_what_was_not_measured_then_is_not_compared(value):
    before, now = practised(figure(Shown.SLIPS, value)), practised(figure(Shown.SLIPS, 1))
    assert bool(changes(before, now)) is (value is not None)


def test_steps_that_are_not_in_the_recording_are_named_in_one_line():
    step = PracticeStep(StepKind.TELL, Span(0, 5), Role.PARTNER, Role.PARTNER)
    talk = replace(TALK, practice=Practice("emotional-x-ray", (step,)))
    result = PracticeResult("emotional-x-ray", (figure(Shown.SLIPS, 0, size=5),))
    lines = feedback(Practised(talk, result))
    assert len(lines) == 2
    assert lines[1] == (
        "Not measured: “it fits”, feeling named, said back and advice (that step is not in the "
        "recording)."
    )

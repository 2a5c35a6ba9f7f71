"""Leading two people through an exercise: which step it is, when it ends, what a key does.

Time is the caller's (seconds on the audio clock), so a guide needs no clock and never waits.
"""

from collections.abc import Iterator, Sequence

from listenlive.conversation import PracticeAnswer, PracticeStep, StepKind
from listenlive.events import Event, PracticeAnswered, PracticeStepEnded
from listenlive.practice.exercises import Step
from listenlive.span import Span

ON = "space"
"""The key that goes on to the next step."""

GOT_IT = "got_it"
MOOD = "mood"

_ANSWERS = {
    StepKind.CHECK: (GOT_IT, {"y": 1, "n": 0}),
    StepKind.MOOD: (MOOD, {**{str(n): n for n in range(1, 10)}, "0": 10}),
}


class Guide:
    """The state of an exercise that runs.

    ::

        step      |  settle  |     tell      | reflect |
        ends by       time        key (ON)      time
        now       at─────────▶
    """

    def __init__(self, steps: Sequence[Step], *, at: float = 0.0) -> None:
        self._steps = tuple(steps)
        self._number = 0
        self._began = at

    @property
    def step(self) -> Step | None:
        """The step that runs; None: the exercise is over."""
        return self._steps[self._number] if self._number < len(self._steps) else None

    @property
    def began(self) -> float:
        """When the step that runs began."""
        return self._began

    @property
    def following(self) -> Step | None:
        """The step after this one, if there is one."""
        after = self._number + 1
        return self._steps[after] if after < len(self._steps) else None

    @property
    def progress(self) -> tuple[int, int]:
        """Which step it is, counted from 1, and of how many."""
        return min(self._number + 1, len(self._steps)), len(self._steps)

    def left(self, now: float) -> float:
        """Seconds left of the step; 0 when all is over."""
        return max(0.0, self._began + self.step.seconds - now) if self.step else 0.0

    def tick(self, now: float) -> tuple[Event, ...]:
        """What happened by `now`: steps whose time is up end, each where it should have."""
        return tuple(self._until(now))

    def press(self, key: str, now: float) -> tuple[Event, ...]:
        """What `key` does at `now`: on to the next step, or an answer; nothing for other keys."""
        happened = list(self._until(now))
        step = self.step
        if step is None:
            return tuple(happened)
        if key in keys(step):
            happened.append(answered(step, key, now))
        elif key != ON:
            return tuple(happened)
        happened += self._end(now)
        return tuple(happened)

    def stop(self, now: float) -> tuple[Event, ...]:
        """The end of all, at `now`: what was begun ends here, what was not reached never was."""
        happened = list(self._until(now))
        if self.step is not None:
            happened += self._end(now)
        self._number = len(self._steps)
        return tuple(happened)

    def _until(self, now: float) -> Iterator[Event]:
        while self.step and self.step.ends and now >= self._began + self.step.seconds:
            yield from self._end(self._began + self.step.seconds)

    def _end(self, at: float) -> list[Event]:
        """End the step at `at`; one that took no time leaves nothing behind."""
        step = self._steps[self._number]
        began, self._began = self._began, max(at, self._began)
        self._number += 1
        if at <= began:
            return []
        return [
            PracticeStepEnded(PracticeStep(step.kind, Span(began, at), step.teller, step.floor))
        ]


def ended(step: Step, span: Span) -> PracticeStepEnded:
    """The event that `step` was gone through in `span`."""
    return PracticeStepEnded(PracticeStep(step.kind, span, step.teller, step.floor))


def answered(step: Step, key: str, at: float) -> PracticeAnswered:
    """The event that whoever tells in `step` answered its question with `key`."""
    question, values = _ANSWERS[step.kind]
    return PracticeAnswered(PracticeAnswer(question, step.teller, values[key], at))


def keys(step: Step) -> tuple[str, ...]:
    """The keys that answer the question of `step`; none if it asks nothing."""
    return tuple(_ANSWERS[step.kind][1]) if step.kind in _ANSWERS else ()

"""An exercise that is led through while it is heard: the guide, shared by screen and hearing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock

from listenlive.conversation import Conversation, StepKind, Utterance
from listenlive.events import Ended, Event, Passing, Started, UtteranceHeard, apply
from listenlive.practice.exercises import Exercise, Names, Step
from listenlive.practice.guide import ON, Guide
from listenlive.practice.timetable import known, opening, passes
from listenlive.sound import Sound

Hear = Callable[[Iterable[Sound]], Iterator[Event | Passing]]

Tell = Callable[[Event], None]
"""Passes an event on to a session; called while nothing else can happen to the exercise."""


def nobody(_event: Event) -> None:
    """Tell nobody: whoever asked passes it on."""


SETTLED = 1.0
"""Seconds a step must run before a word that was heard late may end it."""


class Lead:
    """Leads through `steps`. Keys come from the screen, words and the end from what is heard.

    All methods may be called from any thread. What happened is told before anything else can
    happen, so that the end of what is heard never overtakes a step; it is remembered here too, to
    tell who is who at the end.
    """

    def __init__(self, exercise: Exercise, steps: Sequence[Step], names: Names) -> None:
        self.exercise = exercise
        self.names = names
        self._guide = Guide(steps)
        self._happened: list[Event] = []
        self._lock = Lock()

    @property
    def guide(self) -> Guide:
        """Where the exercise is; only to be looked at."""
        return self._guide

    def tick(self, now: float, tell: Tell = nobody) -> tuple[Event, ...]:
        """What time brought by `now`."""
        with self._lock:
            return self._remembered(self._guide.tick(now), tell)

    def press(self, key: str, now: float, tell: Tell = nobody) -> tuple[Event, ...]:
        """What `key` brought at `now`."""
        with self._lock:
            return self._remembered(self._guide.press(key, now), tell)

    def stop(self, now: float, tell: Tell = nobody) -> tuple[Event, ...]:
        """The end at `now`; nothing if it was over."""
        with self._lock:
            return self._remembered(self._guide.stop(now), tell)

    def heard(self, hear: Hear) -> Hear:
        """`hear`, with the exercise in it: its beginning, its steps, and who had which part."""

        def led(sounds: Iterable[Sound]) -> Iterator[Event | Passing]:
            talk = Conversation()
            for event in hear(sounds):
                if isinstance(event, Ended):
                    yield from self.stop(event.at)
                    for each in self._happened:
                        talk = apply(talk, each)
                    yield from known(talk, self.names)
                if not isinstance(event, Passing):
                    talk = apply(talk, event)
                yield event
                if isinstance(event, Started):
                    for begun in opening(self.exercise.name):
                        talk = apply(talk, begun)
                        yield begun
                if isinstance(event, UtteranceHeard):
                    yield from self._passed(event.utterance)

        return led

    def _passed(self, utterance: Utterance) -> tuple[Event, ...]:
        """The stick is passed on where somebody says so."""
        at = passes(utterance, self.exercise.passing)
        with self._lock:
            step = self._guide.step
            if at is None or step is None or step.kind is not StepKind.HOLD:
                return ()
            if at < self._guide.began + SETTLED:
                return ()  # of the hold before, which a key has ended
            return self._remembered(self._guide.press(ON, at))

    def _remembered(self, events: tuple[Event, ...], tell: Tell = nobody) -> tuple[Event, ...]:
        self._happened += events
        for event in events:
            tell(event)
        return events

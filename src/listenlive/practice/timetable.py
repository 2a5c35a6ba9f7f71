"""Where the steps of an exercise lie in a recording, and who is who by them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import TypeVar

from listenlive.analysis.phrases import bare
from listenlive.conversation import (
    Conversation,
    Goal,
    Person,
    PracticeStep,
    Role,
    StepKind,
    Utterance,
)
from listenlive.errors import ConfigError
from listenlive.events import (
    Ended,
    Event,
    GoalSet,
    ListenerSet,
    Noted,
    Passing,
    PersonNamed,
    PracticeBegan,
    Started,
    apply,
)
from listenlive.practice.exercises import Exercise, Names, Step
from listenlive.practice.guide import answered, ended, keys
from listenlive.span import Span, overlap

E = TypeVar("E", bound=Event | Passing)

MISSING = "steps of the exercise are in this recording"
"""How the note ends that tells of steps after the end of a recording."""

CLEAR = 3.0  # seconds by which one fits their part better than the other, to be told by it


@dataclass(frozen=True, slots=True)
class Timetable:
    """Where the steps lie: when each begins (None: one after the other, each as long as planned).

    answers : keys, one for each step that asks something, in order; "" for none
    """

    begins: tuple[float, ...] | None = None
    answers: tuple[str, ...] = ()


def placed(steps: Sequence[Step], timetable: Timetable, *, duration: float) -> tuple[Event, ...]:
    """The steps and answers in a recording of `duration` seconds, as a guide would have told them.

    ::

        begins    0        15                     135         195
                  | settle |         tell         |  reflect  | ...
        recording |==============================================|   the rest was not reached
    """
    check(steps, timetable)
    happened: list[Event] = []
    reached = 0
    spans = _spans(steps, timetable)
    for (step, key), span in zip(_answered(steps, timetable), spans, strict=False):
        if span.start >= duration:
            break
        reached += 1
        lasted = Span(span.start, min(span.end, duration))
        if key:
            happened.append(answered(step, key, lasted.end))
        happened.append(ended(step, lasted))
    return (*happened, *_unreached(steps, reached))


def check(steps: Sequence[Step], timetable: Timetable) -> None:
    """ConfigError if `timetable` cannot be one of `steps`."""
    begins = timetable.begins or ()
    if len(begins) > len(steps):
        raise ConfigError(
            f"--steps gives {len(begins)} times, but the exercise has {len(steps)} steps."
        )
    for before, after in pairwise((-1.0, *begins)):
        if not before < after < inf:
            raise ConfigError(
                f"--steps: {after:g} s cannot come after {max(before, 0):g} s; times rise from 0."
            )
    asking = [step for step, _ in _answered(steps, timetable) if keys(step)]
    if len(timetable.answers) > len(asking):
        raise ConfigError(
            f"--answers gives {len(timetable.answers)} keys, but the exercise asks "
            f"{len(asking)} times."
        )


def _answered(steps: Sequence[Step], timetable: Timetable) -> Iterator[tuple[Step, str]]:
    """Each step with the key that answers it, "" for none. ConfigError for a key that cannot."""
    answers = iter(timetable.answers)
    for step in steps:
        allowed = keys(step)
        key = next(answers, "") if allowed else ""
        if key and key not in allowed:
            raise ConfigError(
                f"--answers: {key!r} answers nothing here; allowed for the step "
                f"{step.kind.value!r}: {', '.join(allowed)}."
            )
        yield step, key


def _spans(steps: Sequence[Step], timetable: Timetable) -> Iterator[Span]:
    """Where each of `steps` lies; the last one given goes on to the end."""
    if timetable.begins is not None:
        yield from (Span(*each) for each in pairwise((*timetable.begins, inf)))
        return
    begin = 0.0
    for step in steps:
        yield Span(begin, begin + step.seconds)
        begin += step.seconds


def _unreached(steps: Sequence[Step], reached: int) -> Iterator[Event]:
    """A note if steps are missing; holds of a talking stick end when they end."""
    if reached < len(steps) and steps[reached].kind is not StepKind.HOLD:
        yield Noted(f"{reached} of the {len(steps)} {MISSING}")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """An exercise that a recording is heard as."""

    exercise: Exercise
    steps: tuple[Step, ...]
    timetable: Timetable
    names: Names

    def told(self, events: Iterable[Event]) -> Iterator[Event]:
        """`events` of a recording with the exercise in them: its steps, who had which part."""
        yield from with_parts(self._stepped(events), self.names)

    def _stepped(self, events: Iterable[Event]) -> Iterator[Event]:
        talk = Conversation()
        for event in events:
            if isinstance(event, Ended):
                timetable = by_word(talk, self.exercise, self.steps, self.timetable)
                yield from placed(self.steps, timetable, duration=event.at)
            talk = apply(talk, event)
            yield event
            if isinstance(event, Started):
                yield from opening(self.exercise.name)


def with_parts(events: Iterable[E], names: Names) -> Iterator[E | Event]:
    """`events`; if they are of an exercise, with who had which part by its steps, at the end."""
    talk = Conversation()
    for event in events:
        if isinstance(event, Ended) and talk.practice is not None:
            yield from known(talk, names)
        if not isinstance(event, Passing):
            talk = apply(talk, event)
        yield event


def by_word(
    conversation: Conversation, exercise: Exercise, steps: Sequence[Step], timetable: Timetable
) -> Timetable:
    """`timetable`, or where the stick was passed on by word, if no times were given.

    ::

        said      |"... that was it. Over to you."|   |"Thanks. ... Over to you."|
        steps     | settle |    hold              |            hold              |  hold ...
    """
    found = [passes(each, exercise.passing) for each in conversation.utterances]
    times = sorted({at for at in found if at is not None})
    if timetable.begins is not None or not times:
        return timetable
    first = [0.0] if steps[0].kind is StepKind.HOLD else [0.0, min(steps[0].seconds, times[0] / 2)]
    return replace(timetable, begins=(*first, *times)[: len(steps)])


def passes(utterance: Utterance, phrases: Sequence[str]) -> float | None:
    """When `utterance` passes the stick on: the end of one of `phrases` in it; None if it does not.

    The last time counts: "over to you, over to you".
    """
    said = [bare(word.text) for word in utterance.words]
    for end in range(len(said), 0, -1):
        for phrase in phrases:
            wanted = phrase.split()
            if said[max(0, end - len(wanted)) : end] == wanted:
                return utterance.words[end - 1].span.end
    return None


def opening(exercise: str) -> tuple[Event, ...]:
    """What is told at the beginning of an exercise."""
    return GoalSet(Goal.EXERCISE), PracticeBegan(exercise)


def known(conversation: Conversation, names: Names) -> Iterator[Event]:
    """Who is who by the steps they spoke in, where nobody said it; and what they are called.

    What was said (a channel each, --me) stands; if the steps clearly say the opposite, a note
    tells.
    """
    by_steps = listener_by_steps(conversation)
    me = conversation.listener.id if conversation.listener else None
    if me is None:
        if by_steps is None and len(conversation.speakers) < 2:
            return  # there is nobody to tell apart
        if by_steps is None:
            yield Noted("who is who could not be told by who spoke in which step; say it with --me")
            return
        yield ListenerSet(by_steps)
    elif by_steps not in (None, me):
        yield Noted(
            f"by who spoke in which step, {names.listener} and {names.partner} are the other way "
            "round; if so, say it with --me"
        )
    yield from _named(conversation.people, me or by_steps, names)


def _named(people: Sequence[Person], me: str | None, names: Names) -> Iterator[Event]:
    partners = [person.id for person in people if person.id != me]
    for person in people:
        if person.id == me:
            yield PersonNamed(person.id, names.listener)
        elif len(partners) == 1:
            yield PersonNamed(person.id, names.partner)


def listener_by_steps(conversation: Conversation) -> str | None:
    """The person who spoke when "me" was to speak; None if that is not clear.

    ::

        steps    | partner tells | me reflects | me tells | partner reflects |
        A         ===============    =                         ===========
        B             =             ==========  =========                       B is "me"

    Each person's seconds in the steps of "me" less those in the steps of the partner; the highest
    is "me" if the next is at least 3 s behind.
    """
    steps = conversation.practice.steps if conversation.practice else ()
    scores = sorted((_fit(conversation, who, steps), who) for who in conversation.speakers)
    if len(scores) < 2 or scores[-1][0] - scores[-2][0] < CLEAR:
        return None
    return scores[-1][1]


def _fit(conversation: Conversation, who: str, steps: Sequence[PracticeStep]) -> float:
    spans = conversation.spans_of(who)
    sign = {Role.LISTENER: 1, Role.PARTNER: -1, None: 0}
    return sum(
        sign[step.floor if step.kind is not StepKind.SHARE else step.teller]
        * overlap(spans, step.span)
        for step in steps
    )

"""Where the steps of an exercise lie in a recording, and who is who by them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from listenlive.conversation import Conversation, Goal, Person, PracticeStep, Role, StepKind
from listenlive.errors import ConfigError
from listenlive.events import (
    Ended,
    Event,
    GoalSet,
    ListenerSet,
    Noted,
    PersonNamed,
    PracticeBegan,
    Started,
    apply,
)
from listenlive.practice.exercises import Names, Step
from listenlive.practice.guide import answered, ended, keys
from listenlive.span import Span, overlap

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
    answers = iter(timetable.answers)
    happened: list[Event] = []
    for step, span in zip(steps, _spans(steps, timetable, duration), strict=False):
        if key := _answer(step, answers):
            happened.append(answered(step, key, span.end))
        happened.append(ended(step, span))
    return tuple(happened)


def _spans(steps: Sequence[Step], timetable: Timetable, duration: float) -> Iterator[Span]:
    """Where each of `steps` lies, as far as the recording goes."""
    begins = timetable.begins
    if begins is None:
        begins = tuple(accumulate((step.seconds for step in steps[:-1]), initial=0.0))
        ends = [*begins[1:], begins[-1] + steps[-1].seconds]
    else:
        _check(begins, steps, duration)
        ends = [*begins[1:], duration]
    for begin, end in zip(begins, ends, strict=True):
        if begin < duration:
            yield Span(begin, min(end, duration))


def _answer(step: Step, answers: Iterator[str]) -> str:
    """The next answer, if `step` asks something. ConfigError if it is none of its keys."""
    allowed = keys(step)
    if not allowed:
        return ""
    answer = next(answers, "")
    if answer and answer not in allowed:
        raise ConfigError(
            f"--answers: {answer!r} answers nothing here; allowed for the step "
            f"{step.kind.value!r}: {', '.join(allowed)}."
        )
    return answer


def _check(begins: Sequence[float], steps: Sequence[Step], duration: float) -> None:
    if len(begins) > len(steps):
        raise ConfigError(
            f"--steps gives {len(begins)} times, but the exercise has {len(steps)} steps."
        )
    for before, after in zip(begins, [*begins[1:], duration], strict=True):
        if not 0 <= before < after:
            raise ConfigError(
                f"--steps: {before:g} s comes before {after:g} s only if times rise, from 0 to the "
                f"end of the recording at {duration:.1f} s."
            )


def practised(
    events: Iterable[Event],
    *,
    exercise: str,
    steps: Sequence[Step],
    timetable: Timetable,
    names: Names,
) -> Iterator[Event]:
    """`events` of a recording, with the exercise they were: its steps, and who had which part."""
    conversation = Conversation()
    for event in events:
        if isinstance(event, Ended):
            for added in placed(steps, timetable, duration=event.at):
                conversation = apply(conversation, added)
                yield added
            yield from known(conversation, names)
        conversation = apply(conversation, event)
        yield event
        if isinstance(event, Started):
            for begun in (GoalSet(Goal.EXERCISE), PracticeBegan(exercise)):
                conversation = apply(conversation, begun)
                yield begun


def known(conversation: Conversation, names: Names) -> Iterator[Event]:
    """Who is who by the steps they spoke in, where nobody said it; and what they are called.

    What was said (a channel each, --me) stands; if the steps clearly say the opposite, a note
    tells.
    """
    by_steps = listener_by_steps(conversation)
    me = conversation.listener.id if conversation.listener else None
    if me is None:
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

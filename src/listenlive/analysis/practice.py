"""What an exercise shows. Roles are known step by step, so figures mean what they say.

Definitions: docs/MEASURES.md, "Practice". Pure: steps, answers and utterances in, figures out.
"""

from collections.abc import Iterable, Iterator, Sequence

from listenlive.analysis.exercise import (
    OTHER,
    SILENT,
    Heard,
    Likeness,
    PracticeFigure,
    PracticeResult,
    Shown,
)
from listenlive.analysis.interruptions import SIGNAL_WORDS, is_signal
from listenlive.analysis.overlaps import BLIP, PAUSE, joined
from listenlive.analysis.practice_words import (
    advice,
    answers,
    confirmed,
    follow_up,
    named,
    questions_and_validations,
    reflected,
    reflection,
)
from listenlive.analysis.reasons import BLIND
from listenlive.analysis.results import Analysis
from listenlive.config import Measuring
from listenlive.conversation import Conversation, PracticeStep, Role, StepKind
from listenlive.span import Span, merge, shared, total

SLIP = 1.0  # seconds: shorter speech of the one who listens is no slip (MEASURES.md, "Practice")
LISTENING = frozenset({StepKind.TELL, StepKind.HOLD})  # one speaks, the other is to be quiet


def practised(
    conversation: Conversation,
    analysis: Analysis,
    *,
    settings: Measuring | None = None,
    likeness: Likeness | None = None,
) -> PracticeResult | None:
    """What the exercise in `conversation` shows; None if it is an ordinary conversation.

    analysis : of the same conversation;  likeness: see `Heard`
    """
    if conversation.practice is None:
        return None
    heard = Heard(
        conversation=conversation,
        practice=conversation.practice,
        analysis=analysis,
        rules=settings or Measuring(),
        likeness=likeness,
    )
    return PracticeResult(conversation.practice.exercise, tuple(_figures(heard)))


def _figures(heard: Heard) -> Iterator[PracticeFigure]:
    """All figures that the steps of the exercise ask for, the listener's first."""
    for role in (Role.LISTENER, Role.PARTNER):
        yield from _of_listening(heard, role)
    if heard.steps(StepKind.MOOD):
        yield from answers(heard)
    if heard.steps(StepKind.HOLD):
        yield from _shares(heard)
        yield _overlaps(heard)


def _of_listening(heard: Heard, role: Role) -> Iterator[PracticeFigure]:
    """The figures about `role`, from the rounds in which they listened."""
    kinds = {step.kind for step in heard.practice.steps if step.teller is OTHER[role]}
    if kinds & LISTENING:
        yield _slips(heard, role)
    if StepKind.NAME in kinds:
        yield named(heard, role)
        yield reflection(heard, role)
        yield advice(heard, role, StepKind.NAME, StepKind.REFLECT)
    elif StepKind.REFLECT in kinds:
        yield reflected(heard, role)
        yield _time_to_reflect(heard, role)
    if StepKind.CHECK in kinds:
        yield confirmed(heard, role)
    if StepKind.ASK in kinds:
        yield follow_up(heard, role)
    if StepKind.SHARE in kinds:
        yield from questions_and_validations(heard, role)
        yield advice(heard, role, StepKind.SHARE)
    if StepKind.HOLD in kinds:
        yield _floor_kept(heard, role)


def slips(heard: Heard, listener: str, step: PracticeStep) -> tuple[Span, ...]:
    """Where `listener` spoke for more than 1 s in `step` although it was not their turn.

    ::

        step       |================================|
        teller       |======================|  |====|
        listener   |=|     |=|   |=====|              |==|
                             no     slip    (a "mhm" is none, nor what lies outside)

    Speech is a run with inner silence of at most 0.3 s, cut to the step. A listener signal (up to
    three words, half of them listed, up to `backchannel_words_max`) is no slip. Slips with a pause
    of at most 1 s between them are one.
    """
    runs = joined(heard.conversation.by_speaker.get(listener, ()))
    inside = ((run, part) for run in runs if (part := run.span & step.span))
    found = (
        part
        for run, part in inside
        if part.duration > SLIP and not _backchannel(heard, run.span, run.utterances)
    )
    return merge(found, gap=PAUSE)


def _backchannel(heard: Heard, span: Span, ids: Sequence[int]) -> bool:
    words = [word.text for each in ids for word in heard.conversation.by_id[each].words]
    if heard.words is None or span.duration > heard.rules.backchannel_words_max:
        return False
    return len(words) <= SIGNAL_WORDS and is_signal(words, heard.words)


def _slips(heard: Heard, role: Role) -> PracticeFigure:
    listener, teller = heard.person(role), heard.person(OTHER[role])
    steps = heard.steps(*LISTENING, teller=OTHER[role])
    if reason := _unheard(heard, listener, teller, steps):
        return PracticeFigure(name=Shown.SLIPS, by=listener, reason=reason)
    assert listener is not None
    found = [span for step in steps for span in slips(heard, listener, step)]
    return PracticeFigure(
        name=Shown.SLIPS,
        by=listener,
        value=len(found),
        size=_seconds(steps),
        moments=tuple(found),
    )


def _unheard(
    heard: Heard, listener: str | None, teller: str | None, steps: Sequence[PracticeStep]
) -> str | None:
    """Why nothing can be said of how `listener` left the floor to `teller` in `steps`."""
    if listener is None or teller is None:
        return heard.nobody
    if not heard.conversation.sees_overlap:
        return heard.conversation.blind_because or BLIND
    voices = (heard.conversation.spans_of(who) for who in (listener, teller))
    if not any(span & step.span for spans in voices for span in spans for step in steps):
        return SILENT
    return None


def _time_to_reflect(heard: Heard, role: Role) -> PracticeFigure:
    """Seconds until the one who listened begins to say back what they heard; the mean of rounds.

    From the beginning of the step, or from where the teller stops if they talk into it, to the
    first speech of the listener that is no click; 0 if they already speak.
    """
    listener, teller = heard.person(role), heard.person(OTHER[role])
    if listener is None or teller is None:
        return PracticeFigure(name=Shown.TIME_TO_REFLECT, by=listener, reason=heard.nobody)
    steps = heard.steps(StepKind.REFLECT, teller=OTHER[role])
    waits = [wait for step in steps if (wait := _wait(heard, listener, teller, step)) is not None]
    if not waits:
        reason = "nothing was said back"
        return PracticeFigure(name=Shown.TIME_TO_REFLECT, by=listener, reason=reason)
    mean = sum(waits) / len(waits)
    return PracticeFigure(name=Shown.TIME_TO_REFLECT, by=listener, value=mean, size=len(waits))


def _wait(heard: Heard, listener: str, teller: str, step: PracticeStep) -> float | None:
    spoken = [run.span for run in joined(heard.conversation.by_speaker.get(listener, ()))]
    first = next((span for span in spoken if (p := span & step.span) and p.duration >= BLIP), None)
    if first is None:
        return None
    begun = max(first.start, step.span.start)
    told = [span.end for span in heard.conversation.spans_of(teller) if span.start < begun]
    ready = max([step.span.start, *(end for end in told if end < step.span.end)])
    return max(0.0, begun - ready)


def _floor_kept(heard: Heard, role: Role) -> PracticeFigure:
    """How many of the other's holds had no slip of this person in them."""
    listener, teller = heard.person(role), heard.person(OTHER[role])
    steps = heard.steps(StepKind.HOLD, teller=OTHER[role])
    if reason := _unheard(heard, listener, teller, steps):
        return PracticeFigure(name=Shown.FLOOR_KEPT, by=listener, reason=reason)
    assert listener is not None
    kept = sum(not slips(heard, listener, step) for step in steps)
    return PracticeFigure(name=Shown.FLOOR_KEPT, by=listener, value=kept, size=len(steps))


def _shares(heard: Heard) -> Iterator[PracticeFigure]:
    """Part of all speech seconds in the holds that is each person's."""
    windows = [step.span for step in heard.steps(StepKind.HOLD)]
    people = [heard.person(role) for role in (Role.LISTENER, Role.PARTNER)]
    if None in people:
        yield PracticeFigure(name=Shown.SHARE, by=None, reason=heard.nobody)
        return
    spoken = {who: _within(heard.conversation.spans_of(who), windows) for who in people if who}
    everybody = sum(spoken.values())
    for who, seconds in spoken.items():
        if everybody:
            share = seconds / everybody
            yield PracticeFigure(name=Shown.SHARE, by=who, value=share, size=everybody)
        else:
            yield PracticeFigure(name=Shown.SHARE, by=who, reason=SILENT)


def _overlaps(heard: Heard) -> PracticeFigure:
    """Seconds in the holds in which both are heard at once."""
    talk = heard.conversation
    if not talk.sees_overlap:
        reason = talk.blind_because or BLIND
        return PracticeFigure(name=Shown.OVERLAPS, by=None, reason=reason)
    first, second = (heard.person(role) for role in (Role.LISTENER, Role.PARTNER))
    if first is None or second is None:
        return PracticeFigure(name=Shown.OVERLAPS, by=None, reason=heard.nobody)
    steps = heard.steps(StepKind.HOLD)
    both = shared(talk.spans_of(first), talk.spans_of(second))
    inside = [part for span in both for step in steps if (part := span & step.span)]
    return PracticeFigure(
        name=Shown.OVERLAPS,
        by=None,
        value=total(inside),
        size=_seconds(steps),
        moments=tuple(inside),
    )


def _seconds(steps: Iterable[PracticeStep]) -> float:
    return sum(step.span.duration for step in steps)


def _within(spans: Iterable[Span], windows: Iterable[Span]) -> float:
    return total(part for span in spans for window in windows if (part := span & window))

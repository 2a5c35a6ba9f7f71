"""What an exercise shows. Roles are known step by step, so figures mean what they say.

Definitions: docs/MEASURES.md, "Practice". Pure: steps, answers and utterances in, figures out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from listenlive.analysis.interruptions import SIGNAL_WORDS, is_signal
from listenlive.analysis.language import Lexicon, lexicon
from listenlive.analysis.overlaps import BLIP, joined
from listenlive.analysis.reasons import BLIND, spoken_language
from listenlive.config import Measuring
from listenlive.conversation import (
    Conversation,
    Practice,
    PracticeStep,
    Role,
    StepKind,
    Utterance,
)
from listenlive.span import Span, shared, total

SLIP = 1.0  # seconds: shorter speech of the one who listens is no slip (MEASURES.md, "Practice")
LISTENING = frozenset({StepKind.TELL, StepKind.HOLD})  # one speaks, the other is to be quiet

NOBODY = "it is not known who is who: say it with --me"
UNDONE = "this part of the exercise was not reached"
SILENT = "nobody was heard in this part"


class Shown(StrEnum):
    """Names of the figures of an exercise."""

    SLIPS = "slips"
    TIME_TO_REFLECT = "time_to_reflect"
    FLOOR_KEPT = "floor_kept"
    OVERLAPS = "overlaps"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFigure:
    """One figure of an exercise.

    by      : id of the person it is about; None: of both together
    value   : None: not measured, and `reason` says why
    size    : what it rests on: seconds listened, holds, words said; None where that says nothing
    moments : where it lies in the recording;  quotes: the words it rests on
    """

    name: Shown
    by: str | None
    value: float | None = None
    size: float | None = None
    reason: str | None = None
    moments: tuple[Span, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """All figures of an exercise, in the order they are told."""

    exercise: str
    figures: tuple[PracticeFigure, ...]

    def of(self, name: Shown, by: str | None) -> PracticeFigure | None:
        """The figure `name` about the person `by`; None if the exercise has none."""
        return next((f for f in self.figures if (f.name, f.by) == (name, by)), None)


def practised(
    conversation: Conversation, *, settings: Measuring | None = None
) -> PracticeResult | None:
    """What the exercise in `conversation` shows; None if it is an ordinary conversation."""
    if conversation.practice is None:
        return None
    heard = Heard(conversation, conversation.practice, settings or Measuring())
    return PracticeResult(conversation.practice.exercise, tuple(_figures(heard)))


@dataclass(frozen=True)
class Heard:
    """An exercise as it was heard: who had which part, and what they said in it."""

    conversation: Conversation
    practice: Practice
    rules: Measuring

    def person(self, role: Role | None) -> str | None:
        """The id of the person in that role; None if nobody is known to be."""
        return next((p.id for p in self.conversation.people if p.role is role), None)

    def other(self, role: Role) -> Role:
        """Whoever `role` is not."""
        return Role.PARTNER if role is Role.LISTENER else Role.LISTENER

    def steps(self, *kinds: StepKind, teller: Role | None = None) -> tuple[PracticeStep, ...]:
        """The steps of these kinds, of that teller's rounds if one is given."""
        return tuple(
            step
            for step in self.practice.steps
            if step.kind in kinds and teller in (None, step.teller)
        )

    def said(self, by: str, step: PracticeStep) -> tuple[Utterance, ...]:
        """What `by` said in `step`: utterances whose middle lies in it."""
        theirs = self.conversation.by_speaker.get(by, ())
        return tuple(u for u in theirs if u.span.middle in step.span)

    @property
    def words(self) -> Lexicon | None:
        """The word lists for what was said, if there are any."""
        language = spoken_language(self.conversation)
        return lexicon(language) if language else None


def _figures(heard: Heard) -> Iterator[PracticeFigure]:
    """All figures that the steps of the exercise ask for."""
    asked = {step.kind for step in heard.practice.steps}
    for listener in (Role.LISTENER, Role.PARTNER):
        teller = heard.other(listener)
        if heard.steps(*LISTENING, teller=teller):
            yield _slips(heard, listener)
        if heard.steps(StepKind.REFLECT, teller=teller):
            yield _time_to_reflect(heard, listener)
        if heard.steps(StepKind.HOLD, teller=teller):
            yield _floor_kept(heard, listener)
    if StepKind.HOLD in asked:
        yield from _shares(heard)
        yield _overlaps(heard)


def slips(heard: Heard, listener: str, step: PracticeStep) -> tuple[Span, ...]:
    """Where `listener` spoke for more than 1 s in `step` although it was not their turn.

    ::

        step       |================================|
        teller       |======================|  |====|
        listener   |=|     |=|   |=====|              |==|
                             no     slip    (a "mhm" is none, nor what lies outside)

    Speech is a run with inner silence of at most 0.3 s, cut to the step. A listener signal (up to
    three words, half of them listed, up to `backchannel_words_max`) is no slip.
    """
    runs = joined(heard.conversation.by_speaker.get(listener, ()))
    inside = ((run, part) for run in runs if (part := run.span & step.span))
    return tuple(
        part
        for run, part in inside
        if part.duration > SLIP and not _backchannel(heard, run.span, run.utterances)
    )


def _backchannel(heard: Heard, span: Span, ids: Sequence[int]) -> bool:
    words = [word.text for each in ids for word in heard.conversation.by_id[each].words]
    if heard.words is None or span.duration > heard.rules.backchannel_words_max:
        return False
    return len(words) <= SIGNAL_WORDS and is_signal(words, heard.words)


def _slips(heard: Heard, role: Role) -> PracticeFigure:
    listener, teller = heard.person(role), heard.person(heard.other(role))
    steps = heard.steps(*LISTENING, teller=heard.other(role))
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
        return NOBODY
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
    listener, teller = heard.person(role), heard.person(heard.other(role))
    if listener is None or teller is None:
        return PracticeFigure(name=Shown.TIME_TO_REFLECT, by=listener, reason=NOBODY)
    steps = heard.steps(StepKind.REFLECT, teller=heard.other(role))
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
    listener, teller = heard.person(role), heard.person(heard.other(role))
    steps = heard.steps(StepKind.HOLD, teller=heard.other(role))
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
        yield PracticeFigure(name=Shown.SHARE, by=None, reason=NOBODY)
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
        return PracticeFigure(name=Shown.OVERLAPS, by=None, reason=NOBODY)
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

"""What an exercise showed, in at most five lines, and what changed since the last time.

Observations with their figures, both directions in the same words; never a grade.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from listenlive.analysis.exercise import PracticeFigure, PracticeResult, Shown
from listenlive.analysis.practice import practised as shown
from listenlive.analysis.results import Analysis
from listenlive.config import Measuring
from listenlive.conversation import Conversation, Role, StepKind
from listenlive.plain import one_line
from listenlive.practice.exercises import exercises
from listenlive.report.wording import Who, clock, count, lasting, listed, percent, times, who

MOST_LINES = 5
MOST_QUOTED = 3
LONGEST_QUOTE = 60  # columns

LABELS = {
    Shown.SLIPS: "slips",
    Shown.WORDS_REFLECTED: "words said back",
    Shown.TIME_TO_REFLECT: "time to reflect",
    Shown.EMOTION_NAMED: "feeling named",
    Shown.REFLECTION_GIVEN: "said back",
    Shown.ADVICE: "advice",
    Shown.CHECK_CONFIRMED: "“it fits”",
    Shown.MOOD: "mood",
    Shown.FOLLOW_UP: "follow-up questions",
    Shown.DONE: "parts done",
    Shown.QUESTIONS: "questions",
    Shown.VALIDATIONS: "validations",
    Shown.ASKED_OR_VALIDATED: "turns that asked or validated",
    Shown.FLOOR_KEPT: "holds without a slip",
    Shown.OVERLAPS: "seconds both at once",
    Shown.SHARE: "share of the talk",
}


@dataclass(frozen=True, slots=True)
class Practised:
    """An exercise with its figures: what feedback speaks of."""

    conversation: Conversation
    result: PracticeResult


def exercise_told(
    conversation: Conversation, analysis: Analysis, *, settings: Measuring | None = None
) -> tuple[str, ...]:
    """Feedback on the exercise in `conversation`; nothing if it is none."""
    result = shown(conversation, analysis, settings=settings)
    return feedback(Practised(conversation, result)) if result else ()


def feedback(practised: Practised) -> tuple[str, ...]:
    """What the exercise showed, the listener's side first: at most five lines.

    The last one names what could not be measured, and why.
    """
    if not practised.conversation.utterances:
        return ("Not measured: no speech was found.",)
    lines = [line for person in _people(practised) for line in _about(practised, person)]
    lines += _together(practised)
    missing = _missing((*practised.result.figures, *_cut_short(practised)))
    if missing:
        return (*lines[: MOST_LINES - 1], missing)
    return tuple(lines[:MOST_LINES]) or ("Nothing was heard that this exercise measures.",)


def changes(before: Practised, now: Practised) -> tuple[str, ...]:
    """What is different from the last time, one line a person: no word on whether it is good."""
    lines = []
    for role in (Role.LISTENER, Role.PARTNER):
        old, new = _by(before, role), _by(now, role)
        told = [
            _change(name, old[name], new[name])
            for name in new
            if name in old and name is not Shown.MOOD
        ]
        person = _person(now.conversation, role)
        if told and person:
            name = who(now.conversation, person).label
            lines.append(f"Since {_day(before.conversation)}, {_lower(name)}: {'; '.join(told)}.")
    return tuple(lines)


def _lower(name: str) -> str:
    return "you" if name == "You" else name


def _change(name: Shown, old: PracticeFigure, new: PracticeFigure) -> str:
    before, now = _short(old), _short(new)
    return f"{LABELS[name]} {now} as then" if before == now else f"{LABELS[name]} {before} → {now}"


def _short(figure: PracticeFigure) -> str:
    """A figure in a word."""
    value = figure.value or 0.0
    match figure.name:
        case Shown.WORDS_REFLECTED | Shown.SHARE | Shown.ASKED_OR_VALIDATED:
            return percent(value)
        case Shown.TIME_TO_REFLECT:
            return f"{value:.1f} s"
        case Shown.EMOTION_NAMED | Shown.REFLECTION_GIVEN:
            return "yes" if value else "no"
        case Shown.FLOOR_KEPT | Shown.CHECK_CONFIRMED:
            return f"{value:.0f} of {figure.size or 0:.0f}"
    return f"{value:.0f}"


def _by(practised: Practised, role: Role) -> dict[Shown, PracticeFigure]:
    """The measured figures about whoever has `role`."""
    person = _person(practised.conversation, role)
    return {
        figure.name: figure
        for figure in practised.result.figures
        if figure.by == person is not None and figure.value is not None
    }


def _person(conversation: Conversation, role: Role) -> str | None:
    return next((p.id for p in conversation.people if p.role is role), None)


def _people(practised: Practised) -> Iterator[str]:
    """Who the figures are about, the listener first."""
    for role in (Role.LISTENER, Role.PARTNER):
        if person := _person(practised.conversation, role):
            yield person


def _about(practised: Practised, person: str) -> Iterator[str]:
    """The lines about one person, each from the figures that belong together."""
    talk = practised.conversation
    known = {f.name: f for f in practised.result.figures if f.by == person and f.value is not None}
    one, other = who(talk, person), _other(talk, person)
    for line in (
        _listened(known, one),
        _said_back(known, one, other),
        _x_ray(known, one, other),
        _asked(known, one),
        _shared(known, one, other),
        _held(known, one, other),
    ):
        if line:
            yield line


_Figures = dict[Shown, PracticeFigure]


def _other(conversation: Conversation, person: str) -> Who:
    others = conversation.others(person)
    return who(conversation, others[0] if others else None)


def _listened(known: _Figures, one: Who) -> str | None:
    slips = known.get(Shown.SLIPS)
    if slips is None or Shown.FLOOR_KEPT in known:
        return None
    spoke = "did not speak up" if not slips.value else f"spoke up {times(int(slips.value))}"
    at = f" ({_moments(slips)})" if slips.moments else ""
    return f"{one.opening} listened for {lasting(slips.size or 0.0)} and {spoke}{at}."


def _moments(figure: PracticeFigure) -> str:
    shown = [f"at {clock(span.start)}" for span in figure.moments[:MOST_QUOTED]]
    more = len(figure.moments) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _said_back(known: _Figures, one: Who, other: Who) -> str | None:
    back, wait = known.get(Shown.WORDS_REFLECTED), known.get(Shown.TIME_TO_REFLECT)
    began = f"began after {wait.value or 0.0:.1f} s" if wait else ""
    if back is None:
        return f"{one.opening} {began} to say back what was told." if wait else None
    words = f": {', '.join(back.quotes[:MOST_QUOTED])}" if back.quotes else ""
    told = f"{other.possessive} {back.size or 0:.0f} words that carry meaning"
    parts = [began] if began else []
    parts.append(f"said back {len(back.quotes)} of {told}{words}")
    return f"{one.opening} {listed(parts)}."


def _x_ray(known: _Figures, one: Who, other: Who) -> str | None:
    """Named, said back, without advice, and what the other said to it."""
    parts = []
    if named := known.get(Shown.EMOTION_NAMED):
        words = ", ".join(named.quotes[:MOST_QUOTED])
        parts.append(
            f"named a feeling ({words})" if named.value else "named no feeling of the list"
        )
    if given := known.get(Shown.REFLECTION_GIVEN):
        parts.append(_given(given))
    if parts and (advice := known.get(Shown.ADVICE)):
        parts.append(_advice(advice))
    told = f"{one.opening} {listed(parts)}" if parts else ""
    if fits := known.get(Shown.CHECK_CONFIRMED):
        word = "it fits" if fits.value else "it does not fit yet"
        said = f"{other.subject} said: {word}"
        told = f"{told}; {said}" if told else said[:1].upper() + said[1:]
    return f"{told}." if told else None


def _given(given: PracticeFigure) -> str:
    """Sure where it rests on the other's words; a quote to confirm where it rests on a moment."""
    if not given.value:
        return "said back nothing we found"
    if given.moments:
        return f"may have said it back{_quoted(given)}"
    return f"said back what was told ({', '.join(given.quotes[:MOST_QUOTED])})"


def _asked(known: _Figures, one: Who) -> str | None:
    mood, asked = known.get(Shown.MOOD), known.get(Shown.FOLLOW_UP)
    parts = []
    if mood:
        parts.append(f"said {mood.value:.0f} of 10")
    if asked:
        parts.append(f"{_questions(asked)} in the step for it{_quoted(asked)}")
    return f"{one.opening} {' and '.join(parts)}." if parts else None


def _questions(asked: PracticeFigure) -> str:
    return f"asked {count(int(asked.value), 'question')}" if asked.value else "asked no question"


def _shared(known: _Figures, one: Who, other: Who) -> str | None:
    """Asked, validated, in how many turns; advice."""
    asked, validated = known.get(Shown.QUESTIONS), known.get(Shown.VALIDATIONS)
    if asked is None:
        return None
    parts = [_questions(asked)]
    if validated:
        parts.append(_validated(validated))
    told = f"{one.opening} {listed(parts)}"
    if share := known.get(Shown.ASKED_OR_VALIDATED):
        told += f", in {percent(share.value or 0.0)} of {count(int(share.size or 0), 'turn')}"
        told += f" while {other.subject} shared"
    if advice := known.get(Shown.ADVICE):
        told += f"; {one.subject} {_advice(advice)}"
    return f"{told}."


def _validated(validated: PracticeFigure) -> str:
    if not validated.value:
        return "said nothing we found that validates"
    return f"said what may validate {times(int(validated.value))}{_quoted(validated)}"


def _advice(advice: PracticeFigure) -> str:
    if not advice.value:
        return "gave no advice we found"
    return f"gave what sounds like advice {times(int(advice.value))}{_quoted(advice)}"


def _held(known: _Figures, one: Who, other: Who) -> str | None:
    kept, slips = known.get(Shown.FLOOR_KEPT), known.get(Shown.SLIPS)
    if kept is None:
        return None
    held = f"{count(int(kept.size or 0), 'hold')} of {other.object}"
    spoke = f" (spoke {_moments(slips)})" if slips and slips.moments else ""
    return f"{one.opening} only listened in {kept.value:.0f} of {held}{spoke}."


def _together(practised: Practised) -> Iterator[str]:
    """Lines about both at once."""
    known = [f for f in practised.result.figures if f.value is not None]
    shares = [f for f in known if f.name is Shown.SHARE and f.by is not None]
    if shares:
        talk = practised.conversation
        parts = [f"{who(talk, f.by).label} {percent(f.value or 0.0)}" for f in shares]
        yield f"Share of the talk: {', '.join(parts)} of {lasting(shares[0].size or 0.0)}."
    for figure in known:
        if figure.name is Shown.OVERLAPS:
            both = lasting(figure.value) if figure.value else "never"
            yield f"Both spoke at once: {both}, in {lasting(figure.size or 0.0)}."
        elif figure.name is Shown.DONE:
            yield f"Gone through: {figure.value:.0f} of {figure.size:.0f} parts."


def _quoted(figure: PracticeFigure) -> str:
    """The first of the words it rests on."""
    if not figure.quotes:
        return ""
    quote = one_line(figure.quotes[0])
    cut = quote if len(quote) <= LONGEST_QUOTE else f"{quote[: LONGEST_QUOTE - 1].rstrip()}…"
    return f" (“{cut}”)"


def _cut_short(practised: Practised) -> Iterator[PracticeFigure]:
    """The figures of the kinds of steps that are not in the recording at all."""
    practice = practised.conversation.practice
    if practice is None or practised.result.exercise not in exercises():
        return
    kinds = {part.kind for part in exercises()[practised.result.exercise].parts}
    for kind in sorted(kinds - {step.kind for step in practice.steps}):
        names = _MEASURED.get(kind, ())
        if kind is StepKind.REFLECT and StepKind.NAME in kinds:
            names = (Shown.REFLECTION_GIVEN, Shown.ADVICE)
        for name in names:
            yield PracticeFigure(name=name, by=None, reason=NOT_REACHED)


NOT_REACHED = "that step is not in the recording"
_MEASURED = {
    StepKind.TELL: (Shown.SLIPS,),
    StepKind.REFLECT: (Shown.WORDS_REFLECTED, Shown.TIME_TO_REFLECT),
    StepKind.NAME: (Shown.EMOTION_NAMED,),
    StepKind.CHECK: (Shown.CHECK_CONFIRMED,),
    StepKind.MOOD: (Shown.MOOD,),
    StepKind.ASK: (Shown.FOLLOW_UP,),
    StepKind.SHARE: (Shown.QUESTIONS, Shown.VALIDATIONS),
    StepKind.HOLD: (Shown.FLOOR_KEPT,),
}


def _missing(figures: Iterable[PracticeFigure]) -> str | None:
    """What was not measured, grouped by reason."""
    reasons: dict[str, list[str]] = {}
    for figure in figures:
        if figure.reason is not None:
            names = reasons.setdefault(figure.reason, [])
            names += [LABELS[figure.name]] if LABELS[figure.name] not in names else []
    if not reasons:
        return None
    told = [f"{listed(names)} ({one_line(reason)})" for reason, names in reasons.items()]
    return f"Not measured: {'; '.join(told)}."


def _day(conversation: Conversation) -> str:
    """When the exercise before was: "12 Nov 2026"."""
    if conversation.recording is None:
        return "the last time"
    try:
        at = datetime.fromisoformat(conversation.recording.at)
    except ValueError:
        return "the last time"
    return f"{at.day} {at:%b %Y}"

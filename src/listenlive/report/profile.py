"""The listening profile, and what to take from a conversation, as they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from listenlive.analysis.results import Analysis, Dimension, Point, Profile
from listenlive.conversation import CheckIn, Conversation, Role
from listenlive.forms import FELT_HEARD, MOODS, SELF_CHECK, form, mean
from listenlive.plain import one_line, sentence
from listenlive.report.entries import POINTERS, Entry
from listenlive.report.wording import YOU, count, who

UNMEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A link to an entry: its moment and its time as printed."""

    moment: int
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One dimension as it is shown.

    figure : as printed, "" where it was not measured;  says: the phrase as a sentence, or why not
    place  : what it can be read against
    """

    name: str
    title: str
    figure: str
    says: str
    sample: str
    beside: str
    place: str
    meaning: str
    measured: bool
    moments: tuple[Pointer, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One person's profile. `heading` is "You" or the name."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment with the sentence about it."""

    text: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Taken:
    """What to take from a conversation: what went well, what to work on, one thing to try."""

    strengths: tuple[Shown, ...]
    to_work_on: tuple[Shown, ...]
    next_time: str
    exercise: str
    note: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A form somebody answered: whose, the figure of it, and each answer."""

    title: str
    by: str
    figure: str
    answers: tuple[tuple[str, str], ...]


def sheets(
    conversation: Conversation, analysis: Analysis, found: Mapping[int, Entry]
) -> tuple[Sheet, ...]:
    """Everybody's profile, the listener's first; moments point at the entries in `found`."""
    return tuple(
        Sheet(
            who(conversation, each.speaker).label,
            tuple(_row(each, dimension, found) for dimension in each.dimensions),
        )
        for each in analysis.profiles
    )


def taken(analysis: Analysis, found: Mapping[int, Entry]) -> Taken | None:
    """What to take from it; None if nobody knows who the listener is."""
    lesson = analysis.lesson
    if lesson is None:
        return None
    following = lesson.next_time
    return Taken(
        _shown(lesson.strengths, found),
        _shown(lesson.to_work_on, found),
        following.text if following else "",
        following.exercise if following else "",
        one_line(lesson.note),
    )


def brief(dimension: Dimension) -> str:
    """A dimension in one line: phrase, figure if the phrase lacks it."""
    if dimension.missing:
        return f"{UNMEASURED}: {one_line(dimension.missing)}"
    named = dimension.figure.split(" ")[0] in dimension.phrase or dimension.figure in _SAID
    phrase = one_line(dimension.phrase)
    return phrase if named else f"{phrase}: {dimension.figure}"


_SAID = frozenset({"to confirm", "not once", "none", "not found"})
"""Figures that the phrase already says."""


def answered(conversation: Conversation) -> tuple[Answered, ...]:
    """What people answered before and after; of each form and person the last time."""
    last = {(c.form, c.by): c for c in conversation.check_ins if c.answers}
    moods = [_moods(conversation, by, last) for by in Role]
    forms = [last.get((name, by)) for name in (FELT_HEARD, SELF_CHECK) for by in Role]
    return (
        *filter(None, moods),
        *(_answered(conversation, each) for each in forms if each),
    )


def _moods(
    conversation: Conversation, by: Role, last: Mapping[tuple[str, Role], CheckIn]
) -> Answered | None:
    """The mood of one person before and after, as far as they said it."""
    said = [(name, last[name, by].answers[0].value) for name in MOODS if (name, by) in last]
    if not said:
        return None
    told = " and ".join(f"{value} {name.removeprefix('mood_')}" for name, value in said)
    figure = f"{told}, of {form(MOODS[0]).most}"
    return Answered("Mood", _whose(conversation, by), figure, ())


def _answered(conversation: Conversation, check_in: CheckIn) -> Answered:
    asked = form(check_in.form)
    texts = {question.id: question.text for question in asked.questions}
    average = mean(check_in) or 0.0
    figure = f"{average:.1f} of {asked.most}, average of {count(len(check_in.answers), 'answer')}"
    answers = tuple((texts.get(a.question, a.question), str(a.value)) for a in check_in.answers)
    return Answered(asked.title, _whose(conversation, check_in.by), figure, answers)


def _whose(conversation: Conversation, role: Role) -> str:
    if role is Role.LISTENER:
        return YOU.label
    partners = [p for p in conversation.people if p.role is Role.PARTNER]
    return who(conversation, partners[0].id).label if len(partners) == 1 else "The other person"


def _row(profile: Profile, dimension: Dimension, found: Mapping[int, Entry]) -> Row:
    subject = one_line(profile.subject)
    there = [Pointer(i, found[i].at) for i in dimension.moments[:POINTERS] if i in found]
    shown = tuple({each.at: each for each in reversed(there)}.values())[::-1]  # a place, a link
    says = (
        sentence(f"{UNMEASURED}: {dimension.missing}")
        if dimension.missing
        else sentence(f"{subject} {dimension.phrase}")
    )
    return Row(
        name=dimension.name.value,
        title=dimension.name.value.capitalize(),
        figure=dimension.figure,
        says=says,
        sample=one_line(dimension.sample),
        beside=sentence(dimension.beside) if dimension.beside else "",
        place=sentence(dimension.place.text) if dimension.place else "",
        meaning=dimension.definition,
        measured=dimension.missing is None,
        moments=shown,
        more=len(dimension.moments) - len(there),
    )


def _shown(points: Sequence[Point], found: Mapping[int, Entry]) -> tuple[Shown, ...]:
    return tuple(Shown(one_line(p.text), found[p.moment]) for p in points if p.moment in found)

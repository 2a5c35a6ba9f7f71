"""Moments as the report lists them: what happened, how sure that is, what was said, the sound."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from listenlive.analysis.results import Analysis
from listenlive.conversation import (
    BEHAVIOURS,
    QUESTIONS,
    TALK_OVERS,
    Conversation,
    Moment,
    MomentKind,
    Trait,
    Utterance,
)
from listenlive.plain import one_line
from listenlive.report.clips import Clip, ClipOf, clip_span
from listenlive.report.wording import clock, sureness, told, who, whom
from listenlive.span import Span

MAX_CLIPS = 60  # ten seconds are 55 kB as text in a page: all together stay near 3 MB
MAX_ENTRIES = 100  # of one group; nobody reads more, and a page of three hours stays usable
POINTERS = 8  # links from one finding; more is a list, and the list is further down
QUOTE_SECONDS = 6.0  # words this close to the moment are quoted
QUOTE_CHARACTERS = 160

ANSWERED = frozenset({Trait.CONFIRMED, Trait.DENIED})
"""What an accuracy check was answered with: it is shown beside it."""

UNLISTED = frozenset({MomentKind.BACKCHANNEL, MomentKind.TERMINAL})
"""Ordinary turn-taking: counted, but only listed where a finding points at it."""

TELLING = (
    MomentKind.INTERRUPTION,
    MomentKind.ATTEMPT,
    MomentKind.LONG_TURN,
    MomentKind.ENERGY_RISE,
    MomentKind.QUESTION_OPEN,
    MomentKind.ADVICE,
    MomentKind.REFLECTION,
    MomentKind.VALIDATION,
    MomentKind.EMOTION_NAMED,
    MomentKind.ACCURACY_CHECK,
    MomentKind.FOLLOW_UP,
    MomentKind.DISMISSAL,
    MomentKind.SELF_SHIFT,
    MomentKind.NOT_TAKEN_UP,
    MomentKind.BLAME,
    MomentKind.I_STATEMENT,
    MomentKind.APPRECIATION,
    MomentKind.SYMPATHY,
    MomentKind.STACKED_QUESTIONS,
    MomentKind.SILENCE,
    MomentKind.QUESTION_CLOSED,
    MomentKind.DUAL_START,
    MomentKind.BACKCHANNEL,
    MomentKind.TERMINAL,
)
"""Kinds in the order in which they get the sound where there is not room for all."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What one person said around a moment.

    cut_into : they were speaking already, so that the end of the words tells most
    """

    person: int
    name: str
    text: str
    cut_into: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment, ready to be read and heard."""

    id: int
    kind: str
    person: int
    at: str
    told: str
    certainty: str
    judged: str
    quotes: tuple[Quote, ...]
    clip: Clip | None


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one sort, in order of time. `note` says how many there are, and where."""

    name: str
    title: str
    note: str
    entries: tuple[Entry, ...]


def listed(analysis: Analysis) -> tuple[Moment, ...]:
    """The moments that get an entry, in order of time."""
    pointed = (m for f in analysis.findings for m in f.moments[:POINTERS])
    needed = {*analysis.first, *pointed, *_of_profiles(analysis)}
    found = [m for m in analysis.moments if m.id in needed or m.kind not in UNLISTED]
    kept: list[Moment] = []
    for _, group in _grouped(found):
        sure = sorted(group, key=lambda m: (m.id not in needed, -m.confidence))
        kept += sure[: max(MAX_ENTRIES, sum(m.id in needed for m in group))]
    return tuple(sorted(kept, key=lambda m: (m.span.start, m.id)))


def _of_profiles(analysis: Analysis) -> set[int]:
    """The moments that a profile points at."""
    dimensions = (d for profile in analysis.profiles for d in profile.dimensions)
    return {each for dimension in dimensions for each in dimension.moments[:POINTERS]}


def entries(
    conversation: Conversation, analysis: Analysis, *, clip: ClipOf | None
) -> dict[int, Entry]:
    """An entry for each listed moment, by moment id; the most telling ones with their sound."""
    moments = listed(analysis)
    heard = {} if clip is None else _clips(conversation, analysis, moments, clip=clip)
    return {m.id: entry(conversation, m, clip=heard.get(m.id)) for m in moments}


def worth_hearing(analysis: Analysis, found: Mapping[int, Entry]) -> Group | None:
    """The few moments to begin with, the most telling first; None if there are none."""
    if analysis.lesson and analysis.lesson.points:
        return None  # they stand with the lesson
    first = tuple(found[i] for i in analysis.worth_hearing if i in found)
    return Group("worth-hearing", "Worth hearing", "", first) if first else None


def groups(
    conversation: Conversation, analysis: Analysis, found: Mapping[int, Entry]
) -> tuple[Group, ...]:
    """The entries by who did what, the listener's first; without those that stand first."""
    made = []
    for (family, speaker), moments in _grouped(_by_listener_first(conversation, analysis.moments)):
        above = sum(m.id in analysis.first for m in moments)
        here = [m for m in moments if m.id in found and m.id not in analysis.first]
        if not here:
            continue
        known = [m for m in moments if m.id in found or m.kind not in UNLISTED]
        unsure = all(m.kind in analysis.quoted for m in known)
        number = "quotes for you to confirm" if unsure else f"{len(known)}"
        notes = [number, f"{above} of them above" if above else ""]
        if len(here) + above < len(known):
            notes.append(f"the {len(here)} surest are listed")
        made.append(
            Group(
                f"{family}-{speaker}".rstrip("-"),
                _title(conversation, family, speaker),
                ", ".join(filter(None, notes)),
                tuple(found[m.id] for m in here),
            )
        )
    return tuple(made)


_KINDS: dict[str, frozenset[MomentKind]] = {
    "talk-overs": TALK_OVERS,
    "questions": QUESTIONS,
    "behaviours": BEHAVIOURS,
    "other": frozenset(MomentKind) - TALK_OVERS - QUESTIONS - BEHAVIOURS,
}


def _grouped(moments: Iterable[Moment]) -> list[tuple[tuple[str, str], list[Moment]]]:
    """Moments by family and person, in order of first appearance; "other" is one group for all."""
    found: dict[tuple[str, str], list[Moment]] = {}
    for moment in moments:
        family = next(name for name, kinds in _KINDS.items() if moment.kind in kinds)
        found.setdefault((family, "" if family == "other" else moment.by), []).append(moment)
    order = list(_KINDS)
    return sorted(found.items(), key=lambda item: order.index(item[0][0]))


def _by_listener_first(conversation: Conversation, moments: Iterable[Moment]) -> list[Moment]:
    order = people(conversation)
    return sorted(moments, key=lambda m: (order.get(m.by, len(order)), m.span.start))


def people(conversation: Conversation) -> dict[str, int]:
    """A number for each person, 0 for the listener: the order and the colours of the report."""
    listener = conversation.listener
    ordered = sorted(conversation.speakers, key=lambda s: listener is None or s != listener.id)
    return {speaker: number for number, speaker in enumerate(ordered)}


def _title(conversation: Conversation, family: str, speaker: str) -> str:
    by = who(conversation, speaker)
    match family:
        case "talk-overs":
            return f"{by.opening} came in over {whom(conversation, speaker).object}"
        case "questions":
            return f"Questions {by.subject} asked"
        case "behaviours":
            return f"What {by.subject} did with what {by.subject} heard"
    return "Other moments"


def _clips(
    conversation: Conversation, analysis: Analysis, moments: Sequence[Moment], *, clip: ClipOf
) -> dict[int, Clip]:
    """The sound of the most telling moments, `MAX_CLIPS` at most."""
    order = people(conversation)

    def rank(moment: Moment) -> tuple[bool, int, int, float]:
        first = moment.id not in analysis.first
        return first, TELLING.index(moment.kind), order.get(moment.by, 9), -moment.confidence

    found: dict[int, Clip] = {}
    for moment in sorted(moments, key=rank)[:MAX_CLIPS]:
        if sound := clip(clip_span(moment, duration=conversation.duration)):
            found[moment.id] = sound
    return found


def entry(conversation: Conversation, moment: Moment, *, clip: Clip | None = None) -> Entry:
    """`moment` as it is listed, with its sound if given."""
    judged = {True: "You marked this as right", False: "You marked this as wrong", None: ""}
    return Entry(
        id=moment.id,
        kind=moment.kind.value,
        person=people(conversation).get(moment.by, 0),
        at=clock(moment.span.start),
        told=told(conversation, moment),
        certainty=sureness(moment),
        judged=judged[moment.judged],
        quotes=_quotes(conversation, moment),
        clip=clip,
    )


def _quotes(conversation: Conversation, moment: Moment) -> tuple[Quote, ...]:
    """What was said, in order, one quote per person's run; the moment's own text if need be."""
    told = (*moment.answers, *moment.evidence)
    heard = [conversation.by_id[i] for i in told if i in conversation.by_id]
    heard += _answer(conversation, moment)
    since = moment.span.start - QUOTE_SECONDS
    heard = [u for u in heard if u.id in moment.evidence or u.span.end > since]
    quotes: list[Quote] = []
    for utterance in sorted(heard, key=lambda u: u.span):
        if text := around(utterance, moment):
            quotes.append(_quote(conversation, utterance.speaker, text, utterance.span, moment))
    if not quotes and moment.text:
        text = _shortened(moment.text, from_end=False)
        quotes = [_quote(conversation, moment.by, text, moment.span, moment)]
    joined: list[Quote] = []
    for quote in quotes:
        if joined and joined[-1].name == quote.name:
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text} {quote.text}")
        else:
            joined.append(quote)
    return tuple(joined)


def _answer(conversation: Conversation, moment: Moment) -> list[Utterance]:
    """What the other said to a question about what was heard, where that was a yes or a no."""
    if not ANSWERED & set(moment.traits):
        return []
    after = (
        utterance
        for utterance in conversation.utterances
        if utterance.speaker != moment.by
        and utterance.words
        and utterance.span.end > moment.span.end
        and utterance.id not in moment.answers
    )
    return list(islice(after, 1))


def _quote(
    conversation: Conversation, speaker: str | None, text: str, span: Span, moment: Moment
) -> Quote:
    number = people(conversation).get(speaker or "", 0)
    cut_into = span.start < moment.span.start
    return Quote(number, who(conversation, speaker).label, text, cut_into)


def around(utterance: Utterance, moment: Moment) -> str:
    """The words of `utterance` near `moment`, with … where something is left out."""
    start, end = moment.span.start - QUOTE_SECONDS, moment.span.end + QUOTE_SECONDS
    near = [w.text for w in utterance.words if w.span.end > start and w.span.start < end]
    if not near:  # word times can be off by seconds; who was cut into is quoted to their end
        return _shortened(utterance.text, from_end=utterance.span.start < moment.span.start)
    lead = "… " if near[0] != utterance.words[0].text else ""
    tail = " …" if near[-1] != utterance.words[-1].text else ""
    held = utterance.span.start < moment.span.start
    return _shortened(f"{lead}{' '.join(near)}{tail}", from_end=held)


def _shortened(text: str, *, from_end: bool) -> str:
    line = one_line(text)
    if len(line) <= QUOTE_CHARACTERS:
        return line
    if from_end:
        return "… " + line[-QUOTE_CHARACTERS:].split(" ", 1)[-1].removeprefix("… ")
    return line[:QUOTE_CHARACTERS].rsplit(" ", 1)[0].removesuffix(" …") + " …"

"""What the page says, as plain values: step one of two. Step two is `listenlive.report.html`."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from listenlive.analysis.results import Analysis, TalkWindow
from listenlive.config import Measuring, Settings
from listenlive.conversation import (
    BEHAVIOURS,
    TALK_OVERS,
    Conversation,
    Moment,
    MomentKind,
    Utterance,
)
from listenlive.plain import one_line, sentence
from listenlive.practice.feedback import exercise_told
from listenlive.report import picture
from listenlive.report.clips import ClipOf
from listenlive.report.entries import (
    MAX_CLIPS,
    POINTERS,
    Entry,
    Group,
    entries,
    groups,
    people,
    worth_hearing,
)
from listenlive.report.heading import facts, losses, marked
from listenlive.report.picture import Bars, Lane, Mark, Timeline, Trace
from listenlive.report.profile import (
    Answered,
    Pointer,
    Sheet,
    Taken,
    answered,
    sheets,
    taken,
)
from listenlive.report.share import mine_only
from listenlive.report.side import Side, side
from listenlive.report.transcript import Section, transcript
from listenlive.report.wording import (
    LIKELY,
    clock,
    count,
    lasting,
    percent,
    told,
    who,
)
from listenlive.span import Span, shared

CLOSE_UP_SECONDS = 600.0
"""Length of one row of the closer look that longer conversations get."""

LONG_SECONDS = 1200.0
"""From 20 minutes on one picture is too coarse to find a moment in."""

MARKED = (
    frozenset(MomentKind)
    - BEHAVIOURS
    - {MomentKind.BACKCHANNEL, MomentKind.TERMINAL, MomentKind.SILENCE}
)
MOST_MARKS = 120  # in one picture; more would touch: then the talk-overs alone, the surest first
WINDOWS = 60  # bars in the picture of balance
CALM_SEMITONES = 6.0  # half an octave either way: what lively talk covers
CALM_ENERGY = 2.0  # standard deviations


class Audience(StrEnum):
    """Who the page is for."""

    ME = "me"  # the listener: everything
    SHARE = "share"  # anybody else: the listener's figures alone


@dataclass(frozen=True, slots=True)
class Said:
    """A finding: a plain sentence with the moments that show it."""

    text: str
    moments: tuple[Pointer, ...]
    more: int  # moments that are not pointed at


@dataclass(frozen=True, slots=True)
class Observed:
    """The findings about one person."""

    heading: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """Who spoke how much, window by window: drawn, and as a table (time, seconds of each)."""

    bars: Bars
    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the page shows, in the order in which it is shown."""

    title: str
    language: str | None  # of what was said, an ISO 639 code
    closing: str
    facts: tuple[str, ...]  # when, how long, who, from what
    privacy: str
    knows_me: bool  # False: nobody said who the listener is, so both sides stand side by side
    sheets: tuple[Sheet, ...]  # the listening profiles, the listener's first
    exercise: tuple[str, ...]  # what it showed, if it was one
    taken: Taken | None
    marked: tuple[tuple[str, str], ...]  # while it went on: when, and the note or ""
    answered: tuple[Answered, ...]
    sides: tuple[Side, ...]  # the listener's first
    timeline: Timeline | None
    close_ups: tuple[Timeline, ...]
    balance: Balance | None
    pitch: tuple[Trace, ...]
    energy: tuple[Trace, ...]
    observed: tuple[Observed, ...]  # the listener's first
    worth_hearing: Group | None
    groups: tuple[Group, ...]
    clips_note: str
    transcript: tuple[Section, ...]
    not_measured: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    definitions: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    shares_words: bool


def page_of(
    conversation: Conversation,
    analysis: Analysis,
    *,
    audience: Audience = Audience.ME,
    clip: ClipOf | None = None,
    settings: Settings | None = None,
    soundless: str | None = None,
) -> Page:
    """The page of a conversation for `audience`.

    clip     : gives the sound of a span; None leaves all sound out. Never used for SHARE.
    soundless: why there is no sound, as a sentence; None: it was left out
    settings : those the analysis was made with; None: the defaults

    ConfigError for SHARE if nobody knows who the listener is.
    """
    share = audience is Audience.SHARE
    if share:
        conversation, analysis = mine_only(conversation, analysis)
        clip = None
    found = entries(conversation, analysis, clip=clip)
    order = people(conversation)
    heard = [s for s in order if s in analysis.measures]
    knows_me = conversation.listener is not None
    return Page(
        title=_title(conversation, share=share),
        language=conversation.language,
        closing=one_line(analysis.closing),
        facts=facts(conversation, share=share),
        privacy=_privacy(share=share, sound=any(e.clip for e in found.values())),
        knows_me=knows_me,
        sheets=sheets(conversation, analysis, found),
        exercise=() if share else exercise_told(conversation, analysis),
        taken=taken(analysis, found),
        marked=marked(conversation),
        answered=answered(conversation),
        sides=tuple(side(conversation, analysis, speaker=s) for s in heard),
        timeline=_whole(conversation, analysis, found, heard),
        close_ups=_close_ups(conversation, analysis, found, heard),
        balance=_balance(conversation, analysis, heard),
        pitch=_pitch(conversation, heard),
        energy=_energy(conversation, analysis, heard),
        observed=_observed(conversation, analysis, found),
        worth_hearing=worth_hearing(analysis, found),
        groups=groups(conversation, analysis, found),
        clips_note=soundless
        if soundless and not share
        else _clips_note(found, asked=clip is not None, share=share),
        transcript=() if share else transcript(conversation, analysis, linked=frozenset(found)),
        not_measured=_not_measured(analysis),
        notes=_notes(conversation),
        definitions=definitions((settings or Settings()).measuring),
        settings=_settings(settings or Settings()),
        shares_words=not share,
    )


# Header -------------------------------------------------------------------------------------


def _title(conversation: Conversation, *, share: bool) -> str:
    if share:
        return "How I listened"
    return "How you listened" if conversation.listener else "A conversation in figures"


def _privacy(*, share: bool, sound: bool) -> str:
    if share:
        return (
            "This page holds the figures of the person who made it, “you”: no voices, no words, "
            "and nothing the other person did."
        )
    if sound:
        return (
            "This page contains both voices and everything that was said. It loads nothing from "
            "the network. Before you pass it on, ask the other person, or make a page of your own "
            "figures only with --share."
        )
    return (
        "This page contains everything that was said, but no sound. It loads nothing from the "
        "network. Before you pass it on, ask the other person, or make a page of your own "
        "figures only with --share."
    )


# Pictures -----------------------------------------------------------------------------------


def _whole(
    conversation: Conversation,
    analysis: Analysis,
    found: Mapping[int, Entry],
    heard: Sequence[str],
) -> Timeline | None:
    if not heard or conversation.duration <= 0:
        return None
    whole = Span(0.0, conversation.duration)
    return _timeline(conversation, analysis, found, heard, whole)


def _close_ups(
    conversation: Conversation,
    analysis: Analysis,
    found: Mapping[int, Entry],
    heard: Sequence[str],
) -> tuple[Timeline, ...]:
    if not heard or conversation.duration < LONG_SECONDS:
        return ()
    return tuple(
        _timeline(conversation, analysis, found, heard, row)
        for i in range(math.ceil(conversation.duration / CLOSE_UP_SECONDS))
        if (row := Span(i * CLOSE_UP_SECONDS, (i + 1) * CLOSE_UP_SECONDS))
    )


def _mark(conversation: Conversation, moment: Moment, span: Span) -> Mark:
    """`moment` where it is in a timeline of `span`."""
    return Mark(
        picture.place(moment.span.start, span),
        moment.id,
        moment.kind.value,
        f"{clock(moment.span.start)}, {told(conversation, moment)}",
    )


def _timeline(
    conversation: Conversation,
    analysis: Analysis,
    found: Mapping[int, Entry],
    heard: Sequence[str],
    span: Span,
) -> Timeline:
    spans = {s: [p for v in conversation.spans_of(s) if (p := v & span)] for s in heard}
    both = _both(list(spans.values()))
    marked = _marked(analysis, found, span)
    lanes = [
        Lane(
            person=number,
            name=who(conversation, speaker).label,
            note=f"{lasting(sum(part.duration for part in spans[speaker]))} of speech",
            path=picture.speech(spans[speaker], span),
            marks=tuple(
                _mark(conversation, moment, span)
                for moment in analysis.moments
                if moment.id in marked and moment.by == speaker
            ),
        )
        for number, speaker in enumerate(heard)
    ]
    together = lasting(sum(part.duration for part in both)) if both else "no time"
    spoken = [f"{lane.name}: {lane.note}, {count(len(lane.marks), 'moment')}" for lane in lanes]
    return Timeline(
        span=span,
        lanes=tuple(lanes),
        both=picture.fullness(both, span, relative=True)
        if picture.coarse(span)
        else picture.blocks(both, span),
        ticks=picture.ticks(span),
        told=f"From {clock(span.start)} to {clock(span.end)}. {'. '.join(spoken)}."
        + (f" At once: {together}." if len(heard) > 1 else ""),
        coarse=picture.coarse(span),
    )


def _both(spans: Sequence[Sequence[Span]]) -> list[Span]:
    """Where at least two of several speakers are heard."""
    return [
        part
        for i, ours in enumerate(spans)
        for theirs in spans[i + 1 :]
        for part in shared(ours, theirs)
    ]


def _marked(analysis: Analysis, found: Mapping[int, Entry], span: Span) -> frozenset[int]:
    """The moments to mark in a picture of `span`: all, or talk-overs evenly spread if too many."""
    inside = [
        m for m in analysis.moments if m.id in found and m.kind in MARKED and m.span.start in span
    ]
    if len(inside) <= MOST_MARKS:
        return frozenset(m.id for m in inside)
    telling = [m for m in inside if m.kind in TALK_OVERS] or inside
    kept: set[int] = set()
    for by in {m.by for m in telling}:
        theirs = ((m.span.start, m.confidence, m.id) for m in telling if m.by == by)
        kept |= picture.spread(theirs, span, most=MOST_MARKS // 2)
    return frozenset(kept)


def _balance(
    conversation: Conversation, analysis: Analysis, heard: Sequence[str]
) -> Balance | None:
    windows = picture.grouped(analysis.windows, most=WINDOWS)
    if not heard or len(windows) < 2:
        return None
    rows = tuple(
        (clock(w.span.start), tuple(f"{w.seconds.get(s, 0.0):.0f} s" for s in heard))
        for w in windows
    )
    names = tuple(who(conversation, s).label for s in heard)
    return Balance(
        picture.bars(windows, speakers=heard, told=_balance_told(windows, names, heard)),
        names,
        rows,
        f"Each bar is {lasting(windows[0].span.duration)}; a full bar means speaking all the time.",
    )


def _balance_told(windows: Sequence[TalkWindow], names: Sequence[str], heard: Sequence[str]) -> str:
    parts = []
    for name, speaker in zip(names, heard, strict=True):
        shares = [w.seconds.get(speaker, 0.0) / w.span.duration for w in windows]
        parts.append(f"{name}: from {percent(min(shares))} to {percent(max(shares))} of the time")
    return f"{len(windows)} windows. {'. '.join(parts)}."


def _pitch(conversation: Conversation, heard: Sequence[str]) -> tuple[Trace, ...]:
    """Pitch of each utterance in semitones from the speaker's own median."""
    if conversation.duration <= 0:
        return ()
    values = {s: _semitones(conversation.by_speaker.get(s, ())) for s in heard}
    reach = picture.reach_of(
        (v for theirs in values.values() for _, v in theirs), least=CALM_SEMITONES
    )
    traces = _traces(conversation, values, reach=reach, unit="semitones")
    return tuple(traces)


def _semitones(utterances: Sequence[Utterance]) -> list[tuple[Span, float]]:
    voiced = [(u.span, u.tone.f0_hz) for u in utterances if u.tone and u.tone.f0_hz]
    if not voiced:
        return []
    median = statistics.median(hz for _, hz in voiced)
    return [(span, 12 * math.log2(hz / median)) for span, hz in voiced]


def _energy(
    conversation: Conversation, analysis: Analysis, heard: Sequence[str]
) -> tuple[Trace, ...]:
    """Energy (pitch, level and pace together) in standard deviations from the own median."""
    if conversation.duration <= 0:
        return ()
    values = {
        s: [(t.span, t.energy) for t in analysis.tone if t.speaker == s and t.energy is not None]
        for s in heard
    }
    reach = picture.reach_of(
        (v for theirs in values.values() for _, v in theirs), least=CALM_ENERGY
    )
    return tuple(_traces(conversation, values, reach=reach, unit="sd"))


def _traces(
    conversation: Conversation,
    values: Mapping[str, Sequence[tuple[Span, float]]],
    *,
    reach: float,
    unit: str,
) -> list[Trace]:
    whole = Span(0.0, conversation.duration)
    ticks = picture.ticks(whole, most=4)  # these are drawn small
    return [
        Trace(
            person=number,
            name=who(conversation, speaker).label,
            path=picture.strokes(theirs, whole, reach=reach),
            top=f"+{reach:.0f} {unit}",
            bottom=f"−{reach:.0f} {unit}",
            ticks=ticks,
            told=_trace_told(who(conversation, speaker).label, [v for _, v in theirs], unit),
        )
        for number, (speaker, theirs) in enumerate(values.items())
        if theirs
    ]


def _trace_told(name: str, values: Sequence[float], unit: str) -> str:
    low, high = min(values), max(values)
    return (
        f"{name}: {count(len(values), 'stretch', 'stretches')} of speech, from {low:+.1f} to "
        f"{high:+.1f} {unit} around the own median."
    )


# Words --------------------------------------------------------------------------------------


def _observed(
    conversation: Conversation, analysis: Analysis, found: Mapping[int, Entry]
) -> tuple[Observed, ...]:
    """The findings by person."""
    said: dict[str, list[Said]] = {}
    for finding in analysis.findings:
        shown = tuple(Pointer(i, found[i].at) for i in finding.moments[:POINTERS] if i in found)
        said.setdefault(finding.about, []).append(
            Said(one_line(finding.text), shown, len(finding.moments) - len(shown))
        )
    order = people(conversation)
    return tuple(
        Observed(who(conversation, about).label, tuple(theirs))
        for about, theirs in sorted(said.items(), key=lambda item: order.get(item[0], len(order)))
    )


def _clips_note(found: Mapping[int, Entry], *, asked: bool, share: bool) -> str:
    if share:
        return "Without sound and words: this page holds one person’s figures only."
    if not asked:
        return "The sound was left out of this page (--no-audio)."
    with_sound = sum(1 for entry in found.values() if entry.clip)
    if with_sound < min(len(found), MAX_CLIPS):
        return (
            f"{with_sound} of {count(len(found), 'moment')} can be played; the rest has no sound."
        )
    if len(found) > MAX_CLIPS:
        return f"The {MAX_CLIPS} most telling of {len(found)} moments can be played."
    return "Each clip runs from 4 s before the moment to 3 s after it."


def _not_measured(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    return tuple(
        (one_line(name.replace("_", " ")).capitalize(), one_line(reason))
        for name, reason in analysis.not_measured.items()
    )


def _notes(conversation: Conversation) -> tuple[str, ...]:
    return (*map(sentence, conversation.notes), *losses(conversation))


def definitions(measuring: Measuring) -> tuple[tuple[str, str], ...]:
    """What the words of the report mean, with the thresholds that were used."""
    m = measuring
    return (
        (
            "Turn",
            f"One person’s speech until another takes over or {m.turn_gap:g} s of silence; short "
            "signals of the other do not end it.",
        ),
        (
            "Interruption",
            "Coming in while somebody speaks, who then stops "
            f"within {m.yield_max:g} s. Told by timing; unfinished words raise the confidence.",
        ),
        ("Attempt", "Coming in while somebody speaks, who goes on; the one who came in stops."),
        ("Talk-overs", "Interruptions and attempts together."),
        (
            "Short signal",
            f"“mhm”, “right”: up to {m.backchannel_max:g} s, or {m.backchannel_words_max:g} s if "
            "the words say so, while the other goes on. Never counted as a talk-over.",
        ),
        (
            "Overlap at a turn’s end",
            f"Up to {m.terminal_max:g} s of both speaking as the turn changes: ordinary "
            "turn-taking.",
        ),
        (
            "Room before replying",
            "Silence between the end of the other’s turn and the reply, as a median. "
            f"Silences of {m.lapse:g} s and more are left out.",
        ),
        (
            "Rates",
            "Talk-overs per minute of the other’s speech, with a 95 % interval; only from "
            f"{lasting(m.rate_minimum)} of conversation on, since they vary too much below.",
        ),
        (
            "Tone words",
            "Raised, softened: louder, quieter. Higher, lower: pitch. Lively, flat: movement of "
            "pitch. Quicker, slower: pace. Halting: pauses. Always against the same person’s own "
            "median in this recording, only where the difference is clear; otherwise steady. "
            "They describe sound, not feelings.",
        ),
        (
            "Energy",
            "Pitch, level and pace together, in standard deviations from the own median.",
        ),
        (
            "Likely, maybe",
            f"How sure listenlive is of a moment, from 0 to 1; likely from {LIKELY:.2f} on. "
            "Listen, and decide for yourself.",
        ),
    )


def _settings(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Those settings that change figures, as printed in a settings file."""
    return tuple(
        (f"{section}.{name}", f"{value:g}" if isinstance(value, float) else str(value))
        for section, values in settings.as_dict().items()
        if section in ("measuring", "segmentation")
        for name, value in values.items()
    )

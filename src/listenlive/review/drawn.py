"""One session as the page draws it: plain values, no markup. Times are seconds, two decimals."""

from collections.abc import Iterable, Mapping
from typing import Any

from listenlive.analysis.results import Analysis, ToneStretch
from listenlive.analysis.talk_time import talk_time
from listenlive.conversation import (
    BEHAVIOURS,
    QUESTIONS,
    TALK_OVERS,
    Conversation,
    Judgement,
    Moment,
)
from listenlive.conversation import MomentKind as Kind
from listenlive.events import (
    Correction,
    ListenerSet,
    MomentJudged,
    PersonNamed,
    SpeakersMerged,
    SpeakerSplit,
    UtteranceMoved,
    WordsCorrected,
)
from listenlive.plain import one_line, sentence
from listenlive.report import picture
from listenlive.report.clips import clip_span
from listenlive.report.entries import people
from listenlive.report.transcript import LABELS, runs
from listenlive.report.wording import clock, lasting, sureness, told, who
from listenlive.span import Span, shared

Json = dict[str, Any]

WINDOWS = 240  # bars of balance; about 4 pixels each
FAMILIES: tuple[tuple[str, frozenset[Kind]], ...] = (
    ("Talk-overs", TALK_OVERS),
    ("Questions", QUESTIONS),
    ("What people did with what they heard", BEHAVIOURS),
    ("Other", frozenset({Kind.LONG_TURN, Kind.SILENCE, Kind.ENERGY_RISE, Kind.DUAL_START})),
    ("Ordinary turn-taking", frozenset({Kind.BACKCHANNEL, Kind.TERMINAL})),
)
"""Kinds of moment as they can be chosen. The last are not shown until asked for: they are many."""

KIND_NAMES = {
    **LABELS,
    "backchannel": "short signal",
    "terminal": "began as the other ended",
    "silence": "silence",
}


def sketched(conversation: Conversation) -> Json:
    """What can be drawn before anything is analysed: who spoke when."""
    order = people(conversation)
    seconds = talk_time(conversation).seconds
    return {
        **_known(conversation, order),
        "people": [_person(conversation, s, seconds.get(s, 0.0)) for s in order],
        "lines": list(_lines(conversation, {}, order)),
        "moments": [],
        "kinds": [],
        "balance": [],
        "energy": [],
        "noEnergy": "",
        "whole": False,
    }


def drawn(conversation: Conversation, analysis: Analysis) -> Json:
    """All the page draws, and all the transcript says."""
    order = people(conversation)
    seconds = analysis.talk_time.seconds
    tones = {i: stretch for stretch in analysis.tone for i in stretch.utterances}
    energy = [
        [order[s.speaker], *_pair(s.span), round(s.energy, 2)]
        for s in analysis.tone
        if s.energy is not None and s.speaker in order
    ]
    return {
        **_known(conversation, order),
        "people": [_person(conversation, s, seconds.get(s, 0.0)) for s in order],
        "lines": list(_lines(conversation, tones, order)),
        "moments": [_moment(conversation, m, order) for m in analysis.moments],
        "kinds": _kinds(analysis.moments),
        "balance": [
            [*_pair(w.span), [round(w.seconds.get(s, 0.0), 1) for s in order]]
            for w in picture.grouped(analysis.windows, most=WINDOWS)
        ],
        "energy": energy,
        "noEnergy": "" if energy else _no_energy(analysis.not_measured),
        "whole": True,
    }


def _no_energy(missing: Mapping[str, str]) -> str:
    """Why nobody's energy can be drawn, in a few words."""
    why = missing.get("tone") or missing.get("speech") or "pitch, level or pace were not measured"
    return sentence(why.partition(";")[0])


def _known(conversation: Conversation, order: Iterable[str]) -> Json:
    """What is known without an analysis."""
    return {
        "duration": round(conversation.duration, 2),
        "language": conversation.language,
        "allKinds": [[k.value, KIND_NAMES[k.value]] for _, kinds in FAMILIES for k in _in(kinds)],
        "both": [_pair(span) for span in _both(conversation, order)],
        "marks": [[round(m.at, 2), one_line(m.note)] for m in conversation.marks],
        "lost": [_pair(span) for span in conversation.lost],
    }


def _person(conversation: Conversation, speaker: str, seconds: float) -> Json:
    name = one_line(conversation.person(speaker).name)
    me = conversation.listener is not None and conversation.listener.id == speaker
    label = who(conversation, speaker).label
    return {"id": speaker, "name": name, "label": label, "me": me, "spoke": lasting(seconds)}


def _lines(
    conversation: Conversation, tones: Mapping[int, ToneStretch], order: Mapping[str, int]
) -> Iterable[Json]:
    """Runs of one person's utterances: [id, start, end, text] each, and how it sounded."""
    described: set[int] = set()
    for run in runs(conversation):
        new = [s for u in run if (s := tones.get(u.id)) and id(s) not in described]
        described.update(id(s) for s in new)
        yield {
            "person": order.get(run[0].speaker or "", -1),
            "at": clock(run[0].span.start),
            "said": [[u.id, *_pair(u.span), one_line(u.text)] for u in run],
            "tone": _tone(new),
        }


def _tone(stretches: Iterable[ToneStretch]) -> list[str]:
    return list(dict.fromkeys(w for s in stretches for w in s.words if w != "steady"))


def _moment(conversation: Conversation, moment: Moment, order: dict[str, int]) -> Json:
    heard_as = KIND_NAMES.get(moment.heard_as.value) if moment.heard_as else None
    play = clip_span(moment, duration=conversation.duration)
    return {
        "id": moment.id,
        "kind": moment.kind.value,
        "person": order.get(moment.by, -1),
        "at": clock(moment.span.start),
        "span": _pair(moment.span),
        "play": _pair(play),
        "told": told(conversation, moment),
        "sure": sureness(moment),
        "text": one_line(moment.text)[:300],
        "judged": moment.judged,
        "heardAs": heard_as,
        "line": moment.evidence[0] if moment.evidence else None,
    }


def _kinds(moments: Iterable[Moment]) -> list[Json]:
    """The kinds there are, by family, with how many of each."""
    counts: dict[str, int] = {}
    for moment in moments:
        counts[moment.kind.value] = counts.get(moment.kind.value, 0) + 1
    found = []
    for number, (title, kinds) in enumerate(FAMILIES):
        there = [k.value for k in _in(kinds) if k.value in counts]
        if there:
            rows = [[k, KIND_NAMES[k], counts[k]] for k in there]
            found.append({"title": title, "kinds": rows, "shown": number < len(FAMILIES) - 1})
    return found


def _in(kinds: frozenset[Kind]) -> list[Kind]:
    return [kind for kind in Kind if kind in kinds]


def _both(conversation: Conversation, order: Iterable[str]) -> list[Span]:
    spans = [conversation.spans_of(s) for s in order]
    return [
        part
        for i, ours in enumerate(spans)
        for theirs in spans[i + 1 :]
        for part in shared(ours, theirs)
    ]


def _pair(span: Span) -> list[float]:
    return [round(span.start, 2), round(span.end, 2)]


def told_correction(before: Conversation, correction: Correction) -> str:
    """What the user put right, in a few words; people go by the name they had `before` it."""
    names = {p.id: one_line(p.name) for p in before.people}
    me = before.listener.id if before.listener else None

    def named(speaker: str | None) -> str:
        if speaker is None:
            return "nobody known"
        return "you" if speaker == me else names.get(speaker, speaker)

    match correction:
        case PersonNamed(speaker, name):
            was = "You are" if speaker == me else f"{named(speaker)} is"
            told = f"{was} called {one_line(name)}"
        case ListenerSet(speaker):
            told = f"You are {names.get(speaker, speaker) if speaker else named(speaker)}"
        case WordsCorrected(_, words):
            told = "Words corrected" + (f" at {clock(words[0].span.start)}" if words else "")
        case MomentJudged(judgement):
            told = f"{KIND_NAMES[judgement.kind.value]} at {clock(judgement.at)}: "
            told += _verdict(judgement)
        case UtteranceMoved(_, speaker):
            told = f"An utterance given to {named(speaker)}"
        case SpeakersMerged(speaker, into):
            first, second = (into, speaker) if speaker == me else (speaker, into)
            told = f"{named(first)} and {named(second)} are one person"
        case SpeakerSplit(speaker, at, person):
            told = f"From {clock(at)} on, {one_line(person.name)} instead of {named(speaker)}"
    return told


def _verdict(judgement: Judgement) -> str:
    if judgement.other_kind is not None:
        return f"rather “{KIND_NAMES[judgement.other_kind.value]}”"
    return "right" if judgement.right else "wrong"

"""What leaves listenlive for other programs: `listenlive/1`, RTTM, SRT, VTT, CSV, TextGrid.

Everything here is a pure function of a conversation and its analysis and returns a value or text;
writing it to disk is the caller's job. Times are seconds with three decimals.
"""

import csv as csv_module
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from listenlive import __version__
from listenlive.analysis.measures import SpeakerMeasures
from listenlive.analysis.practice import practised
from listenlive.analysis.results import (
    Analysis,
    Finding,
    Lesson,
    Place,
    Point,
    Profile,
    ToneStretch,
)
from listenlive.config import Settings
from listenlive.conversation import CheckIn, Conversation, Utterance, Word
from listenlive.errors import ConfigError
from listenlive.plain import one_line
from listenlive.span import Span

FORMAT = "listenlive/1"
DECIMALS = 3
UNKNOWN = "unknown"
"""How a speaker nobody could name is called in formats that need a name."""

CUE_SECONDS = 7.0  # longest subtitle; subtitling guidelines say 6 to 7 s
CUE_CHARACTERS = 84  # two lines of 42, the usual limit

Json = dict[str, Any]
"""A JSON object. Its shape is documented as `listenlive/1`; types end at this border."""


class ExportFormat(StrEnum):
    """The formats that `text` writes."""

    JSON = "json"
    RTTM = "rttm"
    SRT = "srt"
    VTT = "vtt"
    CSV = "csv"
    TEXTGRID = "textgrid"


def text(
    conversation: Conversation,
    analysis: Analysis,
    *,
    output: str,
    settings: Settings | None = None,
) -> str:
    """The conversation in one of `ExportFormat`. ConfigError for any other name."""
    match output:
        case ExportFormat.JSON:
            return json_text(export(conversation, analysis, settings=settings))
        case ExportFormat.RTTM:
            return rttm(conversation)
        case ExportFormat.SRT:
            return srt(conversation)
        case ExportFormat.VTT:
            return vtt(conversation)
        case ExportFormat.CSV:
            return csv(conversation, analysis)
        case ExportFormat.TEXTGRID:
            return textgrid(conversation)
    raise ConfigError(f"unknown format {output!r}; allowed: {', '.join(ExportFormat)}.")


# listenlive/1 -------------------------------------------------------------------------------


def export(
    conversation: Conversation, analysis: Analysis, *, settings: Settings | None = None
) -> Json:
    """All there is to know of a session, as format `listenlive/1` (docs/REFERENCE.md).

    `settings` are those the analysis was made with; None: the defaults.
    """
    tones = {id_: stretch for stretch in analysis.tone for id_ in stretch.utterances}
    return {
        "format": FORMAT,
        "version": __version__,
        "source": _source(conversation),
        "duration": _seconds(conversation.duration),
        "language": conversation.language,
        "speakers": [
            {"id": p.id, "name": p.name, "role": p.role.value if p.role else None}
            for p in conversation.people
        ],
        "utterances": [_utterance(u, tones.get(u.id)) for u in conversation.utterances],
        "moments": _moments(analysis),
        "measures": {speaker: _measures(m) for speaker, m in analysis.measures.items()},
        "findings": [_finding(each) for each in analysis.findings],
        "quoted": sorted(kind.value for kind in analysis.quoted),
        "profiles": {each.speaker: _dimensions(each) for each in analysis.profiles},
        "lesson": _lesson(analysis.lesson),
        "goal": conversation.goal.value if conversation.goal else None,
        "check_ins": [_check_in(each) for each in conversation.check_ins],
        "practice": _practice(conversation, analysis, settings or Settings()),
        "not_measured": dict(analysis.not_measured),
        "settings": (settings or Settings()).as_dict(),
    }


def _practice(conversation: Conversation, analysis: Analysis, settings: Settings) -> Json | None:
    """The exercise that it was: its steps, what was answered, its figures."""
    result = practised(conversation, analysis, settings=settings.measuring)
    if conversation.practice is None or result is None:
        return None
    return {
        "exercise": result.exercise,
        "steps": [
            {
                "kind": step.kind.value,
                "start": _seconds(step.span.start),
                "end": _seconds(step.span.end),
                "teller": step.teller.value if step.teller else None,
                "floor": step.floor.value if step.floor else None,
            }
            for step in conversation.practice.steps
        ],
        "answers": [
            {"question": each.question, "by": each.by.value, "value": each.value}
            for each in conversation.practice.answers
        ],
        "figures": [
            {
                "name": each.name.value,
                "by": each.by,
                "value": _number(each.value),
                "size": _number(each.size),
                "reason": each.reason,
                "quotes": list(each.quotes),
            }
            for each in result.figures
        ],
    }


def _dimensions(profile: Profile) -> Json:
    """A profile by the names of its dimensions; there is no sum of it."""
    return {
        each.name.value: {
            "value": _number(each.value),
            "unit": each.unit or None,
            "phrase": f"{profile.subject} {each.phrase}",
            "definition": each.definition,
            "sample": each.sample or None,
            "compared_with": _place(each.place),
            "moments": list(each.moments),
            "missing": each.missing,
        }
        for each in profile.dimensions
    }


def _place(place: Place | None) -> Json | None:
    if place is None:
        return None
    low, high = _number(place.low), _number(place.high)
    return {"text": place.text, "low": low, "high": high, "talks": place.talks}


def _lesson(lesson: Lesson | None) -> Json | None:
    if lesson is None:
        return None
    following = lesson.next_time
    return {
        "strengths": [_point(each) for each in lesson.strengths],
        "to_work_on": [_point(each) for each in lesson.to_work_on],
        "next_time": {"text": following.text, "exercise": following.exercise}
        if following
        else None,
        "note": lesson.note or None,
    }


def _point(point: Point) -> Json:
    return {"dimension": point.dimension.value, "text": point.text, "moment": point.moment}


def json_text(exported: Json) -> str:
    """`exported` as JSON text, one key a line, ending in a newline."""
    return json.dumps(exported, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _finding(finding: Finding) -> Json:
    return {
        "about": finding.about,
        "text": finding.text,
        "value": _number(finding.value),
        "unit": finding.unit,
        "moments": list(finding.moments),
    }


def _check_in(check_in: CheckIn) -> Json:
    return {
        "form": check_in.form,
        "by": check_in.by.value,
        "at": check_in.at,
        "answers": {answer.question: answer.value for answer in check_in.answers},
    }


def _source(conversation: Conversation) -> Json | None:
    if (recording := conversation.recording) is None:
        return None
    return {"kind": recording.kind, "name": recording.name, "channels": recording.channels}


def _utterance(utterance: Utterance, stretch: ToneStretch | None) -> Json:
    return {
        "id": utterance.id,
        "speaker": utterance.speaker,
        **_times(utterance.span),
        "text": utterance.text,
        "words": [
            {"text": w.text, **_times(w.span), "probability": _number(w.probability)}
            for w in utterance.words
        ],
        "tone": _tone(utterance, stretch),
    }


def _tone(utterance: Utterance, stretch: ToneStretch | None) -> Json | None:
    if (tone := utterance.tone) is None:
        return None
    return {
        "f0_hz": _number(tone.f0_hz),
        "f0_range_st": _number(tone.f0_range_st),
        "level_db": _number(tone.level_db),
        "rate": _number(tone.rate),
        "energy": _number(stretch.energy) if stretch else None,
        "words": list(stretch.words) if stretch else [],
    }


def _moments(analysis: Analysis) -> list[Json]:
    return [
        {
            "id": m.id,
            "kind": m.kind.value,
            "by": m.by,
            "over": m.over,
            **_times(m.span),
            "confidence": _number(m.confidence),
            "text": m.text,
            "utterances": list(m.evidence),
            "judged": m.judged,
            "heard_as": m.heard_as.value if m.heard_as else None,
            "trigger": m.trigger or None,
            "answers": list(m.answers),
            "traits": [trait.value for trait in m.traits],
        }
        for m in analysis.moments
    ]


def _measures(measures: SpeakerMeasures) -> Json:
    """Every field by its name; a rate becomes an object of its fields."""
    return {name: _rounded(value) for name, value in asdict(measures).items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    return value


def _times(span: Span) -> Json:
    return {"start": _seconds(span.start), "end": _seconds(span.end)}


def _seconds(value: float) -> float:
    return round(value, DECIMALS)


def _number(value: float | None) -> float | None:
    """Three decimals; None where JSON has no number (digital silence is -inf dB)."""
    return round(value, DECIMALS) if value is not None and math.isfinite(value) else None


# RTTM ---------------------------------------------------------------------------------------


def rttm(conversation: Conversation) -> str:
    """Who spoke when, as NIST RTTM: one SPEAKER row per utterance, names are speaker ids."""
    source = conversation.recording.name if conversation.recording else "conversation"
    name = re.sub(r"\s+", "_", one_line(source)) or "conversation"
    return "".join(
        f"SPEAKER {name} 1 {u.span.start:.3f} {u.span.duration:.3f}"
        f" <NA> <NA> {u.speaker or UNKNOWN} <NA> <NA>\n"
        for u in conversation.utterances
    )


# Subtitles ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cue:
    span: Span
    name: str
    text: str


def srt(conversation: Conversation) -> str:
    """What was said as SubRip subtitles, "Name: words".

    SubRip knows no escaping, and players take <...> and {\\...} for markup and "-->" for times:
    angle brackets become ‹ ›, braces become parentheses.
    """
    return "\n".join(
        f"{number}\n{_clock(cue.span.start, ',')} --> {_clock(cue.span.end, ',')}\n"
        f"{_bare(f'{cue.name}: {cue.text}')}\n"
        for number, cue in enumerate(_cues(conversation), start=1)
    )


def vtt(conversation: Conversation) -> str:
    """What was said as WebVTT subtitles, each cue with its voice."""
    cues = "".join(
        f"\n{_clock(cue.span.start, '.')} --> {_clock(cue.span.end, '.')}\n"
        f"<v {_entities(cue.name)}>{_entities(cue.text)}</v>\n"
        for cue in _cues(conversation)
    )
    return f"WEBVTT\n{cues}"


def _cues(conversation: Conversation) -> list[_Cue]:
    """Utterances with words, the long ones split between words, in order of time."""
    found = [
        _Cue(span, _name(conversation, u.speaker), one_line(" ".join(w.text for w in words)))
        for u in conversation.utterances
        for span, words in _pieces(u)
    ]
    return sorted(found, key=lambda cue: cue.span)


def _pieces(utterance: Utterance) -> Iterator[tuple[Span, Sequence[Word]]]:
    """`utterance` in pieces that fit a subtitle, each with its words."""
    words: list[Word] = []
    start = utterance.span.start
    for word in utterance.words:
        length = sum(len(w.text) + 1 for w in words) + len(word.text)
        if words and (word.span.end - start > CUE_SECONDS or length > CUE_CHARACTERS):
            yield _lasting(start, words[-1].span.end), words
            words, start = [], max(start, word.span.start)
        words.append(word)
    if words:
        yield _lasting(start, max(utterance.span.end, words[-1].span.end)), words


def _lasting(start: float, end: float) -> Span:
    """From start to end, at least the millisecond that subtitles can tell apart."""
    return Span(start, max(end, start + 10**-DECIMALS))


def _clock(seconds: float, separator: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{separator}{rest % 1000:03}"


def _bare(line: str) -> str:
    return line.translate(str.maketrans("<>{}", "‹›()"))


def _entities(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# CSV ----------------------------------------------------------------------------------------

CSV_COLUMNS = ("id", "start", "end", "speaker", "name", "text", "tone", "moments")


def csv(conversation: Conversation, analysis: Analysis) -> str:
    """One row per utterance, for spreadsheets. A text that a spreadsheet would compute is quoted
    with an apostrophe in front (OWASP, "CSV injection").
    """
    tones = {id_: stretch.words for stretch in analysis.tone for id_ in stretch.utterances}
    kinds: dict[int, list[str]] = {}
    for moment in analysis.moments:
        for id_ in moment.evidence:
            kinds.setdefault(id_, []).append(moment.kind.value)
    out = io.StringIO()
    writer = csv_module.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for u in conversation.utterances:
        times = (f"{u.span.start:.3f}", f"{u.span.end:.3f}")
        texts = (u.speaker or UNKNOWN, _name(conversation, u.speaker), u.text)
        lists = ("; ".join(tones.get(u.id, ())), "; ".join(kinds.get(u.id, ())))
        writer.writerow((u.id, *times, *map(_cell, (*texts, *lists))))
    return out.getvalue()


def _cell(value: str) -> str:
    """`value` as text that no spreadsheet takes for a formula; also its full-width signs."""
    line = one_line(value)
    return f"'{line}" if line[:1] in tuple("=+-@＝＋－＠") else line


# TextGrid -----------------------------------------------------------------------------------


def textgrid(conversation: Conversation) -> str:
    """Praat's long text format: for each person a tier of utterances and a tier of words."""
    ends = [conversation.duration, *(u.span.end for u in conversation.utterances)]
    ends += [w.span.end for u in conversation.utterances for w in u.words]
    end = max(*ends, 0.01)  # Praat refuses an empty time range
    tiers: list[tuple[str, list[tuple[Span, str]]]] = []
    for speaker, utterances in _heard(conversation).items():
        name = _name(conversation, speaker)
        words = [(w.span, w.text) for u in utterances for w in u.words]
        tiers.append((name, _filled([(u.span, u.text) for u in utterances], end)))
        tiers.append((f"{name} words", _filled(words, end)))
    body = "".join(_tier(number, *tier, end) for number, tier in enumerate(tiers, start=1))
    return (
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
        f"xmin = 0\nxmax = {end:.3f}\ntiers? <exists>\nsize = {len(tiers)}\nitem []:\n{body}"
    )


def _heard(conversation: Conversation) -> dict[str | None, list[Utterance]]:
    """Utterances by speaker: everybody known, then those nobody could name, if there are any."""
    found: dict[str | None, list[Utterance]] = {s: [] for s in conversation.speakers}
    for utterance in conversation.utterances:
        found.setdefault(utterance.speaker, []).append(utterance)
    return found


def _filled(labelled: Iterable[tuple[Span, str]], end: float) -> list[tuple[Span, str]]:
    """`labelled` cut to the grid and made disjoint, with empty intervals between (Praat's rule)."""
    filled: list[tuple[Span, str]] = []
    at = 0.0
    for span, label in sorted(labelled):
        start, stop = max(at, round(span.start, DECIMALS)), round(span.end, DECIMALS)
        if stop <= start:  # swallowed by the one before: the words of a cut-off may cross
            continue
        if start > at:
            filled.append((Span(at, start), ""))
        filled.append((Span(start, stop), label))
        at = stop
    if (last := round(end, DECIMALS)) > at:
        filled.append((Span(at, last), ""))
    return filled


def _tier(number: int, name: str, intervals: Sequence[tuple[Span, str]], end: float) -> str:
    rows = "".join(
        f"        intervals [{i}]:\n            xmin = {span.start:.3f}\n"
        f"            xmax = {span.end:.3f}\n            text = {_praat(label)}\n"
        for i, (span, label) in enumerate(intervals, start=1)
    )
    return (
        f'    item [{number}]:\n        class = "IntervalTier"\n        name = {_praat(name)}\n'
        f"        xmin = 0\n        xmax = {end:.3f}\n"
        f"        intervals: size = {len(intervals)}\n{rows}"
    )


def _praat(label: str) -> str:
    """A string as Praat reads it: in double quotes, those inside doubled."""
    return '"' + one_line(label).replace('"', '""') + '"'


# Text ---------------------------------------------------------------------------------------


def _name(conversation: Conversation, speaker: str | None) -> str:
    known = {person.id: person.name for person in conversation.people}
    return one_line(known.get(speaker, speaker) if speaker else UNKNOWN)

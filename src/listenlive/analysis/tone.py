"""How something was said, against how the same person usually spoke in this recording.

Words for level, pitch, movement, pace and pauses. Never an emotion, never a motive
(docs/MEASURES.md, "Tone in words").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from statistics import fmean, median, pstdev

from listenlive.analysis.results import ToneStretch, Turn
from listenlive.conversation import Utterance
from listenlive.span import Span

STRETCH = 10.0  # longer turns are described in parts of about this many seconds
HEARD = 2.0  # seconds of speech below which a stretch is not described
LEVEL_MIN = 3.0  # dB a stretch must differ by, besides one sd
FEW = 5  # stretches needed before "usually" means anything
RISE = 1.0  # energy above one's own usual, and above one's stretch before, in sd
RISE_WITHIN = 60.0  # seconds within which the stretch before counts as "before"
# The least sd taken for a person, so that a very even voice is not described at every breath:
# about what two readings of one sentence by one person differ by (judgement).
LEAST = {"pitch": 0.5, "movement": 1.0, "level": 1.0, "rate": 0.3, "pauses": 0.05}
WORDS = {
    "level": ("raised", "softened"),
    "pitch": ("higher", "lower"),
    "movement": ("lively", "flat"),
    "rate": ("quicker", "slower"),
}
ENERGY = ("pitch", "level", "rate")


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one person: median and standard deviation of a figure over stretches."""

    median: float
    sd: float

    def z(self, value: float) -> float:
        """How far `value` is from the usual, in sd."""
        return (value - self.median) / self.sd


def tone(
    turns: Iterable[Turn], utterances: Mapping[int, Utterance], *, minimum: float
) -> tuple[ToneStretch, ...]:
    """Each stretch of speech described against its speaker's own median, in order.

    People of whom less than `minimum` seconds, or fewer than five stretches, were heard with
    their tone are left out. Stretches of under 2 s of speech are left out too.
    """
    stretches: dict[str, list[Sequence[Utterance]]] = {}
    for turn in turns:
        for part in _parts([utterances[each] for each in turn.utterances]):
            stretches.setdefault(turn.speaker, []).append(part)
    found = [
        stretch
        for speaker, theirs in stretches.items()
        if len(theirs) >= FEW and _seconds(each for part in theirs for each in part) >= minimum
        for stretch in _described(speaker, theirs)
    ]
    return tuple(sorted(found, key=lambda each: (each.span.start, each.speaker)))


def rises(stretches: Sequence[ToneStretch]) -> tuple[ToneStretch, ...]:
    """Stretches clearly above their speaker's usual energy, and above the stretch before."""
    found: list[ToneStretch] = []
    for speaker in dict.fromkeys(each.speaker for each in stretches):
        ours = [each for each in stretches if each.speaker == speaker]
        for before, after in pairwise(ours):
            if before.energy is None or after.energy is None:
                continue
            near = after.span.start - before.span.end <= RISE_WITHIN
            if near and after.energy >= RISE and after.energy - before.energy >= RISE:
                found.append(after)
    return tuple(sorted(found, key=lambda each: each.span.start))


def _parts(utterances: Sequence[Utterance]) -> list[Sequence[Utterance]]:
    """A turn's utterances with a tone, in parts of about `STRETCH` seconds and at least `HEARD`."""
    parts: list[list[Utterance]] = []
    for utterance in utterances:
        if utterance.tone is None:
            continue
        if parts and utterance.span.end - parts[-1][0].span.start <= STRETCH:
            parts[-1].append(utterance)
        else:
            parts.append([utterance])
    return [part for part in parts if _seconds(part) >= HEARD]


def _described(speaker: str, parts: Sequence[Sequence[Utterance]]) -> list[ToneStretch]:
    figures = [_figures(part) for part in parts]
    usual = {
        name: Usual(median(seen), max(pstdev(seen), least))
        for name, least in LEAST.items()
        if len(seen := [each[name] for each in figures if name in each]) >= FEW
    }
    return [
        ToneStretch(
            speaker,
            Span(part[0].span.start, part[-1].span.end),
            tuple(utterance.id for utterance in part),
            _words(each, usual),
            _energy(each, usual),
        )
        for part, each in zip(parts, figures, strict=True)
    ]


def _figures(part: Sequence[Utterance]) -> dict[str, float]:
    """Pitch (semitones), movement (semitones), level (dB), rate (1/s) and share of pauses."""
    tones = [(utterance.span.duration, utterance.tone) for utterance in part if utterance.tone]
    known = {
        "pitch": [(s, 12 * log2(t.f0_hz)) for s, t in tones if t.f0_hz],
        "movement": [(s, t.f0_range_st) for s, t in tones if t.f0_range_st is not None],
        "level": [(s, t.level_db) for s, t in tones],
        "rate": [(s, t.rate) for s, t in tones if t.rate is not None],
    }
    length = part[-1].span.end - part[0].span.start
    silent = length - _seconds(part) + sum(t.pauses for _, t in tones)
    weighted = {
        name: sum(s * value for s, value in seen) / sum(s for s, _ in seen)
        for name, seen in known.items()
        if seen
    }
    return weighted | {"pauses": silent / length}


def _words(figures: Mapping[str, float], usual: Mapping[str, Usual]) -> tuple[str, ...]:
    found = []
    for name, (more, less) in WORDS.items():
        if name not in figures or name not in usual:
            continue
        away = figures[name] - usual[name].median
        if abs(away) > max(usual[name].sd, LEVEL_MIN if name == "level" else 0.0):
            found.append(more if away > 0 else less)
    if "pauses" in usual and usual["pauses"].z(figures["pauses"]) > 1:
        found.append("halting")
    return tuple(found) or ("steady",)


def _energy(figures: Mapping[str, float], usual: Mapping[str, Usual]) -> float | None:
    """Mean z of pitch, level and rate; None where one of them is not known."""
    if not all(name in figures and name in usual for name in ENERGY):
        return None
    return fmean(usual[name].z(figures[name]) for name in ENERGY)


def _seconds(utterances: Iterable[Utterance]) -> float:
    return sum(utterance.span.duration for utterance in utterances)

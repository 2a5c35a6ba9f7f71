"""The pictures of the report as geometry: where things lie, not how they look.

Horizontal places are per cent of the width, so that a picture fits a phone and a wide screen
without squeezing its labels. Shapes are SVG paths in a box of `BOX_WIDTH` units stretched over the
width. A picture of three hours is as small as one of three minutes: above `EXACT_SECONDS` speech
is drawn as how full each of `BINS` slices is.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from listenlive.analysis.results import TalkWindow
from listenlive.report.wording import clock
from listenlive.span import Span, merge

BOX_WIDTH = 10_000
BOX_HEIGHT = 100
EXACT_SECONDS = 900.0  # 15 min on 1,000 px: 1 px is 0.9 s, about the shortest thing worth a mark
BINS = 400
TICK_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
TICKS = 8  # at most about this many labels on the time axis; more would touch on a phone
HAIR = 12  # units: the narrowest thing drawn, about a pixel


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on the time axis; `x` in per cent of the width, `anchor` keeps it inside."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a lane, at `x` per cent; leads to the entry of that moment."""

    x: float
    moment: int
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One person's speech over time, and their moments above it."""

    person: int  # which colour: 0 for the listener
    name: str
    note: str
    path: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of the conversation as lanes. `told` is the same in words.

    coarse : too long to draw each utterance: lanes show how full each slice is, and `both` is a
             strip of its own instead of bands behind the lanes
    """

    span: Span
    lanes: tuple[Lane, ...]
    both: str  # path: where two or more speak at once
    ticks: tuple[Tick, ...]
    told: str
    coarse: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of moment that are marked, for the legend."""
        return tuple(dict.fromkeys(mark.kind for lane in self.lanes for mark in lane.marks))


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of windows as bars up (the first person) and down (everybody else).

    base : where the bars stand, in per cent of the height: the middle, or the floor if there is
           only one person to show
    """

    up: str
    down: str
    base: int
    ticks: tuple[Tick, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Values over time as level strokes around the speaker's own median, the middle line.

    top / bottom : what the upper and lower edge stand for, as printed
    """

    person: int
    name: str
    path: str
    top: str
    bottom: str
    ticks: tuple[Tick, ...]
    told: str


def place(moment: float, span: Span) -> float:
    """`moment` as per cent of `span`, kept inside it."""
    return round(100 * min(1.0, max(0.0, (moment - span.start) / span.duration)), 2)


def ticks(span: Span, *, most: int = TICKS) -> tuple[Tick, ...]:
    """Round times within `span`, few enough to be read."""
    step = next((s for s in TICK_STEPS if span.duration / s <= most), TICK_STEPS[-1])
    first = math.ceil(span.start / step) * step
    return tuple(
        Tick(x := place(at, span), clock(at), "start" if x < 3 else "end" if x > 97 else "middle")
        for at in range(first, math.floor(span.end) + 1, step)
    )


def speech(spans: Sequence[Span], within: Span) -> str:
    """When somebody speaks: a block for each of `spans`, or how full each slice is if long."""
    return fullness(spans, within) if coarse(within) else blocks(spans, within)


def coarse(within: Span) -> bool:
    """Whether `within` is too long to draw each stretch of speech."""
    return within.duration > EXACT_SECONDS


def blocks(spans: Iterable[Span], within: Span) -> str:
    """A full-height block for each part of `spans` inside `within`."""
    seen = [part for span in merge(spans) if (part := span & within)]
    edges = [(_units(part.start, within), _units(part.end, within)) for part in seen]
    return "".join(f"M{x} 0h{max(HAIR, end - x)}v{BOX_HEIGHT}H{x}z" for x, end in edges)


def fullness(
    spans: Sequence[Span], within: Span, *, bins: int = BINS, relative: bool = False
) -> str:
    """Blocks around the middle line, as high as the share of their slice that `spans` covers.

    relative : the fullest slice gets the whole height, for what is rare
    """
    width = within.duration / bins
    filled = [0.0] * bins
    for span in merge(part for s in spans if (part := s & within)):
        first, last = (int((at - within.start) / width) for at in (span.start, span.end))
        for i in range(first, min(last, bins - 1) + 1):
            left = within.start + i * width
            filled[i] += max(0.0, min(span.end, left + width) - max(span.start, left))
    step = BOX_WIDTH // bins
    most = max(filled) if relative and any(filled) else width
    return "".join(
        f"M{i * step} {(BOX_HEIGHT - h) / 2:g}h{step}v{h}h-{step}z"
        for i, seconds in enumerate(filled)
        if (h := round(min(1.0, seconds / most) * BOX_HEIGHT)) > 0
    )


def grouped(windows: Sequence[TalkWindow], *, most: int) -> tuple[TalkWindow, ...]:
    """`windows` with neighbours put together until at most `most` are left."""
    size = math.ceil(len(windows) / most) or 1
    found = []
    for start in range(0, len(windows), size):
        group = windows[start : start + size]
        seconds: dict[str, float] = {}
        for window in group:
            for speaker, spoken in window.seconds.items():
                seconds[speaker] = seconds.get(speaker, 0.0) + spoken
        found.append(TalkWindow(Span(group[0].span.start, group[-1].span.end), seconds))
    return tuple(found)


def bars(windows: Sequence[TalkWindow], *, speakers: Sequence[str], told: str) -> Bars:
    """How much of each window the first of `speakers` speaks (up) and all others do (down).

    `windows` is not empty.
    """
    whole = Span(windows[0].span.start, windows[-1].span.end)
    base = BOX_HEIGHT // 2 if len(speakers) > 1 else BOX_HEIGHT
    up, down = [], []
    for window in windows:
        mine = window.seconds.get(speakers[0], 0.0)
        theirs = sum(window.seconds.values()) - mine
        up.append(_bar(window.span, whole, base, -base * mine / window.span.duration))
        down.append(_bar(window.span, whole, base, base * theirs / window.span.duration))
    return Bars("".join(up), "".join(down), base, ticks(whole), told)


def strokes(
    values: Sequence[tuple[Span, float]], within: Span, *, reach: float, most: int = 240
) -> str:
    """A level stroke per value over its span; `reach` is the value at the upper edge, 0 the middle.

    Values beyond the edges are drawn at them. More than `most` values become medians of neighbours.
    """
    size = math.ceil(len(values) / most) or 1
    drawn = []
    for start in range(0, len(values), size):
        group = values[start : start + size]
        value = statistics.median(v for _, v in group)
        x = _units(group[0][0].start, within)
        width = max(3 * HAIR, _units(group[-1][0].end, within) - x)
        y = BOX_HEIGHT / 2 * (1 - max(-1.0, min(1.0, value / reach)))
        drawn.append(f"M{x} {y:.0f}h{width}")
    return "".join(drawn)


def reach_of(values: Iterable[float], *, least: float) -> float:
    """A symmetric range for `values`: rounded up, at least `least`, so that calm looks calm."""
    return max(least, float(math.ceil(max((abs(v) for v in values), default=0.0))))


def spread(
    moments: Iterable[tuple[float, float, int]], within: Span, *, most: int
) -> frozenset[int]:
    """Ids of (seconds, confidence, id), at most `most`: the surest of each slice of `within`."""
    best: dict[int, tuple[float, int]] = {}
    for at, sure, moment in moments:
        if at in within:
            slice_ = int(most * (at - within.start) / within.duration)
            best[slice_] = max(best.get(slice_, (0.0, moment)), (sure, moment))
    return frozenset(moment for _, moment in best.values())


def _bar(span: Span, whole: Span, base: int, height: float) -> str:
    """A bar that stands on `base` (or hangs from it); "" if it has no height."""
    x = _units(span.start, whole)
    width = max(HAIR, _units(span.end, whole) - x)
    gap = min(HAIR, width // 5)
    high = round(max(-base, min(base, height)))
    return f"M{x + gap} {base}h{width - 2 * gap}v{high}H{x + gap}z" if high else ""


def _units(at: float, within: Span) -> int:
    return round(BOX_WIDTH * (at - within.start) / within.duration)

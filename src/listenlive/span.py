"""Stretches of time and their algebra. Everything is in seconds on the audio clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, half-open, never empty.

    ::

        a       |=======|
        b            |=======|
        a & b        |==|
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"need 0 <= start < end, got start={self.start}, end={self.end}")

    @property
    def duration(self) -> float:
        """Seconds from start to end; always positive."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """The moment half-way."""
        return (self.start + self.end) / 2

    def __and__(self, other: Self) -> Self | None:
        start, end = max(self.start, other.start), min(self.end, other.end)
        return type(self)(start, end) if start < end else None

    def __contains__(self, moment: float) -> bool:
        return self.start <= moment < self.end

    def shifted(self, seconds: float) -> Self:
        """The same stretch, `seconds` later."""
        return type(self)(self.start + seconds, self.end + seconds)


def merge(spans: Iterable[Span], *, gap: float = 0.0) -> tuple[Span, ...]:
    """`spans` as disjoint ones in order, joined where they touch or are at most `gap` apart.

    ::

        spans    |===|  |=====|        |==|
                      |==|
        merge    |===||=======|        |==|
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start - merged[-1].end <= gap:
            if span.end > merged[-1].end:
                merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


def total(spans: Iterable[Span]) -> float:
    """Seconds covered by at least one of `spans`."""
    return sum(span.duration for span in merge(spans))


def overlap(spans: Iterable[Span], window: Span) -> float:
    """Seconds of `window` covered by at least one of `spans`."""
    return total(part for span in spans if (part := span & window))


def shared(ours: Iterable[Span], theirs: Iterable[Span]) -> tuple[Span, ...]:
    """Where both are heard at once, in order.

    ::

        ours      |======|     |=====|
        theirs       |===========|
        shared       |===|     |=|
    """
    left, right = merge(ours), merge(theirs)
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if part := left[i] & right[j]:
            found.append(part)
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)


def gaps(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """The stretches of `within` that none of `spans` covers, in order."""
    found: list[Span] = []
    at = within.start
    for span in merge(part for span in spans if (part := span & within)):
        if span.start > at:
            found.append(Span(at, span.start))
        at = span.end
    if at < within.end:
        found.append(Span(at, within.end))
    return tuple(found)

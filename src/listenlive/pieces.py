"""Packing: regions become the pieces that are transcribed, and times find their way back.

Whisper's price is per piece rather than per second of speech, and it hears short cuts badly, so
consecutive regions of one channel travel together.

::

    recording   ..|=a=|............|==b==|.....|=c=|....
    piece         |=a=|.|==b==|.|=c=|
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from listenlive.audio import SAMPLE_RATE, Samples, seconds
from listenlive.conversation import Word
from listenlive.segmenter import Region
from listenlive.span import Span

LONGEST = 20.0
"""Seconds of a piece. Attention makes 30 s cost twice the CPU of 20 s per second of speech, and
10 s loses context: more wrong words."""

GAP = 0.3
"""Seconds of silence between two regions of a piece, at most: a pause, but none to dream in."""

SHORTEST_WORD = 0.02
"""Seconds: Whisper's own resolution. A word is never shorter."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a region lies: `at` seconds into the piece, `span` in the recording."""

    at: float
    span: Span

    @property
    def end(self) -> float:
        """Seconds into the piece where it stops."""
        return self.at + self.span.duration


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What is transcribed at once.

    samples : float32, shape (n,), 16 kHz, at most 30 s
    parts   : the regions in it, in order
    """

    samples: Samples
    parts: tuple[Part, ...]
    channel: int = 0

    @property
    def span(self) -> Span:
        """From the first region's start to the last one's end, in the recording."""
        return Span(self.parts[0].span.start, self.parts[-1].span.end)

    def placed(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """`words` (times in the piece) on the recording's clock.

        Each goes whole into the region that holds most of it, or else the nearest, and is cut
        to fit.
        """
        return tuple(_moved(word, self._part(word.span)) for word in words)

    def _part(self, span: Span) -> Part:
        def distance(part: Part) -> float:
            return max(part.at, span.start) - min(part.end, span.end)  # negative: shared time

        return min(self.parts, key=distance)


def _moved(word: Word, part: Part) -> Word:
    later = part.span.start - part.at
    start = min(max(word.span.start + later, part.span.start), part.span.end - SHORTEST_WORD)
    end = max(min(word.span.end + later, part.span.end), start + SHORTEST_WORD)
    return replace(word, span=Span(max(start, 0.0), end))


class Packer:
    """Collects regions of each channel until a piece is full.

    A full piece ends at the longest pause of its second half, so that sentences stay whole; what
    comes after it waits for the next piece.
    """

    def __init__(self, *, longest: float = LONGEST, gap: float = GAP) -> None:
        self._longest = round(longest * SAMPLE_RATE)
        self._gap = gap
        self._waiting: dict[int, list[Region]] = {}

    def feed(self, region: Region) -> tuple[Piece, ...]:
        """The pieces that are full because `region` does not fit any more, maybe none."""
        waiting = self._waiting.setdefault(region.channel, [])
        done: list[Piece] = []
        while waiting and self._length([*waiting, region]) > self._longest:
            cut = self._cut([*waiting, region])
            done.append(self._packed(waiting[:cut]))
            del waiting[:cut]
        waiting.append(region)
        return tuple(done)

    def finish(self) -> tuple[Piece, ...]:
        """The pieces that were begun, by time; the packer is empty afterwards."""
        begun = [self._packed(waiting) for waiting in self._waiting.values() if waiting]
        self._waiting.clear()
        return tuple(sorted(begun, key=lambda piece: piece.span.start))

    def _cut(self, regions: list[Region]) -> int:
        """How many of `regions`, which do not fit together, make the next piece."""
        half = self._longest / 2
        late = [i for i in range(1, len(regions)) if self._length(regions[:i]) >= half]
        return max(
            late or [len(regions) - 1], key=lambda i: (_pause(regions[i - 1], regions[i]), i)
        )

    def _offsets(self, regions: list[Region]) -> list[int]:
        """Where each region starts in the piece, in samples; one more for where the last ends."""
        offsets = [0]
        for before, region in pairwise(regions):
            pause = min(_pause(before, region), self._gap)
            offsets.append(offsets[-1] + len(before.samples) + round(pause * SAMPLE_RATE))
        return [*offsets, offsets[-1] + len(regions[-1].samples)]

    def _length(self, regions: list[Region]) -> int:
        return self._offsets(regions)[-1]

    def _packed(self, regions: list[Region]) -> Piece:
        *offsets, length = self._offsets(regions)
        samples = np.zeros(length, dtype=np.float32)
        for region, offset in zip(regions, offsets, strict=True):
            samples[offset : offset + len(region.samples)] = region.samples
        parts = tuple(
            Part(seconds(offset), region.span)
            for region, offset in zip(regions, offsets, strict=True)
        )
        return Piece(samples, parts, regions[0].channel)


def _pause(before: Region, after: Region) -> float:
    return max(after.span.start - before.span.end, 0.0)


def pack(
    regions: Iterable[Region], *, longest: float = LONGEST, gap: float = GAP
) -> tuple[Piece, ...]:
    """All `regions` as pieces, each channel by itself, sorted by time."""
    packer = Packer(longest=longest, gap=gap)
    done = [piece for region in regions for piece in packer.feed(region)]
    return tuple(sorted([*done, *packer.finish()], key=lambda piece: piece.span.start))

"""When somebody speaks: from speech probabilities to voices and regions.

Two gaps, never mixed: 0.2 s of silence ends a *voice* (all timing), 0.5 s ends a *region*
(what is sent to be transcribed).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples
from listenlive.config import Segmentation
from listenlive.span import Span, merge

HOP = 512
"""Samples per frame of speech probability (32 ms at 16 kHz), Silero's own frame."""

HOP_SECONDS = HOP / SAMPLE_RATE

Probabilities = npt.NDArray[np.float32]
"""Probability of speech per frame and channel, shape (frames, channels), in [0, 1]."""


class SpeechDetector(Protocol):
    """Says how likely speech is; frame i covers samples [i * HOP, (i + 1) * HOP)."""

    def feed(self, chunk: AudioChunk) -> Probabilities:
        """Probabilities of the frames that `chunk` completes, maybe none: (frames, channels)."""
        ...

    def finish(self) -> Probabilities:
        """The last, incomplete frame (padded with silence), if there is one."""
        ...


class Hops:
    """Cuts a stream of chunks of any size into whole hops."""

    def __init__(self, channels: int) -> None:
        self._rest = np.zeros((0, channels), dtype=np.float32)

    def feed(self, samples: Samples) -> Samples:
        """The hops that `samples` (n, channels) complete, shape (hops, HOP, channels)."""
        whole = np.concatenate([self._rest, samples])
        hops = len(whole) // HOP
        self._rest = whole[hops * HOP :].copy()
        return whole[: hops * HOP].reshape(hops, HOP, whole.shape[1])

    def finish(self) -> Samples:
        """The last hop, padded with silence, if one was begun; shape (0 or 1, HOP, channels)."""
        if not len(self._rest):
            return np.zeros((0, HOP, self._rest.shape[1]), dtype=np.float32)
        return self.feed(np.zeros((HOP - len(self._rest), self._rest.shape[1]), dtype=np.float32))


DEFAULT = Segmentation()

_NEAR = SAMPLE_RATE // 4  # samples around a moment in which a region may be cut instead
_LEAST_CUT = SAMPLE_RATE // 2  # samples that are left of a region that is cut


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A piece of one channel worth transcribing.

    span     : of the samples, padding included, so that word times stay exact
    samples  : float32, shape (n,), 16 kHz
    """

    span: Span
    samples: Samples
    channel: int = 0


def speech_frames(
    probabilities: Samples, settings: Segmentation = DEFAULT
) -> npt.NDArray[np.bool_]:
    """Which frames are speech, by hysteresis: runs above `offset` that reach `onset`.

    probabilities : shape (frames,)

    ::

        onset   ------------/\\-----------------
        offset  --/\\------/----\\-----/\\-------
        speech            |=====|
    """
    low = probabilities >= settings.offset
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]]).astype(np.int8)))
    speech = np.zeros(len(probabilities), dtype=np.bool_)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        speech[start:end] = probabilities[start:end].max() >= settings.onset
    return speech


def voice_spans(
    speech: npt.NDArray[np.bool_], *, frame: float = HOP_SECONDS, settings: Segmentation = DEFAULT
) -> tuple[Span, ...]:
    """Voices in one channel's `speech` frames of `frame` seconds each, shape (frames,).

    Gaps under `voice_gap` are bridged first, then what is under `shortest` is dropped.

    ::

        speech   ..####.##......#....#####
        voices     |======|         |====|
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], speech, [False]]).astype(np.int8)))
    runs = [
        Span(start * frame, end * frame)
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]
    # frames are whole: a hair's breadth decides whether a gap is under or at the limit
    joined = merge(runs, gap=settings.voice_gap - 1e-6)
    return tuple(span for span in joined if span.duration >= settings.shortest)


class Segmenter:
    """Cuts one channel into regions while it is heard.

    ::

        probability   ....####.##..................####
        region         |============|          |=======|
                       padding      padding

    A region ends after `region_gap` of silence, or at its quietest place when it gets longer
    than `longest`. Regions never share audio. The size of the chunks does not matter.
    """

    def __init__(self, *, channel: int = 0, settings: Segmentation = DEFAULT) -> None:
        self._channel = channel
        self._settings = settings
        self._padding = round(settings.padding * SAMPLE_RATE)
        self._audio = _Tape()
        self._frame = 0  # frames seen
        self._rise: int | None = None  # first frame of the present run above `offset`
        self._reached = False  # that run has reached `onset`
        self._open: _Open | None = None
        self._taken = 0  # samples given away in regions

    def feed(self, samples: Samples, probabilities: Samples) -> tuple[Region, ...]:
        """The regions that became complete.

        samples       : shape (n,), following those fed before
        probabilities : shape (frames,), of the frames that `samples` completed
        """
        self._audio.append(samples)
        return tuple(region for p in probabilities if (region := self._step(float(p))))

    @property
    def begun(self) -> Span | None:
        """From where the open region starts to where it was last heard to go on; None: silence."""
        if self._open is None:
            return None
        return Span(self._open.start / SAMPLE_RATE, max(self._open.end, 1) * HOP / SAMPLE_RATE)

    def so_far(self) -> Region | None:
        """What the open region holds so far; it goes on. None if none is open."""
        if self._open is None:
            return None
        samples = self._audio.between(self._open.start, self._frame * HOP)
        end = self._open.start + len(samples)
        return Region(
            Span(self._open.start / SAMPLE_RATE, end / SAMPLE_RATE), samples, self._channel
        )

    def cut(self, at: float) -> Region | None:
        """The open region up to about `at` seconds, where it is quietest; the rest stays open.

        None if none is open that began well before.
        """
        if self._open is None:
            return None
        near, now = round(at * SAMPLE_RATE), self._frame * HOP
        earliest = max(near - _NEAR, self._open.start + _LEAST_CUT)
        latest = min(near + _NEAR, now)
        return self._split(earliest, latest) if latest - earliest >= _NEAR else None

    def finish(self) -> tuple[Region, ...]:
        """The region still open at the end of the stream, if there is one."""
        region = self._close() if self._open else None
        return (region,) if region else ()

    def _step(self, probability: float) -> Region | None:
        at, self._frame = self._frame, self._frame + 1
        self._follow(probability, at)
        if self._rise is not None and self._reached:
            if self._open is None:
                self._open = _Open(max(self._rise * HOP - self._padding, self._taken))
            self._open.voiced += self._frame - max(self._rise, self._open.end)
            self._open.end = self._frame
        if self._open is None:
            self._forget()
            return None
        if (self._frame - self._open.end) * HOP_SECONDS >= self._settings.region_gap:
            return self._close()
        if self._frame * HOP - self._open.start >= self._settings.longest * SAMPLE_RATE:
            now = self._frame * HOP
            return self._split((self._open.start + now) // 2, now)
        return None

    def _follow(self, probability: float, at: int) -> None:
        """Hysteresis. A slow rise counts from at most `padding` before `onset` was reached."""
        if probability < self._settings.offset:
            self._rise, self._reached = None, False
            return
        earliest = at - round(self._settings.padding / HOP_SECONDS)
        self._rise = at if self._rise is None else max(self._rise, earliest)
        self._reached = self._reached or probability >= self._settings.onset

    def _close(self) -> Region | None:
        closing, self._open = self._open, None
        assert closing is not None
        if closing.voiced * HOP_SECONDS < self._settings.shortest and not closing.continued:
            return None
        return self._region(closing.start, closing.end * HOP + self._padding)

    def _split(self, earliest: int, latest: int) -> Region:
        """Cuts the open region at its quietest place between two samples; the rest stays open."""
        assert self._open is not None
        cut = self._audio.quietest(earliest, latest)
        region = self._region(self._open.start, cut)
        if self._open.end * HOP <= cut:  # only silence is left of it
            self._open = None
        else:
            self._open.start, self._open.continued = cut, True
        return region

    def _region(self, start: int, end: int) -> Region:
        samples = self._audio.between(start, end)
        self._taken = start + len(samples)
        self._audio.forget_before(self._taken)
        span = Span(start / SAMPLE_RATE, self._taken / SAMPLE_RATE)
        return Region(span, samples, self._channel)

    def _forget(self) -> None:
        since = self._frame if self._rise is None else self._rise
        self._audio.forget_before(since * HOP - self._padding)


@dataclass(slots=True)
class _Open:
    """A region being heard: first sample, frame after the last speech, frames of speech."""

    start: int
    end: int = 0
    voiced: int = 0
    continued: bool = False  # the first part was already given away


class _Tape:
    """The last stretch of a stream, by sample offset."""

    def __init__(self) -> None:
        self._pieces: list[Samples] = []
        self._start = 0

    def append(self, samples: Samples) -> None:
        if len(samples):
            self._pieces.append(samples)

    def between(self, start: int, end: int) -> Samples:
        """A copy of samples [start, end), as far as they exist."""
        whole = self._whole()
        return whole[max(start - self._start, 0) : max(end - self._start, 0)].copy()

    def forget_before(self, offset: int) -> None:
        while self._pieces and self._start + len(self._pieces[0]) <= offset:
            self._start += len(self._pieces.pop(0))

    def quietest(self, start: int, end: int) -> int:
        """The middle of the quietest 0.16 s in [start, end)."""
        power = np.square(self.between(start, end), dtype=np.float64)
        hops = power[: len(power) // HOP * HOP].reshape(-1, HOP).sum(axis=1)
        smooth = np.convolve(hops, np.ones(5), mode="valid")
        return start + (int(smooth.argmin()) + 2) * HOP + HOP // 2

    def _whole(self) -> Samples:
        if len(self._pieces) != 1:
            self._pieces = [np.concatenate(self._pieces)] if self._pieces else []
        return self._pieces[0] if self._pieces else np.zeros(0, dtype=np.float32)

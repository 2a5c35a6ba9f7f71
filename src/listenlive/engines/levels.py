"""How loud a channel is, finely: what the ends of speech are drawn by."""

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, Samples
from listenlive.engines.rows import Rows
from listenlive.segmenter import HOP

FINE = 128
"""Samples per level (8 ms): hops of 32 ms are too coarse for where speech begins and ends."""

FINE_SECONDS = FINE / SAMPLE_RATE

Levels = npt.NDArray[np.float32]
"""Level per 8 ms, dBFS, shape (frames,)."""

Frames = npt.NDArray[np.bool_]
"""Whether something holds, per 8 ms, shape (frames,)."""

SILENCE_DB = -90.0
"""Level given to digital silence: under anything 16 bits can hold."""

PAUSE = 0.1
"""Probability of speech under which a frame shows what the channel sounds like without any."""

_WINDOW = 2 * FINE
_MARGIN = (_WINDOW - FINE) // 2  # samples of the window before and after a frame
_SLOPE = np.hanning(_WINDOW).astype(np.float32)
_EDGES = np.unique(np.geomspace(2, 112, 9).round().astype(int))  # 125 Hz to 7 kHz, in 8 bands
_STEP_DB = 0.5  # bands are kept as whole halves of a decibel above SILENCE_DB, in one byte


class Track:
    """One channel's speech probabilities and levels, kept compact (1.6 kB a second)."""

    def __init__(self) -> None:
        self._probabilities = Rows(np.float16)
        self._powers = Rows(np.float32)
        self._bands = Rows(np.uint8, (len(_EDGES) - 1,))
        self._rest = np.zeros(_MARGIN, dtype=np.float32)

    def add(self, samples: Samples, probabilities: Samples) -> None:
        """Take `samples` (n,) and the `probabilities` (hops,) that came with them."""
        self._probabilities.add(probabilities)
        whole = np.concatenate([self._rest, samples])
        frames = max((len(whole) - _WINDOW) // FINE + 1, 0)
        self._rest = whole[frames * FINE :].copy()
        if frames:
            pieces = np.lib.stride_tricks.sliding_window_view(whole, _WINDOW)[::FINE][:frames]
            inner = pieces[:, _MARGIN : _MARGIN + FINE]
            self._powers.add(np.square(inner).mean(axis=1, dtype=np.float32))
            self._bands.add(_bands(pieces))

    def until(self, hops: int, last: Samples) -> "Track":
        """A track of the first `hops` alone, to be gone on with; `last`: the samples before."""
        track, frames = Track(), max(hops * HOP // FINE - 1, 0)
        track._probabilities.add(self._probabilities.between(0, hops))
        track._powers.add(self._powers.between(0, frames))
        track._bands.add(self._bands.between(0, frames))
        track._rest = np.concatenate([track._rest, last])[-(_MARGIN + min(hops, 1) * FINE) :]
        return track

    def finish(self) -> None:
        """The last frames, whose surroundings will not come."""
        self.add(np.zeros(_MARGIN, dtype=np.float32), np.zeros(0, dtype=np.float32))

    @property
    def level(self) -> Levels:
        """Level per 8 ms, smoothed over 24 ms."""
        return _smoothed(self._powers.all)

    @property
    def probability(self) -> Samples:
        """Probability per 8 ms, as many as there are levels."""
        hops, frames = self._probabilities.all.astype(np.float32), len(self._powers)
        fine = np.repeat(hops, HOP // FINE)[:frames]
        return np.pad(fine, (0, frames - len(fine)))

    @property
    def level_in_noise(self) -> Levels:
        """Like `level`, each band weighed by how quiet it is in pauses, so that speech stands out.

        Steady noise keeps its level, speech rises above it: a hum no longer hides what is said.
        """
        bands = self._bands.all
        pauses = bands[self.probability < PAUSE]
        if not len(pauses):
            return self.level
        noise = np.median(pauses, axis=0).astype(np.float32)
        above = np.power(10, (bands - noise) * np.float32(_STEP_DB / 10)).mean(axis=1)
        total = np.power(10, (noise * _STEP_DB + SILENCE_DB) / 10).sum()
        return _smoothed((above * total).astype(np.float32))


def _bands(pieces: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Level per band of `pieces` (frames, _WINDOW), in halves of a decibel above SILENCE_DB."""
    power = np.square(np.abs(np.fft.rfft(pieces * _SLOPE, axis=1)))
    power *= 2 / (_WINDOW * np.square(_SLOPE).sum())
    summed = np.add.reduceat(power, _EDGES, axis=1)[:, :-1]
    levels = decibels(summed)
    return np.asarray(np.clip((levels - SILENCE_DB) / _STEP_DB, 0, 255), dtype=np.uint8)


def _smoothed(power: npt.NDArray[np.float32]) -> Levels:
    if not len(power):
        return power
    padded = np.pad(power, 1, mode="edge")
    mean = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return decibels(mean)


def decibels(power: npt.NDArray[np.floating]) -> Levels:
    """Level of `power`, any shape, in dBFS; that of silence for none."""
    return np.asarray(10 * np.log10(power + np.float32(10 ** (SILENCE_DB / 10))), dtype=np.float32)

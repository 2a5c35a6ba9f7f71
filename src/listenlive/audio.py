"""Sound as the rest of the program sees it: chunks on the audio clock, 16 kHz."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from listenlive.span import Span

SAMPLE_RATE = 16_000
"""Samples per second everywhere inside listenlive; sources resample to it."""

Samples = npt.NDArray[np.float32]
"""Amplitudes in [-1, 1], float32."""

Numbers = npt.NDArray[np.int16]
"""Amplitudes as files and most devices have them, full scale 32768."""

SILENCE_DB = -100.0
"""Level of digital silence, dBFS, so that meters stay finite."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A piece of a recording.

    samples : float32, shape (n, channels), 16 kHz; finite, in [-1, 1]
    offset  : samples before it since the recording began; chunks of a source are contiguous
    """

    samples: Samples
    offset: int

    @property
    def end(self) -> int:
        """Offset of the first sample after this chunk."""
        return self.offset + len(self.samples)

    @property
    def channels(self) -> int:
        """How many channels the samples have."""
        return int(self.samples.shape[1])

    @property
    def span(self) -> Span:
        """When this was heard, in seconds. A chunk of no samples has no span (ValueError)."""
        return Span(self.offset / SAMPLE_RATE, self.end / SAMPLE_RATE)


def seconds(samples: int) -> float:
    """A count of samples as seconds."""
    return samples / SAMPLE_RATE


def mixed(samples: Samples) -> Samples:
    """One channel out of many: the mean over channels, shape (n,)."""
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)


def levels(samples: Samples) -> tuple[float, ...]:
    """Level of each channel in dBFS, -100 at least; `samples` must not be empty."""
    power = np.mean(np.square(samples, dtype=np.float64), axis=0)
    floor = 10 ** (SILENCE_DB / 10)
    return tuple(float(10 * np.log10(max(each, floor))) for each in power)


def as_int16(samples: Samples) -> Numbers:
    """`samples` as 16-bit numbers; full scale is 32768, whose last step they lack."""
    return np.clip(np.round(samples * np.float32(32768)), -32768, 32767).astype(np.int16)


def from_int16(numbers: Numbers) -> Samples:
    """16-bit numbers as samples, exactly as they are read from a file."""
    return numbers.astype(np.float32) / np.float32(32768)

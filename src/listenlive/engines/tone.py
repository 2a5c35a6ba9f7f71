"""The tone meter: pitch, level and syllables of each channel, followed while listening.

Pitch is swift-f0 (MIT), a small convolutional model; its own lookahead is 0.16 s.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples
from listenlive.conversation import Tone
from listenlive.engines.rows import Rows
from listenlive.span import Span
from listenlive.tone_track import FRAME, HEARING_DB, HOP, SILENCE_DB, Column, Frames, describe

BLOCK = 64
"""Frames measured at once (1.0 s). Fixed, so that the size of chunks cannot matter."""

LEFT, RIGHT = 11, 10
"""Frames before and after a frame that its pitch depends on (swift-f0's receptive field)."""

WINDOW = 640
"""Samples a level is taken over (40 ms): 2.4 periods of the lowest pitch."""

TRANSFORM = 1280
"""Length of the Fourier transform: the window and the longest period without wrapping round."""

LOWEST_HZ, HIGHEST_HZ = 60.0, 650.0
"""Where speech has its pitch: creaky men to shouting women."""

RUMBLE_HZ = 70.0
"""Below it there is mains hum, wind and handling, and no speech worth measuring."""

NOT_WORTH_DB = 45.0
"""Frames this far below recent speech are not asked for pitch: nobody hears it there."""

FADE_DB = 1.0
"""How much the memory of the loudest recent frame fades in a block, so that a bang is forgotten."""

MODEL_DB, MOST_GAIN_DB = -15.0, 40.0
"""Level of loud speech as the model is given it, and the limit of amplification for that.

The model misses soft voices (a tenth of the frames at -30 dB): the same voice further away from
the microphone must give the same figures.
"""

FLOOR_SECONDS = 10.0
"""How far before a stretch its background is looked for: several pauses, the same room."""

Spectra = npt.NDArray[np.float32]
"""Power per frame and frequency, shape (frames, TRANSFORM // 2 + 1)."""


class TrackToneMeter:
    """Measures tone by following every channel; keeps 10 bytes a frame, never the samples.

    Three hours of two channels are 14 MB; half precision is 0.05 % of a pitch and 0.03 dB. A
    stretch can be described about 1.2 s after it was heard (one block and the model's lookahead),
    or right after `finish`.
    """

    def __init__(self) -> None:
        self._ear = _Ear()
        self._channels: list[_Channel] = []

    def feed(self, chunk: AudioChunk) -> None:
        """Measure `chunk`."""
        while len(self._channels) < chunk.channels:
            self._channels.append(_Channel(self._ear))
        for channel, samples in zip(self._channels, chunk.samples.T, strict=True):
            channel.feed(samples)

    def finish(self) -> None:
        """Measure what is left in the buffers."""
        for channel in self._channels:
            channel.finish()

    def frames(self, *, channel: int) -> Frames:
        """All that was measured on `channel` so far."""
        return self._channels[channel].frames(0, self._channels[channel].measured)

    def tone(self, span: Span, *, channel: int, except_for: Sequence[Span] = ()) -> Tone | None:
        """How `span` sounded on `channel`, leaving out stretches where others speak too.

        None if less than 0.3 s is left or the stretch was not measured yet.
        """
        if channel >= len(self._channels):
            return None
        track = self._channels[channel]
        first, end = _frame(span.start), _frame(span.end)
        if track.finished:
            end = min(end, track.measured)
        if end > track.measured or first >= end:
            return None
        kept = np.ones(end - first, dtype=np.bool_)
        for other in except_for:
            kept[max(_frame(other.start) - first, 0) : max(_frame(other.end) - first, 0)] = False
        return describe(track.frames(first, end), kept=kept, floor_db=track.floor_db(first, end))


def _frame(moment: float) -> int:
    """The first frame centred at or after `moment` seconds."""
    return int(np.ceil(round(moment / FRAME, 6)))


class _Ear:
    """The models and filters that all channels share."""

    def __init__(self) -> None:
        from swift_f0 import SwiftF0

        # One thread that sleeps between calls: blocks are small, and Whisper wants the cores.
        self._detector = SwiftF0(threads=1, spin=False)
        self._window = np.hanning(WINDOW).astype(np.float32)
        spectrum = np.abs(np.fft.rfft(self._window, TRANSFORM)) ** 2
        own = np.fft.irfft(spectrum)[: WINDOW // 2]
        self._own = (own / own[0]).astype(np.float32)
        hertz = np.fft.rfftfreq(TRANSFORM, 1 / SAMPLE_RATE)
        self._band = (hertz >= 300) & (hertz <= 3300)
        hertz = np.fft.rfftfreq((LEFT + BLOCK + RIGHT) * HOP, 1 / SAMPLE_RATE)
        # A cosine from 0 at 50 to 1 at 90 Hz: a steeper one would ring into the pauses.
        rise = np.clip((hertz - RUMBLE_HZ + 20) / 40, 0, 1)
        self._over_rumble = ((1 - np.cos(np.pi * rise)) / 2).astype(np.float32)
        # The spectrum is one-sided, and the window takes away part of the power.
        self._scale = 2 / (TRANSFORM * float(np.sum(np.square(self._window))))

    def without_rumble(self, samples: Samples) -> Samples:
        """`samples`, a whole LEFT + BLOCK + RIGHT, over 70 Hz."""
        clean = np.fft.irfft(np.fft.rfft(samples) * self._over_rumble, len(samples))
        return clean.astype(np.float32, copy=False)

    def spectra(self, clean: Samples) -> Spectra:
        """Power spectra of the block in `clean` (LEFT + BLOCK + RIGHT), shape (BLOCK, bins)."""
        first = LEFT * HOP - WINDOW // 2
        windows = np.lib.stride_tricks.sliding_window_view(clean[first:], WINDOW)[::HOP][:BLOCK]
        spectra = np.abs(np.fft.rfft(windows * self._window, TRANSFORM))
        return np.square(spectra.astype(np.float32, copy=False))

    def levels(self, spectra: Spectra, *, band: bool) -> Column:
        """Level of each frame in dBFS, of all or of the syllables' band; shape (frames,)."""
        power = spectra[:, self._band].sum(axis=1) if band else spectra.sum(axis=1)
        least = 10 ** (SILENCE_DB / 10)
        decibels: Column = 10 * np.log10(np.maximum(power * self._scale, least))
        return decibels

    def pitch(self, samples: Samples) -> tuple[Column, Column]:
        """Pitch in Hz and voicing score of each whole hop of `samples`."""
        found = self._detector.detect(samples, SAMPLE_RATE, LOWEST_HZ, HIGHEST_HZ)
        return found.pitch_hz.astype(np.float32), found.confidence.astype(np.float32)

    def harmonicity(self, spectra: Spectra, f0_hz: Column) -> Column:
        """How periodic each frame is at its pitch: 1 is perfectly, 0 not at all.

        Autocorrelation over that of the window (Boersma 1993), the best within two samples.
        """
        correlation = np.fft.irfft(spectra, axis=1)[:, : WINDOW // 2]
        correlation /= np.maximum(correlation[:, :1], np.finfo(np.float32).tiny) * self._own
        periods = np.round(SAMPLE_RATE / f0_hz).astype(np.intp)[:, None] + np.arange(-2, 3)
        nearby: Column = np.take_along_axis(correlation, periods, axis=1).astype(np.float32)
        best: Column = nearby.max(axis=1)
        return best


class _Channel:
    """The track of one channel, and the samples of it that are not measured yet.

    ::

        samples  |--- LEFT ---|====== BLOCK ======|-- RIGHT --|
    """

    def __init__(self, ear: _Ear) -> None:
        self._ear = ear
        self._samples: Samples = np.zeros(LEFT * HOP, dtype=np.float32)
        self._track = Rows(np.float16, (5,))
        self._heard = 0
        self._loud_db = SILENCE_DB
        self.finished = False

    @property
    def measured(self) -> int:
        """How many frames there are."""
        return len(self._track)

    def feed(self, samples: Samples) -> None:
        """Measure the blocks that `samples`, shape (n,), complete."""
        self._samples = np.concatenate((self._samples, samples))
        self._heard += len(samples)
        while len(self._samples) >= (LEFT + BLOCK + RIGHT) * HOP:
            self._measure(BLOCK)

    def finish(self) -> None:
        """Measure the frames that are left, with silence after them."""
        if self.finished:
            return
        silence = np.zeros((BLOCK + RIGHT) * HOP, dtype=np.float32)
        left = -(-self._heard // HOP) - self.measured
        while left > 0:
            self._samples = np.concatenate((self._samples, silence))
            self._measure(min(left, BLOCK))
            left -= BLOCK
        self.finished = True

    def frames(self, first: int, end: int) -> Frames:
        """The frames `first` to `end`, which must be measured."""
        return Frames(*self._track.between(first, end).astype(np.float32).T)

    def floor_db(self, first: int, end: int) -> float:
        """Level of the background: the 5th percentile from 10 s before the stretch to its end."""
        before = max(first - round(FLOOR_SECONDS / FRAME), 0)
        return float(np.percentile(self.frames(before, end).level_db, 5))

    def _measure(self, count: int) -> None:
        """Measure the first block of the buffer, and keep `count` frames of it."""
        samples = self._samples[: (LEFT + BLOCK + RIGHT) * HOP]
        self._samples = self._samples[BLOCK * HOP :]
        spectra = self._ear.spectra(self._ear.without_rumble(samples))
        level_db = self._ear.levels(spectra, band=False)
        self._loud_db = max(self._loud_db - FADE_DB, float(level_db.max()))
        block = np.zeros((BLOCK, 5), dtype=np.float32)
        block[:, 3] = level_db
        block[:, 4] = self._ear.levels(spectra, band=True)
        asked = np.flatnonzero(level_db > max(self._loud_db - NOT_WORTH_DB, HEARING_DB))
        if len(asked):
            within = slice(int(asked[0]), int(asked[-1]) + 1)
            f0_hz, confidence = self._pitch(samples, within)
            block[within, 0], block[within, 1] = f0_hz, confidence
            block[within, 2] = self._ear.harmonicity(spectra[within], f0_hz)
        self._track.add(block[:count])

    def _pitch(self, samples: Samples, within: slice) -> tuple[Column, Column]:
        """Pitch and voicing score of the frames `within` a block; `samples` has its margins."""
        gain_db = min(MODEL_DB - self._loud_db, MOST_GAIN_DB)
        window = samples[within.start * HOP : (LEFT + within.stop + RIGHT) * HOP]
        f0_hz, confidence = self._ear.pitch(window * np.float32(10 ** (gain_db / 20)))
        wanted = slice(LEFT, LEFT + within.stop - within.start)
        return f0_hz[wanted], confidence[wanted]

"""The tone meter: pitch, level and syllables of each channel, followed while listening.

Pitch is swift-f0 (MIT), a small convolutional model; its own lookahead is 0.16 s.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples
from listenlive.conversation import Tone
from listenlive.span import Span
from listenlive.tone_track import FRAME, HOP, SILENCE_DB, Frames, describe

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

HEARING_DB = -80.0
"""Frames below this are never asked for pitch: below the noise of any microphone in use."""

FADE_DB = 1.0
"""How much the memory of the loudest recent frame fades in a block, so that a bang is forgotten."""

MODEL_DB, MOST_GAIN_DB = -15.0, 40.0
"""Level of loud speech as the model is given it, and the limit of amplification for that.

The model misses soft voices (a tenth of the frames at -30 dB): the same voice further away from
the microphone must give the same figures.
"""

FLOOR_SECONDS = 10.0
"""How far before a stretch its background is looked for: several pauses, the same room."""

Block = npt.NDArray[np.float32]


class TrackToneMeter:
    """Measures tone by following every channel; keeps 20 bytes a frame, never the samples.

    Three hours of two channels are 27 MB. A stretch can be described about 1.2 s after it
    was heard (one block and the model's lookahead), or right after `finish`.
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
        from scipy.signal import butter, sosfilt
        from swift_f0 import SwiftF0

        # One thread that sleeps between calls: blocks are small, and Whisper wants the cores.
        self._detector = SwiftF0(threads=1, spin=False)
        self._high_pass = butter(6, RUMBLE_HZ, "highpass", fs=SAMPLE_RATE, output="sos")
        self._filter = sosfilt
        self._window = np.hanning(WINDOW).astype(np.float32)
        spectrum = np.abs(np.fft.rfft(self._window, TRANSFORM)) ** 2
        own = np.fft.irfft(spectrum)[: WINDOW // 2]
        self._own = (own / own[0]).astype(np.float32)
        hertz = np.fft.rfftfreq(TRANSFORM, 1 / SAMPLE_RATE)
        self._band = (hertz >= 300) & (hertz <= 3300)
        # The spectrum is one-sided, and the window takes away part of the power.
        self._scale = 2 / (TRANSFORM * float(np.sum(np.square(self._window))))

    @property
    def at_rest(self) -> npt.NDArray[np.float64]:
        """The state of the rumble filter before the first sample."""
        return np.zeros((len(self._high_pass), 2))

    def without_rumble(
        self, samples: Samples, state: npt.NDArray[np.float64]
    ) -> tuple[Samples, npt.NDArray[np.float64]]:
        """`samples` over 70 Hz, and the state to go on with."""
        clean, state = self._filter(self._high_pass, samples, zi=state)
        return clean.astype(np.float32), state

    def spectra(self, clean: Samples, frames: int) -> npt.NDArray[np.float32]:
        """Power spectra, shape (frames, bins); the first frame begins with the first sample."""
        windows = np.lib.stride_tricks.sliding_window_view(clean, WINDOW)[::HOP][:frames]
        spectra: npt.NDArray[np.float32] = np.abs(np.fft.rfft(windows * self._window, TRANSFORM))
        return np.square(spectra)

    def levels(self, spectra: npt.NDArray[np.float32], *, band: bool) -> npt.NDArray[np.float32]:
        """Level of each frame in dBFS, of all or of the syllables' band; shape (frames,)."""
        power = spectra[:, self._band].sum(axis=1) if band else spectra.sum(axis=1)
        least = 10 ** (SILENCE_DB / 10)
        decibels: npt.NDArray[np.float32] = 10 * np.log10(np.maximum(power * self._scale, least))
        return decibels

    def pitch(self, samples: Samples) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Pitch in Hz and voicing score of each whole hop of `samples`."""
        found = self._detector.detect(samples, SAMPLE_RATE, LOWEST_HZ, HIGHEST_HZ)
        return found.pitch_hz.astype(np.float32), found.confidence.astype(np.float32)

    def harmonicity(
        self, spectra: npt.NDArray[np.float32], f0_hz: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """How periodic each frame is at its pitch: 1 is perfectly, 0 not at all.

        Autocorrelation over that of the window (Boersma 1993), the best within two samples.
        """
        correlation = np.fft.irfft(spectra, axis=1)[:, : WINDOW // 2]
        correlation /= np.maximum(correlation[:, :1], np.finfo(np.float32).tiny) * self._own
        periods = np.round(SAMPLE_RATE / f0_hz).astype(np.intp)[:, None] + np.arange(-2, 3)
        best: npt.NDArray[np.float32] = np.take_along_axis(correlation, periods, axis=1).max(axis=1)
        return best


class _Channel:
    """The track of one channel, and the samples of it that are not measured yet.

    ::

        raw      |--- LEFT ---|====== BLOCK ======|-- RIGHT --|     samples for the pitch model
        clean                 |====== BLOCK ======|-|               without rumble, for levels
    """

    def __init__(self, ear: _Ear) -> None:
        self._ear = ear
        self._filter = ear.at_rest
        # Frame 0 is centred on sample 0: half a window of silence goes before the recording.
        self._raw: Samples = np.zeros(LEFT * HOP, dtype=np.float32)
        self._clean: Samples = np.zeros(WINDOW // 2, dtype=np.float32)
        self._blocks: list[Block] = []
        self._heard = 0
        self._measured = 0
        self._loud_db = SILENCE_DB
        self.finished = False

    @property
    def measured(self) -> int:
        """How many frames there are."""
        return self._measured

    def feed(self, samples: Samples) -> None:
        """Measure the blocks that `samples`, shape (n,), complete."""
        clean, self._filter = self._ear.without_rumble(samples, self._filter)
        self._raw = np.concatenate((self._raw, samples))
        self._clean = np.concatenate((self._clean, clean))
        self._heard += len(samples)
        while len(self._raw) >= (LEFT + BLOCK + RIGHT) * HOP:
            self._measure(BLOCK)

    def finish(self) -> None:
        """Measure the frames that are left, with silence after them."""
        if self.finished:
            return
        left = -(-self._heard // HOP) - self.measured
        silence = np.zeros((RIGHT + 1) * HOP + WINDOW, dtype=np.float32)
        self._raw = np.concatenate((self._raw, silence))
        self._clean = np.concatenate((self._clean, silence))
        while left > 0:
            self._measure(min(left, BLOCK))
            left -= BLOCK
        self.finished = True

    def frames(self, first: int, end: int) -> Frames:
        """The frames `first` to `end`, which must be measured."""
        if end <= first:
            return Frames(*np.zeros((5, 0), dtype=np.float32))
        start = first // BLOCK
        rows = np.concatenate(self._blocks[start : -(-end // BLOCK)])
        return Frames(*rows[first - start * BLOCK : end - start * BLOCK].T)

    def floor_db(self, first: int, end: int) -> float:
        """Level of the background: the 5th percentile from 10 s before the stretch to its end."""
        before = max(first - round(FLOOR_SECONDS / FRAME), 0)
        return float(np.percentile(self.frames(before, end).level_db, 5))

    def _measure(self, count: int) -> None:
        spectra = self._ear.spectra(self._clean, count)
        level_db = self._ear.levels(spectra, band=False)
        self._loud_db = max(self._loud_db - FADE_DB, float(level_db.max()))
        block = np.zeros((count, 5), dtype=np.float32)
        block[:, 3] = level_db
        block[:, 4] = self._ear.levels(spectra, band=True)
        asked = np.flatnonzero(level_db > max(self._loud_db - NOT_WORTH_DB, HEARING_DB))
        if len(asked):
            within = slice(int(asked[0]), int(asked[-1]) + 1)
            f0_hz, confidence = self._pitch(within)
            block[within, 0], block[within, 1] = f0_hz, confidence
            block[within, 2] = self._ear.harmonicity(spectra[within], f0_hz)
        self._blocks.append(block)
        self._measured += count
        self._raw, self._clean = self._raw[count * HOP :], self._clean[count * HOP :]

    def _pitch(self, within: slice) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Pitch and voicing score of the frames `within` the block at hand."""
        gain_db = min(MODEL_DB - self._loud_db, MOST_GAIN_DB)
        window = self._raw[within.start * HOP : (LEFT + within.stop + RIGHT) * HOP]
        f0_hz, confidence = self._ear.pitch(window * np.float32(10 ** (gain_db / 20)))
        wanted = slice(LEFT, LEFT + within.stop - within.start)
        return f0_hz[wanted], confidence[wanted]

"""How something was said, from a track of frames: pitch, level, pace, pauses. Pure, no models.

A frame is 16 ms; frame i is centred on sample `i * HOP` of the recording.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE
from listenlive.conversation import Tone

HOP = 256
"""Samples from one frame to the next (16 ms), the pitch model's own hop."""

FRAME = HOP / SAMPLE_RATE
"""Seconds from one frame to the next."""

SILENCE_DB = -120.0
"""Level given to digital silence, so that levels stay finite."""

HEARING_DB = -80.0
"""Level under which nothing is heard: below the noise of any microphone in use."""

SHORTEST = 0.3
"""Seconds under which nothing is said about a stretch: less than two syllables."""

SHORTEST_RATE = 0.6
"""Seconds of speech under which syllables are not counted: one more or less is over 1.5 per s."""

FEWEST_VOICED = 7
"""Voiced frames (0.11 s, a short vowel) under which there is no pitch."""

QUIETEST_SPEECH_DB = 25.0
"""Speech lies at most this far below its own loud frames (silence threshold of de Jong & Wempe)."""

SHORTEST_PAUSE = 0.15
"""Seconds: shorter silences are closures of stops (t, p, k), which last up to about 0.13 s."""

SHORTEST_BURST = 0.04
"""Seconds: louder stretches shorter than this, alone in silence, are clicks and not speech."""

NUCLEUS_DIP_DB = 2.0
"""A syllable nucleus stands at least this far above the dips on both sides (de Jong & Wempe)."""

Column = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Consecutive frames of one channel; every column has shape (n,).

    f0_hz       : likeliest fundamental frequency, also where nothing is voiced
    confidence  : the pitch model's voicing score, 0..1; 0 where it was not asked
    harmonicity : autocorrelation at the period of `f0_hz`, -1..1; 0 where it was not computed
    level_db    : level of the 40 ms around the frame, over 70 Hz, dBFS
    band_db     : the same in 300-3300 Hz, where syllables are loud
    """

    f0_hz: Column
    confidence: Column
    harmonicity: Column
    level_db: Column
    band_db: Column

    def __len__(self) -> int:
        return len(self.f0_hz)


def voiced(frames: Frames, *, loud_db: float) -> Mask:
    """Which frames are voiced, shape (n,). `loud_db` is the level of the loud frames around.

    Three witnesses, added up as log odds: the model's score, how periodic the frame is at the
    model's own pitch (hum and noise are not), and how loud it is (what lies 40 dB under the
    speech is reverberation or somebody else). The weights are a logistic regression against
    Praat's autocorrelation tracker on half of the speakers of LibriSpeech clips, clean and at
    10 dB noise.
    """
    score = np.clip(frames.confidence, 0.02, 0.98)
    odds = (
        0.37 * np.log(score / (1 - score))
        + 5.8 * np.clip(frames.harmonicity, 0, 1)
        + 0.47 * np.clip(frames.level_db - loud_db, -45, -20)
        + 7.3
    )
    found: Mask = odds > 0
    return found


def describe(
    frames: Frames, *, kept: Mask | None = None, floor_db: float = SILENCE_DB
) -> Tone | None:
    """The tone of `frames`, without those that are not `kept`; None if under 0.3 s is left.

    `floor_db` is the level of the background: frames near it are no speech. None too if nothing is
    louder than the noise of a microphone.
    """
    kept = np.ones(len(frames), dtype=np.bool_) if kept is None else kept
    if np.count_nonzero(kept) * FRAME < SHORTEST:
        return None
    loud = float(np.percentile(frames.level_db[kept], 98))
    if loud < HEARING_DB:
        return None
    speech = speaking(frames.level_db, kept, loud_db=loud, floor_db=floor_db)
    if not speech.any():
        return None
    # A hum is voiced too: where nobody speaks its pitch is not theirs.
    voices = voiced(frames, loud_db=loud) & speech
    pitches = _plausible(frames.f0_hz[voices])
    steady = len(pitches) >= FEWEST_VOICED
    return Tone(
        f0_hz=float(np.median(pitches)) if steady else None,
        f0_range_st=_range_st(pitches) if steady else None,
        level_db=_power_mean(frames.level_db[speech]),
        rate=_rate(frames.band_db, speech, voices),
        voiced=float(np.count_nonzero(voices) / np.count_nonzero(kept)),
        pauses=_pauses(speech, kept),
    )


def speaking(level_db: Column, kept: Mask, *, loud_db: float, floor_db: float) -> Mask:
    """Frames that are speech: loud enough; closures are filled, lone clicks dropped.

    In noise the threshold lies a third of the way up from the background to the loud frames,
    so that pauses are found at 10 dB too.
    """
    threshold = max(loud_db - QUIETEST_SPEECH_DB, floor_db + (loud_db - floor_db) / 3)
    speech: Mask = (level_db >= threshold) & kept
    for start, end in _runs(~speech & kept):
        inner = start > 0 and end < len(speech)
        if inner and (end - start) * FRAME < SHORTEST_PAUSE:
            speech[start:end] = True
    for start, end in _runs(speech):
        if (end - start) * FRAME < SHORTEST_BURST:
            speech[start:end] = False
    return speech


def _pauses(speech: Mask, kept: Mask) -> float:
    """Seconds of silence between the first and the last frame of speech."""
    heard = np.flatnonzero(speech)
    inside = slice(int(heard[0]), int(heard[-1]) + 1)
    return float(np.count_nonzero(kept[inside] & ~speech[inside]) * FRAME)


def _plausible(pitches: Column) -> Column:
    """`pitches` without outliers and octave jumps: the two-pass range of MEASURES.md 5.

    The quartiles lie in the speaker's own octave as long as under a quarter of the frames
    jumped; what is far outside them is a jump (De Looze & Hirst 2008).
    """
    if len(pitches) == 0:
        return pitches
    low, high = np.percentile(pitches, (25, 75))
    near: Column = pitches[(pitches >= 0.75 * low) & (pitches <= 1.5 * high)]
    return near


def _range_st(pitches: Column) -> float:
    """From the 5th to the 95th percentile of `pitches`, in semitones."""
    low, high = np.percentile(pitches, (5, 95))
    return float(12 * np.log2(high / low))


def _power_mean(level_db: Column) -> float:
    """The level of all frames together: the mean of their powers, in dB."""
    return float(10 * np.log10(np.mean(10 ** (level_db.astype(np.float64) / 10))))


def _rate(band_db: Column, speech: Mask, voices: Mask) -> float | None:
    """Syllable nuclei per second of speech (de Jong & Wempe 2009), None under 0.6 s of speech.

    A nucleus is a voiced peak of the band-limited level between dips of 2 dB or more.
    """
    seconds = np.count_nonzero(speech) * FRAME
    if seconds < SHORTEST_RATE:
        return None
    count = 0
    for start, end in _runs(speech):
        count += sum(bool(voices[start + peak]) for peak in _peaks(_smoothed(band_db[start:end])))
    return float(count / seconds)


def _smoothed(level_db: Column) -> Column:
    """`level_db` with weights 1-4-6-4-1 over neighbours (48 ms): ripples make no syllable.

    With it the count of syllables is right on average (1.02 of the true ones on acted, 1.03 on
    accented read speech; half as much smoothing counts 1.09 and 1.10).
    """
    padded = np.pad(level_db, 2, mode="edge")
    weighted = padded[:-4] + 4 * padded[1:-3] + 6 * padded[2:-2] + 4 * padded[3:-1] + padded[4:]
    smooth: Column = (weighted / 16).astype(np.float32)
    return smooth


def _peaks(level_db: Column) -> list[int]:
    """Where `level_db` peaks, with a dip of at least 2 dB between peaks.

    ::

        level    /\\_/\\    /\\
                      \\__/  \\
        peaks    ^          ^      the second hump did not dip enough
    """
    found: list[int] = []
    top, bottom, rising = 0, 0, True
    for at, level in enumerate(level_db):
        if level > level_db[top]:
            top = at
        if level < level_db[bottom]:
            bottom = at
        if rising and level < level_db[top] - NUCLEUS_DIP_DB:
            found.append(top)
            bottom, rising = at, False
        elif not rising and level > level_db[bottom] + NUCLEUS_DIP_DB:
            top, rising = at, True
    if rising:
        found.append(top)
    return found


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """The runs of True in `mask`, as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]

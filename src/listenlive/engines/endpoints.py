"""Where speech begins and ends, exactly: the detector's hops, drawn finer by the level."""

from dataclasses import dataclass

import numpy as np

from listenlive.audio import Samples
from listenlive.config import Segmentation
from listenlive.engines.levels import FINE_SECONDS, PAUSE, SILENCE_DB, Frames, Levels
from listenlive.segmenter import speech_frames

HEARING = Segmentation(onset=0.33, offset=0.33)
"""On a channel of one's own nobody else can be meant, so little evidence is enough."""

IN_NOISE = Segmentation(onset=0.5, offset=0.45)
"""The same in noise, where the detector stays sure for up to a third of a second after speech."""

FAINT = Segmentation(onset=0.3, offset=0.1)
"""Evidence enough for a word by itself, if it is as loud as this person's speech."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel sounds like around the speech, and so what its level can tell.

    reach    : seconds by which an onset may be drawn out, while the sound is loud
    loud_db  : level above the noise that counts as loud
    clear_db : level above the noise from which speech's own level is trusted at all
    ends_db  : level above the noise that an end of speech has; None: anything over silence is sound
    hearing  : how sure the detector must be
    """

    reach: float
    loud_db: float
    clear_db: float
    ends_db: float | None = None
    hearing: Segmentation = HEARING


HEADSET = Surroundings(reach=0.4, loud_db=8.0, clear_db=23.0)
"""Silent between voices (a headset, a gated call): any sound is the voice."""

ROOM = Surroundings(reach=0.0, loud_db=8.0, clear_db=23.0)
"""Breaths and echoes are heard: what the detector does not take for speech is none."""

NOISE = Surroundings(reach=0.25, loud_db=5.0, clear_db=15.0, ends_db=2.0, hearing=IN_NOISE)
"""Noise hides the beginnings of words from the detector, and hides echoes and breaths too."""

_HEADSET_DB = -80.0  # no microphone in a room is quieter, in dBFS
_NOISE_DB = 30.0  # speech less than this above the noise: ends and soft onsets drown

_END_PAD = round(0.032 / FINE_SECONDS)  # Silero's last hop tends to end before the voice does
_DRAW = round(0.15 / FINE_SECONDS)  # an end is never drawn in further: that would be a word
_STOP = 0.06  # seconds of silence inside a word: the closure of a stop consonant
_PAUSE = 0.7  # seconds the detector may miss in loud speech


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a channel's levels say: how loud silence is, how loud the speech around each frame."""

    quiet: float  # median level without speech
    noise: float  # level that three quarters of the frames without speech stay under
    peak: Levels  # of the speech within 1 s; SILENCE_DB where there is none


def surroundings(probability: Samples, level: Levels) -> Surroundings:
    """What the channel sounds like, by its level in pauses and in speech (both per 8 ms)."""
    speech = speech_frames(probability, HEARING)
    quiet, noise = _silence(probability, level)
    if quiet < _HEADSET_DB:
        return HEADSET
    if speech.any() and np.median(level[speech]) < noise + _NOISE_DB:
        return NOISE
    return ROOM


def refined(
    probability: Samples,
    level: Levels,
    around: Surroundings,
    *,
    settings: Segmentation | None = None,
) -> Frames:
    """Speech per 8 ms, from speech `probability` and `level` per 8 ms, shape (frames,) each.

    ::

        detector   ....########........#######....
        level      ..########_........._######_...
        refined    ..########...........######....

    An end is drawn in to where sound rises above the silence; an onset is drawn out as far as
    the surroundings allow. Pauses that the detector sees but the level does not are closed.
    Where speech does not stand out of the noise, nothing is moved. Without `settings` the channel
    is somebody's own: then words that the detector half hears count too if they are loud.
    """
    speech = speech_frames(probability, settings or around.hearing)
    ground = _ground(probability, level, speech)
    if settings is None:
        speech |= _faint(probability, level, speech, ground)
    clear = ground.peak > ground.noise + around.clear_db
    above = _closed(level > _end_levels(ground, around))
    loud = _closed(level > np.maximum(ground.peak - 28, ground.noise + around.loud_db))
    drawn = np.zeros_like(speech)
    for hop_start, hop_end in runs(speech):
        start, end = hop_start, hop_end
        if clear[(start + end) // 2]:
            start, end = _drawn_in(above, start, min(end + _END_PAD, len(level)))
            reach = max(start - round(around.reach / FINE_SECONDS), 0)
            start -= _stretch(loud[reach:start][::-1])
        drawn[start:end] = True
    return _bridged(drawn, loud & clear)


def _end_levels(ground: _Ground, around: Surroundings) -> Levels:
    """Level that sound has up to the very end of speech, per frame."""
    if around.ends_db is None:
        return np.maximum(ground.peak - 60, ground.quiet + 2)
    return np.maximum(ground.peak - 28, ground.noise + around.ends_db)


def runs(frames: Frames) -> list[tuple[int, int]]:
    """First frame and frame after the last of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], frames, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _silence(probability: Samples, level: Levels) -> tuple[float, float]:
    """The median and the third quartile of the level where nobody speaks."""
    silent = level[probability < PAUSE]
    if len(silent) * FINE_SECONDS < 0.4:
        return SILENCE_DB, SILENCE_DB
    quiet, noise = np.percentile(silent, [50, 75])
    return float(quiet), float(noise)


def _ground(probability: Samples, level: Levels, speech: Frames) -> _Ground:
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    voiced = np.where(speech, uniform_filter1d(level, 5), np.float32(SILENCE_DB - 10))
    second = round(1.0 / FINE_SECONDS)
    peak = maximum_filter1d(voiced, 2 * second + 1) - 3  # 3 dB under the highest: body, not tip
    return _Ground(*_silence(probability, level), peak)


def _faint(probability: Samples, level: Levels, speech: Frames, ground: _Ground) -> Frames:
    """Words the detector half hears, far from other speech, yet as loud as speech is here."""
    found = np.zeros_like(speech)
    if not speech.any():
        return found
    least = max(float(np.median(level[speech])), ground.noise + HEADSET.clear_db)
    for start, end in runs(speech_frames(probability, FAINT)):
        alone = np.count_nonzero(speech[start:end]) * FINE_SECONDS < HEARING.shortest
        found[start:end] = alone and np.percentile(level[start:end], 90) >= least
    return found


def _closed(frames: Frames) -> Frames:
    """`frames` with dips under 60 ms closed."""
    closed = frames.copy()
    for start, end in _holes(frames):
        if (end - start) * FINE_SECONDS < _STOP:
            closed[start:end] = True
    return closed


def _bridged(speech: Frames, loud: Frames) -> Frames:
    bridged = speech.copy()
    for start, end in _holes(speech):
        if (end - start) * FINE_SECONDS < _PAUSE and loud[start:end].mean() > 0.8:
            bridged[start:end] = True
    return bridged


def _holes(frames: Frames) -> list[tuple[int, int]]:
    """The runs of False that lie between two runs of True."""
    return [(start, end) for start, end in runs(~frames) if start > 0 and end < len(frames)]


def _drawn_in(above: Frames, start: int, end: int) -> tuple[int, int]:
    found = np.flatnonzero(above[start:end])
    if not len(found):
        return start, end
    before, after = int(found[0]), end - start - 1 - int(found[-1])
    return start + min(before, _DRAW), end - min(after, _DRAW)


def _stretch(frames: Frames) -> int:
    """How many frames from the first one on are True."""
    return len(frames) if frames.all() else int(frames.argmin())

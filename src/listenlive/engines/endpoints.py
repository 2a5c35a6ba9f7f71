"""Where speech begins and ends, exactly: the detector's hops, drawn finer by the level."""

from dataclasses import dataclass, replace

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
_TAIL = round(0.3 / FINE_SECONDS)  # nor in a room, where what is drawn in is an echo
_STOP = 0.06  # seconds of silence inside a word: the closure of a stop consonant
_PAUSE = 0.7  # seconds the detector may miss in loud speech

# Words end suddenly or die away, so a voice falls from 8 to 23 dB under its peak in 0 to .26 s;
# in a room hardly any fall is sudden. A quarter of them take no longer than .05 s on 16 channels of
# calls and talk without a room, .13 to .44 s on 12 in rooms.
_FALL_DB = (8.0, 23.0)
_ECHO = 0.1
_FEWEST_ENDS = 6  # from which a room is told
_DRY_DB = 10.0  # under its peak: where a voice in a room ends


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
    the surroundings allow. Pauses that the detector sees but the level does not are closed. In a
    room that echoes an end is where the voice stops, not where its echo has died away.
    Where speech does not stand out of the noise, nothing is moved. Without `settings` the channel
    is somebody's own: then words that the detector half hears count too if they are loud.
    """
    speech = speech_frames(probability, settings or around.hearing)
    ground = _ground(probability, level, speech)
    if settings is None:
        speech |= _faint(probability, level, speech, ground)
    sound = _closed(level > _end_levels(ground, around))
    edges = _Edges(
        clear=ground.peak > ground.noise + around.clear_db,
        sound=sound,
        voice=sound,
        loud=_closed(level > np.maximum(ground.peak - 28, ground.noise + around.loud_db)),
        reach=round(around.reach / FINE_SECONDS),
    )
    found = edges.refined(speech)
    if around.ends_db is None and _echoes(level, found, ground):
        voice = _closed(level > ground.peak - _DRY_DB)
        found = replace(edges, voice=voice, draw=_TAIL).refined(speech)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """Where speech may begin and end, per frame.

    clear : speech stands out of the noise
    sound : there is sound at a beginning
    voice : there is sound at an end
    loud  : as loud as speech is here
    reach : frames by which a beginning is drawn out at most
    draw  : frames by which an end is drawn in at most
    """

    clear: Frames
    sound: Frames
    voice: Frames
    loud: Frames
    reach: int
    draw: int = _DRAW

    def refined(self, speech: Frames) -> Frames:
        """`speech` with its edges moved, and with its false pauses closed."""
        drawn = np.zeros_like(speech)
        for start, end in runs(speech):
            first, last = (
                self._moved(start, end) if self.clear[(start + end) // 2] else (start, end)
            )
            drawn[first:last] = True
        return _bridged(drawn, self.loud & self.clear)

    def _moved(self, start: int, end: int) -> tuple[int, int]:
        last = min(end + _END_PAD, len(self.sound))
        first = start + _before(self.sound[start:last])
        last -= _after(self.voice[start:last], self.draw)
        return first - _stretch(self.loud[max(first - self.reach, 0) : first][::-1]), last


def _end_levels(ground: _Ground, around: Surroundings) -> Levels:
    """Level that sound has up to the very end of speech, per frame."""
    if around.ends_db is None:
        return np.maximum(ground.peak - 60, ground.quiet + 2)
    return np.maximum(ground.peak - 28, ground.noise + around.ends_db)


def _echoes(level: Levels, speech: Frames, ground: _Ground) -> bool:
    """Whether the ends of `speech` die away as slowly as they do in a room."""
    if not speech.any():
        return False
    smooth = np.convolve(level, np.full(3, 1 / 3, dtype=np.float32), "same")
    falls: list[int] = []
    for start, end in runs(speech):
        first = max(start, end - round(0.6 / FINE_SECONDS))
        if end - first < round(0.4 / FINE_SECONDS):
            continue
        under = ground.peak[first:end].max() - smooth[first : end + _TAIL]
        near, far = (np.flatnonzero(under < db) for db in _FALL_DB)
        if len(near):
            falls.append(int(far[-1] - near[-1]))
    return len(falls) >= _FEWEST_ENDS and bool(np.percentile(falls, 25) * FINE_SECONDS >= _ECHO)


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


def _before(sound: Frames) -> int:
    """Frames by which a run begins before its sound does, `_DRAW` at most."""
    return min(_stretch(~sound), _DRAW) if sound.any() else 0


def _after(sound: Frames, draw: int) -> int:
    """Frames by which a run ends after its sound does, `draw` at most."""
    return min(_stretch(~sound[::-1]), draw) if sound.any() else 0


def _stretch(frames: Frames) -> int:
    """How many frames from the first one on are True."""
    return len(frames) if frames.all() else int(frames.argmin())

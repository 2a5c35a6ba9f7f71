"""A channel in noise, heard a second time: soft speech that noise hides from the detector.

::

    detector        ..####.#...####..####........    loses what is as soft as the noise
    segmentation    ..##########..#######..   or ..........    hears it, or takes a whole window
    both            ..##########..#######........              of far speech for background

pyannote's segmentation network is far surer in noise than Silero of where speech ends. Now and
then, mostly in echo, it takes ten seconds of speech for background: such a window hears little of
what the detector is sure of, and is not believed.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, Samples
from listenlive.clustering import (
    FIELD_SAMPLES,
    FRAME,
    FRAME_SAMPLES,
    WINDOW_FRAMES,
    Posteriors,
    likeliest,
    speech_odds,
)
from listenlive.engines.endpoints import HEARING, NOISE, runs, surroundings
from listenlive.engines.levels import FINE, PAUSE, Frames, Levels, decibels
from listenlive.engines.rows import Rows
from listenlive.segmenter import HOP
from listenlive.span import Span, merge

WINDOW = 10 * SAMPLE_RATE
"""Samples the network hears at a time."""

STEP = 296 * FRAME_SAMPLES
"""Samples from one window to the next, in whole frames: 5 s, so that two judge each moment."""

_AROUND = 60 * SAMPLE_RATE // FINE  # fine frames that tell whether it is noisy now: a minute
_SURE = 0.8  # probability from which the detector is hardly ever wrong
_ENOUGH = 18  # frames (0.3 s) of such speech that tell whether a window is deaf
_HEARS = 0.9  # share of it that a window hears: deaf ones none or half, the others nearly all

_CLEARLY = 0.8  # probability from which another channel's person is speaking
_ACROSS = 0.035  # share of their speech heard here: without bleed .02 at most, with it .05 and more

# Chosen on simulated talk in several noises and a room, see docs/results.
_DOUBT = 2.0  # nats of speech that are none: noise sounds a little like speech to the network
_CHANGE = 8.0  # nats it costs to begin or to stop: a soft word is no pause
_GAP = 0.65  # seconds in noise under which a silence is more often soft words than a pause


class SecondEar:
    """Listens to one channel again wherever it is noisy. Keeps 10 s of sound.

    listen : the network: at most 10 s of samples to posteriors, shape (589, 7)
    """

    def __init__(self, listen: Callable[[Samples], Posteriors]) -> None:
        self._listen = listen
        self._samples: Samples = np.zeros(0, dtype=np.float32)
        self._fresh: list[Samples] = []  # what follows them
        self._length = 0  # of both
        self._start = 0  # of the first sample kept
        self._speech = Rows(np.float32)  # the detector's probabilities from the beginning
        self._level: Levels = np.zeros(0, dtype=np.float32)  # of the last minute, whole hops
        self._measured = 0  # hops whose level is taken
        self._windows: list[tuple[int, npt.NDArray[np.float16]]] = []  # first frame, P(silence)

    def feed(self, samples: Samples, speech: Samples) -> None:
        """Take `samples` (n,) and the probabilities `speech` (hops,) that came with them."""
        self._speech.add(speech)
        for at in range(0, len(samples), WINDOW):  # in parts: a chunk may be a whole file
            self._fresh.append(samples[at : at + WINDOW].copy())
            self._length += len(self._fresh[-1])
            while self._length >= WINDOW:
                self._hear()

    def finish(self) -> None:
        """Hear what is left at the end."""
        if self._length > (WINDOW - STEP if self._start else 0):
            self._hear()

    def speech(self, count: int) -> tuple[Frames, Frames]:
        """Whether somebody speaks, and whether that is known: per 8 ms, `count` of each."""
        if not self._windows:
            return np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        frames = self._windows[-1][0] + WINDOW_FRAMES
        speaking, known = np.zeros(frames, dtype=np.bool_), np.zeros(frames, dtype=np.intp)
        silence = np.zeros(frames, dtype=np.float32)
        for first, heard in self._windows:
            silence[first : first + WINDOW_FRAMES] += heard
            known[first : first + WINDOW_FRAMES] += 1
        detected = self._speech.all
        for start, end in runs(known > 0):
            quiet = silence[start:end] / known[start:end]
            odds = speech_odds(quiet, detected, first=start) - _DOUBT
            speaking[start:end] = _bridged(_course(odds))
        middles = (np.arange(count) + 0.5) * FINE
        at = np.round((middles - FIELD_SAMPLES / 2) / FRAME_SAMPLES).astype(np.intp)
        known[-1] = 0  # stands for all that comes later
        at = np.clip(at, 0, frames - 1)
        return speaking[at], known[at] > 0

    def _hear(self) -> None:
        """The next window, if it is worth it."""
        self._samples = np.concatenate([self._samples, *self._fresh])
        self._fresh.clear()
        window = self._samples[:WINDOW]
        if self._noisy(window):
            silence = self._listen(window)[:, 0]
            if self._hears(silence):
                self._windows.append((self._start // FRAME_SAMPLES, silence))
        self._samples = self._samples[STEP:].copy()
        self._start, self._length = self._start + STEP, len(self._samples)

    def _noisy(self, window: Samples) -> bool:
        """Whether there is noise, and anything that may be speech, by the end of `window`."""
        end = min((self._start + len(window)) // HOP, len(self._speech))
        fresh = window[self._measured * HOP - self._start : end * HOP - self._start]
        power = np.square(fresh).reshape(-1, FINE).mean(axis=1, dtype=np.float32)
        self._level = np.concatenate([self._level, decibels(power)])[-_AROUND:]
        self._measured = end
        if self._speech.between(self._start // HOP, end).max(initial=0.0) < PAUSE:
            return False
        lately = self._speech.between(end - len(self._level) * FINE // HOP, end)
        return surroundings(np.repeat(lately, HOP // FINE), self._level) is NOISE

    def _hears(self, silence: npt.NDArray[np.float16]) -> bool:
        """Whether the window hears what the detector is sure of."""
        first = self._start // HOP
        speech = self._speech.between(first, first + WINDOW // HOP + 2)
        middles = np.arange(len(silence)) * FRAME_SAMPLES + FIELD_SAMPLES // 2
        at = (self._start + middles) // HOP - first
        inside = at < len(speech)
        sure = speech[at[inside]] > _SURE
        heard = silence[inside][sure] < 0.5
        return len(heard) < _ENOUGH or bool(heard.mean() >= _HEARS)


def hears_across(again: Frames, own: Samples, other: Samples) -> bool:
    """Whether `again` (frames,) takes for speech what is said on another channel.

    Bleed too faint for the detector, and so for its removal, is loud enough for the network.
    own, other : the detector's probabilities on this channel and on the other one, shape (frames,)
    """
    theirs = again[(own < HEARING.offset) & (other > _CLEARLY)]
    return len(theirs) * FINE >= SAMPLE_RATE and bool(theirs.mean() > _ACROSS)


def _course(odds: npt.NDArray[np.float64]) -> Frames:
    """The likeliest course of silence and speech, from log odds of speech, shape (frames,)."""
    scores = np.stack([-np.logaddexp(0, odds), -np.logaddexp(0, -odds)], axis=1)
    course = likeliest(scores, np.array([[0.0, _CHANGE], [_CHANGE, 0.0]]))
    return np.asarray(course == 1)


def _bridged(speaking: Frames) -> Frames:
    """`speaking` with the gaps closed that are too short to be told from soft words in noise.

    Neither network is surer of silence in a pause of half a second than in as many soft words.
    """
    spans = [Span(start * FRAME, end * FRAME) for start, end in runs(speaking)]
    bridged = speaking.copy()
    for span in merge(spans, gap=_GAP):
        bridged[round(span.start / FRAME) : round(span.end / FRAME)] = True
    return bridged

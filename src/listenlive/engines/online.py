"""One microphone, several people: who speaks now, a second after it happened. For the live view.

The networks of `listenlive.engines.speakers` hear the last 10 s every 0.74 s; what they tell of
the newest part is kept.

::

    heard     ...|------------- window of 10 s -------------|
    told      =============================|=== now ===|
                                                        0.2 s: the edge is heard badly
"""

import itertools
from collections import deque
from collections.abc import Sequence
from string import ascii_uppercase

import numpy as np
import numpy.typing as npt

from listenlive.audio import AudioChunk, Samples, mixed
from listenlive.clustering import (
    FRAME,
    FRAME_SAMPLES,
    LOCAL_SPEAKERS,
    POWERSET,
    WINDOW_FRAMES,
    frame_time,
    groups,
    runs,
)
from listenlive.engines.speakers import SegmentationNetwork, VoiceNetwork
from listenlive.preview import Found, Seen
from listenlive.segmenter import Probabilities
from listenlive.voices import VoiceProfile, recognised

_WINDOW = 160_000  # samples: 10 s
_HOP = 44  # frames from one look to the next (0.74 s)
_EDGE = 12  # frames at the end that are not believed yet (0.2 s)
_NEW = slice(WINDOW_FRAMES - _EDGE - _HOP, WINDOW_FRAMES - _EDGE)
_OLD = slice(0, _NEW.start)

_LEAST_SPEECH = 0.2  # speech probability under which a stretch is not worth a look
_LEAST_HEARD = 3  # frames in which a local speaker must speak to count
_LEAST_VOICE = 18  # frames alone that make a voice (0.3 s)
_MOST_VOICE = 118  # frames of it that are heard (2 s): more says hardly more, and costs its time
_GALLERY = 240  # voices remembered: some minutes of talk
_LEAST_KNOWN = 6.0  # seconds of voices, each look counted, before anybody is recognised by theirs
_REGROUP = 8  # new voices after which the groups are formed anew
_VOICE_WEIGHT = 30.0  # per unit of cosine and root of seconds, as in `clustering`
_PAST_WEIGHT = 3.0  # for having been this person all the time until now

Locals = npt.NDArray[np.bool_]
"""Which local speakers speak in each frame of a window, shape (589, 3)."""

_SPEAKS_IN = np.array([[s in speaking for s in range(LOCAL_SPEAKERS)] for speaking in POWERSET])


class OnlineSpeakers:
    """Tells who of at most `count` people speaks, "A" being who spoke first.

    mine : the listener's voice, to tell which of them they are
    """

    def __init__(
        self,
        segmentation: SegmentationNetwork,
        voice: VoiceNetwork,
        *,
        count: int,
        mine: VoiceProfile | None = None,
    ) -> None:
        self._segmentation = segmentation
        self._gallery = _Gallery(voice, count)
        self._count = count
        self._mine = mine
        self._known: Found | None = None
        self._samples: Samples = np.zeros(_WINDOW, dtype=np.float32)
        self._fresh = 0  # samples since the last look
        self._looks = 0
        self._loudest = 0.0  # speech probability since the last look
        # who spoke in the frames of the window, as told
        self._told = np.zeros((WINDOW_FRAMES, count), dtype=np.bool_)

    def feed(self, chunk: AudioChunk, own: Probabilities) -> Seen:
        """Who speaks in the time that became known: frames of 17 ms, some 44 at once."""
        self._loudest = max(self._loudest, float(own.max(initial=0.0)))
        samples = mixed(chunk.samples)
        start = max(self._looks * _HOP - _EDGE, 0)
        found: list[npt.NDArray[np.bool_]] = []
        hop = _HOP * FRAME_SAMPLES
        while len(samples):
            taken, samples = samples[: hop - self._fresh], samples[hop - self._fresh :]
            self._samples = np.concatenate([self._samples[len(taken) :], taken])
            self._fresh += len(taken)
            if self._fresh == hop:
                found.append(self._look())
        speaking = np.concatenate([np.zeros((0, self._count), dtype=np.bool_), *found])
        return Seen(frame_time(start), FRAME, tuple(ascii_uppercase[: self._count]), speaking)

    @property
    def known(self) -> Found | None:
        """Who the listener is by their voice, the rule being that of the end; held until another
        person's voice fits it better.
        """
        return self._known

    def _recognise(self) -> None:
        people = self._gallery.people
        if self._mine is None or len(people) < 1:
            return
        speakers = tuple(ascii_uppercase[: len(people)])
        found = recognised(self._mine, dict(zip(speakers, people, strict=True)))
        if found.speaker is not None:
            self._known = Found(speakers, found.speaker)

    def _look(self) -> npt.NDArray[np.bool_]:
        """Who speaks in the newest part of the window, shape (frames, people)."""
        worth, self._loudest, self._fresh = self._loudest >= _LEAST_SPEECH, 0.0, 0
        self._told = np.concatenate([self._told[_HOP:], np.zeros_like(self._told[:_HOP])])
        if worth:
            posteriors = self._segmentation(self._samples)
            local = _SPEAKS_IN[posteriors.argmax(axis=1)]
            for speaker, person in self._people(local).items():
                self._told[_NEW, person] |= local[_NEW, speaker]
            self._recognise()
        self._looks += 1
        return self._told[_NEW] if self._looks > 1 else self._told[_NEW][_EDGE:]

    def _people(self, local: Locals) -> dict[int, int]:
        """Which person each local speaker is who speaks in the newest part."""
        heard = [s for s in range(LOCAL_SPEAKERS) if local[_NEW, s].sum() >= _LEAST_HEARD]
        if not heard:
            return {}
        fits = np.stack([self._fit(local, speaker) for speaker in heard])
        places = list(itertools.permutations(range(self._count), min(len(heard), self._count)))
        best = max(places, key=lambda place: sum(fits[i, p] for i, p in enumerate(place)))
        return dict(zip(heard, best, strict=False))

    def _fit(self, local: Locals, speaker: int) -> npt.NDArray[np.float64]:
        """How well a local speaker fits each person: by voice, and by who it was until now."""
        past = (self._told[_OLD] & local[_OLD, speaker, None]).sum(axis=0)
        share = past / max(int(local[_OLD, speaker].sum()), _LEAST_VOICE)
        alone = local[:, speaker] & (local.sum(axis=1) == 1)
        voice = self._voice(alone)
        fit = _PAST_WEIGHT * share
        if voice is None:
            return np.asarray(fit)
        return np.asarray(fit + self._gallery.fit(*voice))

    def _voice(self, alone: npt.NDArray[np.bool_]) -> tuple[Samples, float] | None:
        """The newest sound in which somebody is alone, and its seconds."""
        parts, left = [], _MOST_VOICE
        for begin, last in reversed(runs(alone)):
            first = max(begin, last - left)
            parts.append(self._samples[first * FRAME_SAMPLES : last * FRAME_SAMPLES])
            left -= last - first
            if left <= 0:
                break
        if _MOST_VOICE - left < _LEAST_VOICE:
            return None
        return np.concatenate(parts[::-1]), (_MOST_VOICE - left) * FRAME


class _Gallery:
    """The voices of the last minutes, in groups: people."""

    def __init__(self, network: VoiceNetwork, count: int) -> None:
        self._network = network
        self._count = count
        self._voices: deque[tuple[npt.NDArray[np.float32], float]] = deque(maxlen=_GALLERY)
        self._people: npt.NDArray[np.float64] = np.zeros((0, 0))
        self._fresh = 0

    @property
    def people(self) -> npt.NDArray[np.float32]:
        """Each person's mean voice, unit length, shape (people, n); none before some was heard."""
        if sum(seconds for _, seconds in self._voices) < _LEAST_KNOWN:
            return np.zeros((0, 0), dtype=np.float32)
        return self._people.astype(np.float32)

    def fit(self, samples: Samples, seconds: float) -> npt.NDArray[np.float64]:
        """How well the voice in `samples` fits each person, shape (count,); it is remembered."""
        vector = self._network(samples)
        self._voices.append((vector, seconds))
        self._fresh += 1
        if len(self._people) < self._count or self._fresh >= _REGROUP:
            self._regroup()
        fit = np.full(self._count, -1.0)
        fit[: len(self._people)] = self._people @ vector
        return np.asarray(_VOICE_WEIGHT * min(seconds, 2.0) ** 0.5 * fit)

    def _regroup(self) -> None:
        self._fresh = 0
        vectors = np.array([vector for vector, _ in self._voices], dtype=np.float64)
        weights = np.array([seconds for _, seconds in self._voices])
        found = groups(vectors, weights, most=self._count)
        if len(found) < len(self._people):
            return  # somebody has been silent for some minutes
        self._people = found[list(_as_before(found, self._people, vectors))]


def _as_before(
    found: npt.NDArray[np.float64],
    before: npt.NDArray[np.float64],
    vectors: npt.NDArray[np.float64],
) -> Sequence[int]:
    """The order of `found` in which people keep their places; who is new comes after them."""
    if len(before) < 2:  # until now there was one, a mixture: who was heard first is the first
        nearest = (vectors @ found.T).argmax(axis=1)
        return list(dict.fromkeys(nearest.tolist()))
    likeness = before @ found.T
    places = itertools.permutations(range(len(found)), len(before))
    kept = max(places, key=lambda place: sum(likeness[i, p] for i, p in enumerate(place)))
    return [*kept, *(p for p in range(len(found)) if p not in kept)]

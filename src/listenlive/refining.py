"""Whether each person speaks in each frame, by a small network that weighs all heard around it.

Two large networks, a speech detector and the level of the sound are laid out for each person in
turn: this person against the others. One network, the same for everybody, tells who of the two
sides speaks. Numbers only: the weights are given, no model is loaded here.

::

    what is known    states, windows, detector, bands        (frames of `clustering`)
    for A            A against the others  -> network ->     nobody, A, others, both
    for B            B against the others  -> network ->     nobody, B, others, both
    odds             A  ....######.....####                  that A speaks: the first's answer, and
                     B  .........######....                  of two people also the second's
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, SILENCE_DB, Samples
from listenlive.clustering import FIELD_SAMPLES, FRAME_SAMPLES, Opinion, by_rules

SPECTRUM = 512
"""Samples from which the bands of a frame are taken, around its middle."""

EDGES = (80, 250, 450, 700, 1050, 1600, 2400, 3600, 6500)
"""Hz at which the bands begin and end."""

BANDS = len(EDGES) - 1

KINDS = {
    "states": (0, 4),
    "windows": (4, 10),
    "detector": (10, 11),
    "rules": (11, 13),
    "levels": (13, 19),
    "own bands": (19, 19 + BANDS),
    "another's bands": (19 + BANDS, 19 + 2 * BANDS),
}
"""Where each kind of evidence lies among the numbers by which a frame is judged for one person."""

EVIDENCE = KINDS["another's bands"][1]
"""How many of them there are."""

REACH = (1, 2, 4, 8, 16, 32)
"""Frames to both sides that each layer looks at."""

AROUND = sum(REACH)
"""Frames to both sides that are looked at in all: 1.06 s."""

_BLOCK = 8192  # frames judged at a time, so that hours need no more memory
_FIRST = FIELD_SAMPLES // 2 - SPECTRUM // 2  # sample at which those of the first frame begin
_LEAST = 1e-3  # probabilities nearer to 0 and 1 say no more
_CLEARLY = 0.7  # probability from which somebody is taken to speak alone
_FEW = 30  # frames that tell how loud somebody is, where none is clear
_HALF_BELIEVED = (0.05, 0.2)
_FAR = 8.0  # evidence further out is cut off

# Overlap is worth more than its share of time: it is believed a little before even odds.
_BOTH_BIAS = 0.3  # nats

# What the rules say counts as much: read speech from which the network learned ends otherwise than
# people who talk on the telephone, and alone it is worse there (docs/results).
_BY_RULES = 3.0  # nats

Floats = npt.NDArray[np.float64]
Evidence = npt.NDArray[np.float32]


class Bands:
    """How loud each frame is in each band, in dB, as sound comes. Keeps 50 ms of it."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, dtype=np.float32)
        self._skip = _FIRST  # samples before those of the first frame
        self._found = bytearray()  # float16: an array for each chunk would be mostly overhead
        hertz = np.fft.rfftfreq(SPECTRUM, 1 / SAMPLE_RATE)
        self._bins = np.searchsorted(hertz, EDGES)
        self._taper = np.hanning(SPECTRUM).astype(np.float32)

    def feed(self, samples: Samples) -> None:
        """Take the next `samples`, shape (n,)."""
        fresh = samples[self._skip :]
        self._skip -= min(self._skip, len(samples))
        self._rest = np.concatenate([self._rest, fresh])
        count = (len(self._rest) - SPECTRUM) // FRAME_SAMPLES + 1
        if count > 0:
            cut = np.lib.stride_tricks.sliding_window_view(self._rest, SPECTRUM)[::FRAME_SAMPLES]
            power = np.square(np.abs(np.fft.rfft(cut[:count] * self._taper)))
            sums = np.add.reduceat(power, self._bins, axis=1)[:, :BANDS]
            self._found += _decibels(sums / SPECTRUM).tobytes()
            self._rest = self._rest[count * FRAME_SAMPLES :].copy()

    def first(self, frames: int) -> npt.NDArray[np.float16]:
        """Shape (frames, BANDS); frames not heard whole are like the one before them."""
        found = np.frombuffer(bytes(self._found), dtype=np.float16).reshape(-1, BANDS)
        if not len(found):
            found = _decibels(np.zeros((1, BANDS)))
        missing = np.repeat(found[-1:], max(frames - len(found), 0), axis=0)
        return np.concatenate([found, missing])[:frames]


def _decibels(power: npt.NDArray[np.floating]) -> npt.NDArray[np.float16]:
    return np.asarray(10 * np.log10(power + 10 ** (SILENCE_DB / 10)), dtype=np.float16)


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """The network: a layer for each frame alone, one for each of `REACH`, and an answer.

    weights : w0 (EVIDENCE, h), b0 (h,); wi (3h, h), bi (h,) for i = 1, 2, ...; wo (h, 4), bo (4,)
    """

    weights: Mapping[str, Evidence]

    def __call__(self, opinion: Opinion) -> tuple[npt.NDArray[np.bool_], Floats]:
        """Whether each person speaks, and how likely that is: both shape (people, frames)."""
        active, _ = by_rules(opinion)
        odds = self.odds(opinion) + _BY_RULES * (2 * active - 1)
        return odds > 0, 1 / (1 + np.exp(-odds))

    def odds(self, opinion: Opinion) -> Floats:
        """Log odds that each person speaks, shape (people, frames)."""
        whole = Whole.of(opinion)
        frames = len(opinion.states)
        odds = np.empty((opinion.people, frames))
        for start in range(0, frames, _BLOCK):
            end = min(start + _BLOCK, frames)
            first, last = max(start - AROUND, 0), min(end + AROUND, frames)
            rows = evidence(opinion, whole, first, last)
            margins = ((AROUND - (start - first), AROUND - (last - end)), (0, 0))
            each = [self.sides(np.pad(row, margins, mode="edge")) for row in rows]
            odds[:, start:end] = _odds(np.stack(each))
        return odds

    def sides(self, rows: Evidence) -> Evidence:
        """Probabilities of nobody, this one, others, both: (n + 2 around, EVIDENCE) to (n, 4)."""
        w = self.weights
        heard = np.maximum(rows @ w["w0"] + w["b0"], 0)
        for i, reach in enumerate(REACH, 1):
            around = [heard[: -2 * reach], heard[reach:-reach], heard[2 * reach :]]
            more = np.concatenate(around, axis=1) @ w[f"w{i}"] + w[f"b{i}"]
            heard = np.asarray(around[1] + np.maximum(more, 0), dtype=np.float32)
        logits = heard @ w["wo"] + w["bo"]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _odds(sides: Evidence) -> Floats:
    """Log odds that each speaks, shape (people, n), from `sides`, shape (people, n, 4)."""
    if len(sides) == 2:  # what is told of one tells as much of the other
        sides = 0.5 * sides + 0.5 * sides[::-1][..., [0, 2, 1, 3]]
    silent = sides[..., 0] + sides[..., 2]
    speaks = sides[..., 1] + sides[..., 3] * np.exp(_BOTH_BIAS)
    return np.asarray(np.log(speaks + 1e-6) - np.log(silent + 1e-6), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What only the whole recording tells.

    voices : how loud each person is alone in each band, dB, shape (people, BANDS)
    levels : the same in all bands together, shape (people,)
    floor  : the level that hardly any frame is under, dB
    murmur : share of speech in which two at once are half believed
    other  : for each person, who else speaks most
    """

    voices: Floats
    levels: Floats
    floor: float
    murmur: float
    other: Sequence[int]

    @classmethod
    def of(cls, opinion: Opinion) -> "Whole":
        """What the whole of `opinion` tells."""
        states, people = opinion.states, opinion.people
        level = _level(opinion.heard.bands)
        singles = states[:, 1 : 1 + people]
        clear = [_clear(alone) for alone in singles.T]
        speech = states[:, 0] < 0.5
        pairs = states[speech][:, 1 + people :].sum(axis=1)
        low, high = _HALF_BELIEVED
        half = (pairs > low) & (pairs < high)
        said = singles.mean(axis=0)
        others = [[j for j in range(people) if j != k] for k in range(people)]
        return cls(
            np.stack([opinion.heard.bands[at].astype(np.float64).mean(axis=0) for at in clear]),
            np.array([level[at].mean() for at in clear]),
            float(np.percentile(level, 5)),
            float(half.mean()) if len(half) else 0.0,
            [max(theirs, key=lambda j: said[j]) for theirs in others],
        )


def _clear(alone: Floats) -> npt.NDArray[np.intp]:
    """Frames in which somebody is clearly alone, or those that come nearest to it."""
    clear = np.flatnonzero(alone > _CLEARLY)
    return clear if len(clear) >= _FEW else np.argsort(alone, kind="stable")[-_FEW:]


def _level(bands: npt.NDArray[np.float16]) -> Floats:
    """dB of all bands together."""
    return np.asarray(10 * np.log10((10 ** (bands.astype(np.float64) / 10)).sum(axis=1)))


def all_evidence(opinion: Opinion) -> Evidence:
    """`evidence` of the whole recording, which a long one is never asked for."""
    return evidence(opinion, Whole.of(opinion), 0, len(opinion.states))


def evidence(opinion: Opinion, whole: Whole, first: int, last: int) -> Evidence:
    """All that speaks for and against each person in frames [first, last).

    Shape (people, last - first, EVIDENCE).
    """
    spread = opinion.windows(first, last)
    return np.stack(
        [_against(k, opinion, whole, spread, first, last) for k in range(opinion.people)]
    )


def _against(
    k: int, opinion: Opinion, whole: Whole, spread: Evidence, first: int, last: int
) -> Evidence:
    """The evidence for person `k` against all others, shape (last - first, EVIDENCE)."""
    here, other = slice(first, last), whole.other[k]
    mine = np.array([float(k in state) for state in opinion.sets])
    theirs = np.array([float(any(j != k for j in state)) for state in opinion.sets])
    states, course, bands = opinion.states[here], opinion.course[here], opinion.heard.bands[here]
    sides = (mine, theirs, mine * theirs)
    level = _level(bands)
    ours, others = whole.levels[k], whole.levels[other]
    one = np.ones(last - first)
    rows = [
        *(_logit(states @ side) for side in sides),
        _logit(states[:, 0]),
        *(_logit(most(spread @ side, axis=0)) for side in sides for most in (np.nanmax, np.nanmin)),
        _logit(opinion.detected(first, last)),
        4 * mine[course] - 2,
        4 * theirs[course] - 2,
        (level - ours) / 5,
        (level - others) / 5,
        (level - whole.floor) / 10,
        one * (ours - others) / 5,
        one * (ours - whole.floor) / 10,
        one * whole.murmur * 5,
        *((bands - whole.voices[k]) / 5).T,
        *((bands - whole.voices[other]) / 5).T,
    ]
    return np.asarray(np.clip(np.stack(rows, axis=1), -_FAR, _FAR), dtype=np.float32)


def _logit(chance: npt.NDArray[np.floating]) -> Floats:
    held = np.clip(chance.astype(np.float64), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(held / (1 - held)))

"""Two microphones, each of which also hears the other person: telling bleed from speech.

What channel B hears of A is A's sound through a room: late, coloured, smeared over 0.2 s, and some
decibels down. Where only A speaks, that room can be learnt; then it is taken out everywhere.

::

    A's microphone   ====A====          ====A====
    B's microphone   ----a----  ==B==   ----a==B=      a: bleed, before
    B's microphone              ==B==       ==B=              and after

Two stages. *Linear*: per frequency, a short filter predicts B's channel from A's; it is fitted on
frames in which A dominates, each weighted by the inverse of what it leaves over, so that frames
in which B speaks too hardly count (maximum likelihood for a signal of changing power, as in
Yoshioka & Nakatani 2012). *Residual*: what typically is left of A is subtracted in power, as echo
suppressors do; this also holds where clocks drift and the filter cannot follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, Samples
from listenlive.segmenter import HOP, Probabilities

Spectrum = npt.NDArray[np.complex64]
"""Short-time spectrum, shape (frames, BINS)."""

Power = npt.NDArray[np.float32]

Frames = npt.NDArray[np.bool_]

WINDOW = 2048
"""Samples per spectral frame: 128 ms, so that most of a living room's echo falls in one frame."""
STEP = 512
TAPS = 8
"""Frames of the predicting filter: 0.22 s of echo."""
AHEAD = 1
"""Frames it may look ahead: two devices are rarely aligned to a few milliseconds."""
ROUNDS = 3
"""Times the weights are recomputed; more changed nothing."""

BLOCK = 60 * SAMPLE_RATE // HOP * HOP
"""Samples unmixed at a time: long enough for both people to have spoken alone."""
BEFORE = 12_288  # a window and the filter's memory, in whole hops
AFTER = 4_096
MEMORY = 0.7
"""What earlier blocks count against the present one: people and telephones get moved."""

ENOUGH = round(3.0 * SAMPLE_RATE / STEP)
"""Frames (3 s) with one person alone below which nothing is learnt: they must outnumber taps."""
COUPLED = 0.65
"""Correlation of two channels' levels from which one hears the other."""

LEAST_TAKEN = 0.02
"""Share of the other's speech taken for speech here, below which bleed does no harm."""

ACTIVE = 0.5
"""Probability of speech, on either channel, from which a hop is used for learning."""

SEPARATE = 6.0
"""dB by which two people's level differences must lie apart: less is one person's own variation."""

OVERSUBTRACTION = 3.0
"""What is left of A varies: three times its mean covers 95 % of frames (exponential power)."""
FLOOR = 0.03  # amplitude kept of what was taken for bleed: -30 dB, no holes


@dataclass(frozen=True, slots=True)
class Sides:
    """How the level difference between two channels tells who is speaking, in dB (first - second).

    low, high : the two typical values: the second person speaks, the first person speaks
    """

    low: float
    high: float

    @property
    def middle(self) -> float:
        """Equal distance to both."""
        return (self.low + self.high) / 2

    @property
    def apart(self) -> float:
        """How far apart the two are."""
        return self.high - self.low


def sides(differences: npt.NDArray[np.float32]) -> Sides | None:
    """The two clusters of level differences (2-means); None if there are too few values."""
    if len(differences) < ENOUGH:
        return None
    low, high = (float(v) for v in np.percentile(differences, [10, 90]))
    for _ in range(20):
        upper = differences >= (low + high) / 2
        if upper.all() or not upper.any():
            break
        low, high = float(differences[~upper].mean()), float(differences[upper].mean())
    return Sides(low, high)


def smooth(values: npt.NDArray[np.float32], frames: int, *, axis: int = 0) -> Power:
    """Moving average over `frames` (odd), the edges repeated."""
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(values, frames, axis=axis, mode="nearest"), np.float32)


_SLOPE = np.sqrt(np.hanning(WINDOW + 1)[:-1]).astype(np.float32)


def spectrum(samples: Samples) -> Spectrum:
    """Frames of `samples` (n,); frame t is centred on sample t * STEP."""
    pad = WINDOW // 2
    padded = np.pad(samples, (pad, pad + -len(samples) % STEP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP]
    return np.fft.rfft(frames * _SLOPE, axis=1).astype(np.complex64)


def sound(frames: Spectrum, length: int) -> Samples:
    """The first `length` samples whose `spectrum` is `frames`."""
    pieces = np.fft.irfft(frames, WINDOW, axis=1).astype(np.float32) * _SLOPE
    summed = np.zeros(STEP * (len(pieces) - 1) + WINDOW, dtype=np.float32)
    covered = np.zeros_like(summed)  # fewer frames reach the edges
    overlaps = WINDOW // STEP
    for k in range(overlaps):
        count = len(pieces[k::overlaps])
        run = slice(k * STEP, k * STEP + count * WINDOW)
        summed[run] += pieces[k::overlaps].reshape(-1)
        covered[run] += np.tile(np.square(_SLOPE), count)
    inside = slice(WINDOW // 2, WINDOW // 2 + length)
    return summed[inside] / covered[inside]


@dataclass(slots=True)
class Leak:
    """What one channel (`heard`) hears of the other one's person (`source`), learnt as it goes.

    explained_db : how much of `heard` the filter takes away where only the source speaks
    together     : correlation of both channels' levels there (needs no common clock)
    taken        : share of that time in which the detector takes `heard` for speech
    """

    explained_db: float = 0.0
    together: float = 0.0
    taken: float = 0.0
    _normal: npt.NDArray[np.complex64] | None = field(default=None, repr=False)
    _moment: npt.NDArray[np.complex64] | None = field(default=None, repr=False)
    _filter: npt.NDArray[np.complex64] | None = field(default=None, repr=False)
    _left: Power | None = field(default=None, repr=False)

    @property
    def audible(self) -> bool:
        """Whether bleed is there, and loud enough to be taken for speech."""
        coupled = self.together >= COUPLED and self.taken >= LEAST_TAKEN
        predicted = self.explained_db >= 3.0 and self.taken >= 0.15
        return self._filter is not None and (coupled or predicted)

    def learn(
        self, source: Spectrum, heard: Spectrum, alone: npt.NDArray[np.intp], *, taken: Frames
    ) -> None:
        """Learn from frames `alone`, in which the source speaks and most likely nobody else.

        taken : whether the detector took `heard` for speech, per frame, shape (frames,)
        """
        if len(alone) < ENOUGH:
            return
        self.taken = float(taken[alone].mean())
        if self.taken < LEAST_TAKEN:
            return  # not audible, whatever the filter would be: the costly part is left out
        past = _taps(source, alone)
        now = np.ascontiguousarray(heard[alone].T)[:, :, None]
        before = np.square(np.abs(now[:, :, 0]))
        after = before
        for _ in range(ROUNDS):
            normal, moment = self._equations(past, now, after)
            self._filter = np.linalg.solve(normal, moment)[:, :, 0]
            after = np.square(np.abs(now[:, :, 0] - (past @ self._filter[:, :, None])[:, :, 0]))
        self._normal, self._moment = normal, moment
        self.explained_db = float(10 * np.log10((before.sum() + 1e-9) / (after.sum() + 1e-9)))
        self.together = _correlation(source[alone], heard[alone])
        predicted = self._predicted_power(source)[alone]
        ratio = (after.T + 1e-12) / (predicted + 1e-12)
        # the median of an exponential distribution is ln 2 of its mean
        self._left = smooth(np.median(ratio, axis=0) / np.log(2), 9)

    def remove(self, source: Spectrum, heard: Spectrum) -> Spectrum:
        """`heard` without what it hears of `source`."""
        assert self._filter is not None
        assert self._left is not None
        rest = heard - _predict(source, self._filter)
        left = self._left * self._predicted_power(source)
        power = smooth(np.square(np.abs(rest)), 5, axis=1)
        gain = np.clip(1 - OVERSUBTRACTION * left / (power + 1e-12), FLOOR, 1)
        return rest * smooth(gain.astype(np.float32), 5, axis=1)

    def _equations(
        self, past: Spectrum, now: Spectrum, left: Power
    ) -> tuple[npt.NDArray[np.complex64], npt.NDArray[np.complex64]]:
        """Normal equations (BINS, TAPS, TAPS) and (BINS, TAPS, 1), earlier blocks included."""
        least = 1e-3 * left.mean(axis=1, keepdims=True) + 1e-12
        weights = 1 / (smooth(left, 9) + least)
        weighted = (past.conj() * weights[:, :, None]).transpose(0, 2, 1)
        normal, moment = weighted @ past, weighted @ now
        if self._normal is not None and self._moment is not None:
            normal, moment = normal + MEMORY * self._normal, moment + MEMORY * self._moment
        diagonal = np.trace(normal, axis1=1, axis2=2).real / TAPS
        ridge = (1e-4 * diagonal + 1e-9)[:, None, None] * np.eye(TAPS)
        return normal + ridge.astype(np.complex64), moment.astype(np.complex64, copy=False)

    def _predicted_power(self, source: Spectrum) -> Power:
        """Power that `source` may leave, echo included, in the shape of the filter's prediction."""
        assert self._filter is not None
        return smooth(smooth(np.square(np.abs(_predict(source, self._filter))), 5, axis=1), 3)


def _taps(source: Spectrum, frames: npt.NDArray[np.intp]) -> Spectrum:
    """What the filter sees at `frames`: shape (BINS, frames, TAPS)."""
    padded = np.pad(source, ((TAPS, AHEAD), (0, 0)))
    at = frames[:, None] + TAPS + AHEAD - np.arange(TAPS)[None]
    return np.ascontiguousarray(padded[at].transpose(2, 0, 1))


def _predict(source: Spectrum, coefficients: npt.NDArray[np.complex64]) -> Spectrum:
    padded = np.pad(source, ((TAPS, AHEAD), (0, 0)))
    predicted = np.zeros_like(source)
    for k in range(TAPS):
        start = TAPS + AHEAD - k
        predicted += padded[start : start + len(source)] * coefficients[:, k]
    return predicted


def _correlation(source: Spectrum, heard: Spectrum) -> float:
    """Correlation of both levels (dB) over frames; 0 where one of them never changes."""
    levels = [10 * np.log10(np.square(np.abs(x)).mean(axis=1) + 1e-9) for x in (source, heard)]
    if min(level.std() for level in levels) < 1e-3:
        return 0.0
    return float(np.corrcoef(levels[0], levels[1])[0, 1])


@dataclass(frozen=True, slots=True, eq=False)
class Unmixed:
    """A block of both channels without bleed.

    samples : shape (n, 2), following those before
    cleaned : whether bleed was taken out of each channel
    """

    samples: Samples
    cleaned: tuple[bool, bool]


class Unmixer:
    """Takes out of each of two channels what it hears of the other's person, a minute at a time."""

    def __init__(self) -> None:
        self.leaks = (Leak(), Leak())  # of each channel: what it hears of the other
        self.sides: Sides | None = None
        self._audio = np.zeros((BEFORE, 2), dtype=np.float32)  # before the recording: silence
        self._fresh: list[Samples] = []  # what follows it
        self._speech = np.zeros((0, 2), dtype=np.bool_)
        self._differences = np.zeros(0, dtype=np.float32)

    def feed(self, samples: Samples, speech: Probabilities) -> Iterator[Unmixed]:
        """The blocks that became ready; `samples` (n, 2), `speech` (frames, 2) as they come."""
        self._fresh.append(samples)
        self._speech = np.concatenate([self._speech, speech >= ACTIVE])
        while self._length >= BEFORE + BLOCK + AFTER and len(self._speech) >= BLOCK // HOP:
            self._gather()
            yield self._unmix(BLOCK)
            self._audio = self._audio[BLOCK:].copy()
            self._speech = self._speech[BLOCK // HOP :]

    @property
    def _length(self) -> int:
        return len(self._audio) + sum(map(len, self._fresh))

    def _gather(self) -> None:
        """Make one of what came: at once, or megabytes would be moved with every chunk."""
        self._audio = np.concatenate([self._audio, *self._fresh])
        self._fresh.clear()

    def finish(self) -> Iterator[Unmixed]:
        """What is left at the end."""
        self._gather()
        if len(self._audio) > BEFORE:
            yield self._unmix(len(self._audio) - BEFORE)

    def _unmix(self, length: int) -> Unmixed:
        piece = self._audio[: BEFORE + length + AFTER]
        block = piece[BEFORE : BEFORE + length]
        left, right = spectrum(piece[:, 0]), spectrum(piece[:, 1])
        speech = self._speech_at(len(left), length)
        first, second = self._alone(left, right, speech[:, 0] | speech[:, 1])
        self.leaks[0].learn(right, left, second, taken=speech[:, 0])
        self.leaks[1].learn(left, right, first, taken=speech[:, 1])
        cleaned = (self.leaks[0].audible, self.leaks[1].audible)
        samples = block.copy()
        for channel, (source, heard) in enumerate(((right, left), (left, right))):
            if cleaned[channel]:
                whole = sound(self.leaks[channel].remove(source, heard), len(piece))
                samples[:, channel] = whole[BEFORE : BEFORE + length]
        return Unmixed(samples, cleaned)

    def _speech_at(self, frames: int, length: int) -> Frames:
        """Whether speech was heard on each channel, per spectral frame of the block only."""
        at = np.arange(frames) * STEP - BEFORE  # sample at the middle of each frame
        inside = (at >= 0) & (at < min(length, len(self._speech) * HOP))
        speech = np.zeros((frames, 2), dtype=np.bool_)
        speech[inside] = self._speech[at[inside] // HOP]
        return speech

    def _alone(
        self, left: Spectrum, right: Spectrum, active: Frames
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Frames in which clearly the first, and clearly the second person dominates."""
        levels = [10 * np.log10(np.square(np.abs(x)).mean(axis=1) + 1e-9) for x in (left, right)]
        difference = smooth((levels[0] - levels[1]).astype(np.float32), 5)
        self._differences = np.concatenate([self._differences, difference[active]])
        self.sides = sides(self._differences)
        nobody = np.zeros(0, dtype=np.intp)
        if self.sides is None:
            return nobody, nobody
        if self.sides.apart < SEPARATE:  # one person so far, or the same sound on both channels
            if abs(self.sides.middle) < SEPARATE / 2:
                return nobody, nobody
            everywhere = np.flatnonzero(active)
            return (everywhere, nobody) if self.sides.middle > 0 else (nobody, everywhere)
        margin = self.sides.apart / 4
        return (
            np.flatnonzero(active & (difference > self.sides.middle + margin)),
            np.flatnonzero(active & (difference < self.sides.middle - margin)),
        )

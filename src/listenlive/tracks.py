"""Sound of one device on the clock of the session: 16 kHz, without holes, drift taken out.

Times are given, in seconds of whatever clock the caller reads; nothing here waits or asks for one.
"""

from collections import deque

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, Samples

WINDOW = 5.0
"""Seconds over which jitter is taken out: among 250 blocks one is hardly late at all."""

WINDOWS = 24
"""Windows that tell the drift: two minutes, in which a clock keeps its error."""

ENOUGH_WINDOWS = 6
"""Windows before a drift is believed; until then it moves less than jitter does."""

JUMP = 0.5
"""Seconds by which two whole windows must be late to mean that sound was lost on the way."""

MOST_STRETCH = 1e-3
"""Largest correction of speed: 1.7 cents of a semitone's hundred, which nobody hears."""

HORIZON = 10.0
"""Seconds in which a difference between two devices is taken out."""


class Lateness:
    """How late a device's sound arrives, without the jitter.

    A block comes late by whatever the machine was busy with, never early. So the lower envelope
    of arrival minus position is the device's clock against ours, and a line through it its drift.

    ::

        arrival - position     .  : .  . '   .   :
                              '.:.:'.::.'..:'.:.'.:
        envelope              ─────────────────────  slope: drift
    """

    def __init__(self) -> None:
        self._windows: deque[tuple[float, float]] = deque(maxlen=WINDOWS)
        self._least: tuple[float, float] | None = None  # of the window that is filling
        self._since = 0.0
        self._line: tuple[float, float] | None = None  # slope, value at time 0

    def add(self, arrival: float, position: float) -> None:
        """Sound up to `position` (seconds) came at `arrival`."""
        late = arrival - position
        if self._least is None:
            self._since, self._least = arrival, (arrival, late)
        elif arrival - self._since >= WINDOW:
            self._windows.append(self._least)
            self._line = _line(self._windows) if len(self._windows) >= ENOUGH_WINDOWS else None
            self._since, self._least = arrival, (arrival, late)
        elif late < self._least[1]:
            self._least = (arrival, late)

    @property
    def known(self) -> bool:
        """Whether anything was heard yet."""
        return self._least is not None

    def at(self, moment: float) -> float:
        """Seconds by which sound is late at `moment`. Needs something heard."""
        if self._line is not None:
            slope, start = self._line
            return slope * moment + start
        assert self._least is not None
        return min(late for _, late in (*self._windows, self._least))

    @property
    def fast(self) -> float | None:
        """Share by which the device's clock is faster than ours; None until that is known."""
        return -self._line[0] if self._line is not None else None

    def lost(self) -> float:
        """Seconds of sound that never came, although nobody said so; 0 if all did."""
        if len(self._windows) < 4:
            return 0.0
        *before, last, newest = (late for _, late in self._windows)
        grown = min(last, newest) - float(np.median(before))
        return grown if grown > JUMP else 0.0


def _line(points: "deque[tuple[float, float]]") -> tuple[float, float]:
    """The line through `points` that single bad ones do not move (Theil and Sen)."""
    moments, values = np.array(points).T
    first, second = np.triu_indices(len(moments), k=1)
    slope = float(np.median((values[second] - values[first]) / (moments[second] - moments[first])))
    return slope, float(np.median(values - slope * moments))


class Stretch:
    """Plays a stream a little faster or slower, as it comes (cubic interpolation).

    At the rate of a device, three times that of what is heard later, cubic is exact enough.
    """

    def __init__(self, channels: int) -> None:
        self._waiting = np.zeros((1, channels), dtype=np.float32)
        self._at = 1.0  # where the next sample is read, in `_waiting`

    def feed(self, samples: Samples, ratio: float) -> Samples:
        """As many of `samples` times `ratio` as can be read by now."""
        have = np.concatenate([self._waiting, samples])
        step = 1.0 / ratio
        count = max(0, int(np.ceil((len(have) - 2 - self._at) / step)))
        places = self._at + step * np.arange(count, dtype=np.float64)
        read = _cubic(have, places)
        self._at += step * count
        gone = min(int(self._at) - 1, len(have))
        self._waiting, self._at = have[gone:], self._at - gone
        return read


def _cubic(samples: Samples, places: npt.NDArray[np.float64]) -> Samples:
    """`samples` at `places` (1 to n - 2): the Catmull-Rom spline through them."""
    index = places.astype(np.int64)
    part = (places - index).astype(np.float32)[:, np.newaxis]
    before, here, after, beyond = (samples[index + shift] for shift in (-1, 0, 1, 2))
    bend = 2 * before - 5 * here + 4 * after - beyond
    twist = 3 * (here - after) + beyond - before
    value: Samples = here + part / 2 * (after - before + part * (bend + part * twist))
    return value


class Track:
    """One device's sound on the session's clock.

    ::

        stage (begin ... flush)   fill     stage
        |======================|.........|=========>  end
        |== taken ==|== ready ==...

    follows : it is kept with another device, by playing it a little faster or slower
    """

    def __init__(self, channels: int, *, follows: bool = False) -> None:
        self._channels = channels
        self._follows = follows
        self._rate = SAMPLE_RATE
        self._speed = 1.0
        self.fresh()
        self._parts: list[Samples] = []
        self._ready = 0
        self._start = 0  # where this stage began, samples
        self._fed = self._given = 0  # into its resampler (at the device's rate), out of it (16 kHz)
        self.begin(SAMPLE_RATE)

    @property
    def end(self) -> float:
        """Samples known so far, at 16 kHz, those that a resampler still holds included."""
        return self._start + self._fed * SAMPLE_RATE / self._rate

    @property
    def rate(self) -> int:
        """Samples per second of what it is fed."""
        return self._rate

    @property
    def ready(self) -> int:
        """Samples that can be taken."""
        return self._ready

    def fresh(self) -> None:
        """Forget how late sound was: the next block says it anew."""
        self._lateness, self._shift = Lateness(), 0.0

    def assume(self, moment: float) -> None:
        """Take the sound so far to be all there is up to `moment`."""
        self.fresh()
        self._lateness.add(moment, self.end / SAMPLE_RATE)

    def begin(self, rate: int) -> None:
        """From here on sound comes at `rate`."""
        self.flush()
        from soxr import ResampleStream

        self._rate = rate
        same = rate == SAMPLE_RATE
        self._resampler = None if same else ResampleStream(rate, SAMPLE_RATE, self._channels)
        self._stretch = Stretch(self._channels) if self._follows else None

    def feed(self, samples: Samples, arrival: float) -> None:
        """Sound at the rate of `begin`, the end of which came in at `arrival`."""
        played = self._stretch.feed(samples, self._speed) if self._stretch else samples
        self._shift += (len(played) - len(samples)) / self._rate
        self._fed += len(played)
        self._add(self._resampler.resample_chunk(played) if self._resampler else played)
        self._lateness.add(arrival, self.end / SAMPLE_RATE - self._shift)

    def fill(self, count: int) -> None:
        """`count` samples of silence."""
        self.flush()
        self._add(np.zeros((count, self._channels), dtype=np.float32))
        self._start, self._given = self._start + count, 0

    def flush(self) -> None:
        """Get what the resampler holds. What comes next is a new stage at the same rate."""
        if self._fed == 0:
            return
        if self._resampler:
            nothing = np.zeros((0, self._channels), dtype=np.float32)
            self._add(self._resampler.resample_chunk(nothing, last=True))
            self._resampler.clear()
        self._start, self._fed, self._given = self._start + self._given, 0, 0

    def take(self, count: int) -> Samples:
        """The next `count` samples, which must be ready, shape (count, channels)."""
        joined = np.concatenate(self._parts)
        self._parts, self._ready = [joined[count:]], len(joined) - count
        return joined[:count]

    def cut(self, count: int) -> None:
        """Take back the last `count` samples that are ready. Only after `flush` or `fill`."""
        joined = np.concatenate(self._parts)[: self._ready - count]
        self._start -= self._ready - len(joined)
        self._parts, self._ready = [joined], len(joined)

    def late(self, moment: float) -> float:
        """Seconds by which its sound is late at `moment`. Needs a block, or `assume`."""
        return self._lateness.at(moment) - self._shift

    @property
    def fast(self) -> float | None:
        """Share by which its device's clock is faster than ours; None until that is known."""
        return self._lateness.fast

    @property
    def placed(self) -> bool:
        """Whether it is known how late its sound is."""
        return self._lateness.known

    def lost(self) -> float:
        """Seconds of sound that never came, although nobody said so; 0 if all did."""
        return self._lateness.lost()

    def steer(self, behind: float) -> None:
        """Play faster or slower, so that being `behind` (seconds) goes away; of a follower only."""
        self._speed = 1.0 + float(np.clip(behind / HORIZON, -MOST_STRETCH, MOST_STRETCH))

    def _add(self, samples: Samples) -> None:
        self._parts.append(samples)
        self._ready += len(samples)
        self._given += len(samples)

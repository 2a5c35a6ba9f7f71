"""One audio device as long as a session lasts: opened, heard, lost, found again.

What happens to it comes as messages from other threads; they are read by one.
"""

import math
import re
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

from listenlive.audio import SAMPLE_RATE, Samples, seconds
from listenlive.errors import DeviceError
from listenlive.events import AudioLost
from listenlive.portaudio import Backend, InputDevice, Stream
from listenlive.span import Span
from listenlive.tracks import Track

SILENT_FOR = 1.0
"""Seconds without any sound (not even silence) after which a device is taken to be gone."""

FIRST_SOUND = 2.5
"""Seconds the first sound of a device may take; an idle sound server wakes every 2 s."""

TOLD_AFTER, TOLD_EVERY = 1.0, 10.0
"""Seconds after which a loss that goes on is told, and told again, so that it is on disk."""

LEAST_LOST = SAMPLE_RATE // 100
"""Samples (10 ms) that are said to be lost where a device only says that some were."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Sound of a device, from its `epoch`-th stream; `at` and `slept` as the clock said."""

    line: int
    epoch: int
    samples: Samples
    lossy: bool
    at: float
    slept: float


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """A stream has ended by itself."""

    line: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A lost device could be opened again."""

    line: int
    epoch: int
    stream: Stream


@dataclass(frozen=True, slots=True)
class Tried:
    """Every lost device was tried once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wants: "pause", "resume" or "stop"."""

    what: str
    at: float


Message = Block | StreamEnded | Opened | Tried | Asked


class Clock(Protocol):
    """Reads time; replaced in tests."""

    def now(self) -> float:
        """Seconds since some moment; goes on while the computer sleeps."""

    def asleep(self) -> float:
        """Seconds the computer has slept since some moment."""


class Waiting(Clock, Protocol):
    """Reads time, and lets it pass."""

    def receive(self, inbox: SimpleQueue[Message], within: float) -> Message | None:
        """The next message; None if none comes within so many seconds."""


class SystemClock:
    """The computer's own clocks."""

    def __init__(self) -> None:
        # Linux stops its monotonic clock in sleep and has another; macOS is the other way round.
        name = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
        self._always = time.monotonic if name is None else lambda: time.clock_gettime(name)

    def now(self) -> float:
        """Seconds since some moment; goes on while the computer sleeps."""
        return self._always()

    def asleep(self) -> float:
        """Seconds the computer has slept since some moment."""
        return self._always() - time.monotonic()

    def receive(self, inbox: SimpleQueue[Message], within: float) -> Message | None:
        """The next message; None if none comes within so many seconds."""
        try:
            return inbox.get(timeout=within)
        except Empty:
            return None


class Line:
    """One device on the session's clock, and what is known of its losses.

    stream None: not open (yet, or any more). `trouble`: why nothing is heard of it, until its next
    block is.
    """

    def __init__(self, device: InputDevice, channels: int, *, follows: bool) -> None:
        self.device = device
        self.channels = channels
        self.track = Track(channels, follows=follows)
        self.stream: Stream | None = None
        self.epoch = 0
        self.waits_since = 0.0  # when its last block came, or it was opened, or that was asked for
        self.waits = FIRST_SOUND  # how long the next block may take
        self.trouble: str | None = None
        self.losses: list[AudioLost] = []  # to be told once the chunks are out that they are in
        self._lost_from = self._told = 0  # samples
        self._gap_told = -SAMPLE_RATE  # the end of the last one

    def wait_from(self, now: float) -> None:
        """Sound may begin at any time from now on."""
        self.waits_since, self.waits = now, FIRST_SOUND

    def started(self, stream: Stream, now: float) -> None:
        """Sound comes from `stream` from now on."""
        self.stream = stream
        self.track.begin(stream.rate)
        self.wait_from(now)

    def heard(self, samples: Samples, at: float) -> None:
        """Sound has come."""
        self.waits_since, self.waits = at, SILENT_FOR
        self.track.feed(samples, at)

    def stopped(self) -> Stream | None:
        """Nothing is taken from its stream any more, which is left to be closed."""
        stream, self.stream = self.stream, None
        self.epoch += 1
        self.track.flush()
        return stream

    def lost(self, reason: str) -> Stream | None:
        """Nothing comes any more, because of `reason`; returns the stream to be closed."""
        stream = self.stopped()
        if self.trouble is None:
            self.trouble = reason
            self._lost_from = self._told = math.floor(self.track.end)
        return stream

    def found(self) -> None:
        """Sound comes again."""
        self.tell()
        self.trouble = None

    def fill_to(self, position: float) -> None:
        """Silence up to `position` (samples), if its sound ends before."""
        missing = round(position - self.track.end)
        if missing > 0:
            self.track.fill(missing)

    def tell(self, *, now: bool = True) -> None:
        """Tell what was lost since last time; if not `now`, once that is long enough."""
        end = math.floor(self.track.end)
        after = TOLD_AFTER if self._told == self._lost_from else TOLD_EVERY
        if self.trouble and end - self._told > (0 if now else after * SAMPLE_RATE):
            self.losses.append(AudioLost(Span(seconds(self._told), seconds(end)), self.trouble))
            self._told = end

    def gap(self, position: float, reason: str) -> None:
        """Sound up to `position` is missing although the device runs.

        Where that is nothing that could be measured it is said once a second at most.
        """
        start = round(self.track.end)
        self.fill_to(position)
        if self.track.end < start + LEAST_LOST and start < self._gap_told + SAMPLE_RATE:
            return
        end = max(round(self.track.end), start + LEAST_LOST)
        self._gap_told = end
        self.losses.append(AudioLost(Span(seconds(start), seconds(end)), reason))


Wanted = tuple[int, int, Line]
"""A device to be opened: its number and epoch, which its blocks carry, and all else of it."""


class Opener:
    """Opens devices, the first time at once, later in a thread of its own: it may take seconds."""

    def __init__(self, backend: Backend, inbox: SimpleQueue[Message], clock: Clock) -> None:
        self._backend = backend
        self._inbox = inbox
        self._clock = clock
        self.busy = False  # an attempt is under way, or its end is not read yet
        self._shut = False
        self._handing = threading.Lock()

    def open(self, device: InputDevice, wanted: Wanted) -> Stream:
        """A stream whose blocks go to the inbox. DeviceError if there can be none."""
        clock, inbox = self._clock, self._inbox
        number, epoch, line = wanted

        def heard(samples: Samples, lossy: bool) -> None:
            inbox.put(Block(number, epoch, samples, lossy, clock.now(), clock.asleep()))

        def ended() -> None:
            inbox.put(StreamEnded(number, epoch))

        return self._backend.open(device, line.channels, heard, ended)

    def begin(self, lost: list[Wanted], *, refresh: bool) -> None:
        """Try to open each of `lost` once, in the background."""
        self.busy = True
        self._backend.elsewhere(lambda: self._attempt(lost, refresh))

    def shut(self) -> None:
        """Hand over nothing any more."""
        with self._handing:
            self._shut = True
        while not self._inbox.empty():
            message = self._inbox.get()
            if isinstance(message, Opened):
                message.stream.close()

    def _attempt(self, lost: list[Wanted], refresh: bool) -> None:
        with suppress(DeviceError):
            if refresh:
                self._backend.refresh()
            for wanted in lost:
                number, epoch, line = wanted
                with suppress(DeviceError):
                    device = again(line.device, self._backend.inputs())
                    self._hand_over(Opened(number, epoch, self.open(device, wanted)))
        self._inbox.put(Tried())

    def _hand_over(self, opened: Opened) -> None:
        with self._handing:
            if not self._shut:
                self._inbox.put(opened)
                return
        opened.stream.close()


def again(device: InputDevice, among: Sequence[InputDevice]) -> InputDevice:
    """`device` as it is called now. Plugged in elsewhere, the hardware address may differ."""

    def bare(name: str) -> str:
        return re.sub(r"\s*\(hw:[\d,]+\)$", "", name)

    for same in (
        [d for d in among if d.name == device.name],
        [d for d in among if bare(d.name) == bare(device.name)],
    ):
        if same:
            return same[0]
    raise DeviceError(f"{device.name!r} is not there. Plug it in again.")

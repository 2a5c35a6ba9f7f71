"""Microphones as a source: one device, or two on one clock, whatever happens to them on the way.

::

    PortAudio ─ callback ─▶ inbox ─▶ lines (one per device) ─▶ tracks ─▶ chunks of 0.1 s, 16 kHz
                (copies)      ▲
    pause, resume, stop ──────┤      The callback runs in real time: it copies and hands on.
    devices opened again ─────┘      All else happens in the thread that iterates.
"""

import math
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from listenlive.audio import SAMPLE_RATE, SILENCE_DB, AudioChunk, Samples, levels, seconds
from listenlive.errors import DeviceError
from listenlive.events import AudioLost, Paused, Resumed
from listenlive.portaudio import Backend, InputDevice, PortAudio, Stream
from listenlive.sound import Sound
from listenlive.span import Span
from listenlive.tracks import Track

CHUNK = SAMPLE_RATE // 10
"""Samples per chunk (0.1 s): soon enough to show who speaks."""

TICK = 0.1
"""Seconds to wait for sound before looking around."""

SILENT_FOR = 1.0
"""Seconds without any sound (not even silence) after which a device is taken to be gone."""

FIRST_SOUND = 2.5
"""Seconds the first sound of a device may take; an idle sound server wakes every 2 s."""

FILL_BEHIND = 0.3
"""Seconds that silence stays behind the clock, so that a device that comes back finds its place."""

TOLD_AFTER, TOLD_EVERY = 1.0, 10.0
"""Seconds after which a loss that goes on is told, and told again, so that it is on disk."""

RETRY = 1.0
"""Seconds between attempts to open a device again."""

LOOK_AGAIN = 10
"""Attempts between looking for new devices while another one runs: looking stops it shortly."""

SLEPT = 1.0
"""Seconds the computer must have slept to be said."""


class Clock(Protocol):
    """Reads time; replaced in tests."""

    def now(self) -> float:
        """Seconds since some moment; goes on while the computer sleeps."""

    def asleep(self) -> float:
        """Seconds the computer has slept since some moment."""


class Waiting(Clock, Protocol):
    """Reads time, and lets it pass."""

    def receive(self, inbox: "SimpleQueue[_Message]", within: float) -> "_Message | None":
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

    def receive(self, inbox: "SimpleQueue[_Message]", within: float) -> "_Message | None":
        """The next message; None if none comes within so many seconds."""
        try:
            return inbox.get(timeout=within)
        except Empty:
            return None


def inputs(backend: Backend | None = None) -> tuple[InputDevice, ...]:
    """All audio inputs. DeviceError, naming the package to install, without PortAudio."""
    return (backend or PortAudio()).inputs()


def chosen(query: str | None, among: Sequence[InputDevice]) -> InputDevice:
    """The input that `query` means: a number of the list, or part of a name; None: the usual one.

    DeviceError lists the candidates where that is none or more than one.
    """
    if not among:
        raise DeviceError(
            "this computer has no audio input. Plug in a microphone, and allow this program to "
            "use it. What is missing: listenlive doctor"
        )
    if query is None:
        return next((device for device in among if device.usual), among[0])
    wanted = query.strip()
    found = _named(wanted, among)
    if len(found) == 1:
        return found[0]
    what = "may be several inputs" if found else "is no input"
    listing = "; ".join(f"{device.number} {device.name}" for device in found or among)
    raise DeviceError(f"{query!r} {what}: {listing}. Name one by its number or a part of its name.")


def _named(wanted: str, among: Sequence[InputDevice]) -> list[InputDevice]:
    """What `wanted` may mean: a number, else a whole name, else a part of one."""
    if re.fullmatch(r"\d+", wanted):
        return [device for device in among if device.number == int(wanted)]
    folded = wanted.casefold()
    whole = [device for device in among if device.name.casefold() == folded]
    return whole or [d for d in among if folded and folded in d.name.casefold()]


def _again(device: InputDevice, among: Sequence[InputDevice]) -> InputDevice:
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


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Sound of a device, from its `epoch`-th stream; `at` and `slept` as the clock said."""

    line: int
    epoch: int
    samples: Samples
    lossy: bool
    at: float
    slept: float


@dataclass(frozen=True, slots=True)
class _StreamEnded:
    line: int
    epoch: int


@dataclass(frozen=True, slots=True)
class _Opened:
    line: int
    epoch: int
    stream: Stream


@dataclass(frozen=True, slots=True)
class _Tried:
    """Every lost device was tried once."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the user wants: "pause", "resume" or "stop"."""

    what: str
    at: float


_Message = _Block | _StreamEnded | _Opened | _Tried | _Asked


class _Line:
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
        """Sound up to `position` is missing although the device runs."""
        start = round(self.track.end)
        self.fill_to(position)
        end = max(round(self.track.end), start + CHUNK // 10)  # some is missing, if unmeasured
        self.losses.append(AudioLost(Span(seconds(start), seconds(end)), reason))


class Microphone:
    """What a microphone hears, as a source. It listens from `with` on, and ends with `stop`.

    channels : 1, or 2 for a device that has one person on each
    partner  : a second device with the other person (such as the sound of a call): channel 2

    A device that is gone, or gives nothing for 1 s, is said (`AudioLost`), its time is silent, and
    it is opened again by its name when it is back. A computer that slept is a pause.
    `pause`, `resume` and `stop` may be called from any thread.
    """

    def __init__(
        self,
        device: InputDevice,
        *,
        channels: int = 1,
        partner: InputDevice | None = None,
        backend: Backend | None = None,
        clock: Waiting | None = None,
    ) -> None:
        _check(device, channels, partner)
        self._backend = backend or PortAudio()
        self._clock = clock or SystemClock()
        self._lines = [_Line(device, channels, follows=False)]
        if partner:
            self._lines.append(_Line(partner, 1, follows=True))
        self._inbox: SimpleQueue[_Message] = SimpleQueue()
        self._offset = 0  # samples given out
        self._levels = (SILENCE_DB,) * self.channels
        self._slept = self._clock.asleep()
        self._paused_at: float | None = None
        self._looked = self._clock.now()
        self._opener = _Opener(self._backend, self._inbox, self._clock)
        self._next_try = 0.0
        self._attempts = 0
        self._ended = False

    # --- what it is

    @property
    def name(self) -> str:
        """The device's name; both of them where there are two."""
        return " + ".join(line.device.name for line in self._lines)

    @property
    def channels(self) -> int:
        """How many channels its chunks have."""
        return sum(line.channels for line in self._lines)

    @property
    def duration(self) -> float | None:
        """Not known beforehand: None."""
        return None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Nothing beyond what was told on the way."""
        return ()

    @property
    def level(self) -> float:
        """Level of the last chunk in dBFS (-100: digital silence), of the louder channel."""
        return max(self._levels)

    @property
    def levels(self) -> tuple[float, ...]:
        """The same for each channel."""
        return self._levels

    @property
    def trouble(self) -> str | None:
        """Why nothing is heard right now; None if all is well."""
        return next((line.trouble for line in self._lines if line.trouble), None)

    # --- what is asked of it, from any thread

    def pause(self) -> None:
        """Record nothing until `resume`; the clock stands still. The device is let go."""
        self._inbox.put(_Asked("pause", self._clock.now()))

    def resume(self) -> None:
        """Go on after a pause."""
        self._inbox.put(_Asked("resume", self._clock.now()))

    def stop(self) -> None:
        """End the stream as a file ends: what was heard so far still comes."""
        self._inbox.put(_Asked("stop", self._clock.now()))

    # --- listening

    def __enter__(self) -> Self:
        """Open the devices: what they hear is kept until it is asked for. DeviceError."""
        try:
            for number, line in enumerate(self._lines):
                stream = self._opener.open(line.device, (number, line.epoch, line))
                line.started(stream, self._clock.now())
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Let go of the devices, whatever state they are in."""
        self._close()
        self._opener.shut()
        for line in self._lines:
            line.track.begin(SAMPLE_RATE)  # lets go of the resampler, which else complains at exit

    def __iter__(self) -> Iterator[Sound]:
        while not self._ended:
            message = self._clock.receive(self._inbox, TICK)
            if isinstance(message, _Block):
                yield from self._after_sleep(message.slept)
            yield from self._take(message)
            if self._inbox.empty() and not self._ended:
                yield from self._look_around()
            yield from self._given(CHUNK)

    def _take(self, message: _Message | None) -> Iterator[Sound]:
        match message:
            case _Block(number, epoch) if epoch == self._lines[number].epoch:
                self._hear(self._lines[number], message)
            case _StreamEnded(number, epoch) if epoch == self._lines[number].epoch:
                self._lose(self._lines[number], "was unplugged, or its sound server stopped")
            case _Opened(number, epoch, stream):
                if epoch == self._lines[number].epoch:
                    self._lines[number].started(stream, self._clock.now())
                else:  # paused or lost meanwhile
                    stream.close()
            case _Tried():
                self._opener.busy = False
                self._next_try = self._clock.now() + RETRY
            case _Asked(what, at):
                yield from self._asked(what, at)

    def _asked(self, what: str, at: float) -> Iterator[Sound]:
        paused = self._paused_at
        if what == "stop":
            self._close()
            yield from self._level_out()
            self._ended = True
        elif what == "pause" and paused is None:
            self._close()
            yield from self._level_out()
            self._paused_at = at
            yield Paused(seconds(self._offset))
        elif what == "resume" and paused is not None:
            self._paused_at = None
            yield Resumed(seconds(self._offset), max(at - paused, 0.0))
            self._begin_again(at)

    def _after_sleep(self, slept: float) -> Iterator[Sound]:
        """A computer that slept heard nothing: the clock stood still."""
        grown = slept - self._slept
        if grown < SLEPT:
            return
        self._slept = slept
        if self._paused_at is None:
            yield from self._level_out()
            yield Paused(seconds(self._offset))
            yield Resumed(seconds(self._offset), grown)
            self._begin_again(self._clock.now())

    def _begin_again(self, now: float) -> None:
        """Go on from here, wherever the clocks are now."""
        for line in self._lines:
            line.track.fresh()
            line.wait_from(now)
            line.trouble = None
        self._next_try = now

    def _close(self) -> None:
        for line in self._lines:
            if stream := line.stopped():
                stream.close()

    # --- sound comes

    def _hear(self, line: _Line, block: _Block) -> None:
        """Put a block where it belongs on the session's clock, which is the first device's."""
        main, rate = self._lines[0], line.track.rate
        if line is not main and not main.track.placed:
            return  # the first device begins the session
        samples = np.nan_to_num(np.clip(block.samples, -1, 1))
        if main.track.placed:
            start = self._position(block.at) - len(samples) * SAMPLE_RATE / rate
            if line.trouble:
                line.fill_to(start)
                line.found()
                line.track.fresh()
            elif not line.track.placed:
                line.fill_to(start)
            elif block.lossy:
                line.gap(start, f"{line.device.name} was faster than the computer")
        line.heard(samples, block.at)
        self._mend(line, block.at)

    def _mend(self, line: _Line, now: float) -> None:
        """Correct what devices do without a word: lose sound, and run at their own speed."""
        main = self._lines[0]
        if lost := line.track.lost():
            line.gap(line.track.end + lost * SAMPLE_RATE, f"{line.device.name} lost sound")
            line.track.fresh()
        elif line is not main and main.trouble is None:
            line.track.steer(line.track.late(now) - main.track.late(now))

    def _position(self, moment: float) -> float:
        """Where `moment` is on the session's clock, in samples. Needs a first block."""
        main = self._lines[0]
        known = main.waits_since if main.trouble else moment
        return (moment - main.track.late(min(moment, known))) * SAMPLE_RATE

    # --- sound does not come

    def _lose(self, line: _Line, reason: str) -> None:
        main = self._lines[0]
        if line is main and not main.track.placed:  # it never began: silence from there on
            main.track.assume(main.waits_since)
        if stream := line.lost(f"{line.device.name} {reason}"):
            stream.close()
        self._next_try = min(self._next_try, self._clock.now())

    def _look_around(self) -> Iterator[Sound]:
        """All sound that came is taken: notice what does not come, at times."""
        now = self._clock.now()
        if now - self._looked >= TICK:
            self._looked = now
            yield from self._after_sleep(self._clock.asleep())
            if self._paused_at is None:
                self._miss(now)

    def _miss(self, now: float) -> None:
        """Find devices that give nothing; keep their time, and try to get them back."""
        for line in self._lines:
            expected = line.stream is not None or line.trouble is None
            if expected and now - line.waits_since > line.waits:
                self._lose(line, f"gave no sound for {line.waits:g} s")
                line.wait_from(now)
            if line.trouble and self._lines[0].track.placed:
                line.fill_to(self._position(now - FILL_BEHIND))
                line.tell(now=False)
        lost = [(n, line) for n, line in enumerate(self._lines) if line.stream is None]
        if lost and now >= self._next_try and not self._opener.busy:
            self._try(lost)

    def _try(self, lost: list[tuple[int, _Line]]) -> None:
        """Open lost devices in the background; new ones are only found where no stream is open."""
        self._attempts += 1
        alone = len(lost) == len(self._lines)
        if not alone and self._attempts % LOOK_AGAIN == 0:
            for line in self._lines:
                if line.stream is not None:
                    self._lose(line, "was stopped for a moment to find the other device")
            lost, alone = list(enumerate(self._lines)), True
        self._opener.begin([(n, line.epoch, line) for n, line in lost], refresh=alone)

    # --- chunks go

    def _given(self, least: int) -> Iterator[Sound]:
        """What every device has, if that is at least `least` samples; then what was lost in it."""
        ready = min(line.track.ready for line in self._lines)
        if ready and ready >= least:
            samples = np.hstack([line.track.take(ready) for line in self._lines])
            chunk = AudioChunk(np.clip(samples, -1, 1), self._offset)
            self._offset = chunk.end
            self._levels = levels(chunk.samples)
            yield chunk
            for line in self._lines:
                done = [loss for loss in line.losses if loss.span.end <= seconds(self._offset)]
                line.losses = line.losses[len(done) :]
                yield from done

    def _level_out(self) -> Iterator[Sound]:
        """Bring all devices to where the first one is, and give all there is."""
        main, *others = self._lines
        main.track.flush()
        for line in others:
            line.track.flush()
            line.fill_to(main.track.end)
            line.track.cut(max(line.track.ready - main.track.ready, 0))
        for line in self._lines:
            line.tell()
        yield from self._given(0)


_Wanted = tuple[int, int, _Line]
"""A device to be opened: its number and epoch, which its blocks carry, and all else of it."""


class _Opener:
    """Opens devices, the first time at once, later in a thread of its own: it may take seconds."""

    def __init__(self, backend: Backend, inbox: "SimpleQueue[_Message]", clock: Clock) -> None:
        self._backend = backend
        self._inbox = inbox
        self._clock = clock
        self.busy = False  # an attempt is under way, or its end is not read yet
        self._shut = False
        self._handing = threading.Lock()

    def open(self, device: InputDevice, wanted: _Wanted) -> Stream:
        """A stream whose blocks go to the inbox. DeviceError if there can be none."""
        clock, inbox = self._clock, self._inbox
        number, epoch, line = wanted

        def heard(samples: Samples, lossy: bool) -> None:
            inbox.put(_Block(number, epoch, samples, lossy, clock.now(), clock.asleep()))

        def ended() -> None:
            inbox.put(_StreamEnded(number, epoch))

        return self._backend.open(device, line.channels, heard, ended)

    def begin(self, lost: list[_Wanted], *, refresh: bool) -> None:
        """Try to open each of `lost` once, in the background."""
        self.busy = True
        self._backend.elsewhere(lambda: self._attempt(lost, refresh))

    def shut(self) -> None:
        """Hand over nothing any more."""
        with self._handing:
            self._shut = True
        while not self._inbox.empty():
            message = self._inbox.get()
            if isinstance(message, _Opened):
                message.stream.close()

    def _attempt(self, lost: list[_Wanted], refresh: bool) -> None:
        with suppress(DeviceError):
            if refresh:
                self._backend.refresh()
            for wanted in lost:
                number, epoch, line = wanted
                with suppress(DeviceError):
                    device = _again(line.device, self._backend.inputs())
                    self._hand_over(_Opened(number, epoch, self.open(device, wanted)))
        self._inbox.put(_Tried())

    def _hand_over(self, opened: _Opened) -> None:
        with self._handing:
            if not self._shut:
                self._inbox.put(opened)
                return
        opened.stream.close()


def _check(device: InputDevice, channels: int, partner: InputDevice | None) -> None:
    if channels not in {1, 2} or (partner and channels != 1):
        raise DeviceError(
            f"{channels} channels of one device{' beside a second one' if partner else ''} do not "
            "fit two people; one channel each, or one device with two."
        )
    if channels > device.channels:
        raise DeviceError(
            f"{device.name!r} has {device.channels} channel. One person per channel needs a "
            "stereo input, or a second one with --partner-device. What there is: listenlive devices"
        )
    if partner and partner.name == device.name:
        raise DeviceError(
            f"{device.name!r} cannot be both people. Choose another --partner-device: "
            "listenlive devices"
        )

"""Microphones as a source: one device, or two on one clock, whatever happens to them on the way.

::

    PortAudio ─ callback ─▶ inbox ─▶ lines (one per device) ─▶ tracks ─▶ chunks of 0.1 s, 16 kHz
                (copies)      ▲
    pause, resume, stop ──────┤      The callback runs in real time: it copies and hands on.
    devices opened again ─────┘      All else happens in the thread that iterates.
"""

import re
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import numpy as np

from listenlive.audio import SAMPLE_RATE, SILENCE_DB, AudioChunk, levels, seconds
from listenlive.errors import DeviceError
from listenlive.events import Paused, Resumed
from listenlive.inlets import (
    Asked,
    Block,
    Line,
    Message,
    Opened,
    Opener,
    StreamEnded,
    SystemClock,
    Tried,
    Waiting,
)
from listenlive.portaudio import Backend, InputDevice, PortAudio
from listenlive.sound import Sound

CHUNK = SAMPLE_RATE // 10
"""Samples per chunk (0.1 s): soon enough to show who speaks."""

TICK = 0.1
"""Seconds to wait for sound before looking around."""

FILL_BEHIND = 0.3
"""Seconds that silence stays behind the clock, so that a device that comes back finds its place."""

RETRY = 1.0
"""Seconds between attempts to open a device again."""

JITTER = 0.03
"""Seconds by which a block often comes late although nothing was lost."""

LOOK_AGAIN = 10
"""Attempts between looking for new devices while another one runs: looking stops it shortly."""

SLEPT = 1.0
"""Seconds the computer must have slept to be said."""


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
        self._lines = [Line(device, channels, follows=False)]
        if partner:
            self._lines.append(Line(partner, 1, follows=True))
        self._inbox: SimpleQueue[Message] = SimpleQueue()
        self._offset = 0  # samples given out
        self.level = SILENCE_DB  # of the last chunk, of the louder channel
        self._slept = self._clock.asleep()
        self._paused_at: float | None = None
        self._looked = self._clock.now()
        self._opener = Opener(self._backend, self._inbox, self._clock)
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
    def trouble(self) -> str | None:
        """Why nothing is heard right now; None if all is well."""
        return next((line.trouble for line in self._lines if line.trouble), None)

    # --- what is asked of it, from any thread

    def pause(self) -> None:
        """Record nothing until `resume`; the clock stands still. The device is let go."""
        self._inbox.put(Asked("pause", self._clock.now()))

    def resume(self) -> None:
        """Go on after a pause."""
        self._inbox.put(Asked("resume", self._clock.now()))

    def stop(self) -> None:
        """End the stream as a file ends: what was heard so far still comes."""
        self._inbox.put(Asked("stop", self._clock.now()))

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
            if isinstance(message, Block):
                yield from self._after_sleep(message.slept)
            yield from self._take(message)
            if self._inbox.empty() and not self._ended:
                yield from self._look_around()
            yield from self._given(CHUNK)

    def _take(self, message: Message | None) -> Iterator[Sound]:
        match message:
            case Block(number, epoch) if epoch == self._lines[number].epoch:
                self._hear(self._lines[number], message)
            case StreamEnded(number, epoch) if epoch == self._lines[number].epoch:
                self._lose(self._lines[number], "was unplugged, or its sound server stopped")
            case Opened(number, epoch, stream):
                if epoch == self._lines[number].epoch:
                    self._lines[number].started(stream, self._clock.now())
                else:  # paused or lost meanwhile
                    stream.close()
            case Tried():
                self._opener.busy = False
                self._next_try = self._clock.now() + RETRY
            case Asked(what, at):
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

    def _hear(self, line: Line, block: Block) -> None:
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
                missing = start - JITTER * SAMPLE_RATE  # else lateness would be taken for loss
                line.gap(missing, f"{line.device.name} was faster than the computer")
        line.heard(samples, block.at)
        self._mend(line, block.at)

    def _mend(self, line: Line, now: float) -> None:
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

    def _lose(self, line: Line, reason: str) -> None:
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

    def _try(self, lost: list[tuple[int, Line]]) -> None:
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
            self.level = max(levels(chunk.samples))
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

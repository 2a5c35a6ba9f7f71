"""PortAudio: what inputs there are, and blocks of sound from them. Nobody else uses sounddevice."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from listenlive.audio import Samples
from listenlive.errors import DeviceError

BLOCK = 0.02
"""Seconds of sound per callback: finer than what waits for it, coarse enough for Python."""

OTHER_RATES = (48_000, 44_100, 16_000)
"""Tried where a device refuses the rate it claims to run at."""

_IN_USE, _BAD_RATE, _BAD_CHANNELS = -9985, -9997, -9998

_CALLS = threading.Lock()
"""PortAudio's functions must not run at the same time; its callbacks may."""

_PATIENCE = 2.0
"""Seconds to wait for a call that hangs in a dead driver before a stream is left to itself."""


@dataclass(frozen=True, slots=True)
class InputDevice:
    """An audio input of this computer.

    number   : what the user calls it by, from 1
    index    : what PortAudio calls it by, as long as nothing is plugged in or out
    channels : how many it offers at most;  rate : the one it runs at, samples per second
    usual    : the one that is used where none is named
    """

    number: int
    index: int
    name: str
    channels: int
    rate: int
    usual: bool = False


HeardBlock = Callable[[Samples, bool], None]
"""Called with each block (n, channels), and whether sound was lost before it; must be quick."""


class Stream(Protocol):
    """Sound coming in, at `rate`, until it is closed or ends by itself."""

    @property
    def rate(self) -> int:
        """Samples per second."""

    def close(self) -> None:
        """Stop. Never raises."""


class Backend(Protocol):
    """Where inputs come from; PortAudio, or a scripted twin."""

    def inputs(self) -> tuple[InputDevice, ...]:
        """All inputs as of the last `refresh`. DeviceError without an audio library."""

    def refresh(self) -> None:
        """Look again what there is. Ends every open stream."""

    def open(
        self, device: InputDevice, channels: int, heard: HeardBlock, ended: Callable[[], None]
    ) -> Stream:
        """Start to listen. `ended` is called once when the stream ends without being closed.

        DeviceError says what the device refuses.
        """

    def elsewhere(self, act: Callable[[], None]) -> None:
        """Do what may take seconds, without waiting for it."""


class PortAudio:
    """The inputs that PortAudio knows."""

    def inputs(self) -> tuple[InputDevice, ...]:
        """All inputs as of the last `refresh`. DeviceError without PortAudio."""
        sd = _library()
        usual = sd.default.device[0]
        found = [d for d in sd.query_devices() if d["max_input_channels"] > 0]
        return tuple(
            InputDevice(
                number=number,
                index=each["index"],
                name=each["name"],
                channels=each["max_input_channels"],
                rate=round(each["default_samplerate"]),
                usual=each["index"] == usual,
            )
            for number, each in enumerate(found, start=1)
        )

    def refresh(self) -> None:
        """Look again what is plugged in. PortAudio can only do so from anew: streams end."""
        sd = _library()
        with _CALLS:
            sd._terminate()
            sd._initialize()

    def open(
        self, device: InputDevice, channels: int, heard: HeardBlock, ended: Callable[[], None]
    ) -> Stream:
        """Start to listen, at the device's own rate if it takes it."""
        sd = _library()
        problem: Exception | None = None
        for rate, open_channels in _ways(device, channels):
            how = (rate, open_channels, channels)
            try:
                with _CALLS:
                    return _PortAudioStream(sd, device, how, heard, ended)
            except sd.PortAudioError as error:
                problem = error
                if _code(error) not in {_BAD_RATE, _BAD_CHANNELS}:
                    break
        assert problem is not None
        raise DeviceError(_refused(device, channels, problem)) from problem

    def elsewhere(self, act: Callable[[], None]) -> None:
        """Do `act` in a thread of its own."""
        threading.Thread(target=act, name="audio devices", daemon=True).start()


class _PortAudioStream:
    """An open stream. Its callback copies and hands on, nothing else: it runs in real time."""

    def __init__(
        self,
        sd: Any,
        device: InputDevice,
        how: tuple[int, int, int],
        heard: HeardBlock,
        ended: Callable[[], None],
    ) -> None:
        self.rate, opened, wanted = how
        self._closing = False

        def callback(block: Samples, _frames: int, _time: object, status: Any) -> None:
            samples = block.copy()
            if opened != wanted:
                samples = samples.mean(axis=1, keepdims=True, dtype=np.float32)
            heard(samples, bool(status.input_overflow))

        def finished() -> None:
            if not self._closing:
                ended()

        self._stream = sd.InputStream(
            device=device.index,
            samplerate=self.rate,
            channels=opened,
            dtype="float32",
            blocksize=round(self.rate * BLOCK),
            latency="high",  # room for a busy machine; costs 30 ms
            callback=callback,
            finished_callback=finished,
        )
        try:
            self._stream.start()
        except sd.PortAudioError:
            self._closing = True
            self._stream.close(ignore_errors=True)
            raise

    def close(self) -> None:
        """Stop. A device that is gone may refuse, which is as good."""
        self._closing = True
        if _CALLS.acquire(timeout=_PATIENCE):
            try:
                self._stream.close(ignore_errors=True)
            finally:
                _CALLS.release()


def _ways(device: InputDevice, channels: int) -> Iterator[tuple[int, int]]:
    """Rates and numbers of channels to try, the device's own first.

    Some interfaces refuse fewer channels than they have; one channel is then mixed from all.
    """
    rates = dict.fromkeys((device.rate, *OTHER_RATES))
    yield from ((rate, channels) for rate in rates)
    if channels == 1 and device.channels > 1:
        yield from ((rate, min(device.channels, 8)) for rate in rates)


def _library() -> Any:
    """The module `sounddevice`. DeviceError, naming the package, where PortAudio is missing."""
    _check_alsa()
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(
            "the audio library PortAudio is missing, so nothing can be recorded. Install it: "
            f"{_install()}. Recordings are analysed without it: listenlive analyze FILE"
        ) from error
    return sounddevice


def _check_alsa() -> None:
    """DeviceError where ALSA would end the whole program: its configuration is not there."""
    for path in filter(None, os.environ.get("ALSA_CONFIG_PATH", "").split(":")):
        if not os.access(path, os.R_OK):
            raise DeviceError(
                f"ALSA_CONFIG_PATH names {path!r}, which cannot be read, so there is no sound. "
                "Take the variable away (unset ALSA_CONFIG_PATH), or let it name a file that is "
                "there."
            )


def _install() -> str:
    if sys.platform == "darwin":
        return "brew install portaudio"
    return "sudo apt-get install libportaudio2"


def _code(error: Exception) -> int | None:
    return error.args[1] if len(error.args) > 1 else None


def _refused(device: InputDevice, channels: int, error: Exception) -> str:
    name = repr(device.name)
    match _code(error):
        case code if code == _IN_USE:
            return (
                f"{name} is in use by another program. Close that program, or choose another "
                "input: listenlive devices"
            )
        case code if code == _BAD_CHANNELS:
            return (
                f"{name} does not give {channels} channels; it has {device.channels}. For one "
                "person per channel take a stereo input, or a second one with --partner-device."
            )
        case code if code == _BAD_RATE:
            tried = ", ".join(str(rate) for rate, n in _ways(device, channels) if n == channels)
            return (
                f"{name} takes none of the usual rates ({tried} per second). Choose another "
                "input: listenlive devices"
            )
    return (
        f"{name} cannot be opened: {error.args[0]}. Is it plugged in, and may this program use "
        "the microphone? Look: listenlive doctor"
    )


@contextmanager
def hushed() -> Iterator[None]:
    """Keep what C libraries print about devices off the terminal.

    They write to file descriptor 2; so does whoever draws on standard error meanwhile.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)

"""The microphone of a browser, as one more place where inputs come from.

`Microphone` does the rest as with any device: sound that does not come is told and silent, and the
input is opened again once a page gives it.
"""

import threading
from collections.abc import Callable

import numpy as np

from listenlive.audio import SAMPLE_RATE
from listenlive.errors import DeviceError
from listenlive.portaudio import HeardBlock, InputDevice, Stream

INPUT = InputDevice(
    number=1, index=0, name="Browser microphone", channels=1, rate=SAMPLE_RATE, usual=True
)
"""What the browser hears; the one input there is."""

SLOWEST, FASTEST = 8_000, 192_000
"""Samples per second a page may give; it is asked for 16 000."""

LONGEST = 65_536
"""Bytes of one message; a page sends 0.02 s at a time."""


class PageMicrophone:
    """What one page hears (16-bit samples), for a `Microphone`. Used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rate: int | None = None  # of the page that gives sound; None: none does
        self._stream: _PageStream | None = None

    # --- the page

    @property
    def connected(self) -> bool:
        """Whether a page gives sound."""
        return self._rate is not None

    def take(self, rate: int) -> bool:
        """Let a page be the source; False if another one is already."""
        with self._lock:
            if self._rate is not None:
                return False
            self._rate = rate
            return True

    def give(self, block: bytes) -> None:
        """Hand in what the page heard. Where nobody listens (a pause) it is dropped."""
        samples = np.frombuffer(block, "<i2").astype(np.float32) / np.float32(32_768)
        with self._lock:
            stream, rate = self._stream, self._rate
        if stream is not None and stream.rate == rate:
            stream.heard(samples[:, None], False)

    def leave(self) -> None:
        """The page is gone."""
        with self._lock:
            self._rate = None

    # --- for `Microphone`

    def inputs(self) -> tuple[InputDevice, ...]:
        """The one input."""
        return (INPUT,)

    def refresh(self) -> None:
        """There is nothing else to look for."""

    def open(
        self,
        device: InputDevice,  # noqa: ARG002  (there is one)
        channels: int,  # noqa: ARG002  (it has one)
        heard: HeardBlock,
        ended: Callable[[], None],  # noqa: ARG002  (told below)
    ) -> Stream:
        """Listen to the page. DeviceError if none gives sound.

        A page that goes away does not end the stream: that nothing comes is seen soon enough, and
        it is all that is known.
        """
        with self._lock:
            if self._rate is None:
                raise DeviceError(
                    "no page gives its microphone. Open the address that was printed, press Start, "
                    "and allow the page to use the microphone."
                )
            self._stream = _PageStream(self._rate, heard, self._closed)
            return self._stream

    def elsewhere(self, act: Callable[[], None]) -> None:
        """Do `act` at once: nothing here takes time."""
        act()

    def _closed(self, stream: "_PageStream") -> None:
        with self._lock:
            if self._stream is stream:
                self._stream = None


class _PageStream:
    """Sound of the page until it is closed."""

    def __init__(
        self, rate: int, heard: HeardBlock, closed: Callable[["_PageStream"], None]
    ) -> None:
        self.rate = rate
        self.heard = heard
        self._closed = closed

    def close(self) -> None:
        """Take nothing any more."""
        self._closed(self)

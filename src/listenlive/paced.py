"""A recording at the pace of real time, as a microphone would give it: for demos and tests."""

import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from listenlive.audio import SILENCE_DB, AudioChunk, levels, seconds
from listenlive.errors import ConfigError
from listenlive.events import Paused, Resumed
from listenlive.inlets import Clock, SystemClock
from listenlive.microphone import CHUNK
from listenlive.sound import Sound
from listenlive.sources import AudioFile

SLOWEST, FASTEST = 0.1, 1000.0
"""Times the pace of real time."""


class PacedFile:
    """A recording that is heard no sooner than it would be said; else like a `Microphone`.

    speed : 2.0 is twice as fast as it was said
    wait  : waits for so many seconds or until something is asked; replaced in tests, with `clock`
    """

    def __init__(
        self,
        path: Path | str,
        *,
        speed: float = 1.0,
        clock: Clock | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        if not SLOWEST <= speed <= FASTEST:
            raise ConfigError(
                f"a speed of {speed:g} is out of range; allowed: {SLOWEST:g} to {FASTEST:g}."
            )
        self._file = AudioFile(path)
        self._speed = speed
        self._clock = clock or SystemClock()
        self._asked = threading.Event()
        self._wait = wait or self._asked.wait
        self._pause = self._stop = False
        self.level = SILENCE_DB  # of the last chunk, of the louder channel

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return self._file.name

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return self._file.channels

    @property
    def duration(self) -> float | None:
        """Seconds by the file's own account, None if it has none."""
        return self._file.duration

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with it when it was last read to its end, as sentences."""
        return self._file.warnings

    @property
    def trouble(self) -> str | None:
        """Nothing can happen to a file: None."""
        return None

    def pause(self) -> None:
        """Stand still until `resume`."""
        self._pause = True
        self._asked.set()

    def resume(self) -> None:
        """Go on after a pause."""
        self._pause = False
        self._asked.set()

    def stop(self) -> None:
        """End here, as a file ends."""
        self._stop = True
        self._asked.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Sound]:
        begun = self._clock.now()
        for chunk in self._chunks():
            while True:
                self._asked.clear()
                if self._stop:
                    return
                if self._pause:
                    stood = yield from self._stand_still(chunk.offset)
                    begun += stood
                left = begun + seconds(chunk.end) / self._speed - self._clock.now()
                if left <= 0:
                    break
                self._wait(left)
            self.level = max(levels(chunk.samples))
            yield chunk

    def _stand_still(self, offset: int) -> Generator[Sound, None, float]:
        """Say that it is paused, and that it goes on; returns the seconds between."""
        at = self._clock.now()
        yield Paused(seconds(offset))
        while self._pause and not self._stop:
            self._wait(1.0)
            self._asked.clear()
        stood = self._clock.now() - at
        if not self._stop:
            yield Resumed(seconds(offset), stood)
        return stood

    def _chunks(self) -> Iterator[AudioChunk]:
        """The file in chunks as short as a microphone's."""
        for chunk in self._file:
            for start in range(0, len(chunk.samples), CHUNK):
                yield AudioChunk(chunk.samples[start : start + CHUNK], chunk.offset + start)

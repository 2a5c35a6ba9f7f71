"""What a view gets of a session, and what it may do to it."""

import signal
from collections.abc import Iterable, Iterator
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import Protocol

from listenlive.events import Event, Passing

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a session properly: Ctrl-C, being asked to stop, a closed terminal."""


class Phase(StrEnum):
    """Where a session is."""

    LISTENING = "listening"
    PAUSED = "paused"
    CLOSING = "closing"  # the sound has ended; the last words are being understood
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"  # stopped at once; the sound is kept, to be understood later


class Subscription:
    """The events of a session for one view, from its beginning on."""

    def __init__(self, past: Iterable[Event]) -> None:
        self._queue: SimpleQueue[Event | Passing | None] = SimpleQueue()
        self._over = False
        for event in past:
            self._queue.put(event)

    def __iter__(self) -> Iterator[Event | Passing]:
        """All events; waits for the next one; ends with the session."""
        while not self._over:
            event = self._queue.get()
            if event is None:
                self._over = True
            else:
                yield event

    def news(self) -> tuple[Event | Passing, ...]:
        """What has come since the last call; does not wait."""
        found: list[Event | Passing] = []
        while not self._over:
            try:
                event = self._queue.get_nowait()
            except Empty:
                break
            if event is None:
                self._over = True
            else:
                found.append(event)
        return tuple(found)

    @property
    def over(self) -> bool:
        """Whether the session is over and all of it was handed out."""
        return self._over

    def put(self, event: Event | Passing | None) -> None:
        """Hand in what happened; None: the session is over."""
        self._queue.put(event)


class Session(Protocol):
    """A running session as a view sees it."""

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        ...

    @property
    def clock(self) -> float:
        """Seconds taken in so far."""
        ...

    @property
    def level(self) -> float:
        """How loud it is right now, in dBFS."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why nothing is heard right now ("was unplugged"), None if all is well."""
        ...

    def subscribe(self) -> Subscription:
        """The events from the beginning on; what only passes, from now on."""
        ...

    def pause(self) -> None:
        """Take nothing in until `resume`."""
        ...

    def resume(self) -> None:
        """Go on after a pause."""
        ...

    def mark(self, note: str = "", *, at: float | None = None) -> None:
        """Mark the moment `at` (None: now), maybe with a note."""
        ...

    def end(self) -> None:
        """End the stream: what was said last is understood, then the session is over."""
        ...

    def abandon(self) -> None:
        """Stop at once; understanding is left for later."""
        ...

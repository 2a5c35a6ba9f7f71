"""What a view gets of a session, and what it may do to it."""

import signal
from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from threading import Condition
from typing import Protocol

from listenlive.events import Activity, Event, Passing

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
    """The events of a session for one view, from its beginning on.

    What a view does not fetch for hours (a page that is closed) stays small: of those who speak on
    and on, the first and the last moment are kept.
    """

    def __init__(self, past: Iterable[Event | Passing]) -> None:
        self._waiting: deque[Event | Passing | None] = deque(past)
        self._changed = Condition()
        self._over = False

    def __iter__(self) -> Iterator[Event | Passing]:
        """All events; waits for the next one; ends with the session."""
        while not self._over:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                event = self._waiting.popleft()
            if event is None:
                self._over = True
            else:
                yield event

    def news(self) -> tuple[Event | Passing, ...]:
        """What has come since the last call; does not wait."""
        with self._changed:
            found = () if self._over else tuple(self._waiting)
            self._waiting.clear()
        self._over = self._over or None in found
        return tuple(event for event in found if event is not None)

    @property
    def over(self) -> bool:
        """Whether the session is over and all of it was handed out."""
        return self._over

    def put(self, event: Event | Passing | None) -> None:
        """Hand in what happened; None: the session is over."""
        with self._changed:
            if _goes_on(self._waiting, event):
                self._waiting.pop()
            self._waiting.append(event)
            self._changed.notify()


def _goes_on(waiting: deque[Event | Passing | None], event: Event | Passing | None) -> bool:
    """Whether `event` is the third in a row to say who speaks: the second tells nothing more."""
    if not isinstance(event, Activity) or len(waiting) < 2:
        return False
    return all(
        isinstance(each, Activity) and each.speakers == event.speakers
        for each in (waiting[-2], waiting[-1])
    )


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
        """The events from the beginning on; of what only passes, what still holds, then all."""
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

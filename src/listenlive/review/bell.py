"""Tells every window on a session that it changed, so that two windows never disagree for long."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Rung with the id of a session. Used from one event loop."""

    def __init__(self) -> None:
        self._listening: dict[str, set[asyncio.Event]] = {}

    def ring(self, session: str) -> None:
        """Wake everybody who listens for `session`."""
        for each in self._listening.get(session, ()):
            each.set()

    @contextmanager
    def heard(self, session: str) -> Iterator[asyncio.Event]:
        """An event that is set when `session` changes."""
        mine = asyncio.Event()
        ours = self._listening.setdefault(session, set())
        ours.add(mine)
        try:
            yield mine
        finally:
            ours.discard(mine)
            if not ours:
                self._listening.pop(session, None)

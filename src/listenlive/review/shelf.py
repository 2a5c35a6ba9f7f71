"""Sessions as the pages read them: each once, and again when its files change."""

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from listenlive import library, store
from listenlive.analysis import analyse
from listenlive.analysis.history import Talk, usual
from listenlive.analysis.results import Analysis
from listenlive.config import Settings
from listenlive.conversation import Conversation
from listenlive.errors import SessionError
from listenlive.events import Event, replay
from listenlive.store import SavedSession

KEPT = 6  # sessions in memory: two windows and a comparison; three hours are about 40 MB


@dataclass(frozen=True)
class Opened:
    """A session with all that was found in it. `version` counts the events it rests on."""

    session: SavedSession
    events: tuple[Event, ...]
    settings: Settings

    @property
    def version(self) -> int:
        """How many events there are; grows with each correction."""
        return len(self.events)

    @cached_property
    def conversation(self) -> Conversation:
        """What was heard, with the user's corrections."""
        return replay(self.events)

    @property
    def is_analysed(self) -> bool:
        """Whether `analysis` is there already: for hours of talk it takes a second."""
        return "analysis" in vars(self)

    @cached_property
    def analysis(self) -> Analysis:
        """What the corrected conversation shows."""
        return analyse(self.conversation, settings=self.settings.measuring)


class Shelf:
    """The sessions of a data folder. Safe to use from several threads."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.changing = threading.RLock()  # held from looking at a session until it is changed
        self._reading = threading.Lock()
        self._comparing = threading.Lock()
        self._earlier: dict[str, tuple[object, tuple[Talk, ...]]] = {}
        self._opened: OrderedDict[str, tuple[object, Opened]] = OrderedDict()

    def session(self, name: str) -> SavedSession:
        """The session whose whole name is `name`. SessionError if there is none."""
        for session in store.sessions(self.data):
            if session.id == name:
                return session
        raise SessionError(
            f"there is no session {name!r}; it may have been deleted. All of them are on the "
            "first page."
        )

    def open(self, name: str) -> Opened:
        """The session called `name` as it is now. SessionError where it cannot be read."""
        session = self.session(name)
        stamp = _stamp(session)
        with self._reading:
            kept = self._opened.get(name)
            if kept is None or kept[0] != stamp:
                kept = (stamp, _read(session))
                self._opened[name] = kept
            self._opened.move_to_end(name)
            while len(self._opened) > KEPT:
                self._opened.popitem(last=False)
        return kept[1]

    def earlier(self, name: str) -> tuple[Talk, ...]:
        """Earlier conversations, for what is usual between these people; () without an index.

        Kept until another session changes: a correction of this one changes nothing earlier.
        """
        others = tuple(_stamp(s) for s in store.sessions(self.data) if s.id != name)
        with self._comparing:
            kept = self._earlier.get(name)
            if kept is None or kept[0] != others:
                kept = self._earlier[name] = (others, self._read_earlier(name))
        return kept[1]

    def _read_earlier(self, name: str) -> tuple[Talk, ...]:
        with suppress(SessionError), library.opened(self.data) as index:
            talks = index.talks()
            at = next((talk.at for talk in talks if talk.session == name), None)
            return usual(talks, before=at, session=name) if at else ()
        return ()

    def append(self, opened: Opened, event: Event) -> None:
        """Add `event` to the session, on disk before this returns."""
        with self.changing:
            opened.session.append(event)

    def stamp(self, name: str) -> object:
        """Changes whenever the session does; None once it is gone."""
        try:
            return _stamp(self.session(name))
        except (SessionError, OSError):
            return None


def _stamp(session: SavedSession) -> object:
    found = []
    for name in (store.EVENTS, store.SETTINGS):
        path = session.folder / name
        if path.exists():
            stat = path.stat()
            found.append((stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _read(session: SavedSession) -> Opened:
    if not session.ended:
        raise SessionError(
            f"session {session.id} was cut off while it was made, so there is nothing whole to "
            "read. Make it again from its recording, and delete this one."
        )
    return Opened(session, tuple(session.events()), session.settings())

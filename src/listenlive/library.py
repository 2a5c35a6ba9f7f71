"""The library: an index of all sessions beside them, for trends and for searching what was said.

::

    <data>/library.sqlite     0600   figures of each session, and its words in a full-text index

The folders stay the truth: the index is filled from them whenever they are newer, and can be
deleted at any time. Two programs may use it at once.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cattrs.preconf.json import JsonConverter, make_converter

from listenlive import __version__, store
from listenlive.analysis import analyse
from listenlive.analysis.findings import wording
from listenlive.analysis.history import Talk, talk
from listenlive.analysis.results import Turn
from listenlive.conversation import Conversation, Utterance
from listenlive.errors import ListenLiveError, SessionError
from listenlive.store import SavedSession

FILE = "library.sqlite"
FORMAT = 6  # of the tables and of what is kept in them; another one is filled anew
WAIT = 3.0  # seconds to wait while another program writes, which takes it a fraction of one
MOST_HITS = 200

_TABLES = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,   -- of the events this was read from
    talk TEXT,             -- listenlive.analysis.history.Talk as JSON; NULL if it cannot be read
    problem TEXT           -- why not
);
CREATE VIRTUAL TABLE said USING fts5 (
    words, session UNINDEXED, at UNINDEXED, utterance UNINDEXED, person UNINDEXED,
    tokenize = "unicode61 remove_diacritics 2"
);
"""


class LibraryLockedError(SessionError):
    """Another program has the index for itself."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was said and found: in which session, when, by whom, the words of the turn.

    utterance : id of the first utterance of the turn, to link to
    """

    session: str
    at: float
    utterance: int
    person: str
    text: str


class Library:
    """The index of the sessions in a data folder. Use `opened`."""

    def __init__(self, data: Path, connection: sqlite3.Connection) -> None:
        self._data = data
        self._connection = connection

    def talks(self) -> tuple[Talk, ...]:
        """All sessions that can be read, the newest first."""
        rows = self._connection.execute("SELECT talk FROM sessions WHERE talk IS NOT NULL")
        found = [_converter().loads(text, Talk) for (text,) in rows]
        return tuple(sorted(found, key=lambda each: (each.at, each.session), reverse=True))

    def problems(self) -> tuple[tuple[str, str], ...]:
        """Sessions that cannot be read, the newest first, each with the reason."""
        rows = self._connection.execute(
            "SELECT id, problem FROM sessions WHERE talk IS NULL ORDER BY id DESC"
        )
        return tuple((name, problem) for name, problem in rows)

    def search(self, text: str, *, session: str | None = None) -> tuple[Hit, ...]:
        """Turns in which all words of `text` were said, the best match first.

        The last word may be the beginning of one; case and accents do not matter.
        """
        wanted = _query(text)
        if not wanted:
            return ()
        rows = self._connection.execute(
            "SELECT session, at, utterance, person, words FROM said WHERE said MATCH ?1"
            " AND (?2 IS NULL OR session = ?2) ORDER BY rank, session DESC, at LIMIT ?3",
            (wanted, session, MOST_HITS),
        )
        return tuple(Hit(*row) for row in rows)

    def refresh(self) -> None:
        """Read what is new or changed in the folders, and drop what is gone."""
        known = dict(self._connection.execute("SELECT id, stamp FROM sessions"))
        there = {each.id: each for each in store.sessions(self._data)}
        self._drop(name for name in known if name not in there)
        for name, session in there.items():
            stamp = _stamp(session)
            if known.get(name) != stamp:
                self._keep(session, stamp)

    def forget(self, session: str) -> None:
        """Remove all that is known of `session`, without a trace in the file."""
        self._drop([session])

    def _keep(self, session: SavedSession, stamp: str) -> None:
        row: tuple[str, str, str | None, str | None]
        try:
            kept, said = _read(session)
            row = (session.id, stamp, _converter().dumps(kept), None)
        except (ListenLiveError, ValueError) as error:
            said, row = [], (session.id, stamp, None, str(error))
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM said WHERE session = ?", (session.id,))
            self._connection.executemany("INSERT INTO said VALUES (?, ?, ?, ?, ?)", said)
            self._connection.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)", row)

    def _drop(self, sessions: Iterable[str]) -> None:
        gone = [(name,) for name in sessions]
        if not gone:
            return
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("DELETE FROM sessions WHERE id = ?", gone)
            self._connection.executemany("DELETE FROM said WHERE session = ?", gone)
            # deleted words would stay in the full-text index until it is merged
            self._connection.execute("INSERT INTO said(said) VALUES ('optimize')")


@contextmanager
def opened(data: Path) -> Iterator[Library]:
    """The library of `data`, up to date. SessionError where it can be neither read nor made."""
    try:
        with closing(_connected(data)) as connection:
            library = Library(data, connection)
            library.refresh()
            yield library
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.OperationalError) and _is_busy(error):
            raise LibraryLockedError(
                f"{data / FILE} is locked: another program is using it. Try again in a moment, or "
                "close that program."
            ) from error
        raise SessionError(
            f"cannot use {data / FILE}: {error}. It is an index that is made again by itself: free "
            "some space, or delete that file; sessions are not touched."
        ) from error


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether it is only that another program writes."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    )


def forget(data: Path, session: str) -> bool:
    """Remove `session` from the index, if there is one; whether there is.

    SessionError where another program is using it: whoever reads it next drops what is gone.
    """
    if not (data / FILE).exists():
        return False
    try:
        with opened(data) as library:
            library.forget(session)
    except LibraryLockedError as error:
        raise SessionError(
            f"the folder of {session} is deleted, but its words are still in {data / FILE}, which "
            "another program is using. They go when it is read again, as by: listenlive trends"
        ) from error
    except SessionError:  # what cannot be cleaned goes as a whole: it is made again by itself
        (data / FILE).unlink(missing_ok=True)
    return True


def _connected(data: Path) -> sqlite3.Connection:
    """A connection to the index with its tables; a damaged or older index is begun anew."""
    path = data / FILE
    try:
        return _with_tables(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, full, not readable: no damage
            raise
        path.unlink()
        return _with_tables(path)


def _with_tables(path: Path) -> sqlite3.Connection:
    if path.parent.is_dir():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, store.PRIVATE_FILE))
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    else:  # nothing is kept yet: an empty index, and no folder made for it
        connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != FORMAT:
            connection.execute("DROP TABLE IF EXISTS sessions")
            connection.execute("DROP TABLE IF EXISTS said")
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _stamp(session: SavedSession) -> str:
    """Changes whenever what was read may have changed."""
    parts = [__version__]
    for name in (store.EVENTS, store.SETTINGS):
        with suppress(FileNotFoundError):
            stat = (session.folder / name).stat()
            parts.append(f"{stat.st_mtime_ns}:{stat.st_size}")
    return " ".join(parts)


def _read(session: SavedSession) -> tuple[Talk, list[tuple[str, str, float, int, str]]]:
    """What is kept of `session`, and its rows in the index of words."""
    if not session.ended:
        raise SessionError("cut off while it was made")
    conversation = session.conversation()
    analysis = analyse(conversation, settings=session.settings().measuring)
    kept = talk(session.id, _began(session, conversation), conversation, analysis)
    rows = [
        (text, session.id, round(at, 3), first, person)
        for text, at, first, person in _said(conversation, analysis.turns)
    ]
    return kept, rows


def _began(session: SavedSession, conversation: Conversation) -> datetime:
    """When `session` began, as it says; else as its folder does; else when it was written."""
    written = conversation.recording.at if conversation.recording else ""
    for text, form in ((written, None), (session.id[:17], "%Y-%m-%d-%H%M%S")):
        with suppress(ValueError):
            at = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
            # a time without a place, or in UTC, is told in the time of this place
            return at if at.utcoffset() else at.astimezone()
    return datetime.fromtimestamp((session.folder / store.EVENTS).stat().st_mtime, UTC)


def _said(
    conversation: Conversation, turns: Sequence[Turn]
) -> Iterator[tuple[str, float, int, str]]:
    """Words, start, first utterance and person of each turn, and of what is no turn."""
    in_turns = {each for turn in turns for each in turn.utterances}
    for turn in turns:
        if turn.text:
            who = wording(conversation, turn.speaker).name
            yield turn.text, turn.span.start, turn.utterances[0], who
    for utterance in conversation.utterances:
        if utterance.words and utterance.id not in in_turns:
            yield utterance.text, utterance.span.start, utterance.id, _name(conversation, utterance)


def _name(conversation: Conversation, utterance: Utterance) -> str:
    if utterance.speaker is None:
        return "somebody"
    return wording(conversation, utterance.speaker).name


def _query(text: str) -> str:
    """`text` as a full-text query in which nothing is an operator."""
    words = [word for word in text.replace('"', " ").split() if any(c.isalnum() for c in word)]
    if not words:
        return ""
    return " ".join(f'"{word}"' for word in words) + "*"


@cache
def _converter() -> JsonConverter:
    return make_converter()

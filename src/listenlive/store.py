"""Sessions on disk: one folder each, events as the truth, readable only by the user.

::

    <data>/sessions/2026-11-23-0801-evening/     0700
        events.jsonl     0600   all that happened, one JSON line each, flushed each
        session.toml     0600   the effective settings, and where the recording lies
        export.json      0600   listenlive/1
        report.html      0600   the report page
    <data>/sessions/.forgetting-...              a session on its way out

Deleting the folder deletes the session. A folder whose last event is not `Ended` was cut off.
"""

import fcntl
import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import tomli_w
from platformdirs import user_data_path

from listenlive.config import Settings, from_mapping
from listenlive.conversation import Conversation
from listenlive.errors import SessionError
from listenlive.events import Event, from_json, replay, to_json

EVENTS = "events.jsonl"
SETTINGS = "session.toml"
EXPORT = "export.json"
PAGE = "report.html"

PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_ENDED = b'"event": "Ended"}\n'  # quotes inside what people said are escaped, so this is no text
_TAIL_BYTES = 65_536  # `Ended` is near the end: only corrections follow it


def data_folder(chosen: Path | None = None) -> Path:
    """Where sessions live: `chosen` (--data), else LISTENLIVE_DATA, else the user's data folder."""
    if chosen is not None:
        return chosen
    named = os.environ.get("LISTENLIVE_DATA")
    return Path(named) if named else user_data_path("listenlive", appauthor=False)


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session on disk. Reading it costs no model and no audio."""

    folder: Path

    @property
    def id(self) -> str:
        """The folder's name, which is what the user calls the session by."""
        return self.folder.name

    def events(self) -> Iterator[Event]:
        """All that happened, in order. A last line cut off by a crash is left out."""
        try:
            text = (self.folder / EVENTS).read_text(encoding="utf-8")
        except OSError as error:
            raise SessionError(
                f"cannot read session {self.id}: {error.strerror or error}. "
                "If the folder was emptied, remove it: listenlive forget " + self.id
            ) from error
        # A whole line ends with a newline; what follows the last one was cut off by a crash.
        *lines, _ = text.split("\n")
        for line in lines:
            yield from_json(line)

    def conversation(self) -> Conversation:
        """What was heard, with the user's corrections."""
        return replay(self.events())

    @property
    def ended(self) -> bool:
        """Whether the session was closed properly; False if it was cut off."""
        try:
            with (self.folder / EVENTS).open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - _TAIL_BYTES))
                tail = file.read()
                if _ENDED in tail:
                    return True
                file.seek(0)  # more corrections than the tail holds, or cut off
                return _ENDED in file.read()
        except OSError:
            return False

    def settings(self) -> Settings:
        """The settings it was heard and measured with."""
        values = self._kept()
        return from_mapping(values.get("settings", {}), where=f"session {self.id}")

    @property
    def recording(self) -> Path | None:
        """The analysed file, if it is still where it was."""
        named = self._kept().get("recording", {}).get("path")
        path = self.folder / named if isinstance(named, str) else None  # absolute, or kept here
        return path if path and path.is_file() else None

    def append(self, event: Event) -> None:
        """Add a correction (an event) to the session; it is on the disk before this returns.

        A line that a crash cut off is removed first, so that it cannot spoil the next one.
        """
        with _as_session_error(f"write to session {self.id}"):
            descriptor = os.open(self.folder / EVENTS, os.O_RDWR | os.O_APPEND)
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # two programs at once: one after the other
                _drop_cut_off_line(file)
                file.write(to_json(event).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())

    def keep_recording(self, file: Path) -> None:
        """Take `file`, the recording, into the session's folder: it goes when the session goes."""
        name = f"recording{file.suffix.lower()}"
        with _as_session_error(f"keep the recording in session {self.id}"):
            file.chmod(PRIVATE_FILE)
            file.replace(self.folder / name)
            kept = {**self._kept(), "recording": {"path": name}}
            write_private(self.folder / SETTINGS, tomli_w.dumps(kept))

    def write(self, name: str, text: str) -> Path:
        """Write a file of the session, whole or not at all; returns its path."""
        path = self.folder / name
        with _as_session_error(f"write {path}"):
            write_private(path, text)
        return path

    def _kept(self) -> Mapping[str, Any]:
        try:
            return tomllib.loads((self.folder / SETTINGS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SessionError(f"cannot read {SETTINGS} of session {self.id}: {error}.") from error


class SessionWriter:
    """A session being written. Every event is on disk (flushed) before `append` returns.

    `close` keeps the session, `discard` removes it.
    """

    def __init__(
        self, data: Path, name: str, settings: Settings, *, began: datetime, recording: Path | None
    ) -> None:
        with _as_session_error(f"save the session in {data}"):
            self._session = SavedSession(_new_folder(data, name, began))
            kept: dict[str, Any] = {"settings": settings.as_dict()}
            if recording is not None:
                kept["recording"] = {"path": str(recording.resolve())}
            try:
                write_private(self._session.folder / SETTINGS, tomli_w.dumps(kept))
                descriptor = _create_private(self._session.folder / EVENTS)
                self._file = os.fdopen(descriptor, "w", encoding="utf-8")
            except BaseException:
                self._remove()
                raise

    def append(self, event: Event) -> None:
        """Write `event` to disk. SessionError where that is not possible (disk full, ...)."""
        with _as_session_error(f"save the session in {self._session.folder}"):
            self._file.write(to_json(event) + "\n")
            self._file.flush()

    def close(self) -> SavedSession:
        """The session, whole on disk. SessionError, and nothing kept, where that fails."""
        try:
            with _as_session_error(f"save the session in {self._session.folder}"), self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
        except SessionError:
            self._remove()
            raise
        return self._session

    def discard(self) -> None:
        """Remove all that was written."""
        with suppress(OSError):  # a full disk may refuse the last flush of what goes anyway
            self._file.close()
        self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self._session.folder, ignore_errors=True)


def sessions(data: Path) -> tuple[SavedSession, ...]:
    """All sessions, the newest first; none if there is no folder yet."""
    folder = data / "sessions"
    try:
        found = [f for f in folder.iterdir() if f.is_dir() and not f.name.startswith(".")]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SessionError(f"cannot read {folder}: {error.strerror or error}.") from error
    return tuple(SavedSession(f) for f in sorted(found, key=lambda f: f.name, reverse=True))


def find(data: Path, name: str = "last", *, exactly: bool = False) -> SavedSession:
    """The session called `name`: its id, part of one id only, or "last".

    "last" is the newest that is whole, if any is.
    exactly : only a whole id or "last" will do, for what cannot be undone
    """
    known = sessions(data)
    if not known:
        raise SessionError(
            f"there are no sessions in {data} yet. Make one: listenlive analyze FILE"
        )
    if name == "last":
        return next((session for session in known if session.ended), known[0])
    exact = [s for s in known if s.id == name]
    near = (
        exact or [s for s in known if s.id.startswith(name)] or [s for s in known if name in s.id]
    )
    if len(near) == 1 and name and (exact or not exactly):
        return near[0]
    listing = ", ".join(s.id for s in (near or known)[:5])
    problem = "is no whole name" if exactly else "matches several sessions"
    if not (near and name):
        problem = "matches no session"
    raise SessionError(f"{name!r} {problem}: {listing}. All of them: listenlive sessions")


def forget(session: SavedSession) -> tuple[str, ...]:
    """Delete everything of `session`; returns the names of the files that are gone.

    The folder is renamed first, so that an interrupted deletion is never taken for a session.
    """
    names = tuple(sorted(p.name for p in session.folder.iterdir()))
    doomed = session.folder.with_name(f".forgetting-{session.id}")
    with _as_session_error(f"forget session {session.id}"):
        if doomed.exists():
            shutil.rmtree(doomed)
        session.folder.rename(doomed)
        shutil.rmtree(doomed)
    return names


def sweep(data: Path) -> None:
    """Finish deletions that were interrupted."""
    folder = data / "sessions"
    if folder.is_dir():
        for left in folder.glob(".forgetting-*"):
            shutil.rmtree(left, ignore_errors=True)


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path`, readable by the user only, whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(_create_private(partial), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _drop_cut_off_line(file: IO[bytes]) -> None:
    """Cut `file` after its last whole line, if something follows that."""
    end = at = file.seek(0, os.SEEK_END)
    while at > 0:
        start = max(0, at - _TAIL_BYTES)
        file.seek(start)
        if (newline := file.read(at - start).rfind(b"\n")) >= 0:
            at = start + newline + 1
            break
        at = start
    if at < end:
        file.truncate(at)


def make_private(folder: Path) -> None:
    """Make `folder`, and what is missing above it, for the user only."""
    for each in (*reversed(folder.parents), folder):  # mkdir gives its mode to the last only
        each.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def _create_private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)


def _new_folder(data: Path, name: str, began: datetime) -> Path:
    """A fresh folder named after the time and the recording; safe with two programs at once."""
    parent = data / "sessions"
    make_private(parent)
    slug = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:40] or "session"
    stem = f"{began:%Y-%m-%d-%H%M%S}-{slug}"
    for attempt in range(1, 1000):
        folder = parent / (stem if attempt == 1 else f"{stem}-{attempt}")
        try:
            folder.mkdir(mode=_PRIVATE_FOLDER)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{parent / stem} and 998 more like it")


@contextmanager
def _as_session_error(what: str) -> Iterator[None]:
    """Turn an OSError inside into a SessionError that says what could not be done."""
    try:
        yield
    except OSError as error:
        raise SessionError(
            f"cannot {what}: {error.strerror or error}. Free some space or choose another "
            "folder with --data DIR; nothing half-written was kept."
        ) from error

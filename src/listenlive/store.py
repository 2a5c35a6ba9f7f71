"""Sessions on disk: one folder each, events as the truth, readable only by the user.

::

    <data>/sessions/2026-11-23-0801-evening/     0700
        events.jsonl     0600   all that happened, one JSON line each, flushed each
        session.toml     0600   the effective settings, and where the recording lies
        export.json      0600   listenlive/1
        report.html      0600   the report page
        audio-0001.flac  0600   of a live session: what was heard, until it is due to be deleted
        audio.jsonl      0600   pauses and losses in it
        *.damaged        0600   what could not be read when it was finished, put aside
        in-use           0600   locked while the session is recorded or finished
    <data>/sessions/.forgetting-...              a session on its way out

Deleting the folder deletes the session. A folder whose last event is not `Ended` was cut off; of a
live session that can be finished, as long as its audio is there.
"""

import fcntl
import os
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import tomli_w
from platformdirs import user_data_path

from listenlive.config import Settings, from_mapping
from listenlive.conversation import Conversation
from listenlive.errors import ConfigError, SessionError
from listenlive.events import Event, Noted, from_json, replay, to_json

EVENTS = "events.jsonl"
SETTINGS = "session.toml"
EXPORT = "export.json"
PAGE = "report.html"
AUDIO_TOLD = "audio.jsonl"
LISTENING_COPY = "listening.flac"
IN_USE = "in-use"

KEPT_DAYS = 30
"""Days that audio is kept with `keep_audio = "30d"`."""

PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_AUDIO = "audio-[0-9][0-9][0-9][0-9].flac"
_ASIDE = ".damaged"
_ENDED = b'"event": "Ended"}\n'  # quotes inside what people said are escaped, so this is no text
_TAIL_BYTES = 65_536  # `Ended` is near the end: only corrections follow it


def _event_or_none(line: str) -> Event | None:
    try:
        return from_json(line)
    except SessionError:
        return None


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

    @property
    def data(self) -> Path:
        """The data folder that it is kept in."""
        return self.folder.parent.parent

    def events(self) -> Iterator[Event]:
        """All that happened, in order. A last line cut off by a crash is left out.

        In the place of another line that is none stands a note that says so: corrections name
        others by their place. SessionError where most lines are none.
        """
        found = self._lines()
        missing = [at for at, event in enumerate(found, start=1) if event is None]
        if 2 * len(missing) > len(found):
            raise SessionError(
                f"session {self.id} cannot be read: {len(missing)} of its {len(found)} lines are "
                f"no events that this listenlive knows, the first is line {missing[0]} of "
                f"{self.folder / EVENTS}. A newer listenlive may have written it: update; or "
                f"{self._way_out()}"
            )
        for at, event in enumerate(found, start=1):
            left_out = f"line {at} of the session could not be read and was left out"
            yield Noted(left_out) if event is None else event

    def salvaged(self) -> tuple[tuple[Event, ...], bool]:
        """The events that can be read, be they few or none; and whether others cannot."""
        try:
            found = self._lines()
        except SessionError:
            return (), True
        return tuple(event for event in found if event is not None), None in found

    def _lines(self) -> list[Event | None]:
        """The event of each whole line; None for a line that is none."""
        try:
            text = (self.folder / EVENTS).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise SessionError(
                f"cannot read session {self.id}: {error.strerror or error}: "
                f"{self.folder / EVENTS}. You can {self._way_out()}"
            ) from error
        # A whole line ends with a newline; what follows the last one was cut off by a crash.
        *lines, _ = text.split("\n")
        return [_event_or_none(line) for line in lines]

    def _way_out(self) -> str:
        """What can be done where events are damaged: nobody should delete sound for that."""
        if self.audio:
            path = shlex.quote(str(self.folder / EVENTS))
            away = f"mv {path} {path}{_ASIDE} && " if self.ended else ""
            again = f"{away}listenlive listen --finish {self.id}"
            return f"make the report anew, of its sound, which is there: {again}"
        if not self.damage and (recording := self.recording):
            again = f"listenlive analyze {shlex.quote(str(recording))}"
            return f"make it again of its recording: {again}; remove this one: {self._forget}"
        return f"remove it: {self._forget}"

    @property
    def _forget(self) -> str:
        return f"listenlive forget {self.id}"

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
        """The settings it was heard and measured with. SessionError where they are damaged."""
        values = self._kept().get("settings", {})
        try:
            return from_mapping(values, where=SETTINGS)
        except ConfigError as error:
            raise self._damaged(
                f"{error} A newer listenlive may have written it: update"
            ) from error

    @property
    def damage(self) -> str | None:
        """What is wrong with its `session.toml`, and what can be done; None: it can be read."""
        try:
            self.settings()
        except SessionError as error:
            return str(error)
        return None

    @property
    def recording(self) -> Path | None:
        """What was heard, if it is still there: a file, or the folder where a live session's is.

        `recorder.opened` reads either.
        """
        named = self._kept().get("recording", {}).get("path")
        path = self.folder / named if isinstance(named, str) else None  # absolute, or kept here
        if path and path.is_file():
            return path
        return self.folder if self.audio else None

    @property
    def audio(self) -> tuple[Path, ...]:
        """The files in which a live session keeps what it heard, in order; none once deleted."""
        return tuple(sorted(self.folder.glob(_AUDIO)))

    @property
    def live(self) -> bool:
        """Whether it was heard through a microphone."""
        return "live" in self._kept()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that were given when a live session began, in order."""
        return tuple(self._kept().get("live", {}).get("names", ()))

    @property
    def device(self) -> str:
        """What a live session was heard through; its id where that is not known."""
        return str(self._kept().get("live", {}).get("device", self.id))

    @property
    def began(self) -> datetime | None:
        """When a live session began, on the wall clock; None if that is not known."""
        began = self._kept().get("live", {}).get("began")
        return began if isinstance(began, datetime) else None

    @property
    def audio_until(self) -> datetime | None:
        """When its audio is to be deleted; None if that has no date."""
        if not self.audio or self.settings().live.keep_audio != "30d":
            return None
        return self.began + timedelta(days=KEPT_DAYS) if self.began else None

    @property
    def audio_deleted(self) -> datetime | None:
        """When its audio was deleted; None if it was not."""
        at = self._kept().get("live", {}).get("audio_deleted")
        return at if isinstance(at, datetime) else None

    @property
    def in_use(self) -> bool:
        """Whether a program records or finishes it right now."""
        try:
            with (self.folder / IN_USE).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    @contextmanager
    def used(self) -> Iterator[None]:
        """Nobody else may change what was heard meanwhile. SessionError if somebody does."""
        with _as_session_error(f"write to session {self.id}"):
            lock = _locked(self.folder)
        if lock is None:
            raise SessionError(
                f"session {self.id} is being recorded or finished by another listenlive. Wait "
                "until it is done."
            )
        with lock:
            yield

    def rewrite(self, events: Iterable[Event], *, aside: bool = False) -> None:
        """Put `events` in the place of all that is kept, whole or not at all.

        aside : leave what was there beside it: it is damaged, and may be worth something yet
        """
        partial = self.folder / f".{EVENTS}.partial"
        with _as_session_error(f"finish session {self.id}"):
            partial.unlink(missing_ok=True)
            try:
                with os.fdopen(_create_private(partial), "w", encoding="utf-8") as file:
                    for event in events:
                        file.write(to_json(event) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                path = self.folder / EVENTS
                if aside and path.exists():
                    path.replace(f"{path}{_ASIDE}")
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise

    def begun_with(self, settings: Settings, names: Sequence[str]) -> None:
        """Keep `settings` and the people's `names`, as if a live session had begun with them."""
        kept = {**self._kept(), "settings": settings.as_dict()}
        kept["live"] = {**kept.get("live", {}), "names": list(names)}
        with _as_session_error(f"write to session {self.id}"):
            write_private(self.folder / SETTINGS, tomli_w.dumps(kept))

    def delete_audio(self, *, now: datetime) -> None:
        """Delete what was heard; the session stays. Harmless where there is nothing to delete.

        Copies of it go as well, and the page with clips of it, unless that is what the audio was
        kept for.
        """
        files = self.audio
        doomed = [*files, self.folder / AUDIO_TOLD, *self.folder.glob(f"*{LISTENING_COPY}*")]
        if self.settings().live.keep_audio != "report":
            doomed.append(self.folder / PAGE)
        with _as_session_error(f"delete the audio of session {self.id}"):
            for path in doomed if files else ():
                path.unlink(missing_ok=True)
            if files:
                kept = {**self._kept()}
                kept["live"] = {**kept.get("live", {}), "audio_deleted": now}
                write_private(self.folder / SETTINGS, tomli_w.dumps(kept))

    @property
    def had_recording(self) -> bool:
        """Whether it was heard in a file, be it still there or not."""
        return "path" in self._kept().get("recording", {})

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
        with _as_session_error(f"write {path}", left="the session itself is kept."):
            write_private(path, text)
        return path

    def _kept(self) -> Mapping[str, Any]:
        """What `session.toml` says, each entry of the kind that was written."""
        try:
            kept = tomllib.loads((self.folder / SETTINGS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._damaged(f"{SETTINGS} cannot be read: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:  # neither UTF-8 nor TOML is a ValueError
            raise self._damaged(f"{SETTINGS} is no settings file any more: {error}") from error
        if wrong := next(_misfits(kept), None):
            raise self._damaged(f"in {SETTINGS}, {wrong}")
        return kept

    def _damaged(self, what: str) -> SessionError:
        path = shlex.quote(str(self.folder / SETTINGS))
        return SessionError(
            f"session {self.id} is damaged: {what}. It is left as it is. Put {path} right, or move "
            f"it away, and the usual settings count: mv {path} {path}{_ASIDE}; or remove the "
            f"session with all that is in it: {self._forget}"
        )


def _misfits(kept: Mapping[str, Any]) -> Iterator[str]:
    """What in `kept` is of another kind than `SessionWriter` wrote."""
    for section in ("settings", "recording", "live"):
        if not isinstance(kept.get(section, {}), Mapping):
            yield f"{section} = {kept[section]!r} must be a section"
            return
    for section, name, wanted, fits in _ENTRIES:
        entries = kept.get(section, {})
        if name in entries and not fits(entries[name]):
            yield f"{section}.{name} = {entries[name]!r} must be {wanted}"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_moment(value: object) -> bool:
    """Whether `value` can be compared with now, also some days later."""
    return isinstance(value, datetime) and value.tzinfo is not None and value.year < MAXYEAR


_ENTRIES: tuple[tuple[str, str, str, Callable[[object], bool]], ...] = (
    ("recording", "path", "a text", _is_text),
    ("live", "device", "a text", _is_text),
    ("live", "names", "a list of texts", _are_texts),
    ("live", "began", "a date and time with its zone", _is_moment),
    ("live", "audio_deleted", "a date and time with its zone", _is_moment),
)


class SessionWriter:
    """A session being written. Every event is on disk (flushed) before `append` returns.

    `close` keeps the session, `discard` removes it.
    live : it is heard through a microphone, with these names of the people: a `Recorder` keeps
           the sound in its `folder`, so that it can be finished if it is cut off
    """

    def __init__(
        self,
        data: Path,
        name: str,
        settings: Settings,
        *,
        began: datetime,
        recording: Path | None = None,
        live: Sequence[str] | None = None,
    ) -> None:
        self._lock: IO[bytes] | None = None
        self._live = live is not None
        with _as_session_error(f"save the session in {data}"):
            self._session = SavedSession(_new_folder(data, name, began))
            kept: dict[str, Any] = {"settings": settings.as_dict()}
            if recording is not None:
                kept["recording"] = {"path": str(recording.resolve())}
            try:
                if live is not None:
                    kept["live"] = {"began": began, "device": name, "names": list(live)}
                    self._lock = _locked(self._session.folder)
                write_private(self._session.folder / SETTINGS, tomli_w.dumps(kept))
                descriptor = _create_private(self._session.folder / EVENTS)
                self._file = os.fdopen(descriptor, "w", encoding="utf-8")
            except BaseException:
                self._remove()
                raise

    @property
    def folder(self) -> Path:
        """Where the session is."""
        return self._session.folder

    def append(self, event: Event) -> None:
        """Write `event` to disk. SessionError where that is not possible (disk full, ...)."""
        with _as_session_error(f"save the session in {self._session.folder}"):
            self._file.write(to_json(event) + "\n")
            self._file.flush()

    def close(self) -> SavedSession:
        """The session, whole on disk. SessionError where that fails.

        Nothing is kept then, except of a live session: with its audio it can be finished later.
        """
        try:
            with _as_session_error(f"save the session in {self._session.folder}"), self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
        except SessionError:
            if not self._live:
                self._remove()
            raise
        finally:
            self._let_go()
        return self._session

    def leave(self) -> None:
        """Leave what was written as it is: a live session that can be finished later."""
        with suppress(OSError):
            self._file.close()
        self._let_go()

    def discard(self) -> None:
        """Remove all that was written."""
        with suppress(OSError):  # a full disk may refuse the last flush of what goes anyway
            self._file.close()
        self._remove()
        self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()

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
    if session.in_use:
        raise SessionError(f"session {session.id} is still going on. End it first.")
    names = tuple(sorted(p.name for p in session.folder.iterdir()))
    doomed = session.folder.with_name(f".forgetting-{session.id}")
    with _as_session_error(f"forget session {session.id}"):
        if doomed.exists():
            shutil.rmtree(doomed)
        session.folder.rename(doomed)
        shutil.rmtree(doomed)
    return names


def sweep(data: Path, *, now: datetime | None = None) -> None:
    """Finish deletions that were interrupted; delete audio that is due by `now` (None: now)."""
    folder = data / "sessions"
    if not folder.is_dir():
        return
    for left in folder.glob(".forgetting-*"):
        shutil.rmtree(left, ignore_errors=True)
    moment = now or datetime.now().astimezone()
    for piece in {path.parent for path in folder.glob(f"*/{_AUDIO}")}:
        session = SavedSession(piece)
        with suppress(SessionError):  # damaged, or on a disk that is full: it does not stop others
            if not session.in_use and _due(session, moment):
                session.delete_audio(now=moment)


def _due(session: SavedSession, now: datetime) -> bool:
    """Whether the audio of `session` has been kept as long as the user allowed."""
    if session.settings().live.keep_audio == "report":
        return session.ended
    until = session.audio_until
    return until is not None and until <= now


def unfinished(data: Path) -> tuple[SavedSession, ...]:
    """Live sessions that were cut off and whose sound is there, the newest first."""
    return tuple(s for s in sessions(data) if not s.ended and s.audio and not s.in_use)


def finishable(data: Path) -> tuple[SavedSession, ...]:
    """Those of `unfinished` that can be finished: a damaged one has to be put right first."""
    return tuple(session for session in unfinished(data) if not session.damage)


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


def _locked(folder: Path) -> IO[bytes] | None:
    """The session in `folder`, for this program alone until the file is closed; None if it is not.

    The lock goes with the program, however that ends.
    """
    descriptor = os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    file = os.fdopen(descriptor, "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


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
def _as_session_error(what: str, *, left: str = "nothing half-written was kept.") -> Iterator[None]:
    """Turn an OSError inside into a SessionError: what could not be done, and what is `left`."""
    try:
        yield
    except OSError as error:
        raise SessionError(
            f"cannot {what}: {error.strerror or error}. Free some space or choose another "
            f"folder with --data DIR; {left}"
        ) from error

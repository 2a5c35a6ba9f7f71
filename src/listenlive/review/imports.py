"""Recordings dropped on the page: taken in, analysed one after the other, cancelled where asked."""

import os
import secrets
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from listenlive import store
from listenlive.errors import ListenLiveError
from listenlive.plain import one_line
from listenlive.store import PRIVATE_FILE, SavedSession

Progress = Callable[[float, float | None], None]
Analyse = Callable[[Path, Progress], SavedSession]
"""Hears a recording and keeps it as a session; told the seconds heard, and those of the whole."""

LONGEST_NAME = 200  # bytes of a file's name that are kept; file systems allow 255


class Stage(StrEnum):
    """How far an import is."""

    WAITING = "waiting"
    LISTENING = "listening"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Import:
    """A recording on its way to become a session. Changed by the thread that works on it."""

    id: str
    name: str
    stage: Stage = Stage.WAITING
    heard: float = 0.0
    whole: float | None = None
    session: str | None = None
    told: str = ""
    cancelled: bool = False


class _Cancelled(Exception):  # noqa: N818 - no error: the user wanted it
    """The user does not want this import any more."""


class Imports:
    """The imports of this run. Files being taken in lie in a private folder of the data folder."""

    def __init__(self, data: Path, analyse: Analyse) -> None:
        self._data = data
        self._analyse = analyse
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._known: dict[str, Import] = {}
        self._lock = threading.Lock()
        _sweep(data)

    def known(self, name: str) -> Import | None:
        """The import with this id."""
        return self._known.get(name)

    def current(self) -> tuple[Import, ...]:
        """Those that are not finished."""
        return tuple(
            each for each in self._known.values() if each.stage in (Stage.WAITING, Stage.LISTENING)
        )

    def place(self, name: str) -> tuple[Path, int]:
        """A new private file for a recording called `name`: its path, and it opened for writing."""
        folder = self._data / f".importing-{os.getpid()}" / secrets.token_hex(8)
        for each in (self._data, folder.parent, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / _file_name(name)
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)

    def start(self, path: Path) -> Import:
        """Analyse the recording at `path`, which `place` gave, when its turn comes."""
        job = Import(secrets.token_hex(8), path.name)
        self._known[job.id] = job
        self._executor.submit(self._run, job, path)
        return job

    def cancel(self, job: Import) -> None:
        """Stop it; nothing of it is kept."""
        job.cancelled = True

    def drop(self, path: Path) -> None:
        """Remove a file that `place` gave."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def close(self) -> None:
        """Stop everything, and remove what was taken in."""
        for job in self.current():
            job.cancelled = True
        self._executor.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(self._data / f".importing-{os.getpid()}", ignore_errors=True)

    def _run(self, job: Import, path: Path) -> None:
        stage = Stage.FAILED
        try:
            session = self._session(job, path)
            session.keep_recording(path)
            job.session, stage = session.id, Stage.DONE
        except _Cancelled:
            stage = Stage.CANCELLED
        except ListenLiveError as error:
            job.told = str(error).replace(f"{path.parent}{os.sep}", "")  # a place of ours
        except Exception as error:  # noqa: BLE001 - a thread's error would be seen by nobody
            job.told = f"something went wrong inside listenlive ({type(error).__name__})."
        finally:
            self.drop(path)  # before it is told: who reads "cancelled" finds nothing left
            job.stage = stage

    def _session(self, job: Import, path: Path) -> SavedSession:
        def progress(heard: float, whole: float | None) -> None:
            if job.cancelled:
                raise _Cancelled
            job.stage, job.heard, job.whole = Stage.LISTENING, heard, whole

        if job.cancelled:
            raise _Cancelled
        session = self._analyse(path, progress)
        if job.cancelled:  # asked for after the last sound was heard
            store.forget(session)
            raise _Cancelled
        return session


def _file_name(name: str) -> str:
    """The name of a dropped file as one of ours: no folders, nothing hidden, not too long."""
    last = one_line(name).replace("\\", "/").rpartition("/")[2].lstrip(".") or "recording"
    stem, dot, suffix = last.rpartition(".")
    if not dot or not suffix.isalnum() or len(suffix) > 8:
        stem, suffix = last, ""
    short = stem.encode()[:LONGEST_NAME].decode(errors="ignore") or "recording"
    return f"{short}.{suffix}" if suffix else short


def _sweep(data: Path) -> None:
    """Remove what programs that are no more had taken in."""
    for folder in data.glob(".importing-*"):
        with suppress(ValueError, PermissionError):
            try:
                os.kill(int(folder.name.rpartition("-")[2]), 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)

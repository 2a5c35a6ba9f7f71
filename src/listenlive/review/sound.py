"""The sound of a session as a browser plays it: one FLAC file, made once, by byte ranges.

Recordings come in formats that browsers cannot play or seek in, and in several pieces. A listening
copy has the session's own clock (what is at 12.3 s in the events is at 12.3 s in it). It lies in
the session's folder, readable by the user only, and goes when the pages are closed: the recording
stays where it is, and stays the only one.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from listenlive import store
from listenlive.errors import ListenLiveError
from listenlive.store import LISTENING_COPY, PRIVATE_FILE, SavedSession

if TYPE_CHECKING:
    from listenlive.recorder import KeptAudio
    from listenlive.sources import AudioFile

COPY = store.LISTENING_COPY
MOST_CHANNELS = 2  # of more, a browser plays a mix that nobody chose

REST = "Everything else stays as it is."
GONE = f"There is no sound any more: the recording was deleted or moved. {REST}"
NEVER = "There is no sound to this session. Everything else is here."


class State(StrEnum):
    """How far the listening copy is."""

    NONE = "none"
    MAKING = "making"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a session: its state, how much of it is made, and what is wrong if it is not."""

    state: State
    share: float | None = None
    told: str = ""


class Sounds:
    """Listening copies of sessions, made in a thread, removed by `close`."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="listening-copy")
        self._states: dict[str, Sound] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._sweep()  # what a crash left

    def sound(self, session: SavedSession) -> Sound:
        """How the copy stands; begins to make it where there is a recording and no copy."""
        if session.recording is None:
            _copy(session).unlink(missing_ok=True)  # gone is gone, also what was made of it
            return Sound(State.NONE, told=_gone(session))
        with self._lock:
            known = self._states.get(session.id)
            if known is None or (known.state is State.READY and not _copy(session).exists()):
                known = self._states[session.id] = Sound(State.MAKING, 0.0)
                self._executor.submit(self._make, session)
        return known

    def path(self, session: SavedSession) -> Path | None:
        """The copy, if it is made."""
        return _copy(session) if self.sound(session).state is State.READY else None

    def close(self) -> None:
        """Stop, and remove all copies."""
        self._closing.set()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._sweep()

    def _sweep(self) -> None:
        for session in store.sessions(self._data):
            for left in (_copy(session), _partial(session)):
                with suppress(OSError):
                    left.unlink(missing_ok=True)

    def _make(self, session: SavedSession) -> None:
        try:
            self._write(session)
            state = Sound(State.READY, 1.0)
        except (ListenLiveError, OSError, RuntimeError) as error:  # libsndfile's are RuntimeErrors
            with suppress(OSError):
                _partial(session).unlink(missing_ok=True)
            state = Sound(State.NONE, told=f"The sound cannot be played: {error}")
        with self._lock:
            self._states[session.id] = state

    def _write(self, session: SavedSession) -> None:
        import soundfile

        from listenlive.audio import SAMPLE_RATE, AudioChunk, seconds

        source = _source(session)
        channels = source.channels if source.channels <= MOST_CHANNELS else 1
        partial = _partial(session)
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with (
            os.fdopen(descriptor, "w+b") as file,
            soundfile.SoundFile(
                file, "w", SAMPLE_RATE, channels, format="FLAC", subtype="PCM_16"
            ) as out,
        ):
            for chunk in source:
                if not isinstance(chunk, AudioChunk):  # what a live session tells between chunks
                    continue
                if self._closing.is_set():
                    raise OSError("the pages were closed")
                out.write(chunk.samples if channels > 1 else chunk.samples.mean(axis=1))
                share = seconds(chunk.end) / source.duration if source.duration else None
                with self._lock:
                    self._states[session.id] = Sound(State.MAKING, share)
        partial.replace(_copy(session))


def _copy(session: SavedSession) -> Path:
    return session.folder / LISTENING_COPY


def _partial(session: SavedSession) -> Path:
    return session.folder / f".{LISTENING_COPY}.partial"


def _gone(session: SavedSession) -> str:
    if (at := session.audio_deleted) is not None:
        return f"The sound was deleted on {at.day} {at:%B %Y}, as you chose. {REST}"
    return GONE if session.had_recording else NEVER


def _source(session: SavedSession) -> "AudioFile | KeptAudio":
    from listenlive.recorder import opened

    recording = session.recording
    if recording is None:
        raise OSError("the recording is not there any more")
    return opened(recording)

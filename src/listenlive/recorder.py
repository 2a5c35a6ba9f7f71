"""What is heard, kept on disk while it is heard: FLAC pieces that survive a crash at any moment.

::

    audio-0001.flac    16 kHz, 16 bit, channels as heard; exactly 5 minutes each, so that the
                       place of a piece is known where another one is gone
    audio-0002.flac    the last one may be cut off: all but its last 72 ms can be read
    audio.jsonl        pauses and losses, each with the sample where it happened; the end

A FLAC block is written when it is full, every 1152 samples, so a piece is readable at any moment
(measured with kill -9, `tests/live/test_recovery.py`). What was recorded is exactly what was
heard: samples are rounded to 16 bits before anybody hears them.
"""

import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from listenlive.audio import (
    SAMPLE_RATE,
    AudioChunk,
    Numbers,
    Samples,
    as_int16,
    from_int16,
    seconds,
)
from listenlive.errors import AudioFileError, SessionError
from listenlive.events import AudioLost, Paused, Resumed, from_json, to_json
from listenlive.sound import Sound
from listenlive.sources import CHUNK, AudioFile
from listenlive.span import Span
from listenlive.store import AUDIO_TOLD, PRIVATE_FILE, SavedSession

if TYPE_CHECKING:
    from soundfile import SoundFile

PIECE = 300 * SAMPLE_RATE
"""Samples per file (5 minutes): few files in a long session, little lost where one is damaged."""

_GONE = "this part of the kept sound is gone"
_END = "end"  # the line that says that all of it is there
_MOST = 366 * 86_400 * SAMPLE_RATE  # samples; a place beyond a year of sound is no place
_LITTLE = 1_000_000  # bytes left on a disk that is as good as full
_QUICKEST = 0.0  # compression: blocks of 1152 samples instead of 4096; files are 1 % larger


def prepare() -> None:
    """Load what writes sound. Done before it is asked for, recording begins at once."""
    import soundfile  # noqa: F401


class Source(Protocol):
    """Where sound comes from: a microphone, a recording at the pace of real time."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def channels(self) -> int:
        """How many channels its chunks have."""

    @property
    def duration(self) -> float | None:
        """Seconds, None if not known beforehand."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with it, as sentences."""

    def __iter__(self) -> Iterator[Sound]: ...


class Recorder:
    """Keeps what passes through it on disk, before anybody hears it.

    source  : what is heard;  folder: exists, and holds no audio yet
    problem : why nothing is kept any more (a full disk); hearing goes on. None: all is kept.
    """

    def __init__(self, source: Source, folder: Path, *, piece: int = PIECE) -> None:
        self._source = source
        self._folder = folder
        self._piece = piece
        self._file: SoundFile | None = None
        self._descriptor = -1
        self._pieces = 0
        self._in_piece = 0  # samples
        self._end = 0
        self.problem: str | None = None

    @property
    def name(self) -> str:
        """What the source is called."""
        return self._source.name

    @property
    def channels(self) -> int:
        """How many channels the chunks have."""
        return self._source.channels

    @property
    def duration(self) -> float | None:
        """Seconds, None if not known beforehand."""
        return self._source.duration

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong, as sentences."""
        unkept = (f"the audio was not kept to the end: {self.problem}",) if self.problem else ()
        return (*self._source.warnings, *unkept)

    def __iter__(self) -> Generator[Sound, None, None]:
        try:
            for sound in self._source:
                if isinstance(sound, AudioChunk):
                    numbers = as_int16(sound.samples)
                    self._unless_full(partial(self._keep, numbers))
                    yield AudioChunk(from_int16(numbers), sound.offset)
                else:
                    self._unless_full(partial(self._tell, json.loads(to_json(sound))))
                    yield sound
        finally:
            self._unless_full(partial(self._tell, {"event": _END}))
            self._close()

    def _keep(self, numbers: Numbers) -> None:
        rest = numbers
        while len(rest):
            if self._file is None or self._in_piece >= self._piece:
                self._next(numbers.shape[1])
            assert self._file is not None
            fitting = rest[: self._piece - self._in_piece]
            self._file.write(fitting)
            self._in_piece += len(fitting)
            self._end += len(fitting)
            rest = rest[len(fitting) :]

    def _tell(self, what: dict[str, Any]) -> None:
        """Add a line to what happened, after the sound so far."""
        line = json.dumps({"after": self._end, **what}, ensure_ascii=False) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self._folder / AUDIO_TOLD, flags, PRIVATE_FILE)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line)

    def _next(self, channels: int) -> None:
        """Begin the next piece."""
        from soundfile import SoundFile

        self._close()
        self._pieces += 1
        self._in_piece = 0
        path = self._folder / f"audio-{self._pieces:04d}.flac"
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        self._file = SoundFile(
            self._descriptor,
            "w",
            samplerate=SAMPLE_RATE,
            channels=channels,
            format="FLAC",
            subtype="PCM_16",
            compression_level=_QUICKEST,
            closefd=False,
        )

    def _close(self) -> None:
        """Finish the piece: its length and checksum are written, and all of it is on the disk."""
        file, self._file = self._file, None
        if file is None:
            return
        with suppress(RuntimeError, OSError):  # a full disk: what was written before can be read
            file.close()
            os.fsync(self._descriptor)
        os.close(self._descriptor)

    def _unless_full(self, act: Callable[[], None]) -> None:
        """Do `act` while the disk takes it; the first failure is the last, kept in `problem`."""
        if self.problem is not None:
            return
        try:
            act()
        except (OSError, RuntimeError) as error:  # RuntimeError is how libsndfile fails
            self.problem = _why(error, self._folder)
            self._close()


class KeptAudio:
    """What a `Recorder` kept, as a source: the same samples, the same pauses and losses.

    ::

        kept    | 0001 |        | 0003 | 0004
        read    | 0001 |. lost .| 0003 | 0004

    A piece that is gone, before one that is there, is silent and told as lost (`AudioLost`).
    Raises AudioFileError if `folder` holds no sound.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pieces = tuple(_pieces(folder))
        if not self._pieces:
            raise AudioFileError(
                f"session {folder.name} holds no sound: its audio was deleted, or it was cut off "
                f"before anything was heard. Remove it: listenlive forget {folder.name}"
            )
        self._told, self._end, self._untold = _told(folder / AUDIO_TOLD)
        self._warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The session's name."""
        return self._folder.name

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return self._pieces[0][1].channels

    @property
    def duration(self) -> float | None:
        """Seconds; None if it was cut off, so that only reading it tells."""
        return None if self._end is None else seconds(self._end)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with it when it was last read to its end, as sentences."""
        return self._warnings

    def __iter__(self) -> Generator[Sound, None, None]:
        told, offset, lost = deque(self._told), 0, 0
        for found in self._found():
            if isinstance(found, AudioLost):
                lost += round(found.span.duration * SAMPLE_RATE)
                yield found
                continue
            rest = found
            while told and told[0].after < offset + len(rest):
                before = max(told[0].after - offset, 0)
                if before:
                    yield AudioChunk(rest[:before], offset)
                rest, offset = rest[before:], offset + before
                yield told.popleft().sound
            if len(rest):
                yield AudioChunk(rest, offset)
            offset += len(rest)
        # What was told after sound that never reached the disk is left out.
        yield from (each.sound for each in told if each.after <= offset)
        self._warnings = tuple(self._found_wrong(offset - lost, lost))

    def _found(self) -> Iterator[Samples | AudioLost]:
        """All that is kept, in its place: silence, then said to be lost, where a part is gone."""
        at = 0
        for start, piece in self._pieces:
            if start > at:
                for done in range(at, start, CHUNK):
                    yield np.zeros((min(CHUNK, start - done), self.channels), dtype=np.float32)
                yield AudioLost(Span(seconds(at), seconds(start)), _GONE)
                at = start
            for chunk in piece:
                yield chunk.samples
                at += len(chunk.samples)

    def _found_wrong(self, heard: int, lost: int) -> Iterator[str]:
        if self._end is None:
            yield "the session was cut off; its last moment may be missing"
        elif heard != self._end:
            yield f"{seconds(heard):.1f} s of {seconds(self._end):.1f} s of the audio can be read"
        if self._untold:
            lines = "1 line" if self._untold == 1 else f"{self._untold} lines"
            yield f"{lines} of {AUDIO_TOLD} could not be read; a pause or a loss may be missing"
        if lost:
            yield f"{seconds(lost):.1f} s of the kept audio are gone; they count as silence"
        else:  # a piece that ends early is lost sound, and said
            for _, piece in self._pieces[:-1]:
                yield from piece.warnings


def opened(recording: Path) -> AudioFile | KeptAudio:
    """What was heard in a session, to be heard again: a file, or a folder with kept audio."""
    return KeptAudio(recording) if recording.is_dir() else AudioFile(recording)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a source told after `after` samples."""

    after: int
    sound: AudioLost | Paused | Resumed


def _told(path: Path) -> tuple[tuple[_Told, ...], int | None, int]:
    """What is told in `path`, the samples at the end (None: cut off), and how many lines are bad.

    What is told besides the sound must not cost the sound: a damaged line is left out.
    """
    told: list[_Told] = []
    end: int | None = None
    bad = 0
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return (), None, 0
    except OSError as error:
        raise SessionError(f"cannot read {path}: {error.strerror or error}.") from error
    *lines, _ = text.split("\n")  # what follows the last newline was cut off by a crash
    for line in lines:
        try:
            after, values = _placed(line)
            if values.get("event") == _END:
                end = after
            elif isinstance(sound := from_json(json.dumps(values)), AudioLost | Paused | Resumed):
                told.append(_Told(after, sound))
        except SessionError:
            bad += 1
    return tuple(told), end, bad


def _placed(line: str) -> tuple[int, dict[str, Any]]:
    """What `line` says, and after how many samples. SessionError if it is damaged."""
    try:
        values = json.loads(line, parse_float=_finite, parse_constant=_finite)
        after = int(values.pop("after"))
        if not 0 <= after <= _MOST:
            raise ValueError(f"there are no {after} samples")
        return after, values
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SessionError(f"damaged: {line[:80]!r}") from error


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no moment")
    return number


def _pieces(folder: Path) -> Iterator[tuple[int, AudioFile]]:
    """The pieces that can be read, each with the sample at which it begins.

    The last one may have been cut off before its first block; any may be damaged.
    """
    for path in SavedSession(folder).audio:
        with suppress(AudioFileError):
            yield (int(path.stem[-4:]) - 1) * PIECE, AudioFile(path)


def _why(error: Exception, folder: Path) -> str:
    """What is wrong with the disk. libsndfile does not say; the space that is left does."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    with suppress(OSError):
        if shutil.disk_usage(folder).free < _LITTLE:
            return "the disk is full"
    return f"it cannot be written ({error})"

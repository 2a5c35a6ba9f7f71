"""Who spoke when, in the RTTM format that diarization is exchanged in."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

RTTM_LINE = "SPEAKER NAME 1 START SECONDS <NA> <NA> WHO <NA> <NA>"


@dataclass(frozen=True, slots=True)
class Turn:
    """One stretch of one speaker's speech, in seconds."""

    speaker: str
    start: float
    end: float


class TruthError(Exception):
    """Truth that nothing can be held against: which file, what is wrong, what is right."""


def read_rttm(path: Path) -> list[Turn]:
    """The turns in the file `path`, in its order. TruthError if they are not those of a recording.

    What it calls the recording and the channel does not matter, but it must be one recording.
    """
    rows = [
        (number, line.split())
        for number, line in enumerate(read_utf8(path).splitlines(), 1)
        if line.startswith("SPEAKER")
    ]
    turns = [_turn(row, f"{path}, line {number}") for number, row in rows]
    names = sorted({row[1] for _, row in rows})
    if len(names) > 1:
        raise TruthError(f"{path} has turns of {len(names)} recordings ({', '.join(names)}): split")
    return turns


def _turn(row: Sequence[str], where: str) -> Turn:
    fits = 8 <= len(row) <= len(RTTM_LINE.split())  # more: a name with a space moves the columns
    try:
        start, length = (float(row[3]), float(row[4])) if fits else (math.nan, math.nan)
    except ValueError:
        start = length = math.nan
    if not (0 <= start < math.inf and 0 <= length < math.inf):
        raise TruthError(f"{where}: {' '.join(row)!r} is no turn; it must read {RTTM_LINE!r}")
    return Turn(row[7], start, start + length)


def read_utf8(path: Path) -> str:
    """The text in the file `path`. TruthError if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TruthError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from error


def write_rttm(path: Path, turns: Iterable[Turn], *, name: str) -> None:
    """Write `turns` of the recording `name` to `path`."""
    path.write_text(
        "".join(
            f"SPEAKER {name} 1 {turn.start:.3f} {turn.end - turn.start:.3f} "
            f"<NA> <NA> {turn.speaker} <NA> <NA>\n"
            for turn in turns
        )
    )


def bridged(turns: Sequence[Turn], *, gap: float = 0.2) -> list[Turn]:
    """`turns` with each speaker's pauses of at most `gap` seconds filled, by start.

    ::

        turns    A  |===| |==|      |==|
        bridged  A  |========|      |==|
    """
    found: list[Turn] = []
    for speaker in sorted({turn.speaker for turn in turns}):
        run: Turn | None = None
        for turn in (turn for turn in turns if turn.speaker == speaker):
            if run and turn.start - run.end <= gap:
                run = Turn(speaker, run.start, max(run.end, turn.end))
            else:
                if run:
                    found.append(run)
                run = turn
        if run:
            found.append(run)
    return sorted(found, key=lambda turn: turn.start)

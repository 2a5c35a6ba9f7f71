"""Who spoke when, in the RTTM format that diarization is exchanged in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Turn:
    """One stretch of one speaker's speech, in seconds."""

    speaker: str
    start: float
    end: float


def read_rttm(path: Path) -> list[Turn]:
    """The turns in the file `path`, in its order."""
    rows = [line.split() for line in path.read_text().splitlines() if line.startswith("SPEAKER")]
    return [Turn(row[7], float(row[3]), float(row[3]) + float(row[4])) for row in rows]


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

"""What was measured, as a table, as JSON, and kept with its date under docs/results/."""

import fcntl
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from listenlive import __version__

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


def table(rows: Sequence[Sequence[str]]) -> str:
    """`rows` in columns for a terminal; the first is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """`rows` as a Markdown table; the first is the heading."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def machine() -> dict[str, Any]:
    """Where it was measured: what a figure of speed depends on."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


@dataclass(frozen=True, slots=True)
class _Kept:
    """A table that was kept earlier the same day.

    commands : what measured it, each with the rows it gave ("" where that is not known)
    rows     : by the name they begin with
    text     : what people wrote beneath it
    """

    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    text: str = ""


GAVE = "  # "
"""Parts a command from the names of the rows it gave; a comment where the command is pasted."""


def _read(path: Path) -> _Kept:
    """The table in the file `path` with what is written above and beneath it; empty for none."""
    if not path.exists():
        return _Kept()
    head, row, rest = path.read_text(encoding="utf-8").partition("\n| ")
    table, _, text = (row[1:] + rest).partition("\n\n")
    rows: dict[str, list[list[str]]] = {}
    for cells in [line[2:-2].split(" | ") for line in table.splitlines()][2:]:
        rows.setdefault(cells[0], []).append(cells)
    commands = {}
    for line in head.splitlines():
        if line.startswith("    "):
            command, _, names = line.strip().partition(GAVE)
            commands[command] = names.split(", ") if names else []
    return _Kept(commands, rows, text)


def writable() -> str:
    """Why nothing can be kept under docs/results/; "" if it can."""
    try:
        RESULTS.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=RESULTS):
            return ""
    except OSError as error:
        return f"{RESULTS} cannot be written: {error.strerror}"


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else keeps results meanwhile: what two runs keep at once would be that of one."""
    folder = os.open(RESULTS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _replace(path: Path, text: str) -> None:
    """Write `path` whole or not at all: a full disk must not cost what was kept before."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def save(kind: str, found: Mapping[str, Any], rows: Sequence[Sequence[str]], command: str) -> Path:
    """Keep `found` (by name of set or benchmark) and its `rows` as docs/results/KIND-DATE.*.

    What was measured earlier the same day stays, unless it was measured again; so does what people
    wrote beneath the table. The table (.md) is the record; the details of each recording (.json)
    stay with who measured.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{kind}-{date.today().isoformat()}.json"
    with _alone():
        _save(path, kind, found, rows, command)
    return path


def _save(
    path: Path, kind: str, found: Mapping[str, Any], rows: Sequence[Sequence[str]], command: str
) -> None:
    before = _read(path.with_suffix(".md"))
    heading, *body = [list(row) for row in rows]
    named: dict[str, list[list[str]]] = {}
    for row in body:
        named.setdefault(row[0], []).append(row)
    details = json.loads(path.read_text(encoding="utf-8"))["found"] if path.exists() else {}
    kept = {
        "version": __version__,
        "machine": machine(),
        "commands": _commands(before.commands, command, list(named)),
        "heading": heading,
        "rows": {**before.rows, **named},
        "found": details | dict(found),
    }
    _replace(path, json.dumps(kept, indent=1) + "\n")
    _replace(path.with_suffix(".md"), _page(kind, kept, before.text))


def _page(kind: str, kept: Mapping[str, Any], text: str) -> str:
    """The record of a day, for people."""
    flat = [kept["heading"], *(row for rows_of in kept["rows"].values() for row in rows_of)]
    where = ", ".join(f"{value} {name}" for name, value in machine().items())
    commands = "\n".join(
        f"    {each}{GAVE + ', '.join(names) if names else ''}"
        for each, names in kept["commands"].items()
    )
    return (
        f"# {kind.capitalize()}, {date.today().isoformat()}\n\n"
        f"listenlive {__version__}; {where}. Measured with\n\n{commands}\n\n{markdown(flat)}\n"
        + (f"\n{text}" if text else "")
    )


def _commands(
    before: Mapping[str, Sequence[str]], command: str, names: Sequence[str]
) -> dict[str, list[str]]:
    """Each command with the rows that are still its own; one that has none left is dropped."""
    left = {
        each: [name for name in gave if name not in names]
        for each, gave in before.items()
        if each != command
    }
    kept = {each: gave for each, gave in left.items() if gave or not before[each]}
    kept[command] = [*(n for n in before.get(command, ()) if n not in names), *names]
    return dict(sorted(kept.items()))

"""What was measured, as a table, as JSON, and kept with its date under docs/results/."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
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


def _tabled(path: Path) -> dict[str, Any]:
    """Commands, and rows by the name they begin with, of a table that was kept; {} for none."""
    if not path.exists():
        return {}
    lines = path.read_text().splitlines()
    cells = [line[2:-2].split(" | ") for line in lines if line.startswith("| ")]
    rows: dict[str, list[list[str]]] = {}
    for row in cells[1:]:
        rows.setdefault(row[0], []).append(row)
    return {"commands": [line.strip() for line in lines if line.startswith("    ")], "rows": rows}


def save(kind: str, found: Mapping[str, Any], rows: Sequence[Sequence[str]], command: str) -> Path:
    """Keep `found` (by name of set or benchmark) and its `rows` as docs/results/KIND-DATE.*.

    What was measured earlier the same day stays, unless it was measured again. The table (.md) is
    the record; the details of each recording (.json) stay with who measured.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{kind}-{date.today().isoformat()}.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    before |= _tabled(path.with_suffix(".md"))
    heading, *body = [list(row) for row in rows]
    named = {row[0]: [r for r in body if r[0] == row[0]] for row in body}
    all_rows = before.get("rows", {}) | named
    kept = {
        "version": __version__,
        "machine": machine(),
        "commands": sorted({*before.get("commands", []), command}),
        "heading": heading,
        "rows": all_rows,
        "found": before.get("found", {}) | dict(found),
    }
    path.write_text(json.dumps(kept, indent=1) + "\n")
    flat = [heading, *(row for rows_of in all_rows.values() for row in rows_of)]
    where = ", ".join(f"{value} {name}" for name, value in machine().items())
    commands = "\n".join(f"    {each}" for each in kept["commands"])
    path.with_suffix(".md").write_text(
        f"# {kind.capitalize()}, {date.today().isoformat()}\n\n"
        f"listenlive {__version__}; {where}. Measured with\n\n{commands}\n\n{markdown(flat)}\n"
    )
    return path

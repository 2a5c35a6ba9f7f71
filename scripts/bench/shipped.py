"""Weights that were learned, where the program looks for them."""

import hashlib
from pathlib import Path

PLACE = Path(__file__).resolve().parents[2] / "src" / "listenlive" / "data" / "models"


def note_hash(weights: Path) -> None:
    """Put the hash of the file `weights` into SHA256SUMS beside it, in place of an earlier one."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    sums = weights.with_name("SHA256SUMS")
    lines = [line for line in sums.read_text().splitlines() if line.split()[1] != weights.name]
    sums.write_text("\n".join([*lines, f"{digest}  {weights.name}"]) + "\n")

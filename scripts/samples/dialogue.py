"""Dialogue scripts: who says what, and where the next person comes in."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARKS = re.compile(r"[\^/]")
PAUSE = re.compile(r"\[(\d+\.?\d*)\]")


@dataclass(frozen=True, slots=True)
class Person:
    """One of the two people; `gap` is the range of their usual silence before a reply, seconds."""

    name: str
    voice: str
    gap: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """What one person says in one go, and how it meets what is being said.

    kind     None (after a silence) or the kind of event that this line is, see samples/README.md
    gap      seconds of silence before it, for a line without a kind; None: drawn from the person's
    overlap  seconds shared with the line before, for terminal and interruption;
             for dual_start: seconds after that line's start
    speed    pace, 1 is the voice's usual one
    gain_db  louder or softer than this person's usual level
    labels   what the listener (or the partner) does with it: question_open, advice, reflection, ...
    """

    by: str
    text: str
    kind: str | None = None
    gap: float | None = None
    overlap: float = 0.0
    speed: float = 1.0
    gain_db: float = 0.0
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words without marks, said without a written pause, and the pause after them in seconds."""

    text: str
    pause: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a line breaks off: after `share` (0-1) of the word with this index."""

    word: int
    share: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line's text taken apart: phrases to say, words where others enter, where it breaks off."""

    phrases: tuple[Phrase, ...]
    entries: tuple[int, ...]
    cut: Cut | None
    heard: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A whole conversation as written."""

    name: str
    seed: int
    people: dict[str, Person]
    lines: tuple[Line, ...]


def load_dialogue(path: Path) -> Dialogue:
    """Return the dialogue in a TOML file, named after the file."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    people = {key: _person(value) for key, value in data["people"].items()}
    lines = tuple(
        Line(**{**line, "labels": tuple(line.get("labels", ()))}) for line in data["lines"]
    )
    return Dialogue(path.stem, data["seed"], people, lines)


def _person(table: dict[str, Any]) -> Person:
    low, high = table["gap"]
    return Person(table["name"], table["voice"], (low, high))


def parse(text: str) -> Spoken:
    """Return a marked text taken apart: `^` an entry, `/` the cut, `[0.5]` a pause of 0.5 s."""
    words = PAUSE.sub(" ", text).split()
    entries = tuple(i for i, word in enumerate(words) if "^" in word)
    cuts = [i for i, word in enumerate(words) if "/" in word]
    if len(cuts) > 1:
        raise ValueError(f"a line breaks off once, this one {len(cuts)} times: {text!r}")
    cut = _cut(cuts[0], words[cuts[0]]) if cuts else None
    return Spoken(_phrases(text), entries, cut, _heard(words, cut))


def _phrases(text: str) -> tuple[Phrase, ...]:
    parts = PAUSE.split(MARKS.sub("", text))
    pauses = [float(p) for p in parts[1::2]] + [0.0]
    return tuple(
        Phrase(said.strip(), pause) for said, pause in zip(parts[::2], pauses, strict=True)
    )


def _cut(index: int, word: str) -> Cut:
    before, after = word.replace("^", "").split("/")
    return Cut(index, len(before) / len(before + after.rstrip(".,?!")))


def _heard(words: list[str], cut: Cut | None) -> str:
    """Return the words that are really said; a word cut in the middle ends in a hyphen."""
    if cut is None:
        return MARKS.sub("", " ".join(words))
    whole = MARKS.sub("", " ".join(words[: cut.word]))
    return f"{whole} {MARKS.sub('', words[cut.word].split('/')[0])}-".strip()

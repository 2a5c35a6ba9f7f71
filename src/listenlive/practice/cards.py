"""Cards: a few quiet minutes without a microphone, and answers that are kept over time.

::

    <data>/practice/            0700
        answers.jsonl   0600    one line each time a card was answered

Answers stand beside earlier ones; they are never added up, and nothing is concluded from them.
"""

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from listenlive.errors import SessionError
from listenlive.store import PRIVATE_FILE, make_private

LEAST, MOST = 1, 5
FILE = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Statement:
    """Something to say how often it was so. `id` is what answers are kept by."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card says and asks.

    seconds    : how long its timer runs; None: it has none
    statements : answered from 1 (`low`) to 5 (`high`)
    after      : what is said when all are answered
    """

    name: str
    kind: str
    title: str
    about: str
    text: str = ""
    seconds: float | None = None
    question: str = ""
    intro: str = ""
    low: str = ""
    high: str = ""
    after: str = ""
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """One time that a card was answered.

    at      : when, wall clock in ISO 8601
    answers : 1 to 5 by the statement's id;  note : a word on a timer
    """

    card: str
    at: str
    answers: Mapping[str, int]
    note: str = ""

    @property
    def day(self) -> str:
        """When, for people: "12 Nov 2026"."""
        at = datetime.fromisoformat(self.at)
        return f"{at.day} {at:%b %Y}"


@dataclass(frozen=True, slots=True)
class Shade:
    """Words for shades of one feeling, and what they have in common."""

    hint: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A broad feeling and its finer words."""

    name: str
    shades: tuple[Shade, ...]


@cache
def cards() -> Mapping[str, Card]:
    """All cards by name, in the order they are listed."""
    path = files("listenlive") / "data" / "practice" / "cards.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _card(name, table) for name, table in tables.items()}


def _card(name: str, table: Mapping[str, Any]) -> Card:
    statements = tuple(Statement(**each) for each in table.get("statements", ()))
    return Card(name=name, **{**table, "statements": statements})


@cache
def families(language: str = "en") -> tuple[Family, ...]:
    """The words for feelings, by family."""
    path = files("listenlive") / "data" / "feelings" / f"{language}.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Family(each["name"], tuple(Shade(s["hint"], tuple(s["words"])) for s in each["shades"]))
        for each in table["families"]
    )


def keep(data: Path, answered: Answered) -> Path:
    """Add `answered` to the answers in `data`; returns the file. SessionError if that fails."""
    path = data / "practice" / FILE
    try:
        make_private(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(answered), ensure_ascii=False) + "\n")
    except OSError as error:
        raise SessionError(
            f"cannot keep your answers in {path}: {error.strerror or error}. "
            "Free some space or choose another folder with --data DIR."
        ) from error
    return path


def earlier(data: Path, card: str) -> tuple[Answered, ...]:
    """All answers to `card` in `data`, in order. A line cut off by a crash is left out."""
    path = data / "practice" / FILE
    try:
        *lines, _ = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise SessionError(f"cannot read your answers in {path}: {error}.") from error
    found = [_answered(line, path, at) for at, line in enumerate(lines, start=1) if line]
    return tuple(each for each in found if each.card == card)


def _answered(line: str, path: Path, at: int) -> Answered:
    try:
        read = Answered(**json.loads(line))
        datetime.fromisoformat(read.at)
    except (ValueError, TypeError) as error:
        raise SessionError(
            f"line {at} of {path} is no answer. Remove that line, or the file."
        ) from error
    return read


def beside(card: Card, now: Answered, before: Sequence[Answered]) -> tuple[str, ...]:
    """Each statement with the number of now and those of the last times, oldest first.

    ::

        2 3 3  4   I let a silence be, and waited for what came after it.
        earlier now
    """
    last = before[-3:]
    lines = []
    for statement in card.statements:
        numbers = [str(each.answers.get(statement.id, "-")) for each in last]
        lines.append(
            f"{' '.join(numbers):>5}  {now.answers.get(statement.id, '-')}  {statement.text}"
        )
    return tuple(lines)

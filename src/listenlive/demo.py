"""Six written conversations as sessions, to see what several of them look like. No sound.

The scripts are `listenlive/data/demo/*.toml`. A line is `NAME MARK text`::

    Nora: text       the next turn, after a gap;  `Nora:1.4 text` after 1.4 s
    Nora/ text       comes in over the end of the line before, which breaks off
    Nora+ text       comes in over the line before, which goes on
    Nora~ mhm        a short signal during the line before
"""

import re
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from listenlive.config import Settings
from listenlive.conversation import (
    Answer,
    CheckIn,
    Goal,
    Person,
    Role,
    Tone,
    Utterance,
    Word,
)
from listenlive.events import (
    CheckedIn,
    Diarized,
    Ended,
    Event,
    GoalSet,
    LanguageDetected,
    ListenerSet,
    Noted,
    Started,
    UtteranceHeard,
)
from listenlive.forms import FELT_HEARD, MOOD_AFTER, MOOD_BEFORE, form
from listenlive.span import Span
from listenlive.store import SavedSession, SessionWriter

EXAMPLE = "A written example: nobody said this"
NOTE = f"{EXAMPLE}, and there is no sound to it."
SECONDS_PER_WORD = 0.48  # about 125 words a minute: an evening at the table
PAUSE = 0.25  # between the sentences of one person
GAP = 0.6  # between two people, where the script does not say
OVERLAP = 0.9  # how long somebody is spoken over before they break off
_LINE = re.compile(r"(?P<name>\w+)(?P<mark>[:/+~])(?P<gap>\d*\.?\d*) (?P<text>.+)")
_SENTENCE = re.compile(r"(?<=[.?!]) ")


@dataclass(frozen=True, slots=True)
class _Line:
    speaker: str
    mark: str
    gap: float
    text: str


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A data folder for examples, removed afterwards: they are never among one's own sessions."""
    with tempfile.TemporaryDirectory(prefix="listenlive-demo-") as folder:
        yield Path(folder)


@contextmanager
def demo_data() -> Iterator[Path]:
    """A data folder with the six sessions in it, removed afterwards."""
    with demo_folder() as folder:
        keep_demo(folder)
        yield folder


def keep_demo(data: Path) -> tuple[SavedSession, ...]:
    """Keep the six sessions in `data`; returns them, the oldest first."""
    return tuple(_kept(data, script) for script in _scripts())


def demo_events() -> tuple[tuple[Event, ...], ...]:
    """All that happens in each of the six sessions, the oldest first."""
    return tuple(tuple(_events(script)) for script in _scripts())


def _scripts() -> list[dict[str, Any]]:
    folder = files("listenlive") / "data" / "demo"
    paths = sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name)
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in paths]


def _kept(data: Path, script: dict[str, Any]) -> SavedSession:
    began = datetime.fromisoformat(script["began"])
    writer = SessionWriter(data, script["name"], Settings(), began=began, recording=None)
    for event in _events(script):
        writer.append(event)
    return writer.close()


def _events(script: dict[str, Any]) -> Iterator[Event]:
    began, names = script["began"], script["people"]
    yield Started(began, "file", script["name"], 2, dated=True)
    yield Noted(NOTE)
    if "goal" in script:
        yield GoalSet(Goal(script["goal"]))
    utterances = _heard(_lines(script["talk"], names))
    yield from map(UtteranceHeard, utterances)
    yield LanguageDetected("en", None)
    people = tuple(Person(id_, name) for id_, name in zip("AB", names, strict=True))
    yield Diarized(people, sees_overlap=True)
    yield ListenerSet("A")
    yield Ended(max(each.span.end for each in utterances) + 1.0)
    yield from map(CheckedIn, _check_ins(script, began))


def _check_ins(script: dict[str, Any], at: str) -> Iterator[CheckIn]:
    for name, key in ((MOOD_BEFORE, "before"), (MOOD_AFTER, "after")):
        for role, value in zip(Role, script.get("mood", {}).get(key, ()), strict=False):
            yield CheckIn(name, role, (Answer("mood", value),), at)
    if "felt_heard" in script:
        questions = form(FELT_HEARD).questions
        pairs = zip(questions, script["felt_heard"], strict=True)
        answers = tuple(Answer(question.id, value) for question, value in pairs)
        yield CheckIn(FELT_HEARD, Role.PARTNER, answers, at)


def _lines(talk: str, names: list[str]) -> Iterator[_Line]:
    for row in filter(None, talk.splitlines()):
        found = _LINE.fullmatch(row)
        if found is None:
            raise ValueError(f"not a line of a script: {row!r}")
        gap = float(found["gap"]) if found["gap"] else GAP
        yield _Line("AB"[names.index(found["name"])], found["mark"], gap, found["text"])


def _heard(lines: Iterator[_Line]) -> tuple[Utterance, ...]:
    """The lines in time, one utterance a sentence."""
    heard: list[Utterance] = []
    last: list[Utterance] = []  # of the last line that was a turn
    for line in lines:
        if line.mark in "~+":
            held = max(last, key=lambda each: each.span.duration).span
            heard += _spoken(line, held.start + 0.3 * held.duration, first=len(heard))
            continue
        end = last[-1].span.end if last else 1.0 - line.gap
        start = end - OVERLAP if line.mark == "/" else end + line.gap
        last = _spoken(line, start, first=len(heard))
        heard += last
    return tuple(sorted(heard, key=lambda each: each.span))


def _spoken(line: _Line, start: float, *, first: int) -> list[Utterance]:
    said: list[Utterance] = []
    for sentence in _SENTENCE.split(line.text):
        words = sentence.split()
        at = [start + n * SECONDS_PER_WORD for n in range(len(words) + 1)]
        spoken = tuple(
            Word(word, Span(round(at[n], 3), round(at[n + 1], 3)), 0.95)
            for n, word in enumerate(words)
        )
        span = Span(round(start, 3), round(at[-1], 3))
        number = first + len(said) + 1
        said.append(Utterance(number, line.speaker, span, spoken, "en", _tone(number, line)))
        start = at[-1] + PAUSE
    return said


def _tone(number: int, line: _Line) -> Tone:
    """A voice that moves a little; louder and higher where somebody comes in."""
    chance = Random(number)
    base = 205.0 if line.speaker == "A" else 118.0
    lift = 1.18 if line.mark == "/" else 1.0
    return Tone(
        f0_hz=round(base * lift * chance.uniform(0.93, 1.07), 1),
        f0_range_st=round(chance.uniform(3.5, 6.5), 1),
        level_db=round(-27.0 + 30.0 * (lift - 1) + chance.uniform(-1.5, 1.5), 1),
        rate=round(chance.uniform(3.7, 4.9), 1),
        voiced=0.6,
    )

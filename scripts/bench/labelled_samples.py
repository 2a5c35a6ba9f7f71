"""Behaviours in the bundled conversations: from their script, and from what the program heard.

The scripts were known when the rules were written, so this says what hearing costs, not how good
the rules are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import hearing
from bench.figures import Result
from listenlive.analysis import analyse
from listenlive.conversation import BEHAVIOURS, QUESTIONS, Conversation, Person, Utterance, Word
from listenlive.span import Span

if TYPE_CHECKING:
    from bench.sets import Choice

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NEAR = 0.5  # seconds by which words may lie outside their line
KINDS = frozenset(kind.value for kind in BEHAVIOURS | QUESTIONS)


@dataclass(frozen=True, slots=True)
class Did:
    """Somebody did something of this kind between two times."""

    kind: str
    by: str
    start: float
    end: float


def there(_choice: "Choice") -> bool:
    """Whether there are bundled conversations."""
    return any(SAMPLES.glob("*.words.json"))


def measure(_choice: "Choice") -> tuple[list[Result], dict[str, Any]]:
    """Labels of the scripts found, on their own words and on the program's."""
    found: list[Result] = []
    details: dict[str, Any] = {}
    scripts = {path: json.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.words.json"))}
    for how in ("the script", "the program's words"):
        counts: dict[str, list[int]] = {}
        for path, lines in scripts.items():
            moments = _scripted(lines) if how == "the script" else _heard(path)
            _count(labelled(lines), moments, counts)
        both, told, true = (sum(each[i] for each in counts.values()) for i in range(3))
        found += [
            Result(name=f"{how}: F1", n=true, value=2 * both / (told + true), higher=True),
            Result(name=f"{how}: precision", n=told, value=both / told, higher=True),
            Result(name=f"{how}: recall", n=true, value=both / true, higher=True),
        ]
        details[how] = {
            kind: {"found": both, "told": told, "true": true}
            for kind, (both, told, true) in sorted(counts.items())
        }
    return found, details


def labelled(lines: Sequence[Mapping[str, Any]]) -> list[Did]:
    """What the script says is done in its lines."""
    return [
        Did(label, line["speaker"], line["start"], line["end"])
        for line in lines
        for label in line["labels"]
        if label in KINDS
    ]


def _count(true: Sequence[Did], told: Sequence[Did], counts: dict[str, list[int]]) -> None:
    """Adds what is both, told and true, by kind; two of a kind in one line are one."""
    once = {(each.kind, each.by, _line(each, true)): each for each in told}
    for each in once.values():
        counts.setdefault(each.kind, [0, 0, 0])[1] += 1
    for each in true:
        of_kind = counts.setdefault(each.kind, [0, 0, 0])
        of_kind[2] += 1
        of_kind[0] += any(_same(each, other) for other in once.values())


def _line(did: Did, true: Sequence[Did]) -> float:
    """What tells lines apart: the start of the labelled line it lies in, else its own."""
    return next((each.start for each in true if _same(each, did)), did.start)


def _same(true: Did, told: Did) -> bool:
    return (
        (true.kind, true.by) == (told.kind, told.by)
        and told.start < true.end + NEAR
        and true.start - NEAR < told.end
    )


def _scripted(lines: Sequence[Mapping[str, Any]]) -> list[Did]:
    heard = tuple(_utterance(n, line) for n, line in enumerate(lines, start=1))
    people = (Person("A", "A"), Person("B", "B"))
    end = max(line["end"] for line in lines)
    conversation = Conversation(heard, end, people, language="en").with_listener("A")
    return [
        Did(m.kind.value, m.by, m.span.start, m.span.end)
        for m in analyse(conversation).moments
        if m.kind.value in KINDS
    ]


def _utterance(number: int, line: Mapping[str, Any]) -> Utterance:
    span = Span(line["start"], line["end"])
    said = line["text"].split()
    step = span.duration / max(len(said), 1)
    words = tuple(
        Word(word, Span(span.start + at * step, span.start + (at + 1) * step), 1.0)
        for at, word in enumerate(said)
    )
    return Utterance(number, line["speaker"], span, words, "en")


def _heard(path: Path) -> list[Did]:
    audio = path.with_name(path.name.removesuffix(".words.json") + ".flac")
    session = hearing.hear(audio, hearing.settings(words=True))
    return [
        Did(m["kind"], m["by"], m["start"], m["end"])
        for m in session["moments"]
        if m["kind"] in KINDS
    ]

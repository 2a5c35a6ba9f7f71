"""Exercises as data: steps with parts, durations and the words on the screen."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from listenlive.conversation import Role, StepKind
from listenlive.errors import ConfigError

OTHER = {Role.LISTENER: Role.PARTNER, Role.PARTNER: Role.LISTENER}


@dataclass(frozen=True, slots=True)
class Names:
    """What the two are called on the screen."""

    listener: str = "Me"
    partner: str = "Partner"

    def of(self, role: Role) -> str:
        """The name of whoever has that role."""
        return self.listener if role is Role.LISTENER else self.partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A step as it is written, before it is known who tells.

    floor : "teller", "listener", "both" or "nobody";  seconds : until the next step comes by itself
    once  : only in the first round
    """

    kind: StepKind
    floor: str
    seconds: float
    title: str
    text: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise.

    rounds  : how often its parts come, changed over each time
    passing : what is said to pass the floor on, where that is a part of it; bare words
    """

    name: str
    title: str
    about: str
    rounds: int
    parts: tuple[Part, ...]
    passing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a plan: it is known who tells (`teller`) and who is to speak (`floor`)."""

    part: Part
    teller: Role
    floor: Role | None

    @property
    def kind(self) -> StepKind:
        """What the step is for."""
        return self.part.kind

    @property
    def seconds(self) -> float:
        """How long it lasts unless a key ends it."""
        return self.part.seconds

    @property
    def ends(self) -> bool:
        """Whether it ends when its time is up; who holds the stick is never cut off."""
        return self.kind is not StepKind.HOLD

    def title(self, names: Names) -> str:
        """What it is, in one line."""
        return self._filled(self.part.title, names)

    def text(self, names: Names) -> str:
        """What to do, in up to four short lines."""
        return self._filled(self.part.text.strip(), names)

    def _filled(self, template: str, names: Names) -> str:
        teller, listener = names.of(self.teller), names.of(OTHER[self.teller])
        # Not str.format: a name may hold braces.
        parts = template.replace("{teller}", "\0t").replace("{listener}", "\0l")
        return parts.replace("\0t", teller).replace("\0l", listener)


@cache
def exercises() -> Mapping[str, Exercise]:
    """All exercises by name, in the order they are listed."""
    path = files("listenlive") / "data" / "practice" / "exercises.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _exercise(name, table) for name, table in tables.items()}


def exercise(name: str) -> Exercise:
    """The exercise called `name`. ConfigError with the nearest name if there is none."""
    known = exercises()
    if name in known:
        return known[name]
    raise ConfigError(f"there is no exercise {name!r}; {nearest(name, tuple(known))}")


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint for a name that is not known."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}."


def plan(chosen: Exercise, *, first: Role = Role.PARTNER) -> tuple[Step, ...]:
    """The steps of `chosen` from beginning to end; `first` tells first, then the other."""
    tellers = [first if number % 2 == 0 else OTHER[first] for number in range(chosen.rounds)]
    return tuple(
        _step(part, teller)
        for number, teller in enumerate(tellers)
        for part in chosen.parts
        if not (part.once and number)
    )


def _step(part: Part, teller: Role) -> Step:
    floor = {"teller": teller, "listener": OTHER[teller]}.get(part.floor)
    return Step(part=part, teller=teller, floor=floor)


def _exercise(name: str, table: Mapping[str, Any]) -> Exercise:
    parts = tuple(
        Part(**{**each, "kind": StepKind(each["kind"]), "seconds": float(each["seconds"])})
        for each in table["steps"]
    )
    passing = tuple(table.get("passing", ()))
    return Exercise(name, table["title"], table["about"], table["rounds"], parts, passing)

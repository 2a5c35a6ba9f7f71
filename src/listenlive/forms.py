"""The questions people answer around a talk; their texts are `listenlive/data/forms/*.toml`.

Answers stand beside the figures and are never mixed into them.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from listenlive.conversation import Answer, CheckIn, Role
from listenlive.errors import ConfigError

FELT_HEARD, SELF_CHECK = "felt_heard", "self_check"
MOOD_BEFORE, MOOD_AFTER = "mood_before", "mood_after"
MOODS = (MOOD_BEFORE, MOOD_AFTER)


@dataclass(frozen=True, slots=True)
class Question:
    """One statement to answer. `id` is what answers are kept by."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """Questions that are answered together, each from `least` ("not at all") to `most`.

    by : whose form it is; None: everybody's
    """

    name: str
    by: Role | None
    title: str
    low: str
    high: str
    questions: tuple[Question, ...]
    least: int = 1
    most: int = 5

    def check_in(self, by: Role, answers: Mapping[str, int], *, at: str) -> CheckIn:
        """`answers` by question id as they are kept; unanswered questions are left out.

        ConfigError for an unknown question, or a number out of range.
        """
        given = []
        for question in answers:
            if question not in [each.id for each in self.questions]:
                known = ", ".join(each.id for each in self.questions)
                raise ConfigError(f"{self.name} has no question {question!r}; it has {known}.")
        for each in self.questions:
            if each.id in answers:
                value = answers[each.id]
                if not self.least <= value <= self.most:
                    raise ConfigError(
                        f"{value} is no answer to {each.text!r}; "
                        f"allowed: {self.least} to {self.most}."
                    )
                given.append(Answer(each.id, value))
        return CheckIn(self.name, by, tuple(given), at)

    def answered(self, by: Role, earlier: Iterable[CheckIn]) -> dict[str, int]:
        """What `by` answered last, by question: what is left open now keeps that answer."""
        known = {question.id for question in self.questions}
        theirs = [each for each in earlier if each.form == self.name and each.by is by]
        last = theirs[-1].answers if theirs else ()
        return {each.question: each.value for each in last if each.question in known}


@cache
def form(name: str) -> Form:
    """The form called `name`. ConfigError if there is none."""
    if name in MOODS:
        when = "before" if name == MOOD_BEFORE else "after"
        mood = Question("mood", f"Your mood {when} the talk")
        return Form(name, None, f"Mood {when} the talk", "low", "high", (mood,), most=10)
    roles = {FELT_HEARD: Role.PARTNER, SELF_CHECK: Role.LISTENER}
    if name not in roles:
        known = ", ".join((*MOODS, *roles))
        raise ConfigError(f"there is no form {name!r}; there are {known}.")
    path = files("listenlive") / "data" / "forms" / f"{name}.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    questions = tuple(Question(each["id"], each["text"]) for each in table["questions"])
    return Form(name, roles[name], table["title"], table["low"], table["high"], questions)


def mean(check_in: CheckIn) -> float | None:
    """The average answer; None without any."""
    values = [answer.value for answer in check_in.answers]
    return sum(values) / len(values) if values else None

"""What is asked before anything is recorded, and what is told about it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from listenlive.conversation import Answer, CheckIn, Consent, Goal, Role
from listenlive.errors import ConfigError
from listenlive.events import CheckedIn, Consented, Event, GoalSet
from listenlive.plain import one_line
from listenlive.store import KEPT_DAYS

ALOUD = (
    "“I would like to record our talk, to learn how well I listen. "
    "It stays on this computer. Is that all right with everybody?”"
)
"""A sentence to say aloud."""

KEPT = {
    "report": "deleted once the report is made",
    "30d": "kept for 30 days",
    "always": "kept until you delete it",
}
"""What may become of the sound."""

GOAL_WORDS = {
    None: "not said",
    Goal.MUTUAL: "we both speak and listen",
    Goal.LISTENING: "I am here to listen",
    Goal.EXERCISE: "an exercise",
}
"""What a talk may be for, as it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the user said before the start.

    who        : is in the room, "" if they did not say
    keep_audio : what becomes of the sound, a key of `KEPT`
    how        : everybody's consent was said: "key", "page" or "flag"
    mood       : 1 (low) to 10 (high) before the talk, None if not said
    """

    who: str = ""
    keep_audio: str = "30d"
    how: str = "key"
    goal: Goal | None = None
    mood: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is known before the question is asked.

    answers : as last time
    first   : nothing was ever answered: ask all of it; else one key starts
    device  : the microphone that will be used
    cut_off : sessions that were cut off, in words; "" if there are none
    offer   : one thing that may be done some time, in words
    today   : the date, for the date of deletion
    """

    answers: Answers
    first: bool
    device: str
    today: date
    cut_off: str = ""
    offer: str = ""


def opening(answers: Answers, *, at: datetime) -> tuple[Event, ...]:
    """The events that begin a session with these answers."""
    wall = at.isoformat(timespec="seconds")
    found: list[Event] = [Consented(Consent(one_line(answers.who), answers.how, wall))]
    if answers.goal is not None:
        found.append(GoalSet(answers.goal))
    if answers.mood is not None:
        mood = CheckIn("mood_before", Role.LISTENER, (Answer("mood", answers.mood),), wall)
        found.append(CheckedIn(mood))
    return tuple(found)


def kept_until(keep_audio: str, today: date) -> str:
    """What becomes of the sound, with the date it is deleted on."""
    if keep_audio == "30d":
        day = today + timedelta(days=KEPT_DAYS)
        return f"sound kept until {day.day} {day:%B %Y}"
    return f"sound {KEPT[keep_audio]}"


def goal_called(name: str) -> Goal:
    """The goal that --goal names; ConfigError if there is none such."""
    try:
        return Goal(name)
    except ValueError as error:
        allowed = ", ".join(goal.value for goal in Goal)
        raise ConfigError(f"--goal {name!r} is not known; allowed: {allowed}.") from error

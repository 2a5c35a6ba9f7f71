"""Gentle cues while listening: a word about me, never about the other, at most one a minute."""

from dataclasses import dataclass

from listenlive.config import Measuring
from listenlive.conversation import Role
from listenlive.errors import ConfigError
from listenlive.events import Activity, Event, Expected, Passing, TalkOverHeard
from listenlive.live.floor import Floor

EVERY = 60.0
"""Seconds between two cues at least: more would be a nag, and listening suffers from it."""

KINDS = ("long-turn", "talk-over", "fast-reply")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cues are given; None: not that one.

    long_turn  : seconds after which my turn is long
    talk_over  : when I came in over somebody
    fast_reply : seconds under which I replied at once
    """

    long_turn: float | None = None
    talk_over: bool = False
    fast_reply: float | None = None

    def __bool__(self) -> bool:
        return self.talk_over or self.long_turn is not None or self.fast_reply is not None


def wanted(text: str, measuring: Measuring) -> Wanted:
    """What --cue asks for, such as "long-turn=90s,talk-over,fast-reply".

    Without a number the thresholds of the report hold. ConfigError where it does not read.
    """
    chosen: dict[str, float] = {}
    for part in (each.strip() for each in text.split(",") if each.strip()):
        name, equals, value = part.partition("=")
        if name not in KINDS or (equals and name == "talk-over"):
            raise ConfigError(
                f"--cue {part!r} is not known; allowed: long-turn=90s, talk-over, fast-reply=0.25s."
            )
        chosen[name] = _seconds(part, value) if equals else 0.0
    return Wanted(
        long_turn=(chosen["long-turn"] or measuring.long_turn) if "long-turn" in chosen else None,
        talk_over="talk-over" in chosen,
        fast_reply=(
            (chosen["fast-reply"] or measuring.immediate) if "fast-reply" in chosen else None
        ),
    )


def _seconds(part: str, value: str) -> float:
    try:
        seconds = float(value.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ConfigError(f"--cue {part!r} needs seconds, more than 0 and at most 3600: 90s.")
    return seconds


class Cues:
    """Says when there is a cue. Fed with all that is heard, and with the time.

    me : the listener's id, in the words of the live events; None until their voice is known
    """

    def __init__(self, wanted: Wanted, me: str | None, *, every: float = EVERY) -> None:
        self._wanted = wanted
        self._me = me
        self._every = every
        self._floor = Floor()
        self._last: float | None = None
        self._long_turn: float | None = None  # start of the turn that was called long already
        self._others_stopped: float | None = None

    def heard(self, event: Event | Passing) -> str | None:
        """The cue that `event` gives, if any."""
        if self._me is None and not isinstance(event, Expected):
            return None
        match event:
            case TalkOverHeard(at, by) if by == self._me and self._wanted.talk_over:
                return self._given(at, "you came in while they were speaking")
            case Activity(at, speakers):
                return self._active(at, speakers)
            case Expected(people):
                self._me = next((p.id for p in people if p.role is Role.LISTENER), None)
        return None

    def by(self, now: float) -> str | None:
        """The cue that the passing of time gives, if any."""
        self._floor = self._floor.by(now)
        longest, turn = self._wanted.long_turn, self._floor
        if (
            longest is None
            or self._me is None
            or turn.holder != self._me
            or turn.running() < longest
        ):
            return None
        if self._long_turn == turn.since:
            return None
        cue = self._given(now, f"you have been speaking for {round(turn.running())} seconds")
        if cue:
            self._long_turn = turn.since
        return cue

    def _active(self, at: float, speakers: tuple[str, ...]) -> str | None:
        before = tuple(speaker for speaker, _ in self._floor.speaking)
        self._floor = self._floor.heard(at, speakers)
        others = [speaker for speaker in before if speaker != self._me]
        if others and all(speaker == self._me for speaker in speakers):
            self._others_stopped = at
        began = self._me in speakers and self._me not in before
        if not began:
            return self.by(at)
        stopped, self._others_stopped = self._others_stopped, None
        quick = self._wanted.fast_reply
        if quick is None or stopped is None or others or at - stopped >= quick:
            return None
        return self._given(at, "you replied at once")

    def _given(self, at: float, text: str) -> str | None:
        if self._last is not None and at - self._last < self._every:
            return None
        self._last = at
        return text

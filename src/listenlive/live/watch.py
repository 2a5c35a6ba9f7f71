"""When a session ends by itself: after the minutes wished for, or long after the last word."""

from dataclasses import dataclass

from listenlive.events import Activity, Announced, Event, Passing, SpeechEnded

NOTICE = 60.0
"""Seconds between the announcement and the end."""

PATIENCE = 30.0
"""Seconds past the wished end that a sentence is waited for."""

PAUSE = 1.0
"""Seconds of silence in which an end hurts nobody."""


@dataclass(frozen=True, slots=True)
class TimeToEnd:
    """The session should end now, and why."""

    why: str


class Watch:
    """Fed with what is heard and with the time; says when to announce the end, and when to end.

    length  : seconds that the session should take; None: as long as people like
    silence : seconds without a word after which nobody is there any more; 0: never
    """

    def __init__(self, *, length: float | None = None, silence: float = 600.0) -> None:
        self._length = length
        self._silence = silence
        self._speaking = False
        self._last_word = 0.0
        self._announced: set[str] = set()

    def heard(self, event: Event | Passing) -> None:
        """Take note of who speaks."""
        match event:
            case Activity(at, speakers):
                if speakers or self._speaking:
                    self._last_word = max(self._last_word, at)
                self._speaking = bool(speakers)
            case SpeechEnded(span):
                self._last_word = max(self._last_word, span.end)

    def by(self, now: float, *, taken: float | None = None) -> Announced | TimeToEnd | None:
        """What there is to do when all up to `now` was heard.

        taken : seconds taken in, of which the last ones may not be heard yet; None: `now`
        """
        if self._speaking:
            self._last_word = max(self._last_word, now)
        length = self._by_length(now, now if taken is None else taken)
        return length or self._by_silence(now)

    def _by_length(self, now: float, taken: float) -> Announced | TimeToEnd | None:
        if self._length is None:
            return None
        over = taken - self._length
        paused = not self._speaking and now - self._last_word >= PAUSE
        if over >= PATIENCE or (over >= 0 and paused):
            return TimeToEnd("the time is over")
        notice = min(NOTICE, self._length / 2)
        if -over <= notice and self._first("length"):
            left = max(1, round(-over))
            return Announced(taken, f"{_lasting(left)} left, then the next pause ends the session")
        return None

    def _by_silence(self, now: float) -> Announced | TimeToEnd | None:
        if not self._silence:
            return None
        quiet = self._quiet_for(now)
        if quiet >= self._silence:
            return TimeToEnd(f"nobody has spoken for {_lasting(round(self._silence))}")
        notice = min(NOTICE, self._silence / 2)
        if quiet < self._silence - notice:
            self._announced.discard("silence")
        elif self._first("silence"):
            left = _lasting(round(self._silence - quiet))
            return Announced(now, f"nobody is heard; the session ends in {left} unless you speak")
        return None

    def _quiet_for(self, now: float) -> float:
        return now - self._last_word

    def _first(self, what: str) -> bool:
        if what in self._announced:
            return False
        self._announced.add(what)
        return True


def _lasting(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    if minutes and not left:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{seconds} second{'s' if seconds > 1 else ''}"

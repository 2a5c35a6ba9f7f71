"""Who has the floor right now, from who is heard right now."""

from dataclasses import dataclass, replace

from listenlive.config import Measuring

_THRESHOLDS = Measuring()


@dataclass(frozen=True, slots=True)
class Floor:
    """Who is heard, and whose turn is running.

    ::

        A        |=====|   |====|
        B          |=|            |=======|        |=|: a listener signal takes no floor
        holder   A A A A A A A A A  . B B B        B, once it is longer than one: from its start

    speaking : (who, since when) of everybody heard now, the longest first
    holder   : whose turn is running, `since` when; None: nobody's
    stopped  : when the holder was heard last, None while they speak
    told     : since when this is so: who is heard was told last
    """

    at: float = 0.0
    speaking: tuple[tuple[str, float], ...] = ()
    holder: str | None = None
    since: float = 0.0
    stopped: float | None = None
    told: float = 0.0

    def heard(
        self, at: float, speakers: tuple[str, ...], *, thresholds: Measuring = _THRESHOLDS
    ) -> "Floor":
        """The floor when from `at` on these speakers are heard."""
        before = self.by(at, thresholds=thresholds)
        began = dict(before.speaking)
        speaking = sorted(((s, began.get(s, at)) for s in speakers), key=lambda each: each[1])
        stopped = before.stopped
        if before.holder in speakers:
            stopped = None
        elif before.holder is not None and stopped is None:
            stopped = at
        now = replace(before, speaking=tuple(speaking), stopped=stopped, told=at)
        return now.by(at, thresholds=thresholds)

    def by(self, at: float, *, thresholds: Measuring = _THRESHOLDS) -> "Floor":
        """The floor at `at`, if nobody started or stopped since."""
        here = replace(self, at=max(at, self.at))
        if self.holder is None:
            return here._taken() if self.speaking else here
        if self.stopped is None:
            return here
        if self.speaking and here.at - self.speaking[0][1] > thresholds.backchannel_max:
            return here._taken()
        if not self.speaking and here.at - self.stopped > thresholds.turn_gap:
            return replace(here, holder=None, stopped=None)
        return here

    def running(self) -> float:
        """Seconds that the running turn has lasted; 0 if there is none."""
        return self.at - self.since if self.holder is not None else 0.0

    def _taken(self) -> "Floor":
        who, since = self.speaking[0]
        return replace(self, holder=who, since=since, stopped=None)

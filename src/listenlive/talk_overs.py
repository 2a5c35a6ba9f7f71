"""Who talks over whom, told while it happens. The analysis decides afterwards, with hindsight.

Definitions as in `listenlive.analysis.overlaps`; what came of it (the holder stops, or the entrant
does) is not known yet and not waited for.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from listenlive.config import Measuring
from listenlive.events import TalkOverHeard
from listenlive.span import Span

JOINED = 0.3
"""Seconds of silence inside one run of talk: hearing tears a voice apart for about this long."""

PAUSE = 1.0
"""Back within this time, a speaker has only paused and still holds the floor."""

ALONE = 0.5
"""Who speaks alone for this long in the other's pause has begun a turn of their own."""

BREATH = 0.05
"""Seconds of silence that can be told from a voice that goes on."""

_HAIR = 1e-6  # sums of frames are off by rounding


@dataclass(slots=True)
class _Run:
    """One speaker's present or last run of talk.

    before : where the run before it ended;  first: where that began
    into   : who was talking when it began
    """

    start: float
    end: float
    before: float | None = None
    first: float | None = None
    into: tuple[str, ...] = ()

    def resumes(self, since: float) -> bool:
        """Whether it goes on with talk that, at `since` or later, has only paused."""
        before = self.before
        return before is not None and before >= since and self.start - before <= PAUSE


@dataclass(frozen=True, slots=True)
class _Entry:
    """`by` began at `at` while `over` was talking."""

    by: str
    over: str
    at: float


class TalkOvers:
    """Follows who speaks, frame by frame, and tells when somebody talks over somebody.

    ::

        holder    |=====================|
        entrant        |========|
                                ^ told here: longer than any "mhm", and both were heard
                                  for longer than at an ordinary change of turns
    """

    def __init__(self, settings: Measuring) -> None:
        self._rules = settings
        self._runs: dict[str, _Run] = {}
        self._entries: list[_Entry] = []
        self._told: dict[tuple[str, str], float] = {}  # by, over: start of the run
        self._now = 0.0

    @property
    def talking(self) -> tuple[str, ...]:
        """Who is heard now; who stopped a moment ago still counts."""
        return tuple(sorted(s for s, run in self._runs.items() if self._talks(run)))

    def step(
        self, start: float, length: float, speaking: Collection[str]
    ) -> Iterator[TalkOverHeard]:
        """Take a frame of `length` seconds in which `speaking` are heard."""
        self._now = start
        begun = [speaker for speaker in speaking if self._begins(speaker)]
        self._now = start + length
        for speaker in speaking:
            self._runs[speaker].end = self._now
        for speaker in begun:
            self._entries += self._entered(speaker)
        yield from self._judged()

    def _talks(self, run: _Run) -> bool:
        return self._now - run.end <= JOINED + _HAIR

    def _begins(self, speaker: str) -> bool:
        run = self._runs.get(speaker)
        if run is not None and self._talks(run):
            return False
        self._runs[speaker] = _Run(
            self._now, self._now, run.end if run else None, run.start if run else None
        )
        return True

    def _entered(self, speaker: str) -> Iterator[_Entry]:
        """What it means that `speaker` has just begun, for everybody who was talking."""
        mine = self._runs[speaker]
        others = {s: run for s, run in self._runs.items() if s != speaker and self._talks(run)}
        mine.into = tuple(others)
        for other, theirs in others.items():
            after = mine.start - theirs.start
            if speaker in theirs.into and mine.resumes(theirs.start):
                continue  # they came in, and I go on
            paused = mine.before is not None and mine.before <= theirs.start and mine.resumes(0.0)
            if paused and after <= ALONE:  # they came in in my pause, and I am back
                yield _Entry(other, speaker, theirs.start)
            elif after > self._rules.dual_start_max or theirs.resumes(0.0):
                yield _Entry(speaker, other, mine.start)

    def _judged(self) -> Iterator[TalkOverHeard]:
        going_on: list[_Entry] = []
        for entry in self._entries:
            by, over = self._runs[entry.by], self._runs[entry.over]
            said, shared = by.end - entry.at, _stop(over, entry) - entry.at
            if said > self._rules.backchannel_max and shared > self._rules.terminal_max + _HAIR:
                if not self._same(entry):
                    yield TalkOverHeard(entry.at, entry.by, entry.over)
                self._told[entry.by, entry.over] = by.start
            elif self._open(entry):
                going_on.append(entry)
        self._entries = going_on

    def _same(self, entry: _Entry) -> bool:
        """Whether it only goes on with one that was told."""
        by = self._runs[entry.by]
        told = self._told.get((entry.by, entry.over))
        return told is not None and told == by.first and by.resumes(told)

    def _open(self, entry: _Entry) -> bool:
        """Whether it may still become one.

        The entrant goes on, or pauses once the holder has stopped; the holder was there until now.
        """
        by, over = self._runs[entry.by], self._runs[entry.over]
        stopped = self._now - over.end > BREATH
        goes_on = by.start <= entry.at and self._talks(by)
        pauses = stopped and self._now - by.end <= PAUSE
        return (goes_on or pauses) and self._now - over.end <= 2 * PAUSE


class TurnEnds:
    """Tells where somebody's turn ended and another one's goes on: no silence tells it there.

    ::

        one        |===========|
        another              |====================
        told                   ^  0.3 s later
    """

    def __init__(self, settings: Measuring) -> None:
        self._rules = settings
        self._runs: dict[str, Span] = {}

    def step(self, start: float, length: float, speaking: Collection[str]) -> Iterator[float]:
        """Take a frame of `length` seconds in which `speaking` are heard: the ends, in seconds."""
        now = start + length
        for speaker in speaking:
            run = self._runs.get(speaker)
            self._runs[speaker] = Span(run.start if run else start, now)
        for speaker, run in list(self._runs.items()):
            silent = now - run.end
            if silent <= JOINED + _HAIR:
                continue
            goes_on = any(other.end > run.end for other in self._runs.values())
            if goes_on or silent > PAUSE:
                del self._runs[speaker]
            if goes_on and run.duration > self._rules.backchannel_max:
                yield run.end


def _stop(over: _Run, entry: _Entry) -> float:
    """Where the holder stopped, or is by now: back after more than a breath does not count."""
    if over.before is None or over.start <= entry.at:
        return over.end
    stopped = max(over.before, entry.at)  # the entrant may begin while the last word still sounds
    return stopped if over.start - stopped > ALONE else over.end

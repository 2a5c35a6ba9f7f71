"""Every stretch in which two people are heard at once, and what came of it.

The kinds come from timing alone, since overlapped words are often not heard; `interruptions`
adds what the words say. Definitions: docs/MEASURES.md, "Overlap".
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge as merge_sorted
from itertools import combinations

from listenlive.config import Measuring
from listenlive.conversation import Conversation, MomentKind, Utterance
from listenlive.span import Span

BLIP = 0.15  # shorter runs are clicks and hearing errors: MEASURES.md drops runs under 90 ms, and
# a boundary is heard some 30 ms off on either side; the shortest real "mhm" is about 0.25 s
SPLIT = 0.3  # hearing tears a voice apart for about this long where both speak; people pause longer
PAUSE = 1.0  # back within this time, a speaker has only paused and still holds the floor
ALONE = 0.5  # who speaks alone for this long after the other's stop has begun a turn of their own
HOLD = 0.3  # seconds an entrant must go on after the other's stop to have taken the floor
TOUCH = 0.05  # less shared time than this is below what hearing resolves


@dataclass(frozen=True, slots=True)
class Run:
    """One speaker's talk without a real pause: utterances at most `SPLIT` apart."""

    span: Span
    utterances: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """`by` begins to speak inside the talk of `over`.

    span    : from the entrant's onset to the end of the entry, or of the holder's talk if the
              entrant took the floor
    shared  : seconds both are heard
    entry   : ids of the entrant's utterances;  held: ids of the holder's utterances around it
    """

    kind: MomentKind
    span: Span
    by: str
    over: str
    shared: float
    entry: tuple[int, ...]
    held: tuple[int, ...]


def overlaps(
    conversation: Conversation, *, settings: Measuring | None = None
) -> tuple[Overlap, ...]:
    """Every time somebody begins to speak inside another's talk, in order, by timing alone.

    ::

        holder   |======================|  |==========|  |=======|       |=======|     |=======|
        entrant      |=|      |=====|               |=====|     |========|         |===|
                 backchannel  attempt            terminal    interruption       dual start

    backchannel   the entrant is brief and the holder goes on, or is only pausing
    attempt       the entrant says more and gives up; the holder goes on
    terminal      shared time of at most `terminal_max`, the entrant goes on, the holder is not
                  back within 1 s: ordinary turn-taking
    interruption  the holder stops and the entrant goes on
    dual_start    both begin within `dual_start_max` after a gap; `by` is who gives way

    Blind spot: a holder who yields within `terminal_max` of being cut into looks like ordinary
    turn-taking. Only words tell the two apart (`interruptions.cut_off`).
    """
    rules = settings or Measuring()
    tracks = [
        Track(speaker, joined(utterances))
        for speaker, utterances in conversation.by_speaker.items()
    ]
    found = [
        overlap
        for first, second in combinations(tracks, 2)
        for overlap in Encounter(first, second, rules).overlaps()
    ]
    return tuple(sorted(found, key=lambda each: (each.span.start, each.by, each.over)))


def joined(utterances: Sequence[Utterance]) -> tuple[Run, ...]:
    """One speaker's utterances as runs: joined over gaps up to `SPLIT`, blips left out."""
    groups: list[list[Utterance]] = []
    for utterance in utterances:
        if groups and utterance.span.start - groups[-1][-1].span.end <= SPLIT:
            groups[-1].append(utterance)
        else:
            groups.append([utterance])
    runs = (
        Run(Span(group[0].span.start, group[-1].span.end), tuple(each.id for each in group))
        for group in groups
    )
    return tuple(run for run in runs if run.span.duration >= BLIP)


@dataclass(frozen=True)
class Track:
    """One speaker's runs, in order."""

    speaker: str
    runs: tuple[Run, ...]

    @cached_property
    def _starts(self) -> list[float]:
        return [run.span.start for run in self.runs]

    def begun_by(self, moment: float) -> int:
        """Position of the last run that has begun by `moment`; -1 if none has."""
        return bisect_right(self._starts, moment) - 1

    def talking_at(self, moment: float) -> bool:
        """Whether a run covers `moment`."""
        at = self.begun_by(moment)
        return at >= 0 and moment < self.runs[at].span.end


@dataclass(frozen=True, slots=True)
class Entry:
    """Run number `at` of `by`, seen as coming into the talk of `over`.

    end  : when the entrant stops for good, pauses bridged;  last: position of the run it ends in
    """

    by: Track
    at: int
    over: Track
    end: float
    last: int

    @property
    def start(self) -> float:
        """The entrant's onset."""
        return self.by.runs[self.at].span.start

    @property
    def duration(self) -> float:
        """Seconds from onset to end, pauses included."""
        return self.end - self.start

    @property
    def utterances(self) -> tuple[int, ...]:
        """Ids of what the entrant said."""
        return _ids(self.by.runs[self.at : self.last + 1])


class Encounter:
    """Two speakers' runs held against each other, once through in order of their starts."""

    def __init__(self, first: Track, second: Track, rules: Measuring) -> None:
        self._pair = (first, second)
        self._rules = rules
        self._settled: set[tuple[str, int]] = set()  # runs that only continue talk already judged

    def overlaps(self) -> Iterator[Overlap]:
        """What came of each run that began inside the other's talk."""
        first, second = self._pair
        order = merge_sorted(
            ((run.span.start, i, first, second) for i, run in enumerate(first.runs)),
            ((run.span.start, i, second, first) for i, run in enumerate(second.runs)),
            key=lambda each: each[0],
        )
        for _, at, by, over in order:
            if (by.speaker, at) not in self._settled and (found := self._met(by, at, over)):
                yield found

    def _met(self, by: Track, at: int, over: Track) -> Overlap | None:
        start = by.runs[at].span.start
        held = over.begun_by(start)
        if held < 0:
            return None
        entry = self._entry(by, at, over)
        holder = over.runs[held].span
        if holder.end <= start:
            return self._in_pause(entry, held)
        if start - holder.start <= self._rules.dual_start_max:
            return self._both_began(entry, held)
        return self._mid_turn(entry, held)

    def _entry(self, by: Track, at: int, over: Track) -> Entry:
        """The entrant's talk from run `at` on: a brief one ends there, a longer one may pause."""
        start, last = by.runs[at].span.start, at
        end = by.runs[at].span.end
        while end - start > self._rules.backchannel_max and last + 1 < len(by.runs):
            following = by.runs[last + 1].span
            if over.talking_at(following.start):
                # Again into the other's talk: the same try, unless this time the other stops.
                goes_on = following.start - end <= ALONE and over.talking_at(following.end)
            else:
                goes_on = following.start - end <= PAUSE and not over.talking_at(end + HOLD)
            if not goes_on:
                break
            last, end = last + 1, following.end
        return Entry(by, at, over, end, last)

    def _mid_turn(self, entry: Entry, held: int) -> Overlap | None:
        """The entrant came in while the holder was talking."""
        brief = entry.duration <= self._rules.backchannel_max
        kept = self._kept_until(entry, held)
        if kept is not None:
            self._settle(entry.over, held + 1, kept)
            kind = MomentKind.BACKCHANNEL if brief else MomentKind.ATTEMPT
            return self._overlap(kind, entry, held, kept)
        stopped = self._stopped(entry, held)
        self._settle(entry.over, held + 1, stopped)
        end = entry.over.runs[stopped].span.end
        shared = end - entry.start
        if shared < TOUCH:
            return None
        if shared <= self._rules.terminal_max:
            kind = MomentKind.TERMINAL
        elif entry.end - end >= HOLD or self._goes_on(entry, stopped):
            kind = MomentKind.INTERRUPTION
        else:
            kind = MomentKind.BACKCHANNEL if brief else MomentKind.ATTEMPT
        return self._overlap(kind, entry, held, stopped)

    def _goes_on(self, entry: Entry, stopped: int) -> bool:
        """Whether the entrant speaks again within a pause, before the holder does."""
        ours, theirs = entry.by.runs, entry.over.runs
        if entry.last + 1 == len(ours):
            return False
        again = ours[entry.last + 1].span.start
        back = theirs[stopped + 1].span.start if stopped + 1 < len(theirs) else again + PAUSE
        return again - entry.end <= PAUSE and again < back

    def _stopped(self, entry: Entry, held: int) -> int:
        """Position of the holder's run after which the floor is the entrant's.

        A holder who is back at once after an early stop had not stopped: a breath, or hearing
        that tore the voice apart where both speak.
        """
        runs = entry.over.runs
        early = runs[held].span.end - entry.start <= self._rules.terminal_max
        if early and held + 1 < len(runs):
            back = runs[held + 1].span
            if back.start - runs[held].span.end <= ALONE and back.end - back.start >= HOLD:
                return held + 1
        return held

    def _kept_until(self, entry: Entry, held: int) -> int | None:
        """Position of the holder's run that outlasts the entry; None if the floor was taken.

        Pauses of the holder up to `PAUSE` count as going on, as long as the first of them ends
        within `yield_max` of the entry.
        """
        runs = entry.over.runs
        if runs[held].span.end > entry.end:
            return held
        for at in range(held + 1, len(runs)):
            back = runs[at].span
            if (
                back.start - runs[at - 1].span.end > PAUSE
                or back.start - entry.start > self._rules.yield_max
            ):
                return None
            if back.end > entry.end:
                return at
        return None

    def _in_pause(self, entry: Entry, held: int) -> Overlap | None:
        """The entrant came in while the holder was silent, perhaps only pausing."""
        runs = entry.over.runs
        if held + 1 == len(runs):
            return None
        stopped, back = runs[held].span, runs[held + 1].span
        earlier = entry.at > 0 and entry.by.runs[entry.at - 1].span.end > stopped.end
        if earlier or back.end <= entry.end:
            return None
        pause = back.start - stopped.end
        if entry.duration <= self._rules.backchannel_max:
            alone = entry.last + 1 == len(entry.by.runs) or (
                entry.by.runs[entry.last + 1].span.start > back.start
            )
            if pause > self._rules.turn_gap or not alone:
                return None
            kind = MomentKind.BACKCHANNEL
        elif pause <= PAUSE and back.start - entry.start <= ALONE:
            kind = MomentKind.ATTEMPT
        else:
            return None
        self._settle(entry.over, held + 1, held + 1)
        return self._overlap(kind, entry, held, held + 1)

    def _both_began(self, entry: Entry, held: int) -> Overlap | None:
        """Both began at once: who goes on has the floor, who stops first gave way."""
        other = self._entry(entry.over, held, entry.by)
        self._settle(entry.over, held, held)
        loser, winner = (entry, other) if entry.end <= other.end else (other, entry)
        if self._was_pausing(winner, loser):
            brief = loser.duration <= self._rules.backchannel_max
            kind = MomentKind.BACKCHANNEL if brief else MomentKind.ATTEMPT
        else:
            kind = MomentKind.DUAL_START
        return self._overlap(kind, loser, winner.at, winner.at)

    def _was_pausing(self, winner: Entry, loser: Entry) -> bool:
        """Whether the winner was the last to speak, and only for a pause ago."""
        if winner.at == 0:
            return False
        stopped = winner.by.runs[winner.at - 1].span.end
        last = loser.by.runs[loser.at - 1].span.end if loser.at else 0.0
        return last < stopped and winner.start - stopped <= PAUSE

    def _settle(self, track: Track, first: int, last: int) -> None:
        self._settled.update((track.speaker, at) for at in range(first, last + 1))

    def _overlap(self, kind: MomentKind, entry: Entry, held: int, until: int) -> Overlap:
        if kind is MomentKind.ATTEMPT:
            self._settle(entry.by, entry.at, entry.last)
        holder = entry.over.runs[held : until + 1]
        own = Span(entry.start, entry.end)
        taken = kind in (MomentKind.TERMINAL, MomentKind.INTERRUPTION)
        span = Span(entry.start, holder[-1].span.end) if taken else own
        both = sum(part.duration for run in holder if (part := run.span & own))
        return Overlap(
            kind, span, entry.by.speaker, entry.over.speaker, both, entry.utterances, _ids(holder)
        )


def _ids(runs: Sequence[Run]) -> tuple[int, ...]:
    return tuple(utterance for run in runs for utterance in run.utterances)

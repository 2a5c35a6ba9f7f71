"""Meetings with gold words and times whose annotators marked who was interrupted (MRDA).

A line of a .dadb file is a dialog act: start, end, id, channel, words ("start+end+word|..."), tag,
meeting-channel, speaker, ... A tag with `%-` (not `%--`, abandoned) says the speaker was cut off.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from listenlive.analysis.cut_off import BREATH, LAST, LONG, PAUSE, Stop

LEAST_WORDS = 3
"""Acts with fewer words are not asked about: most are signals and false starts."""

REACH = 4.0
"""Seconds before a stop within which an entrant began who may have caused it."""

AFTER = 1.0
"""Seconds after a stop within which one may still begin: nobody starts while silence is longer."""

_INTERRUPTED = re.compile(r"%-(?!-)")


@dataclass(frozen=True, slots=True)
class Said:
    """A word with its times."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """A dialog act. `tag`: what it does, by hand: "s" statement, "b" signal, "qy" question ..."""

    meeting: str
    speaker: str
    words: tuple[Said, ...]
    tag: str

    @property
    def interrupted(self) -> bool:
        """Marked `%-`: the speaker was cut off."""
        return bool(_INTERRUPTED.search(self.tag))

    @property
    def abandoned(self) -> bool:
        """Marked `%--`: the speaker gave up by themselves."""
        return "%--" in self.tag

    @property
    def start(self) -> float:
        """When its first word begins."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """When its last word ends."""
        return self.words[-1].end


def read_acts(path: Path) -> list[Act]:
    """The acts of a meeting that have words with times, in order of their start."""
    acts = []
    for line in path.read_text(encoding="latin-1").splitlines():
        fields = line.split(",")
        if len(fields) > 7 and (words := _words(fields[4])):
            acts.append(Act(path.stem, fields[7], words, fields[5]))
    return sorted(acts, key=lambda act: (act.start, act.end))


def _words(field: str) -> tuple[Said, ...]:
    parts = [part.split("+", 2) for part in field.split("|")]
    known = [p for p in parts if len(p) == 3 and p[2] and "XXXX" not in p[:2]]
    return tuple(Said(float(start), float(end), text) for start, end, text in known)


@dataclass(frozen=True)
class Track:
    """All that one speaker says in a meeting, in order."""

    words: tuple[Said, ...]

    @cached_property
    def starts(self) -> list[float]:
        """Where each word begins."""
        return [word.start for word in self.words]

    def begun(self, at: int, *, pause: float) -> int:
        """Position of the first word of the run that word `at` is in."""
        while at and self.words[at].start - self.words[at - 1].end < pause:
            at -= 1
        return at

    def ended(self, at: int, *, pause: float) -> int:
        """Position after the last word of that run."""
        at += 1
        while at < len(self.words) and self.words[at].start - self.words[at - 1].end < pause:
            at += 1
        return at


def stops(acts: Sequence[Act]) -> Iterator[tuple[Act, Stop | None]]:
    """Each act of `LEAST_WORDS` words and more of a meeting; the stop is None if nobody enters."""
    said: dict[str, list[Said]] = defaultdict(list)
    for act in acts:
        said[act.speaker] += act.words
    tracks = {
        speaker: Track(tuple(sorted(words, key=lambda word: (word.start, word.end))))
        for speaker, words in said.items()
    }
    for act in acts:
        if len(act.words) >= LEAST_WORDS:
            yield act, _stop(act, tracks)


def _stop(act: Act, tracks: dict[str, Track]) -> Stop | None:
    others = [track for speaker, track in tracks.items() if speaker != act.speaker]
    entries = [entry for track in others if (entry := _entry(act, track))]
    if not entries:
        return None
    track, first = max(entries, key=lambda each: _alone(act, *each))
    breath = track.ended(first, pause=BREATH)
    last = track.ended(first, pause=PAUSE)
    own = tracks[act.speaker]
    at = bisect_left(own.starts, act.words[-1].start)
    since = own.begun(at, pause=PAUSE)
    again = own.words[at + 1] if at + 1 < len(own.words) else None
    before = track.words[first - 1].end if first else -LONG
    return Stop(
        said=tuple(word.text for word in own.words[since : at + 1][-LAST:]),
        since=at - since,
        talked=act.end - own.words[since].start,
        back=max(again.start - act.end, -1.0) if again else LONG,
        again=again.text if again else "",
        onset=track.words[first].start - act.end,
        first_end=track.words[breath - 1].end - act.end,
        end=track.words[last - 1].end - act.end,
        first=tuple(word.text for word in track.words[first:breath]),
        entry=tuple(word.text for word in track.words[first:last]),
        silent=min(track.words[first].start - before, LONG),
    )


def _entry(act: Act, track: Track) -> tuple[Track, int] | None:
    """The run of `track` that is spoken at the end of `act`, or begins soon after."""
    at = bisect_right(track.starts, act.end + AFTER) - 1
    found = None
    while at >= 0 and track.words[at].start > act.end - REACH:
        first = track.begun(at, pause=BREATH)
        entered = act.end - REACH < track.words[first].start
        ends = track.words[track.ended(first, pause=BREATH) - 1].end
        if entered and ends > act.end - 0.5:
            found = (track, first)
        at = first - 1
    return found


def _alone(act: Act, track: Track, first: int) -> float:
    """Seconds the entrant goes on after the stop."""
    end = track.words[track.ended(first, pause=PAUSE) - 1].end
    return end - max(act.end, track.words[first].start)

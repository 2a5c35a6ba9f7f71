"""How soon a live session shows what happens, what it costs, and whether its result is a file's.

A recording is heard at the pace of real time, as `listenlive listen --demo` does; every event is
noted with the time at which it came. Latencies are against the truth beside the recording.
"""

import multiprocessing
import resource
import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import numpy as np

from bench.hearing import settings
from bench.rttm import Turn, bridged, read_rttm
from listenlive.conversation import Conversation
from listenlive.events import (
    Activity,
    Behind,
    Ended,
    Event,
    Partial,
    Passing,
    TalkOverHeard,
    UtteranceHeard,
    replay,
)
from listenlive.paced import PacedFile
from listenlive.sound import Sound

MEGABYTE = 1_000_000
SETTLED = 300.0
"""Seconds after which memory should not grow any more: models and caches are there, and two rounds
of pieces have been transcribed for good."""


@dataclass(frozen=True, slots=True)
class Came:
    """An event, and when it came: seconds after the sound began."""

    at: float
    event: Event | Passing


class Activities:
    """Who was shown to speak, ten times a second: 17 bytes each, or memory grows by watching it."""

    def __init__(self) -> None:
        self._came, self._at, self._who = array("d"), array("d"), array("B")
        self._groups: list[tuple[str, ...]] = []

    def add(self, came: float, shown: Activity) -> None:
        """`shown` came `came` seconds after the sound began."""
        if shown.speakers not in self._groups:
            self._groups.append(shown.speakers)
        self._came.append(came)
        self._at.append(shown.at)
        self._who.append(self._groups.index(shown.speakers))

    def __iter__(self) -> Iterator[tuple[float, Activity]]:
        for came, at, who in zip(self._came, self._at, self._who, strict=True):
            yield came, Activity(at, self._groups[who])


@dataclass(frozen=True, slots=True)
class Run:
    """A live session as it went.

    came   : all events but those in `active`
    memory : (seconds after the beginning, MB in use)
    """

    came: tuple[Came, ...]
    active: Activities
    duration: float
    cpu_seconds: float
    memory: tuple[tuple[float, float], ...]

    @property
    def closing(self) -> float:
        """Seconds from the end of the sound to the result."""
        return self.came[-1].at - self.duration

    @property
    def conversation(self) -> Conversation:
        """The result."""
        return replay(c.event for c in self.came if not isinstance(c.event, Passing))

    @property
    def slope(self) -> float | None:
        """Growth of memory in MB an hour, once settled; None if it ran too shortly."""
        late = [(at, mb) for at, mb in self.memory if SETTLED <= at <= self.duration]
        if len(late) < 300:
            return None
        at, mb = np.array(late).T
        return float(np.polyfit(at, mb, 1)[0] * 3600)


def run(recording: Path, *, mono: bool) -> Run:
    """Hear `recording` live, at its own pace."""
    from listenlive.hearing import heard_live

    chosen = settings(channels="mix" if mono else "split")
    source = PacedFile(recording)
    began, cpu = time.monotonic(), time.process_time()
    memory: list[tuple[float, float]] = []
    came, active = list[Came](), Activities()
    sounds = _taken(source)
    events = heard_live(sounds, chosen, name=source.name, channels=source.channels)
    for event in events:
        now = time.monotonic() - began
        if isinstance(event, Activity):
            active.add(now, event)
        else:
            came.append(Came(now, event))
        if not memory or now - memory[-1][0] >= 1:
            memory.append((now, _in_use()))
    ended = next(c.event.at for c in reversed(came) if isinstance(c.event, Ended))
    return Run(tuple(came), active, ended, time.process_time() - cpu, tuple(memory))


def same_as_file(found: Run, recording: Path, *, mono: bool) -> bool:
    """Whether analysing the recording gives the same words at the same times."""
    from listenlive.hearing import heard

    chosen = settings(channels="mix" if mono else "split")
    file = replay(heard(recording, chosen))
    theirs, ours = (
        [replace(utterance, id=0) for utterance in each.utterances]
        for each in (file, found.conversation)
    )
    return theirs == ours


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes that only compute."""
    others = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(processes)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.terminate()


def activity_latencies(found: Run, turns: Sequence[Turn]) -> list[float]:
    """Seconds from the beginning of speech after a pause until its speaker is shown."""
    shown = list(found.active)
    waits = []
    for turn in _after_pauses(turns):
        first = next(
            (
                came - turn.start
                for came, activity in shown
                if turn.start <= activity.at <= turn.end + 1.0 and turn.speaker in activity.speakers
            ),
            None,
        )
        if first is not None and turn.end - turn.start >= 0.5:
            waits.append(first)
    return waits


def talk_over_latencies(found: Run, *, signal: float) -> list[float]:
    """Seconds until a talk-over is shown, from when it was longer than a listener `signal`."""
    return [c.at - (c.event.at + signal) for c in found.came if isinstance(c.event, TalkOverHeard)]


def word_latencies(found: Run) -> list[float]:
    """Seconds from the end of each word of the result until a text that covers it is shown."""
    shown = [
        (c.at, c.event.span if isinstance(c.event, Partial) else c.event.utterance.span)
        for c in found.came
        if isinstance(c.event, Partial | UtteranceHeard)
    ]
    waits = []
    for utterance in found.conversation.utterances:
        for word in utterance.words:
            end = word.span.end
            covered = (at - end for at, s in shown if at >= end and s.start <= end <= s.end + 0.1)
            if (wait := next(covered, None)) is not None:
                waits.append(wait)
    return waits


def text_latencies(found: Run) -> list[float]:
    """Seconds from the end of an utterance until its text is shown."""
    return [
        c.at - c.event.utterance.span.end for c in found.came if isinstance(c.event, UtteranceHeard)
    ]


def most_behind(found: Run) -> float:
    """The most seconds that hearing said it was behind."""
    return max((c.event.seconds for c in found.came if isinstance(c.event, Behind)), default=0.0)


def turns_of(recording: Path) -> list[Turn]:
    """The truth beside a bundled recording; [] if there is none."""
    path = recording.parent / f"{recording.name.partition('.')[0]}.rttm"
    return bridged(read_rttm(path)) if path.exists() else []


def _after_pauses(turns: Sequence[Turn], *, pause: float = 0.5) -> Iterator[Turn]:
    ends: dict[str, float] = {}
    for turn in sorted(turns, key=lambda each: each.start):
        if turn.start - ends.get(turn.speaker, -1.0) >= pause:
            yield turn
        ends[turn.speaker] = max(turn.end, ends.get(turn.speaker, 0.0))


def _taken(source: PacedFile) -> Iterator[Sound]:
    """The sounds of `source`, taken in from now on by a thread of their own."""
    queue: SimpleQueue[Sound | None] = SimpleQueue()

    def take_in() -> None:
        for sound in source:
            queue.put(sound)
        queue.put(None)

    Thread(target=take_in, daemon=True).start()
    return iter(queue.get, None)


def _in_use() -> float:
    """Memory of this process in MB; where the system does not tell, its peak."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE
    return pages * resource.getpagesize() / MEGABYTE


def _spin() -> None:
    while True:
        pass

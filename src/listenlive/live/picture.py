"""The picture of a running session: a pure fold of all that a view is told.

The figures in it are those of the analysis, on what is known so far.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from listenlive.analysis.talk_time import talk_time
from listenlive.config import Measuring
from listenlive.conversation import Conversation, Person, Role, Utterance
from listenlive.events import (
    Activity,
    Announced,
    AudioLost,
    Behind,
    Diarized,
    Ended,
    Event,
    Expected,
    Partial,
    Passing,
    Paused,
    Resumed,
    TalkOverHeard,
    UtteranceHeard,
    apply,
)
from listenlive.live.floor import Floor
from listenlive.people import whom
from listenlive.span import Span, merge

TOLD_FOR = 8.0
"""Seconds that an announcement or a loss stays on the screen."""

_ONE_LOSS = 0.1  # seconds between two losses of sound that are one: it is told piece by piece

_OLD = 20.0  # seconds after which half-heard words that never became an utterance are dropped


class LineKind(StrEnum):
    """What a line of the live view tells."""

    SAID = "said"
    PARTIAL = "partial"
    OVER = "over"
    MARK = "mark"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the live view: when, what kind, who, and the words."""

    at: float
    kind: LineKind
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that can be seen of a session at one moment.

    expected   : who will be there, before it is decided who was: names for provisional speakers
    active     : (who, seconds) heard so far: all that there is to share out without words
    partials   : what is being said, the newest of each speaker
    behind     : seconds that hearing is late
    told, lost : the last announcement; the last loss of sound, the whole of it
    """

    conversation: Conversation = field(default_factory=Conversation)
    expected: tuple[Person, ...] = ()
    thresholds: Measuring = field(default_factory=Measuring)
    floor: Floor = field(default_factory=Floor)
    active: tuple[tuple[str, float], ...] = ()
    partials: tuple[Partial, ...] = ()
    talk_overs: tuple[TalkOverHeard, ...] = ()
    behind: float = 0.0
    told: Announced | None = None
    lost: AudioLost | None = None
    paused: bool = False
    ended: bool = False

    def after(self, event: Event | Passing) -> "Picture":
        """The picture after `event`."""
        match event:
            case Activity() | Partial() | TalkOverHeard():
                return self._heard(event)
            case Behind(seconds):
                return replace(self, behind=seconds)
            case Expected(people):
                return replace(self, expected=people)
            case Announced():
                return replace(self, told=event)
        return self._folded(event)

    def _heard(self, event: Activity | Partial | TalkOverHeard) -> "Picture":
        match event:
            case Activity(at, speakers):
                active = _more(self.active, self.floor, at)
                heard = self.floor.heard(at, speakers, thresholds=self.thresholds)
                return replace(self, floor=heard, active=active)
            case Partial(_, _, speaker):
                others = tuple(p for p in self.partials if p.speaker != speaker)
                return replace(self, partials=(*others, event))
            case TalkOverHeard():
                return replace(self, talk_overs=(*self.talk_overs, event))

    def by(self, now: float) -> "Picture":
        """The picture at `now` seconds on the audio clock, if nothing happened since."""
        fresh = tuple(p for p in self.partials if now - p.span.end < _OLD)
        told = self.told if self.told and now - self.told.at < TOLD_FOR else None
        lost = self.lost if self.lost and now - self.lost.span.end < TOLD_FOR else None
        floor = self.floor.by(now, thresholds=self.thresholds)
        return replace(self, floor=floor, partials=fresh, told=told, lost=lost)

    def _folded(self, event: Event) -> "Picture":
        now = replace(self, conversation=apply(self.conversation, event))
        match event:
            case UtteranceHeard(utterance):
                return replace(now, partials=_without(self.partials, utterance))
            case AudioLost(_, reason):
                return replace(now, lost=AudioLost(now.losses[-1], reason))
            case Paused() | Resumed():
                return replace(now, paused=isinstance(event, Paused), partials=())
            case Diarized():
                return replace(now, partials=(), talk_overs=())
            case Ended():
                return replace(now, ended=True)
        return now

    @property
    def losses(self) -> tuple[Span, ...]:
        """Every loss of sound, each as one."""
        return merge(self.conversation.lost, gap=_ONE_LOSS)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody by name: as decided, else as expected."""
        return self.conversation.people or self.expected

    @property
    def me(self) -> str | None:
        """The id of the listener, if that is known."""
        return next((p.id for p in self.people if p.role is Role.LISTENER), None)

    def name(self, speaker: str | None) -> str:
        """What `speaker` is called."""
        named = {person.id: person.name for person in self.people}
        return named.get(speaker, f"Voice {speaker}") if speaker else "…"

    def shares(self) -> tuple[tuple[Person, float], ...]:
        """Everybody and their share of what was said so far, 0..1; () before anybody is named."""
        seconds = talk_time(self.conversation).seconds or dict(self.active)
        spoken = sum(seconds.values())
        if not spoken:
            return ()
        known = [*self.people, *(Person(s, self.name(s)) for s in seconds)]
        people = {person.id: person for person in reversed(known)}
        order = [p.id for p in self.people] + [s for s in seconds if s not in self._ids()]
        return tuple((people[s], seconds.get(s, 0.0) / spoken) for s in order)

    def _ids(self) -> frozenset[str]:
        return frozenset(person.id for person in self.people)

    def lines(self, most: int) -> tuple[Line, ...]:
        """The last lines, the newest last: words, half-heard words, talk-overs, marks, losses."""
        recent = self.conversation.utterances[-most:]
        said = [Line(u.span.start, LineKind.SAID, u.speaker, u.text) for u in recent if u.words]
        overs = [
            Line(t.at, LineKind.OVER, t.by, f"came in over {whom(self.name(t.over))}")
            for t in self.talk_overs[-most:]
        ]
        marks = [Line(m.at, LineKind.MARK, None, m.note) for m in self.conversation.marks[-most:]]
        gone = [Line(s.start, LineKind.LOST, None, "") for s in self.losses[-most:]]
        done = sorted([*said, *overs, *marks, *gone], key=lambda line: line.at)
        half = [Line(p.span.start, LineKind.PARTIAL, p.speaker, p.text) for p in self.partials]
        return tuple([*done, *sorted(half, key=lambda line: line.at)][-most:])


def _more(
    active: tuple[tuple[str, float], ...], floor: Floor, at: float
) -> tuple[tuple[str, float], ...]:
    """`active` with the time until `at` added for everybody who stops or goes on then."""
    seconds = dict(active)
    for speaker, _ in floor.speaking:
        seconds[speaker] = seconds.get(speaker, 0.0) + max(at - floor.told, 0.0)
    return tuple(sorted(seconds.items()))


def _without(partials: tuple[Partial, ...], said: Utterance) -> tuple[Partial, ...]:
    """`partials` without what is now known to be part of `said`."""

    def part_of_it(partial: Partial) -> bool:
        same = said.speaker is None or partial.speaker in (None, said.speaker)
        return same and bool(partial.span & said.span)

    return tuple(partial for partial in partials if not part_of_it(partial))


def clock(seconds: float) -> str:
    """Time since the start: 4:05, 1:02:09."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"

"""A live session that was cut off is finished: its audio is heard again, as it was heard before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from listenlive.app import Analysed, reanalyse
from listenlive.audio import AudioChunk, seconds
from listenlive.config import Settings
from listenlive.events import (
    CheckedIn,
    Consented,
    Ended,
    Event,
    GoalSet,
    Marked,
    Noted,
    Passing,
    PracticeAnswered,
    PracticeBegan,
    PracticeStepEnded,
    Started,
    Tagged,
    Titled,
)
from listenlive.listening import partner_name, with_name
from listenlive.practice.exercises import Names
from listenlive.practice.timetable import with_parts
from listenlive.recorder import KeptAudio
from listenlive.sound import Sound
from listenlive.store import SavedSession

if TYPE_CHECKING:
    from listenlive.hearing import Progress

Hear = Callable[..., Iterator[Event | Passing]]
"""Hears sounds, as `hearing.heard_live` does; replaced in tests."""

SAID = (
    Consented
    | GoalSet
    | CheckedIn
    | Marked
    | PracticeBegan
    | PracticeStepEnded
    | PracticeAnswered
    | Titled
    | Tagged
)
"""What people said and did, which no hearing tells again. Pauses and losses are with the audio."""

_DAMAGED = (
    "of what was kept beside the sound (who agreed, the goal, marks, answers) not all could be "
    "read; this is the report of the sound and the rest"
)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a session was begun with: its settings, and the names of the people in order."""

    settings: Settings
    names: tuple[str, ...]


def finish(
    session: SavedSession,
    *,
    begun: Begun | None = None,
    progress: "Progress | None" = None,
    hear: Hear | None = None,
) -> Analysed:
    """The session, whole, and its analysis. Finishing one that is whole changes nothing.

    All events are written anew, or none: interrupted, it can be finished again. Where those that
    were there are damaged, the sound makes the report, and they are put aside. Raises
    AudioFileError if none of its sound is there, SessionError while it is being recorded.

    begun : as if it had been begun with this, which is kept; None: as it was
    """
    with session.used():
        if not session.ended:
            was = begun or Begun(session.settings(), session.names)
            before, damaged = session.salvaged()
            said = [event for event in before if isinstance(event, SAID)]
            told = _whole(session, was, said, progress, hear or _heard_live())
            session.rewrite(_noted(told, _DAMAGED) if damaged else told, aside=damaged)
            if begun:
                session.begun_with(begun.settings, begun.names)
    return reanalyse(session, session.settings())


def _heard_live() -> Hear:
    from listenlive.hearing import heard_live

    def hear(sounds: Iterable[Sound], settings: Settings, **how: Any) -> Iterator[Event | Passing]:
        return heard_live(sounds, settings, show=None, **how)

    return hear


def _noted(events: Iterable[Event], note: str) -> Iterator[Event]:
    """`events` with `note` before the end."""
    for event in events:
        if isinstance(event, Ended):
            yield Noted(note)
        yield event


def _whole(
    session: SavedSession,
    begun: Begun,
    said: Sequence[Event],
    progress: "Progress | None",
    hear: Hear,
) -> Iterator[Event]:
    """What is heard now, with what people `said` and did before it was cut off."""
    kept = KeptAudio(session.folder)
    heard = hear(
        _counted(kept, progress),
        begun.settings,
        name=session.device,
        channels=kept.channels,
        names=begun.names,
    )
    named = with_name(heard, "" if begun.names else _who(said))
    for event in with_parts(_again(session, named, said), _names(said)):
        if isinstance(event, Ended):
            yield from map(Noted, kept.warnings)
        if not isinstance(event, Passing):
            yield event


def _again(
    session: SavedSession, heard: Iterable[Event | Passing], said: Sequence[Event]
) -> Iterator[Event | Passing]:
    """`heard` since the session began, with what was `said` then."""
    for event in heard:
        if isinstance(event, Started):
            began = session.began.isoformat() if session.began else event.at
            yield replace(event, at=began)
            yield from said
        else:
            yield event


def _who(said: Iterable[Event]) -> str:
    """Who was in the room."""
    return next((event.consent.who for event in said if isinstance(event, Consented)), "")


def _names(said: Iterable[Event]) -> Names:
    """What the two are called in an exercise."""
    return Names(partner=partner_name(_who(said)) or Names().partner)


def _counted(kept: KeptAudio, progress: "Progress | None") -> Iterable[Sound]:
    """All of `kept`; `progress` is told after each chunk has been heard."""
    for sound in kept:
        yield sound
        if progress and isinstance(sound, AudioChunk):
            progress(seconds(sound.end), kept.duration)

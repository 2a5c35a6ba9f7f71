"""A live session, put together: a source is heard, kept and analysed."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from listenlive import store, weights
from listenlive.analysis import analyse
from listenlive.app import Analysed, check_words, history_of
from listenlive.config import Settings
from listenlive.conversation import Person, Role
from listenlive.demo import EXAMPLE
from listenlive.errors import AudioFileError, SessionError
from listenlive.events import (
    Activity,
    Announced,
    Diarized,
    Ended,
    Event,
    Expected,
    Noted,
    Passing,
    PersonNamed,
)
from listenlive.live.consent import Answers, opening
from listenlive.live.watch import Watch
from listenlive.people import check_live_me, people
from listenlive.plain import one_line
from listenlive.recorder import Recorder
from listenlive.recorder import Source as Recordable
from listenlive.session import Hear, LiveSession, Source
from listenlive.sound import Sound
from listenlive.store import SavedSession, SessionWriter
from listenlive.voices import VoiceProfile

DEMO = "evening.flac"
"""The written example that a demo plays: a bundled conversation, spoken."""


class Input(Source, Recordable, AbstractContextManager["Input"], Protocol):
    """A source that takes sound in from `with` on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a session.

    answers   : what the user said before the start; None: a demo, where nobody is recorded
    names     : of the people, in order; else `answers.who` names the only partner
    minutes   : after which it ends softly
    voice     : the listener's, by which they are known on one microphone
    recording : the file that stands in for a microphone; None: the sound is kept
    kept_as   : what the session is named after; "": the source
    watched   : somebody sees what is provisional while it is said
    scripted  : the truth beside `recording` is told instead of hearing anything: no models
    """

    answers: Answers | None = None
    names: tuple[str, ...] = ()
    minutes: float | None = None
    voice: VoiceProfile | None = None
    recording: Path | None = None
    kept_as: str = ""
    watched: bool = True
    scripted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A session under way, and what becomes of it."""

    session: LiveSession
    expected: tuple[Person, ...]
    settings: Settings
    keeper: "Keeper"
    recording: Path | None = None

    def analysed(self) -> Analysed:
        """The session and its analysis, once it is over. Raises what went wrong."""
        try:
            conversation = self.session.result()
        except BaseException:
            self.keeper.leave()
            raise
        kept = self.keeper.close()
        recording = self.recording or (kept.recording if kept else None)
        return Analysed(
            conversation=conversation,
            analysis=analyse(
                conversation,
                settings=self.settings.measuring,
                history=history_of(conversation, kept.data, session=kept.id) if kept else (),
            ),
            settings=self.settings,
            session=kept,
            recording=recording,
            not_saved=self.keeper.problem,
        )


def check(settings: Settings, wish: Wish, *, channels: int) -> None:
    """Raise at once what hearing would when sound is taken in already: ConfigError, ModelError.

    Only what is quickly known. A model in a folder of its own is loaded the first time, as nothing
    else says whether it is whole.
    """
    check_live_me(settings.speakers, channels=channels, names=wish.names)
    if not wish.scripted:
        check_words(settings.transcription)
        if settings.transcription.words:
            _check_loads(settings.transcription.model)


def _check_loads(model: str) -> None:
    """Raise the ModelError of loading `model`: people should not talk for nothing."""
    folder = weights.resolve(model)
    if not weights.is_proven(folder):
        from listenlive.engines.whisper import WhisperTranscriber

        WhisperTranscriber(folder, threads=1)
        weights.prove(folder)


def begin(
    source: Input, settings: Settings, hear: Hear, *, data: Path | None, wish: Wish
) -> Listening:
    """Open `source` and start to hear it; keep the session in `data`, if given.

    Sound is taken in from here on, models are loaded meanwhile. Raises at once where the source
    cannot be opened or the session cannot be kept.
    """
    now = datetime.now().astimezone()
    with ExitStack() as opened:
        opened.enter_context(source)
        keeper = Keeper(data, wish.kept_as or source.name, settings, began=now, wish=wish)
        sounds = keeper.kept(source)
        who = wish.answers.who if wish.answers and not wish.names else ""
        session = LiveSession(
            source,
            lambda heard: _told(hear(heard), who, sounds),
            sounds=_until_closed(sounds, opened.pop_all()),
            keep=keeper.append,
            opening=opening(wish.answers, at=now) if wish.answers else (Noted(f"{EXAMPLE}."),),
            watch=Watch(
                length=wish.minutes * 60 if wish.minutes else None,
                silence=settings.live.silence_minutes * 60,
            ),
        )
    session.start()
    return Listening(
        session=session,
        expected=expected(settings, names=wish.names, who=who, channels=source.channels),
        settings=settings,
        keeper=keeper,
        recording=wish.recording,
    )


def _until_closed(sounds: Iterable[Sound], opened: ExitStack) -> Iterator[Sound]:
    with opened:
        yield from sounds


def expected(
    settings: Settings, *, names: tuple[str, ...], who: str, channels: int
) -> tuple[Person, ...]:
    """Who will be there, as far as that is known beforehand; () if it is not."""
    split = settings.speakers.channels != "mix" and channels > 1
    if not split and not settings.speakers.me:
        return ()
    found = people(("A", "B"), split=split, names=names, me=settings.speakers.me)
    return found if names else with_partner(found, who)


def with_partner(found: tuple[Person, ...], who: str) -> tuple[Person, ...]:
    """`found`, with the only partner called by the name the user gave."""
    partners = [person for person in found if person.role is Role.PARTNER]
    if len(partners) == 1 and (name := partner_name(who)):
        return tuple(Person(p.id, name, p.role) if p.role is Role.PARTNER else p for p in found)
    return found


def _told(
    events: Iterable[Event | Passing], who: str, sounds: Input | Recorder
) -> Iterator[Event | Passing]:
    """`events`, with the partner's name, and what was wrong with the sound as notes.

    Sound that is not kept any more is said at once: a disk can be cleared while people talk.
    """
    said = False
    for event in with_name(events, who):
        problem = sounds.problem if isinstance(sounds, Recorder) else None
        # at the end at the latest: where hearing is behind, nothing is said of who speaks
        if isinstance(event, Activity | Ended) and problem and not said:
            said = True
            yield Announced(event.at, f"the sound is not kept any more: {problem}")
        if isinstance(event, Ended):
            yield from map(Noted, sounds.warnings)
        yield event


def with_name(events: Iterable[Event | Passing], who: str) -> Iterator[Event | Passing]:
    """`events`, with the only partner called by the name the user gave."""
    for event in events:
        if isinstance(event, Expected):
            yield Expected(with_partner(event.people, who))
            continue
        yield event
        if isinstance(event, Diarized) and (name := partner_name(who)):
            partners = [person for person in event.people if person.role is Role.PARTNER]
            if len(partners) == 1:
                yield PersonNamed(partners[0].id, name)


def partner_name(who: str) -> str | None:
    """The name in `who`, if it is a single one."""
    name = one_line(who)
    several = "," in name or " and " in name or "&" in name
    return name if name and not several else None


class Keeper:
    """Keeps a session while that is possible; a disk that fills up must not cost the analysis.

    data : None: nothing is kept
    """

    def __init__(
        self,
        data: Path | None,
        name: str,
        settings: Settings,
        *,
        began: datetime,
        wish: Wish,
    ) -> None:
        self.problem: str | None = None
        self._recording = wish.recording
        self._writer: SessionWriter | None = None
        if data is not None:
            store.sweep(data)
            self._writer = SessionWriter(
                data,
                name,
                settings,
                began=began,
                recording=wish.recording,
                live=wish.names if wish.recording is None else None,
            )

    def kept(self, source: Input) -> Input | Recorder:
        """`source`, its sound kept in the session unless it is a recording already."""
        if self._writer is None or self._recording is not None:
            return source
        return Recorder(source, self._writer.folder)

    def append(self, event: Event) -> None:
        """Put `event` on the disk."""
        if self._writer is not None and self.problem is None:
            try:
                self._writer.append(event)
            except SessionError as error:
                self.problem = str(error)

    def close(self) -> SavedSession | None:
        """The session, whole on disk; None (and maybe `problem`) if it is not."""
        if self._writer is None or self.problem is not None:
            return None
        try:
            return self._writer.close()
        except SessionError as error:
            self.problem = str(error)
        return None

    def leave(self) -> bool:
        """Leave a session that was cut off as it is; True if its sound is kept to finish it."""
        if self._writer is None:
            return False
        if self._recording is not None or not SavedSession(self._writer.folder).audio:
            # the recording is where it was, or stopped before any sound: nothing to finish
            self._writer.discard()
            return False
        self._writer.leave()
        return True


def demo_recording() -> Path:
    """The bundled conversation: installed with the package, else in the folder of the project."""
    package = Path(__file__).parent
    for folder in (package / "data" / "samples", package.parents[1] / "samples"):
        if (path := folder / DEMO).is_file():
            return path
    raise AudioFileError(
        f"the bundled conversation {DEMO} is not here. Install listenlive again, or analyse a "
        "recording of your own: listenlive analyze FILE"
    )


def hear_live(source: Input, settings: Settings, wish: Wish) -> Hear:
    """What understands the sound of `source`: models are loaded when it is called."""

    def hear(sounds: Iterable[Sound]) -> Iterator[Event | Passing]:
        from listenlive.hearing import Show, heard_live

        script = wish.recording if wish.scripted else None
        return heard_live(
            sounds,
            settings,
            name=source.name,
            channels=source.channels,
            names=wish.names,
            voice=wish.voice,
            show=Show(script=script) if wish.watched or script else None,
        )

    return hear

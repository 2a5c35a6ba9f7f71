"""The program, put together: a recording becomes a session, a session becomes an analysis."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from listenlive import store, weights
from listenlive.analysis import analyse
from listenlive.analysis.results import Analysis
from listenlive.config import Settings, Transcription
from listenlive.conversation import Conversation, Goal, Role
from listenlive.errors import ConfigError, ListenLiveError, SessionError
from listenlive.events import Event, GoalSet, apply
from listenlive.span import Span
from listenlive.store import SavedSession, SessionWriter
from listenlive.voices import NOBODY_KNOWN, Known

if TYPE_CHECKING:
    from listenlive.analysis.exercise import Likeness
    from listenlive.analysis.history import Talk
    from listenlive.hearing import Progress
    from listenlive.practice.feedback import Practised
    from listenlive.practice.timetable import Rehearsal
    from listenlive.report.clips import Clip
    from listenlive.report.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """A recording or session with all that was found in it.

    session   : where it is kept, None if it is not
    recording : the audio it was heard in, None if that is not there (any more)
    not_saved : why it could not be kept although that was wanted
    """

    conversation: Conversation
    analysis: Analysis
    settings: Settings
    session: SavedSession | None = None
    recording: Path | None = None
    not_saved: str | None = None


def analyse_file(
    path: Path,
    settings: Settings,
    *,
    data: Path | None = None,
    known: Known = NOBODY_KNOWN,
    progress: "Progress | None" = None,
    exercise: "Rehearsal | None" = None,
    goal: Goal | None = None,
) -> Analysed:
    """Hear and analyse one recording; keep it as a session in `data`, if given.

    known    : names, the listener's voice, when it was recorded
    exercise : the exercise it is a recording of, if it is one
    goal     : what the talk was for
    Raises AudioFileError, ModelError, ConfigError; SessionError only before hearing begins: a disk
    that fills up later costs the session but not the analysis (`not_saved`).
    """
    from listenlive.hearing import heard

    events = heard(path, settings, known=known, progress=progress)
    events = exercise.told(events) if exercise else events
    events = chain(events, [GoalSet(goal)]) if goal else events
    kept_as = practice_name(exercise.exercise.name) if exercise else path.name
    keeper = _Keeper(data, path, settings, name=kept_as) if data is not None else None
    conversation = Conversation()
    try:
        for event in events:
            conversation = apply(conversation, event)
            if keeper:
                keeper.append(event)
    except BaseException:
        if keeper:
            keeper.discard()
        raise
    if keeper and exercise and not conversation.utterances:
        keeper.discard()  # an exercise in which nobody spoke is none
        keeper = None
    history = history_of(conversation, data) if data is not None else ()
    return Analysed(
        conversation=conversation,
        analysis=analyse(conversation, settings=settings.measuring, history=history),
        settings=settings,
        session=keeper.close() if keeper else None,
        recording=path,
        not_saved=keeper.problem if keeper else None,
    )


def check_words(wanted: Transcription) -> None:
    """Raise at once what transcribing would, if it is `wanted`: ConfigError, ModelError.

    Before an hour is recorded or heard; no model is loaded.
    """
    if not wanted.words:
        return
    if wanted.model.endswith(".en") and wanted.language not in ("auto", "en"):
        raise ConfigError(
            f"the model {wanted.model!r} knows English alone, and --language asks for "
            f"{wanted.language!r}. Leave one of them out, or choose a model of many languages."
        )
    weights.check(wanted.model)


def reanalyse(session: SavedSession, settings: Settings) -> Analysed:
    """Analyse a kept session again, maybe with other thresholds: no models, no audio.

    SessionError for a session that was cut off: half of a conversation is no conversation.
    """
    if not session.ended:
        raise SessionError(_cut_off(session))
    conversation = session.conversation()
    history = history_of(conversation, session.data, session=session.id)
    return Analysed(
        conversation=conversation,
        analysis=analyse(conversation, settings=settings.measuring, history=history),
        settings=settings,
        session=session,
        recording=session.recording,
    )


def _cut_off(session: SavedSession) -> str:
    """What is wrong with a session that has no end, and what can be done."""
    if session.in_use:
        return f"session {session.id} is still going on. End it first, then read it."
    again = f"Make it again: listenlive analyze {session.recording or 'FILE'}"
    if session.audio:
        again = "Finish it: listenlive listen --finish"
    return (
        f"session {session.id} was cut off while it was made, so there is nothing whole to read. "
        f"{again}; remove it: listenlive forget {session.id}"
    )


def history_of(
    conversation: Conversation, data: Path, *, session: str | None = None
) -> "tuple[Talk, ...]":
    """Earlier conversations kept in `data`, to compare `conversation` with; () if it has no date.

    session : the name it is kept by itself. Without a usable index there is nothing to compare
    with, which must not cost the report.
    """
    from listenlive import library
    from listenlive.analysis.history import usual

    recording = conversation.recording
    if conversation.listener is None or recording is None:
        return ()
    try:
        before = datetime.fromisoformat(recording.at)
        with library.opened(data) as index:
            return usual(index.talks(), before=before.astimezone(), session=session)
    except (SessionError, ValueError):
        return ()


def practice_name(exercise: str) -> str:
    """What sessions of an exercise are called, so that they are found without being read."""
    return f"practice-{exercise}"


def practised(analysed: Analysed) -> "Practised | None":
    """What the exercise in `analysed` shows; None if it is none."""
    from listenlive.analysis.practice import practised as shown
    from listenlive.practice.feedback import Practised

    talk = analysed.conversation
    result = shown(
        talk,
        analysed.analysis,
        settings=analysed.settings.measuring,
        likeness=_likeness() if talk.practice else None,
    )
    return Practised(talk, result) if result else None


@cache
def _likeness() -> "Likeness | None":
    """What compares words by meaning, if the extra `similarity` is installed."""
    from listenlive.engines.similarity import WordLikeness, is_installed

    return WordLikeness() if is_installed() else None


def practised_before(data: Path, now: Analysed) -> "Practised | None":
    """The last time before `now` that the same exercise was done with the same person."""
    practice = now.conversation.practice
    if practice is None:
        return None
    stem = f"-{practice_name(practice.exercise)}"
    for session in store.sessions(data):
        if stem not in session.id or session == now.session or not session.ended:
            continue
        try:
            before = reanalyse(session, session.settings())
        except ListenLiveError:  # what cannot be read says so when it is asked for by its name
            continue
        same = before.conversation.practice
        if same is None or same.exercise != practice.exercise:
            continue
        if _partners(before.conversation) == _partners(now.conversation):
            return practised(before)
    return None


def _partners(conversation: Conversation) -> set[str]:
    return {person.name for person in conversation.people if person.role is Role.PARTNER}


def page(analysed: Analysed, *, share: bool = False, audio: bool = True) -> str:
    """The report page as HTML; with `audio` it carries the moments as clips, if there is sound."""
    from listenlive.report.html import render

    if share or not audio:
        return render(_page(analysed, clip=None, share=share))
    if analysed.recording is None:
        return render(_page(analysed, clip=None, soundless=_soundless(analysed)))
    from listenlive.hearing import cuts
    from listenlive.recorder import opened
    from listenlive.report.clips import encode

    wanted: list[Span] = []
    _page(analysed, clip=wanted.append)  # which clips it would play, so that one reading is enough
    sound = cuts(opened(analysed.recording), wanted)
    clips = {span: encode(samples) for span, samples in sound.items()}
    return render(_page(analysed, clip=clips.get))


def _soundless(analysed: Analysed) -> str:
    """Why no moment can be played although that was wanted."""
    if analysed.session is None:
        return "The sound was not kept, so the moments cannot be played."
    if at := analysed.session.audio_deleted:
        day = f"{at.day} {at:%B %Y}"
        return f"The sound was deleted on {day}, as was wanted, so the moments cannot be played."
    return "The recording is not where it was any more, so the moments cannot be played."


def _page(
    analysed: Analysed,
    *,
    clip: "Callable[[Span], Clip | None] | None",
    share: bool = False,
    soundless: str | None = None,
) -> "Page":
    from listenlive.report.page import Audience, page_of

    return page_of(
        analysed.conversation,
        analysed.analysis,
        audience=Audience.SHARE if share else Audience.ME,
        clip=clip,
        settings=analysed.settings,
        soundless=soundless,
    )


class _Keeper:
    """Keeps a session while that is possible; a disk that fills up must not cost the analysis."""

    def __init__(self, data: Path, path: Path, settings: Settings, *, name: str) -> None:
        store.sweep(data)
        began = datetime.now().astimezone()
        self._writer = SessionWriter(data, name, settings, began=began, recording=path)
        self.problem: str | None = None

    def append(self, event: Event) -> None:
        if self.problem is None:
            try:
                self._writer.append(event)
            except SessionError as error:
                self.problem = str(error)
                self.discard()

    def close(self) -> SavedSession | None:
        """The session, whole on disk; None (and `problem`) if it is not."""
        if self.problem is None:
            try:
                return self._writer.close()
            except SessionError as error:
                self.problem = str(error)
        return None

    def discard(self) -> None:
        """Remove what was written."""
        self._writer.discard()

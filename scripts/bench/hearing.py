"""The one place where the bench calls listenlive."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listenlive.config import Settings

if TYPE_CHECKING:
    from listenlive.voices import VoiceProfile

Session = Mapping[str, Any]
"""An analysis in the `listenlive/1` format."""


def settings(
    *,
    channels: str = "auto",
    speakers: int = 2,
    words: bool = True,
    threads: int = 0,
    language: str = "auto",
    beam: int | None = None,
) -> Settings:
    """The defaults with what a measurement sets itself; `beam` None: the program's own."""
    base = Settings()
    beam = beam or base.transcription.beam_size
    return replace(
        base,
        speakers=replace(base.speakers, channels=channels, count=speakers),
        transcription=replace(
            base.transcription, words=words, threads=threads, language=language, beam_size=beam
        ),
    )


@contextmanager
def loaded(path: Path, chosen: Settings) -> Iterator[None]:
    """The models that the recording `path` is heard with stay loaded meanwhile."""
    from listenlive.hearing import ears_for
    from listenlive.layout import channel_layout
    from listenlive.sources import AudioFile, probe

    samples = probe(AudioFile(path), seconds=60)
    ears = ears_for(chosen, channel_layout(samples, wanted=chosen.speakers.channels))
    yield
    del ears


def hear(path: Path, chosen: Settings) -> Session:
    """Everything listenlive finds in the recording `path`; nothing is kept."""
    return hear_with(None, path, chosen)[0]


def hear_with(
    voice: "VoiceProfile | None", path: Path, chosen: Settings
) -> tuple[Session, tuple[str, ...]]:
    """The same where the listener's voice is known, and what is noted about the hearing."""
    from listenlive.app import analyse_file
    from listenlive.export import export
    from listenlive.voices import Known

    found = analyse_file(path, chosen, known=Known(voice=voice))
    session = export(found.conversation, found.analysis, settings=chosen)
    return session, found.conversation.notes


def learned(path: Path) -> "VoiceProfile":
    """The voice of whoever speaks in the recording `path`, as `listenlive enroll` learns it."""
    from listenlive.enrolment import learned_from
    from listenlive.sources import AudioFile

    return learned_from(AudioFile(path), "me", at="2026-01-01T00:00:00+00:00")


def limit_threads(threads: int) -> None:
    """Keep this process to `threads`; call it before anything heavy is imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(threads)

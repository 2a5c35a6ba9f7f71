"""The one place where the bench calls listenlive."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from listenlive.config import Settings

Session = Mapping[str, Any]
"""An analysis in the `listenlive/1` format."""


def settings(
    *,
    channels: str = "auto",
    speakers: int = 2,
    words: bool = True,
    threads: int = 0,
    language: str = "auto",
) -> Settings:
    """The defaults with what a measurement sets itself."""
    base = Settings()
    return replace(
        base,
        speakers=replace(base.speakers, channels=channels, count=speakers),
        transcription=replace(base.transcription, words=words, threads=threads, language=language),
    )


def hear(path: Path, chosen: Settings) -> Session:
    """Everything listenlive finds in the recording `path`; nothing is kept."""
    from listenlive.app import analyse_file
    from listenlive.export import export

    found = analyse_file(path, chosen)
    return export(found.conversation, found.analysis, settings=chosen)


def limit_threads(threads: int) -> None:
    """Keep this process to `threads`; call it before anything heavy is imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(threads)

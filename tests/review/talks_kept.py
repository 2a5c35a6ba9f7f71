"""Sessions to look at, and a recording to hear."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile

from listenlive.config import Settings
from listenlive.conversation import Conversation
from listenlive.events import (
    Diarized,
    Ended,
    LanguageDetected,
    PracticeBegan,
    Started,
    UtteranceHeard,
)
from listenlive.store import SavedSession, SessionWriter

HOME = "http://127.0.0.1:8421"
ASKS = {"accept": "application/json"}


def keep(
    data: Path,
    conversation: Conversation,
    *,
    name: str = "kitchen.flac",
    recording: Path | None = None,
    practice: str | None = None,
) -> SavedSession:
    """`conversation` as a session in `data`."""
    began = datetime(2026, 5, 3, 19, 4, tzinfo=UTC)
    writer = SessionWriter(data, name, Settings(), began=began, recording=recording)
    writer.append(Started(began.isoformat(), "file", name, 2))
    if practice:
        writer.append(PracticeBegan(practice))
    for utterance in conversation.utterances:
        writer.append(UtteranceHeard(utterance))
    writer.append(LanguageDetected("en", 0.99))
    writer.append(Diarized(conversation.people, sees_overlap=True))
    writer.append(Ended(conversation.duration))
    return writer.close()


def hum(path: Path, seconds: float = 360.0) -> Path:
    """A recording as long as the kitchen: a low hum on two channels."""
    at = np.arange(int(8_000 * seconds)) / 8_000
    soundfile.write(path, np.stack([0.1 * np.sin(2 * np.pi * 220 * at)] * 2, axis=1), 8_000)
    return path

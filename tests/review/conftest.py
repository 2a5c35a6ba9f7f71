"""Sessions to look at: written examples, and a conversation with sound."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[1]))

from kitchen import kitchen
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
from listenlive.review.site import site
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


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def talk(data):
    """The kitchen as a session without sound."""
    return keep(data, kitchen())


@pytest.fixture
def client(data):
    """Asks the site directly: what the guard checks has tests of its own."""
    with TestClient(site(data), base_url=HOME, follow_redirects=False) as asking:
        yield asking

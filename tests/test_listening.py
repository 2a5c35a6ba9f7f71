"""What becomes of a live session that was stopped at once."""

from datetime import UTC, datetime

import pytest

from listenlive.config import Settings
from listenlive.listening import Keeper, Wish
from listenlive.store import sessions

BEGAN = datetime(2026, 5, 3, 19, 4, tzinfo=UTC)


@pytest.fixture
def keeper(tmp_path):
    return Keeper(tmp_path, "a microphone", Settings(), began=BEGAN, wish=Wish())


def test_a_session_with_sound_is_left_to_be_finished(keeper, tmp_path):
    (session,) = sessions(tmp_path)
    (session.folder / "audio-0001.flac").write_bytes(b"fLaC")
    assert keeper.leave() is True
    assert [each.id for each in sessions(tmp_path)] == [session.id]


def test_stopped_before_any_sound_nothing_is_left(keeper, tmp_path):
    assert keeper.leave() is False
    assert not sessions(tmp_path)

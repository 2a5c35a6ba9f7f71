"""What is remembered between sessions."""

import stat
from dataclasses import replace

import pytest

from listenlive import profiles
from listenlive.config import Settings, Speakers
from listenlive.profiles import Preferences
from listenlive.voices import VoiceProfile

NORA = VoiceProfile(name="Nora", embedding=(0.6, 0.8), network="n", seconds=20.0, at="2026-05-03")
THEO = replace(NORA, name="Theo <b>'s", embedding=(1.0, 0.0))


def me(who):
    return Settings(speakers=Speakers(me=who))


def test_preferences_come_back_and_only_the_user_can_read_them(tmp_path):
    assert profiles.preferences(tmp_path) == Preferences()
    chosen = Preferences(device='Mic "1"', keep_audio="always", who="Zoë")
    profiles.remember(tmp_path / "new", chosen)
    assert profiles.preferences(tmp_path / "new") == chosen
    assert stat.S_IMODE((tmp_path / "new" / "preferences.toml").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["no toml", "device = 3", 'keep_audio = "for ever"', 'x = "y"'])
def test_damaged_preferences_are_none(tmp_path, text):
    (tmp_path / "preferences.toml").write_text(text)
    assert profiles.preferences(tmp_path) == Preferences()


def test_voices_are_kept_privately_replaced_and_deleted(tmp_path):
    path = profiles.keep_voice(tmp_path, NORA)
    profiles.keep_voice(tmp_path, THEO)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert profiles.voices(tmp_path) == (NORA, THEO)
    again = replace(NORA, seconds=30.0)
    profiles.keep_voice(tmp_path, again)
    assert profiles.voice(tmp_path, "nora") == again
    assert profiles.forget_voice(tmp_path, "theo <b>'s")
    assert profiles.voices(tmp_path) == (again,)
    assert not profiles.forget_voice(tmp_path, "theo")


def test_a_damaged_voice_is_left_out(tmp_path):
    profiles.keep_voice(tmp_path, NORA).write_text("{}")
    assert profiles.voices(tmp_path) == ()


def test_the_voice_learned_last_is_mine(tmp_path):
    assert profiles.my_voice(tmp_path, me("")) == (None, me(""))
    profiles.keep_voice(tmp_path, NORA)
    assert profiles.my_voice(tmp_path, me("")) == (NORA, me(""))
    profiles.keep_voice(tmp_path, THEO)
    assert profiles.my_voice(tmp_path, me("")) == (None, me(""))  # either could be
    profiles.remember(tmp_path, Preferences(voice=THEO.name))
    assert profiles.my_voice(tmp_path, me("")) == (THEO, me(""))


def test_me_may_name_a_voice_a_number_or_a_name(tmp_path):
    profiles.keep_voice(tmp_path, NORA)
    assert profiles.my_voice(tmp_path, me("nora")) == (NORA, me(""))
    assert profiles.my_voice(tmp_path, me("2")) == (None, me("2"))
    assert profiles.my_voice(tmp_path, me("Nora"), names=("Nora", "Theo")) == (None, me("Nora"))

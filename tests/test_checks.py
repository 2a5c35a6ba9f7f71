import shutil
from collections import namedtuple
from datetime import UTC, datetime

import numpy as np
import pytest

from listenlive import checks, store, weights
from listenlive.checks import Level, Wanted, checked, level_of
from listenlive.cli import main
from listenlive.config import Settings
from listenlive.errors import DeviceError, ModelError
from listenlive.store import SessionWriter
from room import LEVEL, Room, device

MIC = device(1, "Webcam", usual=True)
HEADSET = device(2, "Headset")


@pytest.fixture(autouse=True)
def model(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "resolve", lambda _name: tmp_path / "base")


def results(data, room, **wanted):
    found = checked(Wanted(data=data, **wanted), backend=room, clock=room)
    return {check.what: check for check in found}


def test_all_is_well_where_all_is_well(tmp_path):
    found = results(tmp_path, Room(MIC, HEADSET))
    assert {name: check.advice for name, check in found.items()} == dict.fromkeys(
        ("audio library", "input", "level", "speech to text", "disk", "sessions", "unfinished")
    )
    assert found["input"].found == "Webcam (16000 per second), of 2"


def test_the_level_is_measured():
    room = Room(MIC)
    level = level_of(MIC, backend=room, clock=room)
    assert level.mean_db == pytest.approx(20 * np.log10(LEVEL), abs=0.1)
    assert level.peak_db == pytest.approx(level.mean_db)
    assert not room.streams[MIC.name].open


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (Level(-100, -100), "nothing at all: muted"),
        (Level(-75, -62), "-75 dB, loudest -62 dB: faint"),
        (Level(-30, -12), "-30 dB, loudest -12 dB"),
        (Level(-12, -1), "near the top"),
    ],
)
def test_a_level_is_put_in_words(level, words):
    assert words in level.words


def test_no_input_is_said(tmp_path):
    check = results(tmp_path, Room())["input"]
    assert check.found == "none"
    assert "Plug in a microphone" in check.advice


def test_a_wanted_input_that_is_not_there_lists_what_is(tmp_path):
    found = results(tmp_path, Room(MIC, HEADSET), device="yeti")
    assert "'yeti' is no input: 1 Webcam; 2 Headset" in found["input"].advice
    assert "level" not in found


def test_an_input_that_is_in_use_is_said(tmp_path):
    room = Room(MIC)
    room.refused = {MIC.name}
    assert "is in use" in results(tmp_path, room)["level"].advice


def test_an_input_that_gives_nothing_is_said(tmp_path):
    room = Room(MIC)
    room.quiet = {MIC.name}
    with pytest.raises(DeviceError, match="gives no sound"):
        level_of(MIC, backend=room, clock=room)


def test_a_muted_input_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("room.LEVEL", 0.0)
    assert "Is it muted" in results(tmp_path, Room(MIC))["level"].advice


def test_a_missing_library_names_the_package_and_the_rest_is_checked(tmp_path):
    class NoLibrary(Room):
        def inputs(self):
            raise DeviceError("PortAudio is missing. Install it: libportaudio2")

    found = results(tmp_path, NoLibrary())
    assert found["audio library"].found == "nothing can be recorded"
    assert "libportaudio2" in found["audio library"].advice
    assert found["disk"].advice is None


def test_a_missing_model_is_said(tmp_path, monkeypatch):
    def missing(name):
        raise ModelError(f"no model {name}; listenlive models fetch {name}")

    monkeypatch.setattr(weights, "resolve", missing)
    assert "models fetch" in results(tmp_path, Room(MIC))["speech to text"].advice


def test_a_disk_that_is_nearly_full_is_said(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 10, 130_000_000))
    check = results(tmp_path, Room(MIC))["disk"]
    assert check.found == "0.1 GB free, 1 hours of sound"
    assert "Free some space" in check.advice


def test_a_folder_that_others_can_read_is_said(tmp_path):
    tmp_path.chmod(0o755)
    assert f"chmod 700 {tmp_path}" in results(tmp_path, Room(MIC))["sessions"].advice
    assert results(tmp_path / "not" / "yet", Room(MIC))["sessions"].advice is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(checks.os, "access", lambda *_: False)
    assert "LISTENLIVE_DATA" in results(tmp_path, Room(MIC))["sessions"].advice


def test_a_session_that_was_cut_off_is_said(tmp_path):
    began = datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)
    writer = SessionWriter(tmp_path, "mic", Settings(), began=began, live=())
    (writer.folder / "audio-0001.flac").write_bytes(b"x")
    writer.leave()
    check = results(tmp_path, Room(MIC))["unfinished"]
    assert check.found == "1 cut off: 2026-11-23-080102-mic"
    assert store.unfinished(tmp_path)


def test_a_damaged_session_is_said_and_is_none_to_finish(tmp_path):
    began = datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)
    writer = SessionWriter(tmp_path, "mic", Settings(), began=began, live=())
    (writer.folder / "audio-0001.flac").write_bytes(b"x")
    (writer.folder / store.SETTINGS).write_text("live = 3")
    writer.leave()
    found = results(tmp_path, Room(MIC))
    assert found["unfinished"].found == "none"
    assert found["damaged"].found == "2026-11-23-080102-mic"
    assert "live = 3 must be a section" in found["damaged"].advice


# --- the commands


@pytest.fixture
def room(monkeypatch, tmp_path):
    """A computer with two inputs, in drawn time."""
    found = Room(MIC, HEADSET)
    monkeypatch.setattr("listenlive.microphone.PortAudio", lambda: found)
    monkeypatch.setattr("listenlive.microphone.SystemClock", lambda: found)
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path))
    return found


def test_devices_are_listed_with_what_they_hear(room, capsys):
    assert main(["devices"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "  1* Webcam           1 channel   16000 per second  -12 dB, loudest -12 dB"
    assert second.startswith("  2  Headset")


def test_one_device_can_be_listened_to(room, capsys):
    room.refused = {HEADSET.name}
    assert main(["devices", "head"]) == 0
    assert capsys.readouterr().out == "  2  Headset          1 channel   16000 per second  " + (
        "Headset is in use\n"
    )


def test_without_levels_nothing_is_opened(room, capsys):
    assert main(["devices", "--no-level"]) == 0
    assert room.streams == {}
    assert "dB" not in capsys.readouterr().out


def test_no_device_is_an_error(room, capsys):
    room.devices = []
    assert main(["devices"]) == 1
    assert "no audio input" in capsys.readouterr().err


def test_the_doctor_says_what_to_do(room, capsys):
    assert main(["doctor"]) == 0
    assert "look" not in capsys.readouterr().out
    assert main(["doctor", "--device", "yeti"]) == 1
    shown = capsys.readouterr().out
    assert "look  input           not found" in shown
    assert "1 Webcam; 2 Headset" in shown

"""Learning a voice: what is good enough, and real voices."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from listenlive.audio import SAMPLE_RATE
from listenlive.cli import main
from listenlive.enrolment import Quality, check
from listenlive.errors import EnrolmentError

WALK = Path(__file__).parent.parent / "samples" / "walk.flac"


@pytest.mark.parametrize(
    ("quality", "problem"),
    [
        (Quality(20.0, -30.0, -60.0), None),
        (Quality(20.0, -30.0, None), None),
        (Quality(0.0, None, -60.0), "only 0 s of speech"),
        (Quality(9.4, -30.0, -60.0), "only 9 s of speech were heard; at least 10"),
        (Quality(20.0, -58.0, -80.0), "too quiet: -58 dBFS"),
        (Quality(20.0, -30.0, -36.0), "too noisy: the voice is 6 dB above"),
    ],
)
def test_what_is_not_good_enough_says_what_to_do(quality, problem):
    if problem is None:
        check(quality)
        return
    with pytest.raises(EnrolmentError) as raised:
        check(quality)
    assert problem in str(raised.value)
    assert str(raised.value).endswith(".")


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_voice_that_is_not_there_is_said(data, capsys):
    assert main(["enroll", "--list"]) == 0
    assert "no voice was learned yet" in capsys.readouterr().err
    assert main(["enroll", "--delete", "Nora"]) == 1
    assert "no voice is called 'Nora'; there is: none" in capsys.readouterr().err


@pytest.mark.model
def test_a_learned_voice_is_me_on_one_microphone(data, tmp_path, capsys):
    channels, rate = sf.read(WALK, dtype="float32")
    assert rate == SAMPLE_RATE
    hers = tmp_path / "hers.wav"
    sf.write(hers, channels[:, 1], rate)
    assert main(["enroll", "--from", str(hers), "--name", "Lena"]) == 0
    assert main(["enroll", "--list"]) == 0
    assert "(you)" in capsys.readouterr().out
    mono, out = WALK.with_name("walk.mono.flac"), tmp_path / "out.json"
    assert main(["analyze", str(mono), "--no-words", "--no-save", "--json", str(out)]) == 0
    assert "You were known by your voice" in capsys.readouterr().out
    found = json.loads(out.read_text())
    mine = next(s["id"] for s in found["speakers"] if s["role"] == "listener")
    spoken = [(u["start"], u["end"]) for u in found["utterances"] if u["speaker"] == mine]
    level = np.square(channels)
    on_hers = sum(level[round(a * rate) : round(b * rate), 1].sum() for a, b in spoken)
    on_his = sum(level[round(a * rate) : round(b * rate), 0].sum() for a, b in spoken)
    assert on_hers > 10 * on_his


@pytest.mark.model
def test_two_voices_are_not_learned_as_one(data, capsys):
    assert main(["enroll", "--from", str(WALK.with_name("walk.mono.flac"))]) == 1
    assert "two voices were heard" in capsys.readouterr().err
    assert not (data / "voices").exists()

"""Recordings that are no conversation, and conversations that are hard to read: honest results."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from listenlive import app, store
from listenlive.analysis import analyse
from listenlive.cli import main
from listenlive.config import Settings, from_mapping
from listenlive.conversation import MomentKind

pytestmark = pytest.mark.model

SAMPLES = Path(__file__).parent.parent / "samples"
TIMING = from_mapping({"transcription": {"words": False}}, where="test")
RATE = 16_000


def walk(channel: int | None = None) -> np.ndarray:
    """The bundled walk, both channels or one, shape (n, channels)."""
    samples, _ = sf.read(SAMPLES / "walk.flac", dtype="float32", always_2d=True)
    return samples if channel is None else samples[:, [channel]]


def written(path: Path, samples: np.ndarray, rate: int = RATE, **how) -> Path:
    sf.write(path, samples, rate, **how)
    return path


def analysed(path: Path, settings: Settings = TIMING) -> app.Analysed:
    return app.analyse_file(path, settings)


def hum(seconds: float) -> np.ndarray:
    """Mains hum with hiss; the first third is digital silence."""
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(0.02 / k * np.sin(2 * np.pi * 50 * k * t) for k in range(1, 6))
    noise = np.random.default_rng(0).normal(0, 0.01, len(t))
    sound = (tone + noise).astype(np.float32)
    sound[: len(sound) // 3] = 0
    return sound


def music(seconds: float) -> np.ndarray:
    """Plucked chords, half a second each."""
    t = np.arange(RATE // 2) / RATE
    rng = np.random.default_rng(0)
    bars = [
        sum(
            np.sin(2 * np.pi * f * t * k) / k
            for f in rng.choice([196, 247, 294, 370, 440], 3)
            for k in (1, 2, 3)
        )
        * np.exp(-5 * t)
        for _ in range(round(seconds * 2))
    ]
    return (0.05 * np.concatenate(bars)).astype(np.float32)


@pytest.mark.parametrize("sound", [hum(600), music(60)], ids=["hum", "music"])
def test_where_nobody_speaks_no_words_are_made_up(tmp_path, sound, capsys):
    path = written(tmp_path / "quiet.flac", sound)
    assert main(["analyze", str(path), "--data", str(tmp_path), "--language", "en"]) == 0
    assert "o speech was found" in capsys.readouterr().out
    (session,) = store.sessions(tmp_path)
    conversation = session.conversation()
    assert conversation.utterances == ()
    assert conversation.duration == pytest.approx(len(sound) / RATE, abs=0.01)


def test_three_tenths_of_a_second_are_an_honest_result(tmp_path):
    heard = analysed(written(tmp_path / "short.wav", walk()[RATE : RATE + 4800]))
    assert heard.conversation.duration == pytest.approx(0.3)
    assert heard.analysis.not_measured


@pytest.mark.parametrize("channels", ["mix", "split"])
def test_one_speaker_stays_one(tmp_path, channels):
    settings = from_mapping({"speakers": {"channels": channels}}, base=TIMING, where="test")
    sound = walk(1) if channels == "mix" else np.pad(walk(1), ((0, 0), (0, 1)))
    heard = analysed(written(tmp_path / "alone.flac", sound), settings)
    assert len([s for s, said in heard.conversation.by_speaker.items() if said]) == 1
    assert not [m for m in heard.analysis.moments if m.kind is MomentKind.INTERRUPTION]


@pytest.fixture(scope="module")
def original() -> app.Analysed:
    return analysed(SAMPLES / "walk.flac")


@pytest.mark.parametrize(
    ("rate", "within"),
    [
        (8_000, 0.06),  # a telephone: soft consonants at the edges of words are lost
        (96_000, 0.02),
    ],
)
def test_any_rate_gives_the_same_conversation(tmp_path, original, rate, within):
    import soxr

    at_rate = soxr.resample(walk(), RATE, rate)
    heard = analysed(written(tmp_path / "rate.wav", at_rate, rate))
    for speaker in "AB":
        ours, theirs = (x.analysis.talk_time.seconds[speaker] for x in (heard, original))
        assert ours == pytest.approx(theirs, rel=within)


def test_six_channels_with_two_people_are_heard(tmp_path):
    six = np.zeros((len(walk()), 6), np.float32)
    six[:, :2] = walk()
    heard = analysed(written(tmp_path / "six.wav", six))
    assert len([s for s, said in heard.conversation.by_speaker.items() if said]) == 2


def test_left_and_right_alike_are_heard_as_one_microphone(tmp_path):
    both = np.repeat(walk().sum(axis=1, keepdims=True), 2, axis=1)
    heard = analysed(written(tmp_path / "alike.flac", both))
    assert heard.conversation.listener is None
    assert len(heard.conversation.speakers) == 2
    assert any("same" in note for note in heard.conversation.notes)


def test_nan_and_clipping_in_a_float_file_are_told_and_survived(tmp_path):
    sound = walk() * 8
    sound[3 * RATE : 3 * RATE + 100] = np.nan
    heard = analysed(written(tmp_path / "float.wav", sound, subtype="FLOAT"))
    assert heard.conversation.utterances
    assert any("200 samples were" in note for note in heard.conversation.notes)


def test_a_truncated_recording_gives_what_is_there_and_says_so(tmp_path):
    whole = written(tmp_path / "whole.wav", walk()).read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: len(whole) // 2])
    heard = analysed(cut)
    assert heard.conversation.duration == pytest.approx(len(walk()) / RATE / 2, abs=0.1)
    assert any("ends early" in note for note in heard.conversation.notes)


def test_missing_and_damaged_weights_say_what_to_do(tmp_path, capsys):
    path = str(SAMPLES / "walk.flac")
    assert main(["analyze", path, "--model", "large-v3", "--no-save"]) == 1
    assert "listenlive models fetch large-v3" in capsys.readouterr().err
    (tmp_path / "model.bin").write_bytes(b"no model")
    assert main(["analyze", path, "--model", str(tmp_path), "--no-save"]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_written_fails_before_hours_of_work(tmp_path, capsys):
    (tmp_path / "file").touch()
    arguments = ["analyze", str(SAMPLES / "walk.flac"), "--no-words"]
    assert main([*arguments, "--data", str(tmp_path / "file")]) == 1
    assert "cannot save the session" in capsys.readouterr().err


def test_a_disk_that_fills_up_costs_the_session_but_not_the_analysis(tmp_path, monkeypatch, capsys):
    whole, written_lines = store.to_json, []

    def full(event):
        if len(written_lines) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written_lines.append(event)
        return whole(event)

    monkeypatch.setattr(store, "to_json", full)
    path = str(SAMPLES / "walk.flac")
    assert main(["analyze", path, "--no-words", "--data", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "Who spoke" in shown.out
    assert "No space left on device" in shown.err
    assert store.sessions(tmp_path) == ()


def test_one_bad_file_does_not_stop_the_others(tmp_path, capsys):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF" + bytes(3000))
    out = tmp_path / "out"
    arguments = ["analyze", str(bad), str(SAMPLES / "walk.flac"), "--no-words", "--no-save"]
    assert main([*arguments, "--quiet", "--json", str(out)]) == 1
    assert [p.name for p in out.iterdir()] == ["walk.flac.json"]
    assert "1 of 2 files failed: bad.wav" in capsys.readouterr().err


def test_the_analysis_of_a_saved_session_is_the_same(tmp_path):
    heard = app.analyse_file(SAMPLES / "walk.flac", TIMING, data=tmp_path)
    assert heard.session is not None
    again = app.reanalyse(heard.session, heard.session.settings())
    assert again.conversation == heard.conversation
    assert again.analysis == heard.analysis == analyse(again.conversation)

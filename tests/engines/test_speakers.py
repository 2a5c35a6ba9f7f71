"""One microphone: the real networks, on sound without people and on the folder of real speech."""

import os
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import soundfile

from listenlive.attribution import Diarization
from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples
from listenlive.engines.silero import SileroDetector
from listenlive.engines.speakers import VOICES, SpeakerDiarizer, checked_weights
from listenlive.errors import ConfigError, ModelError

MODELS = resources.files("listenlive") / "data" / "models"


def listened(samples: Samples, *, size: int, speakers: int | None = 2) -> SpeakerDiarizer:
    """A diarizer that heard `samples` in chunks of `size`."""
    diarizer, detector = SpeakerDiarizer(speakers), SileroDetector(1)
    for start in range(0, len(samples), size):
        chunk = AudioChunk(samples[start : start + size, None], start)
        diarizer.feed(chunk, detector.feed(chunk))
    return diarizer


@pytest.fixture(scope="module")
def call() -> Samples:
    """30 s of a phone call between two people who talk over each other; silent before 6.7 s."""
    folder = os.environ.get("LISTENLIVE_TRUTH")
    if folder is None:
        pytest.skip("LISTENLIVE_TRUTH is not set: no real speech")
    path = Path(folder) / "conversations" / "pyannote_sample.flac"
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == SAMPLE_RATE
    return samples


@pytest.fixture(scope="module")
def heard(call: Samples) -> Diarization:
    return listened(call, size=8000).finish()


@pytest.mark.model
def test_two_people_on_a_call_are_told_apart(heard: Diarization):
    assert heard.speakers == ("A", "B")
    assert heard.sees_overlap
    assert heard.voices[0].span.start == pytest.approx(6.69, abs=0.2)
    talked = {s: sum(v.span.duration for v in heard.voices if v.speaker == s) for s in "AB"}
    assert talked["A"] == pytest.approx(11.85, abs=1.0)  # the truth by hand
    assert talked["B"] == pytest.approx(12.5, abs=1.0)


@pytest.mark.model
def test_chunk_size_does_not_matter(call: Samples, heard: Diarization):
    assert listened(call, size=len(call)).finish() == heard
    assert listened(call, size=12_345).finish() == heard


@pytest.mark.model
def test_two_channels_are_mixed(call: Samples, heard: Diarization):
    diarizer, detector = SpeakerDiarizer(2), SileroDetector(1)
    speech = detector.feed(AudioChunk(call[:, None], 0))
    diarizer.feed(AudioChunk(np.stack([call, call], axis=1), 0), speech)
    assert diarizer.finish() == heard


@pytest.mark.model
def test_one_person_of_the_call_alone_is_one_person(call: Samples):
    alone = call[round(14.9 * SAMPLE_RATE) : round(17.8 * SAMPLE_RATE)]
    diarization = listened(np.tile(alone, 6), size=16_000).finish()
    assert diarization.speakers == ("A",)
    assert diarization.notes == ("only one voice was found",)


@pytest.mark.model
def test_each_speaker_has_a_mean_voice_after_finish(call: Samples):
    diarizer = listened(call, size=16_000)
    assert diarizer.embeddings == {}
    diarizer.finish()
    ours, theirs = diarizer.embeddings["A"], diarizer.embeddings["B"]
    assert ours.shape == (192,)
    assert float(ours @ ours) == pytest.approx(1, abs=1e-5)
    assert float(ours @ theirs) < 0.8


@pytest.mark.model
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3, 12.0])
def test_hiss_is_nobody(seconds: float):
    hiss = np.random.default_rng(0).normal(0, 0.003, round(seconds * SAMPLE_RATE))
    diarization = listened(hiss.astype(np.float32), size=4000).finish()
    assert diarization.voices == ()
    assert diarization.speakers == ()


@pytest.mark.parametrize("speakers", [0, 9])
def test_a_count_out_of_range_is_refused(speakers: int):
    with pytest.raises(ConfigError, match=rf"speakers = {speakers}: .* 1 to 8"):
        SpeakerDiarizer(speakers)


def test_missing_weights_are_an_error_that_names_the_file(tmp_path: Path):
    with pytest.raises(ModelError, match=rf"{VOICES} cannot be read .* install listenlive again"):
        checked_weights(VOICES, folder=tmp_path)


def test_damaged_weights_are_an_error_that_names_the_file(tmp_path: Path):
    shutil.copy(str(MODELS / "SHA256SUMS"), tmp_path)
    (tmp_path / VOICES).write_bytes(b"not a network")
    with pytest.raises(ModelError, match=rf"{VOICES} is damaged: .* install listenlive again"):
        checked_weights(VOICES, folder=tmp_path)


def test_the_licences_lie_beside_the_weights():
    names = {entry.name for entry in MODELS.iterdir()}
    for weights in (name for name in names if name.endswith(".onnx")):
        assert weights.replace(".onnx", ".LICENSE") in names

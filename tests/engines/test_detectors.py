"""One contract for everything that detects speech."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.engines.scripted import ScriptedDetector
from listenlive.engines.silero import GatedDetector, SileroDetector
from listenlive.engines.webrtc import WebrtcDetector
from listenlive.segmenter import HOP, Probabilities, SpeechDetector

MakeDetector = Callable[[int], SpeechDetector]

DETECTORS = [
    pytest.param(lambda channels: ScriptedDetector(*["..###..##"] * channels), id="scripted"),
    pytest.param(WebrtcDetector, id="webrtc"),
    pytest.param(SileroDetector, id="silero", marks=pytest.mark.model),
    pytest.param(GatedDetector, id="gated", marks=pytest.mark.model),
]


def babble(seconds: float, *, seed: int = 0) -> np.ndarray:
    """Something like speech: harmonics under a moving envelope, with pauses; shape (n,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * t)) / SAMPLE_RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 4 * t), 0, 1) * (np.sin(2 * np.pi * t / 3) > 0)
    return (0.1 * voice * syllables + rng.normal(0, 1e-4, len(t))).astype(np.float32)


def chunks(samples: np.ndarray, size: int) -> Iterator[AudioChunk]:
    for start in range(0, len(samples), size):
        yield AudioChunk(samples[start : start + size], start)


def heard(detector: SpeechDetector, samples: np.ndarray, size: int) -> Probabilities:
    found = [detector.feed(chunk) for chunk in chunks(samples, size)]
    return np.concatenate([*found, detector.finish()])


@pytest.mark.parametrize("make", DETECTORS)
class TestEveryDetector:
    def test_one_frame_per_hop_begun(self, make: MakeDetector):
        found = heard(make(2), np.zeros((10 * HOP + 1, 2), np.float32), 700)
        assert found.shape == (11, 2)
        assert found.dtype == np.float32
        assert found.min() >= 0
        assert found.max() <= 1

    def test_frames_come_with_the_chunk_that_completes_them(self, make: MakeDetector):
        detector, done = make(1), 0
        for chunk in chunks(babble(2)[:, None], 700):
            done += len(detector.feed(chunk))
            assert done == chunk.end // HOP

    @pytest.mark.parametrize("size", [160, 513, 4_000, 16_000, 480_000])
    def test_chunk_size_does_not_matter(self, make: MakeDetector, size: int):
        samples = np.stack([babble(8), babble(8, seed=1)[::-1]], axis=1)
        assert np.array_equal(heard(make(2), samples, size), heard(make(2), samples, HOP))

    def test_channels_are_independent(self, make: MakeDetector):
        left, right = babble(6), babble(6)[::-1]
        both = heard(make(2), np.stack([left, right], axis=1), 5_000)
        alone = heard(make(1), left[:, None], 5_000)
        assert np.array_equal(both[:, :1], alone)

    def test_no_audio_at_all(self, make: MakeDetector):
        assert make(2).finish().shape == (0, 2)


def test_scripted_says_what_was_drawn():
    found = heard(ScriptedDetector(".#+", "##"), np.zeros((5 * HOP, 2), np.float32), HOP)
    assert np.allclose(found.T, [[0, 1, 0.4, 0, 0], [1, 1, 0, 0, 0]])


def test_webrtc_hears_no_speech_in_silence():
    assert not heard(WebrtcDetector(1), np.zeros((SAMPLE_RATE, 1), np.float32), HOP).any()


def test_webrtc_refuses_an_unknown_aggressiveness():
    with pytest.raises(ValueError, match=r"0\.\.3, got 4"):
        WebrtcDetector(1, aggressiveness=4)


@pytest.mark.model
def test_the_gate_spares_silence_and_loses_no_speech():
    """Real read speech with five seconds of a quiet room between the clips."""
    folder = os.environ.get("LISTENLIVE_TRUTH")
    if folder is None:
        pytest.skip("LISTENLIVE_TRUTH is not set")
    clips = sorted(Path(folder).glob("voices/*/*.flac"))[:30:5]
    pause = np.random.default_rng(0).normal(0, 1e-4, 5 * SAMPLE_RATE).astype(np.float32)
    pieces = [
        piece for clip in clips for piece in (pause, soundfile.read(clip, dtype="float32")[0])
    ]
    samples = np.concatenate(pieces)[:, None]
    plain, gated = heard(SileroDetector(1), samples, 8_000), heard(GatedDetector(1), samples, 8_000)
    assert np.mean(gated == 0) > 0.1
    assert np.mean(gated[plain >= 0.5] < 0.35) < 0.002

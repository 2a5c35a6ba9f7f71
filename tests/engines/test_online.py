"""Who speaks on one microphone, at once: drawn voices, no networks."""

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.clustering import FRAME_SAMPLES, WINDOW_FRAMES
from listenlive.engines.online import OnlineSpeakers
from listenlive.preview import Found
from listenlive.voices import VoiceProfile

LOUD = np.ones((3, 1), dtype=np.float32)
MINE, THEIRS, HOARSE = np.eye(3, dtype=np.float32)


def segmentation(samples):
    """Above zero one person speaks, below another."""
    level = samples[: WINDOW_FRAMES * FRAME_SAMPLES : FRAME_SAMPLES]
    posteriors = np.zeros((WINDOW_FRAMES, 7), dtype=np.float16)
    posteriors[np.arange(WINDOW_FRAMES), np.where(level > 0, 1, np.where(level < 0, 2, 0))] = 1.0
    return posteriors


def voice(samples):
    return MINE if samples.mean() > 0 else THEIRS


def profile(vector, name="Nora"):
    numbers = tuple(float(value) for value in vector)
    return VoiceProfile(name=name, embedding=numbers, network="drawn", seconds=20.0, at="2026")


def talk(*levels, mine=None, length=5.0):
    """The speakers after each stretch in which somebody speaks: 0.1 above zero, -0.1 below."""
    online = OnlineSpeakers(segmentation, voice, count=2, mine=mine)
    offset, known, told = 0, [], []
    for level in levels:
        for _ in range(round(length * 10)):
            samples = np.full((SAMPLE_RATE // 10, 1), level, dtype=np.float32)
            seen = online.feed(AudioChunk(samples, offset), LOUD)
            offset += len(samples)
            told += [(offset / SAMPLE_RATE - seen.start, row) for row in seen.speaking[:1]]
        known.append(online.known)
    return known, told


@pytest.mark.parametrize(("mine", "me"), [(MINE, "B"), (THEIRS, "A")])
def test_a_learned_voice_is_known_while_it_is_heard(mine, me):
    known, _ = talk(-0.1, 0.1, -0.1, 0.1, mine=profile(mine))
    assert known[-1] == Found(("A", "B"), me)


@pytest.mark.parametrize("mine", [profile(HOARSE), None])
def test_nobody_is_taken_for_somebody_else(mine):
    known, _ = talk(-0.1, 0.1, -0.1, 0.1, mine=mine)
    assert known == [None] * 4


def test_what_was_said_is_shown_within_a_second():
    _, told = talk(-0.1, 0.1, -0.1, 0.1)
    assert len(told) > 20
    assert max(late for late, _ in told[1:]) < 1.1

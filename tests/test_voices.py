"""Whose voice is it: drawn embeddings of two numbers, angles for likeness."""

import math

import numpy as np
import pytest

from listenlive.voices import SAME_VOICE, VoiceProfile, recognised


def voice(degrees: float) -> np.ndarray:
    return np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))], np.float32)


MINE = VoiceProfile(
    name="Nora", embedding=tuple(map(float, voice(0))), network="n", seconds=20.0, at="2026-05-03"
)


@pytest.mark.parametrize(
    ("angles", "speaker", "note"),
    [
        ({"A": 20, "B": 70}, "A", "known by your voice (similarity 0.94, the next one 0.34)"),
        ({"A": 70, "B": 20}, "B", "known by your voice"),
        ({"A": 60, "B": 70}, None, "the likest one here has a similarity of 0.50"),
        ({"A": 20, "B": 25}, None, "two voices here are like it (0.94 and 0.91)"),
        ({"A": 10}, "A", "known by your voice"),
        ({}, None, "nobody was"),
    ],
)
def test_the_likest_voice_is_mine_if_it_is_like_enough_and_far_ahead(angles, speaker, note):
    found = recognised(MINE, {who: voice(angle) for who, angle in angles.items()})
    assert found.speaker == speaker
    assert note in found.note


def test_the_threshold_itself_is_enough():
    edge = math.degrees(math.acos(SAME_VOICE))
    assert recognised(MINE, {"A": voice(edge - 0.1)}).speaker == "A"
    assert recognised(MINE, {"A": voice(edge + 0.1)}).speaker is None

"""Where speech ends in noise, drawn: the detector stays half sure for a while after the voice."""

import numpy as np

from listenlive.engines.endpoints import NOISE, refined, runs
from listenlive.engines.levels import FINE_SECONDS


def frames(*parts: tuple[float, float]) -> np.ndarray:
    """`parts` of (seconds, value), per fine frame."""
    spread = [np.full(round(length / FINE_SECONDS), value) for length, value in parts]
    return np.concatenate(spread).astype(np.float32)


def test_in_noise_speech_ends_where_the_voice_does():
    probability = frames((2.0, 0.05), (1.0, 0.95), (0.32, 0.42), (2.0, 0.05))
    level = frames((2.0, -45.0), (1.0, -20.0), (2.32, -45.0))
    ((start, end),) = runs(refined(probability, level, NOISE))
    assert abs(start * FINE_SECONDS - 2.0) <= 0.05
    assert abs(end * FINE_SECONDS - 3.0) <= 0.05

"""Where speech ends in noise, drawn: the detector stays half sure for a while after the voice."""

import numpy as np
import pytest

from listenlive.engines.endpoints import HEADSET, NOISE, ROOM, refined, runs
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


def talk(turns: int, *, fall: float) -> tuple[np.ndarray, np.ndarray]:
    """Turns of 1 s, a soft word of 0.1 s before each; the sound falls by 40 dB in `fall` s.

    The detector hears speech until it has fallen by 25 dB.
    """
    heard, levels = [frames((2.0, 0.05))], [frames((2.0, -90.0))]
    for _ in range(turns):
        falling = np.linspace(-20, -60, round(fall / FINE_SECONDS)).astype(np.float32)
        sure = frames((1.1 + fall * 25 / 40, 0.95))
        levels += [frames((0.1, -36.0), (1.0, -20.0)), falling, frames((2.0, -90.0))]
        silent = len(levels[-3]) + len(falling) + len(levels[-1]) - len(sure)
        heard += [sure, np.full(silent, 0.05, dtype=np.float32)]
    return np.concatenate(heard), np.concatenate(levels)


@pytest.mark.parametrize("around", [HEADSET, ROOM])
def test_in_a_room_a_turn_ends_with_the_voice_and_not_with_its_echo(around):
    found = runs(refined(*talk(8, fall=0.45), around))
    assert len(found) == 8
    lengths = [(end - start) * FINE_SECONDS for start, end in found]
    assert max(lengths) == pytest.approx(1.1 + 0.45 * 13 / 40, abs=0.05)  # 10 dB under the peak
    assert min(lengths) > 1.1  # the soft word at the beginning is speech


@pytest.mark.parametrize(("turns", "fall"), [(8, 0.12), (4, 0.45)])
def test_an_end_is_kept_where_there_is_no_echo_or_too_little_to_tell(turns, fall):
    found = runs(refined(*talk(turns, fall=fall), HEADSET))
    lengths = [(end - start) * FINE_SECONDS for start, end in found]
    assert min(lengths) >= 1.1 + fall * 25 / 40 - 0.02

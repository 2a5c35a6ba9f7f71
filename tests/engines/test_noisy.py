"""The second ear, drawn: noise as loud as soft words, a detector that loses them, a network."""

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE
from listenlive.clustering import FRAME, FRAME_SAMPLES, POWERSET, WINDOW_FRAMES
from listenlive.engines.endpoints import runs
from listenlive.engines.levels import FINE_SECONDS
from listenlive.engines.noisy import SecondEar, hears_across
from listenlive.segmenter import HOP, HOP_SECONDS

SECONDS = 30
SAID = ((2.0, 8.0), (12.0, 16.0), (21.0, 27.0))
SOFT = ((4.0, 4.6), (13.0, 13.5), (26.4, 27.0))
"""Of what is said; no louder than the noise."""


def within(times: np.ndarray, spans: tuple[tuple[float, float], ...]) -> np.ndarray:
    return np.any([(times >= start) & (times < end) for start, end in spans], axis=0)


def recorded(*, noise: float = 0.01, seconds: float = SECONDS) -> tuple[np.ndarray, np.ndarray]:
    """Sound (n,) and what the detector makes of it (hops,): soft words are lost on it."""
    rng = np.random.default_rng(1)
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    loud = within(times, SAID) & ~within(times, SOFT)
    samples = rng.normal(0, 1, len(times)) * (noise + 0.1 * loud)
    middles = (np.arange(len(times) // HOP) + 0.5) * HOP_SECONDS
    heard = np.where(within(middles, SAID), 0.95, 0.03)
    heard[within(middles, SOFT)] = 0.15
    return samples.astype(np.float32), heard.astype(np.float32)


class Network:
    """Hears all that is said, but for `deaf` windows, by their number.

    soft : how sure it is of soft words
    """

    def __init__(self, *, deaf: tuple[int, ...] = (), soft: float = 0.98) -> None:
        self.ear = SecondEar(self)
        self.deaf = deaf
        self.soft = soft
        self.heard = 0

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        start = self.heard * 296 * FRAME_SAMPLES / SAMPLE_RATE
        times = start + np.arange(WINDOW_FRAMES) * FRAME + 0.03
        said = within(times, SAID) & (self.heard not in self.deaf)
        self.heard += 1
        posteriors = np.zeros((WINDOW_FRAMES, len(POWERSET)), dtype=np.float16)
        posteriors[:, 0] = np.where(said, 0.02, 0.95)
        posteriors[said & within(times, SOFT), 0] = 1 - self.soft
        posteriors[:, 1] = 1 - posteriors[:, 0]
        return posteriors

    def speech(self, samples: np.ndarray, speech: np.ndarray, *, size: int = 8_000):
        """What the ear hears, fed in chunks of `size`: spans in seconds, and what is known."""
        for start in range(0, len(samples), size):
            end = min(start + size, len(samples))
            self.ear.feed(samples[start:end], speech[start // HOP : end // HOP])
        self.ear.finish()
        found, known = self.ear.speech(len(samples) // 128)
        return [(a * FINE_SECONDS, b * FINE_SECONDS) for a, b in runs(found)], known


def assert_all_heard(spans: list[tuple[float, float]]) -> None:
    assert len(spans) == len(SAID)
    for span, said in zip(spans, SAID, strict=True):
        assert span == pytest.approx(said, abs=0.06)


def test_soft_words_in_noise_are_heard():
    network = Network()
    spans, known = network.speech(*recorded())
    assert_all_heard(spans)
    assert known.mean() > 0.99


def test_a_short_gap_in_noise_is_none():
    """The network loses the soft words too: those at the end are lost, those between are not."""
    spans, _ = Network(soft=0.05).speech(*recorded())
    assert len(spans) == len(SAID)
    assert spans[0] == pytest.approx(SAID[0], abs=0.06)
    assert spans[2][1] == pytest.approx(SOFT[2][0], abs=0.1)


def test_without_noise_nothing_is_heard_again():
    network = Network()
    spans, known = network.speech(*recorded(noise=1e-5))
    assert (network.heard, spans) == (0, [])
    assert not known.any()


def test_a_deaf_window_is_not_believed():
    """Another one covers most of what it did; where none does, nothing is known."""
    spans, known = Network(deaf=(1,)).speech(*recorded())
    assert_all_heard(spans)
    assert known.all() or known.mean() > 0.99
    _, known = Network(deaf=(0,)).speech(*recorded())
    times = np.arange(len(known)) * FINE_SECONDS
    assert not known[times < 4.9].any()
    assert known[(times > 5.1) & (times < 29)].all()


def test_chunk_size_does_not_matter():
    one = Network().speech(*recorded())
    other = Network().speech(*recorded(), size=HOP * SECONDS * 40)
    assert one[0] == other[0]
    assert np.array_equal(one[1], other[1])


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3.0])
def test_short_recordings(seconds: float):
    spans, _ = Network().speech(*recorded(seconds=seconds))
    assert len(spans) == (1 if seconds == 3.0 else 0)


@pytest.mark.parametrize(("bleed", "across"), [(0.0, False), (0.2, True)])
def test_bleed_is_told_by_what_is_heard_while_the_other_speaks(bleed: float, across: bool):
    """The other speaks from 10 s on; `bleed` of it is taken for speech here."""
    count = round(20 / FINE_SECONDS)
    times = np.arange(count) * FINE_SECONDS
    own = np.where(times < 10, 0.9, 0.05)
    other = np.where(times < 10, 0.05, 0.9)
    again = (times < 10.1) | ((times > 12) & (times < 12 + 10 * bleed))
    assert hears_across(again, own, other) is across
    assert not hears_across(again[: count // 2], own[: count // 2], other[: count // 2])

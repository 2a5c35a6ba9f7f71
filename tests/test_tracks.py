"""Two devices on one clock, without any device and without any time: arrivals are drawn."""

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE
from listenlive.tracks import Lateness, Stretch, Track

BLOCK = 0.1  # seconds


class Drawn:
    """A device whose samples say when they were taken, in seconds of the true clock."""

    def __init__(self, *, ppm: float, rate: int, late: float, seed: int) -> None:
        self.speed = rate * (1 + ppm * 1e-6)
        self.late = late
        self.taken = 0
        self.random = np.random.default_rng(seed)

    def until(self, now: float):
        """What it took until `now`, and when that arrives: late, with jitter and hiccups."""
        count = int(now * self.speed) - self.taken
        times = (self.taken + np.arange(count)) / self.speed
        self.taken += count
        hiccup = 0.08 * (self.random.random() < 0.02)
        return times[:, np.newaxis], now + self.late + self.random.uniform(0, 0.03) + hiccup


def apart(
    ppm: float, *, minutes: float, rate: int = SAMPLE_RATE, steered: bool = True
) -> np.ndarray:
    """Seconds between what two devices heard at the same time, block by block."""
    first, second = Track(1), Track(1, follows=True)
    first.begin(rate)
    second.begin(rate)
    here = Drawn(ppm=0, rate=rate, late=0.02, seed=1)
    there = Drawn(ppm=ppm, rate=rate, late=0.02, seed=2)
    found = []
    for block in range(1, round(minutes * 60 / BLOCK)):
        now = block * BLOCK
        for track, device in ((first, here), (second, there)):
            samples, arrival = device.until(now)
            # full scale would be an hour: exact to 0.2 ms in float32
            track.feed((samples / 3600).astype(np.float32), arrival)
        if steered:
            second.steer(second.late(now) - first.late(now))
        if ready := min(first.ready, second.ready):
            found.append((second.take(ready)[-1, 0] - first.take(ready)[-1, 0]) * 3600)
    return np.array(found)


@pytest.mark.parametrize("ppm", [100, -100, 300])
def test_half_an_hour_of_drift_stays_within_50_ms(ppm):
    assert np.abs(apart(ppm, minutes=30)).max() < 0.05


def test_without_correction_it_would_not():
    assert np.abs(apart(100, minutes=15, steered=False)).max() > 0.08


@pytest.mark.parametrize("ppm", [100, -250, 0])
def test_drift_is_measured(ppm):
    track, device = Track(1), Drawn(ppm=ppm, rate=SAMPLE_RATE, late=0.02, seed=3)
    assert track.fast is None
    for block in range(1, round(180 / BLOCK)):
        samples, arrival = device.until(block * BLOCK)
        track.feed(samples.astype(np.float32), arrival)
    assert track.fast == pytest.approx(ppm * 1e-6, abs=15e-6)


def test_a_device_without_drift_is_left_alone():
    assert np.abs(apart(0, minutes=5)).max() < 0.02


def test_drift_is_corrected_at_the_rates_of_devices_too():
    assert np.abs(apart(200, minutes=4, rate=48_000)).max() < 0.02


def test_stretching_by_nothing_changes_nothing():
    sound = np.random.default_rng(0).uniform(-1, 1, (5000, 2)).astype(np.float32)
    stretch = Stretch(2)
    played = np.concatenate([stretch.feed(sound[i : i + 480], 1.0) for i in range(0, 5000, 480)])
    assert np.array_equal(played, sound[: len(played)])
    assert len(sound) - len(played) <= 2  # what comes next is needed to read them


def test_stretching_keeps_a_tone_and_moves_it():
    moments = np.arange(48_000) / 48_000
    tone = np.sin(2 * np.pi * 440 * moments).astype(np.float32)[:, np.newaxis]
    stretch = Stretch(1)
    played = np.concatenate([stretch.feed(tone[i : i + 960], 1.001) for i in range(0, 48_000, 960)])
    assert abs(len(played) - 48_048) <= 3
    there = np.sin(2 * np.pi * 440 * np.arange(len(played)) / 48_000 / 1.001)
    assert np.abs(played[:, 0] - there).max() < 1e-3


def test_a_track_has_as_many_samples_as_time_went_by():
    track = Track(1)
    track.begin(44_100)
    for block in range(10):
        track.feed(np.zeros((4410, 1), dtype=np.float32), 0.1 * (block + 1))
    track.flush()
    assert track.ready == track.end == SAMPLE_RATE


def test_silence_goes_where_sound_was_missing():
    track = Track(1)
    track.feed(np.ones((100, 1), dtype=np.float32), 0.1)
    track.fill(50)
    track.begin(8000)
    track.feed(np.ones((100, 1), dtype=np.float32), 0.2)
    track.flush()
    assert track.end == track.ready == 100 + 50 + 200
    heard = track.take(track.ready)
    assert np.array_equal(heard[95:155, 0] > 0.5, [True] * 5 + [False] * 50 + [True] * 5)


def test_the_end_can_be_taken_back():
    track = Track(1)
    track.fill(100)
    track.cut(30)
    assert track.end == track.ready == len(track.take(70)) == 70


def test_sound_that_never_came_is_noticed_once_it_is_sure():
    lateness, position = Lateness(), 0.0
    for block in range(600):
        position += BLOCK
        missing = 0.8 if block >= 300 else 0.0
        lateness.add(position + missing + 0.02, position)
        if block == 340:  # one window alone may be a busy computer
            assert lateness.lost() == 0
    assert lateness.lost() == pytest.approx(0.8, abs=0.01)

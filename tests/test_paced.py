import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.errors import ConfigError
from listenlive.events import Paused, Resumed
from listenlive.paced import PacedFile
from listenlive.sources import AudioFile


class Time:
    """A clock that runs only while somebody waits for it. `at`: what is done at which second."""

    def __init__(self):
        self.seconds = 0.0
        self.at = {}

    def now(self):
        return self.seconds

    def asleep(self):
        return 0.0

    def wait(self, seconds):
        due = min((moment for moment in self.at if moment <= self.seconds + seconds), default=None)
        if due is None:
            self.seconds += seconds
            return
        self.seconds = max(due, self.seconds)
        self.at.pop(due)()


@pytest.fixture
def recording(tmp_path):
    import soundfile

    path = tmp_path / "talk.flac"
    samples = np.random.default_rng(3).uniform(-0.5, 0.5, (3 * SAMPLE_RATE, 2))
    soundfile.write(path, samples, SAMPLE_RATE)
    return path


def paced(path, time, **options):
    return PacedFile(path, clock=time, wait=time.wait, **options)


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_nothing_is_heard_before_it_would_be_said(recording, speed):
    time = Time()
    with paced(recording, time, speed=speed) as source:
        late = [time.now() - chunk.end / SAMPLE_RATE / speed for chunk in source]
    assert len(late) == 30
    assert 0 <= min(late) <= max(late) < 1e-6


def test_it_is_the_recording(recording):
    with paced(recording, Time()) as source:
        samples = np.concatenate([chunk.samples for chunk in source])
        assert (source.name, source.channels, source.duration) == ("talk.flac", 2, 3.0)
        assert -12 < source.level < -10  # uniform noise at half of full scale
    assert np.array_equal(samples, np.concatenate([c.samples for c in AudioFile(recording)]))


def test_a_slow_listener_catches_up(recording):
    time, came = Time(), []
    with paced(recording, time) as source:
        for chunk in source:
            came.append(time.now())
            if chunk.offset == 0:
                time.seconds += 2.0  # busy
    assert came[:3] == pytest.approx([0.1, 2.1, 2.1])
    assert came[-1] == pytest.approx(3.0)


def test_a_pause_stops_the_clock(recording):
    time = Time()
    with paced(recording, time) as source:
        time.at = {1.05: source.pause, 61.05: source.resume}
        sounds = list(source)
    told = [sound for sound in sounds if not isinstance(sound, AudioChunk)]
    assert told == [Paused(1.0), Resumed(1.0, pytest.approx(60.0))]
    assert sum(len(s.samples) for s in sounds if isinstance(s, AudioChunk)) == 3 * SAMPLE_RATE
    assert time.now() == pytest.approx(63.0)


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e9])
def test_a_speed_that_cannot_be_is_refused(recording, speed):
    with pytest.raises(ConfigError, match=r"allowed: 0\.1 to 1000"):
        PacedFile(recording, speed=speed)


@pytest.mark.parametrize("paused", [False, True])
def test_stop_ends_it_as_a_file_ends(recording, paused):
    time = Time()
    with paced(recording, time) as source:
        time.at = {0.45: source.pause} if paused else {}
        time.at[1.05] = source.stop
        sounds = list(source)
    chunks = [sound for sound in sounds if isinstance(sound, AudioChunk)]
    assert chunks[-1].end == (6400 if paused else 16000)
    assert sounds[len(chunks) :] == ([Paused(0.4)] if paused else [])

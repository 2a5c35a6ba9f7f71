"""From a (virtual) microphone to the disk: PortAudio, ALSA and a sound server are real.

What happens next is decided by the clock of the sound itself, so nothing here waits or sleeps.
"""

import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from listenlive import recorder, store
from listenlive.audio import SAMPLE_RATE, AudioChunk, seconds
from listenlive.config import Settings
from listenlive.errors import DeviceError
from listenlive.events import AudioLost, Diarized, Ended, Paused, Resumed, Started
from listenlive.finishing import finish
from listenlive.microphone import Microphone, chosen, inputs
from listenlive.recorder import KeptAudio, Recorder
from listenlive.store import SessionWriter

pytestmark = pytest.mark.live

BEGAN = datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)


def noise(seed: int, length: float = 3.0) -> np.ndarray:
    """Noise up to some 2 kHz: half a sample more or less changes little of it."""
    white = np.random.default_rng(seed).uniform(-1, 1, round(length * SAMPLE_RATE))
    return np.convolve(white, np.hanning(12) / 4, mode="same").clip(-1, 1)


def deep(seed: int, length: float) -> np.ndarray:
    """Noise as deep as a voice, for two devices: one that is led back onto the other's clock may
    play 0.1 % faster for a while, which blurs what is higher."""
    sound = np.convolve(noise(seed, length), np.hanning(33), mode="same")
    return (sound / np.abs(sound).max()).astype(np.float32)


def device(name: str):
    return chosen(name, inputs())


def record(microphone, folder: Path, length: float, *acts) -> np.ndarray:
    """Record so many seconds; `acts` are (second, what is done then). Returns what was heard."""
    due, heard, told = sorted(acts, key=lambda act: act[0]), [], []
    with microphone:
        for sound in Recorder(microphone, folder):
            if not isinstance(sound, AudioChunk):
                told.append(sound)
                continue
            heard.append(sound.samples)
            while due and seconds(sound.end) >= due[0][0]:
                due.pop(0)[1]()
            if seconds(sound.end) >= length:
                microphone.stop()
    kept = KeptAudio(folder)
    again = list(kept)
    assert np.array_equal(
        np.concatenate([each.samples for each in again if isinstance(each, AudioChunk)]),
        np.concatenate(heard),
    )
    assert [each for each in again if not isinstance(each, AudioChunk)] == told
    assert kept.warnings == ()
    return np.concatenate(heard)


def told(folder: Path) -> list:
    return [sound for sound in KeptAudio(folder) if not isinstance(sound, AudioChunk)]


PIECE = SAMPLE_RATE // 4
"""Samples that are looked for at once."""


def found(sound: np.ndarray, heard: np.ndarray) -> tuple[float, float]:
    """How well `sound` is found in `heard` (correlation), and where (seconds)."""
    size = 1 << int(len(heard) + len(sound)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sound, size))
    at = int(np.argmax(np.fft.irfft(product, size)[: len(heard) - len(sound)]))
    piece = heard[at : at + len(sound)]
    return float(np.corrcoef(piece, sound)[0, 1]), at / SAMPLE_RATE


def likeness(sound: np.ndarray, heard: np.ndarray) -> float:
    """Correlation of pieces of `sound` with what was heard of them; the median of them.

    On a busy machine a player may run dry for a moment, which is no matter of who records.
    """
    starts = range(PIECE, len(sound) - PIECE, PIECE)
    return float(np.median([found(sound[at : at + PIECE], heard)[0] for at in starts]))


def test_what_is_spoken_is_what_is_kept(mic, tmp_path):
    sound = noise(1)
    mic.play(sound)
    heard = record(Microphone(device("vmic")), tmp_path, 5.0)
    assert likeness(sound, heard[:, 0]) > 0.95
    assert told(tmp_path) == []


def test_two_people_on_two_channels_stay_apart(mic, tmp_path):
    mine, theirs = noise(1), noise(2)
    mic.play(mine, "vmic")
    mic.play(theirs, "vsys")
    heard = record(Microphone(device("vboth"), channels=2), tmp_path, 5.0)
    assert likeness(mine, heard[:, 0]) > 0.95
    assert likeness(theirs, heard[:, 1]) > 0.95
    assert likeness(mine, heard[:, 1]) < 0.2
    assert likeness(theirs, heard[:, 0]) < 0.2


def test_two_devices_hear_the_same_moment_at_the_same_time(mic, tmp_path):
    sound = deep(3, 6.0)
    # What vmic hears, vboth hears as well. Not before both are open, which takes seconds on a busy
    # machine: what was played meanwhile would be looked for in vain.
    acts = ((1.0, lambda: mic.play(sound)),)
    heard = record(Microphone(device("vmic"), partner=device("vboth")), tmp_path, 9.0, *acts)
    # piece by piece: within one the clocks of two devices do not drift apart
    pieces = [sound[at : at + PIECE] for at in range(2 * SAMPLE_RATE, 4 * SAMPLE_RATE, PIECE)]
    both = [(found(piece, heard[:, 0]), found(piece, heard[:, 1])) for piece in pieces]
    assert min(likeness(sound, heard[:, 0]), likeness(sound, heard[:, 1])) > 0.95
    assert np.median([abs(here - there) for (_, here), (_, there) in both]) < 0.05


def test_a_plug_that_is_pulled_and_put_back_costs_only_the_time_between(mic, tmp_path):
    sound = noise(4)
    acts = (
        (1.0, lambda: mic("unplug", "vmic")),
        (2.5, lambda: mic("plug", "vmic")),
        (5.0, lambda: mic.play(sound)),
    )
    heard = record(Microphone(device("vmic")), tmp_path, 9.5, *acts)
    first, *_, last = told(tmp_path)
    assert isinstance(first, AudioLost)
    assert "vmic was unplugged" in first.reason
    assert first.span.start == pytest.approx(1.0, abs=0.5)
    assert 2.0 < last.span.end < 5.0
    assert likeness(sound, heard[:, 0]) > 0.95


def test_the_partner_goes_on_while_the_microphone_is_gone(mic, tmp_path):
    sound = deep(5, 4.0)
    acts = (
        (0.5, lambda: mic.play(sound, "vsys")),
        (1.0, lambda: mic("unplug", "vmic")),
        (4.0, lambda: mic("plug", "vmic")),
    )
    microphone = Microphone(device("vmic"), partner=device("vsys"))
    heard = record(microphone, tmp_path, 8.0, *acts)
    assert "vmic" in told(tmp_path)[0].reason
    assert likeness(sound, heard[:, 1]) > 0.95


def test_a_sound_server_that_crashes_is_survived(mic, tmp_path):
    sound = noise(6)
    acts = (
        (1.0, mic.kill),
        (2.0, lambda: mic("start")),
        (5.0, lambda: mic.play(sound)),
    )
    heard = record(Microphone(device("vmic")), tmp_path, 9.5, *acts)
    losses = told(tmp_path)
    assert losses[0].span.start == pytest.approx(1.0, abs=0.5)
    assert 2.0 < losses[-1].span.end < 5.0
    assert likeness(sound, heard[:, 0]) > 0.95


def test_a_device_that_refuses_its_own_rate_is_opened_at_another(mic, tmp_path):
    impossible = replace(device("vmic"), rate=768_000)
    sound = noise(7)
    mic.play(sound)
    assert likeness(sound, record(Microphone(impossible), tmp_path, 5.0)[:, 0]) > 0.95


def test_what_cannot_be_opened_is_a_clear_error(mic):
    mic("unplug", "vsys")
    with pytest.raises(DeviceError, match=r"'vsys' cannot be opened.*listenlive doctor"):
        Microphone(device("vsys")).__enter__()


def test_a_pause_is_not_recorded(mic, tmp_path):
    microphone = Microphone(device("vmic"))
    mic.play(noise(8, 30.0))
    # While it is paused no sound tells the time: the next thing asked is to go on.
    acts = ((1.0, microphone.pause), (1.0, microphone.resume))
    heard = record(microphone, tmp_path, 3.0, *acts)
    paused, resumed = told(tmp_path)
    assert isinstance(paused, Paused)
    assert resumed == Resumed(paused.at, pytest.approx(0.0, abs=0.5))
    assert np.abs(heard[SAMPLE_RATE // 2 :]).max() > 0.3


def test_two_sessions_at_once_keep_out_of_each_others_way(mic, tmp_path):
    sound = noise(9)
    mic.play(sound)
    writers = [SessionWriter(tmp_path, "vmic", Settings(), began=BEGAN, live=()) for _ in range(2)]
    microphones = [Microphone(device("vmic")) for _ in writers]
    with microphones[0], microphones[1]:
        streams = [
            iter(Recorder(one, writer.folder))
            for one, writer in zip(microphones, writers, strict=True)
        ]
        for _ in range(50):
            for stream in streams:
                next(stream)
        for one, stream in zip(microphones, streams, strict=True):
            one.stop()
            list(stream)
    assert writers[0].folder != writers[1].folder
    for writer in writers:
        kept = np.concatenate([chunk.samples for chunk in KeptAudio(writer.folder)])
        assert likeness(sound, kept[:, 0]) > 0.95
        writer.leave()
    assert len(store.unfinished(tmp_path)) == 2


# --- kill -9

RECORDS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from listenlive.audio import AudioChunk
from listenlive.config import Settings
from listenlive.events import SpeechStarted, Started
from listenlive.microphone import Microphone, chosen, inputs
from listenlive.recorder import Recorder
from listenlive.store import SessionWriter

device = chosen("vmic", inputs())
with Microphone(device) as microphone:
    began = datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)
    writer = SessionWriter(Path(sys.argv[1]), device.name, Settings(), began=began, live=())
    writer.append(Started(began.isoformat(), "live", device.name, 1))
    print(0, flush=True)
    for sound in Recorder(microphone, writer.folder, piece=16_000):
        writer.append(SpeechStarted(sound.end / 16_000, 0))
        print(sound.end, flush=True)
"""


def counts(sounds, _settings, *, name, channels, names):
    """Hears how long it was."""
    end = 0
    yield Started("now", "live", name, channels)
    for sound in sounds:
        end = sound.end if isinstance(sound, AudioChunk) else end
    yield Diarized((), sees_overlap=True)
    yield Ended(seconds(end))


@pytest.mark.parametrize("seed", range(20))
def test_kill_9_loses_at_most_a_second(mic, tmp_path, monkeypatch, seed):
    """At 20 moments, of which one may be anywhere: within a block, between two pieces, ..."""
    monkeypatch.setattr(recorder, "PIECE", 16_000)
    chance = random.Random(seed)
    chunks = chance.randrange(1, 25)
    command = [sys.executable, "-c", RECORDS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=mic.environment) as program:
        assert program.stdout is not None
        for _ in range(chunks):
            program.stdout.readline()
        for _ in range(chance.randrange(100_000)):
            pass  # somewhere within the next chunk
        program.kill()
        said = [int(line) for line in program.stdout.read().split()]
    heard = said[-1] if said else 1600 * (chunks - 1)
    (session,) = store.unfinished(tmp_path) or (None,)
    if session is None:
        assert heard <= 3200  # killed before there was a block to write
        return
    first = finish(session, hear=counts).conversation
    assert first.duration >= seconds(heard) - 1.0
    assert store.unfinished(tmp_path) == ()
    assert finish(session, hear=counts).conversation == first

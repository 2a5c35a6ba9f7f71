import errno
import json
import os
import stat
import subprocess
import sys

import numpy as np
import pytest

from listenlive import recorder
from listenlive.audio import SAMPLE_RATE, AudioChunk, as_int16, from_int16
from listenlive.errors import AudioFileError
from listenlive.events import AudioLost, Paused, Resumed
from listenlive.recorder import KeptAudio, Recorder, opened
from listenlive.sources import AudioFile
from listenlive.span import Span
from listenlive.store import AUDIO_TOLD as TOLD
from listenlive.store import SavedSession

LOST = AudioLost(Span(0.5, 1.0), "unplugged")


class Drawn:
    """A source that yields what it is given; raises what it is given, too."""

    name, duration, warnings = "mic", None, ()

    def __init__(self, *sounds, channels=1):
        self.sounds, self.channels = sounds, channels

    def __iter__(self):
        for sound in self.sounds:
            if isinstance(sound, BaseException):
                raise sound
            yield sound


def noise(seconds: float, *, channels: int = 1, chunk: int = 1600) -> list[AudioChunk]:
    random = np.random.default_rng(7)
    samples = random.uniform(-1.2, 1.2, (round(seconds * SAMPLE_RATE), channels))
    samples = np.clip(samples, -1, 1).astype(np.float32)
    return [
        AudioChunk(samples[start : start + chunk], start) for start in range(0, len(samples), chunk)
    ]


def joined(sounds) -> np.ndarray:
    return np.concatenate([each.samples for each in sounds if isinstance(each, AudioChunk)])


def told(sounds) -> list:
    """What is told, each with the sample after which it was told."""
    end, found = 0, []
    for sound in sounds:
        if isinstance(sound, AudioChunk):
            assert sound.offset == end
            end = sound.end
        else:
            found.append((end, sound))
    return found


@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_kept_is_what_was_heard_to_the_bit(tmp_path, channels):
    heard = list(Recorder(Drawn(*noise(3.21, channels=channels), channels=channels), tmp_path))
    kept = KeptAudio(tmp_path)
    assert np.array_equal(joined(heard), joined(kept))
    assert (kept.channels, kept.duration, kept.warnings) == (channels, 3.21, ())


def test_samples_are_rounded_to_16_bits_and_to_nothing_else():
    samples = np.array([[-1.0], [1.0], [0.1], [-0.1], [1 / 65536], [1e-9]], dtype=np.float32)
    steps = from_int16(as_int16(samples))
    assert steps.min() == -1.0
    assert steps.max() == 32767 / 32768
    assert np.abs(steps - samples).max() <= 1 / 32768
    assert np.array_equal(from_int16(as_int16(steps)), steps)


@pytest.fixture
def pieces(monkeypatch):
    """Pieces of a second."""
    monkeypatch.setattr(recorder, "PIECE", SAMPLE_RATE)
    return SAMPLE_RATE


def test_sound_is_cut_into_pieces_and_joined_again(tmp_path, pieces):
    heard = list(Recorder(Drawn(*noise(2.5, chunk=700)), tmp_path, piece=pieces))
    assert [path.name for path in SavedSession(tmp_path).audio] == [
        "audio-0001.flac",
        "audio-0002.flac",
        "audio-0003.flac",
    ]
    assert np.array_equal(joined(heard), joined(KeptAudio(tmp_path)))
    assert len(joined(AudioFile(tmp_path / "audio-0002.flac"))) == pieces


@pytest.mark.parametrize(
    ("damage", "silent"),
    [
        ({"2": None}, Span(1, 2)),
        ({"2": b""}, Span(1, 2)),
        ({"2": b"no sound"}, Span(1, 2)),
        ({"1": b""}, Span(0, 1)),
        ({"1": None, "2": b""}, Span(0, 2)),
    ],
)
def test_a_piece_that_is_gone_is_silent_and_said(tmp_path, pieces, damage, silent):
    chunks = noise(3.5, channels=2, chunk=700)
    sounds = [*chunks[:40], Paused(chunks[39].end / SAMPLE_RATE), *chunks[40:]]
    source = Drawn(*sounds, channels=2)
    heard = joined(Recorder(source, tmp_path, piece=pieces))
    pauses = told(KeptAudio(tmp_path))
    for number, content in damage.items():
        path = tmp_path / f"audio-000{number}.flac"
        path.unlink() if content is None else path.write_bytes(content)
    kept = KeptAudio(tmp_path)
    start, end = round(silent.start * SAMPLE_RATE), round(silent.end * SAMPLE_RATE)
    heard[start:end] = 0
    assert np.array_equal(joined(kept), heard)
    losses = [(at, sound) for at, sound in told(kept) if isinstance(sound, AudioLost)]
    assert losses == [(end, AudioLost(silent, "this part of the kept sound is gone"))]
    assert [each for each in told(kept) if each not in losses] == pauses
    assert kept.warnings == (
        f"{3.5 - silent.duration:.1f} s of 3.5 s of the audio can be read",
        f"{silent.duration:.1f} s of the kept audio are gone; they count as silence",
    )


def test_a_piece_that_ends_early_moves_nothing_after_it(tmp_path, pieces):
    heard = joined(Recorder(Drawn(*noise(2.5)), tmp_path, piece=pieces))
    path = tmp_path / "audio-0001.flac"
    path.write_bytes(path.read_bytes()[:20_000])
    kept = KeptAudio(tmp_path)
    samples = joined(kept)
    ((at, lost),) = told(kept)
    assert at == SAMPLE_RATE
    assert lost.span.end == 1.0
    start = round(lost.span.start * SAMPLE_RATE)
    assert 0 < start < SAMPLE_RATE
    assert np.array_equal(samples[:start], heard[:start])
    assert not samples[start:at].any()
    assert np.array_equal(samples[at:], heard[at:])


def test_pauses_and_losses_come_back_where_they_were(tmp_path):
    chunks = noise(1.0)
    sounds = [*chunks[:4], Paused(0.4), Resumed(0.4, 60.0), *chunks[4:], LOST]
    list(Recorder(Drawn(*sounds), tmp_path))
    kept = KeptAudio(tmp_path)
    expected = [(6400, Paused(0.4)), (6400, Resumed(0.4, 60.0)), (16000, LOST)]
    assert told(kept) == told(kept) == expected  # each reading is the same


def test_sound_is_on_disk_before_anybody_hears_it(tmp_path):
    longest = 0.0
    for sound in Recorder(Drawn(*noise(2.0)), tmp_path):
        kept = len(joined(KeptAudio(tmp_path))) if sound.end > 1600 else 0
        longest = max(longest, (sound.end - kept) / SAMPLE_RATE)
    assert longest <= 0.1


def test_a_recording_that_was_cut_off_can_be_heard_and_says_so(tmp_path):
    heard = []
    for sound in Recorder(Drawn(*noise(2.0)), tmp_path):
        heard.append(sound)
        if sound.end == 1600 * 12:
            crashed = tmp_path / "crashed"
            crashed.mkdir()
            for path in (*SavedSession(tmp_path).audio, tmp_path / TOLD):
                if path.exists():
                    (crashed / path.name).write_bytes(path.read_bytes())
    kept = KeptAudio(crashed)
    samples = joined(kept)
    assert 0 <= 1600 * 12 - len(samples) <= 1600
    assert np.array_equal(samples, joined(heard)[: len(samples)])
    assert kept.duration is None
    assert kept.warnings == ("the session was cut off; its last moment may be missing",)


@pytest.mark.parametrize("missing", [1, 50, 900])
def test_a_block_that_was_half_written_is_left_out(tmp_path, missing):
    heard = joined(Recorder(Drawn(*noise(2.0)), tmp_path))
    path = tmp_path / "audio-0001.flac"
    path.write_bytes(path.read_bytes()[:-missing])
    (tmp_path / TOLD).unlink()
    samples = joined(KeptAudio(tmp_path))
    assert 0 < len(heard) - len(samples) <= 2 * 1152
    assert np.array_equal(samples, heard[: len(samples)])


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path):
    list(Recorder(Drawn(*noise(0.5), LOST), tmp_path))
    lines = (tmp_path / TOLD).read_text().splitlines(keepends=True)
    (tmp_path / TOLD).write_text(lines[0] + lines[1][:9])
    assert [sound for _, sound in told(KeptAudio(tmp_path))] == [LOST]


@pytest.mark.parametrize(
    "damage",
    [
        b"nonsense",
        b"\xff\xfe\x00",
        b"3",
        b"[" * 99_999,
        b'{"event": "end"}',
        b'{"after": 1e999, "event": "end"}',
        b'{"after": -1, "event": "end"}',
        b'{"after": 1%s, "event": "end"}' % (b"0" * 400),
        b'{"after": 0, "event": "Dance"}',
        b'{"after": 0, "event": "Paused", "at": 1e999}',
        b'{"after": 0, "event": "Paused", "at": NaN}',
        b'{"after": 0, "event": "Resumed", "at": "soon", "seconds": 1}',
    ],
)
def test_a_line_that_is_damaged_is_left_out_and_said(tmp_path, damage):
    heard = joined(Recorder(Drawn(*noise(0.5), LOST), tmp_path))
    lines = (tmp_path / TOLD).read_bytes().splitlines(keepends=True)
    (tmp_path / TOLD).write_bytes(damage + b"\n" + b"".join(lines))
    kept = KeptAudio(tmp_path)
    assert np.array_equal(joined(kept), heard)
    assert [sound for _, sound in told(kept)] == [LOST]
    assert kept.duration == 0.5
    assert kept.warnings == (
        "1 line of audio.jsonl could not be read; a pause or a loss may be missing",
    )


def test_a_source_that_fails_leaves_what_was_heard(tmp_path):
    source = Drawn(*noise(1.0), RuntimeError("hearing failed"))
    with pytest.raises(RuntimeError, match="hearing failed"):
        list(Recorder(source, tmp_path))
    kept = KeptAudio(tmp_path)
    assert len(joined(kept)) == SAMPLE_RATE
    assert kept.warnings == ()


def test_only_the_user_may_read_it(tmp_path):
    list(Recorder(Drawn(*noise(0.5)), tmp_path))
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_full_disk_is_said_and_hearing_goes_on(tmp_path, monkeypatch):
    kept = Recorder(Drawn(*noise(1.0), LOST), tmp_path, piece=SAMPLE_RATE // 2)
    whole = os.open

    def full(path, *rest):
        if str(path).endswith("0002.flac"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path, *rest)

    monkeypatch.setattr(recorder.os, "open", full)
    heard = list(kept)
    assert len(joined(heard)) == SAMPLE_RATE
    assert heard[-1] == LOST
    assert kept.problem == "No space left on device"
    assert kept.warnings == ("the audio was not kept to the end: No space left on device",)
    monkeypatch.undo()
    rest = KeptAudio(tmp_path)
    assert np.array_equal(joined(rest), joined(heard)[: SAMPLE_RATE // 2])
    assert rest.warnings == ("the session was cut off; its last moment may be missing",)


def test_audio_that_is_missing_is_said(tmp_path, pieces):
    list(Recorder(Drawn(*noise(2.0)), tmp_path, piece=pieces))
    (tmp_path / "audio-0002.flac").unlink()
    kept = KeptAudio(tmp_path)
    assert len(joined(kept)) == SAMPLE_RATE
    assert kept.warnings == ("1.0 s of 2.0 s of the audio can be read",)


def test_a_folder_without_sound_is_an_error_that_says_what_to_do(tmp_path):
    (tmp_path / "audio-0001.flac").write_bytes(b"fLaC")
    (tmp_path / TOLD).write_text(json.dumps({"after": 0, "event": "end"}) + "\n")
    with pytest.raises(AudioFileError, match=r"holds no sound.*listenlive forget"):
        KeptAudio(tmp_path)


def test_a_folder_and_a_file_are_opened_alike(tmp_path):
    heard = joined(Recorder(Drawn(*noise(0.5)), tmp_path))
    for recording in (tmp_path, tmp_path / "audio-0001.flac"):
        assert np.array_equal(joined(opened(recording)), heard)


FILLS = """
import resource, sys
from pathlib import Path
import numpy as np
from listenlive.audio import AudioChunk
from listenlive.recorder import Recorder

class Source:
    name, channels, duration, warnings = "mic", 1, None, ()
    def __iter__(self):
        random = np.random.default_rng(0)
        for at in range(0, 160_000, 1600):
            yield AudioChunk(random.uniform(-1, 1, (1600, 1)).astype(np.float32), at)

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # a file takes no more
recorder = Recorder(Source(), Path(sys.argv[1]))
print(sum(len(chunk.samples) for chunk in recorder), recorder.problem, sep="|")
"""


def test_a_write_that_fails_in_the_library_is_noticed_too(tmp_path):
    """Nothing is patched here: the system refuses in the middle of a block."""
    done = subprocess.run(
        [sys.executable, "-c", FILLS, str(tmp_path)], capture_output=True, text=True, check=True
    )
    heard, problem = done.stdout.strip().split("|")
    assert heard == "160000"
    assert problem.startswith("it cannot be written")
    assert done.stderr == ""
    kept = KeptAudio(tmp_path)
    assert 40_000 < len(joined(kept)) < 60_000
    assert kept.warnings == ("the session was cut off; its last moment may be missing",)

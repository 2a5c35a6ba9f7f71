import os
import socket
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from listenlive.audio import SAMPLE_RATE
from listenlive.errors import AudioFileError
from listenlive.sources import AudioFile, probe


def tones(*hertz: float, seconds: float = 3.0, rate: int = 48_000) -> np.ndarray:
    """One sine per channel, shape (n, channels)."""
    time = np.arange(round(seconds * rate)) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * f * time) for f in hertz], axis=1).astype(np.float32)


def encoded(
    path: Path,
    codec: str,
    samples: np.ndarray,
    *,
    rate: int = 48_000,
    container: str | None = None,
    tags: dict[str, str] | None = None,
) -> Path:
    """`samples` (n, channels) written by PyAV."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[1]]
    with av.open(str(path), "w", format=container) as output:
        output.metadata.update(tags or {})
        stream = output.add_stream(codec, rate=rate, layout=layout)
        size = stream.codec_context.frame_size or 1024
        fit = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=size)
        frame = av.AudioFrame.from_ndarray(samples.T.copy(), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for part in (*fit.resample(frame), *fit.resample(None)):
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return path


def read(source: AudioFile) -> np.ndarray:
    """All samples; checks what every chunk promises."""
    end, parts = 0, []
    for chunk in source:
        assert chunk.offset == end
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.shape[1] == source.channels
        assert 0 < len(chunk.samples) <= SAMPLE_RATE
        assert np.abs(chunk.samples).max() <= 1
        parts.append(chunk.samples)
        end = chunk.end
    return np.concatenate(parts)


def pitch(samples: np.ndarray) -> float:
    """Frequency of the strongest partial of `samples` (n,), in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * SAMPLE_RATE / len(samples))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-05-31T18:15:02.000000Z", datetime(2026, 5, 31, 18, 15, 2, tzinfo=UTC)),
        ("1970-01-01T00:00:09.000000Z", None),
        ("2039-01-01T00:00:00.000000Z", None),
        (None, None),
    ],
)
def test_when_it_was_recorded_as_the_file_says_itself(tmp_path, said, expected):
    tags = {"creation_time": said} if said else {}
    path = encoded(tmp_path / "talk.m4a", "aac", tones(440), tags=tags)
    os.utime(path, (1_000_000_000, 1_000_000_000))  # says nothing: copies have another
    assert AudioFile(path).recorded == expected


def test_a_date_that_is_none_is_no_trouble(tmp_path):
    tags = {"creation_time": "last Sunday"}
    path = encoded(tmp_path / "talk.mkv", "flac", tones(440), tags=tags)
    assert AudioFile(path).recorded is None


@pytest.mark.parametrize(
    ("ending", "codec", "rate"),
    [
        ("wav", "pcm_s16le", 48_000),
        ("flac", "flac", 44_100),
        ("mp3", "libmp3lame", 44_100),
        ("m4a", "aac", 48_000),
        ("aac", "aac", 48_000),
        ("mp4", "aac", 32_000),
        ("mov", "alac", 48_000),
        ("ogg", "libopus", 48_000),
        ("opus", "libopus", 48_000),
        ("webm", "libopus", 48_000),
        ("mka", "flac", 96_000),
        ("aiff", "pcm_s16be", 22_050),
        ("avi", "ac3", 48_000),
        ("wv", "wavpack", 48_000),
    ],
)
def test_every_format_keeps_length_channels_and_pitch(tmp_path, ending, codec, rate):
    path = encoded(tmp_path / f"talk.{ending}", codec, tones(440, 1000, rate=rate), rate=rate)
    source = AudioFile(path)
    samples = read(source)
    assert (source.name, source.channels, source.rate) == (f"talk.{ending}", 2, rate)
    assert source.duration == pytest.approx(3, abs=0.1)
    assert len(samples) / SAMPLE_RATE == pytest.approx(3, abs=0.05)
    assert [pitch(channel) for channel in samples.T] == pytest.approx([440, 1000], abs=1)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(
        0.5 / np.sqrt(2), rel=0.06
    )  # 0.5 dB: lossy
    assert source.warnings == ()


@pytest.mark.parametrize("ending", ["amr", "3gp"])
def test_phone_recordings_are_read(ending):
    """Three seconds of 440 Hz, kept as files: not every PyAV can encode AMR."""
    samples = read(AudioFile(Path(__file__).parent / "recordings" / f"tone.{ending}"))
    assert len(samples) / SAMPLE_RATE == pytest.approx(3, abs=0.05)
    assert pitch(samples[:, 0]) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_channel_count(tmp_path, rate, channels):
    hertz = [300.0 + 100 * channel for channel in range(channels)]
    soundfile.write(tmp_path / "a.wav", tones(*hertz, seconds=1, rate=rate), rate)
    samples = read(AudioFile(tmp_path / "a.wav"))
    assert len(samples) == pytest.approx(SAMPLE_RATE, abs=1)
    assert [pitch(channel) for channel in samples.T] == pytest.approx(hertz, abs=1)


def test_what_16_khz_cannot_hold_does_not_fold_back(tmp_path):
    soundfile.write(tmp_path / "a.wav", tones(11_000, rate=48_000), 48_000)
    assert np.abs(read(AudioFile(tmp_path / "a.wav"))[1000:-1000]).max() < 1e-3


def test_resampling_does_not_move_anything(tmp_path):
    click = np.zeros((48_000, 1), dtype=np.float32)
    click[24_000] = 0.9
    soundfile.write(tmp_path / "a.wav", click, 48_000)
    assert np.abs(read(AudioFile(tmp_path / "a.wav"))).argmax() == 8000


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_full_scale_is_one_in_every_sample_format(tmp_path, subtype):
    samples = tones(440, rate=SAMPLE_RATE)
    soundfile.write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype=subtype)
    np.testing.assert_allclose(read(AudioFile(tmp_path / "a.wav")), samples, atol=0.01)


def test_it_can_be_read_again_and_is_the_same(tmp_path):
    source = AudioFile(encoded(tmp_path / "a.mp3", "libmp3lame", tones(440, 660)))
    np.testing.assert_array_equal(read(source), read(source))


def test_probe_reads_no_more_than_asked(tmp_path):
    soundfile.write(tmp_path / "a.wav", tones(440, 660, seconds=2, rate=SAMPLE_RATE), SAMPLE_RATE)
    source = AudioFile(tmp_path / "a.wav")
    assert probe(source, seconds=0.75).shape == (12_000, 2)
    assert probe(source, seconds=60).shape == (32_000, 2)
    np.testing.assert_array_equal(probe(source, seconds=0.75), read(source)[:12_000])


def test_silence_before_the_first_sound_does_not_count_for_a_probe(tmp_path):
    sound = tones(440, 660, seconds=2, rate=SAMPLE_RATE)
    late = np.concatenate([np.zeros((10 * SAMPLE_RATE, 2)), sound])
    soundfile.write(tmp_path / "late.wav", late, SAMPLE_RATE)
    heard = probe(AudioFile(tmp_path / "late.wav"), seconds=1)
    assert np.abs(heard).max(axis=0).min() > 0.1
    soundfile.write(tmp_path / "still.wav", late[: 5 * SAMPLE_RATE], SAMPLE_RATE)
    assert not probe(AudioFile(tmp_path / "still.wav"), seconds=1).any()


def test_a_very_short_recording_is_one(tmp_path):
    soundfile.write(tmp_path / "a.wav", tones(440, seconds=0.01, rate=SAMPLE_RATE), SAMPLE_RATE)
    assert read(AudioFile(tmp_path / "a.wav")).shape == (160, 1)


def test_the_sound_of_a_video_is_read(tmp_path):
    path = with_picture(tmp_path / "a.mp4", sound=tones(440))
    samples = read(AudioFile(path))
    assert pitch(samples[:, 0]) == pytest.approx(440, abs=2)


def with_picture(path: Path, *, sound: np.ndarray | None) -> Path:
    """A video of ten grey pictures, with `sound` (n, 1) at 48 kHz if there is any."""
    with av.open(str(path), "w") as output:
        video = output.add_stream("mpeg4", rate=10)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        audio = output.add_stream("aac", rate=48_000, layout="mono") if sound is not None else None
        for _ in range(10):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 90, np.uint8), format="rgb24")
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
        if audio is not None and sound is not None:
            for start in range(0, len(sound) - 1023, 1024):
                part = np.ascontiguousarray(sound[start : start + 1024].T)
                frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = 48_000, start
                output.mux(audio.encode(frame))
            output.mux(audio.encode(None))
    return path


# What is wrong with a recording, but does not stop it from being read


@pytest.mark.parametrize(
    ("ending", "codec"),
    [("wav", "pcm_s16le"), ("flac", "flac"), ("mp3", "libmp3lame"), ("webm", "libopus")],
)
def test_a_truncated_recording_gives_what_is_there_and_says_so(tmp_path, ending, codec):
    path = encoded(tmp_path / f"a.{ending}", codec, tones(440, 660, seconds=10))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 5])
    source = AudioFile(path)
    heard = len(read(source)) / SAMPLE_RATE
    assert heard == pytest.approx(4, abs=0.3)
    expected = f"the recording ends early: {heard:.1f} s of about 10.0 s could be read"
    assert source.warnings[0] == expected


@pytest.mark.parametrize(
    ("ending", "codec", "lost"),
    [("flac", "flac", 0.15), ("mka", "flac", 0.0), ("webm", "libopus", 0.0), ("m4a", "aac", 0.0)],
)
def test_damage_in_the_middle_is_skipped_told_and_keeps_the_clock_right(
    tmp_path, ending, codec, lost
):
    samples = tones(440, seconds=10)
    samples[5 * 48_000 :] = tones(880, seconds=5)
    path = encoded(tmp_path / f"a.{ending}", codec, samples)
    content = bytearray(path.read_bytes())
    middle = len(content) // 4
    content[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(content)
    source = AudioFile(path)
    heard = read(source)[:, 0]
    assert len(heard) / SAMPLE_RATE == pytest.approx(10, abs=lost + 0.1)
    assert pitch(heard[int(5.2 * SAMPLE_RATE) : 9 * SAMPLE_RATE]) == pytest.approx(880, abs=2)
    assert np.count_nonzero(np.abs(heard) > 0.95) < 0.1 * SAMPLE_RATE  # no burst of noise
    assert any("damaged" in told or "missing" in told for told in source.warnings)


def without_packets(path: Path, samples: np.ndarray, *, lost: Callable[[float], bool]) -> Path:
    """`samples` (n, 1) as flac in Matroska, without the packets whose time is `lost`."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac", rate=48_000, layout="mono")
        size = stream.codec_context.frame_size or 4096
        fit = av.AudioResampler(format=stream.format, layout="mono", rate=48_000, frame_size=size)
        frame = av.AudioFrame.from_ndarray(samples.T.copy(), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        for part in (*fit.resample(frame), *fit.resample(None), None):
            for packet in stream.encode(part):
                if packet.pts is None or not lost(float(packet.pts * packet.time_base)):
                    output.mux(packet)
    return path


def test_lost_sound_becomes_silence_of_the_same_length(tmp_path):
    path = without_packets(tmp_path / "a.mka", tones(440, seconds=6), lost=lambda t: 2 <= t < 4)
    source = AudioFile(path)
    samples = read(source)
    assert len(samples) / SAMPLE_RATE == pytest.approx(6, abs=0.05)
    assert np.abs(samples[int(2.3 * SAMPLE_RATE) : int(3.7 * SAMPLE_RATE)]).max() == 0
    assert "s are missing in the recording" in source.warnings[0]


def test_sound_that_begins_late_begins_at_zero(tmp_path):
    path = without_packets(tmp_path / "a.mka", tones(440, seconds=4), lost=lambda t: t < 2)
    assert len(read(AudioFile(path))) / SAMPLE_RATE == pytest.approx(2, abs=0.1)


def test_what_is_no_number_becomes_silence_and_is_counted(tmp_path):
    samples = tones(440, rate=SAMPLE_RATE)
    samples[100:105] = np.nan
    samples[200] = -np.inf
    soundfile.write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    source = AudioFile(tmp_path / "a.wav")
    heard = read(source)
    assert np.isfinite(heard).all()
    assert heard[100:105].any() == heard[200].any() == False  # noqa: E712
    np.testing.assert_array_equal(heard[300:], samples[300:])
    assert source.warnings == ("6 samples were no numbers; they count as silence",)


def test_beyond_full_scale_the_whole_recording_is_turned_down(tmp_path):
    samples = tones(440, 660, rate=SAMPLE_RATE) * np.float32(6)  # peak 3: between 2 and 4
    samples[4000] = 1e30  # a click of one frame must not silence the rest
    soundfile.write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    source = AudioFile(tmp_path / "a.wav")
    heard = read(source)
    np.testing.assert_allclose(heard[5000:], samples[5000:] / 4, atol=1e-6)
    assert source.warnings == (
        "the recording goes beyond full scale; all of it was turned down by 12 dB",
    )


def test_full_scale_itself_is_not_turned_down(tmp_path):
    samples = np.full((8000, 1), 0.999, dtype=np.float32)
    soundfile.write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    source = AudioFile(tmp_path / "a.wav")
    np.testing.assert_array_equal(read(source), samples)
    assert source.warnings == ()


def test_memory_does_not_grow_with_the_recording(tmp_path):
    soundfile.write(tmp_path / "a.flac", np.zeros((300 * SAMPLE_RATE, 2)), SAMPLE_RATE)
    source = AudioFile(tmp_path / "a.flac")
    tracemalloc.start()
    for _ in source:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6  # all of it would be 38 MB


# What is no recording


def says(path: Path | str) -> str:
    with pytest.raises(AudioFileError) as error:
        read(AudioFile(path))
    return str(error.value)


def test_there_is_no_such_file(tmp_path):
    assert says(tmp_path / "none.wav").startswith(f"there is no file {tmp_path / 'none.wav'}")


def test_a_folder_is_no_recording(tmp_path):
    assert "is a folder" in says(tmp_path)


def test_a_pipe_is_no_recording(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    assert "Save the recording to a file" in says(tmp_path / "pipe.wav")


def test_an_empty_file_is_no_recording(tmp_path):
    (tmp_path / "a.wav").touch()
    assert "is empty (0 bytes)" in says(tmp_path / "a.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_says_so(tmp_path):
    soundfile.write(tmp_path / "a.wav", tones(440), 48_000)
    (tmp_path / "a.wav").chmod(0)
    assert "permission denied" in says(tmp_path / "a.wav")


@pytest.mark.parametrize("ending", ["txt", "wav", "mp3", "mp4"])
def test_text_is_no_recording(tmp_path, ending):
    (tmp_path / f"a.{ending}").write_text("Dear diary, today we talked for hours.\n" * 50)
    assert "is not a recording that can be read" in says(tmp_path / f"a.{ending}")


def test_a_video_without_sound_is_no_recording(tmp_path):
    assert "holds video without sound" in says(with_picture(tmp_path / "a.mp4", sound=None))


def test_a_header_without_sound_is_no_recording(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 1)), SAMPLE_RATE)
    assert str(tmp_path / "a.wav") in says(tmp_path / "a.wav")


# Names and contents that a decoder might take for addresses


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a recording must not reach the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.parametrize(
    "name",
    [
        "-i.wav",
        'it\'s "us".wav',
        "zwei Stühle 椅子.wav",
        "http:talk.wav",
        "concat:a.wav|b.wav",
        "%03d.wav",
    ],
)
def test_names_are_only_names(tmp_path, monkeypatch, name, no_network):
    monkeypatch.chdir(tmp_path)
    soundfile.write(tmp_path / "a.wav", tones(440, seconds=1), 48_000)
    (tmp_path / "a.wav").rename(tmp_path / name)
    source = AudioFile(name)
    assert (source.name, len(read(source))) == (name, SAMPLE_RATE)


@pytest.mark.parametrize(
    "name", ["http://127.0.0.1:9/a.wav", "concat:a.wav|a.wav", "file:a.wav", "pipe:0"]
)
def test_addresses_are_no_files(tmp_path, monkeypatch, name, no_network):
    monkeypatch.chdir(tmp_path)
    soundfile.write(tmp_path / "a.wav", tones(440, seconds=1), 48_000)
    assert "there is no file" in says(name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{other}\n#EXT-X-ENDLIST\n"),
        ("a.ffconcat", "ffconcat version 1.0\nfile {other}\n"),
        (
            "a.sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        ),
        (
            "a.wav",
            "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a\n#EXT-X-ENDLIST\n",
        ),
    ],
)
def test_playlists_open_nothing_else(tmp_path, name, content, no_network):
    other = tmp_path / "other.wav"
    soundfile.write(other, tones(440, seconds=1), 48_000)
    (tmp_path / name).write_text(content.format(other=other))
    assert "is not a recording that can be read" in says(tmp_path / name)

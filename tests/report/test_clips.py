import base64
import io

import av
import numpy as np
import pytest

from listenlive.report.clips import Clip, encode


def decoded(clip):
    with av.open(io.BytesIO(clip.data)) as container:
        stream = container.streams.audio[0]
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
        return sound, stream.rate


def tone(seconds, channels):
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(16_000 * seconds)) / 16_000)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_clip_is_small_and_sounds_the_same(channels):
    clip = encode(tone(7.0, channels))
    sound, rate = decoded(clip)
    assert rate == 16_000
    assert len(clip.data) < 7 * 4_500
    assert abs(len(sound) / rate - 7.0) < 0.15
    middle = np.abs(np.fft.rfft(sound[16_000:32_000]))
    assert int(np.argmax(middle)) == 440
    assert 0.4 < np.abs(sound).max() < 0.6


def test_clipping_and_the_shortest_clip():
    sound, _ = decoded(encode(np.full((8, 1), 3.0, np.float32)))
    assert np.isfinite(sound).all()


def test_the_address_holds_the_sound():
    uri = Clip(b"abc", "audio/mpeg").uri
    assert uri.startswith("data:audio/mpeg;base64,")
    assert base64.b64decode(uri.split(",")[1]) == b"abc"

"""One character is one hop (32 ms): `#` speech, `+` perhaps speech, `.` silence."""

from itertools import pairwise

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE
from listenlive.errors import ConfigError
from listenlive.segmenter import (
    HOP,
    HOP_SECONDS,
    Hops,
    Region,
    Segmentation,
    Segmenter,
    speech_frames,
    voice_spans,
)

LEVELS = {"#": 1.0, "+": 0.4, ".": 0.0}
PADDING = round(0.2 * SAMPLE_RATE)


def probabilities(drawing: str) -> np.ndarray:
    return np.array([LEVELS[c] for c in drawing], dtype=np.float32)


def voices_in(drawing: str) -> list[tuple[int, int]]:
    """First hop and hop after the last of each voice."""
    spans = voice_spans(speech_frames(probabilities(drawing)))
    return [(round(s.start / HOP_SECONDS), round(s.end / HOP_SECONDS)) for s in spans]


def regions_in(drawing: str, *, chunk: int = HOP, seed: int = 0) -> list[Region]:
    """Regions of noise as long as the drawing, fed in chunks of `chunk` samples."""
    values = probabilities(drawing)
    samples = np.random.default_rng(seed).normal(0, 0.1, len(values) * HOP).astype(np.float32)
    segmenter, found, done = Segmenter(), [], 0
    for start in range(0, len(samples), chunk):
        piece = samples[start : start + chunk]
        frames = min((start + len(piece)) // HOP, len(values))
        found += segmenter.feed(piece, values[done:frames])
        done = frames
    return [*found, *segmenter.finish()]


def samples_of(region: Region) -> tuple[int, int]:
    return round(region.span.start * SAMPLE_RATE), round(region.span.end * SAMPLE_RATE)


@pytest.mark.parametrize(
    ("drawing", "voices"),
    [
        ("..####.##.......#....#####", [(2, 9), (16, 26)]),  # gaps under 0.2 s are bridged
        ("..####.......#####", [(2, 6), (13, 18)]),  # 0.22 s is a gap
        ("..##.......#........###.", [(20, 23)]),  # clicks under 90 ms are dropped
        ("..++##++..........++++..", [(2, 8)]),  # perhaps-speech counts only beside speech
        ("........", []),
        ("", []),
        ("####", [(0, 4)]),
    ],
)
def test_voices(drawing, voices):
    assert voices_in(drawing) == voices


def test_a_region_keeps_audio_around_it_and_exact_times():
    (region,) = regions_in("." * 20 + "##########" + "." * 30)
    start, end = samples_of(region)
    assert (start, end) == (20 * HOP - PADDING, 30 * HOP + PADDING)
    assert len(region.samples) == end - start


def test_a_region_bridges_half_a_second_but_not_more():
    assert len(regions_in("#####" + "." * 15 + "#####" + "." * 20)) == 1
    assert len(regions_in("#####" + "." * 16 + "#####" + "." * 20)) == 2


def test_regions_at_the_edges_of_the_recording():
    first, last = regions_in("####" + "." * 40 + "####")
    assert samples_of(first)[0] == 0
    assert samples_of(last)[1] == 48 * HOP


def test_clicks_are_no_region():
    assert regions_in("." * 20 + "##" + "." * 30) == []


def test_a_slow_rise_belongs_to_the_region():
    (region,) = regions_in("." * 20 + "++##" + "." * 30)
    assert samples_of(region)[0] == 20 * HOP - PADDING


def test_long_speech_is_cut_at_its_quietest_place():
    frames = 2000
    samples = np.random.default_rng(1).normal(0, 0.1, frames * HOP).astype(np.float32)
    samples[20 * SAMPLE_RATE : 20 * SAMPLE_RATE + 8000] *= 0.01
    segmenter = Segmenter(settings=Segmentation(longest=28.0))
    found = [*segmenter.feed(samples, np.ones(frames, np.float32)), *segmenter.finish()]
    assert 20 < found[0].span.end < 20.5
    assert all(region.span.duration <= 28.1 for region in found)
    assert np.array_equal(np.concatenate([region.samples for region in found]), samples)


def test_an_open_region_can_be_cut_near_a_moment():
    frames = 200
    samples = np.random.default_rng(1).normal(0, 0.1, frames * HOP).astype(np.float32)
    samples[48_000:51_000] *= 0.01  # quiet from 3.0 to 3.2 s
    segmenter = Segmenter()
    assert segmenter.cut(3.0) is None  # nothing has begun
    assert segmenter.feed(samples, np.ones(frames, np.float32)) == ()
    assert segmenter.cut(0.3) is None  # it would leave nothing of the region
    first = segmenter.cut(2.9)
    assert 3.0 < first.span.end < 3.2
    assert segmenter.begun.start == first.span.end
    (rest,) = segmenter.finish()
    assert np.array_equal(np.concatenate([first.samples, rest.samples]), samples)


def test_silence_after_a_cut_is_no_region():
    """The cut falls into the silence after the last word, before that ended the region."""
    frames = 900
    samples = np.random.default_rng(1).normal(0, 0.1, frames * HOP).astype(np.float32)
    samples[865 * HOP :] = 0
    speech = probabilities("#" * 865 + "." * 35)
    segmenter = Segmenter(settings=Segmentation(longest=28.0))
    assert len([*segmenter.feed(samples, speech), *segmenter.finish()]) == 1


@pytest.mark.parametrize("chunk", [160, 512, 4_000, 16_000, 480_000])
def test_chunk_size_does_not_matter(chunk):
    drawing = ("." * 9 + "+##+#####..####" + "." * 25 + "##" + "." * 30) * 9 + "#" * 1200
    expected, found = regions_in(drawing), regions_in(drawing, chunk=chunk)
    assert [r.span for r in found] == [r.span for r in expected]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(found, expected, strict=True))


def test_regions_never_share_audio():
    drawing = ("#####" + "." * 16 + "+++++") * 12 + "#" * 5
    found = regions_in(drawing)
    assert all(a.span.end <= b.span.start for a, b in pairwise(found))


def test_hops_pads_the_last_one():
    hops = Hops(2)
    assert hops.feed(np.ones((700, 2), np.float32)).shape == (1, HOP, 2)
    (last,) = hops.finish()
    assert last[:188].all()
    assert not last[188:].any()
    assert not len(hops.finish())


@pytest.mark.parametrize("wrong", [{"onset": 0.2}, {"padding": 0.4}, {"longest": 40.0}])
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ConfigError, match="out of range"):
        Segmentation(**wrong)

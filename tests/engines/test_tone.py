import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.engines.tone import TrackToneMeter
from listenlive.span import Span

pytestmark = pytest.mark.model


def buzz(f0_hz: float, seconds: float, *, level: float = 0.2) -> np.ndarray:
    """A voice-like sound: twelve harmonics falling off, shape (n,)."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = range(1, 13)
    wave = sum(np.sin(2 * np.pi * f0_hz * k * time) / k for k in harmonics)
    return (level * wave / np.abs(wave).max()).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


def measured(*channels: np.ndarray, chunk: int = 8000) -> TrackToneMeter:
    """A meter that has heard `channels` in pieces of `chunk` samples."""
    meter, samples = TrackToneMeter(), np.stack(channels, axis=1)
    for offset in range(0, len(samples), chunk):
        meter.feed(AudioChunk(samples[offset : offset + chunk], offset))
    meter.finish()
    return meter


@pytest.fixture(scope="module")
def two_voices() -> TrackToneMeter:
    low = np.concatenate((buzz(110, 2), silence(1), buzz(140, 2)))
    high = np.concatenate((silence(2), buzz(220, 3, level=0.1)))
    return measured(low, high)


@pytest.mark.parametrize(
    ("channel", "span", "f0_hz"), [(0, Span(0, 2), 110), (0, Span(3, 5), 140), (1, Span(2, 5), 220)]
)
def test_each_channel_has_its_own_pitch(two_voices, channel, span, f0_hz):
    assert two_voices.tone(span, channel=channel).f0_hz == pytest.approx(f0_hz, rel=0.01)


def test_a_pause_is_measured(two_voices):
    assert two_voices.tone(Span(0, 5), channel=0).pauses == pytest.approx(1.0, abs=0.08)


def test_stretches_of_others_are_left_out(two_voices):
    tone = two_voices.tone(Span(0, 5), channel=0, except_for=(Span(2, 5),))
    assert tone.f0_hz == pytest.approx(110, rel=0.01)
    assert two_voices.tone(Span(0, 2), channel=0, except_for=(Span(0.1, 1.9),)) is None


def test_level_is_in_dbfs(two_voices):
    wave = buzz(110, 2)
    rms_db = 10 * np.log10(np.mean(wave**2))
    assert two_voices.tone(Span(0.1, 1.9), channel=0).level_db == pytest.approx(rms_db, abs=0.3)


def test_silence_and_the_unknown_have_no_tone(two_voices):
    assert two_voices.tone(Span(2.2, 2.8), channel=0) is None
    assert two_voices.tone(Span(6, 7), channel=0) is None
    assert two_voices.tone(Span(0, 1), channel=2) is None


def test_what_is_not_measured_yet_has_no_tone():
    meter = TrackToneMeter()
    meter.feed(AudioChunk(buzz(150, 4)[:, None], 0))
    assert meter.tone(Span(0, 2), channel=0) is not None
    assert meter.tone(Span(2, 4), channel=0) is None
    meter.finish()
    assert meter.tone(Span(2, 4), channel=0).f0_hz == pytest.approx(150, rel=0.01)


def test_hours_are_kept_compactly():
    sound, meter = buzz(150, 1)[:, None].repeat(2, axis=1), TrackToneMeter()
    tracemalloc.start()
    try:
        taken = []
        for second in range(150):
            for start in range(0, SAMPLE_RATE, SAMPLE_RATE // 10):
                piece = sound[start : start + SAMPLE_RATE // 10]
                meter.feed(AudioChunk(piece, second * SAMPLE_RATE + start))
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert (taken[149] - taken[15]) / 134 < 2 * 800  # bytes a second; a block holds 65 s


def test_the_size_of_chunks_does_not_matter():
    rng = np.random.default_rng(0)
    sound = np.concatenate((silence(0.7), buzz(120, 1.1), silence(0.3), buzz(180, 1.31)))
    sound += rng.normal(0, 0.003, len(sound)).astype(np.float32)
    whole = measured(sound, chunk=len(sound)).frames(channel=0)
    for chunk in (160, 4097):
        pieces = measured(sound, chunk=chunk).frames(channel=0)
        for column in ("f0_hz", "confidence", "harmonicity", "level_db", "band_db"):
            np.testing.assert_array_equal(getattr(pieces, column), getattr(whole, column))


def test_loudness_of_the_recording_moves_only_the_level():
    sound = np.concatenate((silence(0.5), buzz(120, 1.0), silence(0.3), buzz(180, 1.0)))
    sound += np.random.default_rng(0).normal(0, 0.001, len(sound)).astype(np.float32)
    tone, softer = (
        measured(each).tone(Span(0, 2.8), channel=0)
        for each in (sound, (sound * 10 ** (-12 / 20)).astype(np.float32))
    )
    assert softer.level_db == pytest.approx(tone.level_db - 12, abs=0.01)
    assert softer.f0_hz == pytest.approx(tone.f0_hz, rel=1e-3)
    assert (softer.voiced, softer.rate, softer.pauses) == (tone.voiced, tone.rate, tone.pauses)


def test_nothing_at_all_is_well_defined():
    meter = TrackToneMeter()
    meter.finish()
    assert meter.tone(Span(0, 1), channel=0) is None
    assert measured(silence(0.001)).tone(Span(0, 1), channel=0) is None


@pytest.fixture(scope="module")
def ravdess() -> Path:
    truth = os.environ.get("LISTENLIVE_TRUTH")
    if not truth:
        pytest.skip("LISTENLIVE_TRUTH names no folder with real speech")
    folder = Path(truth) / "tone" / "ravdess"
    if not folder.is_dir():
        pytest.skip(f"no acted speech in {folder}")
    return folder


def test_strong_anger_has_more_energy_than_neutral_speech(ravdess):
    """Energy as in MEASURES: mean z of pitch, level and rate, per actor (odd male, even female)."""
    import soundfile

    for actor in ("01", "02"):
        tones = {}
        for path in sorted(ravdess.glob(f"*-{actor}.flac")):
            samples, _ = soundfile.read(path, dtype="float32")
            whole = Span(0, len(samples) / SAMPLE_RATE)
            tones[path.stem] = measured(samples).tone(whole, channel=0)
        figures = np.array([(np.log2(t.f0_hz), t.level_db, t.rate) for t in tones.values()])
        energy = ((figures - np.median(figures, axis=0)) / figures.std(axis=0)).mean(axis=1)
        kinds = [name.split("-")[2:4] for name in tones]
        angry = energy[[kind == ["05", "02"] for kind in kinds]]
        neutral = energy[[kind[0] == "01" for kind in kinds]]
        assert np.mean(angry[:, None] > neutral) >= 0.95, f"actor {actor}"

"""Separate channels: ends of speech, bleed, and what cannot be told apart."""

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from listenlive.attribution import Diarization
from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.engines.bleed import Unmixer, sides, sound, spectrum
from listenlive.engines.channels import BleedGate, ChannelDiarizer
from listenlive.engines.endpoints import (
    HEADSET,
    HEARING,
    NOISE,
    ROOM,
    refined,
    runs,
    surroundings,
)
from listenlive.engines.levels import FINE_SECONDS, Track
from listenlive.engines.scripted import ScriptedDetector
from listenlive.segmenter import HOP, speech_frames, voice_spans
from listenlive.span import Span, overlap, total

MINUTE = 60 * SAMPLE_RATE


def level_db(samples: np.ndarray) -> float:
    """Root-mean-square level, dBFS."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64))))


def room(seed: int, *, down_db: float) -> np.ndarray:
    """What another person's microphone does to a voice: late, coloured, smeared over 0.1 s."""
    rng = np.random.default_rng(seed)
    response = rng.normal(0, 0.3, 1600) * np.exp(-np.arange(1600) / 480)
    response[40] = 1.0
    return response * 10 ** (-down_db / 20) / np.sqrt(np.sum(response**2))


def through(voice: np.ndarray, response: np.ndarray) -> np.ndarray:
    length = len(voice) + len(response)
    heard = np.fft.irfft(np.fft.rfft(voice, length) * np.fft.rfft(response, length), length)
    return heard[: len(voice)].astype(np.float32)


def turns(seed: int, *, first: bool, seconds: int = 60) -> np.ndarray:
    """Syllables of noise in every other five seconds; shape (n,)."""
    rng = np.random.default_rng(seed)
    samples = np.arange(seconds * SAMPLE_RATE)
    strength = np.repeat(rng.uniform(0.05, 1, len(samples) // 2000 + 1), 2000)[: len(samples)]
    on = (samples // (5 * SAMPLE_RATE)) % 2 == (0 if first else 1)
    return (rng.normal(0, 0.05, len(samples)) * strength * on).astype(np.float32)


def recorded(*, bleed_db: float | None, seconds: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Two people in turn, each with a microphone: what was said and what was recorded (n, 2)."""
    said = np.stack(
        [turns(1, first=True, seconds=seconds), turns(2, first=False, seconds=seconds)], axis=1
    )
    if bleed_db is None:
        return said, said
    leaks = [through(said[:, 1], room(3, down_db=bleed_db))]
    leaks += [through(said[:, 0], room(4, down_db=bleed_db))]
    return said, said + np.stack(leaks, axis=1)


def heard_as_speech(samples: np.ndarray) -> np.ndarray:
    """Speech wherever there is any sound at all, per hop: what a plain detector does."""
    hops = samples[: len(samples) // HOP * HOP].reshape(-1, HOP, 2)
    return (np.square(hops).mean(axis=1) > 1e-7).astype(np.float32)


def fine(drawing: str, levels: dict[str, float]) -> np.ndarray:
    return np.array([levels[c] for c in drawing], dtype=np.float32)


class TestEnds:
    """One character is 32 ms, four frames."""

    def spans(self, probability: str, level: str) -> list[tuple[float, float]]:
        chance = np.repeat(fine(probability, {"#": 1, "+": 0.3, ".": 0}), 4)
        loud = np.repeat(fine(level, {"#": -20, "-": -35, "_": -60, ".": -90}), 4)
        speech = refined(chance, loud, surroundings(chance, loud))
        return [(a / 4, b / 4) for a, b in runs(speech)]

    @pytest.mark.parametrize(
        ("probability", "level", "expected"),
        [
            # the level draws late ends in, over at most 0.15 s
            ("." * 30 + "########" + "." * 30, "." * 32 + "####" + "." * 32, [(32, 36)]),
            # an onset heard late is drawn out where only a voice makes sound
            ("." * 30 + "########" + "." * 30, "." * 27 + "-" * 3 + "#" * 8 + "." * 30, [(27, 38)]),
            # but not where the room itself is heard
            ("." * 30 + "########" + "." * 30, "_" * 27 + "-" * 3 + "#" * 8 + "_" * 30, [(30, 38)]),
            # pauses the level does not see are none
            ("." * 30 + "####....####" + "." * 30, "." * 30 + "#" * 12 + "." * 30, [(30, 42)]),
            # in noise as loud as speech nothing is moved
            ("." * 30 + "########" + "." * 30, "#" * 68, [(30, 38)]),
        ],
    )
    def test_are_drawn_by_the_level(self, probability, level, expected):
        assert self.spans(probability, level) == expected

    def test_a_loud_word_half_heard_counts(self):
        drawing = "." * 60 + "+++++" + "." * 60 + "#" * 30 + "." * 60
        level = drawing.replace("+", "#").replace(".", "_")
        assert self.spans(drawing, level)[0] == (60, 65)
        assert len(self.spans(drawing, drawing.replace("+", "-").replace(".", "_"))) == 1


@pytest.mark.parametrize(
    ("silence", "around"), [(".", HEADSET), ("_", ROOM), ("-", NOISE), ("#", NOISE)]
)
def test_surroundings_are_told_by_the_level_of_pauses(silence, around):
    drawing = "." * 60 + "#" * 30 + "." * 60
    chance = np.repeat(fine(drawing, {"#": 1, ".": 0}), 4)
    levels = {"#": -20, "-": -40, "_": -60, ".": -90}
    assert surroundings(chance, np.repeat(fine(drawing.replace(".", silence), levels), 4)) is around


class TestTrack:
    def track(self, samples: np.ndarray, size: int = 5_000) -> Track:
        track, hops = Track(), 0
        for start in range(0, len(samples), size):
            piece = samples[start : start + size]
            done, hops = hops, (start + len(piece)) // HOP
            track.add(piece, np.zeros(hops - done, np.float32))
        track.finish()
        return track

    def test_levels_are_in_dbfs_and_in_their_place(self):
        samples = np.zeros(32_000, np.float32)
        samples[16_000:] = 0.1 * np.sqrt(2) * np.sin(np.arange(16_000) * 2 * np.pi / 16)
        level = self.track(samples).level
        assert len(level) == 250
        assert level[:123] == pytest.approx(-90, abs=0.1)
        assert level[127:] == pytest.approx(-20, abs=0.2)

    def test_hum_does_not_hide_a_voice(self):
        rng, t = np.random.default_rng(0), np.arange(64_000) / SAMPLE_RATE
        hum = (0.1 * np.sin(2 * np.pi * 150 * t) + rng.normal(0, 1e-4, len(t))).astype(np.float32)
        voice = np.where(t > 3, 0.03 * np.sin(2 * np.pi * 1000 * t), 0).astype(np.float32)
        track = self.track(hum + voice)
        for level, stands_out in ((track.level, 1), (track.level_in_noise, 20)):
            rise = np.median(level[400:]) - np.median(level[:300])
            assert (rise > stands_out) == (stands_out > 1)

    def test_chunk_size_does_not_matter(self):
        samples = np.random.default_rng(0).normal(0, 0.1, 40_000).astype(np.float32)
        one, other = self.track(samples), self.track(samples, size=77)
        assert np.array_equal(one.level, other.level)
        assert np.array_equal(one.level_in_noise, other.level_in_noise)

    @pytest.mark.parametrize("hops", [0, 1, 40])
    def test_its_beginning_can_be_gone_on_with(self, hops):
        samples = np.random.default_rng(0).normal(0, 0.1, 40_000).astype(np.float32)
        whole = self.track(samples)
        until = hops * HOP
        first = whole.until(hops, samples[max(until - HOP, 0) : until])
        first.add(samples[until:], np.zeros(40_000 // HOP - hops, np.float32))
        first.finish()
        assert np.array_equal(first.level, whole.level)
        assert np.array_equal(first.level_in_noise, whole.level_in_noise)
        assert np.array_equal(first.probability, whole.probability)


def test_spectrum_and_sound_are_inverse():
    samples = np.random.default_rng(0).normal(0, 0.1, 20_000).astype(np.float32)
    assert np.allclose(sound(spectrum(samples), len(samples)), samples, atol=1e-5)


def test_sides_finds_both_typical_differences():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(-9, 1, 300), rng.normal(15, 2, 500)]).astype(np.float32)
    found = sides(values)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((-9, 15), abs=0.5)
    assert sides(values[:10]) is None


class TestUnmixer:
    def unmixed(self, samples: np.ndarray, chunk: int = MINUTE):
        speech, unmixer, found = heard_as_speech(samples), Unmixer(), []
        for start in range(0, len(samples), chunk):
            end = min(start + chunk, len(samples))
            found += unmixer.feed(samples[start:end], speech[start // HOP : end // HOP])
        found += unmixer.finish()
        return np.concatenate([block.samples for block in found]), found, unmixer

    @pytest.mark.parametrize("bleed_db", [6, 12, 20])
    def test_takes_bleed_out_and_leaves_speech(self, bleed_db: float):
        said, samples = recorded(bleed_db=bleed_db)
        clean, blocks, _ = self.unmixed(samples)
        assert blocks[0].cleaned == (True, True)
        quiet = said[:, 1] == 0  # only the first person speaks
        before, after = level_db(samples[quiet, 1]), level_db(clean[quiet, 1])
        assert after < before - 15
        loud = ~quiet
        assert abs(level_db(clean[loud, 1]) - level_db(said[loud, 1])) < 1

    def test_leaves_clean_channels_alone(self):
        _, samples = recorded(bleed_db=None)
        clean, blocks, _ = self.unmixed(samples)
        assert blocks[0].cleaned == (False, False)
        assert np.array_equal(clean, samples)

    def test_one_way_bleed_is_removed_one_way(self):
        said, samples = recorded(bleed_db=12)
        _, blocks, _ = self.unmixed(np.stack([said[:, 0], samples[:, 1]], axis=1))
        assert blocks[0].cleaned == (False, True)

    def test_one_person_alone_stays(self):
        """Nothing of the only speaker is taken for bleed of somebody never heard."""
        voice = turns(1, first=True)
        samples = np.stack([voice, through(voice, room(3, down_db=12))], axis=1)
        clean, _, _ = self.unmixed(samples)
        assert np.array_equal(clean[:, 0], samples[:, 0])
        assert level_db(clean[:, 1]) < level_db(samples[:, 1]) - 10

    def test_chunk_size_does_not_matter(self):
        _, samples = recorded(bleed_db=12, seconds=70)
        assert np.array_equal(self.unmixed(samples)[0], self.unmixed(samples, chunk=HOP * 99)[0])


def test_gate_silences_bleed_but_not_overlap():
    said, samples = recorded(bleed_db=12)
    samples[-4 * SAMPLE_RATE :, 0] += turns(5, first=True)[: 4 * SAMPLE_RATE]  # both, at the end
    speech = heard_as_speech(samples)
    gated = BleedGate().feed(samples, speech)
    late = slice(20 * SAMPLE_RATE // HOP, 56 * SAMPLE_RATE // HOP)
    talking = heard_as_speech(said)[late] > 0
    assert gated[late][~talking].mean() < 0.1 * speech[late][~talking].mean()
    assert gated[late][talking].mean() > 0.95
    assert gated[-100:].all(axis=1).mean() > 0.7


def diarized(samples: np.ndarray, *rows: str, size: int = 16_000) -> Diarization:
    """The verdict on `samples` (n, channels) with speech where `rows` draw it, per hop."""
    diarizer, detector = ChannelDiarizer(samples.shape[1]), ScriptedDetector(*rows)
    for start in range(0, len(samples), size):
        chunk = AudioChunk(samples[start : start + size], start)
        diarizer.feed(chunk, detector.feed(chunk))
    diarizer.feed(AudioChunk(samples[:0], len(samples)), detector.finish())
    return diarizer.finish()


def test_speaker_is_channel():
    rows = ("..######....................", "......######................", "." * 28)
    samples = np.zeros((28 * HOP, 3), np.float32)
    for channel, row in enumerate(rows):
        samples[np.repeat([c == "#" for c in row], HOP), channel] = 0.1
    found = diarized(samples, *rows)
    assert found.speakers == ("A", "B", "C")
    assert [voice.speaker for voice in found.voices] == ["A", "B"]
    first, second = (voice.span for voice in found.voices)
    assert (first.start, first.end) == pytest.approx((0.064, 0.256), abs=0.01)
    assert first & second is not None
    assert found.sees_overlap


def test_silence_has_no_voices():
    assert diarized(np.zeros((5_000, 3), np.float32), "", "", "").voices == ()
    assert ChannelDiarizer(3).finish().voices == ()


def test_voices_while_listening_are_those_that_ended():
    diarizer, detector = ChannelDiarizer(1), ScriptedDetector("....#####..........######")
    chunk = AudioChunk(np.zeros((23 * HOP, 1), np.float32), 0)
    (voice,) = diarizer.feed(chunk, detector.feed(chunk))
    assert (voice.span.start, voice.span.end) == pytest.approx((4 * 0.032, 9 * 0.032))
    assert diarizer.gated.shape == (23, 1)


@pytest.mark.model
class TestTwoChannels:
    def test_hours_are_kept_compactly(self):
        """1.6 kB a second and channel, though chunks are short; whole blocks come in between."""
        _, samples = recorded(bleed_db=None, seconds=190)
        diarizer, chunk = ChannelDiarizer(2), SAMPLE_RATE // 10
        tracemalloc.start()
        try:
            taken, hops = [], 0
            for start in range(0, len(samples), chunk):
                done, hops = hops, (start + chunk) // HOP
                speech = heard_as_speech(samples[done * HOP : hops * HOP])
                diarizer.feed(AudioChunk(samples[start : start + chunk].copy(), start), speech)
                taken.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        assert (taken[1850] - taken[650]) / 120 < 2 * 3000  # 5 s into a minute each

    def test_nearly_the_same_sound_is_said_to_be_blind(self):
        both = turns(1, first=True) + turns(2, first=False)
        hiss = np.random.default_rng(3).normal(0, 1e-4, len(both))
        samples = np.stack([both, 0.9 * both + hiss], axis=1).astype(np.float32)
        found = diarized(samples, "#" * 1875, "#" * 1875)
        assert not found.sees_overlap
        assert found.blind_because is not None
        assert "nearly the same sound" in found.blind_because

    def test_silence(self):
        found = diarized(np.zeros((20 * SAMPLE_RATE, 2), np.float32), "", "")
        assert found.voices == ()
        assert found.notes == ()

    @pytest.mark.parametrize("bleed_db", [None, 12.0, 6.0])
    def test_two_readers_each_with_a_microphone(self, bleed_db: float | None):
        """Real voices: A reads, B reads, and B says a word while A reads."""
        said = np.stack(list(_readers()), axis=1)
        samples = said
        if bleed_db is not None:
            leaks = [through(said[:, 1 - c], room(c, down_db=bleed_db)) for c in range(2)]
            samples = said + np.stack(leaks, axis=1)
        detector, diarizer = _silero(), ChannelDiarizer(2)
        for start in range(0, len(samples), 40_000):
            chunk = AudioChunk(samples[start : start + 40_000], start)
            diarizer.feed(chunk, detector.feed(chunk))
        found = diarizer.finish()
        assert bool(found.notes) == (bleed_db is not None)
        for channel, speaker in enumerate("AB"):
            heard = [voice.span for voice in found.voices if voice.speaker == speaker]
            truth = _loud_spans(said[:, channel])
            right = sum(overlap(heard, span) for span in truth)
            assert right / total(truth) > 0.85
            assert right / total(heard) > 0.8


def _silero():
    from listenlive.engines.silero import GatedDetector

    return GatedDetector(2)


def _readers() -> Iterator[np.ndarray]:
    folder = os.environ.get("LISTENLIVE_TRUTH")
    if folder is None:
        pytest.skip("LISTENLIVE_TRUTH is not set")
    people = [p for p in sorted(Path(folder, "voices").iterdir()) if len(list(p.glob("*"))) >= 5]
    for turn, person in enumerate(people[:2]):
        clips = [soundfile.read(f, dtype="float32")[0] for f in sorted(person.glob("*.flac"))[:4]]
        track = np.zeros(70 * SAMPLE_RATE, np.float32)
        for i, clip in enumerate(clips):
            start, piece = (i * 16 + turn * 8) * SAMPLE_RATE, clip[: 8 * SAMPLE_RATE]
            track[start : start + len(piece)] = piece
        if turn:
            track[3 * SAMPLE_RATE : 4 * SAMPLE_RATE] = clips[0][:SAMPLE_RATE]
        yield track


def _loud_spans(voice: np.ndarray) -> tuple[Span, ...]:
    """Where one clean voice is within 30 dB of its loudest, pauses under 0.2 s bridged."""
    levels = 10 * np.log10(np.square(voice).reshape(-1, 128).mean(axis=1) + 1e-9)
    return voice_spans(levels > levels.max() - 30, frame=FINE_SECONDS)


def test_hearing_is_more_willing_than_the_detector():
    assert speech_frames(np.full(3, 0.4, np.float32), HEARING).all()

from dataclasses import replace

import numpy as np
import pytest

from listenlive.tone_track import FRAME, SILENCE_DB, Frames, describe, voiced

LOUD, QUIET = -20.0, -70.0


def drawn(picture: str, *, f0_hz: float = 200.0, jump_hz: float = 400.0) -> Frames:
    """A track from a picture, four frames (64 ms) a letter.

    `#` a vowel, `^` the same an octave too high, `s` loud and unvoiced, `-` a weak consonant,
    space silence.
    """
    levels = {"#": LOUD, "^": LOUD, "s": -30.0, "-": -32.0, " ": QUIET}
    letters = [letter for letter in picture for _ in range(4)]
    level_db = np.array([levels[letter] for letter in letters], dtype=np.float32)
    sounding = np.array([letter in "#^-" for letter in letters], dtype=np.float32)
    pitch = np.array([jump_hz if letter == "^" else f0_hz for letter in letters], dtype=np.float32)
    return Frames(pitch, sounding, sounding, level_db, level_db)


def seconds(letters: int) -> float:
    return letters * 4 * FRAME


def test_frames_must_be_periodic_scored_and_loud_to_be_voiced():
    frames = drawn("##s  -")
    assert voiced(frames, loud_db=LOUD)[::4].tolist() == [True, True, False, False, False, True]
    assert not voiced(frames, loud_db=LOUD + 45).any()


def test_pitch_and_its_range_are_those_of_the_voiced_frames():
    tone = describe(drawn("s##s##s", f0_hz=180))
    assert tone.f0_hz == pytest.approx(180)
    assert tone.f0_range_st == pytest.approx(0)
    assert tone.voiced == pytest.approx(4 / 7)


def test_the_pitch_of_a_hum_in_the_pauses_is_not_that_of_the_speaker():
    hum = -40.0
    frames = drawn("###      ###      ###", f0_hz=180)
    quiet = frames.level_db < LOUD
    humming = replace(
        frames,
        f0_hz=np.where(quiet, np.float32(100), frames.f0_hz),
        confidence=np.ones_like(frames.confidence),
        harmonicity=np.ones_like(frames.harmonicity),
        level_db=np.where(quiet, np.float32(hum), frames.level_db),
    )
    assert voiced(humming, loud_db=LOUD).all()
    tone = describe(humming, floor_db=hum)
    assert tone.f0_hz == pytest.approx(180)
    assert tone.voiced == pytest.approx(9 / 21)


def test_octave_jumps_move_neither_pitch_nor_range():
    tone = describe(drawn("####^####^##", f0_hz=180, jump_hz=361))
    assert tone.f0_hz == pytest.approx(180)
    assert tone.f0_range_st == pytest.approx(0)


def test_a_glide_has_its_range_in_semitones():
    frames = drawn("#" * 25)
    glide = np.geomspace(150, 200, 100, dtype=np.float32)
    tone = describe(replace(frames, f0_hz=glide))
    assert tone.f0_range_st == pytest.approx(0.9 * 12 * np.log2(200 / 150), abs=0.05)


def test_whispering_has_a_level_but_no_pitch():
    tone = describe(drawn("ssssssss"))
    assert (tone.f0_hz, tone.f0_range_st, tone.voiced) == (None, None, 0)
    assert tone.level_db == pytest.approx(-30)


def test_the_level_is_that_of_speech_not_of_pauses():
    assert describe(drawn("####      ####")).level_db == pytest.approx(LOUD)


@pytest.mark.parametrize(
    ("picture", "letters_of_pause"),
    [
        ("########", 0),
        ("####   ####", 3),
        ("####  ####", 0),  # a closure, no pause
        ("   ####    ####   ", 4),  # the silence around is none either
    ],
)
def test_pauses_are_inside_and_longer_than_a_closure(picture, letters_of_pause):
    assert describe(drawn(picture)).pauses == pytest.approx(seconds(letters_of_pause))


def test_pauses_are_found_in_noise_too():
    frames = drawn("####    ####")
    noisy = np.maximum(frames.level_db, LOUD - 12)
    tone = describe(replace(frames, level_db=noisy, band_db=noisy), floor_db=LOUD - 12)
    assert tone.pauses == pytest.approx(seconds(4))


def test_syllables_are_voiced_peaks_between_dips():
    tone = describe(drawn("-##-##-##-##-s-"))
    assert tone.rate == pytest.approx(4 / seconds(15), rel=0.01)


def test_syllables_are_not_counted_in_less_than_a_word():
    assert describe(drawn("-##-##-")).rate is None


def test_frames_of_others_are_left_out():
    both = drawn("####^^^^####", jump_hz=260)
    kept = np.repeat([True, False, True], 16)
    tone = describe(both, kept=kept)
    assert tone.f0_range_st == pytest.approx(0)
    assert tone.pauses == 0


def test_too_short_or_digital_silence_has_no_tone():
    assert describe(drawn("####")) is None
    frames = drawn("        ")
    assert describe(replace(frames, level_db=np.full_like(frames.level_db, SILENCE_DB))) is None

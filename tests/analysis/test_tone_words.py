from dataclasses import replace

import pytest

from drawing import draw
from listenlive.analysis import analyse
from listenlive.config import Measuring
from listenlive.conversation import Tone

USUAL = Tone(f0_hz=150.0, f0_range_st=5.0, level_db=-30.0, rate=4.0, voiced=0.6)
PICTURE = "A  " + "====      " * 9
SETTINGS = Measuring(tone_minimum=10.0)


def said(last):
    """Nine turns, the last said like `last`, the others as usual."""
    talk = analyse(draw(PICTURE, tones={"A": [USUAL] * 8 + [last]}), settings=SETTINGS)
    return talk.tone[-1].words


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"level_db": -22.0}, "raised"),
        ({"level_db": -40.0}, "softened"),
        ({"f0_hz": 220.0}, "higher"),
        ({"f0_hz": 100.0}, "lower"),
        ({"f0_range_st": 12.0}, "lively"),
        ({"f0_range_st": 1.0}, "flat"),
        ({"rate": 6.5}, "quicker"),
        ({"rate": 2.0}, "slower"),
        ({"pauses": 0.8}, "halting"),
        ({}, "steady"),
        ({"level_db": -28.0}, "steady"),  # less than 3 dB is never told
    ],
)
def test_tone_in_words(change, word):
    assert said(replace(USUAL, **change)) == (word,)


def test_a_louder_recording_changes_nothing():
    tones = [replace(USUAL, level_db=level) for level in (-30, -31, -29, -30, -32, -28, -30, -20)]
    louder = [replace(tone, level_db=tone.level_db + 12) for tone in tones]
    first, second = (
        analyse(draw(PICTURE, tones={"A": each}), settings=SETTINGS).tone
        for each in (tones, louder)
    )
    assert first == second


def test_too_little_speech_is_not_described():
    talk = analyse(draw(PICTURE, tones={"A": [USUAL] * 9}))
    assert talk.tone == ()
    reason = "too little was heard of Speaker A to know what is usual; 1 min in several"
    assert talk.not_measured["tone"].startswith(reason)


def test_a_rise_in_energy_is_a_moment():
    excited = replace(USUAL, f0_hz=220.0, level_db=-20.0, rate=6.5)
    talk = analyse(draw(PICTURE, tones={"A": [USUAL] * 8 + [excited]}), settings=SETTINGS)
    assert [m.span.start for m in talk.moments if m.kind.value == "energy_rise"] == [40.0]

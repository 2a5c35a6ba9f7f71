"""Two people, synthesised as noise that is switched on and off."""

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE
from listenlive.layout import channel_layout

SECONDS = 40


def person(seed: int, *, first: bool) -> np.ndarray:
    """Noise in the odd (or even) five seconds, a little of it coloured."""
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.normal(0, 0.05, SECONDS * SAMPLE_RATE), [1, 0.8, 0.5], "same")
    on = (np.arange(len(noise)) // (5 * SAMPLE_RATE)) % 2 == (0 if first else 1)
    return (noise * on).astype(np.float32)


ANNA, BEN = person(1, first=True), person(2, first=False)
NOBODY = np.zeros_like(ANNA)
HISS = np.random.default_rng(3).normal(0, 1e-5, len(ANNA)).astype(np.float32)
BOTH = ANNA + BEN


@pytest.mark.parametrize(
    ("channels", "kind", "because"),
    [
        ((ANNA, BEN), "split", "left and right hold different sound"),
        ((ANNA + 0.25 * BEN, BEN + 0.25 * ANNA), "split", "different sound"),
        ((ANNA, 0.25 * ANNA + HISS), "mix", "same recording"),
        ((BOTH,), "mix", "one channel"),
        ((BOTH, BOTH), "mix", "left and right hold the same recording"),
        ((BOTH, 0.2 * BOTH), "mix", "same recording"),
        ((BOTH, 0.5 * np.roll(BOTH, 1600)), "mix", "same recording"),
        ((BOTH + 30 * HISS, BOTH + 30 * HISS[::-1]), "mix", "same recording"),
        ((0.9 * ANNA + BEN, ANNA + 0.9 * np.roll(BEN, 9)), "mix", "equally loud"),
        ((BOTH, NOBODY), "mix", "only the left channel"),
        ((HISS, BOTH), "mix", "only the right channel"),
        ((NOBODY, NOBODY), "mix", "nothing is heard"),
        ((ANNA, BEN, BOTH, HISS, 0.1 * BOTH, 0.1 * BOTH), "mix", "5 of 6 channels"),
        ((NOBODY, ANNA, NOBODY, BEN), "split", "channel 2 and channel 4"),
    ],
)
def test_what_the_channels_hold(channels, kind, because):
    layout = channel_layout(np.stack(channels, axis=1))
    assert layout.kind == kind
    assert because in layout.reason
    assert layout.channels == len(channels)


def test_only_channels_that_carry_something_are_heard():
    assert channel_layout(np.stack([NOBODY, ANNA, NOBODY, BEN], axis=1)).heard == (1, 3)
    assert channel_layout(np.stack([NOBODY, NOBODY], axis=1)).heard == (0, 1)


@pytest.mark.parametrize("wanted", ["auto", "mix"])
def test_of_channels_that_cancel_out_the_loudest_is_heard(wanted):
    upside_down = channel_layout(np.stack([0.7 * BOTH, -BOTH], axis=1), wanted=wanted)
    assert (upside_down.kind, upside_down.heard) == ("mix", (1,))
    assert "only the right channel is heard" in upside_down.reason
    six = channel_layout(np.stack([BOTH, -BOTH, ANNA, -ANNA, HISS, HISS], axis=1), wanted=wanted)
    assert six.heard == (0,)


def test_channels_that_have_nothing_to_do_with_each_other_do_not_cancel_out():
    noisy = np.stack([ANNA + 30 * HISS, BEN - 30 * HISS], axis=1)
    assert channel_layout(noisy, wanted="mix").heard == (0, 1)
    assert channel_layout(np.stack([ANNA, -BEN], axis=1)).kind == "split"


def test_too_short_to_tell():
    assert channel_layout(np.zeros((100, 2), np.float32)).kind == "mix"


@pytest.mark.parametrize("wanted", ["split", "mix"])
def test_the_users_word_counts(wanted):
    layout = channel_layout(np.stack([BOTH, BOTH], axis=1), wanted=wanted)
    assert layout.kind == wanted
    assert "as asked for" in layout.reason


def test_one_channel_was_nobodys_wish():
    layout = channel_layout(BOTH[:, None], wanted="mix")
    assert layout.kind == "mix"
    assert layout.reason == "the recording has one channel"


def test_one_channel_cannot_be_split():
    layout = channel_layout(BOTH[:, None], wanted="split")
    assert layout.kind == "mix"
    assert "cannot be split" in layout.reason

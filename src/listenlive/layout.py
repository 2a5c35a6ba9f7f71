"""How the channels of a recording are to be heard: a person each, or one microphone for all."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, Samples
from listenlive.errors import ConfigError

FRAME = SAMPLE_RATE // 4
"""Samples per level (0.25 s): a syllable or two, so that one person speaks in most of them."""

DEAD_DB = 40.0
"""A channel this far under the loudest one carries nobody: cables leak up to about there."""

ACTIVE_DB = 25.0
"""Frames within this of the loudest ones (95th percentile) are taken for speech."""

ALIKE_DB = 5.0
"""Level differences of two channels that stay within this band (10th to 90th percentile) while
people speak are one sound on both. Two microphones of two people, even with only 6 dB between
them, swing by twice that."""

Levels = npt.NDArray[np.float64]


class Kind(StrEnum):
    """The two ways to hear a recording."""

    SPLIT = "split"  # one person per channel
    MIX = "mix"  # one microphone for all


@dataclass(frozen=True, slots=True)
class Layout:
    """What was decided. `channels` are the numbers of those that are heard; `reason` a sentence."""

    kind: Kind
    channels: tuple[int, ...]
    reason: str


def channel_layout(samples: Samples, *, wanted: str = "auto") -> Layout:
    """How to hear a recording that begins with `samples` (n, channels).

    wanted : "split" or "mix" decide; "auto" goes by how the channels sound
    Raises ConfigError for "split" with one channel.
    """
    count = samples.shape[1]
    every = tuple(range(count))
    if wanted == Kind.MIX:
        return Layout(Kind.MIX, every, _one(count, "All channels are heard as one microphone"))
    if count == 1:
        if wanted == Kind.SPLIT:
            raise ConfigError(
                "--channels split needs a channel for each person, and this recording has one. "
                "Leave it out, or give a recording with two channels."
            )
        return Layout(Kind.MIX, every, "The recording has one channel: one microphone for all.")
    if wanted == Kind.SPLIT:
        return Layout(Kind.SPLIT, every, f"Each of the {count} channels is one person, as asked.")
    return _as_it_sounds(samples)


def _as_it_sounds(samples: Samples) -> Layout:
    levels = _levels(samples)
    loudness = np.percentile(levels, 95, axis=0)
    alive = tuple(np.flatnonzero(loudness > loudness.max() - DEAD_DB).tolist())
    names = " and ".join(_name(c, samples.shape[1]) for c in alive)
    if len(alive) == 1:
        reason = f"Only the {names} channel carries sound: it is heard as one microphone for all."
        return Layout(Kind.MIX, alive, reason)
    if len(alive) > 2:
        reason = f"{len(alive)} channels carry sound: they are heard as one microphone for all."
        return Layout(Kind.MIX, alive, reason + " If each is one person, say --channels split.")
    swing = _swing(levels[:, alive])
    if swing < ALIKE_DB:
        reason = (
            f"The {names} channels carry the same sound (their levels differ by a steady amount, "
            f"within {swing:.1f} dB): they are heard as one microphone for all."
        )
        return Layout(Kind.MIX, alive, reason)
    reason = f"The {names} channels carry different people: each is heard as one person."
    return Layout(Kind.SPLIT, alive, reason)


def _levels(samples: Samples) -> Levels:
    """Level per 0.25 s, shape (frames, channels), dBFS; at least one frame."""
    frames = max(len(samples) // FRAME, 1)
    whole = np.zeros((frames * FRAME, samples.shape[1]), dtype=np.float32)
    whole[: len(samples)] = samples[: len(whole)]
    power = np.square(whole).reshape(frames, FRAME, -1).mean(axis=1, dtype=np.float64)
    return np.asarray(10 * np.log10(power + 1e-9))


def _swing(levels: Levels) -> float:
    """How far the level difference of two channels ranges while somebody speaks, in dB."""
    loud = levels.max(axis=1)
    active = loud > np.percentile(loud, 95) - ACTIVE_DB
    difference = levels[active, 0] - levels[active, 1]
    low, high = np.percentile(difference, [10, 90])
    return float(high - low)


def _name(channel: int, count: int) -> str:
    return ("left", "right")[channel] if count == 2 else f"{channel + 1}."


def _one(count: int, many: str) -> str:
    return "The recording has one channel." if count == 1 else f"{many}, as asked."

"""Which channels hold what: one person each, or everybody together."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, Samples

Kind = Literal["split", "mix"]

SILENT_DB = -60.0
"""Level of a channel's loudest tenth, relative to the loudest channel's, under which it is dead."""

FLOOR_DB = -70.0
"""Level in dBFS under which nothing was recorded: the noise of a plugged-out input."""

SAME = 0.95
"""Coherence of two channels from which they are one recording (identical, scaled or delayed)."""

STEREO_DB = 4.0
"""Level difference, in dB, below which nobody is nearer to one channel; closer cannot be parted."""

CANCELLED = 0.5
"""Power of the sum of channels, as a share of the sum of their powers, under which adding them
takes sound away: 1 for sounds that have nothing to do with each other, 0 for a copy upside down."""

FRAME = 512
"""Samples per spectral frame (32 ms): a delay of some milliseconds stays well inside."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a recording's channels are to be heard.

    kind     : "split": one person per channel; "mix": all together
    reason   : why, in one sentence for people
    channels : how many channels the recording has
    heard    : the channels to listen to, in order: those that carry something (all if none does);
               with "split" one person each
    """

    kind: Kind
    reason: str
    channels: int
    heard: tuple[int, ...]


def channel_layout(samples: Samples, *, wanted: str = "auto") -> Layout:
    """How to hear a recording that sounds like `samples`, shape (n, channels), 16 kHz.

    A minute or more of it should be given; `wanted` "split" or "mix" is the user's own word.
    Only what is separate by more than level and delay is split: two copies of one recording
    would show everybody on both channels. Channels that take each other's sound away when added,
    as the two halves of a balanced line do, are heard by the loudest of them.
    """
    found = _layout(samples, wanted)
    if found.kind == "split" or not _cancel(samples[:, found.heard]):
        return found
    powers = np.square(samples, dtype=np.float64).sum(axis=0)
    loudest = max(found.heard, key=lambda channel: float(powers[channel]))
    name = channel_name(loudest, found.channels)
    reason = f"{found.reason}; added they would cancel out, so only {name} is heard"
    return replace(found, reason=reason, heard=(loudest,))


def _layout(samples: Samples, wanted: str) -> Layout:
    channels = samples.shape[1]
    alive = _alive(samples)
    heard = alive or tuple(range(channels))
    if wanted in ("split", "mix"):
        kind: Kind = "split" if wanted == "split" and channels > 1 else "mix"
        every = tuple(range(channels))
        return Layout(kind, _wish(wanted, channels), channels, alive if len(alive) > 1 else every)
    if channels == 1:
        return Layout("mix", "the recording has one channel", 1, heard)
    if not alive:
        return Layout("mix", "nothing is heard on any channel", channels, heard)
    if len(alive) == 1:
        carries = f"only {channel_name(alive[0], channels)} carries sound"
        return Layout("mix", carries, channels, heard)
    if len(alive) > 2:
        return _many(channels, alive)
    return _pair(samples, alive)


def channel_name(channel: int, channels: int) -> str:
    """What people call channel number `channel` (from 0) of `channels`."""
    if channels == 2:
        return ("the left channel", "the right channel")[channel]
    return f"channel {channel + 1}"


def _wish(wanted: str, channels: int) -> str:
    if wanted == "split" and channels == 1:
        return "the recording has one channel, so it cannot be split as asked for"
    if channels == 1:
        return "the recording has one channel"  # one microphone, for one
    asked = "one person per channel" if wanted == "split" else "all channels together"
    return f"{asked}, as asked for"


def _many(channels: int, heard: tuple[int, ...]) -> Layout:
    """More than two: film sound and microphone arrays, in which people wander across channels."""
    return Layout(
        "mix",
        f"{len(heard)} of {channels} channels carry sound, as in film and room recordings, "
        "so people are told apart by voice",
        channels,
        heard,
    )


def _pair(samples: Samples, alive: tuple[int, ...]) -> Layout:
    channels = samples.shape[1]
    left, right = (samples[:, channel] for channel in alive)
    names = " and ".join(
        ("left", "right") if channels == 2 else (channel_name(c, channels) for c in alive)
    )
    same = _coherence(left, right)
    if same >= SAME:
        return Layout("mix", f"{names} hold the same recording", channels, alive)
    centre, spread = _level_difference(left, right)
    if spread < STEREO_DB and (abs(centre) < STEREO_DB or same >= 0.5):
        reason = f"{names} hear everybody about equally loud, as a stereo microphone does"
        return Layout("mix", reason, channels, alive)
    return Layout("split", f"{names} hold different sound: one person each", channels, alive)


def _cancel(samples: Samples) -> bool:
    """Would less than half of the sound be left if the channels were added?"""
    apart = float(np.square(samples, dtype=np.float64).sum())
    return float(np.square(samples.sum(axis=1, dtype=np.float64)).sum()) < CANCELLED * apart


def _alive(samples: Samples) -> tuple[int, ...]:
    """The channels that carry more than the noise of an open input."""
    loud = [
        float(np.percentile(_frame_levels(samples[:, c]), 90))
        if len(samples) >= FRAME
        else FLOOR_DB
        for c in range(samples.shape[1])
    ]
    least = max(max(loud, default=FLOOR_DB) + SILENT_DB, FLOOR_DB)
    return tuple(c for c, level in enumerate(loud) if level > least)


def _frames(samples: Samples) -> npt.NDArray[np.float32]:
    return samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)


def _frame_levels(samples: Samples) -> npt.NDArray[np.float64]:
    power = np.square(_frames(samples), dtype=np.float64).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-12), dtype=np.float64)


def _coherence(left: Samples, right: Samples) -> float:
    """Share of the loud frames' sound that one fixed filter from left to right explains, 0..1.

    The delay between the channels is found first, so that it does not count against them.
    """
    lag = _lag(left, right)
    left, right = (left[lag:], right) if lag >= 0 else (left, right[-lag:])
    length = min(len(left), len(right))
    first, second = (np.fft.rfft(_frames(x[:length]) * np.hanning(FRAME)) for x in (left, right))
    cross = np.abs((first * second.conj()).sum(axis=0)) ** 2
    powers = (np.abs(first) ** 2).sum(axis=0), (np.abs(second) ** 2).sum(axis=0)
    weight = np.sqrt(powers[0] * powers[1])
    each = cross / (powers[0] * powers[1] + 1e-20)
    return float((each * weight).sum() / (weight.sum() + 1e-20))


def _lag(left: Samples, right: Samples) -> int:
    """Samples by which `left` comes later than `right`, at most half a second either way."""
    length = 1 << (2 * max(len(left), len(right)) - 1).bit_length()
    cross = np.fft.rfft(left, length) * np.fft.rfft(right, length).conj()
    correlation = np.abs(np.fft.irfft(cross, length))
    most = min(SAMPLE_RATE // 2, length // 2 - 1)
    around = np.concatenate([correlation[-most:], correlation[: most + 1]])
    return int(around.argmax()) - most


def _level_difference(left: Samples, right: Samples) -> tuple[float, float]:
    """The level difference while somebody speaks, in dB: its middle, and how far it swings."""
    levels = _frame_levels(left), _frame_levels(right)
    loudest = np.maximum(*levels)
    loud = loudest >= np.percentile(loudest, 60)
    low, high = np.percentile((levels[0] - levels[1])[loud], [10, 90])
    return float(high + low) / 2, float(high - low) / 2

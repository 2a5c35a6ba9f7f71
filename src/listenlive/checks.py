"""What this computer needs to hear a conversation: checked one by one, with what to do about it."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from listenlive import store, weights
from listenlive.audio import SAMPLE_RATE, SILENCE_DB, AudioChunk, Samples, levels
from listenlive.errors import DeviceError, ModelError
from listenlive.inlets import Waiting
from listenlive.microphone import Microphone, chosen, inputs
from listenlive.portaudio import Backend, InputDevice

LISTEN = 1.0
"""Seconds of sound that tell a level."""

SETTLE = 0.3
"""Seconds left out before: a device that is switched on may click or fade in."""

FAINT_DB = -60.0
"""dBFS under which speech is hardly understood; a quiet room alone is -70 to -50."""

FULL_DB = -3.0
"""dBFS of the loudest sample over which a voice is soon cut off."""

HOUR_BYTES = 120_000_000
"""What an hour of sound may take: two channels of speech, losslessly compressed."""

LITTLE_BYTES = 500_000_000
"""Free space that is short: a few hours of sound."""

_PERMISSION = (
    "Allow it: System Settings, Privacy & Security, Microphone, your terminal."
    if sys.platform == "darwin"
    else "Look whether a sound server runs (pactl info) and the input is on (pavucontrol)."
)


@dataclass(frozen=True, slots=True)
class Level:
    """How loud an input is: its mean level and its loudest sample, dBFS (-100: digital silence)."""

    mean_db: float
    peak_db: float

    @property
    def words(self) -> str:
        """The level for people, with what it may mean where it is unusual."""
        if self.peak_db <= SILENCE_DB:
            return "nothing at all: muted, or this program may not listen to it"
        shown = f"{self.mean_db:.0f} dB, loudest {self.peak_db:.0f} dB"
        if self.peak_db < FAINT_DB:
            return f"{shown}: faint; quiet here, or turned down"
        if self.peak_db > FULL_DB:
            return f"{shown}: near the top; turn it down a little"
        return shown


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `advice`: what to do about it; None: all is well."""

    what: str
    found: str
    advice: str | None = None


def level_of(
    device: InputDevice, *, backend: Backend | None = None, clock: Waiting | None = None
) -> Level:
    """Listen to `device` for a second. DeviceError if it cannot be opened or gives nothing."""
    parts: list[Samples] = []
    with Microphone(device, backend=backend, clock=clock) as microphone:
        for sound in microphone:
            if microphone.trouble or not isinstance(sound, AudioChunk):
                raise DeviceError(f"{device.name!r} can be opened, but gives no sound.")
            parts.append(sound.samples)
            if sound.end > (SETTLE + LISTEN) * SAMPLE_RATE:
                break
    samples = np.concatenate(parts)[round(SETTLE * SAMPLE_RATE) :]
    loudest = np.abs(samples).max(axis=0, keepdims=True)
    return Level(max(levels(samples)), max(levels(loudest)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be checked: the folder of sessions, the input (None: the usual one), the model."""

    data: Path
    device: str | None = None
    model: str = "base"


def checked(
    wanted: Wanted, *, backend: Backend | None = None, clock: Waiting | None = None
) -> Iterator[Check]:
    """All checks in order, each as soon as it is done."""
    try:
        found = inputs(backend)
    except DeviceError as error:
        yield Check("audio library", "nothing can be recorded", str(error))
    else:
        yield Check("audio library", "PortAudio is there")
        yield from _devices(found, wanted.device, backend, clock)
    yield _model(wanted.model)
    yield _disk(wanted.data)
    yield _folder(wanted.data)
    yield _sessions(wanted.data)
    yield from _damaged(wanted.data)


def _devices(
    found: Sequence[InputDevice],
    query: str | None,
    backend: Backend | None,
    clock: Waiting | None,
) -> Iterator[Check]:
    """Which input would be used, and whether something is heard through it."""
    if not found:
        yield Check("input", "none", f"Plug in a microphone. {_PERMISSION}")
        return
    try:
        device = chosen(query, found)
    except DeviceError as error:
        yield Check("input", "not found", str(error))
        return
    yield Check("input", f"{device.name} ({device.rate} per second), of {len(found)}")
    try:
        level = level_of(device, backend=backend, clock=clock)
    except DeviceError as error:
        yield Check("level", "nothing could be heard", f"{error} {_PERMISSION}")
        return
    advice = None
    if level.peak_db <= SILENCE_DB:
        advice = f"Is it muted, by a switch or in the settings? {_PERMISSION}"
    elif level.peak_db < FAINT_DB:
        advice = "Say something while this runs. If it stays so, turn the input up."
    yield Check("level", level.words, advice)


def _model(name: str) -> Check:
    """Whether words can be understood, offline."""
    try:
        return Check("speech to text", f"{name}: {weights.resolve(name).name}")
    except ModelError as error:
        return Check("speech to text", f"{name} is not ready", str(error))


def _disk(data: Path) -> Check:
    """How many hours of sound there is room for."""
    folder = next(each for each in (data, *data.parents) if each.exists())
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free, {free // HOUR_BYTES} hours of sound"
    if free < LITTLE_BYTES:
        return Check("disk", found, f"Free some space, or keep sessions elsewhere than {data}.")
    return Check("disk", found)


def _folder(data: Path) -> Check:
    """Whether sessions can be kept, and only the user reads them."""
    folder = next(each for each in (data, *data.parents) if each.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            "sessions",
            f"{folder} is not writable",
            "Make it yours (chown), or choose another folder with --data DIR or LISTENLIVE_DATA.",
        )
    if folder == data and data.stat().st_mode & 0o077:
        return Check("sessions", f"others can look into {data}", f"Close it: chmod 700 {data}")
    return Check("sessions", f"kept in {data}, for you only")


def _sessions(data: Path) -> Check:
    """Whether a session waits to be finished."""
    left = store.finishable(data)
    if left:
        return Check(
            "unfinished",
            f"{len(left)} cut off: {', '.join(session.id for session in left[:3])}",
            "Their sound is there. Finish them: listenlive listen --finish",
        )
    return Check("unfinished", "none")


def _damaged(data: Path) -> Iterator[Check]:
    """Sessions that cannot be read, each with what can be done."""
    for session in store.sessions(data):
        if damage := session.damage:
            yield Check("damaged", session.id, damage)

"""Conversations to learn from: as in `simulate`, but of many people, in any room, noise and line.

Where `simulate` makes what is measured, from five rich voices and under a handful of conditions,
here everything is drawn anew for each seed: who speaks (one to three people), how long turns are,
how often somebody cuts in, how far apart their levels are, the room, the noise, the telephone band.
Noise and rooms are synthetic, so that the recorded ones stay unheard until something is measured.

The five rich voices are never among `learners` nor `examiners`: every conversation that
`simulate` makes is of people that nothing was learned from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.rttm import Turn
from bench.simulate import (
    SAMPLE_RATE,
    STYLES,
    Plan,
    Samples,
    Simulation,
    Stage,
    Supply,
    convolved,
    phrases,
)
from listenlive.clustering import frame_time

_RICH = 5  # clips from which a voice is one that `simulate` uses
_LEAST_SECONDS = 7.0  # of clips that a voice needs
_EXAMINERS = 6  # every so many-th voice is kept for choosing between networks

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """How a conversation is picked up.

    louder_db : of each person over the first
    snr_db    : of all speech over the noise; None: no noise
    echo      : seconds in which it fades by 60 dB; 0: none
    direct_db : of the voice over its echo
    phone     : only 300 to 3400 Hz
    gain_db   : of the whole recording
    """

    louder_db: tuple[float, ...]
    snr_db: float | None
    echo: float
    direct_db: float
    phone: bool
    gain_db: float


def learners(voices: Path) -> list[Path]:
    """The speakers of the folder `voices` to learn from."""
    return [person for i, person in enumerate(_poor(voices)) if i % _EXAMINERS]


def examiners(voices: Path) -> list[Path]:
    """The speakers to choose by what was learned."""
    return _poor(voices)[::_EXAMINERS]


def _poor(voices: Path) -> list[Path]:
    people = sorted(p for p in voices.iterdir() if p.is_dir())
    few = [p for p in people if len(list(p.glob("*.flac"))) < _RICH]
    return [p for p in few if _seconds(p) >= _LEAST_SECONDS and _supplied(p)]


def _seconds(person: Path) -> float:
    return sum(float(soundfile.info(clip).duration) for clip in person.glob("*.flac"))


def _supplied(person: Path) -> bool:
    return any(phrases(clip) for clip in person.glob("*.flac"))


def lesson(people: Sequence[Path], seed: int, *, seconds: float = 80.0) -> Simulation:
    """A conversation among one to three of `people`, all drawn by `seed`.

    Its `stereo` has a channel for each who speaks, shape (n, speakers), without bleed. Truth is
    when the dry voices speak, as in `simulate`.
    """
    rng = np.random.default_rng([seed, 20_261_125])
    count = int(rng.choice([1, 2, 3], p=[0.06, 0.82, 0.12]))
    chosen = [people[i] for i in rng.choice(len(people), count, replace=False)]
    names = "ABC"[:count]
    supplies = {
        name: _Uneven(sorted(person.glob("*.flac")), rng)
        for name, person in zip(names, chosen, strict=True)
    }
    stage = _Crowd(supplies, _plan(seconds, rng, alone=count == 1), rng)
    stage.play()
    mono, each = _recorded(stage.tracks(), surroundings(rng, count), rng)
    return Simulation(
        mono,
        each,
        tuple(sorted(stage.turns, key=lambda turn: turn.start)),
        tuple(sorted(stage.happenings, key=lambda happening: happening.start)),
        {},
        tuple(person.name for person in chosen),
    )


def as_filed(samples: Samples) -> Samples:
    """`samples` as a file keeps them: what is learned from is what will be heard."""
    return (np.round(samples * 32_767) / 32_768).astype(np.float32)


def speaking(turns: Sequence[Turn], frames: range, *, people: int) -> npt.NDArray[np.bool_]:
    """Who speaks in truth in `frames` of the segmentation network, shape (people, frames).

    In the order of their names; where there are fewer than `people`, the last ones are silent.
    """
    middles = np.array([frame_time(frame + 0.5) for frame in frames])
    names = sorted({turn.speaker for turn in turns})
    found = np.zeros((people, len(frames)), dtype=bool)
    for turn in turns:
        found[names.index(turn.speaker)] |= (middles >= turn.start) & (middles < turn.end)
    return found


def _plan(seconds: float, rng: np.random.Generator, *, alone: bool) -> Plan:
    """How often who cuts in: more often than in `simulate` at times, for that is to be learned."""
    style = str(rng.choice(STYLES))
    if alone:
        return Plan(seconds=seconds, backchannel=0, attempt=0, terminal=0, interruption=0)
    inside, ends = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)
    short, late = rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.7)
    return Plan(
        seconds=seconds,
        style=style,
        backchannel=inside * short,
        attempt=inside * (1 - short),
        terminal=ends * late,
        interruption=ends * (1 - late),
    )


def surroundings(rng: np.random.Generator, people: int) -> Surroundings:
    """A room, a noise, levels and a line that may be."""
    apart = rng.choice([0.0, 4.0, 12.0], p=[0.35, 0.35, 0.3])
    noisy = int(rng.choice(3, p=[0.2, 0.35, 0.45]))
    return Surroundings(
        louder_db=(0.0, *rng.uniform(-apart, apart, people - 1)),
        snr_db=(None, float(rng.uniform(25, 50)), float(rng.uniform(5, 25)))[noisy],
        echo=float(rng.uniform(0.1, 0.7)) if rng.random() < 0.35 else 0.0,
        direct_db=float(rng.uniform(-3, 9)),
        phone=bool(rng.random() < 0.2),
        gain_db=float(rng.uniform(-20, 3)),
    )


class _Uneven(Supply):
    """A person whose phrases are not all as loud: as people are, and read speech made equal."""

    def __init__(self, clips: Sequence[Path], rng: np.random.Generator) -> None:
        super().__init__(clips, rng)
        spread = rng.choice([0.0, 2.0, 4.0])
        gains = 10 ** (rng.normal(0, spread, len(self._pool)).clip(-8, 8) / 20)
        pairs = zip(self._pool, gains, strict=True)
        self._pool = [(phrase * gain).astype(np.float32) for phrase, gain in pairs]


class _Crowd(Stage):
    """Any number of people, whose turns are short or long."""

    def __init__(self, voices: Mapping[str, Supply], plan: Plan, rng: np.random.Generator) -> None:
        super().__init__(voices, plan, rng)
        self._names = list(voices)
        self.lengths = ((1.0, 5.0), (2.0, 8.0), (4.0, 12.0))[rng.integers(3)]
        self.after_entering = (max(2.5, self.lengths[0]), self.lengths[1] + 1.0)

    def next_after(self, holder: str) -> str:
        """Any other one; a single person goes on."""
        others = [name for name in self._names if name != holder] or self._names
        return others[self._rng.integers(len(others))]


# --- the recording ----------------------------------------------------------------------------


def _recorded(
    tracks: Mapping[str, Samples], around: Surroundings, rng: np.random.Generator
) -> tuple[Samples, Samples]:
    """What one microphone picks up, and one for each person: shapes (n,), (n, people)."""
    voices = []
    for samples, louder in zip(tracks.values(), around.louder_db, strict=True):
        heard = samples.astype(np.float64) * 10 ** (louder / 20)
        voices.append(_echoing(heard, around, rng) if around.echo else heard)
    mono, each = np.sum(voices, axis=0), np.stack(voices, axis=1)
    if around.snr_db is not None:
        wanted = np.sqrt(np.mean(mono**2)) * 10 ** (-around.snr_db / 20)
        mono = mono + wanted * _noise(len(mono), rng)
        each = each + wanted * np.stack([_noise(len(mono), rng) for _ in voices], axis=1)
    if around.phone:
        mono = _phoned(mono)
        each = np.stack([_phoned(channel) for channel in each.T], axis=1)
    gain = min(10 ** (around.gain_db / 20), 0.9 / max(float(np.abs(mono).max()), 1e-9))
    return (mono * gain).astype(np.float32), (each * gain).astype(np.float32)


def _echoing(samples: Floats, around: Surroundings, rng: np.random.Generator) -> Floats:
    """`samples` in a room: themselves, and behind them noise that dies away."""
    n = int((around.echo + 0.05) * SAMPLE_RATE)
    fading = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / (around.echo * SAMPLE_RATE))
    fading[: int(rng.uniform(0.001, 0.004) * SAMPLE_RATE)] = 0.0
    direct = 10 ** (around.direct_db / 20)
    fading *= 1 / np.sqrt(np.sum(fading**2))
    fading[0] = direct
    fading /= np.sqrt(1 + direct**2)
    return np.asarray(convolved(samples, fading)[: len(samples)], dtype=np.float64)


def _noise(n: int, rng: np.random.Generator) -> Floats:
    """Noise of power 1: white to deep, even or swelling, with a bump in its spectrum at times."""
    size = _quick(n)
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    tilt = rng.uniform(0.0, 2.0)  # power by frequency: white 0, pink 1, brown 2
    shape = np.maximum(frequency, 60.0) ** (-tilt / 2)
    middle, width = rng.uniform(100, 4000), rng.uniform(0.1, 0.6)
    bump = rng.choice([0.0, 3.0])
    shape = shape * (1 + bump * np.exp(-((np.log(np.maximum(frequency, 1) / middle) / width) ** 2)))
    phases = np.exp(2j * np.pi * rng.random(len(frequency)))
    noise = np.fft.irfft(shape * phases * rng.rayleigh(1.0, len(frequency)), size)[:n]
    times = np.arange(0, n + SAMPLE_RATE, SAMPLE_RATE // 2)
    swell = rng.normal(0, rng.choice([0.5, 3.0]), len(times)).clip(-8, 8)
    noise *= 10 ** (np.interp(np.arange(n), times, swell) / 20)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def _phoned(samples: Floats) -> Floats:
    """`samples` over a telephone."""
    size = _quick(len(samples))
    spectrum = np.fft.rfft(samples, size)
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    band = 1 / (1 + (300 / np.maximum(frequency, 1)) ** 8) / (1 + (frequency / 3400) ** 16)
    return np.asarray(np.fft.irfft(spectrum * np.sqrt(band), size)[: len(samples)])


def _quick(n: int) -> int:
    """A length of `n` or little more that is transformed fast."""
    return -(-n // 65_536) * 65_536

"""Recordings of any number of people on one microphone, taking turns: what happens to the count.

Phrases of read speech (as in `simulate`) follow each other without overlap; everybody speaks for
about as long as planned. Writes the sound and who spoke when.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.rttm import Turn, bridged, write_rttm
from bench.simulate import SAMPLE_RATE, phrases

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Gathering:
    """Who speaks, for how many seconds each, in which seeded order."""

    voices: Path
    names: tuple[str, ...]
    seconds: tuple[float, ...]
    seed: int = 1


def gather(plan: Gathering, folder: Path) -> None:
    """Write `folder`/sound.wav and `folder`/sound.rttm."""
    rng = np.random.default_rng(plan.seed)
    supplies = [_supply(plan.voices / name, rng) for name in plan.names]
    left = np.array(plan.seconds, dtype=np.float64)
    parts: list[Samples] = [np.zeros(SAMPLE_RATE // 2, np.float32)]
    turns: list[Turn] = []
    at, last = 0.5, -1
    while (left > 0).any():
        who = _next(left, last, rng)
        until = min(rng.uniform(2.0, 8.0), left[who])
        while until > 0:
            phrase = supplies[who][rng.integers(len(supplies[who]))]
            length = len(phrase) / SAMPLE_RATE
            turns.append(Turn(plan.names[who], at, at + length))
            pause = np.zeros(int(rng.uniform(0.1, 0.6) * SAMPLE_RATE), np.float32)
            parts += [phrase, pause]
            at += length + len(pause) / SAMPLE_RATE
            until, left[who] = until - length, left[who] - length
        last = who
    soundfile.write(folder / "sound.wav", np.concatenate(parts), SAMPLE_RATE, subtype="PCM_16")
    write_rttm(folder / "sound.rttm", bridged(turns), name="sound")


def _next(left: npt.NDArray[np.float64], last: int, rng: np.random.Generator) -> int:
    """Who speaks now: anybody with time left, but not the same again if there is another."""
    able = [i for i in range(len(left)) if left[i] > 0]
    others = [i for i in able if i != last] or able
    weights = left[others] / left[others].sum()
    return int(rng.choice(others, p=weights))


def _supply(folder: Path, rng: np.random.Generator) -> list[Samples]:
    """A person's phrases, in seeded order."""
    found = [phrase for clip in sorted(folder.glob("*.flac")) for phrase in phrases(clip)]
    return [found[i] for i in rng.permutation(len(found))]

"""People taking turns for the bench: everybody speaks as long as planned, nobody at once."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from bench.gathering import Gathering, gather
from bench.rttm import read_rttm


def voices(folder: Path) -> Path:
    """Two people with clips of two tones, each with a pause in the middle."""
    time = np.arange(16_000 * 2) / 16_000
    for name, hertz in (("low", 120.0), ("high", 240.0)):
        said = (0.1 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
        pause = np.random.default_rng(0).normal(0, 1e-4, 8_000).astype(np.float32)
        (folder / name).mkdir()
        soundfile.write(folder / name / "1.flac", np.concatenate([pause, said, pause]), 16_000)
    return folder


def test_everybody_speaks_about_as_long_as_planned_and_alone(tmp_path: Path) -> None:
    gather(Gathering(voices(tmp_path), ("low", "high"), (20.0, 5.0)), tmp_path)
    turns = sorted(read_rttm(tmp_path / "sound.rttm"), key=lambda turn: turn.start)
    spoken = {
        name: sum(t.end - t.start for t in turns if t.speaker == name) for name in ("low", "high")
    }
    assert 20 <= spoken["low"] <= 26
    assert 5 <= spoken["high"] <= 10
    assert all(a.end <= b.start for a, b in pairwise(turns))
    assert soundfile.info(tmp_path / "sound.wav").duration >= turns[-1].end

"""The sound a measurement listens to: recorded, mixed down, joined, simulated or wordless.

What has to be made is kept in a cache folder under a name that says how it was made, so that it is
made once, and made anew where a file or the code it comes from has changed.
"""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.gathering import Gathering, gather
from bench.simulate import SAMPLE_RATE, Plan, simulate, write

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file as it is."""

    path: Path


@dataclass(frozen=True, slots=True)
class MixedDown:
    """A file with its channels in one, as one microphone would have heard it."""

    path: Path


@dataclass(frozen=True, slots=True)
class Joined:
    """Files after each other, `pause` seconds apart."""

    paths: tuple[Path, ...]
    pause: float = 0.6


@dataclass(frozen=True, slots=True)
class Simulated:
    """A conversation of speakers in the folder `voices`, in one microphone or one for each."""

    voices: Path
    plan: Plan
    stereo: bool


@dataclass(frozen=True, slots=True)
class Wordless:
    """`seconds` of a sound nobody speaks in: a kind of `WORDLESS`, or a file played in a loop."""

    sound: str | Path
    seconds: float


Source = Recorded | MixedDown | Joined | Simulated | Gathering | Wordless


def files_of(source: Source) -> tuple[Path, ...]:
    """The files and folders that the sound of `source` is made of."""
    match source:
        case Recorded(path) | MixedDown(path):
            return (path,)
        case Joined(paths):
            return paths
        case Simulated(voices, plan):
            return tuple(each for each in (voices, plan.noise, plan.room) if each)
        case Gathering(voices):
            return (voices,)
        case Wordless(sound):
            return (sound,) if isinstance(sound, Path) else ()


def _state(source: Source) -> tuple[object, ...]:
    """What changes where the sound would: its files, and how it is made."""
    files = [
        inner
        for each in files_of(source)
        for inner in (sorted(each.rglob("*.flac")) if each.is_dir() else [each])
    ]
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return _makers(), *stats


@lru_cache(maxsize=1)
def _makers() -> str:
    """A digest of the code that makes sound."""
    here = Path(__file__).parent
    code = [(here / name).read_bytes() for name in ("sources.py", "simulate.py", "gathering.py")]
    return hashlib.sha256(b"".join(code)).hexdigest()


def made(source: Source, cache: Path) -> Path:
    """The audio file of `source`, made in `cache` if it is not there yet."""
    if isinstance(source, Recorded):
        return source.path
    how = (source.plan if isinstance(source, Simulated) else source, _state(source))

    def kept(make: Callable[[Path], None]) -> Path:
        return _kept(cache, *how, make=make)

    match source:
        case Simulated(voices, plan, stereo):
            folder = kept(lambda to: _simulate(voices, plan, to))
            return folder / f"{plan.name}{'.stereo' if stereo else ''}.wav"
        case MixedDown(path):
            return kept(lambda to: _mix_down(path, to / "mono.wav")) / "mono.wav"
        case Joined():
            return kept(lambda to: _join(source, to / "joined.wav")) / "joined.wav"
        case Gathering():
            return kept(lambda to: gather(source, to)) / "sound.wav"
        case Wordless():
            return kept(lambda to: _wordless(source, to / "sound.wav")) / "sound.wav"


def _kept(cache: Path, *how: object, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled; it appears whole or not at all, whoever else is at it.

    Only its owner may look into the cache: recordings are mixed down there.
    """
    folder = cache / hashlib.sha256(repr(how).encode()).hexdigest()[:16]
    if not folder.exists():
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            fresh = Path(temporary) / "made"
            fresh.mkdir()
            make(fresh)
            try:
                fresh.rename(folder)
            except OSError:
                if not folder.exists():  # else: somebody else was quicker, with the same content
                    raise
    return folder


def _simulate(voices: Path, plan: Plan, folder: Path) -> None:
    write(simulate(voices, plan), folder, plan.name)


def _mix_down(path: Path, to: Path) -> None:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    soundfile.write(to, samples.mean(axis=1), rate, subtype="PCM_16")


def _join(source: Joined, to: Path) -> None:
    parts: list[Samples] = []
    for path in source.paths:
        samples, rate = soundfile.read(path, dtype="float32")
        if rate != SAMPLE_RATE:
            raise SystemExit(f"{path} has {rate} Hz; only 16 kHz is joined.")
        parts += [samples, np.zeros(round(source.pause * SAMPLE_RATE), np.float32)]
    soundfile.write(to, np.concatenate(parts), SAMPLE_RATE, subtype="PCM_16")


def _wordless(source: Wordless, to: Path) -> None:
    n = round(source.seconds * SAMPLE_RATE)
    if isinstance(source.sound, Path):
        samples, rate = soundfile.read(source.sound, dtype="float32", always_2d=True)
        soundfile.write(to, np.resize(samples[:, 0], round(source.seconds * rate)), rate)
    else:
        soundfile.write(to, WORDLESS[source.sound](n), SAMPLE_RATE, subtype="PCM_16")


def _hum(n: int) -> Samples:
    """Mains hum with its first harmonics, about -34 dBFS."""
    t = np.arange(n) / SAMPLE_RATE
    partials = (np.sin(2 * np.pi * f * t) / i for i, f in enumerate((50, 100, 150, 250), 1))
    return np.asarray(0.02 * sum(partials), dtype=np.float32)


def _hiss(n: int) -> Samples:
    """White noise at -46 dBFS, a cheap microphone's own."""
    return np.random.default_rng(1).normal(0, 0.005, n).astype(np.float32)


def _breathing(n: int) -> Samples:
    """Soft noise that swells fifteen times a minute, up to -30 dBFS."""
    swell = np.clip(np.sin(2 * np.pi * 0.25 * np.arange(n) / SAMPLE_RATE), 0, None)
    noise = np.random.default_rng(2).normal(0, 1, n)
    soft = np.convolve(noise, np.hanning(16) / np.sqrt(np.sum(np.hanning(16) ** 2)), "same")
    return np.asarray(0.03 * swell * soft, dtype=np.float32)


def _chords(n: int) -> Samples:
    """Plucked chords with a slow beat: music-like, and as harmonic as a voice."""
    t = np.arange(n) / SAMPLE_RATE
    out = np.zeros(n)
    for f in (110.0, 138.6, 164.8, 220.0):
        for harmonic in range(1, 6):
            out += np.sin(2 * np.pi * f * harmonic * t) / harmonic**1.5
    return np.asarray(0.04 * out * np.exp(-2 * (t % 1.2)), dtype=np.float32)


def _nothing(n: int) -> Samples:
    return np.zeros(n, np.float32)


WORDLESS: dict[str, Callable[[int], Samples]] = {
    "silence": _nothing,
    "hum": _hum,
    "hiss": _hiss,
    "breathing": _breathing,
    "chords": _chords,
}

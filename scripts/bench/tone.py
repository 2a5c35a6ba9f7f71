"""Tone against a reference: energy of acted speech, pitch and voicing, and what loudness changes.

RAVDESS file names say how a sentence was acted: fields emotion (01 neutral, 05 angry), intensity
(02 strong) and actor. The pitch reference is Praat (praat-parselmouth, GPL): it is used here only,
if it is installed, and never comes with the product.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import soundfile

from bench.figures import Result, bootstrap
from listenlive.analysis.results import Turn
from listenlive.analysis.tone import tone
from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples
from listenlive.config import Segmentation
from listenlive.conversation import Utterance
from listenlive.engines.silero import GatedDetector
from listenlive.engines.tone import TrackToneMeter
from listenlive.segmenter import HOP as SPEECH_HOP
from listenlive.span import Span
from listenlive.tone_track import FRAME, HOP, speaking, voiced

if TYPE_CHECKING:
    from bench.sets import Choice

NEUTRAL, ANGRY, STRONG = "01", "05", "02"

GROSS = 0.2
"""Share by which a pitch must be off to be a gross error: an octave, a wrong harmonic."""

NOISE_DB = 10.0
"""Speech over noise, where it is added."""

_SEED = 1  # of where in a noise each clip begins: not all of them over the same few seconds of it
_MADE_SECONDS = 20

_REFERENCE = "parselmouth"

Change = Callable[[Samples], Samples]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Clip:
    """One acted sentence, 16 kHz mono."""

    emotion: str
    intensity: str
    actor: str
    samples: Samples


def there(choice: "Choice") -> bool:
    """Whether there are acted sentences."""
    return any(_folder(choice).glob("*.flac"))


def measure(choice: "Choice") -> tuple[list[Result], dict[str, Any]]:
    """Energy per actor, its stability, and pitch where the reference is installed."""
    by_actor = _actors(_folder(choice), quick=choice.quick)
    energies = {actor: energy(clips) for actor, clips in by_actor.items()}
    curves = [_auc(clips, energies[actor]) for actor, clips in by_actor.items()]
    worst = float(min(curves))
    found = [
        _mean("energy, strong anger against neutral: AUC, mean", curves, aim=0.95, higher=True),
        Result(name="energy: AUC, worst actor", n=len(curves), value=worst, aim=0.95, higher=True),
    ]
    for name, change in CHANGES.items():
        moved = [
            value
            for actor, clips in by_actor.items()
            for value in _moved(energies[actor], energy(clips, change))
        ]
        found.append(_mean(f"energy, {name}: moves by, sd", moved, aim=0.1))
    if find_spec(_REFERENCE) is None:
        return found, {"pitch": "left out: praat-parselmouth is not installed"}
    clips = [clip for theirs in by_actor.values() for clip in theirs[::5]]
    return [*found, *_pitch(clips, choice)], {}


def _folder(choice: "Choice") -> Path:
    return choice.truth / "tone" / "ravdess"


def _actors(folder: Path, *, quick: bool) -> dict[str, list[Clip]]:
    found: dict[str, list[Clip]] = {}
    for path in sorted(folder.glob("*.flac")):
        fields = path.stem.split("-")
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        clip = Clip(fields[2], fields[3], fields[6], _at_16_khz(samples[:, 0], rate))
        found.setdefault(clip.actor, []).append(clip)
    return dict(list(found.items())[:2]) if quick else found


def _at_16_khz(samples: Samples, rate: int) -> Samples:
    import soxr

    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE), dtype=np.float32)


# --- energy -------------------------------------------------------------------------------------


def energy(clips: Sequence[Clip], change: Change | None = None) -> list[float | None]:
    """Energy of each clip against all of the actor's, as if they were one recording."""
    whole = np.concatenate([clip.samples for clip in clips])
    whole = change(whole) if change else whole
    meter = TrackToneMeter()
    meter.feed(AudioChunk(whole[:, np.newaxis], 0))
    meter.finish()
    ends = np.cumsum([0, *(len(clip.samples) for clip in clips)]) / SAMPLE_RATE
    said = {
        i: Utterance(i, "A", span, tone=meter.tone(span, channel=0))
        for i, span in enumerate(map(Span, ends[:-1].tolist(), ends[1:].tolist()))
    }
    turns = [Turn("A", each.span, (i,), "") for i, each in said.items()]
    by_clip = {each.utterances[0]: each.energy for each in tone(turns, said, minimum=60.0)}
    return [by_clip.get(i) for i in said]


def _auc(clips: Sequence[Clip], energies: Sequence[float | None]) -> float:
    """How often a strongly angry clip has more energy than a neutral one."""
    pairs = list(zip(clips, energies, strict=True))
    angry = [e for c, e in pairs if (c.emotion, c.intensity) == (ANGRY, STRONG) and e is not None]
    neutral = [e for c, e in pairs if c.emotion == NEUTRAL and e is not None]
    won = [(a > n) + (a == n) / 2 for a in angry for n in neutral]
    return float(np.mean(won)) if won else 0.0


def _moved(before: Iterable[float | None], after: Iterable[float | None]) -> list[float]:
    both = zip(before, after, strict=True)
    return [abs(a - b) for a, b in both if a is not None and b is not None]


def _louder(decibels: float) -> Change:
    def change(samples: Samples) -> Samples:
        return np.asarray(np.clip(samples * 10 ** (decibels / 20), -1, 1), dtype=np.float32)

    return change


def _mp3(samples: Samples) -> Samples:
    """`samples` after MP3 at 64 kb/s, with the encoder's delay taken out."""
    import av

    from listenlive.sources import AudioFile

    with TemporaryDirectory() as folder:
        path = Path(folder) / "coded.mp3"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("mp3", rate=SAMPLE_RATE, layout="mono")
            stream.bit_rate = 64_000
            whole = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
            for start in range(0, len(whole), stream.frame_size or 576):
                part = whole[np.newaxis, start : start + (stream.frame_size or 576)]
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), "s16", "mono")
                frame.sample_rate = SAMPLE_RATE
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        heard = np.concatenate([chunk.samples[:, 0] for chunk in AudioFile(path)])
    return np.pad(heard, (0, max(len(samples) - len(heard), 0)))[: len(samples)]


CHANGES: dict[str, Change] = {
    "12 dB softer": _louder(-12),
    "12 dB louder": _louder(12),
    "MP3 at 64 kb/s": _mp3,
}
"""What must not change how somebody sounds to themselves."""


def _mean(name: str, values: Sequence[float], *, aim: float | None, higher: bool = False) -> Result:
    seen = np.array(values)
    spread = bootstrap(len(seen), lambda pick: float(seen[list(pick)].mean()))
    value = float(seen.mean())
    return Result(name=name, n=len(seen), value=value, spread=spread, aim=aim, higher=higher)


# --- pitch --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PitchErrors:
    """Shares of a clip's frames: `gross` of those both call voiced, the others of all frames.

    voicing : only one calls it voiced, wherever it lies
    in_use  : the same with nothing called voiced where nobody is heard to speak, which is where
              the product measures tone
    """

    gross: float
    voicing: float
    in_use: float


def _pitch(clips: Sequence[Clip], choice: "Choice") -> list[Result]:
    """Errors in the clean and over each noise, and how much of the noise is voiced by itself."""
    found = _errors("clean", [against_reference(c.samples, c.samples) for c in clips], 0.05)
    for name, noise in _noises(choice).items():
        places = np.random.default_rng(_SEED).integers(len(noise), size=len(clips))
        heard = [
            against_reference(c.samples, _mixed(c.samples, np.roll(noise, -place)))
            for c, place in zip(clips, places, strict=True)
        ]
        found += _errors(f"10 dB over {name}", heard, 0.08)
        share = float(np.mean(_praat(noise, len(noise) // HOP) > 0))
        found.append(Result(name=f"{name} alone: voiced by Praat", n=1, value=share))
    return found


def _errors(name: str, errors: Sequence[PitchErrors], aim: float) -> list[Result]:
    return [
        _mean(f"pitch, {name}: gross errors", [each.gross for each in errors], aim=0.03),
        _mean(f"pitch, {name}: voicing errors", [each.voicing for each in errors], aim=aim),
        _mean(f"pitch, {name}: voicing, in speech", [each.in_use for each in errors], aim=aim),
    ]


def _noises(choice: "Choice") -> dict[str, Samples]:
    """Two that are made, and what was recorded."""
    rng = np.random.default_rng(_SEED)
    white = rng.normal(0, 0.1, _MADE_SECONDS * SAMPLE_RATE).astype(np.float32)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), len(white))
    recorded = sorted((choice.truth / "noise" / "noise").glob("*.flac"))
    return {
        "white noise": white,
        "pink noise": np.asarray(pink, dtype=np.float32),
        **{path.stem: _noise(path) for path in recorded},
    }


def _noise(path: Path) -> Samples:
    noise, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return _at_16_khz(noise[:, 0], rate)


def _mixed(samples: Samples, noise: Samples) -> Samples:
    """`samples` with `noise` NOISE_DB below their mean power."""
    noise = np.resize(noise, len(samples))
    power = np.mean(samples**2) / (np.mean(noise**2) + 1e-12)
    return np.asarray(samples + noise * np.sqrt(power) * 10 ** (-NOISE_DB / 20), dtype=np.float32)


def against_reference(clean: Samples, heard: Samples) -> PitchErrors:
    """Our pitch of `heard` against Praat's of the `clean` sound."""
    chunk = AudioChunk(heard[:, np.newaxis], 0)
    meter = TrackToneMeter()
    meter.feed(chunk)
    meter.finish()
    frames = meter.frames(channel=0)
    loud = float(np.percentile(frames.level_db, 98))
    ours, hertz = voiced(frames, loud_db=loud), frames.f0_hz
    theirs = _praat(clean, len(frames))
    both = ours & (theirs > 0)
    off = np.abs(hertz[both] / np.maximum(theirs[both], 1) - 1) > GROSS
    kept = _spoken(chunk, len(frames))
    floor = float(np.percentile(frames.level_db, 5))  # as the meter takes it
    used = ours & speaking(frames.level_db, kept, loud_db=loud, floor_db=floor)
    return PitchErrors(
        float(off.mean()) if both.any() else 0.0,
        float(np.mean(ours != (theirs > 0))),
        float(np.mean(used != (theirs > 0))),
    )


def _spoken(chunk: AudioChunk, frames: int) -> Flags:
    """Which frames lie in what the speech detector hears as speech."""
    detector = GatedDetector(1)
    speech = np.concatenate([detector.feed(chunk), detector.finish()])[:, 0]
    at = np.minimum(np.arange(frames) * HOP // SPEECH_HOP, len(speech) - 1)
    return np.asarray(speech[at] >= Segmentation().offset, dtype=np.bool_)


def _praat(samples: Samples, frames: int) -> npt.NDArray[np.float64]:
    """Praat's pitch at each of our frames, Hz; 0 where unvoiced."""
    from parselmouth import Sound  # dev only: GPL

    peak = float(np.abs(samples).max()) or 1.0
    sound = Sound((samples / peak).astype(np.float64), SAMPLE_RATE)
    track = sound.to_pitch_ac(time_step=FRAME / 2, pitch_floor=65.0, pitch_ceiling=650.0)
    at = np.arange(frames) * FRAME
    found = np.array([track.get_value_at_time(t) for t in at.tolist()], dtype=np.float64)
    return np.nan_to_num(found)

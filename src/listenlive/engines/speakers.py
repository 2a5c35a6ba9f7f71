"""One microphone, several people: who speaks when, also two at once.

pyannote segmentation 3.0 (MIT) and CAM++ (Apache-2.0) listen, `listenlive.clustering` groups.
"""

import hashlib
from array import array
from importlib import resources
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from listenlive.attribution import Diarization
from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples, mixed
from listenlive.clustering import (
    CRUMB,
    FIELD_SAMPLES,
    FRAME_SAMPLES,
    WINDOW_FRAMES,
    WINDOW_HOP,
    Heard,
    People,
    Piece,
    Posteriors,
    alone,
    people,
    without_crumbs,
)
from listenlive.conversation import Voice
from listenlive.engines.shared import shared
from listenlive.errors import ConfigError, ModelError
from listenlive.refining import Bands, Refinement
from listenlive.segmenter import Probabilities

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

SEGMENTATION = "segmentation.onnx"
VOICES = "campplus-zh-en-advanced.onnx"
REFINEMENT = "who-speaks.npz"
EMBEDDING_SIZE = 192

_WINDOW = 10 * SAMPLE_RATE  # samples; what the segmentation network was trained on
_HOP = WINDOW_HOP * FRAME_SAMPLES
_SETTLED_AFTER = 2  # windows: 5 s after a block's window, nearly all that cover the block are heard
_MIN_PIECE = 18  # frames (0.3 s): shorter pieces have no recognisable voice
_MIN_VOICE_SAMPLES = SAMPLE_RATE // 4
_MOST_SPEAKERS = 8


class SpeakerDiarizer:
    """Tells people apart by their voices. Keeps 20 s of sound and a compact track of the rest.

    speakers : how many people there are at most, None if unknown
    threads  : that each network may use
    refined  : whether a small network has the last word on when each of them speaks; False: rules
    """

    def __init__(self, speakers: int | None = 2, *, threads: int = 1, refined: bool = True) -> None:
        if speakers is not None and not 1 <= speakers <= _MOST_SPEAKERS:
            raise ConfigError(
                f"speakers = {speakers}: one microphone tells 1 to {_MOST_SPEAKERS} people apart; "
                "give a number in that range, or none to have them counted"
            )
        self._speakers = speakers
        self._segmentation = SegmentationNetwork(threads=threads)
        self._voice = VoiceNetwork(threads=threads)
        self._samples = np.zeros(0, dtype=np.float32)
        self._offset = 0  # of the first sample kept
        self._windows: list[Posteriors] = []
        self._pieces: list[Piece] = []
        self._cut_until = 0  # frame up to which pieces are cut
        self._speech = array("f")  # the detector's probabilities so far
        self._bands = Bands()
        self._refine = _refinement() if refined else None
        self._people: People | None = None

    @property
    def segmentation(self) -> "SegmentationNetwork":
        """The network that tells who speaks in a window."""
        return self._segmentation

    @property
    def voice(self) -> "VoiceNetwork":
        """The network that tells what a voice sounds like."""
        return self._voice

    def feed(self, chunk: AudioChunk, speech: Probabilities) -> tuple[Voice, ...]:
        """Listen to `chunk` (mixed to one channel). Nobody is named before `finish`: always ()."""
        self._speech.frombytes(speech[:, 0].astype(np.float32).tobytes())
        samples = mixed(chunk.samples)
        for start in range(0, len(samples), _WINDOW):  # in parts: a chunk may be a whole file
            self._bands.feed(samples[start : start + _WINDOW])
            self._samples = np.concatenate([self._samples, samples[start : start + _WINDOW]])
            while self._end - self._next_window >= _WINDOW:
                self._listen()
        return ()

    def finish(self) -> Diarization:
        """Who spoke when, over the whole recording."""
        if not self._windows or (len(self._windows) - 1) * _HOP + _WINDOW < self._end:
            self._listen()
        self._cut_rest()
        self._people = people(self.heard, speakers=self._speakers, refine=self._refine)
        return Diarization(self._people.voices, self._people.speakers, notes=self._notes())

    @property
    def embeddings(self) -> dict[str, npt.NDArray[np.float32]]:
        """Each speaker's mean voice after `finish`: float32, shape (192,), unit length."""
        if self._people is None:
            return {}
        rows = self._people.embeddings.astype(np.float32)
        return dict(zip(self._people.speakers, rows, strict=True))

    @property
    def _end(self) -> int:
        return self._offset + len(self._samples)

    @property
    def _next_window(self) -> int:
        return len(self._windows) * _HOP

    def _listen(self) -> None:
        """One more window; the sound that no later one covers is cut into pieces."""
        start = self._next_window - self._offset
        self._windows.append(self._segmentation(self._samples[start : start + _WINDOW]))
        settled = len(self._windows) - 1 - _SETTLED_AFTER
        if settled >= 0:
            self._cut(settled, until=_block_end(settled))
            self._forget()

    def _cut_rest(self) -> None:
        newest = len(self._windows) - 1
        blocks = [w for w in range(newest) if _block_end(w) > self._cut_until]
        for window in blocks:
            self._cut(window, until=_block_end(window))
        self._cut(newest, until=newest * WINDOW_HOP + WINDOW_FRAMES, beyond=0)

    def _cut(self, window: int, *, until: int, beyond: int = CRUMB) -> None:
        """Embed the pieces from where the last block ended to about frame `until`, cut by `window`.

        beyond : frames after `until` that are known, to see what goes on there
        """
        speech = np.frombuffer(self._speech, dtype=np.float32)
        first, last = self._cut_until, until + beyond
        found = alone(self._windows, speech, by=window, first=first, last=last)
        pieces, self._cut_until = without_crumbs(found, until=until, last=last)
        for a, b in pieces:
            self._embed(a, b)

    def _embed(self, first: int, last: int) -> None:
        margin = (FIELD_SAMPLES - FRAME_SAMPLES) // 2
        start = first * FRAME_SAMPLES + margin - self._offset
        samples = self._samples[start : start + (last - first) * FRAME_SAMPLES]
        if last - first >= _MIN_PIECE and len(samples) >= _MIN_VOICE_SAMPLES:
            self._pieces.append(Piece(first, last, self._voice(samples)))

    def _forget(self) -> None:
        """Drop the samples that no later window or piece needs."""
        needed = min(self._next_window, self._cut_until * FRAME_SAMPLES)
        self._samples = self._samples[needed - self._offset :].copy()
        self._offset = needed

    @property
    def heard(self) -> Heard:
        """All that was heard, after `finish`."""
        speech = np.frombuffer(self._speech, dtype=np.float32).copy()
        frames = -(-self._end // FRAME_SAMPLES)
        self._pieces.sort(key=lambda piece: piece.first)
        return Heard(self._windows, self._pieces, speech, frames, self._bands.first(frames))

    def _notes(self) -> tuple[str, ...]:
        if self._people is not None and len(self._people.speakers) == 1:
            return ("only one voice was found",)
        return ()


def _block_end(window: int) -> int:
    """The frame at which the block of one hop around the middle of `window` ends."""
    return window * WINDOW_HOP + (WINDOW_FRAMES + WINDOW_HOP) // 2


class SegmentationNetwork:
    """pyannote segmentation 3.0: who of three local speakers speaks, alone or two at once."""

    def __init__(self, *, threads: int = 1) -> None:
        self._session = _session(SEGMENTATION, threads=threads)

    def __call__(self, samples: Samples) -> Posteriors:
        """Probabilities per frame, float16, shape (589, 7), of 10 s of `samples` or less."""
        padded = np.zeros((1, 1, _WINDOW), dtype=np.float32)
        padded[0, 0, : len(samples)] = samples
        logs = self._session.run(None, {"x": padded})[0][0]
        return np.asarray(np.exp(logs), dtype=np.float16)


class VoiceNetwork:
    """CAM++: what a voice sounds like."""

    def __init__(self, *, threads: int = 1) -> None:
        import kaldi_native_fbank

        self._session = _session(VOICES, threads=threads)
        self._fbank = kaldi_native_fbank.OnlineFbank
        self._options = kaldi_native_fbank.FbankOptions()
        self._options.frame_opts.dither = 0
        self._options.frame_opts.samp_freq = SAMPLE_RATE
        self._options.mel_opts.num_bins = 80

    def __call__(self, samples: Samples) -> npt.NDArray[np.float32]:
        """The voice in `samples`, shape (n,), n >= 0.2 s: float32, shape (192,), unit length."""
        filters = self._fbank(self._options)
        filters.accept_waveform(SAMPLE_RATE, samples)
        filters.input_finished()
        frames = np.stack([filters.get_frame(i) for i in range(filters.num_frames_ready)])
        frames -= frames.mean(axis=0)
        vector = self._session.run(None, {"x": frames[None]})[0][0]
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def _refinement() -> Refinement:
    with np.load(BytesIO(checked_weights(REFINEMENT))) as weights:
        return Refinement({name: weights[name] for name in weights.files})


def _session(name: str, *, threads: int) -> "InferenceSession":
    """The network in the package's own file `name`, checked against its sha256."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return shared(
        (name, threads),
        lambda: onnxruntime.InferenceSession(
            checked_weights(name), options, providers=["CPUExecutionProvider"]
        ),
    )


def checked_weights(name: str, *, folder: Traversable | None = None) -> bytes:
    """The bytes of the network `name` in `folder` (None: the package's own).

    ModelError if it is missing or not the file that SHA256SUMS beside it names.
    """
    place = folder or resources.files("listenlive") / "data" / "models"
    remedy = "install listenlive again (pip install --force-reinstall listenlive)"
    try:
        weights = (place / name).read_bytes()
        sums = (place / "SHA256SUMS").read_text(encoding="ascii")
    except OSError as error:
        raise ModelError(f"{error.filename} cannot be read ({error.strerror}); {remedy}") from error
    expected = {file: digest for digest, file in (line.split() for line in sums.splitlines())}
    if hashlib.sha256(weights).hexdigest() != expected.get(name):
        raise ModelError(f"{place / name} is damaged: its sha256 is not the shipped one; {remedy}")
    return weights

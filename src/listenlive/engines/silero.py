"""Silero's voice activity detector (the ONNX file that faster-whisper ships), streaming."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples
from listenlive.engines.webrtc import WebrtcDetector
from listenlive.segmenter import HOP, Hops, Probabilities

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

CONTEXT = 64
"""Samples before a hop that Silero wants to see with it."""

HANGOVER = round(0.5 * SAMPLE_RATE / HOP)
"""Hops Silero keeps listening after WebRTC last heard something: bridges what WebRTC misses."""

RUN_UP = round(0.25 * SAMPLE_RATE / HOP)
"""Hops before the gate opens that Silero hears first, so that its memory fits the moment."""

_STATE = 128
_BATCH = 1024  # hops in one run: more is no faster, and memory stays small


def silero_session() -> "InferenceSession":
    """The network, on one thread: hops are tiny, more threads only cost."""
    import faster_whisper
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    path = next((Path(faster_whisper.__file__).parent / "assets").glob("silero_vad*.onnx"))
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class SileroChannel:
    """One channel's speech probabilities. Keeps the network's memory between calls."""

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session
        self.forget()

    def forget(self) -> None:
        """Start anew, as if nothing had been heard."""
        self._h = np.zeros((1, 1, _STATE), dtype=np.float32)
        self._c = np.zeros((1, 1, _STATE), dtype=np.float32)
        self._context = np.zeros(CONTEXT, dtype=np.float32)

    def listen(self, hops: Samples) -> Samples:
        """Probabilities (n,) of consecutive `hops`, shape (n, HOP); the same in any batches."""
        found = [self._run(hops[i : i + _BATCH]) for i in range(0, len(hops), _BATCH)]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)

    def _run(self, hops: Samples) -> Samples:
        before = np.concatenate([self._context[None], hops[:-1, -CONTEXT:]])
        self._context = hops[-1, -CONTEXT:].copy()
        inputs = {"input": np.concatenate([before, hops], axis=1), "h": self._h, "c": self._c}
        probabilities, self._h, self._c = self._session.run(None, inputs)
        return np.asarray(probabilities, dtype=np.float32).reshape(-1)


class SileroDetector:
    """Silero on every channel by itself, over one shared network."""

    def __init__(self, channels: int) -> None:
        session = silero_session()
        self._channels = [SileroChannel(session) for _ in range(channels)]
        self._hops = Hops(channels)

    def feed(self, chunk: AudioChunk) -> Probabilities:
        """Probabilities of the hops that `chunk` completes, shape (frames, channels)."""
        return self._listen(self._hops.feed(chunk.samples))

    def finish(self) -> Probabilities:
        """The probability of the last, incomplete hop, if there is one."""
        return self._listen(self._hops.finish())

    def _listen(self, hops: Samples) -> Probabilities:
        heard = [one.listen(hops[:, :, c]) for c, one in enumerate(self._channels)]
        return np.stack(heard, axis=1)


class GatedDetector:
    """Silero, run only where WebRTC hears something: the same answers for less work.

    ::

        WebRTC    ..#.####.#....................####...
        Silero    ..######################......#######     (each `.` here costs nothing and is 0)

    The gate opens with the hop WebRTC hears and closes `HANGOVER` after the last one.
    """

    def __init__(self, channels: int, *, aggressiveness: int = 1) -> None:
        session = silero_session()
        self._gate = WebrtcDetector(channels, aggressiveness=aggressiveness)
        self._channels = [GatedChannel(SileroChannel(session)) for _ in range(channels)]
        self._hops = Hops(channels)

    def feed(self, chunk: AudioChunk) -> Probabilities:
        """Probabilities of the hops that `chunk` completes, shape (frames, channels)."""
        return self._listen(self._hops.feed(chunk.samples), self._gate.feed(chunk))

    def finish(self) -> Probabilities:
        """The probability of the last, incomplete hop, if there is one."""
        return self._listen(self._hops.finish(), self._gate.finish())

    def _listen(self, hops: Samples, shares: Probabilities) -> Probabilities:
        heard = [
            one.listen(hops[:, :, c], shares[:, c] > 0) for c, one in enumerate(self._channels)
        ]
        return np.stack(heard, axis=1)


class GatedChannel:
    """One channel behind the gate. Remembers what was skipped last, for the run-up."""

    def __init__(self, silero: SileroChannel) -> None:
        self._silero = silero
        self._quiet = HANGOVER + 1  # hops since WebRTC heard something; starts closed
        self._skipped = np.zeros((0, HOP), dtype=np.float32)
        self._behind = False  # more was skipped than the run-up can make good

    def listen(self, hops: Samples, voiced: npt.NDArray[np.bool_]) -> Samples:
        """Probabilities (n,) of `hops` (n, HOP); `voiced` (n,) says which the gate heard."""
        found = np.zeros(len(hops), dtype=np.float32)
        opened = self._opened(voiced)
        edges = np.flatnonzero(np.diff(opened)) + 1
        for part in np.split(np.arange(len(hops)), edges):
            if len(part) and opened[part[0]]:
                found[part] = self._catch_up(hops[part])
            elif len(part):
                self._skip(hops[part])
        return found

    def _opened(self, voiced: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        opened = np.zeros(len(voiced), dtype=np.bool_)
        for i, heard in enumerate(voiced):
            self._quiet = 0 if heard else self._quiet + 1
            opened[i] = self._quiet <= HANGOVER
        return opened

    def _skip(self, hops: Samples) -> None:
        self._behind = self._behind or len(self._skipped) + len(hops) > RUN_UP
        self._skipped = np.concatenate([self._skipped, hops])[-RUN_UP:]

    def _catch_up(self, hops: Samples) -> Samples:
        if self._behind:
            self._silero.forget()
        before, self._skipped = self._skipped, self._skipped[:0]
        self._behind = False
        return self._silero.listen(np.concatenate([before, hops]))[len(before) :]

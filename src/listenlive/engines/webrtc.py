"""WebRTC's voice activity detector: crude, almost free, hears nearly all speech and much noise."""

import numpy as np

from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples
from listenlive.segmenter import Hops, Probabilities

FRAME = SAMPLE_RATE // 100
"""Samples WebRTC judges at a time (10 ms, the shortest it accepts)."""


class WebrtcDetector:
    """How much of each hop WebRTC takes for speech.

    That is the share voiced of the 10 ms frames that end in the hop (three or four).

    aggressiveness : 0 (passes most) to 3 (filters most out of it); 1 loses no speech as a gate.
    """

    def __init__(self, channels: int, *, aggressiveness: int = 1) -> None:
        import webrtcvad

        if not 0 <= aggressiveness <= 3:
            raise ValueError(f"need aggressiveness 0..3, got {aggressiveness}")
        self._vads = [webrtcvad.Vad(aggressiveness) for _ in range(channels)]
        self._hops = Hops(channels)
        self._rest = np.zeros((0, channels), dtype=np.int16)

    def feed(self, chunk: AudioChunk) -> Probabilities:
        """Shares of the hops that `chunk` completes, shape (frames, channels)."""
        return self._shares(self._hops.feed(chunk.samples))

    def finish(self) -> Probabilities:
        """The share of the last, incomplete hop, if there is one."""
        return self._shares(self._hops.finish())

    def _shares(self, hops: Samples) -> Probabilities:
        shares = np.zeros((len(hops), len(self._vads)), dtype=np.float32)
        for i, hop in enumerate(hops):
            whole = np.concatenate([self._rest, (hop.clip(-1, 1) * 32767).astype(np.int16)])
            frames = len(whole) // FRAME
            self._rest = whole[frames * FRAME :]
            for c, vad in enumerate(self._vads):
                pcm = np.ascontiguousarray(whole[: frames * FRAME, c]).tobytes()
                voiced = sum(
                    vad.is_speech(pcm[2 * FRAME * f : 2 * FRAME * (f + 1)], SAMPLE_RATE)
                    for f in range(frames)
                )
                shares[i, c] = voiced / frames  # HOP > 3 frames, so frames >= 3
        return shares

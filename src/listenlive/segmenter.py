"""When somebody speaks: from speech probabilities to voices and regions."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from listenlive.audio import AudioChunk

HOP = 512
"""Samples per frame of speech probability (32 ms at 16 kHz), Silero's own frame."""

Probabilities = npt.NDArray[np.float32]
"""Probability of speech per frame and channel, shape (frames, channels), in [0, 1]."""


class SpeechDetector(Protocol):
    """Says how likely speech is, frame by frame. Frame i covers samples [i * HOP, (i + 1) * HOP)."""

    def feed(self, chunk: AudioChunk) -> Probabilities:
        """Probabilities of the frames that `chunk` completes; shape (frames, channels), maybe (0, channels)."""
        ...

    def finish(self) -> Probabilities:
        """The last, incomplete frame (padded with silence), if there is one."""
        ...

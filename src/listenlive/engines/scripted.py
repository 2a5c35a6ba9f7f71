"""Engines that say what they were told to say: the whole program without a model."""

import numpy as np

from listenlive.audio import AudioChunk
from listenlive.segmenter import Hops, Probabilities


class ScriptedDetector:
    """Hears speech where a drawing says so: one row per channel, one character per hop.

    `#` is speech (1.0), `+` perhaps (0.4, between offset and onset), anything else silence (0.0);
    after the end of the drawing there is silence.
    """

    def __init__(self, *rows: str) -> None:
        self._rows = rows
        self._at = 0
        self._hops = Hops(len(rows))

    def feed(self, chunk: AudioChunk) -> Probabilities:
        """What the drawing says of the hops that `chunk` completes, shape (frames, channels)."""
        return self._read(len(self._hops.feed(chunk.samples)))

    def finish(self) -> Probabilities:
        """What the drawing says of the last, incomplete hop, if there is one."""
        return self._read(len(self._hops.finish()))

    def _read(self, hops: int) -> Probabilities:
        values = {"#": 1.0, "+": 0.4}
        columns = range(self._at, self._at + hops)
        self._at += hops
        read = [
            [values.get(row[i], 0.0) if i < len(row) else 0.0 for row in self._rows]
            for i in columns
        ]
        return np.array(read, dtype=np.float32).reshape(hops, len(self._rows))

"""Clips: a few seconds of sound, small enough to travel inside the page."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from listenlive.conversation import Moment
from listenlive.span import Span

if TYPE_CHECKING:
    from listenlive.audio import Samples

LEAD = 4.0  # seconds before the moment: the first thing heard is what was cut into
TAIL = 3.0  # seconds after it: what came of it
LONGEST = 20.0  # of a long turn, its beginning is enough
BIT_RATE = 32_000  # bit/s; speech at 16 kHz is clear, ten seconds are 40 kB
MIME = "audio/mpeg"


@dataclass(frozen=True, slots=True)
class Clip:
    """Encoded sound and its media type ("audio/mpeg")."""

    data: bytes
    mime: str = MIME

    @property
    def uri(self) -> str:
        """The sound itself as an address (data:...;base64,...)."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode('ascii')}"


ClipOf = Callable[[Span], Clip | None]
"""The sound of a span; None where there is none (audio deleted or lost)."""


def clip_span(moment: Moment, *, duration: float) -> Span:
    """What to play for `moment`: from 4 s before it to 3 s after, inside the recording."""
    start = max(0.0, moment.span.start - LEAD)
    end = min(moment.span.end + TAIL, start + LONGEST, max(duration, moment.span.end))
    return Span(start, end)


def encode(samples: "Samples") -> Clip:
    """`samples` (float32, shape (n, channels), 16 kHz, n > 0) as a small mono MP3.

    MP3 because every browser plays it from a data address; Opus needs a recent Safari. The
    channels are mixed: a clip is to be heard as the people in the room heard it.
    """
    import av  # here, with numpy: reading a report needs neither, and is to start at once
    import numpy as np

    from listenlive.audio import SAMPLE_RATE, mixed

    mono = np.clip(mixed(samples), -1.0, 1.0)
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE)
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        stream.format = "s16p"
        pcm = np.round(mono * 32767).astype(np.int16)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16p", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return Clip(out.getvalue())

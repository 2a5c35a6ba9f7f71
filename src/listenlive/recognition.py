"""What was said and how: pieces of speech become words and tone."""

from collections.abc import Sequence
from typing import Protocol

from listenlive.audio import AudioChunk, Samples
from listenlive.conversation import Tone, Word
from listenlive.span import Span


class Transcriber(Protocol):
    """Turns speech into words."""

    def transcribe(
        self, pieces: Sequence[Samples], *, language: str | None
    ) -> tuple[tuple[Word, ...], ...]:
        """The words of each piece (shape (n,), at most 30 s), times relative to the piece.

        In order and inside the piece; () where nothing was understood. The same sound gives the
        same words. language None: detected, which needs more than a few seconds to be right.
        """
        ...

    def sketch(self, piece: Samples, *, language: str) -> tuple[Word, ...]:
        """The words of one piece as quickly as possible: rough, for somebody who is waiting."""
        ...

    def language_of(self, pieces: Sequence[Samples]) -> tuple[str, float]:
        """The likeliest language code of `pieces` (shape (n,) each) and its probability."""
        ...


class ToneMeter(Protocol):
    """Follows pitch and level of each channel, and describes any stretch of it afterwards."""

    def feed(self, chunk: AudioChunk) -> None:
        """Measure `chunk`; only a compact track is kept, never the samples."""
        ...

    def finish(self) -> None:
        """Measure what is left in the buffers."""
        ...

    def tone(self, span: Span, *, channel: int, except_for: Sequence[Span] = ()) -> Tone | None:
        """How `span` sounded on `channel`, leaving out stretches where others speak too.

        None if less than 0.3 s is left or the stretch was not measured yet.
        """
        ...

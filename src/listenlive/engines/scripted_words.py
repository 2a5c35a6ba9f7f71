"""A transcriber that says what it was told to say."""

from collections.abc import Iterable, Sequence

from listenlive.audio import SAMPLE_RATE, Samples
from listenlive.conversation import Word
from listenlive.span import Span


class ScriptedTranscriber:
    """Hears the given texts, one per piece in the order they come, words spread evenly over it.

    After the last text, and in pieces of digital silence, it hears nothing.
    """

    def __init__(self, texts: Iterable[str] = (), *, language: str = "en") -> None:
        self._texts = iter(tuple(texts))
        self._language = language

    def transcribe(
        self, pieces: Sequence[Samples], *, language: str | None
    ) -> tuple[tuple[Word, ...], ...]:
        """The words of the next text for each piece that is not silent."""
        del language  # a script is in one language
        return tuple(
            _spread(next(self._texts, ""), len(piece)) if piece.any() else () for piece in pieces
        )

    def sketch(self, piece: Samples, *, language: str) -> tuple[Word, ...]:
        """Nothing: the script holds what is said at last, and each text is heard once."""
        del piece, language
        return ()

    def language_of(self, pieces: Sequence[Samples]) -> tuple[str, float]:
        """The language of the script, for sure."""
        del pieces
        return self._language, 1.0


def _spread(text: str, samples: int) -> tuple[Word, ...]:
    words = text.split()
    each = samples / SAMPLE_RATE / max(len(words), 1)
    return tuple(Word(word, Span(i * each, (i + 1) * each), 1.0) for i, word in enumerate(words))

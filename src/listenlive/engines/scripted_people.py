"""A diarizer and a tone meter that say what they were told to say."""

from collections.abc import Sequence

from listenlive.attribution import Diarization
from listenlive.audio import AudioChunk
from listenlive.conversation import Tone, Voice
from listenlive.segmenter import Probabilities
from listenlive.span import Span


class ScriptedDiarizer:
    """Tells apart the given voices; nobody is named before `finish`."""

    def __init__(self, voices: Sequence[Voice], *, sees_overlap: bool = True) -> None:
        self._voices = tuple(sorted(voices, key=lambda voice: voice.span))
        self._sees_overlap = sees_overlap

    def feed(self, chunk: AudioChunk, speech: Probabilities) -> tuple[Voice, ...]:
        """Nothing yet."""
        del chunk, speech
        return ()

    def finish(self) -> Diarization:
        """The voices of the script."""
        speakers = tuple(sorted({voice.speaker for voice in self._voices}))
        because = None if self._sees_overlap else "the script hears one voice at a time"
        return Diarization(self._voices, speakers, self._sees_overlap, because)


class ScriptedToneMeter:
    """Describes every stretch alike."""

    def __init__(self, tone: Tone | None = None) -> None:
        self._tone = tone

    def feed(self, chunk: AudioChunk) -> None:
        """Nothing to measure."""

    def finish(self) -> None:
        """Nothing left."""

    def tone(self, span: Span, *, channel: int, except_for: Sequence[Span] = ()) -> Tone | None:
        """The tone of the script."""
        del span, channel, except_for
        return self._tone

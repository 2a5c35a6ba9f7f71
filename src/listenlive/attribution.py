"""Who speaks when, and whose word is it."""

from dataclasses import dataclass
from typing import Protocol

from listenlive.audio import AudioChunk
from listenlive.conversation import Voice
from listenlive.segmenter import Probabilities


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when in a whole recording.

    voices        : sorted by start; one speaker's never overlap; inner silences < 0.2 s
    speakers      : ids in order ("A", "B", ...): channel order, or order of first appearance
    sees_overlap  : False if simultaneous speech cannot be seen; `blind_because` then says why
    notes         : what was decided on the way, for the report ("the right microphone also hears A: ...")
    """

    voices: tuple[Voice, ...]
    speakers: tuple[str, ...]
    sees_overlap: bool = True
    blind_because: str | None = None
    notes: tuple[str, ...] = ()


class Diarizer(Protocol):
    """Says who speaks when. Labels while listening are provisional, `finish` decides."""

    def feed(self, chunk: AudioChunk, speech: Probabilities) -> tuple[Voice, ...]:
        """Provisional voices of the time that became settled with this chunk (may be none).

        `speech` are the detector's probabilities of the frames this chunk completed, so that
        voice activity is computed once.
        """
        ...

    def finish(self) -> Diarization:
        """Who spoke when, decided over the whole recording."""
        ...

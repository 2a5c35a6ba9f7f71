"""Who speaks when, and whose word is it.

Timing comes from voices, never from words: a word's times are off by some tenths of a second, more
after a pause. So words are handed to voices; voices are never moved.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from listenlive.audio import AudioChunk
from listenlive.conversation import Utterance, Voice, Word
from listenlive.segmenter import Probabilities
from listenlive.span import Span

REACH = 0.5
"""Seconds between a word and the voice it may still belong to: as far as word times are off."""

_SWITCH = 0.5  # price of a change of speaker inside a sentence, in words wholly outside a voice
_SWITCH_BETWEEN = 0.2  # the same after a sentence or a pause: that is where turns change
_PAUSE = 0.5  # seconds between words after which a change of speaker is no surprise
_AROUND = 0.25  # seconds on both sides of a word that also count a little: its times are not exact
_AROUND_WEIGHT = 0.2
_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when in a whole recording.

    voices        : sorted by start; one speaker's never overlap; inner silences < 0.2 s
    speakers      : ids in order ("A", "B", ...): channel order, or order of first appearance
    sees_overlap  : False if simultaneous speech cannot be seen; `blind_because` then says why
    notes         : what was decided on the way, for the report ("the right one also hears A: ...")
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


@dataclass(frozen=True, slots=True)
class HeardWords:
    """Words that were heard together.

    speaker : whose channel they were heard on, None where several share one
    """

    words: tuple[Word, ...]
    speaker: str | None = None


def utterances(
    voices: Iterable[Voice],
    heard: Iterable[HeardWords],
    *,
    language: str | None = None,
    first_id: int = 1,
) -> tuple[Utterance, ...]:
    """One utterance per voice, sorted, each with the words that are its own (maybe none).

    A word within `REACH` of no voice is dropped: nobody said it. On a channel of one's own, so is a
    word outside one's voices where somebody else is speaking: it is theirs, heard across.
    """
    ordered = sorted(voices, key=lambda voice: (voice.span, voice.speaker))
    said: dict[Voice, list[Word]] = {voice: [] for voice in ordered}
    tracks = _tracks(ordered)
    for speaker, words in _by_channel(heard).items():
        if speaker is None:
            placed = _placed_shared(words, tracks)
        else:
            placed = _placed_alone(words, tracks, speaker)
        for word, voice in placed:
            said[voice].append(word)
    return tuple(
        Utterance(
            id=id_,
            speaker=voice.speaker,
            span=voice.span,
            words=tuple(sorted(said[voice], key=lambda word: word.span.start)),
            language=language,
            confidence=voice.confidence,
        )
        for id_, voice in enumerate(ordered, first_id)
    )


def speakers_of(words: Sequence[Word], voices: Iterable[Voice]) -> tuple[str | None, ...]:
    """Who said each of `words` (sorted by start), None where no voice is in reach.

    ::

        words     one two three  four         each to the voice that covers it; where both do, or
        A         |==============|            none does, the sentence goes on with who began it
        B                 |============|
        speakers   A   A   A      B
    """
    return _speakers(words, _tracks(sorted(voices, key=lambda voice: voice.span)))


class _Track:
    """One speaker's voices, in order and disjoint."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        self._voices = voices
        self._starts = [voice.span.start for voice in voices]
        self._ends = [voice.span.end for voice in voices]

    def covered(self, span: Span) -> float:
        """Share of `span` in which this speaker is heard."""
        shared = (voice.span & span for voice in self._touching(span))
        return sum(part.duration for part in shared if part) / span.duration

    def distance(self, span: Span) -> float:
        """Seconds from `span` to the nearest voice, 0 if they touch."""
        return _distance(self.nearest(span).span, span)

    def nearest(self, span: Span) -> Voice:
        """The voice that holds most of `span`, else the nearest."""
        touching = self._touching(span)
        if touching:
            return max(touching, key=lambda voice: _shared(voice.span, span))
        after = bisect_left(self._starts, span.end)
        around = self._voices[max(after - 1, 0) : after + 1]
        return min(around, key=lambda voice: _distance(voice.span, span))

    def _touching(self, span: Span) -> Sequence[Voice]:
        return self._voices[
            bisect_right(self._ends, span.start) : bisect_left(self._starts, span.end)
        ]


def _shared(voice: Span, word: Span) -> float:
    part = voice & word
    return part.duration if part else 0.0


def _distance(voice: Span, word: Span) -> float:
    return max(voice.start - word.end, word.start - voice.end, 0.0)


def _tracks(voices: Iterable[Voice]) -> dict[str, _Track]:
    theirs: dict[str, list[Voice]] = {}
    for voice in voices:
        theirs.setdefault(voice.speaker, []).append(voice)
    return {speaker: _Track(each) for speaker, each in theirs.items()}


def _by_channel(heard: Iterable[HeardWords]) -> dict[str | None, list[Word]]:
    words: dict[str | None, list[Word]] = {}
    for each in heard:
        words.setdefault(each.speaker, []).extend(each.words)
    return {s: sorted(theirs, key=lambda word: word.span.start) for s, theirs in words.items()}


def _placed_shared(words: Sequence[Word], tracks: dict[str, _Track]) -> list[tuple[Word, Voice]]:
    speakers = _speakers(words, tracks)
    return [
        (word, tracks[speaker].nearest(word.span))
        for word, speaker in zip(words, speakers, strict=True)
        if speaker is not None
    ]


def _placed_alone(
    words: Iterable[Word], tracks: dict[str, _Track], speaker: str
) -> list[tuple[Word, Voice]]:
    if (own := tracks.get(speaker)) is None:
        return []
    others = [track for name, track in tracks.items() if name != speaker]

    def is_own(word: Word) -> bool:
        if own.covered(word.span) > 0:
            return True
        heard_across = any(track.covered(word.span) >= 0.5 for track in others)
        return own.distance(word.span) <= REACH and not heard_across

    return [(word, own.nearest(word.span)) for word in words if is_own(word)]


def _speakers(words: Sequence[Word], tracks: dict[str, _Track]) -> tuple[str | None, ...]:
    """The cheapest way through all words: poor cover costs, and so does a change of speaker."""
    prices = [_prices(word.span, tracks) for word in words]
    reached = [i for i, price in enumerate(prices) if price]
    best = dict(prices[reached[0]]) if reached else {}
    came_from: list[dict[str, str]] = []
    for before, at in pairwise(reached):
        switch = _switch(words[before], words[at])
        origin = {s: min(best, key=lambda o: best[o] + switch * (o != s)) for s in prices[at]}
        best = {
            speaker: price + best[origin[speaker]] + switch * (origin[speaker] != speaker)
            for speaker, price in prices[at].items()
        }
        came_from.append(origin)
    found: list[str | None] = [None] * len(words)
    speaker = min(best, key=lambda s: best[s]) if best else None
    for i in reversed(range(len(reached))):
        found[reached[i]] = speaker
        if i and speaker is not None:
            speaker = came_from[i - 1][speaker]
    return tuple(found)


def _prices(span: Span, tracks: dict[str, _Track]) -> dict[str, float]:
    """What it costs to give the word at `span` to each speaker in reach: 0 wholly covered."""
    around = Span(max(span.start - _AROUND, 0.0), span.end + _AROUND)
    prices: dict[str, float] = {}
    for speaker, track in tracks.items():
        if (distance := track.distance(span)) <= REACH:
            covered = track.covered(span)
            context = _AROUND_WEIGHT * (1 - track.covered(around))
            prices[speaker] = 1 - covered + distance / REACH + context
    return prices


def _switch(before: Word, after: Word) -> float:
    ended = before.text.rstrip("\"'”’»)").endswith(_SENTENCE_ENDS)
    paused = after.span.start - before.span.end >= _PAUSE
    return _SWITCH_BETWEEN if ended or paused else _SWITCH

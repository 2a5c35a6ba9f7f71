"""Hearing: chunks of audio become events. A file and a microphone share all of it but the source.

::

    chunk ─┬─▶ detector ─▶ segmenters ─▶ regions ─▶ packer ─▶ transcriber (worker) ─▶ words
           ├─▶ diarizer ────────────────────────────────────▶ voices ──┐               │
           └─▶ tone meter ──────────────────────▶ tone ──▶ utterances ◀┴───────────────┘
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace

import numpy as np

from listenlive.attribution import Diarization, Diarizer, HeardWords, utterances
from listenlive.audio import AudioChunk, seconds
from listenlive.conversation import Person, Utterance, Voice, Word
from listenlive.events import (
    Diarized,
    Ended,
    Event,
    LanguageDetected,
    Noted,
    Passing,
    Relabelled,
    SpeechEnded,
    UtteranceHeard,
)
from listenlive.pieces import Packer, Piece
from listenlive.preview import Preview
from listenlive.recognition import ToneMeter, Transcriber
from listenlive.segmenter import Probabilities, Region, Segmenter, SpeechDetector
from listenlive.sound import Sound
from listenlive.span import Span

MOST_PENDING = 4
"""Batches that may wait for the transcriber: bounds memory where it is slower than the source."""

WORDLESS = 10.0
"""Seconds of what sounds like speech in which somebody who speaks says a word."""

Transcribed = tuple[tuple[Word, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """The engines one recording is heard with.

    segmenters  : one for each channel that is heard
    gated       : the speech probabilities of the chunk the diarizer was fed last, without what a
                  channel only hears from another; None: as the detector says
    transcriber : None: timing only, no words
    split       : one person per channel: words of a channel belong to that person
    """

    detector: SpeechDetector
    segmenters: tuple[Segmenter, ...]
    diarizer: Diarizer
    tone_meter: ToneMeter
    transcriber: Transcriber | None = None
    gated: Callable[[], Probabilities] | None = None
    split: bool = False


def listen(
    sounds: Iterable[Sound],
    ears: Ears,
    *,
    executor: Executor,
    people: Callable[[Sequence[str]], tuple[Person, ...]],
    language: str | None = None,
    batch: int = 8,
    preview: Preview | None = None,
) -> Iterator[Event | Passing]:
    """Yield what is heard in `sounds`, as soon as it is known; the end of `sounds` is the end.

    Chunks are heard; what else `sounds` tell (pauses, losses) is passed on where it happened.

    executor : runs the transcriber; one worker keeps the order, so listening never waits for words
    people   : names the speakers that the diarizer tells apart
    language : None: detected once on enough speech, then kept
    batch    : pieces transcribed together: more is faster, fewer come sooner
    preview  : for somebody who watches: shows what is provisional, and listening never waits. What
               comes out at the end is the same with and without.
    """
    words = _Words(
        ears.transcriber, executor, language=language, batch=batch, shown=preview is None
    )
    end = 0
    for sound in sounds:
        if not isinstance(sound, AudioChunk):
            yield sound
            continue
        chunk, end = sound, sound.end
        own = _own_speech(ears, chunk)
        for region in _regions(ears, chunk, own):
            yield SpeechEnded(region.span, region.channel)
            words.add(region)
        yield from words.ready()
        if preview:
            yield from preview.feed(chunk, own, waiting=words.waiting)
    if preview:
        preview.finish()
    for region in _last_regions(ears):
        yield SpeechEnded(region.span, region.channel)
        words.add(region)
    yield from words.finish()
    ears.tone_meter.finish()
    said = preview.provisional if preview else words.provisional
    yield from _decided(ears, words, people, said=said)
    yield Ended(seconds(end))


def _own_speech(ears: Ears, chunk: AudioChunk) -> Probabilities:
    """Let every engine hear `chunk`; the speech of each channel's own in the hops it completes."""
    speech = ears.detector.feed(chunk)
    ears.diarizer.feed(chunk, speech)
    ears.tone_meter.feed(chunk)
    return ears.gated() if ears.gated else speech


def _regions(ears: Ears, chunk: AudioChunk, own: Probabilities) -> Iterator[Region]:
    """The regions that `chunk` completes."""
    for channel, segmenter in enumerate(ears.segmenters):
        yield from segmenter.feed(chunk.samples[:, channel], own[:, channel])


def _last_regions(ears: Ears) -> Iterator[Region]:
    speech = ears.detector.finish()
    nothing = AudioChunk(np.zeros((0, speech.shape[1]), dtype=np.float32), 0)
    for channel, segmenter in enumerate(ears.segmenters):
        yield from segmenter.feed(nothing.samples[:, channel], speech[:, channel])
        yield from segmenter.finish()


def _decided(
    ears: Ears,
    words: "_Words",
    people: Callable[[Sequence[str]], tuple[Person, ...]],
    *,
    said: int,
) -> Iterator[Event]:
    """Who spoke when, over the whole recording; the `said` provisional utterances are replaced."""
    found = ears.diarizer.finish()
    yield Diarized(people(found.speakers), found.sees_overlap, found.blind_because, found.notes)
    first = said + 1
    decided = utterances(
        found.voices,
        words.heard(found, split=ears.split),
        language=words.language,
        first_id=first,
    )
    final = tuple(_with_tone(utterance, ears, found) for utterance in decided)
    yield Relabelled(tuple(range(1, first)), final)
    spoken = sum(utterance.span.duration for utterance in final)
    if ears.transcriber and spoken >= WORDLESS and not any(each.words for each in final):
        yield Noted(
            f"{spoken:.0f} s sounded like speech, but no word was understood in them: they may be "
            "music or a noise, and then no figure here is about anybody"
        )


def _with_tone(utterance: Utterance, ears: Ears, found: Diarization) -> Utterance:
    """How it was said, where nobody else is heard on the same channel."""
    channel = found.speakers.index(utterance.speaker) if ears.split and utterance.speaker else 0
    others = () if ears.split else _heard_under(utterance, found.voices)
    tone = ears.tone_meter.tone(utterance.span, channel=channel, except_for=others)
    return replace(utterance, tone=tone)


class _Words:
    """Regions on their way to words: packed, transcribed in a worker, in order."""

    def __init__(
        self,
        transcriber: Transcriber | None,
        executor: Executor,
        *,
        language: str | None,
        batch: int,
        shown: bool,
    ) -> None:
        self.language = language
        self.probability: float | None = None
        self.provisional = 0  # utterances said so far, before it was decided who said them
        self._transcriber = transcriber
        self._executor = executor
        self._packer = Packer()
        self._batch = batch
        self._shown = shown  # else nobody waits for words, and they may wait themselves
        self._waiting: list[Piece] = []
        self._pending: deque[tuple[tuple[Piece, ...], Future[Transcribed]]] = deque()
        self._heard: list[tuple[int, tuple[Word, ...]]] = []

    def add(self, region: Region) -> None:
        """Take `region`; whatever is full goes to the transcriber."""
        if self._transcriber is not None:
            self._waiting.extend(self._packer.feed(region))
            if len(self._waiting) >= self._batch:
                self._submit()

    @property
    def waiting(self) -> int:
        """Batches that the transcriber has not finished."""
        return len(self._pending)

    def ready(self) -> Iterator[Event]:
        """What the transcriber has finished. Waits only if it is too far behind a file."""
        most = MOST_PENDING if self._shown else math.inf
        while self._pending and (len(self._pending) > most or self._pending[0][1].done()):
            yield from self._next()

    def finish(self) -> Iterator[Event]:
        """Everything that is left."""
        self._waiting.extend(self._packer.finish())
        self._submit()
        while self._pending:
            yield from self._next()
        if self.language is not None:
            yield LanguageDetected(self.language, self.probability)

    def heard(self, found: Diarization, *, split: bool) -> tuple[HeardWords, ...]:
        """All words; with `split` each channel's belong to its own speaker."""
        return tuple(
            HeardWords(words, found.speakers[channel] if split else None)
            for channel, words in self._heard
            if not split or channel < len(found.speakers)
        )

    def _submit(self) -> None:
        if self._waiting:
            batch = tuple(self._waiting)
            self._waiting.clear()
            self._pending.append((batch, self._executor.submit(self._transcribe, batch)))

    def _transcribe(self, pieces: tuple[Piece, ...]) -> Transcribed:
        """Runs in the worker, one batch at a time, so that the language is decided once."""
        assert self._transcriber is not None
        samples = [piece.samples for piece in pieces]
        if self.language is None:
            self.language, self.probability = self._transcriber.language_of(samples)
        return self._transcriber.transcribe(samples, language=self.language)

    def _next(self) -> Iterator[Event]:
        pieces, future = self._pending.popleft()
        for piece, words in zip(pieces, future.result(), strict=True):
            placed = piece.placed(words)
            self._heard.append((piece.channel, placed))
            if placed and self._shown:
                self.provisional += 1
                span = Span(placed[0].span.start, placed[-1].span.end)
                yield UtteranceHeard(Utterance(self.provisional, None, span, placed))


def _heard_under(utterance: Utterance, voices: Sequence[Voice]) -> tuple[Span, ...]:
    """Where somebody else speaks during `utterance`."""
    return tuple(
        part
        for voice in voices
        if voice.speaker != utterance.speaker and (part := voice.span & utterance.span)
    )

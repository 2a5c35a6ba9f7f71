"""Engines that replay the truth of a bundled conversation: a whole live session without a model.

They go by what they hear: the transcriber finds each piece again in the sound so far, and so knows
when it was said.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from listenlive.attribution import Diarization
from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples, seconds
from listenlive.conversation import Voice, Word
from listenlive.engines.scripted_people import ScriptedToneMeter
from listenlive.errors import AudioFileError
from listenlive.pipeline import Ears
from listenlive.preview import Seen
from listenlive.segmenter import HOP_SECONDS, Hops, Probabilities, Segmenter
from listenlive.span import Span

_KEY = 64  # samples that find a place in the sound again: noise never repeats as long
_RECENT = 4 * 20 * SAMPLE_RATE  # bytes in which it is looked for first: 20 s
_PATCH = 160  # samples over which two sounds are compared at a time


@dataclass(frozen=True)
class Talk:
    """Who spoke when, and what was said."""

    voices: tuple[Voice, ...]
    lines: tuple[tuple[str, Span, str], ...]  # speaker, when, text

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The people, in order."""
        return tuple(sorted({voice.speaker for voice in self.voices}))

    @cached_property
    def words(self) -> tuple[tuple[str, Word], ...]:
        """Every word with its speaker: a line's words share its time by their letters."""
        return tuple(
            (speaker, word) for speaker, span, text in self.lines for word in _spread(text, span)
        )

    def speaking(self, start: float, step: float, count: int) -> Samples:
        """Whether each of the people speaks in `count` frames, shape (frames, people): 0 or 1."""
        middles = start + (np.arange(count) + 0.5) * step
        found = np.zeros((count, len(self.speakers)), dtype=np.float32)
        until = start + count * step
        for voice in self.voices:
            if voice.span.end <= start or voice.span.start >= until:
                continue  # nearly all of them; this is asked ten times a second
            inside = (middles >= voice.span.start) & (middles < voice.span.end)
            found[inside, self.speakers.index(voice.speaker)] = 1.0
        return found


def talk_of(recording: Path) -> Talk:
    """The truth beside a bundled `recording`. AudioFileError if there is none."""
    base = recording.parent / recording.name.partition(".")[0]
    try:
        rows = [line.split() for line in base.with_suffix(".rttm").read_text().splitlines()]
        lines = json.loads(base.with_suffix(".words.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise AudioFileError(
            f"{error.filename} is not there: only the bundled conversations can be replayed "
            "without a model. Leave out --scripted to have this recording heard."
        ) from error
    voices = tuple(
        Voice(row[7], Span(float(row[3]), float(row[3]) + float(row[4]))) for row in rows
    )
    return Talk(
        voices,
        tuple((line["speaker"], Span(line["start"], line["end"]), line["text"]) for line in lines),
    )


def scripted_ears(talk: Talk, *, channels: int) -> Ears:
    """What hears `talk`, one person on each of two `channels` or both on one."""
    tape = Tape(channels)
    return Ears(
        detector=TalkDetector(talk, tape),
        segmenters=tuple(Segmenter(channel=c) for c in range(channels)),
        diarizer=TalkDiarizer(talk),
        tone_meter=ScriptedToneMeter(),
        transcriber=TalkTranscriber(talk, tape),
        split=channels > 1,
    )


class Tape:
    """All that was heard so far, to find a piece of it again."""

    def __init__(self, channels: int) -> None:
        self._heard = [bytearray() for _ in range(channels)]

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return len(self._heard)

    def append(self, samples: Samples) -> None:
        """Add `samples`, shape (n, channels)."""
        for channel, heard in enumerate(self._heard):
            heard.extend(np.ascontiguousarray(samples[:, channel], dtype=np.float32).tobytes())

    def places(self, piece: Samples) -> list[tuple[int, Span, Span]]:
        """Where the stretches of `piece` (n,) come from: channel, where in it, when heard."""
        found: list[tuple[int, Span, Span]] = []
        at = 0
        while at + _KEY <= len(piece):
            place = self._find(piece[at : at + _KEY]) if piece[at : at + _KEY].any() else None
            if place is None:
                at += _KEY
                continue
            channel, start = place
            length = self._alike(piece[at:], channel, start)
            here, there = seconds(at), seconds(start)
            lasts = seconds(length)
            found.append((channel, Span(here, here + lasts), Span(there, there + lasts)))
            at += length
        return found

    def _find(self, key: Samples) -> tuple[int, int] | None:
        wanted = key.astype(np.float32).tobytes()
        for recent in (_RECENT, len(self._heard[0])):
            for channel, heard in enumerate(self._heard):
                at = heard.find(wanted, max(len(heard) - recent, 0))
                if at >= 0:
                    return channel, at // 4
        return None

    def _alike(self, piece: Samples, channel: int, start: int) -> int:
        """For how many samples `piece` is what was heard from `start` on."""
        heard = self._heard[channel]
        length = _KEY
        while length < len(piece):
            part = piece[length : length + _PATCH].astype(np.float32).tobytes()
            begin = 4 * (start + length)
            if heard[begin : begin + len(part)] != part:
                break
            length = min(length + _PATCH, len(piece))
        return length


class TalkDetector:
    """Hears speech where somebody speaks in the talk."""

    def __init__(self, talk: Talk, tape: Tape) -> None:
        self._talk = talk
        self._tape = tape
        self._hops = Hops(tape.channels)
        self._at = 0

    def feed(self, chunk: AudioChunk) -> Probabilities:
        """1 where there is speech in the hops that `chunk` completes, shape (frames, channels)."""
        self._tape.append(chunk.samples)
        return self._read(len(self._hops.feed(chunk.samples)))

    def finish(self) -> Probabilities:
        """The same for the last, incomplete hop, if there is one."""
        return self._read(len(self._hops.finish()))

    def _read(self, hops: int) -> Probabilities:
        speaking = self._talk.speaking(self._at * HOP_SECONDS, HOP_SECONDS, hops)
        self._at += hops
        if self._tape.channels > 1:
            return speaking
        anybody: Probabilities = speaking.max(axis=1, keepdims=True, initial=0.0)
        return anybody


class TalkDiarizer:
    """Tells who spoke in the talk, as far as it was heard."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._end = 0.0

    def feed(self, chunk: AudioChunk, speech: Probabilities) -> tuple[Voice, ...]:
        """Nothing yet."""
        del speech
        self._end = seconds(chunk.end)
        return ()

    def finish(self) -> Diarization:
        """The voices of the talk up to where it was ended."""
        heard = tuple(
            replace(voice, span=Span(voice.span.start, min(voice.span.end, self._end)))
            for voice in sorted(self._talk.voices, key=lambda voice: voice.span)
            if voice.span.start < self._end
        )
        return Diarization(heard, self._talk.speakers)


class TalkLookout:
    """Tells who speaks in the talk, from one microphone."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._at = 0

    def feed(self, chunk: AudioChunk, own: Probabilities) -> Seen:
        """Who speaks in the hops that `chunk` completed."""
        del chunk
        start, self._at = self._at * HOP_SECONDS, self._at + len(own)
        speaking = self._talk.speaking(start, HOP_SECONDS, len(own)) > 0
        return Seen(start, HOP_SECONDS, self._talk.speakers, speaking)

    @property
    def known(self) -> None:
        """Nobody has learned a voice here."""
        return


class TalkTranscriber:
    """Hears the words that the talk has where a piece was heard."""

    def __init__(self, talk: Talk, tape: Tape) -> None:
        self._talk = talk
        self._tape = tape

    def transcribe(
        self, pieces: Sequence[Samples], *, language: str | None
    ) -> tuple[tuple[Word, ...], ...]:
        """The words of each piece, times relative to it."""
        return tuple(self.sketch(piece, language=language or "en") for piece in pieces)

    def sketch(self, piece: Samples, *, language: str) -> tuple[Word, ...]:
        """The words of one piece: there is nothing rough about them."""
        del language
        words: list[Word] = []
        for channel, here, there in self._tape.places(piece):
            for speaker, word in self._talk.words:
                own = self._tape.channels == 1 or speaker == self._talk.speakers[channel]
                if own and there.start <= _middle(word.span) < there.end:
                    words.append(_moved(word, here.start - there.start, seconds(len(piece))))
        return tuple(sorted(words, key=lambda word: word.span.start))

    def language_of(self, pieces: Sequence[Samples]) -> tuple[str, float]:
        """English, for sure."""
        del pieces
        return "en", 1.0


def _spread(text: str, span: Span) -> list[Word]:
    words, at = text.split(), span.start
    letters = sum(len(word) + 1 for word in words)
    found = []
    for word in words:
        lasts = span.duration * (len(word) + 1) / letters
        found.append(Word(word, Span(at, at + lasts), 1.0))
        at += lasts
    return found


def _middle(span: Span) -> float:
    return (span.start + span.end) / 2


def _moved(word: Word, later: float, end: float) -> Word:
    start = min(max(word.span.start + later, 0.0), end - 1 / SAMPLE_RATE)
    return Word(word.text, Span(start, max(min(word.span.end + later, end), start + 1e-3)), 1.0)

"""What is shown of a live session before it is decided: who speaks, who came in, what is said.

::

    chunk ─▶ lookout ─▶ who speaks now ─▶ Activity, TalkOverHeard
      └────▶ short regions ─▶ sketched words (worker) ─▶ Partial, UtteranceHeard (provisional)

The final result never depends on anything here: the whole is heard beside it as a file is, and
replaces all of this at the end.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

import numpy as np
import numpy.typing as npt

from listenlive.attribution import speakers_of
from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples, seconds
from listenlive.config import Measuring, Segmentation
from listenlive.conversation import Person, Utterance, Voice, Word
from listenlive.events import (
    Activity,
    Behind,
    Event,
    Expected,
    Partial,
    Passing,
    UtteranceHeard,
)
from listenlive.recognition import Transcriber
from listenlive.segmenter import HOP_SECONDS, Probabilities, Region, Segmenter, voice_spans
from listenlive.span import Span
from listenlive.talk_overs import TalkOvers, TurnEnds

LONGEST = 9.0
"""Seconds of a region that is sketched: Whisper's encoder costs 10 s at least, and then more."""

GAP = 0.4
"""Seconds of silence that end it: sooner than a region that is transcribed for good."""

EVERY = 3.0
"""Seconds of running speech between partial texts."""

SELDOM = 12.0
"""The same where the computer is slow."""

BEHIND, CAUGHT_UP = 5.0, 2.0
"""Seconds behind from which it is said, and under which it is over."""

GIVEN_UP = 30.0
"""Seconds after which nobody waits for the sketch of a sentence any more; it comes at the end."""

SURE = 20.0
"""Seconds of speech that tell the language; under 10 s it is a guess."""

_REMEMBERED = 60.0  # seconds for which it is known who spoke, for words that come late


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Who speaks, frame by frame, as far as it can be told at once.

    start, step : of the first frame, and from one to the next, in seconds
    speaking    : bool, shape (frames, speakers)
    """

    start: float
    step: float
    speakers: tuple[str, ...]
    speaking: npt.NDArray[np.bool_]

    @property
    def end(self) -> float:
        """Where the last frame ends, in seconds."""
        return self.start + len(self.speaking) * self.step


class Lookout(Protocol):
    """Tells at once who speaks, roughly."""

    def feed(self, chunk: AudioChunk, own: Probabilities) -> Seen:
        """Who speaks in the time that became known with `chunk`; frames follow each other.

        own : speech probabilities of the hops that `chunk` completed, shape (hops, channels)
        """
        ...

    @property
    def known(self) -> "Found | None":
        """Whom the listener's voice made out so far; None while it is nobody's."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """The listener is `me`, one of `speakers`: by voice, so far."""

    speakers: tuple[str, ...]
    me: str


Named = Callable[[Found], tuple[Person, ...]]
"""Names everybody, once it is known who the listener is."""


class ChannelLookout:
    """One person per channel: who speaks is whose channel carries speech."""

    def __init__(self, speakers: Sequence[str], *, settings: Segmentation) -> None:
        self._speakers = tuple(speakers)
        self._settings = settings
        self._on = np.zeros(len(self._speakers), dtype=np.bool_)
        self._hops = 0

    def feed(self, chunk: AudioChunk, own: Probabilities) -> Seen:
        """Who speaks in the hops that `chunk` completed: hysteresis, as for regions."""
        del chunk
        speaking = np.zeros(own.shape, dtype=np.bool_)
        for row, probabilities in zip(speaking, own, strict=True):
            rises, stays = probabilities >= self._settings.onset, self._on
            self._on = rises | (stays & (probabilities >= self._settings.offset))
            row[:] = self._on
        start, self._hops = self._hops * HOP_SECONDS, self._hops + len(own)
        return Seen(start, HOP_SECONDS, self._speakers, speaking)

    @property
    def known(self) -> None:
        """Channels need no voices."""
        return


class Preview:
    """All of it, put together. Yields; never waits.

    lookout  : tells who speaks
    sketches : tells what is said; None: timing only
    speakers : of the channels; None: they share one, and `lookout` tells them apart
    named    : names everybody once the listener is known by their voice; None: nobody asks
    late     : called with the end of each chunk: seconds that hearing is behind the source
    """

    def __init__(
        self,
        lookout: Lookout,
        sketches: "Sketches | None",
        *,
        speakers: tuple[str, ...] | None,
        measuring: Measuring,
        named: Named | None = None,
        late: Callable[[float], float] = lambda _end: 0.0,
    ) -> None:
        self._lookout = lookout
        self._sketches = sketches
        self._speakers = speakers
        self._talk_overs = TalkOvers(measuring)
        # a channel of one's own falls silent where a turn ends
        self._turn_ends = TurnEnds(measuring) if speakers is None else None
        self._ended: list[float] = []  # where turns ended since words were looked for
        self._named = named
        self._known: Found | None = None
        self._late = late
        self._said_behind = 0.0
        self._past: deque[Seen] = deque()
        self.provisional = 0  # utterances said so far; nobody knows yet who really said them

    def feed(
        self, chunk: AudioChunk, own: Probabilities, *, waiting: int = 0
    ) -> Iterator[Event | Passing]:
        """What can be shown after `chunk`.

        own     : speech probabilities of the hops it completed, what is heard across left out
        waiting : batches of pieces that wait to be transcribed for good
        """
        yield from self._activity(chunk, own)
        if self._sketches is None:
            return
        here = seconds(chunk.end)
        late = self._late(here)
        ended, self._ended = self._ended, []
        self._sketches.feed(chunk, own, spare=waiting < 2 and late < CAUGHT_UP, ended=ended)
        for region, words in self._sketches.ready():
            yield from self._utterances(region, words)
        if (partial := self._sketches.partial(here)) is not None:
            region, words = partial
            text = " ".join(word.text for word in words)
            speakers = self._who(words, region)
            yield Partial(region.span, text, speakers[-1] if speakers else None)
        yield from self._behind(max(late, self._sketches.oldest(here)))

    def finish(self) -> None:
        """Let go of what waits: the result replaces it anyway."""
        if self._sketches:
            self._sketches.cancel()

    def _activity(self, chunk: AudioChunk, own: Probabilities) -> Iterator[Passing]:
        seen = self._lookout.feed(chunk, own)
        if not len(seen.speaking):
            return
        self._past.append(seen)
        while self._past[0].end < seen.end - _REMEMBERED:
            self._past.popleft()
        for at, row in enumerate(seen.speaking):
            speaking = [s for s, on in zip(seen.speakers, row, strict=True) if on]
            start = seen.start + at * seen.step
            yield from self._talk_overs.step(start, seen.step, speaking)
            if self._turn_ends:
                self._ended += self._turn_ends.step(start, seen.step, speaking)
        known = self._lookout.known
        if self._named and known is not None and known != self._known:
            self._known = known
            yield Expected(self._named(known))
        yield Activity(seen.end, self._talk_overs.talking)

    def _behind(self, behind: float) -> Iterator[Passing]:
        if behind < CAUGHT_UP and self._said_behind:
            self._said_behind = 0.0
            yield Behind(0.0)
        elif behind >= BEHIND and abs(behind - self._said_behind) >= CAUGHT_UP:
            self._said_behind = behind
            yield Behind(round(behind, 1))

    def _utterances(self, region: Region, words: Sequence[Word]) -> Iterator[UtteranceHeard]:
        """The words of a region, an utterance for each run of one speaker."""
        who = self._who(words, region)
        for speaker, run in groupby(zip(who, words, strict=True), key=lambda pair: pair[0]):
            theirs = tuple(word for _, word in run)
            self.provisional += 1
            span = Span(theirs[0].span.start, theirs[-1].span.end)
            yield UtteranceHeard(Utterance(self.provisional, speaker, span, theirs))

    def _who(self, words: Sequence[Word], region: Region) -> tuple[str | None, ...]:
        if self._speakers is not None:
            return (self._speakers[region.channel],) * len(words)
        return speakers_of(words, self._voices(region.span))

    def _voices(self, span: Span) -> tuple[Voice, ...]:
        """Who spoke in `span`, as remembered."""
        around = [seen for seen in self._past if seen.end > span.start and seen.start < span.end]
        if not around:
            return ()
        every = max((seen.speakers for seen in around), key=len)
        wide = [
            np.pad(seen.speaking, ((0, 0), (0, len(every) - len(seen.speakers)))) for seen in around
        ]
        speaking = np.concatenate(wide)
        return tuple(
            Voice(speaker, voice.shifted(around[0].start))
            for column, speaker in enumerate(every)
            for voice in voice_spans(speaking[:, column], frame=around[0].step)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A region whose words are asked for."""

    region: Region
    future: "Future[tuple[Word, ...]]"

    @property
    def words(self) -> tuple[Word, ...]:
        """What came out, on the recording's clock."""
        start = self.region.span.start
        found = self.future.result()
        return tuple(replace(word, span=word.span.shifted(start)) for word in found)


class Sketches:
    """Short regions on their way to rough words.

    A region that has ended comes first, the beginning of one that goes on when there is time.

    now, soon : executors for the one and the other; they may share a thread, but not the one that
                listens, and cancel what has not begun
    channels  : heard apart, one person each, where there is more than one
    language  : None: told from what is heard
    """

    def __init__(
        self,
        transcriber: Transcriber,
        *,
        now: Executor,
        soon: Executor,
        channels: int,
        segmentation: Segmentation,
        language: str | None = None,
    ) -> None:
        self._transcriber = transcriber
        self._tongue = _Tongue(transcriber, language)
        self._now = now
        self._soon = soon
        quick = replace(
            segmentation,
            region_gap=max(GAP, segmentation.voice_gap, 2 * segmentation.padding),
            longest=min(LONGEST, segmentation.longest),
        )
        self._segmenters = [Segmenter(channel=c, settings=quick) for c in range(channels)]
        self._ended: deque[_Asked] = deque()
        self._begun: _Asked | None = None
        self._asked_at = [0.0] * channels  # the end of what was asked for last, per channel
        self._every = EVERY

    def feed(
        self,
        chunk: AudioChunk,
        own: Probabilities,
        *,
        spare: bool,
        ended: Sequence[float] = (),
    ) -> None:
        """Take `chunk`; ask for the words of what ended, and if time is to `spare` of the rest.

        ended : where turns ended that no silence follows, in seconds: on one microphone
        """
        for channel, segmenter in enumerate(self._segmenters):
            for region in segmenter.feed(chunk.samples[:, channel], own[:, channel]):
                self._ask_ended(region)
            for region in filter(None, map(segmenter.cut, ended)):
                self._ask_ended(region)
        self._give_up(seconds(chunk.end))
        if spare and self._begun is None and not self._ended:
            self._ask_begun(seconds(chunk.end))

    def ready(self) -> Iterator[tuple[Region, tuple[Word, ...]]]:
        """Regions that have ended, with their words, in order."""
        while self._ended and self._ended[0].future.done():
            asked = self._ended.popleft()
            if words := asked.words:
                yield asked.region, words

    def partial(self, now: float) -> tuple[Region, tuple[Word, ...]] | None:
        """The beginning of a region that goes on, if its words have come.

        The longer they took, the less often they are asked for.
        """
        asked = self._begun
        if asked is None or not asked.future.done():
            return None
        self._begun = None
        self._every = min(max(EVERY, 2 * (now - asked.region.span.end)), SELDOM)
        open_still = self._segmenters[asked.region.channel].begun
        if asked.future.cancelled() or open_still is None:
            return None
        if open_still.start > asked.region.span.start or not (words := asked.words):
            return None
        return asked.region, words

    def oldest(self, now: float) -> float:
        """Seconds since the end of the oldest region whose words are still waited for."""
        return now - self._ended[0].region.span.end if self._ended else 0.0

    def cancel(self) -> None:
        """Wait for nothing any more."""
        self._drop_begun()
        for asked in self._ended:
            asked.future.cancel()
        self._ended.clear()

    def _ask_ended(self, region: Region) -> None:
        """Ask for the words of a region that has ended: they come first."""
        self._drop_begun()
        future = self._now.submit(self._sketched, region.samples)
        self._ended.append(_Asked(region, future))
        self._asked_at[region.channel] = region.span.end

    def _ask_begun(self, now: float) -> None:
        """Ask for the region that was not asked for longest, if one has gone on long enough."""
        begun = [
            (max(span.start, self._asked_at[channel]), channel)
            for channel, segmenter in enumerate(self._segmenters)
            if (span := segmenter.begun) is not None
        ]
        since, channel = min(begun, default=(now, 0))
        if now - since < self._every:
            return
        region = self._segmenters[channel].so_far()
        assert region is not None
        self._asked_at[channel] = region.span.end
        self._begun = _Asked(region, self._soon.submit(self._sketched, region.samples))

    def _drop_begun(self) -> None:
        """What has ended comes first; what has only begun is not waited for any more."""
        if self._begun is None or self._begun.future.done():
            return
        self._begun.future.cancel()
        self._begun = None

    def _give_up(self, now: float) -> None:
        if self.oldest(now) <= GIVEN_UP:
            return
        while len(self._ended) > 1:
            self._ended.popleft().future.cancel()

    def _sketched(self, samples: Samples) -> tuple[Word, ...]:
        """Runs in the worker."""
        return self._transcriber.sketch(samples, language=self._tongue.of(samples))


class _Tongue:
    """The language spoken, by what was heard so far: first a guess, then kept."""

    def __init__(self, transcriber: Transcriber, language: str | None) -> None:
        self._transcriber = transcriber
        self._language = language
        self._sure = language is not None
        self._heard: list[Samples] = []
        self._again_at = 0.0

    def of(self, samples: Samples) -> str:
        """The language, now that `samples` are heard too. Runs in the worker."""
        if not self._sure:
            self._heard.append(samples)
            heard = sum(map(len, self._heard)) / SAMPLE_RATE
            if heard >= self._again_at or self._language is None:
                self._again_at = 2 * heard
                everything = np.concatenate(self._heard)[-round(SURE) * SAMPLE_RATE :]
                self._language, _ = self._transcriber.language_of([everything])
                self._sure = heard >= SURE
            if self._sure:
                self._heard.clear()
        assert self._language is not None
        return self._language

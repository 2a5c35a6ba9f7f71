"""Hearing beside hearing: what is asked for at the end only need not hold up the rest.

::

    chunks      |1|2|3|4|5|6|                        heard in no time: regions go to the transcriber
    diarizer       |==1==|==2==|==3==|==4==|         follows on a thread of its own
    tone meter     |=1=|=2=|=3=|=4=|                 likewise
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial

from listenlive.attribution import Diarization, Diarizer
from listenlive.audio import AudioChunk
from listenlive.conversation import Tone, Voice
from listenlive.pipeline import Ears
from listenlive.recognition import ToneMeter
from listenlive.segmenter import Probabilities
from listenlive.span import Span

MOST_BEHIND = 500
"""Chunks that may wait: four minutes of a file, 16 MB, so that three hours take no more memory."""


def aside(ears: Ears, diarizing: Executor, measuring: Executor, *, most: int = MOST_BEHIND) -> Ears:
    """`ears` whose diarizer and tone meter follow in executors that have one worker each.

    The result is the same. A diarizer that gates what is heard stays: everything waits for it.
    """
    meter = _ToneMeterAside(ears.tone_meter, _Queue(measuring, most))
    if ears.gated is not None:
        return replace(ears, tone_meter=meter)
    diarizer = _DiarizerAside(ears.diarizer, _Queue(diarizing, most))
    return replace(ears, tone_meter=meter, diarizer=diarizer)


class _Queue:
    """Work done in order; whoever adds to it waits only while `most` pieces of it wait."""

    def __init__(self, executor: Executor, most: int) -> None:
        self._executor = executor
        self._most = most
        self._pending: deque[Future[object]] = deque()

    def add(self, work: Callable[[], object]) -> None:
        """Have `work` done. Raises what earlier work raised."""
        self._pending.append(self._executor.submit(work))
        while len(self._pending) > self._most or (self._pending and self._pending[0].done()):
            self._pending.popleft().result()

    def settle(self) -> None:
        """Wait until everything is done. Raises what it raised."""
        while self._pending:
            self._pending.popleft().result()


class _DiarizerAside:
    """A diarizer that follows in a queue."""

    def __init__(self, diarizer: Diarizer, queue: _Queue) -> None:
        self._diarizer = diarizer
        self._queue = queue

    def feed(self, chunk: AudioChunk, speech: Probabilities) -> tuple[Voice, ...]:
        """Nothing is settled before `finish`: always ()."""
        self._queue.add(partial(self._diarizer.feed, chunk, speech))
        return ()

    def finish(self) -> Diarization:
        """Who spoke when, once it has heard all."""
        self._queue.settle()
        return self._diarizer.finish()


class _ToneMeterAside:
    """A tone meter that follows in a queue."""

    def __init__(self, meter: ToneMeter, queue: _Queue) -> None:
        self._meter = meter
        self._queue = queue

    def feed(self, chunk: AudioChunk) -> None:
        """Measure `chunk` some time."""
        self._queue.add(partial(self._meter.feed, chunk))

    def finish(self) -> None:
        """Wait until all is measured."""
        self._queue.settle()
        self._meter.finish()

    def tone(self, span: Span, *, channel: int, except_for: Sequence[Span] = ()) -> Tone | None:
        """How `span` sounded; asked for after `finish`."""
        return self._meter.tone(span, channel=channel, except_for=except_for)

"""A live session: sound is taken in on one thread and understood on another; events go out.

::

    source ──▶ [taking in] ──▶ queue ──▶ [hearing] ──▶ events ──┬──▶ store
     (keeps the sound)                       ▲                  └──▶ views: terminal, lines, pages
                                  marks, notes, announcements

Whoever shows a session subscribes; whoever steers it calls `pause`, `resume`, `mark`, `end`.
Nothing here knows what a view is, where the sound comes from or how it is understood.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread
from typing import Protocol

from listenlive.audio import AudioChunk, seconds
from listenlive.conversation import Conversation, Mark
from listenlive.events import (
    Announced,
    Behind,
    Event,
    Expected,
    Marked,
    Passing,
    Started,
    apply,
)
from listenlive.live.feed import Phase, Subscription
from listenlive.live.watch import TimeToEnd, Watch
from listenlive.sound import Sound

_STANDING = (Announced, Behind, Expected)
"""What a view that comes late has to know, too."""

Hear = Callable[[Iterable[Sound]], Iterator[Event | Passing]]
"""Understands sounds: loads the models when it is called, yields what is heard, ends with them."""


FIRST_SOUND = 3.0
"""Seconds that understanding waits for the first sound, which is kept before models are loaded:
loading them keeps a busy computer from anything else for a moment."""

LAST_SOUND = 2.0
"""Seconds that the end waits for the last sound to be taken in."""

QUIET = 0.3
"""Seconds of a pause after which it is looked whether something else has become known."""


class Source(Protocol):
    """Where the sound of a session comes from: a microphone, or what stands in for one."""

    def __iter__(self) -> Iterator[Sound]: ...

    @property
    def level(self) -> float:
        """How loud it is right now, in dBFS."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why nothing is heard right now, None if all is well."""
        ...

    def stop(self) -> None:
        """End the stream, as a file ends. Harmless when it has ended."""
        ...

    def pause(self) -> None:
        """Stop taking sound in; the stream tells `Paused`."""
        ...

    def resume(self) -> None:
        """Go on; the stream tells `Resumed`."""
        ...


class LiveSession:
    """A conversation that is being heard.

    source  : where the sound comes from; iterated once, on a thread of its own
    sounds  : the same with what is done to it on the way (it is kept); None: the source itself
    hear    : what understands it, called on the hearing thread: sound is taken in meanwhile
    keep    : puts an event where it lasts; called by one thread at a time
    opening : what is to be told right after the start (consent, goal)
    watch   : ends the session by itself
    """

    def __init__(
        self,
        source: Source,
        hear: Hear,
        *,
        sounds: Iterable[Sound] | None = None,
        keep: Callable[[Event], None],
        opening: Sequence[Event] = (),
        watch: Watch | None = None,
    ) -> None:
        self._source = source
        self._stream_in = source if sounds is None else sounds
        self._hear = hear
        self._keep = keep
        self._opening = tuple(opening)
        self._watch = watch or Watch()
        self._sounds: SimpleQueue[Sound | None] = SimpleQueue()
        self._lock = Lock()
        self._past: list[Event] = []
        self._standing: dict[type, Passing] = {}  # what passes and holds until the next of its kind
        self._views: list[Subscription] = []
        self._conversation = Conversation()
        self._phase = Phase.LISTENING
        self._clock = 0.0
        self._heard: AudioChunk | None = None  # last
        self._error: BaseException | None = None
        self._begun = Flag()  # the first sound was taken in, or there is none
        self._over = Flag()
        self._intake = Thread(target=self._take_in, name="taking in", daemon=True)
        self._hearing = Thread(target=self._understand, name="hearing", daemon=True)

    def start(self) -> None:
        """Begin to take in sound, and to understand it."""
        self._intake.start()
        self._hearing.start()

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._phase

    @property
    def clock(self) -> float:
        """Seconds taken in so far."""
        return self._clock

    @property
    def level(self) -> float:
        """How loud it is right now, in dBFS."""
        return self._source.level

    @property
    def trouble(self) -> str | None:
        """Why nothing is heard right now, None if all is well."""
        return self._source.trouble

    @property
    def conversation(self) -> Conversation:
        """What is known so far."""
        return self._conversation

    def subscribe(self) -> Subscription:
        """The events from the beginning on; of what only passes, what still holds, then all."""
        with self._lock:
            over = self._over.is_set()
            view = Subscription([*self._past, *(() if over else self._standing.values())])
            if over:
                view.put(None)
            self._views.append(view)
        return view

    def pause(self) -> None:
        """Take nothing in until `resume`."""
        if self._phase is Phase.LISTENING:
            self._phase = Phase.PAUSED
            self._source.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._phase is Phase.PAUSED:
            self._phase = Phase.LISTENING
            self._source.resume()

    def mark(self, note: str = "", *, at: float | None = None) -> None:
        """Mark the moment `at` (None: now), maybe with a note."""
        if not self._over.is_set():
            self._tell(Marked(Mark(self._clock if at is None else at, note)))

    def note(self, event: Event) -> None:
        """Add what people said about the talk (a goal, a check-in) to the session."""
        if not self._over.is_set():
            self._tell(event)

    def end(self) -> None:
        """End the stream: what was said last is understood, then the session is over."""
        if self._phase in (Phase.LISTENING, Phase.PAUSED):
            self._phase = Phase.CLOSING
            self._source.stop()

    def abandon(self) -> None:
        """Stop at once. The sound that was taken in is kept; understanding it is left for later."""
        if self._over.is_set():
            return
        self._phase = Phase.ABANDONED
        self._source.stop()
        self._intake.join(LAST_SOUND)  # its last piece goes to disk
        self._close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the session is over; False if `timeout` seconds passed before."""
        return self._over.wait(timeout)

    def result(self) -> Conversation:
        """The conversation, once the session is over. Raises what went wrong."""
        self._over.wait()
        if self._error is not None:
            raise self._error
        return self._conversation

    def _take_in(self) -> None:
        """Runs on a thread: nothing here may wait for what understands."""
        try:
            for sound in self._stream_in:
                if isinstance(sound, AudioChunk):
                    self._clock = seconds(sound.end)
                self._sounds.put(sound)
                self._begun.set()
        except Exception as error:  # noqa: BLE001  (crosses to the thread that asks for the result)
            self._error = error
        finally:
            self._begun.set()
            self._sounds.put(None)

    def _understand(self) -> None:
        """Runs on a thread: sounds become events."""
        self._begun.wait(FIRST_SOUND)
        try:
            for event in self._hear(self._stream()):
                if self._phase is Phase.ABANDONED:
                    return
                self._watch.heard(event)
                self._tell(event)
                if isinstance(event, Started):
                    for each in self._opening:
                        self._tell(each)
        except Exception as error:  # noqa: BLE001  (crosses to the thread that asks for the result)
            self._error = self._error or error
        finally:
            self._source.stop()
            if self._error is not None:  # a program that ends now must not leave it running
                self._intake.join(LAST_SOUND)
            if self._phase is not Phase.ABANDONED:
                failed = self._error is not None
                self._phase = Phase.FAILED if failed else Phase.DONE
                self._close()

    def _stream(self) -> Iterator[Sound]:
        """The sounds in order; the end of the stream once the source has ended."""
        while (sound := self._next_sound()) is not None:
            if self._phase is Phase.ABANDONED:
                return
            yield sound
            if isinstance(sound, AudioChunk):
                self._heard = sound
                self._look_at_the_time(seconds(sound.end))
        if self._phase in (Phase.LISTENING, Phase.PAUSED):
            self._phase = Phase.CLOSING

    def _next_sound(self) -> Sound | None:
        """The next sound. In a pause, which has none, a chunk of nothing lets words come out."""
        while True:
            paused = self._phase is Phase.PAUSED and self._heard is not None
            try:
                return self._sounds.get(timeout=QUIET if paused else None)
            except Empty:
                if self._heard is not None:
                    return AudioChunk(self._heard.samples[:0], self._heard.end)

    def _look_at_the_time(self, now: float) -> None:
        match self._watch.by(now, taken=max(self._clock, now)):
            case Announced() as announced:
                self._tell(announced)
            case TimeToEnd(why) if self._phase is Phase.LISTENING:
                self._tell(Announced(now, f"the session ends: {why}"))
                self.end()

    def _tell(self, event: Event | Passing) -> None:
        """Keep `event` and show it to every view."""
        with self._lock:
            if not isinstance(event, Passing):
                self._keep(event)
                self._past.append(event)
                self._conversation = apply(self._conversation, event)
            elif isinstance(event, _STANDING):
                self._standing[type(event)] = event
            for view in self._views:
                view.put(event)

    def _close(self) -> None:
        with self._lock:
            self._over.set()
            for view in self._views:
                view.put(None)

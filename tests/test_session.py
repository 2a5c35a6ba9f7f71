"""A live session: what comes in, what goes out, how it ends. No device, no model, no waiting."""

from collections.abc import Iterator
from queue import SimpleQueue

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.conversation import Consent, Utterance
from listenlive.errors import DeviceError, ModelError
from listenlive.events import (
    Activity,
    Announced,
    Behind,
    Consented,
    Ended,
    Marked,
    Paused,
    Resumed,
    SpeechEnded,
    Started,
    UtteranceHeard,
)
from listenlive.live.feed import Phase, Subscription
from listenlive.live.watch import Watch
from listenlive.session import LiveSession
from listenlive.span import Span

SECOND = SAMPLE_RATE
CONSENT = Consented(Consent("Theo", "flag", "2026-05-03T19:04:00+02:00"))


class Script:
    """A source that yields what the test hands in."""

    level = -30.0

    def __init__(self, *sounds, then=None) -> None:
        self.queue: SimpleQueue = SimpleQueue()
        self.at = 0
        self.then = then
        for sound in sounds:
            self.queue.put(sound)

    def speak(self, seconds: int) -> None:
        for _ in range(seconds):
            self.queue.put(AudioChunk(np.zeros((SECOND, 1), dtype=np.float32), self.at))
            self.at += SECOND

    def __iter__(self):
        while (sound := self.queue.get()) is not None:
            yield sound
        if self.then:
            raise self.then

    def stop(self) -> None:
        self.queue.put(None)

    def pause(self) -> None:
        self.queue.put(Paused(self.at / SECOND))

    def resume(self) -> None:
        self.queue.put(Resumed(self.at / SECOND, 5.0))


def hear(sounds) -> Iterator:
    """One utterance for each second of sound; ends as the pipeline does."""
    yield Started("2026-05-03T19:04:00", "live", "desk", 1)
    end = 0.0
    for number, sound in enumerate(sounds, 1):
        if not isinstance(sound, AudioChunk):
            yield sound
            continue
        if not len(sound.samples):
            continue
        end = sound.span.end
        yield Activity(sound.span.start, ("A",))
        yield UtteranceHeard(Utterance(number, "A", sound.span))
    yield Ended(end)


def session(source, *, hear=hear, **how) -> tuple[LiveSession, list]:
    kept: list = []
    return LiveSession(source, hear, keep=kept.append, **how), kept


def test_all_that_is_heard_is_kept_and_shown_in_order():
    source = Script()
    live, kept = session(source, opening=(CONSENT,))
    view = live.subscribe()
    live.start()
    source.speak(2)
    live.end()
    shown = list(view)
    assert [type(event).__name__ for event in kept] == [
        "Started",
        "Consented",
        "UtteranceHeard",
        "UtteranceHeard",
        "Ended",
    ]
    assert [event for event in shown if not isinstance(event, Activity)] == kept
    assert sum(isinstance(event, Activity) for event in shown) == 2
    assert live.result().duration == 2.0
    assert live.phase is Phase.DONE


def test_sound_is_taken_in_before_anything_understands_it():
    source, loaded = Script(), SimpleQueue()

    def slow(sounds):
        loaded.get()  # models load for as long as the test likes
        yield from hear(sounds)

    live, kept = session(source, hear=slow)
    live.start()
    source.speak(3)
    live.end()
    live._intake.join()
    assert live.clock == 3.0
    assert kept == []
    loaded.put(None)
    assert live.result().duration == 3.0


def test_the_first_sound_is_on_disk_before_models_are_loaded():
    on_disk, source = [], Script()

    def kept_sounds():
        for sound in source:
            on_disk.append(sound)
            yield sound

    def loads(sounds):
        assert on_disk
        yield from hear(sounds)

    live, _ = session(source, hear=loads, sounds=kept_sounds())
    live.start()
    source.speak(1)
    live.end()
    assert live.result().duration == 1.0


def test_a_view_that_comes_late_sees_it_from_the_beginning():
    source = Script()
    live, kept = session(source)
    live.start()
    source.speak(1)
    live.end()
    live.result()
    late = live.subscribe()
    assert list(late.news()) == kept
    assert list(late) == []


def test_a_view_that_comes_late_knows_what_still_holds():
    source, told = Script(), (Behind(7.0), Announced(1.0, "one minute left"), Behind(9.0))

    def hears(sounds):
        yield Started("2026-05-03T19:04:00+02:00", "live", "x", 1)
        yield from told
        yield Activity(1.0, ("A",))
        yield from hear(sounds)

    live, _ = session(source, hear=hears)
    first = iter(live.subscribe())
    live.start()
    source.speak(1)
    while not isinstance(next(first), Activity):
        pass
    late = [event for event in live.subscribe().news() if isinstance(event, Behind | Announced)]
    live.end()
    live.result()
    assert late == [Behind(9.0), Announced(1.0, "one minute left")]
    assert not any(isinstance(event, Behind | Announced) for event in live.subscribe().news())


def test_what_nobody_fetches_stays_small_and_loses_no_change_of_speakers():
    view = Subscription([])
    for tenth in range(36_000):
        view.put(Activity(tenth / 10, ("A",) if tenth < 18_000 else ("B",)))
    view.put(None)
    assert view.news() == (
        Activity(0.0, ("A",)),
        Activity(1799.9, ("A",)),
        Activity(1800.0, ("B",)),
        Activity(3599.9, ("B",)),
    )
    assert view.over


def test_marks_lie_where_they_were_made():
    source = Script()
    live, kept = session(source)
    view = live.subscribe()
    live.start()
    source.speak(1)
    next(event for event in view if isinstance(event, UtteranceHeard))
    live.mark("she paused here")
    live.mark(at=0.4)
    live.end()
    assert [(m.at, m.note) for m in live.result().marks] == [(1.0, "she paused here"), (0.4, "")]
    assert sum(isinstance(event, Marked) for event in kept) == 2
    live.mark("too late")
    assert len(live.conversation.marks) == 2


def test_pausing_and_going_on_reach_the_source_once():
    source = Script()
    live, kept = session(source)
    live.start()
    live.pause()
    live.pause()
    assert live.phase is Phase.PAUSED
    live.resume()
    live.resume()
    live.end()
    live.result()
    assert [type(event) for event in kept] == [Started, Paused, Resumed, Ended]


def test_stopping_at_once_keeps_what_was_taken_in_and_waits_for_nobody():
    source, never = Script(), SimpleQueue()

    def stuck(sounds):
        yield Started("2026-05-03T19:04:00", "live", "desk", 1)
        for _ in sounds:
            never.get()

    live, kept = session(source, hear=stuck)
    view = live.subscribe()
    live.start()
    source.speak(2)
    next(iter(view))
    live.end()
    live.abandon()
    assert live.wait(0)
    assert live.phase is Phase.ABANDONED
    assert live.clock == 2.0
    assert not any(isinstance(event, Ended) for event in kept)
    never.put(None)


def test_what_cannot_be_heard_raises_where_the_result_is_asked_for():
    def broken(sounds):
        raise ModelError("no model; get one")
        yield

    live, _ = session(Script(), hear=broken)
    live.start()
    with pytest.raises(ModelError, match="get one"):
        live.result()
    assert live.phase is Phase.FAILED


def test_what_cannot_be_heard_is_over_only_once_the_source_is_closed():
    over_before = []

    class Device(Script):
        def __iter__(self):
            yield from super().__iter__()
            over_before.append(live.wait(0.05))  # as long as it takes to close

    def broken(sounds):
        raise ModelError("no model; get one")
        yield

    source = Device()
    source.speak(1)
    live, _ = session(source, hear=broken)
    live.start()
    with pytest.raises(ModelError):
        live.result()
    assert over_before == [False]


def test_a_source_that_fails_ends_the_stream_and_says_why():
    source = Script(then=DeviceError("the microphone is gone"))
    live, kept = session(source)
    live.start()
    source.speak(1)
    source.stop()
    with pytest.raises(DeviceError, match="gone"):
        live.result()
    assert isinstance(kept[-1], Ended)


def test_it_ends_by_itself_when_nobody_speaks():
    def quiet(sounds):
        yield Started("2026-05-03T19:04:00", "live", "desk", 1)
        for sound in sounds:
            if sound.span.end == 3.0:
                yield SpeechEnded(Span(1.0, 3.0), 0)
        yield Ended(sound.span.end)

    source = Script()
    live, _ = session(source, hear=quiet, watch=Watch(silence=10.0))
    view = live.subscribe()
    live.start()
    source.speak(13)
    told = [(event.at, event.text) for event in view if isinstance(event, Announced)]
    assert [at for at, _ in told] == [8.0, 13.0]
    assert "nobody has spoken for 10 seconds" in told[1][1]
    assert live.result().duration == 13.0


def test_in_a_pause_words_still_come_out():
    late = []

    def slow(sounds):
        """Its words come a while after the sound, with whatever comes next."""
        yield Started("2026-05-03T19:04:00", "live", "desk", 1)
        for number, sound in enumerate(sounds, 1):
            if isinstance(sound, AudioChunk) and len(sound.samples):
                late.append(UtteranceHeard(Utterance(number, "A", sound.span)))
            elif isinstance(sound, AudioChunk):
                yield from late
                late.clear()
        yield Ended(1.0)

    source = Script()
    live, _ = session(source, hear=slow)
    view = live.subscribe()
    live.start()
    source.speak(1)
    live.pause()
    assert any(isinstance(event, UtteranceHeard) for event in view)  # nothing more comes in
    live.end()
    live.wait()

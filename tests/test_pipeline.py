"""The whole of hearing on scripted engines: no model, no file, no clock."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from listenlive.analysis import analyse
from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.config import Measuring, Segmentation
from listenlive.conversation import Person, Tone, Voice, Word
from listenlive.engines.scripted import ScriptedDetector
from listenlive.engines.scripted_people import ScriptedDiarizer, ScriptedToneMeter
from listenlive.engines.scripted_words import ScriptedTranscriber
from listenlive.events import (
    Activity,
    AudioLost,
    Behind,
    Diarized,
    Ended,
    LanguageDetected,
    Noted,
    Partial,
    Passing,
    Paused,
    Relabelled,
    Resumed,
    SpeechEnded,
    UtteranceHeard,
    from_json,
    replay,
    to_json,
)
from listenlive.pipeline import Ears, listen
from listenlive.preview import ChannelLookout, Preview, Seen, Sketches
from listenlive.segmenter import HOP, Segmenter
from listenlive.span import Span

SECONDS = 30
LEFT = "." * 31 + "#" * 125 + "." * 500 + "#" * 100
RIGHT = "." * 190 + "#" * 125 + "." * 620
VOICES = (
    Voice("A", Span(1.0, 5.0)),
    Voice("B", Span(6.1, 10.1), confidence=0.8),
    Voice("A", Span(21.0, 24.2)),
)
TEXTS = ("How was your day", "It was long and I am tired", "Tell me")
TONE = Tone(120.0, 4.0, -25.0, 4.0, 0.7)


class Inline(Executor):
    """Runs what is submitted at once, in this thread."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def chunks_of(size: int, *, channels: int = 2) -> Iterator[AudioChunk]:
    samples = np.random.default_rng(1).normal(0, 0.1, (SECONDS * SAMPLE_RATE, channels))
    for start in range(0, len(samples), size):
        yield AudioChunk(samples[start : start + size].astype(np.float32), start)


class Rough(ScriptedTranscriber):
    """Sketches what it was told to, too."""

    def sketch(self, piece, *, language):
        assert language == "en"
        seconds = len(piece) / SAMPLE_RATE
        return (Word(f"{seconds:.1f}s", Span(0.0, seconds), 1.0),)


def previewed(
    *, rows=(LEFT, RIGHT), executor=None, size=1600, late=lambda _end: 0.0, lookout=None, **how
):
    """All events of a live session on scripted engines."""
    executor, split = executor or Inline(), len(rows) > 1
    rough = replace(ears(rows=rows, split=split, **how), transcriber=Rough(how.get("texts", TEXTS)))
    sketches = Sketches(
        rough.transcriber,
        now=executor,
        soon=executor,
        channels=len(rows),
        segmentation=Segmentation(),
    )
    preview = Preview(
        lookout or ChannelLookout("AB"[: len(rows)], settings=Segmentation()),
        sketches,
        speakers=("A", "B") if split else None,
        measuring=Measuring(),
        late=late,
    )
    chunks = chunks_of(size, channels=len(rows))
    return list(listen(chunks, rough, executor=Inline(), people=named, batch=1, preview=preview))


def ears(*, rows=(LEFT, RIGHT), split=True, texts=TEXTS, voices=VOICES) -> Ears:
    return Ears(
        detector=ScriptedDetector(*rows),
        segmenters=tuple(Segmenter(channel=c, settings=Segmentation()) for c in range(len(rows))),
        diarizer=ScriptedDiarizer(voices),
        tone_meter=ScriptedToneMeter(TONE),
        transcriber=ScriptedTranscriber(texts) if texts is not None else None,
        split=split,
    )


def named(speakers):
    return tuple(Person(speaker, speaker) for speaker in speakers)


def heard(size=HOP, *, executor=None, batch=1, **how):
    channels = len(how.get("rows", (LEFT, RIGHT)))
    chunks = chunks_of(size, channels=channels)
    return list(
        listen(chunks, ears(**how), executor=executor or Inline(), people=named, batch=batch)
    )


def test_words_reach_the_person_on_whose_channel_they_were_heard():
    conversation = replay(heard(texts=("How was your day Tell me", "It was long")))
    assert [(u.speaker, u.text) for u in conversation.utterances] == [
        ("A", "How was your"),
        ("B", "It was long"),
        ("A", "day Tell me"),
    ]
    assert conversation.duration == SECONDS
    assert conversation.language == "en"
    assert {u.tone for u in conversation.utterances} == {TONE}
    assert conversation.utterances[1].confidence == 0.8


def test_on_one_microphone_words_go_to_the_voice_that_covers_them():
    both = "".join(
        "#" if "#" in pair else "."
        for pair in zip(LEFT.ljust(999, "."), RIGHT.ljust(999, "."), strict=True)
    )
    conversation = replay(heard(rows=(both,), split=False, texts=("one two three four five six",)))
    assert [u.speaker for u in conversation.utterances] == ["A", "B", "A"]
    assert " ".join(u.text for u in conversation.utterances) == "one two three four five six"


def test_events_come_in_their_order():
    kinds = [type(event) for event in heard()]
    assert kinds.index(SpeechEnded) < kinds.index(UtteranceHeard) < kinds.index(LanguageDetected)
    assert kinds[-3:] == [Diarized, Relabelled, Ended]


def test_what_a_source_tells_between_chunks_is_passed_on_where_it_happened():
    told = {
        6: (Paused(5.0), Resumed(5.0, 90.0)),  # both fall into the silence after the first region
        12: (AudioLost(Span(10.5, 11.0), "the microphone was unplugged"),),
    }

    def sounds():
        for i, chunk in enumerate(chunks_of(SAMPLE_RATE)):
            yield from told.get(i, ())
            yield chunk

    events = list(listen(sounds(), ears(), executor=Inline(), people=named, batch=1))
    between = [e for e in events if isinstance(e, AudioLost | Paused | Resumed | SpeechEnded)]
    ends = [e for e in between if isinstance(e, SpeechEnded)]
    assert between == [ends[0], *told[6], ends[1], *told[12], ends[2]]
    conversation = replay(events)
    assert conversation.pauses == (5.0,)
    assert conversation.lost == (Span(10.5, 11.0),)
    assert conversation.utterances == replay(heard()).utterances


@pytest.mark.parametrize("size", [160, 4_000, 16_000, 480_000])
def test_chunk_size_does_not_matter(size):
    assert replay(heard(size)) == replay(heard(HOP))


def test_a_worker_hears_the_same_as_one_thread():
    with ThreadPoolExecutor(max_workers=1) as executor:
        assert replay(heard(executor=executor)) == replay(heard())


def test_a_saved_session_gives_the_same_analysis():
    events = heard()
    loaded = replay(from_json(to_json(event)) for event in events)
    assert loaded == replay(events)
    assert analyse(loaded) == analyse(replay(events))


def test_without_a_transcriber_there_is_timing_and_no_words():
    conversation = replay(heard(texts=None))
    assert [u.span for u in conversation.utterances] == [voice.span for voice in VOICES]
    assert not any(u.words for u in conversation.utterances)
    assert conversation.language is None


def test_speech_without_a_word_is_doubted():
    def notes(**how):
        return [event.text for event in heard(**how) if isinstance(event, Noted)]

    (doubt,) = notes(texts=("", "", ""))
    assert doubt.startswith("11 s sounded like speech, but no word was understood")
    assert notes(texts=("Yes", "", "")) == []
    assert notes(texts=None) == []
    assert notes(texts=("", "", ""), voices=VOICES[:2]) == []  # 8 s: too little to doubt


def test_silence_is_a_conversation_of_nobody():
    conversation = replay(heard(rows=("", ""), voices=()))
    assert conversation.utterances == ()
    assert conversation.people == ()
    assert conversation.duration == SECONDS
    assert analyse(conversation).moments == ()


def test_an_error_in_the_worker_reaches_the_listener():
    class Broken(ScriptedTranscriber):
        def transcribe(self, pieces, *, language):
            raise RuntimeError("broken")

    broken = Ears(
        detector=ScriptedDetector(LEFT),
        segmenters=(Segmenter(),),
        diarizer=ScriptedDiarizer(VOICES),
        tone_meter=ScriptedToneMeter(),
        transcriber=Broken(),
    )
    with ThreadPoolExecutor(max_workers=1) as executor, pytest.raises(RuntimeError, match="broken"):
        list(listen(chunks_of(HOP, channels=1), broken, executor=executor, people=named))


# --- live


def lasting(events):
    return [event for event in events if not isinstance(event, Passing)]


def test_the_result_is_the_same_with_a_preview_and_without():
    texts = ("How was your day Tell me", "It was long")
    live, plain = previewed(texts=texts), heard(texts=texts)
    bare = [replace(u, id=0) for u in replay(lasting(live)).utterances]
    assert bare == [replace(u, id=0) for u in replay(plain).utterances]
    assert replay(lasting(live)).language == "en"


def test_what_was_provisional_is_all_replaced():
    live = lasting(previewed())
    shown = {e.utterance.id for e in live if isinstance(e, UtteranceHeard)}
    (relabelled,) = [e for e in live if isinstance(e, Relabelled)]
    assert shown
    assert shown == set(relabelled.replaced)
    assert not shown & {u.id for u in relabelled.utterances}


def test_an_utterance_is_shown_right_after_it_ended():
    events = previewed()
    at = 0.0
    shown = []
    for event in events:
        if isinstance(event, Activity):
            at = event.at
        if isinstance(event, UtteranceHeard):
            shown.append((event.utterance.speaker, round(at - event.utterance.span.end, 1)))
    # 0.4 s of silence end it, 0.2 s of which are kept around its words
    assert [speaker for speaker, _ in shown] == ["A", "B", "A"]
    assert all(0 < wait <= 0.5 for _, wait in shown), shown


class TakesTurns:
    """On one microphone A speaks until 5 s, then B."""

    known = None

    def __init__(self):
        self.hops = 0

    def feed(self, chunk, own):
        middles = (self.hops + np.arange(len(own)) + 0.5) * HOP / SAMPLE_RATE
        first = Seen(self.hops * HOP / SAMPLE_RATE, HOP / SAMPLE_RATE, ("A", "B"), own > 0.5)
        self.hops += len(own)
        turns = np.stack([middles < 5, middles > 5], axis=1)
        return replace(first, speaking=turns & (own > 0.5))


def test_on_one_microphone_a_turn_is_shown_when_another_ones_follows_at_once():
    at, shown = 0.0, []
    for event in previewed(rows=("." * 31 + "#" * 250 + "." * 600,), lookout=TakesTurns()):
        if isinstance(event, Activity):
            at = event.at
        if isinstance(event, UtteranceHeard):
            shown.append((event.utterance.speaker, event.utterance.span.end, at))
    (first, ended, told), (second, *_) = shown
    assert (first, second) == ("A", "B")
    assert ended == pytest.approx(5.0, abs=0.3)  # where it is quietest around its end
    assert told - ended < 1.0


def test_running_speech_is_shown_every_three_seconds():
    partials = [e for e in previewed() if isinstance(e, Partial)]
    assert [(e.speaker, round(e.span.start), round(e.span.end)) for e in partials] == [
        ("A", 1, 4),
        ("B", 6, 9),
        ("A", 21, 24),
    ]


def test_who_speaks_is_shown_with_every_chunk():
    activity = [e for e in previewed() if isinstance(e, Activity)]
    assert len(activity) == pytest.approx(10 * SECONDS, abs=2)
    talking = {e.speakers for e in activity if 2.0 < e.at < 4.5}
    assert talking == {("A",)}
    assert {e.speakers for e in activity if 11.0 < e.at < 20.0} == {()}


def test_a_partial_text_is_dropped_when_its_sentence_ends():
    class Slow(Executor):
        """Runs nothing until asked."""

        def __init__(self):
            self.jobs = []

        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            self.jobs.append((future, fn, args))
            return future

    slow = Slow()
    events = previewed(executor=slow)
    assert not [e for e in events if isinstance(e, Partial | UtteranceHeard)]
    assert all(future.cancelled() for future, *_ in slow.jobs)  # nothing is left to be done
    assert len(slow.jobs) >= 4


def test_it_is_said_when_hearing_falls_behind_and_when_it_has_caught_up():
    events = previewed(late=lambda end: 6.0 if 8 < end < 12 else 0.0)
    assert [e.seconds for e in events if isinstance(e, Behind)] == [6.0, 0.0]
    assert not [e for e in events if isinstance(e, Partial) and e.speaker == "B"]


def test_without_words_a_preview_shows_who_speaks():
    preview = Preview(
        ChannelLookout("AB", settings=Segmentation()),
        None,
        speakers=("A", "B"),
        measuring=Measuring(),
    )
    chunks = chunks_of(1600)
    events = listen(chunks, ears(texts=None), executor=Inline(), people=named, preview=preview)
    assert {e.speakers for e in events if isinstance(e, Activity)} == {(), ("A",), ("B",)}


def test_a_chunk_of_nothing_changes_nothing():
    def with_empty():
        for chunk in chunks_of(SAMPLE_RATE):
            yield chunk
            yield AudioChunk(chunk.samples[:0], chunk.end)

    events = list(listen(with_empty(), ears(), executor=Inline(), people=named, batch=1))
    assert replay(events) == replay(heard())

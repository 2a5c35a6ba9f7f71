"""The whole of hearing on scripted engines: no model, no file, no clock."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest

from listenlive.analysis import analyse
from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.config import Segmentation
from listenlive.conversation import Person, Tone, Voice
from listenlive.engines.scripted import ScriptedDetector
from listenlive.engines.scripted_people import ScriptedDiarizer, ScriptedToneMeter
from listenlive.engines.scripted_words import ScriptedTranscriber
from listenlive.events import (
    AudioLost,
    Diarized,
    Ended,
    LanguageDetected,
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

"""The same sound as a file and as a live session."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile as sf

from listenlive import hearing
from listenlive.analysis import analyse
from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.config import Settings, Transcription
from listenlive.conversation import Conversation
from listenlive.errors import AudioFileError
from listenlive.events import Activity, Partial, Passing, Resumed, TalkOverHeard, UtteranceHeard
from listenlive.events import replay as folded
from listenlive.hearing import Lateness, Show, cuts, heard, heard_live
from listenlive.sources import AudioFile
from listenlive.span import Span

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


class Inline(Executor):
    """Runs what is submitted at once, in this thread."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class AtOnce:
    """A worker that has done each job when it is asked for it, however busy the computer is."""

    def at(self, _rank):
        return Inline()

    def submit(self, _rank, work):
        return Inline().submit(work)

    def make_way(self):
        pass

    def close(self):
        pass


def as_microphone(path: Path, *, seconds: float = 1e9) -> Iterator[AudioChunk]:
    """The recording in chunks of a tenth of a second, as fast as they are asked for."""
    for chunk in AudioFile(path):
        for start in range(0, len(chunk.samples), SAMPLE_RATE // 10):
            if chunk.offset + start >= seconds * SAMPLE_RATE:
                return
            part = chunk.samples[start : start + SAMPLE_RATE // 10]
            yield AudioChunk(part, chunk.offset + start)


def live(path: Path, settings: Settings, *, seconds: float = 1e9, **how) -> list:
    channels = AudioFile(path).channels
    chunks = as_microphone(path, seconds=seconds)
    return list(heard_live(chunks, settings, name=path.name, channels=channels, **how))


def lasting(events) -> Conversation:
    return folded(event for event in events if not isinstance(event, Passing))


def bare(conversation: Conversation):
    """What was said and when, without the numbers that events were given."""
    return [replace(utterance, id=0) for utterance in conversation.utterances]


def moments(conversation: Conversation):
    return [replace(moment, evidence=(), answers=()) for moment in analyse(conversation).moments]


def part_of(path: Path, span: Span, to: Path) -> Path:
    """The recording from `span.start` to its end: models take their time with all of it."""
    (samples,) = cuts(AudioFile(path), [span]).values()
    sf.write(to, samples, SAMPLE_RATE)
    return to


@pytest.mark.model
@pytest.mark.parametrize("name", ["walk.flac", "walk.mono.flac"])
def test_live_and_file_give_the_same_words_and_moments(name, tmp_path):
    recording = part_of(SAMPLES / name, Span(42.0, 72.0), tmp_path / name)
    events = live(recording, Settings())
    shown, file = lasting(events), folded(heard(recording, Settings()))
    assert len(shown.utterances) >= 4
    assert bare(shown) == bare(file)
    assert moments(shown) == moments(file) != []
    assert shown.people == file.people
    assert shown.language == file.language == "en"


@pytest.mark.parametrize("name", ["walk.flac", "walk.mono.flac"])
def test_a_script_runs_the_whole_live_path_without_a_model(name, monkeypatch):
    monkeypatch.setattr("listenlive.hearing._transcriber", None)  # nobody may ask for it
    monkeypatch.setattr("listenlive.hearing.Worker", AtOnce)
    events = live(SAMPLES / name, Settings(), show=Show(SAMPLES / name))
    conversation = lasting(events)
    said = " ".join(u.text for u in conversation.utterances)
    assert "They offered me the job." in said.replace("  ", " ")
    assert [p.id for p in conversation.people] == ["A", "B"]
    told = [(round(e.at), e.by, e.over) for e in events if isinstance(e, TalkOverHeard)]
    assert told == [(57, "B", "A"), (88, "B", "A")]  # samples/walk.events.json
    assert any(isinstance(e, Partial) for e in events)
    shown = [e.utterance for e in events if isinstance(e, UtteranceHeard)]
    right = sum(u.span.duration for u in shown if _is_theirs(u, conversation))
    assert right / sum(u.span.duration for u in shown) > 0.9


def test_a_script_that_is_ended_early_tells_nothing_of_the_rest():
    events = live(SAMPLES / "walk.flac", Settings(), seconds=33.0, show=Show(SAMPLES / "walk.flac"))
    conversation = lasting(events)
    assert conversation.duration == 33.0
    assert max(u.span.end for u in conversation.utterances) <= 33.0


def test_free_memory_is_given_back_every_minute(monkeypatch):
    asked = []
    monkeypatch.setattr("listenlive.hearing.give_back", lambda: asked.append(1))
    live(SAMPLES / "walk.flac", Settings(), seconds=125.0, show=Show(SAMPLES / "walk.flac"))
    assert len(asked) == AudioFile(SAMPLES / "walk.flac").duration // 60


def _is_theirs(shown, conversation: Conversation) -> bool:
    return any(
        u.speaker == shown.speaker and (part := u.span & shown.span) and part.duration > 0.1
        for u in conversation.utterances
    )


def test_only_bundled_conversations_can_be_replayed(tmp_path):
    with pytest.raises(AudioFileError, match="Leave out --scripted"):
        live(SAMPLES / "walk.flac", Settings(), show=Show(tmp_path / "mine.flac"))


def test_nobody_watches_nothing_passes():
    events = live(SAMPLES / "walk.flac", _timing(), show=None)
    assert not [e for e in events if isinstance(e, Passing)]
    assert bare(lasting(events)) == bare(folded(heard(SAMPLES / "walk.flac", _timing())))


def test_one_microphone_shows_who_speaks_a_second_later():
    events = live(SAMPLES / "walk.mono.flac", _timing(), seconds=60)
    truth = [line.split() for line in (SAMPLES / "walk.rttm").read_text().splitlines()]
    voices = [(r[7], float(r[3]), float(r[3]) + float(r[4])) for r in truth]
    activity = [e for e in events if isinstance(e, Activity) and e.at > 20]
    alone = [
        (e.speakers, who)
        for e in activity
        if len(who := {s for s, start, end in voices if start + 0.3 < e.at < end - 0.1}) == 1
    ]
    right = sum(speakers == tuple(who) for speakers, who in alone)
    assert len(alone) > 25
    assert right / len(alone) > 0.8


def _timing() -> Settings:
    base = Settings()
    return replace(base, transcription=replace(base.transcription, words=False))


def test_lateness_is_what_the_clock_is_ahead_of_the_sound_but_for_pauses():
    now = [100.0]
    late = Lateness(lambda: now[0])
    now[0] = 103.0
    assert late(1.0) == 2.0
    now[0] = 163.5
    assert list(late.of([Resumed(1.0, 60.0)]))
    assert late(1.5) == pytest.approx(2.0)
    now[0] = 164.0
    assert late(4.0) == 0.0


def test_a_source_that_is_faster_than_the_clock_is_never_late():
    late = Lateness(lambda: 5.0)
    assert late(10.0) == 0.0
    assert late(20.0) == 0.0


@pytest.mark.parametrize(("given", "live", "file"), [(0, 1, 0), (3, 3, 3)], ids=["open", "set"])
def test_a_live_session_leaves_the_other_cores_to_the_rest_of_the_computer(
    monkeypatch: pytest.MonkeyPatch, given: int, live: int, file: int
):
    asked = []
    monkeypatch.setattr("listenlive.weights.resolve", lambda _model: None)
    monkeypatch.setattr(
        "listenlive.engines.whisper.WhisperTranscriber",
        lambda _folder, **options: asked.append(options["threads"]),
    )
    settings = replace(Settings(), transcription=Transcription(threads=given))
    hearing._transcriber(settings, lambda: None)
    hearing._transcriber(settings, None)
    assert asked == [live, file]

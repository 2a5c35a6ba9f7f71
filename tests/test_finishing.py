"""Finishing what was cut off, with an ear that only measures."""

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from kitchen import kitchen
from listenlive import app, store
from listenlive.audio import SAMPLE_RATE, AudioChunk, seconds
from listenlive.config import Settings
from listenlive.conversation import (
    Consent,
    Mark,
    Person,
    Practice,
    PracticeStep,
    Role,
    StepKind,
    Utterance,
)
from listenlive.errors import AudioFileError, ModelError, SessionError
from listenlive.events import (
    Activity,
    AudioLost,
    Consented,
    Diarized,
    Ended,
    Marked,
    Noted,
    Paused,
    PersonNamed,
    PracticeBegan,
    PracticeStepEnded,
    Resumed,
    Started,
    UtteranceHeard,
)
from listenlive.finishing import finish
from listenlive.hearing import cuts
from listenlive.recorder import Recorder, opened
from listenlive.span import Span
from listenlive.store import SavedSession, SessionWriter

BEGAN = datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)
CONSENT = Consented(Consent("Bo", "key", BEGAN.isoformat()))
MARKED = Marked(Mark(0.7, "here"))
PEOPLE = (Person("A", "Me", Role.LISTENER), Person("B", "Partner", Role.PARTNER))
PEOPLE_BY_STEPS = (Person("A", "Me", Role.LISTENER), Person("B", "Bo", Role.PARTNER))
CUT_OFF = "the session was cut off; its last moment may be missing"


class Device:
    """A device that gives two seconds of sound, with a pause and a loss in it, then fails."""

    name, channels, duration, warnings = "mic", 1, None, ()

    def __iter__(self):
        samples = np.random.default_rng(5).uniform(-1, 1, (2 * SAMPLE_RATE, 1))
        chunks = [
            AudioChunk(samples[at : at + 1600].astype(np.float32), at)
            for at in range(0, len(samples), 1600)
        ]
        yield from chunks[:6]
        yield Paused(0.6)
        yield Resumed(0.6, 30.0)
        yield from chunks[6:12]
        yield AudioLost(Span(1.0, 1.2), "unplugged")
        yield from chunks[12:]


def hears(sounds, settings, *, name, channels, names):
    """One utterance over all that is heard; provisional things as a live session has them."""
    end = 0
    yield Started("now", "live", name, channels)
    for sound in sounds:
        if isinstance(sound, AudioChunk):
            end = sound.end
            yield Activity(seconds(end), ("A",))
        else:
            yield sound
    yield UtteranceHeard(Utterance(1, "A", Span(0, seconds(end))))
    yield Diarized(PEOPLE, sees_overlap=True)
    yield Ended(seconds(end))


@pytest.fixture
def cut_off(tmp_path):
    """A session whose program was killed after 1.5 s."""
    writer = SessionWriter(tmp_path, "mic", Settings(), began=BEGAN, live=())
    writer.append(Started(BEGAN.isoformat(), "live", "mic", 1))
    writer.append(CONSENT)
    for sound in Recorder(Device(), writer.folder):
        if isinstance(sound, AudioChunk) and sound.end == 24_000:
            writer.append(MARKED)
            lines = (writer.folder / store.AUDIO_TOLD).read_text()
    (writer.folder / store.AUDIO_TOLD).write_text(lines)
    writer.leave()
    return SavedSession(writer.folder)


def test_what_was_heard_and_what_was_said_are_together_again(cut_off):
    heard = finish(cut_off, hear=hears)
    assert list(cut_off.events()) == [
        Started(BEGAN.isoformat(), "live", "mic", 1),
        CONSENT,
        MARKED,
        Paused(0.6),
        Resumed(0.6, 30.0),
        AudioLost(Span(1.0, 1.2), "unplugged"),
        UtteranceHeard(Utterance(1, "A", Span(0, 2.0))),
        Diarized(PEOPLE, sees_overlap=True),
        PersonNamed("B", "Bo"),
        Noted(CUT_OFF),
        Ended(2.0),
    ]
    assert heard.conversation.marks == (MARKED.mark,)
    assert heard.conversation.lost == (Span(1.0, 1.2),)
    assert heard.session == cut_off
    assert heard.recording == cut_off.folder
    assert not cut_off.in_use


def test_finishing_again_changes_nothing(cut_off):
    finish(cut_off, hear=hears)
    once = (cut_off.folder / store.EVENTS).read_bytes()
    finish(cut_off, hear=hears)
    assert (cut_off.folder / store.EVENTS).read_bytes() == once


def test_finishing_that_is_interrupted_can_be_done_again(cut_off):
    def fails(*_sounds, **_rest):
        yield Started("now", "live", "mic", 1)
        raise ModelError("no such model")

    before = (cut_off.folder / store.EVENTS).read_bytes()
    with pytest.raises(ModelError):
        finish(cut_off, hear=fails)
    assert (cut_off.folder / store.EVENTS).read_bytes() == before
    assert store.unfinished(cut_off.folder.parents[1]) == (cut_off,)
    assert finish(cut_off, hear=hears).conversation.duration == 2.0


def test_a_crash_before_the_first_event_is_no_matter(cut_off):
    (cut_off.folder / store.EVENTS).write_text('{"event": "Sta')
    finish(cut_off, hear=hears)
    assert next(iter(cut_off.events())) == Started(BEGAN.isoformat(), "live", "mic", 1)


@pytest.mark.parametrize(
    ("damage", "consent"),
    [
        (None, None),
        (b"\xff\xfe\n" * 9, None),
        (b"my secret\n" * 9, "Bo"),  # after what can be read
    ],
)
def test_damaged_events_do_not_cost_the_report_of_the_sound(cut_off, damage, consent):
    path = cut_off.folder / store.EVENTS
    kept = b"" if damage is None else (path.read_bytes() if consent else b"") + damage
    path.unlink() if damage is None else path.write_bytes(kept)
    found = finish(cut_off, hear=hears).conversation
    assert found.duration == 2.0
    assert (found.consent and found.consent.who) == consent
    assert CUT_OFF in found.notes
    assert "not all could be read" in found.notes[-1]
    aside = path.with_name("events.jsonl.damaged")
    assert (aside.read_bytes() if aside.exists() else b"") == kept


def test_what_was_whole_and_is_damaged_can_be_made_again_of_its_sound(cut_off):
    finish(cut_off, hear=hears)
    path = cut_off.folder / store.EVENTS
    path.write_bytes(path.read_bytes() + b"nonsense\n" * 30)
    with pytest.raises(SessionError) as raised:
        finish(cut_off, hear=hears)
    away = f"mv {path} {path}.damaged && listenlive listen --finish {cut_off.id}"
    assert str(raised.value).endswith(away)
    path.rename(f"{path}.damaged")  # as it says
    assert finish(cut_off, hear=hears).conversation.duration == 2.0


def test_a_session_that_is_recorded_cannot_be_finished(tmp_path):
    writer = SessionWriter(tmp_path, "mic", Settings(), began=BEGAN, live=())
    session = SavedSession(writer.folder)
    with pytest.raises(SessionError, match="is being recorded"):
        finish(session, hear=hears)
    with pytest.raises(SessionError, match="still going on"):
        app.reanalyse(session, Settings())
    writer.leave()
    with pytest.raises(AudioFileError, match="holds no sound"):
        finish(session, hear=hears)


def test_what_was_cut_off_says_how_to_finish_it(cut_off):
    with pytest.raises(SessionError, match="Finish it: listenlive listen --finish"):
        app.reanalyse(cut_off, Settings())


def test_progress_is_told(cut_off):
    told = []
    finish(cut_off, hear=hears, progress=lambda at, whole: told.append((at, whole)))
    assert told[-1] == (2.0, None)


# --- the page of a live session


def page_of(session, **options):
    page = app.page(app.reanalyse(session, session.settings()), **options)
    return page.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def talk(cut_off):
    """The same with a talk in it that has moments."""
    found = kitchen()
    utterances = map(UtteranceHeard, found.utterances)
    cut_off.rewrite([*utterances, Diarized(found.people, sees_overlap=True), Ended(360.0)])
    return cut_off


def test_a_page_says_why_there_is_no_sound(talk):
    # the sound ends after 2 s, the talk goes on
    note = re.search(r"(\d+) of (\d+) moments can be played", page_of(talk))
    assert note, "the page does not say how many moments have sound"
    assert 1 <= int(note[1]) < 10 < int(note[2]), note[0]
    talk.delete_audio(now=BEGAN)
    page = page_of(talk)
    assert "The sound was deleted on 23 November 2026, as was wanted" in page
    assert "--no-audio" not in page
    assert "left out of this page (--no-audio)" in page_of(talk, audio=False)


def test_moments_are_cut_from_the_audio_that_was_kept(cut_off):
    finish(cut_off, hear=hears)
    found = cuts(opened(cut_off.recording), [Span(0.2, 0.5), Span(1.3, 1.9), Span(5.0, 6.0)])
    assert [len(samples) for samples in found.values()] == [4800, 9600]


def test_an_exercise_keeps_its_steps_and_they_tell_who_is_who(tmp_path):
    step = PracticeStep(StepKind.TELL, Span(0, 4), Role.PARTNER, Role.PARTNER)
    writer = SessionWriter(tmp_path, "practice-two-minutes", Settings(), began=BEGAN, live=())
    for event in (Started("now", "live", "mic", 1), CONSENT, PracticeBegan("two-minutes")):
        writer.append(event)
    writer.append(PracticeStepEnded(step))
    assert len(list(Recorder(Device(), writer.folder))) > 20
    writer.leave()

    def two(sounds, settings, **how):
        yield Started("now", "live", "mic", 1)
        for _ in sounds:
            pass
        yield UtteranceHeard(Utterance(1, "B", Span(0, 4)))
        yield UtteranceHeard(Utterance(2, "A", Span(4, 5)))
        yield Diarized((Person("A", "Speaker 1"), Person("B", "Speaker 2")), sees_overlap=True)
        yield Ended(5.0)

    talk = finish(store.find(tmp_path), hear=two).conversation
    assert talk.practice == Practice("two-minutes", (step,))
    assert talk.people == PEOPLE_BY_STEPS

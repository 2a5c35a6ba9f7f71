"""`listenlive listen` as a person uses it: a scripted microphone, scripted hearing, no screen."""

import http.client
import io
import json
import os
import stat
import threading
from contextlib import suppress
from datetime import UTC, datetime
from errno import ENOSPC, EPIPE
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile as sf
from faster_whisper.tokenizer import _LANGUAGE_CODES

from drawing import draw
from listenlive import profiles, store
from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.cli import main
from listenlive.commands.live import Plan
from listenlive.config import LANGUAGES, Settings, Transcription
from listenlive.conversation import Goal, Person, Role
from listenlive.demo import keep_demo
from listenlive.errors import ModelError
from listenlive.events import (
    Activity,
    Diarized,
    Ended,
    LanguageDetected,
    Relabelled,
    Started,
    TalkOverHeard,
    UtteranceHeard,
)
from listenlive.portaudio import InputDevice
from listenlive.recorder import Recorder
from listenlive.session import LiveSession
from listenlive.store import SessionWriter
from listenlive.voices import VoiceProfile

PICTURE = """
A  ======      ====
B         ====
"""
SECONDS = 12


class Desk:
    """A microphone on which nobody has to wait: it gives out `SECONDS` of noise, then ends."""

    duration = None
    warnings = ()
    level = -20.0
    trouble = None
    opened = 0

    def __init__(self, device, *, channels=1, partner=None):
        self.name = device.name if partner is None else f"{device.name} + {partner.name}"
        self.channels = channels if partner is None else 2

    def __enter__(self):
        Desk.opened += 1
        return self

    def __exit__(self, *_how):
        pass

    def __iter__(self):
        noise = np.random.default_rng(1).normal(0, 0.1, (SAMPLE_RATE, self.channels))
        for second in range(SECONDS):
            yield AudioChunk(noise.astype(np.float32), second * SAMPLE_RATE)

    def stop(self):
        pass

    pause = resume = stop


def heard_live(sounds, settings, *, name, channels, **_how):
    """Hears the picture, whoever is recorded."""
    talk = draw(PICTURE, words={"A": ["How was it", "Go on"], "B": ["Long"]})
    yield Started("2026-05-03T19:04:00+02:00", "live", name, channels)
    seconds = sum(isinstance(sound, AudioChunk) for sound in sounds)
    yield Activity(1.0, ("A",))
    yield TalkOverHeard(2.0, "A", "B")
    for utterance in talk.utterances:
        yield UtteranceHeard(utterance)
    yield LanguageDetected("en", 0.9)
    roles = (Role.LISTENER, Role.PARTNER) if channels == 2 else (None, None)
    people = (Person("A", "Me", roles[0]), Person("B", "Partner", roles[1]))
    yield Diarized(people, sees_overlap=True)
    yield Relabelled(tuple(u.id for u in talk.utterances), talk.utterances)
    yield Ended(float(seconds))


def device(number, name, *, usual=False):
    return InputDevice(number, number, name, channels=2, rate=48_000, usual=usual)


def only_base(model):
    if model != "base":
        raise ModelError(f"unknown model {model!r}")


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("listenlive.hearing.heard_live", heard_live)
    monkeypatch.setattr("listenlive.weights.check", only_base)
    monkeypatch.setattr("listenlive.weights.resolve", lambda _: tmp_path)
    monkeypatch.setattr("listenlive.weights.is_proven", lambda _: True)
    monkeypatch.setattr("listenlive.microphone.Microphone", Desk)
    among = (device(0, "Built-in", usual=True), device(1, "Yeti"), device(2, "Call"))
    monkeypatch.setattr("listenlive.microphone.inputs", lambda: among)
    Desk.opened = 0
    return tmp_path / "data"


def listen(*arguments):
    return main(["listen", *arguments])


def only(data):
    (session,) = store.sessions(data)
    return session


def test_without_consent_nothing_is_opened(data, capsys):
    assert listen() == 2
    assert "A script says it with --consent" in capsys.readouterr().err
    assert (Desk.opened, store.sessions(data)) == (0, ())


def test_a_session_is_heard_kept_and_told(data, capsys):
    assert listen("--consent", "--with", "Theo", "--channels", "split") == 0
    out = capsys.readouterr().out
    assert "0:00  Me          How was it" in out
    assert "Theo" in out[out.index("Who spoke") :]
    session = only(data)
    talk = session.conversation()
    assert (talk.consent.who, talk.consent.how) == ("Theo", "flag")
    assert [person.name for person in talk.people] == ["Me", "Theo"]
    assert talk.duration == SECONDS
    assert session.audio
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in session.folder.iterdir())


def test_what_was_chosen_is_remembered(data):
    chosen = ("--device", "yeti", "--partner-device", "call", "--keep-audio", "always")
    assert listen("--consent", "--with", "Theo", *chosen, "--plain") == 0
    found = profiles.preferences(data)
    assert (found.device, found.partner_device, found.keep_audio, found.who) == (
        "Yeti",
        "Call",
        "always",
        "Theo",
    )
    assert listen("--consent") == 0
    again = store.sessions(data)[0]
    assert again.conversation().recording.name == "Yeti + Call"
    assert again.settings().live.keep_audio == "always"


def test_a_device_named_alone_leaves_the_remembered_second_one_out(data):
    profiles.remember(data, profiles.Preferences(device="Yeti", partner_device="Call"))
    assert listen("--consent", "--device", "built", "--channels", "split") == 0
    assert only(data).conversation().recording.name == "Built-in"
    assert profiles.preferences(data).partner_device == ""


def test_a_microphone_that_is_gone_is_said(data, capsys):
    profiles.remember(data, profiles.Preferences(device="Lost"))
    assert listen("--consent") == 0
    assert "Lost is not there; the usual microphone is used" in capsys.readouterr().err
    assert only(data).conversation().recording.name == "Built-in"


def test_the_sound_goes_with_the_report_if_that_is_wanted(data, capsys):
    assert listen("--consent", "--keep-audio", "report") == 0
    assert only(data).audio == ()
    assert only(data).ended
    assert "the sound was deleted" in capsys.readouterr().err


def test_a_full_disk_is_said_at_once(data, monkeypatch, capsys):
    watched, subscribe = threading.Event(), LiveSession.subscribe

    def watch(session):
        view = subscribe(session)
        watched.set()
        return view

    def full(*_how):
        assert watched.wait(10)  # what only passes is shown to those who look by then
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LiveSession, "subscribe", watch)
    monkeypatch.setattr(Recorder, "_keep", full)
    assert listen("--consent", "--channels", "split") == 0
    out = capsys.readouterr().out
    told = "The sound is not kept any more: No space left on device"
    assert out.index(told) < out.index("Who spoke")


def test_goal_and_mood_stand_with_the_session(data):
    assert listen("--consent", "--goal", "listening", "--mood", "7") == 0
    talk = only(data).conversation()
    assert talk.goal is Goal.LISTENING
    assert [(c.form, c.answers[0].value) for c in talk.check_ins] == [("mood_before", 7)]


def test_nothing_is_kept_if_that_is_wanted(data, capsys):
    assert listen("--consent", "--no-save") == 0
    assert "Who spoke" in capsys.readouterr().out
    assert not data.exists() or not list(data.rglob("*.flac"))
    assert store.sessions(data) == ()


def test_other_programs_read_every_event(data, capsys):
    assert listen("--consent", "--json-lines") == 0
    told = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert told[:2] == ["Started", "Consented"]
    assert "UtteranceHeard" in told  # who speaks now is left out where hearing is behind
    assert told[-1] == "Ended"


def test_quiet_without_a_screen_prints_only_the_report(data, capsys):
    assert listen("--consent", "--quiet") == 0
    assert capsys.readouterr().out.lstrip().startswith("A conversation in figures")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--cue", "shout"), "allowed: long-turn=90s"),
        (("--cue", "talk-over"), "which voice is yours. Learn it first (20 s): listenlive enroll"),
        (("--cue", "talk-over", "--me", "1", "--json-lines"), "--json-lines shows no cues"),
        (("--cue", "talk-over", "--me", "1", "--quiet"), "--quiet without a screen shows no cues"),
        (("--me", "9"), "--me 9: at most 2 people are told apart here"),
        (("--me", "nobody"), "--me 'nobody' is nobody here"),
        (("--me", "left"), "heard as one microphone for all"),
        (("--me", "3", "--channels", "split"), "Give a number from 1 to 2"),
        (("--me", "9", "--web"), "--me 9: at most 2"),
        (("--me", "3", "--demo", "--scripted"), "--me 3: at most 2"),
        (("--model", "nope"), "unknown model 'nope'"),
        (("--model", "nope", "--demo"), "unknown model 'nope'"),
        (("--model", "tiny.en", "--language", "de"), "'tiny.en' knows English alone"),
        (
            ("--language", "klingon"),
            "transcription.language = 'klingon' is not known; allowed: auto, af,",
        ),
        (("--speed", "2"), "--speed 2 has no effect without --demo. Add --demo"),
        (("--speed", "0"), "--speed 0 has no effect without --demo"),
        (("--scripted",), "--scripted has no effect without --demo"),
        (("--port", "0"), "--port 0 has no effect without --web"),
        (("--finish", "--speed", "2"), "--speed 2 has no effect without --demo"),
        (("--demo", "--speed", "0"), "a speed of 0 is out of range; allowed: 0.1 to 1000"),
        (("--demo", "--speed", "nan"), "a speed of nan is out of range"),
        (("--demo", "--speed", "-1"), "a speed of -1 is out of range"),
        (("--demo", "--device", "Yeti"), "--device Yeti has no effect with --demo"),
        (("--demo", "--names", "A,B"), "--names A,B has no effect with --demo"),
        (("--json", "/nonexistent/x"), "--json /nonexistent/x: nothing can be written in"),
        (("--demo", "--html", "/nonexistent/x"), "--html /nonexistent/x: nothing can be written"),
        (("--minutes", "0"), "--minutes 0 is out of range"),
        (("--goal", "winning"), "allowed: mutual, listening, exercise"),
        (("--device", "l"), "may be several inputs"),
        (("--device", "Nagra"), "is no input"),
        (("--browser-mic",), "needs --web"),
        (("--web", "--browser-mic", "--device", "Yeti"), "does not go with --device"),
        (("--web", "--json-lines"), "Leave out one of the two"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_recorded(data, flags, message, capsys):
    with suppress(SystemExit):  # how the parser leaves
        assert listen("--consent", *flags) in (1, 2)
    assert message in capsys.readouterr().err
    assert (Desk.opened, store.sessions(data)) == (0, ())


def test_a_damaged_model_is_found_before_anything_is_recorded(data, monkeypatch, tmp_path, capsys):
    model = damaged_model(tmp_path / "mine")
    for name, found in (("check", {}), ("resolve", model), ("is_proven", False)):
        monkeypatch.setattr(f"listenlive.weights.{name}", lambda _, found=found: found)
    assert listen("--consent", "--model", str(model)) == 1
    assert f"cannot load the model in {model}" in capsys.readouterr().err
    assert (Desk.opened, store.sessions(data)) == (0, ())
    assert listen("--consent", "--model", str(model), "--no-words") == 0


def damaged_model(folder):
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    return folder


@pytest.mark.parametrize(
    "flags", [("--model", "nope", "--no-words"), ("--me", "bo", "--names", "A,Bo")]
)
def test_what_is_not_needed_or_known_by_name_is_no_error(data, flags):
    assert listen("--consent", *flags) == 0
    assert only(data).ended


def test_the_languages_are_those_of_the_model():
    assert {"auto", *_LANGUAGE_CODES} == set(LANGUAGES)


@pytest.mark.parametrize("known", [("--me", "2"), ("--channels", "split")])
def test_cues_are_given_where_it_is_known_who_is_me(data, known, capsys):
    assert listen("--consent", "--cue", "talk-over", *known) == 0
    assert ("You came in while they were speaking" in capsys.readouterr().out) is ("split" in known)


def test_a_voice_learned_long_ago_gives_no_cues_and_that_is_said(data, capsys):
    old = VoiceProfile(name="me", embedding=(1.0, 0.0), network="old", seconds=20.0, at="2026")
    profiles.keep_voice(data, old)
    assert listen("--consent", "--cue", "talk-over") == 2
    assert "learned by an older version" in capsys.readouterr().err
    assert Desk.opened == 0
    assert listen("--consent", "--cue", "talk-over", "--me", "2") == 0


def test_on_a_page_too_nothing_is_opened_before_consent(data, monkeypatch):
    answers = []

    def answered(_, address, **_how):
        page = urlsplit(address)
        for given in ({"who": "Theo"}, {"who": "Theo", "keep_audio": "30d", "agreed": True}):
            asking = http.client.HTTPConnection(page.netloc)
            origin = {"origin": f"http://{page.netloc}", "accept": "application/json"}
            asking.request("POST", f"{page.path}/begin", json.dumps(given), origin)
            answers.append((asking.getresponse().status, Desk.opened))
            asking.close()

    monkeypatch.setattr("listenlive.commands.on_page.invite", answered)
    monkeypatch.setattr("listenlive.review.stage.Stage.wait_left", lambda _: None)
    assert listen("--web", "--device", "yeti") == 0
    assert answers == [(400, 0), (200, 1)]
    session = only(data)
    consent = session.conversation().consent
    assert (consent.who, consent.how) == ("Theo", "page")
    assert session.audio


@pytest.fixture
def example(tmp_path, monkeypatch):
    """What a demo plays, and the folder in which it puts what is gone afterwards."""
    path, passing = tmp_path / "talk.flac", tmp_path / "passing"
    sf.write(path, np.zeros((SAMPLE_RATE, 2)), SAMPLE_RATE)
    passing.mkdir()
    monkeypatch.setattr("listenlive.listening.demo_recording", lambda: path)
    monkeypatch.setattr("tempfile.tempdir", str(passing))
    monkeypatch.chdir(tmp_path)
    return passing


def test_a_demo_records_nobody_and_is_not_among_ones_own_sessions(data, example, capsys):
    assert listen("--demo", "--speed", "1000", "--html", "--no-open") == 0
    told = capsys.readouterr()
    assert "A written example; you are Nora; nothing is kept." in told.err
    assert "a written example: nothing of it is kept." in told.err
    assert "kept as session" not in told.err
    assert "A written example: nobody said this." in told.out
    assert (Desk.opened, data.exists(), list(example.iterdir())) == (0, False, [])
    assert "A written example: nobody said this." in Path("session.html").read_text()


def test_without_channels_nobody_is_told_that_they_are_nora(data, example, capsys):
    assert listen("--demo", "--speed", "1000", "--channels", "mix") == 0
    assert "A written example; nothing is kept." in capsys.readouterr().err


def test_pages_of_a_demo_show_it_alone_until_they_are_closed(data, example, monkeypatch, capsys):
    keep_demo(data)
    found = []

    def closed(_):
        (folder,) = example.iterdir()
        found.extend(each.conversation().notes for each in store.sessions(folder))

    monkeypatch.setattr("listenlive.review.stage.Stage.wait_left", closed)
    monkeypatch.setattr("listenlive.commands.on_page.invite", lambda *_, **_how: None)
    assert listen("--demo", "--speed", "1000", "--web") == 0
    assert found == [("A written example: nobody said this.",)]
    assert (len(store.sessions(data)), list(example.iterdir())) == (6, [])
    assert "the page shows it too, with its moments to hear" in capsys.readouterr().err


def test_a_demo_that_is_stopped_at_once_leaves_nothing(data, example, monkeypatch, capsys):
    found = []

    def stopped(start, heard):
        heard.session.abandon()
        heard.session.wait()

    def left(status):
        found.extend(example.iterdir())
        raise SystemExit(status)

    monkeypatch.setattr("listenlive.commands.live.DemoStart.lines", stopped)
    monkeypatch.setattr("listenlive.commands.live._vanish", left)
    with pytest.raises(SystemExit):
        listen("--demo")
    assert "stopped at once; nothing is kept." in capsys.readouterr().err
    assert found == []


def test_a_session_that_was_cut_off_is_offered_and_finished(data, capsys):
    cut_off(data)
    assert listen("--consent") == 0
    assert "was cut off. Make the report of it: listenlive listen --finish" in (
        capsys.readouterr().err
    )
    assert listen("--finish") == 0
    assert "Who spoke" in capsys.readouterr().out
    assert store.unfinished(data) == ()
    assert listen("--finish") == 0
    assert "nothing to finish" in capsys.readouterr().err


def test_a_damaged_session_does_not_stop_a_new_one(data, capsys):
    cut_off(data)
    damaged = only(data)
    (damaged.folder / store.SETTINGS).write_text("[live]\nbegan = 2020-01-01T00:00:00\n")
    assert listen("--consent") == 0
    assert "was cut off" not in capsys.readouterr().err
    assert damaged.audio
    assert [session.ended for session in store.sessions(data)].count(True) == 1


def fails_without(monkeypatch, model):
    """Hearing that knows one model only."""

    def heard(sounds, settings, **how):
        if settings.transcription.words and settings.transcription.model != model:
            raise ModelError(f"unknown model {settings.transcription.model!r}")
        yield from heard_live(sounds, settings, **how)

    monkeypatch.setattr("listenlive.hearing.heard_live", heard)


NOPE = Settings(transcription=Transcription(model="nope"))


def test_a_session_that_cannot_be_finished_does_not_stop_the_others(data, monkeypatch, capsys):
    fails_without(monkeypatch, "base")
    first, second, third = (cut_off(data, settings) for settings in (Settings(), NOPE, Settings()))
    assert listen("--finish") == 1
    said = capsys.readouterr().err
    assert f"error: session {second}: unknown model 'nope'" in said
    assert f"1 of 3 sessions failed: {second}" in said
    assert f"listenlive listen --finish {second} --me 1 --no-words" in said
    assert {session.id for session in store.sessions(data) if session.ended} == {first, third}


def test_options_count_over_what_a_session_was_begun_with(data, monkeypatch, capsys):
    fails_without(monkeypatch, "base")
    name = cut_off(data, NOPE)
    flags = ("--model", "base", "--me", "2", "--names", "Ada,Bo", "--keep-audio", "always")
    assert listen("--finish", *flags) == 0
    session = only(data)
    assert session.ended
    assert session.names == ("Ada", "Bo")
    settings = session.settings()
    assert (settings.transcription.model, settings.speakers.me) == ("base", "2")
    assert settings.live.keep_audio == "always"
    assert listen("--finish", name, "--me", "1") == 1
    assert "it is whole" in capsys.readouterr().err
    assert listen("--finish", name) == 0


@pytest.mark.parametrize("flag", ["--json", "--html"])
def test_each_of_several_that_are_finished_has_its_own_file(data, tmp_path, flag):
    names = {cut_off(data), cut_off(data)}
    assert listen("--finish", flag, str(tmp_path / "out"), "--no-audio") == 0
    assert {path.stem for path in (tmp_path / "out").iterdir()} == names


def test_where_nothing_can_be_written_nothing_is_finished(data, capsys):
    cut_off(data)
    assert listen("--finish", "--json", "/nonexistent/x") == 2
    assert "nothing can be written in /nonexistent" in capsys.readouterr().err
    assert not only(data).ended


def test_options_of_a_new_session_do_not_go_with_finishing(data, capsys):
    cut_off(data)
    assert listen("--finish", "--with", "Bo") == 2
    assert "--with is for a new session" in capsys.readouterr().err
    assert not only(data).ended


def test_what_is_finished_before_a_new_session_is_heard_as_it_was_begun(data, monkeypatch):
    cut_off(data)
    monkeypatch.setattr(Plan, "screen", True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)

    def finish_first(start, *, ask):
        start.finish_first = ask

    monkeypatch.setattr("listenlive.commands.live._on_screen", finish_first)
    assert listen("--me", "2", "--no-words") == 0
    assert only(data).settings() == Settings()
    assert only(data).ended


def cut_off(data, settings=None):
    """A live session that was killed; its name."""
    began = datetime.now(UTC)  # older sound would be due to be deleted
    writer = SessionWriter(data, "desk", settings or Settings(), began=began, live=())
    for _ in Recorder(Desk(device(0, "Built-in")), writer.folder):
        pass
    writer.append(Started(began.isoformat(), "live", "Built-in", 1))
    writer.leave()
    return writer.folder.name


def test_the_bundled_conversation_is_told_without_models(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path))
    monkeypatch.setattr("listenlive.hearing.ears_for", None)  # what would load models
    beginning = first_minute(tmp_path)
    monkeypatch.setattr("listenlive.listening.demo_recording", lambda: beginning)
    path = tmp_path / "out.json"
    assert listen("--demo", "--scripted", "--speed", "1000", "--json", str(path)) == 0
    lines = capsys.readouterr().out
    assert "Nora        (came in over Theo)" in lines
    told = json.loads(path.read_text())
    assert [speaker["name"] for speaker in told["speakers"]] == ["Nora", "Theo"]
    assert told["source"]["kind"] == "live"
    assert [m["kind"] for m in told["moments"] if m["kind"] in ("interruption", "attempt")] == [
        "attempt",
        "interruption",
    ]
    assert store.sessions(tmp_path) == ()


def first_minute(folder):
    """The first minute of the bundled conversation, with its truth."""
    samples = Path(__file__).parents[2] / "samples"
    sound, rate = sf.read(samples / "evening.flac", frames=60 * SAMPLE_RATE)
    sf.write(folder / "evening.flac", sound, rate)
    rows = (samples / "evening.rttm").read_text().splitlines(keepends=True)
    early = [row for row in rows if sum(map(float, row.split()[3:5])) < 60]
    (folder / "evening.rttm").write_text("".join(early))
    lines = json.loads((samples / "evening.words.json").read_text())
    early = [line for line in lines if line["end"] < 60]
    (folder / "evening.words.json").write_text(json.dumps(early))
    return folder / "evening.flac"


class Full(io.StringIO):
    """Where nothing can be written any more, from the second line on."""

    def __init__(self, error):
        super().__init__()
        self._error = error

    def write(self, text):
        if self.tell():
            raise self._error
        return super().write(text)


@pytest.mark.parametrize(
    ("error", "status"),
    [(BrokenPipeError(EPIPE, "Broken pipe"), 141), (OSError(ENOSPC, "No space left"), 1)],
)
def test_where_lines_cannot_be_written_the_sound_is_kept(data, monkeypatch, capsys, error, status):
    def vanish(status):
        raise SystemExit(status)

    monkeypatch.setattr("listenlive.commands.live._vanish", vanish)
    monkeypatch.setattr("sys.stdout", Full(error))
    with pytest.raises(SystemExit) as left:
        listen("--consent", "--json-lines")
    assert left.value.code == status
    assert f"cannot be written any more: {error.strerror}; the sound is kept." in (
        capsys.readouterr().err
    )
    (session,) = store.unfinished(data)
    assert session.audio


def test_a_name_that_is_no_text_is_kept_as_far_as_it_is_one(data):
    assert listen("--consent", "--with", os.fsdecode(b"B\xff")) == 0
    assert profiles.preferences(data).who == "B\N{REPLACEMENT CHARACTER}"

"""The command line as a person uses it, on a saved session: no model, no audio."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from kitchen import kitchen
from listenlive import app, store
from listenlive.cli import main
from listenlive.commands.recorded import names_from, unused_names
from listenlive.config import Settings
from listenlive.conversation import Person
from listenlive.errors import ConfigError
from listenlive.events import (
    Diarized,
    Ended,
    LanguageDetected,
    ListenerSet,
    Started,
    UtteranceHeard,
)
from listenlive.store import SessionWriter


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def session(data):
    """The kitchen talk, saved."""
    talk = kitchen()
    began = datetime(2026, 5, 3, 19, 4, tzinfo=UTC)
    writer = SessionWriter(data, "visit.flac", Settings(), began=began, recording=None)
    writer.append(Started(began.isoformat(), "file", "visit.flac", 2))
    for utterance in talk.utterances:
        writer.append(UtteranceHeard(utterance))
    writer.append(LanguageDetected("en", 0.9))
    writer.append(Diarized(talk.people, sees_overlap=True))
    writer.append(ListenerSet("A"))
    writer.append(Ended(talk.duration))
    return writer.close()


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    text = capsys.readouterr().out
    assert left.value.code == 0
    for command in ("analyze", "report", "sessions", "export", "forget", "models", "doctor"):
        assert f"    {command} " in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["analyse"], "invalid choice: 'analyse'"),
        (["analyze"], "required: FILE"),
        (["analyze", "a.wav", "--channels", "both"], "invalid choice: 'both'"),
    ],
)
def test_a_call_that_does_not_fit_exits_with_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--set", "measuring.turn_gep=1"], "did you mean 'turn_gap'"),
        (["--set", "turn_gap=1"], "does not read as SECTION.NAME=VALUE"),
        (["--set", "measuring.turn_gap=soon"], "must be of type float"),
        (["--config", "nowhere.toml"], "no settings file nowhere.toml"),
    ],
)
def test_a_setting_that_does_not_fit_exits_with_2(session, flags, message, capsys):
    assert main(["report", *flags]) == 2
    assert message in capsys.readouterr().err


def test_report_shows_the_last_session(session, capsys):
    assert main(["report"]) == 0
    out = capsys.readouterr().out
    assert "Floor" in out
    assert out.rstrip().endswith(".")


def test_report_with_other_thresholds_needs_no_models(session, tmp_path, capsys):
    def long_turns(*flags: str) -> int:
        path = tmp_path / "out.json"
        assert main(["report", "last", "--json", str(path), *flags]) == 0
        return sum(m["kind"] == "long_turn" for m in json.loads(path.read_text())["moments"])

    assert long_turns("--set", "measuring.long_turn=20") > long_turns() == 0


def test_saying_who_is_me_lasts(session, capsys):
    assert main(["report", "--me", "Theo"]) == 0
    capsys.readouterr()
    assert main(["report", "--json", "-"]) == 0
    speakers = json.loads(capsys.readouterr().out)["speakers"]
    roles = {speaker["name"]: speaker["role"] for speaker in speakers}
    assert roles == {"Nora": "partner", "Theo": "listener"}
    assert main(["report", "--me", "Zoe"]) == 2
    assert "nobody here" in capsys.readouterr().err


def test_the_page_is_written_privately_and_named(session, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["report", "--html", str(page), "--no-audio"]) == 0
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert str(page) in capsys.readouterr().err
    assert main(["report", "--html"]) == 0
    assert (session.folder / store.PAGE).is_file()


def test_sharing_leaves_the_other_out(session, tmp_path):
    page = tmp_path / "mine.html"
    assert main(["report", "--html", str(page), "--share"]) == 0
    text = page.read_text()
    assert "Theo" not in text
    assert "quokka" not in text


@pytest.mark.parametrize("command", [["report"], ["analyze", "a.wav"], ["listen", "--demo"]])
def test_sharing_without_a_page_is_refused_as_all_else_holds_the_other(session, command, capsys):
    assert main([*command, "--share", "--json", "-"]) == 2
    told = capsys.readouterr()
    assert "--share is about the page, and no page is asked for" in told.err
    assert told.out == ""


def test_a_session_that_was_cut_off_is_not_read_as_a_whole(session, capsys):
    events = session.folder / store.EVENTS
    events.write_text("".join(events.read_text().splitlines(keepends=True)[:-1]))
    assert main(["report"]) == 1
    assert f"session {session.id} was cut off while it was made" in capsys.readouterr().err
    assert main(["sessions"]) == 0
    assert "cut off" in capsys.readouterr().out


def test_sessions_lists_what_is_kept(session, capsys):
    assert main(["sessions"]) == 0
    assert capsys.readouterr().out == f"{session.id}  6:00  Nora, Theo\n"


@pytest.mark.parametrize("output", ["json", "rttm", "srt", "vtt", "csv", "textgrid"])
def test_every_format_is_exported(session, output, tmp_path, capsys):
    path = tmp_path / "out"
    assert main(["export", "last", "--format", output, "-o", str(path)]) == 0
    assert main(["export", "--format", output]) == 0
    assert capsys.readouterr().out == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_export_to_nowhere_says_so(session, capsys):
    assert main(["export", "-o", "/nowhere/at/all.json"]) == 1
    assert "cannot write /nowhere/at/all.json" in capsys.readouterr().err


def test_forget_asks_and_then_leaves_nothing(session, data, capsys):
    assert main(["forget", "last"]) == 2  # nobody at the keyboard
    assert main(["forget", "last", "--yes"]) == 0
    assert "events.jsonl" in capsys.readouterr().out
    assert list((data / "sessions").iterdir()) == []
    assert main(["report"]) == 1
    assert "there are no sessions" in capsys.readouterr().err


def test_an_analysis_of_which_nothing_would_be_left_is_refused_before_it_begins(data, capsys):
    assert main(["analyze", "missing.wav", "--quiet", "--no-save"]) == 2
    assert "--json PATH or --html PATH" in capsys.readouterr().err
    assert main(["analyze", "missing.wav", "--quiet", "--no-save", "--json", "-"]) == 1
    assert "there is no file missing.wav" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("date", "message"),
    [
        ("31.5.2026", "does not read as a day; examples: 2026-05-31"),
        ("9999-01-01", "is yet to come"),
        ("0001-01-01T00:00+14:00", "does not read as a day"),
    ],
)
def test_a_date_that_cannot_be_is_refused_before_anything_is_heard(data, date, message, capsys):
    assert main(["analyze", "missing.wav", "--date", date]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["analyze", "a.wav", "b.wav"], ["practice", "two-minutes", "--recording", "a.wav"]]
)
@pytest.mark.parametrize(
    ("flags", "status", "message"),
    [
        (["--language", "klingon"], 2, "transcription.language = 'klingon' is not known; allowed:"),
        (["--model", "nope"], 1, "unknown model 'nope'"),
        (["--model", "tiny.en", "--language", "de"], 2, "'tiny.en' knows English alone"),
        (["--names", "A,A"], 2, "'A' is there twice"),
        (["--model", "nope", "--no-words"], 1, "there is no file a.wav"),
        (["--model", "tiny.en", "--language", "de", "--no-words"], 1, "there is no file a.wav"),
    ],
)
def test_settings_that_cannot_be_are_said_once_before_any_file(
    data, command, flags, status, message, capsys
):
    assert main([*command, *flags]) == status
    said = capsys.readouterr().err
    assert said.count(message) == 1
    assert ("there is no file" in said) is ("there is no file" in message)


def test_files_that_cannot_be_read_are_each_named(data, tmp_path, capsys):
    text = tmp_path / "notes.txt"
    text.write_text("this is no recording\n" * 200)
    empty = tmp_path / "empty.wav"
    empty.touch()
    assert main(["analyze", "missing.wav", str(text), str(empty)]) == 1
    said = capsys.readouterr().err
    assert "there is no file missing.wav" in said
    assert "notes.txt is not a recording" in said
    assert "empty.wav is empty (0 bytes)" in said
    assert "3 of 3 files failed: missing.wav, notes.txt, empty.wav" in said
    assert store.sessions(data) == ()


def test_the_reports_of_a_session_start_without_models(session):
    code = (
        "import sys; from listenlive.cli import main; status = main(['report', 'last']);"
        "heavy = {'onnxruntime', 'faster_whisper', 'numpy', 'scipy', 'numba', 'av', 'swift_f0'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stderr.strip() == "[]"


def test_sessions_say_what_state_they_are_in(data, capsys):
    began = datetime.now(UTC)
    writers = [SessionWriter(data, f"mic{n}", Settings(), began=began, live=()) for n in range(3)]
    for n, writer in enumerate(writers):
        (writer.folder / "audio-0001.flac").write_bytes(b"x")
        if n == 2:
            writer.append(Ended(61.0))
        if n > 0:
            writer.leave()
    assert main(["sessions"]) == 0
    ended, cut_off, going_on = capsys.readouterr().out.splitlines()
    day = began + timedelta(days=30)
    assert ended.endswith(f"1:01  nobody was heard  (sound until {day.day} {day:%B %Y})")
    assert cut_off.endswith("(cut off; finish it: listenlive listen --finish)")
    assert going_on.endswith("(going on right now)")
    assert main(["forget", going_on.split()[0], "--yes"]) == 1
    assert main(["forget", ended.split()[0], "--yes"]) == 0
    shown = capsys.readouterr()
    assert "still going on" in shown.err
    assert "recording itself" not in shown.out  # there was none but what is gone


def test_a_damaged_session_is_named_beside_the_others_and_can_be_forgotten(session, data, capsys):
    writer = SessionWriter(data, "mic", Settings(), began=datetime.now(UTC), live=())
    (writer.folder / "audio-0001.flac").write_bytes(b"x")
    (writer.folder / "session.toml").write_bytes(b"\xff")
    writer.leave()
    assert main(["sessions"]) == 0
    damaged, whole = capsys.readouterr().out.splitlines()
    assert damaged.startswith(f"{writer.folder.name}  (session {writer.folder.name} is damaged: ")
    assert whole.endswith("Nora, Theo")
    assert main(["report", session.id]) == 0
    assert main(["forget", writer.folder.name, "--yes"]) == 0
    assert not writer.folder.exists()


@pytest.mark.parametrize("flag", ["--json", "--html"])
def test_a_place_that_cannot_be_written_is_said_before_anything_is_heard(tmp_path, capsys, flag):
    missing = tmp_path / "no" / "such" / "page.html"
    if flag == "--json":
        (tmp_path / "file").write_text("")
        missing = tmp_path / "file" / "talk.json"
    status = main(["analyze", str(tmp_path / "talk.wav"), flag, str(missing)])
    assert status == 2
    assert f"{flag} {missing}: nothing can be written in" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--json", "--html"])
def test_several_recordings_are_not_written_over_one_another(session, tmp_path, flag, monkeypatch):
    heard = app.reanalyse(session, session.settings())
    monkeypatch.setattr("listenlive.app.analyse_file", lambda *_, **_how: heard)
    folder = tmp_path / "new" / "out"
    files = ["a/talk.wav", "b/Talk.wav", "b/walk.wav"]
    assert main(["analyze", *files, flag, str(folder), "--quiet", "--no-open"]) == 0
    ending = flag.replace("--", ".")
    assert {path.name for path in folder.iterdir()} == {
        f"{name}{ending}" for name in ("talk.wav", "Talk.wav-2", "walk.wav")
    }
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())


@pytest.mark.parametrize("flag", ["--json", "--html"])
@pytest.mark.parametrize("name", ["page.html", "out.json", "notes"])
def test_one_file_for_several_recordings_is_refused_before_anything_is_heard(
    data, tmp_path, capsys, flag, name
):
    place = tmp_path / name
    if name == "notes":
        place.write_text("mine")
    assert main(["analyze", "a.wav", "b.wav", flag, str(place)]) == 2
    said = capsys.readouterr().err
    assert f"{flag} {place} is one file, and there are several recordings. Name a folder" in said
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"] * (name == "notes")


@pytest.mark.parametrize("command", [["trends", "--demo"], ["practice"]])
def test_a_closed_pipe_is_no_failure_of_ours(command):
    reading, writing = os.pipe()
    os.close(reading)
    code = f"import sys; from listenlive.cli import main; sys.exit(main({command!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert done.returncode == 141
    assert b"roken" not in done.stderr


def test_a_name_given_twice_is_refused():
    with pytest.raises(ConfigError, match="'Ana' is there twice"):
        names_from("Ana,ana")
    assert names_from("Ana, ") == ("Ana", "")


def test_names_that_nobody_has_are_told():
    people = (Person("A", "Ana"), Person("B", "Ben"))
    assert unused_names(("Ana", "Ben"), people) == ""
    assert unused_names(("Ana", "Ben", "Cleo"), people) == (
        "2 people were told apart, so these names are not used: Cleo."
    )


@pytest.mark.parametrize("missing", ["stdin", "stdout", "stderr"])
def test_it_works_without_a_standard_stream(missing, data, monkeypatch):
    monkeypatch.setattr(f"sys.{missing}", None)
    assert main(["sessions"]) == 0

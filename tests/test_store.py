import errno
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listenlive import store
from listenlive.config import Settings, from_mapping
from listenlive.conversation import Utterance
from listenlive.errors import SessionError
from listenlive.events import Ended, Noted, PersonNamed, UtteranceHeard
from listenlive.span import Span
from listenlive.store import SessionWriter, find, forget, sessions, sweep, unfinished

BEGAN = datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)
WHOLE = (UtteranceHeard(Utterance(1, "A", Span(0, 1))), Ended(2.0))
HEARD = WHOLE[0]


def saved(data: Path, name: str = "talk.flac", events=WHOLE, settings=None):
    writer = SessionWriter(data, name, settings or Settings(), began=BEGAN, recording=Path(name))
    try:
        for event in events:
            writer.append(event)
    except SessionError:
        writer.discard()
        raise
    return writer.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_session_is_read_back_as_it_was_written(tmp_path):
    settings = from_mapping({"measuring": {"turn_gap": 1.5}}, where="flags")
    session = saved(tmp_path, settings=settings)
    assert session.id == "2026-11-23-080102-talk"
    assert list(session.events()) == [HEARD, Ended(2.0)]
    assert session.settings() == settings
    assert session.ended
    assert find(tmp_path) == session


def test_only_the_user_may_read_it(tmp_path):
    session = saved(tmp_path / "mine" / "data")
    session.write(store.EXPORT, "{}")
    assert mode(tmp_path / "mine") == 0o700
    assert mode(session.folder) == 0o700
    assert mode(session.folder.parent) == 0o700
    assert {mode(p) for p in session.folder.iterdir()} == {0o600}


def test_a_correction_comes_after_the_end(tmp_path):
    session = saved(tmp_path)
    session.append(PersonNamed("A", "Ana"))
    assert list(session.events())[-1] == PersonNamed("A", "Ana")
    assert session.ended


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path):
    session = saved(tmp_path, events=(HEARD,))
    assert not session.ended
    with (session.folder / store.EVENTS).open("a") as file:
        file.write('{"event": "Ended", "a')
    assert list(session.events()) == [HEARD]
    assert not session.ended


def test_a_correction_after_a_crash_starts_a_line_of_its_own(tmp_path):
    session = saved(tmp_path)
    with (session.folder / store.EVENTS).open("a") as file:
        file.write('{"event": "PersonNamed", "speaker": "A", "na' + "x" * 70_000)
    session.append(PersonNamed("A", "Ana"))
    assert list(session.events()) == [*WHOLE, PersonNamed("A", "Ana")]


def test_a_recording_that_is_kept_lies_in_the_folder_and_is_private(tmp_path):
    session = saved(tmp_path / "data")
    dropped = tmp_path / "Talk.M4A"
    dropped.write_bytes(b"sound")
    session.keep_recording(dropped)
    assert session.recording == session.folder / "recording.m4a"
    assert mode(session.recording) == 0o600
    assert session.settings() == Settings()
    assert not dropped.exists()


def test_two_sessions_of_one_second_have_their_own_folders(tmp_path):
    first, second = saved(tmp_path), saved(tmp_path)
    assert first.folder != second.folder
    assert len(sessions(tmp_path)) == 2


@pytest.mark.parametrize("name", ["../../etc/passwd", "???", "-rf .flac", "a" * 300 + ".wav"])
def test_a_name_never_leaves_the_folder(tmp_path, name):
    assert saved(tmp_path, name).folder.parent == tmp_path / "sessions"


def test_a_discarded_session_leaves_nothing(tmp_path):
    writer = SessionWriter(tmp_path, "x", Settings(), began=BEGAN, recording=None)
    writer.append(HEARD)
    writer.discard()
    assert sessions(tmp_path) == ()


def test_a_full_disk_is_a_session_error_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_event):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "to_json", full)
    with pytest.raises(SessionError, match=r"No space left on device.*--data DIR"):
        saved(tmp_path)
    assert sessions(tmp_path) == ()


def test_a_folder_that_cannot_be_made_is_a_session_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match="cannot save the session in"):
        saved(tmp_path / "file")


def test_forget_removes_the_folder_and_says_what_went(tmp_path):
    session = saved(tmp_path)
    assert forget(session) == ("events.jsonl", "session.toml")
    assert list((tmp_path / "sessions").iterdir()) == []


def test_a_deletion_that_was_interrupted_is_no_session_and_is_swept(tmp_path):
    session = saved(tmp_path)
    session.folder.rename(session.folder.with_name(f".forgetting-{session.id}"))
    assert sessions(tmp_path) == ()
    sweep(tmp_path)
    assert list((tmp_path / "sessions").iterdir()) == []


def test_a_session_is_found_by_part_of_its_name(tmp_path):
    walk, run = saved(tmp_path, "walk.flac"), saved(tmp_path, "run.flac")
    assert find(tmp_path, "walk") == walk
    assert find(tmp_path, run.id) == run
    with pytest.raises(SessionError, match="matches several sessions"):
        find(tmp_path, "2026")
    with pytest.raises(SessionError, match="matches no session"):
        find(tmp_path, "swim")
    with pytest.raises(SessionError, match="matches no session"):
        find(tmp_path, "")
    assert find(tmp_path, walk.id, exactly=True) == walk
    with pytest.raises(SessionError, match="is no whole name"):
        find(tmp_path, "walk", exactly=True)
    with pytest.raises(SessionError, match="no sessions"):
        find(tmp_path / "elsewhere")


def test_the_recording_is_known_while_it_is_there(tmp_path):
    recording = tmp_path / 'it\'s "here".flac'
    recording.write_bytes(b"x")
    session = saved(tmp_path, str(recording))
    assert session.recording == recording
    recording.unlink()
    assert session.recording is None


# --- live sessions


def live(data: Path, *, keep: str = "30d", names=("Ana", "Bo"), ended=True, began=BEGAN):
    """A live session with audio in it, and its writer still open."""
    settings = from_mapping({"live": {"keep_audio": keep}}, where="flags")
    writer = SessionWriter(data, "mic", settings, began=began, live=names)
    copies = (store.LISTENING_COPY, f".{store.LISTENING_COPY}.partial")
    for name in ("audio-0001.flac", "audio-0002.flac", store.AUDIO_TOLD, store.PAGE, *copies):
        (writer.folder / name).write_bytes(b"x")
    for event in WHOLE if ended else WHOLE[:1]:
        writer.append(event)
    return writer


def test_a_live_session_has_its_audio_with_it(tmp_path):
    session = live(tmp_path).close()
    assert session.live
    assert session.names == ("Ana", "Bo")
    assert [path.name for path in session.audio] == ["audio-0001.flac", "audio-0002.flac"]
    assert session.recording == session.folder
    assert session.audio_until == BEGAN + timedelta(days=30)
    assert not saved(tmp_path).live


def test_a_session_that_was_cut_off_is_found_once_nobody_records_it(tmp_path):
    whole = live(tmp_path)
    whole.close()
    writer = live(tmp_path, ended=False)
    cut_off = store.SavedSession(writer.folder)
    assert cut_off.in_use
    assert unfinished(tmp_path) == ()
    writer.leave()
    assert not cut_off.in_use
    assert unfinished(tmp_path) == (cut_off,)
    with cut_off.used():
        assert unfinished(tmp_path) == ()
        with pytest.raises(SessionError, match="being recorded or finished by another"):
            cut_off.used().__enter__()
    cut_off.delete_audio(now=BEGAN)
    assert unfinished(tmp_path) == ()  # nothing is left to finish it with


def test_a_full_disk_does_not_cost_a_live_session(tmp_path, monkeypatch):
    writer = live(tmp_path, ended=False)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(SessionError, match="No space left"):
        writer.close()
    assert unfinished(tmp_path) == (store.SavedSession(writer.folder),)


@pytest.mark.parametrize(
    ("keep", "days", "left"),
    [
        ("30d", 29, {"audio", "page"}),
        ("30d", 30, set()),
        ("always", 9999, {"audio", "page"}),
        ("report", 0, {"page"}),
    ],
)
def test_audio_goes_when_it_is_due_and_the_session_stays(tmp_path, keep, days, left):
    session = live(tmp_path, keep=keep).close()
    now = BEGAN + timedelta(days=days)
    sweep(tmp_path, now=now)
    sweep(tmp_path, now=now + timedelta(hours=1))  # nothing more happens
    found = {"audio"} if session.audio else set()
    assert found | ({"page"} if (session.folder / store.PAGE).exists() else set()) == left
    assert session.audio_deleted == (None if session.audio else now)
    assert (session.folder / store.AUDIO_TOLD).exists() == bool(session.audio)
    assert bool(list(session.folder.glob("*.flac*"))) == bool(session.audio)
    assert list(session.events()) == list(WHOLE)
    assert session.settings().live.keep_audio == keep


def test_audio_that_is_needed_is_not_deleted(tmp_path):
    recorded = live(tmp_path, began=BEGAN)
    cut_off = live(tmp_path, keep="report", ended=False)
    cut_off.leave()
    sweep(tmp_path, now=BEGAN + timedelta(days=99))
    assert store.SavedSession(recorded.folder).audio  # in use, however old
    assert store.SavedSession(cut_off.folder).audio  # it has no report yet


def test_one_damaged_session_does_not_keep_the_audio_of_others(tmp_path):
    damaged = live(tmp_path).close()
    (damaged.folder / store.SETTINGS).write_text("= nonsense")
    other = live(tmp_path).close()
    sweep(tmp_path, now=BEGAN + timedelta(days=31))
    assert damaged.audio
    assert not other.audio


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (b"\xff\xfe", "no settings file any more"),
        (b"= nonsense", "no settings file any more"),
        (b"live = 3", "live = 3 must be a section"),
        (b"settings = 'x'", "settings = 'x' must be a section"),
        (b"[settings.dancing]\nhigh = 1", "unknown section 'dancing'"),
        (b"[settings.live]\nhigh = 1", "unknown setting 'high'"),
        (b"[settings.live]\nkeep_audio = 3", "must be of type str"),
        (b"[recording]\npath = 3", "recording.path = 3 must be a text"),
        (b"[live]\nnames = 3", "live.names = 3 must be a list of texts"),
        (b"[live]\nnames = [3]", "must be a list of texts"),
        (b"[live]\nbegan = 2020-01-01T00:00:00", "must be a date and time with its zone"),
        (b"[live]\nbegan = 9999-12-31T00:00:00Z", "must be a date and time with its zone"),
        (b"[live]\naudio_deleted = 'x'", "must be a date and time with its zone"),
    ],
)
def test_a_damaged_session_is_left_alone_and_says_what_can_be_done(tmp_path, damage, told):
    damaged = live(tmp_path, ended=False)
    damaged.leave()
    damaged = store.SavedSession(damaged.folder)
    path = damaged.folder / store.SETTINGS
    path.write_bytes(damage)
    before = sorted(damaged.folder.iterdir())
    other = live(tmp_path).close()
    sweep(tmp_path, now=BEGAN + timedelta(days=31))
    assert sorted(damaged.folder.iterdir()) == before
    assert not other.audio
    assert told in damaged.damage
    assert f"mv {path} {path}.damaged" in damaged.damage
    assert f"listenlive forget {damaged.id}" in damaged.damage
    with pytest.raises(SessionError, match="is damaged"):
        damaged.settings()
    path.rename(f"{path}.damaged")  # as it says
    assert damaged.damage is None
    assert damaged.settings() == Settings()
    assert forget(damaged)


def test_forget_removes_the_audio_too(tmp_path):
    session = live(tmp_path).close()
    going_on = live(tmp_path)
    with pytest.raises(SessionError, match="still going on"):
        forget(store.SavedSession(going_on.folder))
    assert "audio-0001.flac" in forget(session)
    assert not session.folder.exists()


def test_events_are_replaced_as_a_whole_or_not_at_all(tmp_path):
    session = live(tmp_path, ended=False).close()

    def fails():
        yield WHOLE[1]
        raise RuntimeError("the model is missing")

    with pytest.raises(RuntimeError):
        session.rewrite(fails())
    assert list(session.events()) == [HEARD]
    session.rewrite(WHOLE)
    assert list(session.events()) == list(WHOLE)
    assert mode(session.folder / store.EVENTS) == 0o600


def test_a_line_that_is_no_event_is_left_out_with_a_note_and_keeps_its_place(tmp_path):
    session = live(tmp_path).close()
    whole = list(session.events())
    path = session.folder / store.EVENTS
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([lines[0], "my secret\n", *lines[1:]]), encoding="utf-8")
    note = Noted("line 2 of the session could not be read and was left out")
    assert list(session.events()) == [whole[0], note, *whole[1:]]
    assert note.text in session.conversation().notes


def test_a_session_of_lines_that_are_no_events_says_so_without_their_words(tmp_path):
    session = live(tmp_path).close()
    with (session.folder / store.EVENTS).open("a", encoding="utf-8") as file:
        file.write("my secret\n" * 10)
    with pytest.raises(SessionError, match="10 of its 12 lines are no events") as raised:
        session.conversation()
    assert "secret" not in str(raised.value)
    assert "forget" not in str(raised.value)  # its sound is there


def test_events_that_are_gone_are_heard_again_where_there_is_something_to_hear(tmp_path):
    path = tmp_path / "my talk.flac"
    session = saved(tmp_path, str(path))
    (session.folder / store.EVENTS).unlink()
    with pytest.raises(SessionError, match=f"You can remove it: listenlive forget {session.id}"):
        session.conversation()
    path.write_bytes(b"x")
    with pytest.raises(SessionError, match=f"listenlive analyze '{path}'; remove this one"):
        session.conversation()

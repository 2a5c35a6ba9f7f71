import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kitchen import kitchen
from listenlive import library, store
from listenlive.config import Settings
from listenlive.conversation import Goal
from listenlive.errors import SessionError
from listenlive.events import (
    Diarized,
    Ended,
    GoalSet,
    LanguageDetected,
    ListenerSet,
    PersonNamed,
    Started,
    UtteranceHeard,
)
from listenlive.library import opened
from listenlive.store import SavedSession, SessionWriter


def keep(data: Path, day: int = 3, *, name: str = "visit", ended: bool = True) -> SavedSession:
    """The kitchen talk, kept as a session of that day of May."""
    began = datetime(2026, 5, day, 19, 4, tzinfo=UTC)
    writer = SessionWriter(data, f"{name}.flac", Settings(), began=began, recording=None)
    talk = kitchen()
    writer.append(Started(began.isoformat(), "file", f"{name}.flac", 2))
    for utterance in talk.utterances:
        writer.append(UtteranceHeard(utterance))
    writer.append(LanguageDetected("en", 0.9))
    writer.append(Diarized(talk.people, sees_overlap=True))
    writer.append(ListenerSet("A"))
    if ended:
        writer.append(Ended(talk.duration))
    return writer.close()


def test_what_is_kept_of_a_session(tmp_path):
    session = keep(tmp_path)
    session.append(GoalSet(Goal.LISTENING))
    with opened(tmp_path) as index:
        (talk,) = index.talks()
    assert (talk.session, talk.partner, talk.goal) == (session.id, "Theo", Goal.LISTENING)
    assert talk.at == datetime(2026, 5, 3, 19, 4, tzinfo=UTC)
    assert talk.mine.talk_seconds + talk.mine.others_seconds == pytest.approx(
        talk.theirs.talk_seconds + talk.theirs.others_seconds
    )
    assert talk.mine.questions == 12


def test_a_date_of_the_analysis_is_known_to_be_one(tmp_path):
    session = keep(tmp_path)
    with opened(tmp_path) as index:
        assert not index.talks()[0].dated
    text = (session.folder / store.EVENTS).read_text().replace('"dated": false', '"dated": true')
    (session.folder / store.EVENTS).write_text(text)
    with opened(tmp_path) as index:
        assert index.talks()[0].dated


def test_only_the_user_may_read_it(tmp_path):
    keep(tmp_path)
    with opened(tmp_path):
        assert stat.S_IMODE((tmp_path / library.FILE).stat().st_mode) == 0o600


def test_without_sessions_nothing_is_made(tmp_path):
    with opened(tmp_path / "nowhere") as index:
        assert index.talks() == ()
        assert index.search("kettles") == ()
    assert not (tmp_path / "nowhere").exists()


def test_words_are_found_with_where_they_were_said(tmp_path):
    session = keep(tmp_path)
    with opened(tmp_path) as index:
        hits = index.search("zebrawood KETT")
        assert [(h.session, h.at, h.person) for h in hits] == [
            (session.id, 4.0, "Theo"),
            (session.id, 124.0, "Theo"),
            (session.id, 244.0, "Theo"),
        ]
        assert hits[0].text.startswith("Zebrawood kettles")
        assert index.search("mhm")  # no turn, and said all the same
        assert index.search("zebrawood", session="another") == ()


@pytest.mark.parametrize("text", ["", '"', "*", "zebra AND (", 'near("a', "said:x", "a^-b NOT"])
def test_nothing_typed_is_an_operator(tmp_path, text):
    keep(tmp_path)
    with opened(tmp_path) as index:
        assert index.search(text) == ()


def test_it_follows_the_folders(tmp_path):
    first, second = keep(tmp_path, 3), keep(tmp_path, 9, name="walk")
    with opened(tmp_path) as index:
        assert [talk.session for talk in index.talks()] == [second.id, first.id]
    first.append(PersonNamed("B", "Zoë"))
    store.forget(second)
    with opened(tmp_path) as index:
        assert [(talk.session, talk.partner) for talk in index.talks()] == [(first.id, "Zoë")]
        assert {hit.person for hit in index.search("zebrawood")} == {"Zoë"}


def test_what_did_not_change_is_not_read_again(tmp_path, monkeypatch):
    keep(tmp_path)
    with opened(tmp_path):
        pass
    monkeypatch.setattr(library, "analyse", None)
    with opened(tmp_path) as index:
        assert len(index.talks()) == 1


def test_a_forgotten_session_leaves_no_trace(tmp_path):
    keep(tmp_path, 9)
    session = keep(tmp_path)
    keep_words = (tmp_path / library.FILE).read_bytes
    with opened(tmp_path):
        assert b"zebrawood" in keep_words().lower()
    for each in store.sessions(tmp_path):
        store.forget(each)
    assert library.forget(tmp_path, session.id)
    assert b"zebrawood" not in keep_words().lower()
    assert session.id.encode() not in keep_words()


def test_forgetting_makes_no_index(tmp_path):
    assert not library.forget(tmp_path, "none")
    assert not (tmp_path / library.FILE).exists()


def test_what_cannot_be_read_says_why_and_does_not_stop_the_rest(tmp_path):
    whole, cut, bad = keep(tmp_path, 3), keep(tmp_path, 4, ended=False), keep(tmp_path, 5)
    (bad.folder / store.EVENTS).write_text('{"event": "Dance"}\n{"event": "Ended"}\n')
    with opened(tmp_path) as index:
        assert [talk.session for talk in index.talks()] == [whole.id]
        problems = dict(index.problems())
    assert problems[cut.id] == "cut off while it was made"
    assert "are no events" in problems[bad.id]


@pytest.mark.parametrize("damage", [b"", b"no database at all, but long enough to be one" * 9])
def test_a_damaged_index_is_made_again(tmp_path, damage):
    keep(tmp_path)
    (tmp_path / library.FILE).write_bytes(damage)
    with opened(tmp_path) as index:
        assert len(index.talks()) == 1


def test_an_index_of_another_version_is_made_again(tmp_path, monkeypatch):
    keep(tmp_path)
    with opened(tmp_path):
        pass
    monkeypatch.setattr(library, "FORMAT", library.FORMAT + 1)
    with opened(tmp_path) as index:
        assert len(index.talks()) == 1


def test_an_index_that_cannot_be_written_says_what_to_do(tmp_path):
    keep(tmp_path)
    (tmp_path / library.FILE).mkdir()
    with pytest.raises(SessionError, match="delete that file"), opened(tmp_path):
        pass


def test_two_programs_at_once(tmp_path):
    for day in range(1, 7):
        keep(tmp_path, day)

    def count(_: int) -> int:
        with opened(tmp_path) as index:
            return len(index.talks())

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(count, range(8))) == {6}
    with opened(tmp_path) as index:
        assert len(index.search("zebrawood")) == 18  # no turn twice


def test_a_writer_waits_for_another(tmp_path, monkeypatch):
    keep(tmp_path)
    monkeypatch.setattr(library, "WAIT", 0.01)
    with opened(tmp_path):
        pass
    keep(tmp_path, 9)
    with sqlite3.connect(tmp_path / library.FILE, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SessionError, match=r"another program.*Try again"), opened(tmp_path):
            pass


def test_an_index_that_is_only_locked_is_not_deleted(tmp_path, monkeypatch):
    session = keep(tmp_path)
    monkeypatch.setattr(library, "WAIT", 0.01)
    with opened(tmp_path):
        pass
    store.forget(session)
    with sqlite3.connect(tmp_path / library.FILE, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SessionError, match=r"its words are still in .*library\.sqlite"):
            library.forget(tmp_path, session.id)
        assert (tmp_path / library.FILE).exists()
        other.execute("ROLLBACK")
    with opened(tmp_path) as index:  # whoever reads it next drops what is gone
        assert index.search("zebrawood") == ()
    assert b"zebrawood" not in (tmp_path / library.FILE).read_bytes().lower()


def test_unknown_listeners_have_no_partner(tmp_path):
    keep(tmp_path).append(ListenerSet(None))
    with opened(tmp_path) as index:
        (talk,) = index.talks()
    assert (talk.partner, talk.mine, talk.theirs) == (None, None, None)
    assert talk.people == ("Nora", "Theo")

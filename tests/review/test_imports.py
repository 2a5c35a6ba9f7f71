"""Recordings that are taken in: one after the other, private, nothing left behind."""

import stat
import threading

import pytest
from starlette.testclient import TestClient
from talks_kept import ASKS, HOME, hum, keep

from kitchen import kitchen
from listenlive.errors import AudioFileError
from listenlive.review.imports import Imports
from listenlive.review.site import site
from listenlive.store import sessions


def ended(client, job):
    while job["stage"] in ("waiting", "listening"):
        job = client.get(f"/imports/{job['id']}", headers=ASKS).json()
    return job


def take_in(data, analyse, *, name="talk.wav", content=b"sound"):
    with TestClient(site(data, analyse=analyse), base_url=HOME) as client:
        sent = client.post("/imports", params={"name": name}, content=content, headers=ASKS)
        assert sent.status_code == 200, sent.text
        return ended(client, sent.json())


def test_a_dropped_recording_becomes_a_session_with_its_sound(data, tmp_path):
    content = hum(tmp_path / "hum.wav", 1.0).read_bytes()
    job = take_in(data, lambda path, _: keep(data, kitchen(), recording=path), content=content)
    (session,) = sessions(data)
    assert (job["stage"], job["session"]) == ("done", session.id)
    assert session.recording == session.folder / "recording.wav"
    assert session.recording.read_bytes() == content
    assert stat.S_IMODE(session.recording.stat().st_mode) == 0o600
    assert not list(data.glob(".importing-*"))


def test_what_cannot_be_read_says_so_and_is_not_kept(data):
    def unreadable(path, _):
        raise AudioFileError(f"{path.name} has no sound track.")

    job = take_in(data, unreadable)
    assert (job["stage"], job["told"]) == ("failed", "talk.wav has no sound track.")
    assert sessions(data) == ()
    assert not list(data.glob(".importing-*"))


def test_a_refusal_names_the_file_and_not_where_it_lay(data):
    def unreadable(path, _):
        raise AudioFileError(f"{path} is not a recording.")

    assert take_in(data, unreadable)["told"] == "talk.wav is not a recording."


def test_an_error_of_ours_is_told_without_what_people_said(data):
    def broken(_path, _progress):
        raise ValueError("secret words")

    job = take_in(data, broken)
    assert job["stage"] == "failed"
    assert "ValueError" in job["told"]
    assert "secret" not in job["told"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\talks\\mine.mp3", "mine.mp3"),
        (".hidden", "hidden"),
        ("", "recording"),
        ("a\nb\u202e.wav", "a b.wav"),
        ("x" * 300 + ".wav", "x" * 200 + ".wav"),
        ("ü" * 300 + ".wav", "ü" * 100 + ".wav"),
        ("odd.<script>", "odd.<script>"),
    ],
)
def test_a_name_never_leads_out_of_its_folder(data, given, kept):
    names = []
    take_in(data, lambda path, _: names.append(path) or keep(data, kitchen()), name=given)
    (path,) = names
    assert path.name == kept
    assert path.parent.parent.parent == data


def test_an_empty_file_is_refused(data):
    with TestClient(site(data, analyse=lambda *_: None), base_url=HOME) as client:
        answer = client.post("/imports", params={"name": "x.wav"}, content=b"", headers=ASKS)
        assert answer.status_code == 400
        assert "x.wav is empty" in answer.json()["error"]
    assert not list(data.glob(".importing-*"))


def test_cancelling_stops_the_hearing_and_those_that_wait(data):
    began, go_on = threading.Event(), threading.Event()

    def slow(path, progress):
        progress(0.0, 100.0)
        began.set()
        go_on.wait(10)
        progress(1.0, 100.0)
        return keep(data, kitchen(), recording=path)

    with TestClient(site(data, analyse=slow), base_url=HOME) as client:
        jobs = [
            client.post("/imports", params={"name": n}, content=b"x", headers=ASKS).json()
            for n in ("one.wav", "two.wav")
        ]
        began.wait(10)
        assert [job["name"] for job in client.get("/imports").json()] == ["one.wav", "two.wav"]
        for job in jobs:
            client.post(f"/imports/{job['id']}/cancel", headers=ASKS)
        go_on.set()
        assert [ended(client, job)["stage"] for job in jobs] == ["cancelled", "cancelled"]
    assert sessions(data) == ()


def test_what_was_heard_to_the_end_after_cancelling_is_forgotten(data):
    began, go_on = threading.Event(), threading.Event()

    def late(path, _progress):
        began.set()
        go_on.wait(10)
        return keep(data, kitchen(), recording=path)

    with TestClient(site(data, analyse=late), base_url=HOME) as client:
        job = client.post("/imports", params={"name": "x.wav"}, content=b"x", headers=ASKS).json()
        began.wait(10)
        client.post(f"/imports/{job['id']}/cancel", headers=ASKS)
        go_on.set()
        assert ended(client, job)["stage"] == "cancelled"
    assert sessions(data) == ()


def test_what_a_crash_left_is_removed_at_the_next_start(data):
    left = data / ".importing-999999999" / "x"
    left.mkdir(parents=True)
    (left / "talk.wav").write_bytes(b"x")
    Imports(data, lambda *_: None).close()
    assert not left.exists()


def test_examples_take_nothing_in(data):
    with TestClient(site(data, demo=True), base_url=HOME) as client:
        answer = client.post("/imports", params={"name": "x.wav"}, content=b"x", headers=ASKS)
        assert "these are examples" in answer.json()["error"]

"""What is usual between two people comes from the sessions kept before."""

import json

import pytest

from listenlive import app, library, store
from listenlive.cli import main
from listenlive.demo import keep_demo


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path))
    keep_demo(tmp_path)
    return tmp_path


def space_of(capsys, session: str) -> str:
    assert main(["report", session, "--json", "-"]) == 0
    profile = json.loads(capsys.readouterr().out)["profiles"]["A"]
    return profile["space"]["compared_with"]["text"]


def test_the_fifth_talk_with_somebody_is_compared_with_the_four_before(data, capsys):
    assert space_of(capsys, "sunday-letter").startswith("4 earlier talks with Theo: 0.6 s to 1.6 s")


@pytest.mark.parametrize("session", ["sunday-father", "park-harlow", "sunday-roof"])
def test_later_talks_and_talks_with_others_do_not_count(data, capsys, session):
    assert "Stivers 2009" in space_of(capsys, session)


def test_a_forgotten_talk_does_not_count(data, capsys):
    assert main(["forget", store.find(data, "sunday-roof").id, "--yes"]) == 0
    capsys.readouterr()
    assert "Stivers 2009" in space_of(capsys, "sunday-letter")


def test_an_index_that_cannot_be_used_does_not_cost_the_report(data, capsys):
    (data / library.FILE).mkdir()
    assert "Stivers 2009" in space_of(capsys, "sunday-letter")


def test_what_has_no_listener_has_no_history(data):
    talk = store.find(data, "sunday-letter").conversation()
    assert len(app.history_of(talk, data)) == 5
    assert app.history_of(talk.with_listener(None), data) == ()

"""Check-ins: asked at a terminal or given with flags, kept with the session, in nobody's way."""

import json
import sys
from contextlib import suppress

import pytest

from listenlive import app, store
from listenlive.cli import main
from listenlive.commands import checking_in, recorded
from listenlive.conversation import Answer, CheckIn, Goal, Role
from listenlive.demo import keep_demo
from listenlive.events import CheckedIn

HEARD = "4,4,5,-,4,3,4,5"


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A kept talk about which nobody has said anything yet."""
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path))
    keep_demo(tmp_path)
    return store.find(tmp_path, "park-harlow")


def answering(*lines: str):
    """Types these lines, one for each question; then the input ends."""
    left = iter(lines)

    def answer(question: str) -> str:
        try:
            return next(left)
        except StopIteration as end:
            raise EOFError from end

    return answer


def kept(session) -> tuple[CheckIn, ...]:
    return session.conversation().check_ins


def test_answers_given_with_flags_are_kept(session):
    moods = ["--mood-before", "6,4", "--mood-after", "7"]
    answers = ["--felt-heard", HEARD, "--self-check", "4,3,4,2,4"]
    assert main(["checkin", "park-harlow", *moods, *answers]) == 0
    found = {(c.form, c.by): c.answers for c in kept(session)}
    assert found["mood_before", Role.PARTNER] == (Answer("mood", 4),)
    assert ("mood_after", Role.PARTNER) not in found
    heard = found["felt_heard", Role.PARTNER]
    assert [answer.value for answer in heard] == [4, 4, 5, 4, 3, 4, 5]
    assert "point" not in [answer.question for answer in heard]
    assert len(found["self_check", Role.LISTENER]) == 5


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--felt-heard", "4,4"], "does not read as 8 answers, from 1 to 5"),
        (["--felt-heard", "4,4,5,6,4,3,4,5"], "6 is no answer"),
        (["--mood-before", "6,4,2"], "one number, or two"),
        (["--mood-after", "0,4"], "allowed: 1 to 10"),
        (["--self-check", "a,b,c,d,e"], "does not read as 5 answers"),
        ([], "nobody is here to answer"),
    ],
)
def test_answers_that_do_not_fit_are_not_kept(session, flags, message, capsys):
    assert main(["checkin", "park-harlow", *flags]) == 2
    assert message in capsys.readouterr().err
    assert kept(session) == ()


def test_both_are_asked_each_at_their_turn(session, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    mine, theirs = ["7", "", "3", "q"], ["5", "6", "4", "4", "nine", "4", "", "3", "3", "3", "5"]
    monkeypatch.setattr("builtins.input", answering(*mine, *theirs))
    assert main(["checkin", "park-harlow"]) == 0
    found = {(c.form, c.by): [a.value for a in c.answers] for c in kept(session)}
    assert found == {
        ("mood_before", Role.LISTENER): [7],
        ("self_check", Role.LISTENER): [3],
        ("mood_before", Role.PARTNER): [5],
        ("mood_after", Role.PARTNER): [6],
        ("felt_heard", Role.PARTNER): [4, 4, 4, 3, 3, 3, 5],
    }
    shown = capsys.readouterr().out
    assert "Now Lena, please" in shown
    assert "'nine' is no answer; 1 to 5" in shown
    assert "Enter leaves one out, q the rest." in shown


def test_a_later_visit_adds_to_what_was_answered_before(session, monkeypatch):
    main(["checkin", "park-harlow", "--felt-heard", "4,4,5,-,4,3,4,5", "--mood-before", "6,4"])
    main(["checkin", "park-harlow", "--felt-heard=-,-,-,2,-,-,-,1", "--mood-after", "7"])
    last = {(c.form, c.by): [a.value for a in c.answers] for c in kept(session)}
    assert last["felt_heard", Role.PARTNER] == [4, 4, 5, 2, 4, 3, 4, 1]
    assert last["mood_before", Role.LISTENER] == [6]
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answering(*"qqqqq", "", "5", "q"))
    assert main(["checkin", "park-harlow"]) == 0
    (*_, now) = kept(session)
    assert (now.form, now.by) == ("felt_heard", Role.PARTNER)
    assert [a.value for a in now.answers] == [4, 5, 5, 2, 4, 3, 4, 1]


def test_answers_stand_beside_the_figures(session, tmp_path, capsys):
    def exported() -> dict:
        assert main(["report", "park-harlow", "--json", str(tmp_path / "out.json")]) == 0
        return json.loads((tmp_path / "out.json").read_text())

    before = exported()
    main(["checkin", "park-harlow", "--felt-heard", HEARD])
    capsys.readouterr()
    after = exported()
    assert "Lena  Did you feel heard? 4.1 of 5, average of 7 answers" in capsys.readouterr().out
    assert after.pop("check_ins") != before.pop("check_ins")
    assert after == before


# --- the self-check before the report


@pytest.fixture
def heard(session):
    return app.reanalyse(session, session.settings())


@pytest.mark.parametrize("said", ["", "n", "q"])
def test_enter_goes_straight_on(heard, session, said):
    assert checking_in.offered(heard, answering(said)) is heard
    assert kept(session) == ()


def test_who_wants_answers_before_they_look(heard, session):
    found = checking_in.offered(heard, answering("y", "4", "3", "", "2", "5"))
    (check_in,) = found.conversation.check_ins
    assert [answer.value for answer in check_in.answers] == [4, 3, 2, 5]
    assert kept(session) == (check_in,)
    assert found.analysis == heard.analysis


@pytest.mark.parametrize(
    ("quiet", "no_checkin", "tty", "may"),
    [
        (False, False, True, True),
        (True, False, True, False),
        (False, True, True, False),
        (False, False, False, False),
    ],
)
def test_it_is_offered_only_where_somebody_reads(heard, monkeypatch, quiet, no_checkin, tty, may):
    monkeypatch.setattr(checking_in, "_somebody_reads", lambda: tty)
    options = type("Options", (), {"quiet": quiet, "no_checkin": no_checkin})
    assert checking_in.may_check(heard, options) is may


def test_nobody_who_left_is_waited_for(heard, session, monkeypatch, capsys):
    monkeypatch.setattr(checking_in, "select", lambda *_how: ([], [], []))
    assert checking_in.offered(heard, checking_in.present(pytest.fail)) is heard
    assert kept(session) == ()
    assert "later: listenlive checkin" in capsys.readouterr().out


def test_whoever_is_there_is_heard(heard, monkeypatch):
    monkeypatch.setattr(checking_in, "select", lambda *_how: ([0], [], []))
    said = answering("y", "4", "3", "", "2", "5")
    (check_in,) = checking_in.offered(heard, checking_in.present(said)).conversation.check_ins
    assert [answer.value for answer in check_in.answers] == [4, 3, 2, 5]


@pytest.mark.parametrize("leaves", [KeyboardInterrupt, EOFError])
def test_everything_is_on_disk_before_it_is_asked(heard, session, tmp_path, monkeypatch, leaves):
    monkeypatch.setattr(recorded, "may_check", lambda *_who: True)
    seen = []

    def leave(_question):
        seen.extend(path for path in (session.folder / store.EXPORT, to) if path.is_file())
        raise leaves

    monkeypatch.setattr(recorded, "present", lambda _answer: leave)
    to = tmp_path / "out.json"
    (session.folder / store.EXPORT).unlink(missing_ok=True)
    options = type("Options", (), {"quiet": True, "html": None, "json": str(to)})
    with suppress(KeyboardInterrupt):
        recorded.asked_and_delivered(heard, options, name="talk")
    assert seen == [session.folder / store.EXPORT, to]
    assert json.loads(to.read_text())["format"] == "listenlive/1"


def test_it_is_offered_once(heard, session, monkeypatch):
    told = CheckIn("self_check", Role.LISTENER, (Answer("mattered", 3),), "2026-05-03")
    session.append(CheckedIn(told))
    monkeypatch.setattr(checking_in, "_somebody_reads", lambda: True)
    options = type("Options", (), {"quiet": False, "no_checkin": False})
    assert checking_in.may_check(heard, options)
    again = app.reanalyse(session, session.settings())
    assert not checking_in.may_check(again, options)


# --- the goal


def test_the_goal_lasts_and_changes_what_is_expected(session, capsys):
    def balance(*flags: str) -> dict:
        assert main(["report", "park-harlow", "--json", "-", *flags]) == 0
        found = json.loads(capsys.readouterr().out)
        return found["goal"], found["profiles"]["A"]["balance"]

    before = balance()
    during = balance("--goal", "listening")
    assert (before[0], during[0]) == ("mutual", "listening")
    assert before[1]["value"] == during[1]["value"]
    assert during[1]["phrase"] == "You spoke more than a listening talk leaves"
    assert balance()[0] == "listening"
    assert session.conversation().goal is Goal.LISTENING

"""`listenlive practice` as a person calls it; what is heard is drawn, so no model is needed."""

from datetime import UTC, datetime

import pytest

from drawing import draw
from listenlive import store
from listenlive.cli import main
from listenlive.conversation import Goal, Person
from listenlive.events import Diarized, Ended, LanguageDetected, Relabelled, Started

PICTURE = """
    A  ===========     =                 =====
    B      ===       ====== ===========
    """
STEPS = ["--steps", "0,0:06,10,16", "--names", "Ana,Ben"]


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def heard(monkeypatch):
    """Hears what is drawn, on one microphone, whatever the file is."""

    def hears(picture):
        def events(path, settings, *, known=None, progress=None):
            talk = draw(picture)
            yield Started(datetime.now(UTC).isoformat(), "file", path.name, 1)
            yield LanguageDetected("en", 0.9)
            people = (Person("A", "Speaker 1"), Person("B", "Speaker 2"))
            yield Diarized(people, sees_overlap=True)
            yield Relabelled((), talk.utterances)
            yield Ended(talk.duration)

        monkeypatch.setattr("listenlive.hearing.heard", events)

    hears(PICTURE)
    return hears


def practise(*arguments):
    return main(["practice", "two-minutes", "--recording", "evening.wav", "--quiet", *arguments])


def test_without_a_name_all_are_listed(capsys):
    assert main(["practice"]) == 0
    listed = capsys.readouterr().out
    for name in ("two-minutes", "emotional-x-ray", "temperature", "weekly-swap", "talking-stick"):
        assert f"  {name} " in listed
    assert max(map(len, listed.splitlines())) <= 80


def test_an_unknown_name_is_refused(capsys):
    assert main(["practice", "two-minute"]) == 2
    assert "there is no exercise or card 'two-minute'; did you mean" in capsys.readouterr().err


def test_a_recording_is_heard_as_the_exercise_and_kept(data, heard, capsys):
    assert practise("--first", "me", *STEPS[:2], "--names", "Ben,Ana") == 0
    assert capsys.readouterr().out.startswith("Two minutes each\n  ")
    session = store.find(data)
    assert "practice-two-minutes" in session.id
    talk = session.conversation()
    assert talk.goal is Goal.EXERCISE
    assert [step.span.start for step in talk.practice.steps] == [0, 6, 10, 16]


def test_the_roles_follow_from_the_steps(data, heard, capsys):
    # Steps: settle 0-6, Ben tells 6-10, Ana says back 10-16, Ana tells 16-20
    assert practise("--steps", "0,0.5,6,10,16", "--names", "Ana,Ben") == 0
    out = capsys.readouterr().out
    assert "You listened for 5.5 s and spoke up once (at 0:02)." in out
    assert "Ben listened for 6.0 s and did not speak up." in out
    assert store.find(data).conversation().listener == Person("B", "Ana", "listener")


def test_the_next_time_says_what_changed(data, heard, capsys):
    steps = ["--steps", "0,0.5,6,10,16", "--names", "Ana,Ben"]
    practise(*steps)
    heard(PICTURE.replace("B      ===       ", "B                "))
    capsys.readouterr()
    practise(*steps)
    assert "you: slips 1 → 0" in capsys.readouterr().out
    practise("--steps", "0,0.5,6,10,16", "--names", "Ana,Cleo")
    assert "Since" not in capsys.readouterr().out  # with somebody else there is no last time


def test_nothing_is_kept_if_that_is_wanted(data, heard):
    assert practise("--no-save", *STEPS) == 0
    assert store.sessions(data) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "0,x"], "--steps: 'x' is no time; allowed are seconds (135), or 2:15"),
        (["--steps", "0,-3"], "--steps: '-3' is no time"),
        (["--steps", "0,nan"], "nan s cannot come after 0 s"),
        (["--steps", "0,9,3"], "times rise from 0"),
        (["--names", "a,b,c"], "--names gives 3 names"),
    ],
)
def test_what_does_not_fit_says_why(data, heard, arguments, message, capsys):
    assert practise(*arguments) == 2
    assert message in capsys.readouterr().err
    assert store.sessions(data) == ()


def test_answers_stand_for_keys(data, heard, capsys):
    arguments = ["temperature", "--recording", "evening.wav", "--quiet", "--answers", "7,10"]
    steps = ["--steps", "0,1,6,10,11,16"]
    assert main(["practice", *arguments, *steps]) == 0
    assert [a.value for a in store.find(data).conversation().practice.answers] == [7, 10]
    assert main(["practice", *arguments[:-1], "11", *steps]) == 2
    assert "'11' answers nothing here" in capsys.readouterr().err


def test_an_exercise_without_speech_says_so_and_is_not_kept(data, heard, capsys):
    heard("A                    ")
    assert practise("--names", "Ana,Ben") == 0
    shown = capsys.readouterr()
    assert "no speech was found" in shown.out
    assert "no speech was found, and nothing was kept" in shown.err
    assert "--me" not in shown.out + shown.err
    assert store.sessions(data) == ()

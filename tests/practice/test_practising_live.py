"""An exercise that is heard live: a source and ears of the test, the real session and store."""

import io
from dataclasses import replace

import numpy as np
import pytest

from drawing import draw
from listenlive import cli, store
from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.commands.live import _delivered, _finish, plan_of
from listenlive.commands.practising_live import PracticeStart, lead_of, look_once
from listenlive.conversation import Goal, Person, Role
from listenlive.events import Diarized, Ended, LanguageDetected, Relabelled, Started
from listenlive.listening import Wish
from listenlive.live.consent import Answers
from listenlive.live.feed import Phase
from listenlive.practice.exercises import Names, exercise
from listenlive.practice.guide import ON

# Ben settles for 15 s, tells from 15 s to 135 s, Ana says back until 195 s; she speaks up once.
PICTURE = f"""
    A  {" " * 3}{"=" * 20}{" " * 20}
    B  {" " * 10}={" " * 16}{"=" * 10}
    """
STEP = 5.0


class Desk:
    """A microphone that has heard the talk already."""

    name, channels, duration, warnings, level = "desk", 1, None, (), -30.0

    def __init__(self, seconds=195):
        self.seconds = seconds
        self.stopped = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def __iter__(self):
        for second in range(self.seconds):
            yield AudioChunk(np.zeros((SAMPLE_RATE, 1), np.float32), second * SAMPLE_RATE)

    def stop(self):
        self.stopped = True

    def pause(self): ...

    def resume(self): ...


@pytest.fixture
def hears(monkeypatch):
    """Live ears that hear what is drawn."""

    def heard_live(sounds, settings, *, name, channels, names=(), **more):
        assert names == ()
        yield Started("2026-11-24T20:00:00+01:00", "live", name, channels)
        seconds = sum(1 for each in sounds if isinstance(each, AudioChunk))
        talk = draw(PICTURE, step=STEP)
        yield LanguageDetected("en", 0.9)
        yield Diarized((Person("A", "Speaker 1"), Person("B", "Speaker 2")), sees_overlap=True)
        yield Relabelled((), talk.utterances)
        yield Ended(float(seconds))

    monkeypatch.setattr("listenlive.hearing.heard_live", heard_live)


def start(tmp_path, *arguments, name="two-minutes", who="Ben"):
    options = cli._parser().parse_args(
        ["practice", name, "--data", str(tmp_path), "--plain", *arguments]
    )
    wish = Wish(answers=Answers(who=who, keep_audio="report", how="flag"), names=("x", "y"))
    lead = lead_of(exercise(name), options, Names("Ana"))
    return PracticeStart(plan_of(options), Desk(), wish, lead)


def test_an_exercise_is_heard_kept_and_told(tmp_path, hears, capsys):
    begun = start(tmp_path)
    heard = begun.begin()
    begun.lines(heard)
    assert begun.delivered(heard.analysed()) == 0
    told = capsys.readouterr().out
    assert "You listened for 2 min and spoke up once (at 0:50)." in told
    session = store.find(tmp_path)
    assert "practice-two-minutes" in session.id
    talk = session.conversation()
    assert talk.goal is Goal.EXERCISE
    assert talk.consent.how == "flag"
    assert [step.span.end for step in talk.practice.steps] == [15, 135, 195]
    assert talk.listener == Person("B", "Ana", Role.LISTENER)
    assert talk.person("A").name == "Ben"


@pytest.mark.parametrize("wish", ["report", "30d"])
def test_the_sound_is_kept_only_as_was_wished(tmp_path, hears, capsys, wish):
    begun = start(tmp_path, "--keep-audio", wish)
    heard = begun.begin()
    begun.lines(heard)
    begun.delivered(heard.analysed())
    assert bool(store.find(tmp_path).audio) is (wish == "30d")
    assert ("the sound was deleted" in capsys.readouterr().err) is (wish == "report")


def test_a_session_that_was_cut_off_can_be_finished_first(tmp_path, hears):
    options = start(tmp_path).plan.options
    assert _finish(options, tmp_path, "") == 0
    heard = start(tmp_path).begin()
    heard.session.result()
    assert _delivered(heard.analysed(), options) == 0


def test_several_partners_have_no_one_name(tmp_path, hears):
    begun = start(tmp_path, who="Ben and Cleo")
    assert begun.lead.names == Names("Ana", "Partner")
    begun.answered(replace(begun.wish.answers, who="Cleo"))
    assert begun.lead.names == Names("Ana", "Cleo")


def test_nothing_is_kept_if_that_is_wanted(tmp_path, hears):
    begun = start(tmp_path, "--no-save")
    heard = begun.begin()
    begun.lines(heard)
    assert begun.delivered(heard.analysed()) == 0
    assert store.sessions(tmp_path) == ()


class Sitting:
    """A session that stands where the test put it."""

    def __init__(self, practice="two-minutes"):
        self.clock = 0.0
        self.phase = Phase.LISTENING
        self.noted = []
        self.conversation = type("Talk", (), {"practice": practice})

    def note(self, event):
        self.noted.append(event)

    def end(self):
        self.phase = Phase.CLOSING


def test_each_step_is_printed_once(tmp_path):
    lead, session, out = start(tmp_path).lead, Sitting(), io.StringIO()
    shown = look_once(session, lead, "", file=out)
    shown = look_once(session, lead, shown, file=out)
    session.clock = 16.0
    shown = look_once(session, lead, shown, file=out)
    assert out.getvalue().count("Sit so that you see each other (0:15)") == 1
    assert "Ben speaks (1:59)\n  Ana: only listen." in out.getvalue()
    for _ in range(4):
        lead.press(ON, session.clock)
        session.clock += 1
    assert look_once(session, lead, shown, file=out) == ""
    assert session.phase is Phase.CLOSING


def test_nothing_runs_before_it_began(tmp_path):
    lead, session, out = start(tmp_path).lead, Sitting(practice=None), io.StringIO()
    session.clock = 50.0
    assert look_once(session, lead, "", file=out) == ""
    assert out.getvalue() == ""


def test_flags_of_a_recording_need_one(capsys):
    assert cli.main(["practice", "two-minutes", "--steps", "0,5"]) == 2
    assert "--steps is for a recording: give it with --recording FILE" in capsys.readouterr().err


def test_without_consent_nobody_is_recorded(capsys, tmp_path):
    assert cli.main(["practice", "two-minutes", "--data", str(tmp_path)]) == 2
    assert "--consent" in capsys.readouterr().err
    assert store.sessions(tmp_path) == ()

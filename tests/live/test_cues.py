"""Cues: about me, rarely, only where asked for."""

import pytest

from listenlive.config import Measuring
from listenlive.conversation import Person, Role
from listenlive.errors import ConfigError
from listenlive.events import Activity, Expected, TalkOverHeard
from listenlive.live.cues import Cues, Wanted, wanted


def test_what_is_asked_for_is_read():
    assert wanted("long-turn=45s, talk-over", Measuring()) == Wanted(45.0, talk_over=True)
    assert wanted("fast-reply,long-turn", Measuring()) == Wanted(90.0, fast_reply=0.25)
    assert not wanted("", Measuring())


@pytest.mark.parametrize("text", ["shout", "talk-over=3s", "long-turn=soon", "long-turn=0"])
def test_what_does_not_read_says_what_does(text):
    with pytest.raises(ConfigError, match=r"long-turn=90s|needs seconds"):
        wanted(text, Measuring())


def test_a_talk_over_of_mine_is_a_cue_and_one_of_theirs_is_none():
    cues = Cues(Wanted(talk_over=True), "A")
    assert cues.heard(TalkOverHeard(10.0, "B", "A")) is None
    assert "came in" in cues.heard(TalkOverHeard(12.0, "A", "B"))


def test_nothing_is_said_before_it_is_known_which_voice_is_mine():
    cues = Cues(Wanted(talk_over=True, long_turn=30.0), None)
    assert cues.heard(TalkOverHeard(10.0, "A", "B")) is None
    assert cues.heard(Activity(11.0, ("A",))) is None
    assert cues.by(60.0) is None
    cues.heard(Expected((Person("A", "Me", Role.LISTENER), Person("B", "Theo", Role.PARTNER))))
    assert "came in" in cues.heard(TalkOverHeard(80.0, "A", "B"))


def test_at_most_one_a_minute():
    cues = Cues(Wanted(talk_over=True), "A")
    given = [cues.heard(TalkOverHeard(at, "A", "B")) for at in (5.0, 30.0, 64.9, 65.0)]
    assert [bool(each) for each in given] == [True, False, False, True]


def test_a_long_turn_of_mine_is_told_once():
    cues = Cues(Wanted(long_turn=30.0), "A", every=0.0)
    cues.heard(Activity(10.0, ("A",)))
    assert cues.by(39.0) is None
    assert "40 seconds" in cues.by(50.0)
    assert cues.by(80.0) is None


def test_a_long_turn_of_theirs_is_nobodys_business():
    cues = Cues(Wanted(long_turn=30.0), "A")
    cues.heard(Activity(10.0, ("B",)))
    assert cues.by(200.0) is None


@pytest.mark.parametrize(
    ("stopped", "began", "cue"), [(20.0, 20.1, True), (20.0, 20.4, False), (20.0, 26.0, False)]
)
def test_a_reply_at_once_is_told(stopped, began, cue):
    cues = Cues(Wanted(fast_reply=0.25), "A")
    cues.heard(Activity(10.0, ("B",)))
    cues.heard(Activity(stopped, ()))
    assert bool(cues.heard(Activity(began, ("A",)))) is cue


def test_going_on_after_my_own_pause_is_no_reply():
    cues = Cues(Wanted(fast_reply=0.25), "A")
    cues.heard(Activity(10.0, ("A",)))
    cues.heard(Activity(20.0, ()))
    assert cues.heard(Activity(20.1, ("A",))) is None

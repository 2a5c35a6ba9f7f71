from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listenlive.analysis import analyse
from listenlive.analysis.history import Sound, Talk, sound_of, talk
from listenlive.analysis.trends import MEASURES, Estimate, Trend, care, estimate, trends, weeks
from listenlive.conversation import Answer, CheckIn, Role
from listenlive.demo import demo_events
from listenlive.events import replay

BEGAN = datetime(2026, 5, 4, 19, 0, tzinfo=UTC)  # a Monday
FIRST = replay(demo_events()[0])
BASE = talk("s", BEGAN, FIRST, analyse(FIRST))
KINDS = {measure.name: measure for measure in MEASURES}


def a_talk(number: int, *, days: float = 7.0, partner: str = "Theo", **mine: object) -> Talk:
    """The base talk, `number` times `days` later, with other figures of mine."""
    return replace(
        BASE,
        session=f"s{number:02}",
        at=BEGAN + timedelta(days=number * days),
        partner=partner,
        sound=Sound(),
        mine=replace(BASE.mine, **{"seconds": 600.0, **mine}),
    )


def lines(trend: Trend) -> dict:
    return {line.measure.name: line for line in trend.lines}


def test_with_everybody_then_with_each_most_talks_first():
    talks = [a_talk(n, partner="Theo" if n < 4 else "Ana") for n in range(6)]
    assert [(t.partner, len(t.talks)) for t in trends(talks)] == [
        (None, 6),
        ("Theo", 4),
        ("Ana", 2),
    ]
    assert [t.partner for t in trends(talks, partner="ana")] == ["Ana"]
    assert [t.partner for t in trends(talks[:4])] == ["Theo"]
    assert trends(talks, partner="Zoe") == ()


def test_talks_without_a_known_listener_are_left_out():
    unknown = replace(a_talk(1), partner=None, mine=None, theirs=None)
    assert [t.session for t in trends([a_talk(0), unknown])[0].talks] == ["s00"]
    assert trends([unknown]) == ()


@pytest.mark.parametrize(("count", "compared"), [(3, None), (4, 2), (6, 3), (8, 4), (11, 4)])
def test_under_four_there_is_no_line(count, compared):
    (found,) = trends([a_talk(n) for n in range(count)])
    line = lines(found)["talk_share"]
    assert line.overall.talks == count
    assert (line.first and line.first.talks) == compared
    assert (line.last and line.last.talks) == compared


def test_the_order_is_that_of_time():
    talks = [a_talk(n, response_median_seconds=float(n), response_count=5) for n in (2, 0, 3, 1)]
    line = lines(trends(talks)[0])["room"]
    assert [mark.value for mark in line.marks] == [0.0, 1.0, 2.0, 3.0]
    assert (line.first.value, line.last.value) == (0.5, 2.5)


def test_counts_are_added_up_before_they_are_divided():
    talks = [
        a_talk(0, talk_overs=6, others_seconds=60.0),
        *(a_talk(n, talk_overs=0, others_seconds=180.0) for n in (1, 2, 3)),
    ]
    line = lines(trends(talks)[0])["talk_overs"]
    assert [mark.value for mark in line.marks] == [6.0, 0.0, 0.0, 0.0]
    assert line.overall.value == pytest.approx(0.6)
    assert line.overall.low == pytest.approx(0.22, abs=0.01)  # Garwood: 2.2 of 6
    assert line.overall.high == pytest.approx(1.31, abs=0.01)


def test_a_mean_has_students_interval():
    found = estimate(KINDS["room"], [(value, 1.0) for value in (1.0, 2.0, 3.0, 4.0)])
    assert found.value == 2.5
    assert found.low == pytest.approx(2.5 - 3.182 * 1.290994 / 2, abs=1e-3)
    assert found.high == pytest.approx(2.5 + 3.182 * 1.290994 / 2, abs=1e-3)


@pytest.mark.parametrize("name", ["room", "talk_overs"])
def test_under_four_conversations_there_is_no_interval(name):
    found = estimate(KINDS[name], [(1.0, 60.0), (1.0, 60.0), (1.0, 60.0)])
    assert found == Estimate(1.0, None, None, 3)


def test_rates_come_from_five_minutes_and_more():
    talks = [a_talk(0, seconds=299.0, talk_overs=9), a_talk(1, seconds=300.0, talk_overs=2)]
    found = lines(trends(talks)[0])
    assert [mark.session for mark in found["talk_overs"].marks] == ["s01"]
    assert [mark.session for mark in found["talk_share"].marks] == ["s00", "s01"]


def test_a_median_of_few_replies_is_in_no_line():
    talks = [a_talk(0, response_count=4), a_talk(1, response_count=5)]
    assert [mark.session for mark in lines(trends(talks)[0])["room"].marks] == ["s01"]


def test_a_recording_counts_once_as_it_was_analysed_last():
    first, again = (replace(a_talk(n), at=BEGAN, sound=BASE.sound) for n in (0, 1))
    (found,) = trends([first, again, a_talk(2)])
    assert [t.session for t in found.talks] == ["s01", "s02"]
    assert found.again == 1


def test_a_recording_is_known_by_its_length_and_where_speech_is():
    sound = sound_of(FIRST)
    assert sound.same(sound_of(replace(FIRST, people=())))
    assert not sound.same(replace(sound, seconds=sound.seconds + 1))
    assert not sound.same(replace(sound, speech=tuple(s / 2 for s in sound.speech)))
    assert not Sound(60.0).same(Sound(60.0))  # nobody was heard: nothing tells them apart


def test_who_has_no_name_is_in_no_trend_of_their_own():
    talks = [replace(a_talk(n, partner="Partner"), named=False) for n in range(4)]
    assert [t.partner for t in trends([*talks, a_talk(5)])] == [None, "Theo"]
    assert [t.partner for t in trends(talks)] == [None]


def test_intervals_keep_to_what_is_possible():
    wide = estimate(KINDS["talk_share"], [(0.0, 1.0), (0.0, 1.0), (1.0, 1.0), (1.0, 1.0)])
    assert (wide.low, wide.high) == (0.0, 1.0)


def test_a_change_is_one_only_where_the_intervals_are_apart():
    few = [a_talk(n, talk_overs=2 if n < 4 else 1, others_seconds=180.0) for n in range(8)]
    many = [a_talk(n, talk_overs=20 if n < 4 else 1, others_seconds=180.0) for n in range(8)]
    assert not lines(trends(few)[0])["talk_overs"].changed
    assert lines(trends(many)[0])["talk_overs"].changed


def test_what_was_not_measured_is_in_no_line():
    talks = [a_talk(n, advice_early_found=None, talk_overs=None if n else 3) for n in range(5)]
    found = lines(trends(talks)[0])
    assert "advice_early" not in found
    assert found["talk_overs"].overall.talks == 1


def test_exercises_tell_of_slips_alone():
    exercise = replace(a_talk(1), exercise="two-minutes", slips=3)
    found = lines(trends([a_talk(0), exercise])[0])
    assert found["slips"].overall.value == 3.0
    assert found["talk_share"].overall.talks == 1


def test_what_people_answered_is_followed():
    def said(form: str, value: int) -> CheckIn:
        return CheckIn(form, Role.PARTNER, (Answer("x", value),), "2026-05-04")

    answers = (said("mood_before", 4), said("mood_after", 7), said("felt_heard", 2))
    again = (*answers, said("felt_heard", 5))  # the last answer counts
    found = lines(trends([replace(a_talk(0), check_ins=again)])[0])
    assert found["mood_change"].overall.value == 3.0
    assert found["felt_heard"].overall.value == 5.0


# --- who listened to whom


def listening(*shares: float, days: float = 7.0) -> list[Talk]:
    """A talk a week in which this part of the listening was mine."""
    return [
        a_talk(n, days=days, others_seconds=100 * share, talk_seconds=100 * (1 - share))
        for n, share in enumerate(shares)
    ]


def test_weeks_add_up_who_listened_how_long():
    talks = [*listening(0.25, 0.75, days=2), a_talk(5, days=2, others_seconds=30, talk_seconds=10)]
    first, second = weeks(talks)
    assert (first.mine, first.theirs) == (100.0, 100.0)
    assert second.share == 0.75
    assert (second.monday - first.monday).days == 7


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.85, 0.9, 0.81), "more than 80 % of the listening was yours. Care goes both ways: ask"),
        ((0.5, 0.85, 0.9, 0.81), "was yours"),
        ((0.15, 0.1, 0.19), "Theo did more than 80 % of the listening. Care goes both ways: give"),
        ((0.85, 0.9), ""),
        ((0.85, 0.9, 0.8), ""),
        ((0.85, 0.9, 0.81, 0.5), ""),
        ((0.85, 0.1, 0.85), ""),
    ],
)
def test_care_that_goes_one_way_for_three_weeks_is_said(shares, said):
    (found,) = trends(listening(*shares))
    assert said in found.care
    assert bool(said) is bool(found.care)


def test_three_weeks_are_three_in_a_row():
    assert care(weeks(listening(0.9, 0.9, 0.9, days=14)), "Theo") == ""


def test_no_talks_are_no_trends():
    assert trends([]) == ()

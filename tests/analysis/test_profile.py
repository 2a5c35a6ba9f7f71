from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drawing import draw
from kitchen import kitchen
from listenlive.analysis import analyse
from listenlive.analysis.history import talk
from listenlive.analysis.results import Analysis, Dimension, DimensionName
from listenlive.conversation import Goal, Moment
from listenlive.demo import demo_events
from listenlive.events import replay

DEMO = [replay(events) for events in demo_events()]


def dimensions(analysis: Analysis, subject: str = "You") -> dict[DimensionName, Dimension]:
    (found,) = [p for p in analysis.profiles if p.subject == subject]
    return {each.name: each for each in found.dimensions}


def test_six_dimensions_in_order_the_listeners_first():
    found = analyse(kitchen()).profiles
    assert [profile.subject for profile in found] == ["You", "Theo"]
    for profile in found:
        assert [each.name for each in profile.dimensions] == list(DimensionName)


@pytest.mark.parametrize("talk", [kitchen(), *DEMO], ids=range(7))
def test_every_figure_has_its_sample_and_what_to_compare_it_with(talk):
    for profile in analyse(talk).profiles:
        for each in profile.dimensions:
            if each.missing:
                assert (each.value, each.figure, each.phrase) == (None, "", "not measured")
            else:
                assert each.sample
                assert each.figure
                assert each.place is None or each.place.text
            assert each.definition.endswith(".")


@pytest.mark.parametrize("talk", [kitchen(), *DEMO], ids=range(7))
def test_the_figures_are_those_of_the_measures(talk):
    analysis = analyse(talk)
    for profile in analysis.profiles:
        mine = analysis.measures[profile.speaker]
        found = {each.name: each.value for each in profile.dimensions}
        assert found[DimensionName.SPACE] == mine.response_median_seconds
        assert found[DimensionName.BALANCE] == pytest.approx(mine.talk_share)
        assert found[DimensionName.FLOOR] == mine.interruptions_made + mine.attempts_made
        assert mine.questions_open <= found[DimensionName.CURIOSITY]


def test_both_directions_have_the_same_words():
    mine = dimensions(analyse(kitchen(me="A")))
    named = dimensions(analyse(kitchen(me="B")), "Nora")
    for name in (DimensionName.SPACE, DimensionName.BALANCE, DimensionName.CURIOSITY):
        assert mine[name].phrase == named[name].phrase


def replying(after: int) -> str:
    """B speaks and A replies `after` columns later, six times over."""
    said = "=" * 20
    mine = (" " * (20 + after) + said + "     ") * 6
    theirs = (said + " " * (after + 25)) * 6
    return f"A  {mine}\nB  {theirs}"


@pytest.mark.parametrize(
    ("columns", "phrase"),
    [
        (7, "gave room"),
        (6, "replied at the pace of ordinary talk"),
        (3, "replied at the pace of ordinary talk"),
        (2, "replied at once"),
    ],
)
def test_room_is_told_by_the_median(columns, phrase):
    talk = draw(replying(columns), step=0.1001, listener="A")
    found = dimensions(analyse(talk))[DimensionName.SPACE]
    assert found.phrase == phrase
    assert found.sample == "median of 6 gaps"


def test_few_replies_are_no_median():
    talk = draw("A      ==    ==\nB  ==    ==", listener="A")
    found = dimensions(analyse(talk))[DimensionName.SPACE]
    assert found.missing == "2 replies after a gap; 5 are needed"


def test_what_cannot_be_heard_is_an_empty_place_with_the_reason():
    talk = draw("A  ====\nB      ==", sees_overlap=False, listener="A")
    found = dimensions(analyse(talk))[DimensionName.FLOOR]
    assert found.missing == "people talking at once cannot be told apart in this recording"
    assert found.value is None
    assert not found.figure


@pytest.mark.parametrize(
    ("goal", "phrase", "band"),
    [
        (None, "shared the talk about evenly", (0.4, 0.6)),
        (Goal.MUTUAL, "shared the talk about evenly", (0.4, 0.6)),
        (Goal.LISTENING, "spoke more than a listening talk leaves", (0.0, 0.4)),
        (Goal.EXERCISE, "shared the talk about evenly", (None, None)),
    ],
)
def test_the_goal_changes_what_is_expected_and_no_figure(goal, phrase, band):
    found = dimensions(analyse(replace(DEMO[0], goal=goal)))[DimensionName.BALANCE]
    assert found.phrase == phrase
    assert (found.place.low, found.place.high) == band
    assert found.figure == "53 %"


def test_who_came_to_listen_leaves_the_talk_to_the_other():
    analysis = analyse(replace(DEMO[4], goal=Goal.LISTENING))
    assert dimensions(analysis)[DimensionName.BALANCE].phrase == "left most of the talk to Theo"
    theirs = dimensions(analysis, "Theo")[DimensionName.BALANCE]
    assert theirs.phrase == "spoke for the larger part"
    assert (theirs.place.low, theirs.place.high) == (0.6, 1.0)


def past(count: int) -> list:
    """Earlier talks with Theo, one a day."""
    kept = []
    for day in range(count):
        conversation = replace(DEMO[day % 3], duration=DEMO[day % 3].duration + day)
        at = datetime(2026, 1, day + 1, tzinfo=UTC)
        kept.append(talk(f"s{day}", at, conversation, analyse(conversation)))
    return kept


def test_four_earlier_talks_are_the_own_usual_in_both_directions():
    analysis = analyse(DEMO[4], history=past(4))
    for subject, partner in (("You", "Theo"), ("Theo", "you")):
        found = dimensions(analysis, subject)[DimensionName.SPACE].place
        assert found.talks == 4
        assert found.text.startswith(f"4 earlier talks with {partner}: 0.6 s to 0.6 s")
        rate = dimensions(analysis, subject)[DimensionName.FLOOR].place
        assert rate.low < rate.high
        assert "a minute of the other's speech (95 % between" in rate.text


@pytest.mark.parametrize("history", [past(3), [replace(t, partner="Lena") for t in past(6)]])
def test_before_that_or_with_somebody_else_a_source_is_named(history):
    analysis = analyse(DEMO[4], history=history)
    assert "Stivers 2009" in dimensions(analysis)[DimensionName.SPACE].place.text
    assert "IFADV" in dimensions(analysis)[DimensionName.FLOOR].place.text


def test_moments_of_a_profile_exist():
    analysis = analyse(kitchen())
    known = {moment.id: moment for moment in analysis.moments}
    for profile in analysis.profiles:
        for each in profile.dimensions:
            assert all(isinstance(known[i], Moment) for i in each.moments)
            assert len(set(each.moments)) == len(each.moments)


def test_nobody_heard_has_no_profile():
    silent = draw("A  ====  ====\nB  ", listener="B")
    analysis = analyse(silent)
    assert [profile.speaker for profile in analysis.profiles] == ["A"]
    assert analysis.lesson is None


def test_somebody_without_a_name_is_nobodys_usual():
    people = tuple(map(lambda p, n: replace(p, name=n), DEMO[4].people, ("Me", "Partner")))
    history = [replace(each, partner="Partner", named=False) for each in past(6)]
    analysis = analyse(replace(DEMO[4], people=people), history=history)
    assert dimensions(analysis)[DimensionName.SPACE].place.talks == 0


def test_the_same_recording_is_no_earlier_talk():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    again = [talk(f"s{n}", at, DEMO[4], analyse(DEMO[4])) for n in range(5)]
    analysis = analyse(DEMO[4], history=[*past(3), *again])
    assert dimensions(analysis)[DimensionName.SPACE].place.talks == 0


def test_a_dimension_that_is_not_measured_says_what_is_needed_and_is_in_no_lesson():
    analysis = analyse(
        draw(
            """
            A                                      ==================
            B  =========================================       ============
            """,
            listener="A",
        )
    )
    assert analysis.measures["A"].interruptions_made == 1
    floor = dimensions(analysis)[DimensionName.FLOOR]
    assert floor.missing == "Speaker B spoke for 26 s; 30 s are needed"
    assert DimensionName.FLOOR not in {point.dimension for point in analysis.lesson.points}

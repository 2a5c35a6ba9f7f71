"""What is picked, that it never contradicts the figures, and how it is said."""

import re
from dataclasses import replace
from itertools import pairwise, product

import pytest

from chance import drawn
from drawing import draw
from kitchen import kitchen
from listenlive.analysis import analyse
from listenlive.analysis.lesson import (
    AGAIN,
    AND_TELL,
    LET_IN,
    SCENE,
    STRENGTHS,
    TRY,
    WORK,
    lesson,
)
from listenlive.analysis.outline import curious
from listenlive.analysis.profile import Case, cases
from listenlive.analysis.results import Analysis, DimensionName
from listenlive.conversation import (
    BEHAVIOURS,
    TALK_OVERS,
    Conversation,
    Goal,
    Moment,
    MomentKind,
    Person,
    Trait,
)
from listenlive.demo import demo_events
from listenlive.events import replay
from listenlive.span import Span

DEMO = [replay(events) for events in demo_events()]
EXERCISES = {"two-minutes", "emotional-x-ray", "temperature", "weekly-swap", "talking-stick"}


TALKS = [*(drawn(seed) for seed in range(120)), kitchen(), kitchen(me="B"), *DEMO]
ANALYSED = [(talk, analyse(talk)) for talk in TALKS]


def mine(talk: Conversation, analysis: Analysis) -> Case:
    return next(case for case in cases(talk, analysis) if case.who.you)


def without_behaviours(talk: Conversation) -> Analysis:
    """The analysis of `talk` as if its words had told of no behaviour, and each were sure."""
    analysis = analyse(talk)
    timed = tuple(moment for moment in analysis.moments if moment.kind not in BEHAVIOURS)
    return replace(analysis, moments=timed, quoted=frozenset())


def with_a(kind: MomentKind, *traits: Trait, talk: Conversation = DEMO[4], **changes) -> Case:
    """The case of a talk in which `kind` is the one behaviour found, at 100 s."""
    analysis = without_behaviours(talk)
    extra = Moment(999, kind, Span(100, 102), "A", None, 0.9, (1,), "Said.", traits=traits)
    case = mine(talk, replace(analysis, moments=(*analysis.moments, extra)))
    return replace(case, figures=replace(case.figures, **changes))


# --- nothing contradicts the figures


@pytest.mark.parametrize("number", range(len(TALKS)))
def test_no_more_than_three_of_each_each_dimension_and_moment_once(number):
    found = ANALYSED[number][1].lesson
    if found is None:
        return
    assert len(found.strengths) <= 3
    assert len(found.to_work_on) <= 3
    assert len({point.dimension for point in found.points}) == len(found.points)
    assert len({point.moment for point in found.points}) == len(found.points)
    known = {moment.id: moment for moment in ANALYSED[number][1].moments}
    starts = sorted(known[point.moment].span.start for point in found.points)
    assert all(after - before >= SCENE for before, after in pairwise(starts))
    assert all(known[point.moment].judged is not False for point in found.points)
    assert len(found.strengths) == len(found.to_work_on) == 3 or found.note


@pytest.mark.parametrize("number", range(len(TALKS)))
def test_a_strength_and_a_thing_to_work_on_agree_with_the_figures(number):
    talk, analysis = ANALYSED[number]
    if analysis.lesson is None:
        return
    me = talk.listener.id
    figures = analysis.measures[me]
    moments = {moment.id: moment for moment in analysis.moments}
    for point in analysis.lesson.strengths:
        if point.dimension is DimensionName.FLOOR:
            assert figures.interruptions_made + figures.attempts_made == 0
        if point.dimension is DimensionName.SPACE:
            assert figures.response_median_seconds >= 0.7
        if point.dimension is DimensionName.CURIOSITY:
            assert moments[point.moment].kind is MomentKind.QUESTION_OPEN
            assert moments[point.moment].by == me
    for point in analysis.lesson.to_work_on:
        moment = moments[point.moment]
        if point.dimension is DimensionName.FLOOR and moment.by == me:
            made = figures.interruptions_made + figures.attempts_made
            told = {1: "once", 2: "twice"}.get(made, f"{made} times")
            assert f"came in early {told} in" in point.text
        if point.dimension is DimensionName.CURIOSITY:
            ours = [m for m in analysis.moments if m.by == me]
            assert not curious(ours)
        if point.dimension is DimensionName.BALANCE:
            assert f"{100 * figures.talk_share:.0f} % of the talk time was yours" in point.text


@pytest.mark.parametrize("number", range(len(TALKS)))
def test_what_to_try_follows_from_what_to_work_on(number):
    found = ANALYSED[number][1].lesson
    if found is None:
        return
    if found.to_work_on:
        moments = {moment.id: moment for moment in ANALYSED[number][1].moments}
        me = ANALYSED[number][0].listener.id
        mine = [TRY[p.dimension] for p in found.to_work_on if moments[p.moment].by == me]
        assert found.next_time in (*mine, LET_IN, None)
        if found.next_time == LET_IN:
            lost = [m for m in moments.values() if m.kind is MomentKind.ATTEMPT and m.over == me]
            assert len(lost) > 1
    else:
        assert (found.next_time in (AGAIN, AND_TELL)) is bool(found.strengths)


@pytest.mark.parametrize("number", range(len(TALKS)))
def test_no_advice_against_what_the_profile_says_of_the_balance(number):
    analysis = ANALYSED[number][1]
    if analysis.lesson is None:
        return
    (said,) = [d for d in analysis.profiles[0].dimensions if d.name is DimensionName.BALANCE]
    less = said.phrase == "spoke for the smaller part"
    assert not (less and analysis.lesson.next_time == LET_IN)
    assert less or analysis.lesson.next_time != AND_TELL


def test_one_quote_to_confirm_is_no_cause_for_advice():
    case = with_a(MomentKind.SELF_SHIFT)
    case = replace(case, analysis=replace(case.analysis, quoted=frozenset(MomentKind)))
    found = lesson(case)
    assert [p.dimension for p in found.to_work_on] == [DimensionName.UNDERSTANDING]
    assert found.next_time is None
    second = replace(case.moments[-1], id=1000, span=Span(200, 202))
    assert lesson(replace(case, moments=[*case.moments, second])).next_time is not None


def test_an_exercise_has_no_lesson_of_ordinary_talk():
    talk = replace(kitchen(), goal=Goal.EXERCISE)
    found = analyse(talk).lesson
    assert (found.points, found.next_time) == ((), None)
    assert "An exercise says who speaks when" in found.note


def test_every_dimension_has_something_to_try_and_an_exercise_that_exists():
    assert set(TRY) == set(DimensionName)
    assert {each.exercise for each in (*TRY.values(), LET_IN, AGAIN, AND_TELL)} == EXERCISES


# --- the rules


def test_my_likeliest_interruption_comes_first():
    analysis = analyse(kitchen())
    point = analysis.lesson.to_work_on[0]
    assert point.dimension is DimensionName.FLOOR
    assert point.text.startswith("You began while Theo was speaking, and Theo stopped; you came in")
    talk_overs = [m for m in analysis.moments if m.kind in TALK_OVERS and m.by == "A"]
    assert point.moment in {moment.id for moment in talk_overs}


def test_an_open_question_that_was_answered_at_length_is_a_strength():
    point = analyse(kitchen()).lesson.strengths[0]
    assert point.dimension is DimensionName.CURIOSITY
    assert point.text == "After this open question Theo spoke for 29 s."


def test_who_never_came_in_hears_where_they_only_listened():
    found = lesson(mine(DEMO[4], without_behaviours(DEMO[4])))
    floor = [point for point in found.strengths if point.dimension is DimensionName.FLOOR]
    assert floor[0].text == (
        "You never came in early in 3 min 46 s of Theo's speech; this is where you gave a short "
        "signal and no more."
    )


@pytest.mark.parametrize(
    ("kind", "traits", "dimension", "text"),
    [
        (
            MomentKind.ACCURACY_CHECK,
            (Trait.CONFIRMED,),
            DimensionName.UNDERSTANDING,
            "You checked whether you had got it right, and Theo seemed to say yes.",
        ),
        (
            MomentKind.VALIDATION,
            (),
            DimensionName.UNDERSTANDING,
            "Here you said that it makes sense.",
        ),
    ],
)
def test_what_was_taken_in_is_a_strength(kind, traits, dimension, text):
    found = lesson(with_a(kind, *traits)).strengths
    assert (dimension, text) in [(point.dimension, point.text) for point in found]


def test_what_is_not_told_surely_is_for_the_user_to_decide():
    case = with_a(MomentKind.REFLECTION)
    unsure = replace(
        case, analysis=replace(case.analysis, quoted=frozenset({MomentKind.REFLECTION}))
    )
    texts = [point.text for point in lesson(unsure).strengths]
    assert "Here you may have said back what you had heard: hear it, and decide." in texts


def to_confirm(case: Case) -> Case:
    """The same where behaviours are only quotes to confirm."""
    return replace(case, analysis=replace(case.analysis, quoted=BEHAVIOURS))


def fixing(case: Case) -> list[str]:
    found = lesson(case).to_work_on
    return [point.text for point in found if point.dimension is DimensionName.FIXING]


def test_advice_that_is_not_told_surely_is_for_the_user_to_decide():
    case = to_confirm(with_a(MomentKind.ADVICE, Trait.BEFORE_ASKING, advice_early=None))
    assert fixing(case) == [
        "Here you may have offered advice before asking or saying back: hear it, and decide."
    ]


def test_what_is_only_maybe_is_not_put_forward():
    case = to_confirm(with_a(MomentKind.ADVICE, Trait.BEFORE_ASKING, advice_early=None))
    unsure = [replace(m, confidence=0.65) if m.id == 999 else m for m in case.moments]
    assert fixing(replace(case, moments=unsure)) == []


def test_what_was_taken_in_is_told_before_an_own_story():
    case = with_a(MomentKind.SELF_SHIFT)
    assert [p.dimension for p in lesson(case).to_work_on] == [DimensionName.UNDERSTANDING]
    said_back = replace(case.moments[-1], id=1000, kind=MomentKind.VALIDATION)
    found = lesson(replace(case, moments=[*case.moments, said_back]))
    assert found.to_work_on == ()
    assert DimensionName.UNDERSTANDING in {p.dimension for p in found.strengths}


def test_advice_before_asking_is_to_work_on_whatever_the_talk_is_for():
    case = with_a(MomentKind.ADVICE, Trait.BEFORE_ASKING, Trait.UNASKED, advice_early=2, replies=11)
    (point,) = lesson(case).to_work_on
    assert point.text == (
        "You offered advice here before asking or saying back; that happened twice in 11 replies."
    )
    assert TRY[point.dimension].exercise == "emotional-x-ray"


@pytest.mark.parametrize(("goal", "count"), [(Goal.LISTENING, 1), (Goal.MUTUAL, 0), (None, 0)])
def test_unasked_advice_is_to_work_on_where_the_talk_is_for_listening(goal, count):
    talk = replace(DEMO[4], goal=goal)
    changes = {"advice": 1, "advice_unasked": 1, "advice_early": 0, "replies": 11}
    case = with_a(MomentKind.ADVICE, Trait.UNASKED, talk=talk, **changes)
    found = [p for p in lesson(case).to_work_on if p.dimension is DimensionName.FIXING]
    assert len(found) == count


@pytest.mark.parametrize("goal", [Goal.EXERCISE, Goal.LISTENING, Goal.MUTUAL])
def test_a_larger_share_is_to_work_on_where_the_goal_says_so(goal):
    case = with_a(MomentKind.LONG_TURN, talk=replace(DEMO[4], goal=goal), talk_seconds=400.0)
    found = [p for p in lesson(case).to_work_on if p.dimension is DimensionName.BALANCE]
    assert bool(found) is (goal is not Goal.EXERCISE)


def test_narrow_questions_alone_are_to_work_on():
    case = with_a(MomentKind.QUESTION_CLOSED, questions=5, questions_curious=0)
    found = [p for p in lesson(case).to_work_on if p.dimension is DimensionName.CURIOSITY]
    assert "all 5 of yours were of that kind" in found[0].text


def test_a_moment_judged_wrong_is_never_picked():
    talk = kitchen()
    analysis = analyse(talk)
    first = analysis.lesson.to_work_on[0].moment
    judged = tuple(replace(m, judged=m.id != first) for m in analysis.moments)
    case = mine(talk, replace(analysis, moments=judged))
    assert first not in {point.moment for point in lesson(case).points}


# --- little to go by


def test_short_talks_get_one_of_each_and_say_why():
    found = analyse(
        draw(
            """
            A  ===   ======        ======   ==
            B      ====   =================
            """,
            step=2.0,
            words={"A": ["How was it?", "So we", "And then we"], "B": ["It was", "No I did not"]},
            listener="A",
        )
    ).lesson
    assert len(found.strengths) <= 1
    assert len(found.to_work_on) <= 1
    assert re.match(r"Only 1 min \d+ s of conversation: ", found.note)


def test_almost_nothing_heard_of_the_other_is_no_lesson():
    found = analyse(draw("A  ====  ====\nB      ==", listener="A")).lesson
    assert found.points == ()
    assert found.next_time is None
    assert found.note == "Too little to go by: 1 s of others' speech were heard."


def test_without_words_it_says_that_it_is_timing_alone():
    bare = replace(kitchen(), utterances=tuple(replace(u, words=()) for u in kitchen().utterances))
    assert analyse(bare).lesson.note == "From timing alone: what was said was not measured."


def test_an_unknown_listener_gets_no_lesson():
    assert analyse(kitchen(me=None)).lesson is None
    people = tuple(Person(i, i) for i in "AB")
    assert analyse(replace(kitchen(), people=people)).lesson is None


def test_the_rules_are_the_ones_written_down():
    assert len(WORK) == 8
    assert len(STRENGTHS) == 6
    assert not [pair for pair in product(WORK, STRENGTHS) if pair[0] is pair[1]]

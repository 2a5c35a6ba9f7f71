"""What the listener can take from a conversation: a friend with a stopwatch, no judge.

Up to three strengths and up to three moments to work on, each a moment to play with one sentence;
then one thing to try. Each comes from one written rule (docs/MEASURES.md, "What to take from it")
that reads the same figures as the profile, so that none can contradict them: a dimension that was
not measured is in no sentence here. One with something to work on is never a strength as well.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from listenlive.analysis.findings import answered_question, times
from listenlive.analysis.outline import SAID_BACK, enough_replies, trusted
from listenlive.analysis.profile import (
    AT_ONCE,
    ROOM,
    Case,
    band,
    profile,
    replies,
)
from listenlive.analysis.rates import minutes
from listenlive.analysis.results import DimensionName, Lesson, NextTime, Point
from listenlive.conversation import BEHAVIOURS, QUESTIONS, Goal, Moment, MomentKind, Trait

MOST = 3
SURE = 0.5  # confidence under which a moment is not put forward
SURE_TOLD = 0.7  # the same where a kind is only a quote to confirm: the likely tier
SCENE = 5.0  # seconds: moments that begin this close to one another are heard in one clip
LEAST_TALK = 120.0  # seconds of conversation under which one of each is enough
LEAST_HEARD = 20.0  # seconds of the others' speech without which there was nothing to listen to
LEAST_UNBROKEN = 120.0  # seconds of the others' speech for "never came in early" to say something
LEAST_QUESTIONS = 4  # before "none of them open" says something
LEAST_MOMENTS = 2  # under which one moment alone is no cause for advice
QUICK_REPLIES = 8  # gaps before "replied at once" says something

Rule = Callable[[Case], Point | None]

TRY = {
    DimensionName.FLOOR: NextTime(
        "Let two seconds pass after the last word before you begin.", "two-minutes"
    ),
    DimensionName.FIXING: NextTime(
        "Ask one open question before you offer a way out.", "emotional-x-ray"
    ),
    DimensionName.BALANCE: NextTime("Hand the floor on after a minute.", "talking-stick"),
    DimensionName.CURIOSITY: NextTime("Begin one question with what or how.", "temperature"),
    DimensionName.UNDERSTANDING: NextTime(
        "Say back in one sentence what you heard, and ask whether it fits.", "emotional-x-ray"
    ),
    DimensionName.SPACE: NextTime("Count to two before you reply.", "two-minutes"),
}
EXERCISE = "An exercise says who speaks when: what it measures stands for itself."
LET_IN = NextTime("Stop after a sentence or two, so that the other can come in.", "talking-stick")
AGAIN = NextTime("Do the same again.", "weekly-swap")
AND_TELL = NextTime("Do the same again, and tell something of yours for as long.", "weekly-swap")


def lesson(case: Case) -> Lesson:
    """What the listener of `case` can take from it."""
    if case.goal is Goal.EXERCISE or case.conversation.practice is not None:
        return Lesson((), (), None, EXERCISE)
    if case.figures.others_seconds < LEAST_HEARD or not case.figures.turns:
        heard = minutes(case.figures.others_seconds)
        return Lesson((), (), None, f"Too little to go by: {heard} of others' speech were heard.")
    brief = case.figures.seconds < LEAST_TALK
    work = _first(WORK, case, most=1 if brief else MOST)
    strengths = _first(STRENGTHS, case, most=1 if brief else MOST, beside=work)
    again = AND_TELL if case.goal is not Goal.LISTENING and _spoke_less(case) else AGAIN
    grounded = (_to_try(case, point) for point in work if _rests_on_enough(case, point))
    try_next = next(grounded, None) if work else again if strengths else None
    return Lesson(tuple(strengths), tuple(work), try_next, _note(case, len(strengths), len(work)))


def _to_try(case: Case, first: Point) -> NextTime:
    """What helps with the first thing to work on."""
    lost = any(m.id == first.moment and m.over == case.speaker for m in case.moments)
    return LET_IN if lost else TRY[first.dimension]


def _rests_on_enough(case: Case, point: Point) -> bool:
    """Whether advice may follow from `point`: a figure, or two moments of the kind, say it."""
    if point.dimension in (DimensionName.SPACE, DimensionName.BALANCE):
        return True  # told from all gaps, and all seconds
    shown = next(m for m in case.moments if m.id == point.moment)
    alike = [m for m in case.moments if (m.kind, m.by) == (shown.kind, shown.by)]
    return trusted(shown, case.analysis) or len(alike) >= LEAST_MOMENTS


def _spoke_less(case: Case) -> bool:
    """Whether the profile says that the listener spoke for the smaller part."""
    share, limits = case.figures.talk_share, band(case)
    return share is not None and limits is not None and share < limits[0]


def _first(
    rules: Sequence[Rule], case: Case, *, most: int, beside: Sequence[Point] = ()
) -> list[Point]:
    """What the first rules with something to say, say: each dimension and each scene once.

    beside : points whose dimensions and scenes are taken
    """
    empty = {each.name for each in profile(case).dimensions if each.missing}
    found: list[Point] = []
    for rule in rules:
        taken = (*beside, *found)
        point = _elsewhere(rule, case, [each.moment for each in taken])
        gone = empty | {each.dimension for each in taken}
        if point and len(found) < most and point.dimension not in gone:
            found.append(point)
    return found


def _elsewhere(rule: Rule, case: Case, taken: Sequence[int]) -> Point | None:
    """What `rule` says of a moment that is not in the same scene as one of `taken`."""
    starts = [moment.span.start for moment in case.moments if moment.id in taken]
    elsewhere = [
        moment
        for moment in case.moments
        if not any(abs(moment.span.start - start) < SCENE for start in starts)
    ]
    return rule(replace(case, moments=elsewhere))


def _note(case: Case, strengths: int, work: int) -> str:
    """Why there are few; "" if there are not."""
    if case.figures.seconds < LEAST_TALK:
        return (
            f"Only {minutes(case.figures.seconds)} of conversation: this is about these minutes "
            "alone."
        )
    if strengths == work == MOST:
        return ""
    if case.figures.replies is None and case.figures.questions is None:
        return "From timing alone: what was said was not measured."
    return "Nothing else is clear enough to stand here."


# Strengths ----------------------------------------------------------------------------------


def _checked(case: Case) -> Point | None:
    checks = _mine(case, MomentKind.ACCURACY_CHECK, having=Trait.CONFIRMED)
    if not checks:
        return None
    text = f"You checked whether you had got it right, and {case.others.object} seemed to say yes."
    return Point(DimensionName.UNDERSTANDING, text, checks[0].id)


def _asked_well(case: Case) -> Point | None:
    best = answered_question([m for m in case.moments if m.by == case.speaker], case.analysis.turns)
    if best is None:
        return None
    question, reply = best
    whose = case.others.object
    text = f"After this open question {whose} spoke for {minutes(reply.span.duration)}."
    return Point(DimensionName.CURIOSITY, text, question.id)


def _said_back(case: Case) -> Point | None:
    found = _mine(case, *SAID_BACK)
    if not found:
        return None
    sure = trusted(found[0], case.analysis)
    did, may = _SAID_BACK[found[0].kind]
    text = f"Here you {did}." if sure else f"Here you may have {may}: hear it, and decide."
    return Point(DimensionName.UNDERSTANDING, text, found[0].id)


_SAID_BACK = {
    MomentKind.REFLECTION: ("said back what you had heard", "said back what you had heard"),
    MomentKind.VALIDATION: ("said that it makes sense", "said that it makes sense"),
    MomentKind.EMOTION_NAMED: ("put a word to a feeling", "put a word to a feeling"),
}


def _waited(case: Case) -> Point | None:
    mine = case.figures
    median = mine.response_median_seconds
    if median is None or median < ROOM or not enough_replies(mine):
        return None
    waits = _at_start_of_turns(case, lambda gap: gap >= median)
    if not waits:
        return None
    gap, moment = max(waits, key=lambda each: each[0])
    text = (
        f"You waited {gap:.1f} s here before you began; "
        f"the median of your {mine.response_count} gaps was {median:.1f} s."
    )
    return Point(DimensionName.SPACE, text, moment.id)


def _let_finish(case: Case) -> Point | None:
    mine, others = case.figures, case.others
    if mine.talk_overs or mine.talk_overs is None or mine.others_seconds < LEAST_UNBROKEN:
        return None
    long = [m for m in case.moments if m.kind is MomentKind.LONG_TURN and m.by != case.speaker]
    shown = long or _mine(case, MomentKind.BACKCHANNEL)
    if not shown:
        return None
    spoke = minutes(mine.others_seconds)
    here = "their longest stretch" if long else "where you gave a short signal and no more"
    text = f"You never came in early in {spoke} of {others.possessive} speech; this is {here}."
    return Point(DimensionName.FLOOR, text, shown[0].id)


def _left_floor(case: Case) -> Point | None:
    share, limits = case.figures.talk_share, band(case)
    long = [m for m in case.moments if m.kind is MomentKind.LONG_TURN and m.by != case.speaker]
    if case.goal is not Goal.LISTENING or share is None or limits is None or share > limits[1]:
        return None
    if not long:
        return None
    text = (
        f"{100 * (1 - share):.0f} % of the talk time was {case.others.possessive}, as you set out "
        "to; this is the longest stretch."
    )
    longest = max(long, key=lambda m: m.span.duration)
    return Point(DimensionName.BALANCE, text, longest.id)


# To work on ---------------------------------------------------------------------------------


def _came_in(case: Case) -> Point | None:
    mine, others = case.figures, case.others
    found = _mine(case, MomentKind.INTERRUPTION) or _mine(case, MomentKind.ATTEMPT)
    if not found or not mine.talk_overs:
        return None
    ended = "stopped" if found[0].kind is MomentKind.INTERRUPTION else "went on"
    text = (
        f"You began while {others.was} speaking, and {others.object} {ended}; you came in early "
        f"{times(mine.talk_overs)} in {minutes(mine.others_seconds)} of {others.possessive} speech."
    )
    return Point(DimensionName.FLOOR, text, found[0].id)


def _not_let_in(case: Case) -> Point | None:
    lost = _likeliest(
        m
        for m in case.moments
        if m.kind is MomentKind.ATTEMPT and m.over == case.speaker and m.confidence >= SURE
    )
    times_lost = case.figures.attempts_lost or 0
    if not lost or times_lost < LEAST_MOMENTS or _spoke_less(case):
        return None
    text = (
        f"{case.others.object} began while you were speaking, and gave up; "
        f"that happened {times(times_lost)}."
    )
    return Point(DimensionName.FLOOR, text[:1].upper() + text[1:], lost[0].id)


def _advised(case: Case) -> Point | None:
    mine = case.figures
    early = _mine(case, MomentKind.ADVICE, having=Trait.BEFORE_ASKING)
    if early and mine.advice_early and mine.replies:
        text = (
            "You offered advice here before asking or saying back; that happened "
            f"{times(mine.advice_early)} in {replies(mine.replies)}."
        )
        return Point(DimensionName.FIXING, text, early[0].id)
    if early and mine.advice_early is None:
        text = "Here you may have offered advice before asking or saying back: hear it, and decide."
        return Point(DimensionName.FIXING, text, early[0].id)
    unasked = _mine(case, MomentKind.ADVICE, having=Trait.UNASKED)
    if not unasked or case.goal is not Goal.LISTENING:
        return None
    if mine.advice_unasked is None:
        text = "Here you may have offered advice nobody had asked for: hear it, and decide."
        return Point(DimensionName.FIXING, text, unasked[0].id)
    text = (
        "You offered advice here that nobody had asked for; that happened "
        f"{times(mine.advice_unasked)} in {replies(mine.replies or 0)}."
    )
    return Point(DimensionName.FIXING, text, unasked[0].id)


def _smaller(case: Case) -> Point | None:
    found = _mine(case, MomentKind.DISMISSAL)
    if not found:
        return None
    text = f"These words can make it smaller for {case.others.object}: hear them, and decide."
    return Point(DimensionName.FIXING, text, found[0].id)


def _held(case: Case) -> Point | None:
    share = case.figures.talk_share
    limits = band(case)
    if share is None or limits is None or share <= limits[1]:
        return None
    mine = _mine(case, MomentKind.LONG_TURN)
    if not mine:
        return None
    longest = max(mine, key=lambda m: m.span.duration)
    meant = "; you set out to listen" if case.goal is Goal.LISTENING else ""
    text = (
        f"You had the floor for {minutes(longest.span.duration)} here; {100 * share:.0f} % of the "
        f"talk time was yours{meant}."
    )
    return Point(DimensionName.BALANCE, text, longest.id)


def _asked_narrowly(case: Case) -> Point | None:
    asked = case.figures.questions
    closed = _mine(case, MomentKind.QUESTION_CLOSED)
    if asked is None or asked < LEAST_QUESTIONS or case.figures.questions_curious or not closed:
        return None
    text = f"A yes, a no or a detail answers this question; all {asked} of yours were of that kind."
    return Point(DimensionName.CURIOSITY, text, closed[0].id)


def _own_story(case: Case) -> Point | None:
    found = _mine(case, MomentKind.SELF_SHIFT)
    if not found or _mine(case, *SAID_BACK):  # what was taken in is the better news
        return None
    text = (
        f"Here you may have gone from {case.others.possessive} story to your own: hear it, and "
        "decide."
    )
    return Point(DimensionName.UNDERSTANDING, text, found[0].id)


def _at_once(case: Case) -> Point | None:
    mine = case.figures
    median = mine.response_median_seconds
    if median is None or median >= AT_ONCE or mine.response_count < QUICK_REPLIES:
        return None
    quick = _at_start_of_turns(case, lambda gap: 0 <= gap < AT_ONCE)
    if not quick:
        return None
    text = (
        f"You replied at once here; {mine.immediate_responses} of your {mine.response_count} "
        f"replies after a gap came within {AT_ONCE} s."
    )
    return Point(DimensionName.SPACE, text, min(quick, key=lambda each: each[0])[1].id)


WORK: tuple[Rule, ...] = (
    _came_in,
    _not_let_in,
    _advised,
    _smaller,
    _held,
    _asked_narrowly,
    _own_story,
    _at_once,
)
"""In the order in which they are put forward; the first of a dimension stands for it."""

STRENGTHS: tuple[Rule, ...] = (
    _checked,
    _asked_well,
    _said_back,
    _waited,
    _let_finish,
    _left_floor,
)


# Moments ------------------------------------------------------------------------------------


def _mine(case: Case, *kinds: MomentKind, having: Trait | None = None) -> list[Moment]:
    """The listener's moments of `kinds` that are sure enough, the likeliest first."""
    return _likeliest(
        m
        for m in case.moments
        if m.by == case.speaker
        and m.kind in kinds
        and m.confidence >= (SURE if trusted(m, case.analysis) else SURE_TOLD)
        and (having is None or having in m.traits)
    )


def _likeliest(moments: Iterable[Moment]) -> list[Moment]:
    """Those the user confirmed first, then by confidence, then by time."""
    return sorted(moments, key=lambda m: (m.judged is not True, -m.confidence, m.span.start))


def _at_start_of_turns(case: Case, fits: Callable[[float], bool]) -> list[tuple[float, Moment]]:
    """The listener's moments that begin a turn of theirs after a gap that `fits`, with the gap."""
    gaps = {
        round(t.at, 3): t.offset
        for t in case.analysis.transitions
        if t.after == case.speaker and t.offset >= 0 and not t.lapse and fits(t.offset)
    }
    return [
        (gaps[at], moment)
        for moment in case.moments
        if moment.by == case.speaker
        and moment.kind in QUESTIONS | BEHAVIOURS
        and (at := round(moment.span.start, 3)) in gaps
    ]

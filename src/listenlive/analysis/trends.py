"""How several conversations compare: figures over time, with intervals, and who listened to whom.

Definitions: docs/MEASURES.md, "Over time". Counts are added up over conversations before anything
is divided; a mean of conversations has Student's interval, a rate the exact one of Poisson. Under
four conversations there is neither a line nor an interval, and a recording counts once, however
often it was analysed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev

from listenlive.analysis.history import Talk, once
from listenlive.analysis.outline import enough_replies
from listenlive.analysis.rates import poisson_interval
from listenlive.conversation import Role

LEAST = 4  # conversations before anything is called a line
LEAST_MINUTES = 5  # of conversation, before a rate of it counts: shorter ones do not repeat
HALF = 4  # how many of the first and the last are compared, half of all where there are fewer
CARRIES = 0.8  # share of the listening done by one side: theirs to carry alone
WEEKS = 3  # in a row, before it is said
# Student's t, 97.5 %, by degrees of freedom; beyond these the normal value is close enough
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160)
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of several conversations with its 95 % interval.

    low, high : None under LEAST conversations, which say too little of the spread
    """

    value: float
    low: float | None
    high: float | None
    talks: int

    def apart_from(self, other: "Estimate") -> bool:
        """Whether the intervals do not touch: more than chance makes likely."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.high < other.low or other.high < self.low


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that is followed. Counts are per `per` of the exposure; means have no exposure.

    unit : "share", "s", "rate", "answer"; how it is printed
    """

    name: str
    title: str
    unit: str
    of: Callable[[Talk], tuple[float, float] | None]  # value or count, and its exposure
    per: float | None = None
    floor: float | None = 0.0
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """The figure of one conversation."""

    session: str
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """One figure over time.

    marks   : one for each conversation in which it was measured, in order of time
    overall : all of them together;  first, last: those compared, None under four
    """

    measure: Measure
    marks: tuple[Mark, ...]
    overall: Estimate
    first: Estimate | None
    last: Estimate | None

    @property
    def changed(self) -> bool:
        """Whether first and last are further apart than chance makes likely."""
        return bool(self.first and self.last and self.first.apart_from(self.last))


@dataclass(frozen=True, slots=True)
class Week:
    """Who listened how long in one week: seconds of the other's speech."""

    monday: date
    mine: float
    theirs: float

    @property
    def share(self) -> float:
        """My part of the listening."""
        return self.mine / (self.mine + self.theirs)


@dataclass(frozen=True, slots=True)
class Trend:
    """All there is to say of some conversations. `partner` None: with everybody."""

    partner: str | None
    talks: tuple[Talk, ...]
    lines: tuple[Line, ...]
    weeks: tuple[Week, ...]
    care: str  # the sentence where one side carries the listening, "" where not
    again: int = 0  # sessions left out, since their recording is among `talks` already


def trends(talks: Iterable[Talk], *, partner: str | None = None) -> tuple[Trend, ...]:
    """Figures over time: with everybody, then with each partner, most talks first.

    partner : only with this one. Talks in which nobody knows who the listener is are left out.
    """
    known = sorted((t for t in talks if t.partner and t.mine), key=lambda t: (t.at, t.session))
    each_once = once(known)
    companions = {t.companion for t in each_once if t.companion}
    partners = sorted(companions, key=lambda p: (-_count(each_once, p), p))
    if partner is not None:
        partners = [each for each in partners if each.casefold() == partner.casefold()]
    found = [trend([t for t in known if t.companion == each], each) for each in partners]
    unnamed = any(t.companion is None for t in each_once)
    together = partner is None and (len(partners) != 1 or unnamed)
    return (trend(known, None), *found) if together and known else tuple(found)


def trend(talks: Sequence[Talk], partner: str | None) -> Trend:
    """What `talks`, in order of time, show together; a recording counts once."""
    given, talks = len(talks), once(talks)
    lines = [found for each in MEASURES if (found := line(each, talks)) is not None]
    ordinary = [each for each in talks if each.exercise is None]
    listened = weeks(ordinary)
    return Trend(
        partner, tuple(talks), tuple(lines), listened, care(listened, partner), given - len(talks)
    )


def line(measure: Measure, talks: Sequence[Talk]) -> Line | None:
    """`measure` over `talks`; None if none of them has it."""
    measured = [(talk, found) for talk in talks if (found := measure.of(talk)) is not None]
    if not measured:
        return None
    values = [found for _, found in measured]
    marks = tuple(Mark(t.session, t.at, _value(measure, found)) for t, found in measured)
    half = min(HALF, len(values) // 2)
    enough = len(values) >= LEAST
    return Line(
        measure,
        marks,
        estimate(measure, values),
        estimate(measure, values[:half]) if enough else None,
        estimate(measure, values[-half:]) if enough else None,
    )


def estimate(measure: Measure, values: Sequence[tuple[float, float]]) -> Estimate:
    """Several conversations as one figure with its 95 % interval."""
    if measure.per is not None:
        count = sum(value for value, _ in values)
        exposure = sum(each for _, each in values) / measure.per
        if len(values) < LEAST:
            return Estimate(count / exposure, None, None, len(values))
        low, high = poisson_interval(round(count))
        return Estimate(count / exposure, low / exposure, high / exposure, len(values))
    numbers = [value for value, _ in values]
    middle = fmean(numbers)
    if len(numbers) < LEAST:
        return Estimate(middle, None, None, len(numbers))
    reach = _t(len(numbers) - 1) * stdev(numbers) / sqrt(len(numbers))
    low, high = middle - reach, middle + reach
    low = low if measure.floor is None else max(low, measure.floor)
    high = high if measure.ceiling is None else min(high, measure.ceiling)
    return Estimate(middle, low, high, len(numbers))


def weeks(talks: Iterable[Talk]) -> tuple[Week, ...]:
    """Who listened how long, week by week; weeks without a talk are not there."""
    found: dict[date, list[float]] = {}
    for each in talks:
        if each.mine is None:
            continue
        day = each.at.date()
        seconds = found.setdefault(day - timedelta(days=day.weekday()), [0.0, 0.0])
        seconds[0] += each.mine.others_seconds
        seconds[1] += each.mine.talk_seconds
    return tuple(Week(monday, *both) for monday, both in sorted(found.items()) if sum(both))


def care(listened: Sequence[Week], partner: str | None) -> str:
    """The sentence that care goes both ways, where one side has carried it for three weeks."""
    last = listened[-WEEKS:]
    if len(last) < WEEKS or any(
        after.monday - before.monday != timedelta(weeks=1) for before, after in pairwise(last)
    ):
        return ""
    other = partner or "the others"
    if all(week.share > CARRIES for week in last):
        return (
            f"For {WEEKS} weeks more than 80 % of the listening was yours. Care goes both ways: "
            f"ask {other} for the same back."
        )
    if all(week.share < 1 - CARRIES for week in last):
        return (
            f"For {WEEKS} weeks {other} did more than 80 % of the listening. Care goes both ways: "
            "give as much back."
        )
    return ""


# Measures -----------------------------------------------------------------------------------


def _share(talk: Talk) -> tuple[float, float] | None:
    share = talk.mine.talk_share if talk.mine and talk.exercise is None else None
    return None if share is None else (share, 1.0)


def _talk_overs(talk: Talk) -> tuple[float, float] | None:
    return _rate(talk, talk.mine.talk_overs, talk.mine.others_seconds) if talk.mine else None


def _talk_overs_theirs(talk: Talk) -> tuple[float, float] | None:
    theirs = talk.theirs
    return _rate(talk, theirs.talk_overs, theirs.others_seconds) if theirs else None


def _questions(talk: Talk) -> tuple[float, float] | None:
    return _rate(talk, talk.mine.questions, talk.mine.seconds) if talk.mine else None


def _curious(talk: Talk) -> tuple[float, float] | None:
    return _rate(talk, talk.mine.questions_curious, talk.mine.seconds) if talk.mine else None


def _advice(talk: Talk) -> tuple[float, float] | None:
    mine = talk.mine
    if mine is None or mine.advice_early_found is None or talk.exercise is not None:
        return None
    return (float(mine.advice_early_found), float(mine.replies)) if mine.replies else None


def _longest(talk: Talk) -> tuple[float, float] | None:
    longest = talk.mine.longest_turn_seconds if talk.mine and talk.exercise is None else None
    return None if longest is None else (longest, 1.0)


def _room(talk: Talk) -> tuple[float, float] | None:
    mine = talk.mine if talk.exercise is None else None
    room = mine.response_median_seconds if mine and enough_replies(mine) else None
    return None if room is None else (room, 1.0)


def _slips(talk: Talk) -> tuple[float, float] | None:
    return None if talk.slips is None else (float(talk.slips), 1.0)


def _felt_heard(talk: Talk) -> tuple[float, float] | None:
    return _answered(talk, "felt_heard", Role.PARTNER)


def _mood_change(talk: Talk) -> tuple[float, float] | None:
    before = _answered(talk, "mood_before", Role.PARTNER)
    after = _answered(talk, "mood_after", Role.PARTNER)
    return (after[0] - before[0], 1.0) if before and after else None


def _answered(talk: Talk, form: str, by: Role) -> tuple[float, float] | None:
    """The average answer of the last time `by` filled in `form`."""
    found = [c for c in talk.check_ins if c.form == form and c.by is by and c.answers]
    return (fmean(answer.value for answer in found[-1].answers), 1.0) if found else None


def _rate(talk: Talk, count: int | None, exposure: float) -> tuple[float, float] | None:
    """A count with its seconds; None for exercises, which set them both, and for short talks."""
    short = talk.mine is None or talk.mine.seconds < LEAST_MINUTES * 60
    if count is None or not exposure or talk.exercise is not None or short:
        return None
    return float(count), float(exposure)


MEASURES: tuple[Measure, ...] = (
    Measure("talk_share", "Your share of the talk", "share", _share, ceiling=1.0),
    Measure("room", "Room before replying", "s", _room),
    Measure("talk_overs", "You came in early /min", "rate", _talk_overs, per=60.0),
    Measure("talk_overs_theirs", "They came in early /min", "rate", _talk_overs_theirs, per=60.0),
    Measure("questions", "Your questions /10 min", "rate", _questions, per=600.0),
    Measure("curious", "Open questions /10 min", "rate", _curious, per=600.0),
    Measure("advice_early", "Advice first /10, found", "rate", _advice, per=10.0),
    Measure("longest_turn", "Your longest turn", "s", _longest),
    Measure("slips", "Slips /exercise", "rate", _slips, per=1.0),
    Measure("felt_heard", "They felt heard, 1-5", "answer", _felt_heard, floor=1.0, ceiling=5.0),
    Measure("mood_change", "Their mood, change", "answer", _mood_change, floor=None),
)


def _value(measure: Measure, found: tuple[float, float]) -> float:
    value, exposure = found
    return value if measure.per is None else value / (exposure / measure.per)


def _t(freedom: int) -> float:
    return _T[freedom - 1] if freedom <= len(_T) else _NORMAL * (1 + 1.5 / freedom)


def _count(talks: Iterable[Talk], partner: str) -> int:
    return sum(each.companion == partner for each in talks)

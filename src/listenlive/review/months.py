"""Sessions beside one another: figures over weeks and months as pictures, and two side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from listenlive import library
from listenlive.analysis.history import Talk
from listenlive.analysis.trends import LEAST, Estimate, Line, Trend, trends
from listenlive.plain import one_line
from listenlive.report.page import page_of
from listenlive.report.profile import Row as ProfileRow
from listenlive.report.trends import again, change, estimated, printed, undated
from listenlive.report.wording import count, percent
from listenlive.review.catalogue import Row, row
from listenlive.review.shelf import Opened
from listenlive.review.web import desk, rendered

EDGE = 3.0  # per cent of the width kept free on both sides, so that no dot is cut off
HIGH = 100.0  # height of a picture, in its own units
CHANGES = {
    "up": "More than chance makes likely: up.",
    "down": "More than chance makes likely: down.",
    "~": "The intervals touch: the difference may be chance.",
    "": "",
}


@dataclass(frozen=True, slots=True)
class Dot:
    """One conversation: where it lies, in per cent of width and height from the top."""

    x: float
    y: float
    session: str
    told: str


@dataclass(frozen=True, slots=True)
class Band:
    """Several conversations together: from x to x, the middle and the interval around it."""

    left: float
    width: float
    y: float
    top: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure over time, and the same in words."""

    title: str
    dots: tuple[Dot, ...]
    bands: tuple[Band, ...]
    highest: str
    lowest: str
    together: str
    change: str


@dataclass(frozen=True, slots=True)
class WeekBar:
    """Who listened how much in one week."""

    week: str
    mine: float  # per cent
    told: str


@dataclass(frozen=True, slots=True)
class Shown:
    """All pictures of the conversations with one partner, or with everybody."""

    heading: str
    told: str
    charts: tuple[Chart, ...]
    weeks: tuple[WeekBar, ...]
    care: str
    again: str  # what was left out, since its recording counts already; "" if nothing
    undated: str  # whose dates are not those of the talks; "" if nobody's


def over_time(request: Request) -> Response:
    """Figures over time, for all and per partner."""
    with library.opened(desk(request).shelf.data) as index:
        talks = index.talks()
    shown = tuple(_shown(each) for each in trends(talks))
    return rendered(request, "trends.html", shown=shown, any=bool(talks))


def _shown(trend: Trend) -> Shown:
    first, last = trend.talks[0].at, trend.talks[-1].at
    return Shown(
        "With everybody" if trend.partner is None else f"With {one_line(trend.partner)}",
        f"{count(len(trend.talks), 'conversation')}, {_between(first, last)}",
        tuple(chart(line, first, last) for line in trend.lines),
        tuple(
            WeekBar(
                f"week of {week.monday.day} {week.monday:%B}",
                round(100 * week.share, 1),
                f"{percent(week.share)} of the listening was yours",
            )
            for week in trend.weeks
        ),
        one_line(trend.care),
        again(trend),
        undated(trend),
    )


def chart(line: Line, first: datetime, last: datetime) -> Chart:
    """`line` as a picture from `first` to `last`; it begins at the least there can be."""
    unit = line.measure.unit
    compared = [e for e in (line.first, line.last) if e and e.talks >= LEAST]
    values = [m.value for m in line.marks] + [b for e in compared for b in (e.low, e.high) if b]
    low = min(line.measure.floor or 0.0, *values)  # answers from 1 to 5 begin at 1
    high = max(values) if max(values) > low else low + 1.0

    def x(at: datetime) -> float:
        whole = (last - first).total_seconds()
        share = (at - first).total_seconds() / whole if whole else 0.5
        return round(EDGE + (100 - 2 * EDGE) * share, 2)

    def y(value: float) -> float:
        return round(HIGH * (1 - (value - low) / (high - low)), 2) if high > low else HIGH

    def band(estimate: Estimate, marks: Sequence[datetime], name: str) -> Band:
        left, right = x(marks[0]), x(marks[-1])
        bottom = y(estimate.value if estimate.low is None else estimate.low)
        top = y(estimate.value if estimate.high is None else estimate.high)
        told = f"{name} {estimate.talks}: {estimated(estimate, unit)}"
        width = max(2.0, round(right - left, 2))
        return Band(left, width, y(estimate.value), top, round(bottom - top, 2), told)

    times = [mark.at for mark in line.marks]
    bands: tuple[Band, ...] = ()
    if line.first and line.last and len(compared) == 2:
        bands = (
            band(line.first, times[: line.first.talks], "first"),
            band(line.last, times[-line.last.talks :], "last"),
        )
    return Chart(
        line.measure.title,
        tuple(
            Dot(x(m.at), y(m.value), m.session, f"{_day(m.at)}: {printed(m.value, unit)}")
            for m in line.marks
        ),
        bands,
        printed(high, unit),
        printed(low, unit),
        f"all {line.overall.talks}: {estimated(line.overall, unit)}",
        CHANGES[change(line)] if bands else "",
    )


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sessions that are compared."""

    row: Row
    closing: str
    profiles: tuple[tuple[str, tuple[ProfileRow, ...]], ...]  # heading and dimensions, mine first


@dataclass(frozen=True, slots=True)
class Beside:
    """The dimensions of one person in both sessions, each (title, in one, in the other)."""

    heading: str
    rows: tuple[tuple[str, ProfileRow | None, ProfileRow | None], ...]


def compared(request: Request) -> Response:
    """Two sessions side by side: those asked for, else the latest two with one partner."""
    here = desk(request)
    with library.opened(here.shelf.data) as index:
        talks = index.talks()
    chosen = [request.query_params.get(name, "") for name in ("one", "other")]
    if not all(chosen):
        chosen = list(_latest(talks))
    known = {talk.session: talk for talk in talks}
    sides = [_side(here.shelf.open(name), known[name]) for name in chosen if name in known]
    return rendered(
        request,
        "compare.html",
        rows=[row(talk) for talk in talks],
        chosen=chosen,
        sides=sides if len(sides) == 2 else [],
        tables=_tables(*sides) if len(sides) == 2 else [],
    )


def _latest(talks: Sequence[Talk]) -> tuple[str, str]:
    """The two latest with one partner, the earlier first; else the two latest; else nothing."""
    for number, talk in enumerate(talks):
        for before in talks[number + 1 :]:
            if talk.companion and before.companion == talk.companion:
                return before.session, talk.session
    return (talks[1].session, talks[0].session) if len(talks) > 1 else ("", "")


def _side(opened: Opened, talk: Talk) -> Side:
    page = page_of(opened.conversation, opened.analysis, settings=opened.settings)
    return Side(row(talk), page.closing, tuple((s.heading, s.rows) for s in page.sheets))


def _tables(one: Side, other: Side) -> list[Beside]:
    """The first person of each beside one another (the listener, if known), then the second."""
    found = []
    for number in range(max(len(one.profiles), len(other.profiles))):
        ours = [side.profiles[number] for side in (one, other) if number < len(side.profiles)]
        heading = " and ".join(dict.fromkeys(heading for heading, _ in ours))
        by = [
            {r.name: r for r in side.profiles[number][1]} if number < len(side.profiles) else {}
            for side in (one, other)
        ]
        titles = {r.name: r.title for _, rows in ours for r in rows}
        rows = tuple((title, by[0].get(name), by[1].get(name)) for name, title in titles.items())
        found.append(Beside(heading, rows))
    return found


def _between(first: datetime, last: datetime) -> str:
    one, other = _day(first), _day(last)
    return one if one == other else f"{one} to {other}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"

"""Figures over time for the terminal: a line each, what it was first and last, and how sure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from listenlive.analysis.trends import LEAST, LEAST_MINUTES, Estimate, Line, Trend, Week
from listenlive.plain import one_line
from listenlive.report.wording import count, percent

BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 16  # the newest; more would be wider than a line
NOTHING = "no conversations to compare yet: analyze keeps them, and has to know who you are (--me)."
TITLE = 24


def told(trends: Sequence[Trend]) -> Iterator[Table | Text]:
    """Everything, part by part."""
    for number, each in enumerate(trends):
        if number:
            yield Text("")
        yield _heading(each)
        if _too_few(each):
            yield Text(
                f"No line under {LEAST} conversations; these are their figures.", style="dim"
            )
        for aside in filter(None, (again(each), undated(each))):
            yield Text(aside, style="dim")
        yield _lines(each)
        if len(each.weeks) > 1:
            yield _listening(each)
        if each.care:
            yield Text(one_line(each.care), style="bold")
    yield Text("")
    yield Text(
        f"n: conversations in which it was measured. In brackets the 95 % interval, from {LEAST} "
        f"conversations on. Rates come from those of {LEAST_MINUTES} minutes and more. “~”: the "
        "intervals of first and last touch, so that the difference may be chance. Advice first: "
        "before asking, in ten replies, as found in the words, which is not sure.",
        style="dim",
    )


def again(trend: Trend) -> str:
    """That a recording analysed again counts once; "" where there is none."""
    if not trend.again:
        return ""
    sessions = count(trend.again, "session")
    return f"Left out: {sessions} of a recording that is here already; the newest one counts."


def undated(trend: Trend) -> str:
    """That some dates are not those of the talks; "" where all are."""
    missing = sum(not talk.dated for talk in trend.talks)
    if not missing:
        return ""
    if missing == 1:
        told = "1 date is that of the analysis, since the recording holds none."
    else:
        told = f"{missing} dates are those of the analyses, since the recordings hold none."
    return f"{told} Say when it was: listenlive analyze FILE --date 2026-05-31"


def printed(value: float, unit: str) -> str:
    """A figure with its unit."""
    return f"{_bare(value, unit)}{ {'share': ' %', 's': ' s'}.get(unit, '') }"


def _bare(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.0f}"
    return f"{value:.0f}" if unit == "s" and abs(value) >= 10 else f"{value:.1f}"


def bars(line: Line) -> str:
    """The newest figures as little bars, from nothing to the largest of all."""
    values = [mark.value for mark in line.marks]
    low, high = min(0.0, *values), max(values)
    reach = (high - low) or 1.0
    newest = values[-MOST_BARS:]
    return "".join(BARS[round((value - low) / reach * (len(BARS) - 1))] for value in newest)


def change(line: Line) -> str:
    """Which way it went; "~" where that may be chance, "" where nothing can be compared."""
    if not line.first or not line.last or line.first.low is None or line.last.low is None:
        return ""
    if not line.changed:
        return "~"
    return "up" if line.last.value > line.first.value else "down"


def _too_few(trend: Trend) -> bool:
    return all(line.first is None for line in trend.lines)


def _heading(trend: Trend) -> Text:
    who = "With everybody" if trend.partner is None else f"With {one_line(trend.partner)}"
    first, last = trend.talks[0].at, trend.talks[-1].at
    span = _day(first) if len(trend.talks) == 1 else f"{_day(first)} to {_day(last)}"
    told = f"  {count(len(trend.talks), 'conversation')}, {span}"
    return Text.assemble((who, "bold"), (told, "dim"))


def _lines(trend: Trend) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=TITLE, no_wrap=True, style="bold")
    grid.add_column(justify="right")
    compared = next((line.first.talks for line in trend.lines if line.first), None)
    if compared is None:
        grid.add_row(*_dim("", "n", "all"))
    else:
        grid.add_row(*_dim("", "n", "", f"first {compared}", f"last {compared}", ""))
    for line in trend.lines:
        grid.add_row(*map(Text, _cells(line, compared=compared is not None)))
    return grid


def _cells(line: Line, *, compared: bool) -> list[str]:
    """Title, number of conversations, bars, figures first and last, which way; or all together."""
    unit = line.measure.unit
    cells = [line.measure.title, str(line.overall.talks)]
    if line.first is None or line.last is None:
        whole = estimated(line.overall, unit)
        return [*cells, *([""] if compared else []), whole]
    sides = [estimated(each, unit) for each in (line.first, line.last)]
    return [*cells, bars(line), *sides, change(line)]


def _dim(*texts: str) -> list[Text]:
    return [Text(text, style="dim") for text in texts]


def estimated(estimate: Estimate, unit: str) -> str:
    """A figure with its interval: "39 % (27–51)"."""
    if estimate.low is None or estimate.high is None:
        return printed(estimate.value, unit)
    low, high = _bare(estimate.low, unit), _bare(estimate.high, unit)
    return f"{printed(estimate.value, unit)} ({low}–{high})"


def _listening(trend: Trend) -> Text:
    """Who listened, week by week."""
    shown: list[Week] = list(trend.weeks[-6:])
    parts = [f"{week.monday.day} {week.monday:%b} {percent(week.share)}" for week in shown]
    return Text.assemble(("Your part of the listening by week  ", "bold"), " · ".join(parts))


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"

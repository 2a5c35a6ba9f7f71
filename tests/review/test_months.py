"""Figures over time as pictures: where they begin, and what is drawn together."""

from datetime import UTC, datetime, timedelta

import pytest

from listenlive.analysis.trends import LEAST, MEASURES, Estimate, Line, Mark
from listenlive.review.months import chart

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
BY_NAME = {each.name: each for each in MEASURES}


def line(name, values, compared):
    days = [BEGAN + timedelta(days=n) for n in range(len(values))]
    marks = tuple(Mark(f"s{n}", at, v) for n, (at, v) in enumerate(zip(days, values, strict=True)))
    known = compared >= LEAST
    some = Estimate(values[0], 0.2 if known else None, 0.7 if known else None, compared)
    return Line(BY_NAME[name], marks, Estimate(values[0], None, None, len(values)), some, some)


@pytest.mark.parametrize(("compared", "bands"), [(3, 0), (4, 2)])
def test_few_conversations_are_no_band(compared, bands):
    values = [0.4, 0.5, 0.3, 0.6, 0.5, 0.4, 0.2, 0.3][: 2 * compared]
    drawn = chart(line("talk_share", values, compared), BEGAN, BEGAN + timedelta(days=7))
    assert len(drawn.bands) == bands
    assert bool(drawn.change) == bool(bands)


def test_answers_from_one_to_five_begin_at_one():
    drawn = chart(line("felt_heard", [1.0, 4.0], 2), BEGAN, BEGAN + timedelta(days=1))
    assert drawn.lowest == "1.0"
    assert [dot.y for dot in drawn.dots] == [100.0, 0.0]

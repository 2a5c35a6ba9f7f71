import re

import pytest

from listenlive.analysis.results import TalkWindow
from listenlive.report import picture
from listenlive.span import Span

MINUTE = Span(0, 60)


def blocks(path):
    """Blocks of a path as (x, width), in thousandths of the width."""
    found = [re.match(r"(\d+) [\d.]+h(\d+)", part).groups() for part in path.split("M")[1:]]
    return [(int(x) // 10, int(width) // 10) for x, width in found]


def test_a_block_for_each_stretch_of_speech():
    assert blocks(picture.speech([Span(6, 12), Span(30, 60)], MINUTE)) == [(100, 100), (500, 500)]


def test_only_what_lies_inside_is_drawn():
    assert blocks(picture.blocks([Span(3, 9), Span(70, 80)], Span(6, 66))) == [(0, 50)]


def test_the_shortest_sound_is_still_seen():
    assert blocks(picture.blocks([Span(30, 30.001)], MINUTE)) == [(500, 1)]


def test_three_hours_are_as_small_as_one():
    def drawn(hours):
        spans = [Span(10.0 * i, 10.0 * i + 4) for i in range(360 * hours)]
        return picture.speech(spans, Span(0, 3600 * hours))

    assert len(drawn(3)) < 1.2 * len(drawn(1)) < 12_000


def test_a_slice_is_as_high_as_it_is_full():
    path = picture.fullness([Span(0, 30), Span(30, 45)], MINUTE, bins=2)
    assert re.findall(r"v(\d+)", path) == ["100", "50"]


def test_ticks_are_round_and_few():
    found = picture.ticks(Span(600, 1200))
    assert [tick.label for tick in found] == ["10:00", "12:00", "14:00", "16:00", "18:00", "20:00"]
    assert (found[0].anchor, found[1].anchor, found[-1].anchor) == ("start", "middle", "end")
    assert len(picture.ticks(Span(0, 3 * 3600))) <= 9


def test_windows_are_put_together():
    windows = [TalkWindow(Span(i, i + 1.0), {"A": 0.5, "B": 0.25}) for i in range(10)]
    found = picture.grouped(windows, most=5)
    assert [w.span for w in found] == [Span(2 * i, 2 * i + 2.0) for i in range(5)]
    assert found[0].seconds == {"A": 1.0, "B": 0.5}


def test_bars_show_both_directions_from_the_middle():
    both = picture.bars(
        [TalkWindow(Span(0, 10), {"A": 5.0, "B": 10.0})], speakers=["A", "B"], told=""
    )
    assert (re.findall(r"v(-?\d+)", both.up), re.findall(r"v(-?\d+)", both.down)) == (
        ["-25"],
        ["50"],
    )


@pytest.mark.parametrize(("value", "y"), [(0.0, 50), (2.0, 0), (-1.0, 75), (9.0, 0)])
def test_strokes_lie_around_the_own_median(value, y):
    path = picture.strokes([(Span(0, 6), value)], MINUTE, reach=2.0)
    assert path == f"M0 {y}h1000"


def test_marks_are_spread_over_the_time():
    moments = [(float(at), 0.5 + 0.001 * at, at) for at in range(60)]
    kept = picture.spread(moments, MINUTE, most=6)
    assert kept == {9, 19, 29, 39, 49, 59}

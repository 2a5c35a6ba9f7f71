import pytest

from drawing import draw
from listenlive.analysis.talk_time import talk_time, windows
from listenlive.span import Span

TALK = """
    A  ====      ==
    B    ====
    """


def test_overlap_counts_for_both():
    time = talk_time(draw(TALK))
    assert time.seconds == {"A": 3.0, "B": 2.0}
    assert (time.speech, time.overlap, time.silence) == (4.0, 1.0, 2.0)
    assert time.share("A") == pytest.approx(0.6)


def test_nobody_spoke_means_no_share():
    time = talk_time(draw("A  ......\nB  ......"))
    assert time.share("A") is None
    assert (time.speech, time.silence) == (0.0, 3.0)


def test_windows_cover_the_recording_and_add_up():
    found = windows(draw(TALK), width=2.5)
    assert [window.span for window in found] == [Span(0, 2.5), Span(2.5, 5), Span(5, 6)]
    assert [window.seconds for window in found] == [
        {"A": 2.0, "B": 1.5},
        {"A": 0.0, "B": 0.5},
        {"A": 1.0, "B": 0.0},
    ]

import pytest

from listenlive.analysis.rates import minutes, poisson_interval, rate
from listenlive.config import Measuring


@pytest.mark.parametrize(
    ("count", "low", "high"),  # exact values as in tables: Garwood 1936
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (100, 81.36, 121.63)],
)
def test_exact_poisson_interval(count, low, high):
    assert poisson_interval(count) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))


def test_a_rate_is_per_minute_of_the_others_speech():
    found = rate("A", "B", 6, exposure=180.0, conversation=400.0, settings=Measuring())
    assert (found.per_minute, found.exposure_minutes) == (2.0, 3.0)
    assert found.low == pytest.approx(0.734, abs=0.01)


@pytest.mark.parametrize(
    ("exposure", "conversation", "reason"), [(200, 240, "4 min of conv"), (90, 400, "1 min 30 s")]
)
def test_too_short_for_a_rate(exposure, conversation, reason):
    found = rate("A", "B", 6, exposure=exposure, conversation=conversation, settings=Measuring())
    assert found.count == 6
    assert (found.per_minute, found.low, found.high) == (None, None, None)
    assert reason in found.withheld


@pytest.mark.parametrize(
    ("seconds", "text"), [(42.4, "42 s"), (300, "5 min"), (312, "5 min 12 s"), (59.6, "1 min")]
)
def test_minutes(seconds, text):
    assert minutes(seconds) == text

"""How often, per minute of exposure, with its uncertainty."""

from collections.abc import Callable
from math import exp, lgamma, log, sqrt

from listenlive.analysis.measures import Rate
from listenlive.config import Measuring

TAIL = 0.025  # each side of a 95 % interval


def rate(
    by: str, over: str, count: int, *, exposure: float, conversation: float, settings: Measuring
) -> Rate:
    """How often `by` did something to `over`, per minute of `over`'s speech.

    exposure     : seconds of `over`'s speech
    conversation : seconds from the first to the last word; under `rate_minimum` no rate is given,
                   since it would say little (test-retest r .42 at one minute, .78 at five)
    """
    minutes = exposure / 60
    withheld = _withheld(exposure, conversation, settings)
    if withheld:
        return Rate(by, over, count, minutes, None, None, None, withheld)
    low, high = poisson_interval(count)
    return Rate(by, over, count, minutes, count / minutes, low / minutes, high / minutes)


def poisson_interval(count: int) -> tuple[float, float]:
    """The exact (Garwood) 95 % interval of a Poisson mean of which `count` was seen."""
    low = 0.0 if count == 0 else _solve(lambda mean: 1 - _at_most(count - 1, mean) - TAIL, count)
    return low, _solve(lambda mean: TAIL - _at_most(count, mean), count)


def _withheld(exposure: float, conversation: float, settings: Measuring) -> str | None:
    if conversation < settings.rate_minimum:
        return (
            f"too short for a rate: {minutes(conversation)} of conversation, "
            f"at least {minutes(settings.rate_minimum)} are needed"
        )
    if exposure < max(settings.exposure_minimum, 1e-9):
        return (
            f"too little to go by: the other spoke for {minutes(exposure)}, "
            f"at least {minutes(settings.exposure_minimum)} are needed"
        )
    return None


def minutes(seconds: float) -> str:
    """`seconds` as people say them: "42 s", "5 min", "5 min 12 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    rest = f" {whole % 60} s" if whole % 60 else ""
    return f"{whole // 60} min{rest}"


def _at_most(count: int, mean: float) -> float:
    """Probability that a Poisson variable with `mean` is `count` or less."""
    if mean <= 0:
        return 1.0
    part = exp(count * log(mean) - mean - lgamma(count + 1))
    probability = part
    for k in range(count, 0, -1):  # downwards: the terms shrink, and nothing overflows
        part *= k / mean
        probability += part
    return min(1.0, probability)


def _solve(rising: Callable[[float], float], count: int) -> float:
    """Where the function `rising` crosses zero, between 0 and well beyond `count`."""
    low, high = 0.0, count + 10 * sqrt(count + 1) + 10
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2

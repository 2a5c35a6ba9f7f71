"""What a figure of the profile can be read against: the own earlier talks, or a named source.

Four earlier conversations with the same partner make an own range, since the pair explains more of
the timing than the person does (Cavalcanti & Skantze 2025). Before that: what other people did, and
where that is known from.
"""

from collections.abc import Callable, Sequence
from statistics import median

from listenlive.analysis.outline import Outline, enough_replies
from listenlive.analysis.rates import poisson_interval
from listenlive.analysis.results import Place
from listenlive.conversation import Goal

LEAST_TALKS = 4  # earlier conversations with a partner before they are anybody's usual
TEN_MINUTES = 600.0


def of_space(past: Sequence[Outline], partner: str) -> Place:
    """Room before replying."""
    values = _known(
        past, lambda each: each.response_median_seconds if enough_replies(each) else None
    )
    if len(values) >= LEAST_TALKS:
        return _usual(values, partner, lambda value: f"{value:.1f} s")
    return Place("turn changes in ten languages: mostly about 0.2 s (Stivers 2009)")


def of_floor(past: Sequence[Outline], partner: str) -> Place:
    """Talk-overs made: counts over exposure, added up before dividing."""
    known = [each for each in past if each.talk_overs is not None and each.others_seconds]
    if len(known) >= LEAST_TALKS:
        count = sum(each.talk_overs or 0 for each in known)
        exposure = sum(each.others_seconds for each in known) / 60
        return _rate(count, exposure, len(known), partner, "a minute of the other's speech")
    return Place(
        "no range is known; among friends people overlap for 0.3 s and more 7.7 times a minute, "
        "listener signals and ends of turns included (IFADV, 20 pairs)"
    )


def of_balance(
    past: Sequence[Outline], partner: str, band: tuple[float, float] | None, goal: Goal | None
) -> Place:
    """Share of the talk time, against what the talk is for."""
    if band is None:
        return Place("the exercise gives the shares")
    low, high = band
    if goal is Goal.LISTENING:
        text = f"a talk for listening: {_percent(low)} to {_percent(high)} (a choice of ours)"
        return Place(text, low, high)
    values = _known(past, lambda each: each.talk_share)
    if len(values) >= LEAST_TALKS:
        return _usual(values, partner, _percent)
    if abs(high - 0.6) > 0.01:
        text = f"an even share here: {_percent(low)} to {_percent(high)} (a choice of ours)"
        return Place(text, low, high)
    return Place(
        "ordinary between two: 40 to 60 % (Zhang 2025); among friends the one who spoke more had "
        "57 % (IFADV, 20 pairs)",
        low,
        high,
    )


def of_curiosity(past: Sequence[Outline], partner: str) -> Place:
    """Open and follow-up questions."""
    known = [each for each in past if each.questions_curious is not None and each.seconds]
    if len(known) >= LEAST_TALKS:
        count = sum(each.questions_curious or 0 for each in known)
        exposure = sum(each.seconds for each in known) / TEN_MINUTES
        return _rate(count, exposure, len(known), partner, "in ten minutes")
    return Place(_none_yet("open questions in ordinary talk"))


def of_understanding(past: Sequence[Outline], partner: str) -> Place:
    """Saying back: a clinical norm, named as one."""
    values = _known(past, lambda each: each.said_back)
    if len(values) >= LEAST_TALKS:
        return _usual(values, partner, lambda value: f"{value:.0f} times")
    return Place(
        "in counselling, as many reflections as questions are called fair, twice as many good "
        "(MITI 4.2.1)"
    )


def of_fixing(past: Sequence[Outline], partner: str, goal: Goal | None) -> Place:
    """Advice before asking."""
    values = _known(past, lambda each: each.advice_early)
    if goal in (Goal.LISTENING, Goal.EXERCISE):
        return Place("a talk for listening leaves advice out unless it is asked for (our choice)")
    if len(values) >= LEAST_TALKS:
        return _usual(values, partner, lambda value: f"{value:.0f} times")
    return Place(
        "advice in counselling: in no turn of sessions rated high, in 21 % where rated low "
        "(medians, AnnoMI)"
    )


def _known(past: Sequence[Outline], figure: Callable[[Outline], float | None]) -> list[float]:
    return [float(value) for each in past if (value := figure(each)) is not None]


def _usual(values: Sequence[float], partner: str, shown: Callable[[float], str]) -> Place:
    low, high = min(values), max(values)
    text = (
        f"{len(values)} earlier talks with {partner}: {shown(low)} to {shown(high)}, "
        f"half of them up to {shown(median(values))}"
    )
    return Place(text, low, high, len(values))


def _rate(count: int, exposure: float, talks: int, partner: str, unit: str) -> Place:
    """A pooled rate with its 95 % interval; `exposure` in the unit of the rate."""
    low, high = (bound / exposure for bound in poisson_interval(count))
    text = (
        f"{talks} earlier talks with {partner}: {count / exposure:.1f} {unit} "
        f"(95 % between {low:.1f} and {high:.1f})"
    )
    return Place(text, low, high, talks)


def _none_yet(what: str) -> str:
    return (
        f"no range is known for {what}; after {LEAST_TALKS} talks with one person "
        "your own stands here"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

"""Figures over several recordings: counts are added, then divided; intervals by bootstrap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.score import HOP, Diarization, Hits, Score, Words

RESAMPLES = 1000
"""Bootstrap samples: the ends of a 95 % interval then move by about a hundredth of its width."""


NOTHING = Hits()
"""Nothing was there, and nothing reported."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for one recording.

    turns        : turns of the reference that were heard at all (by the right person), where known
    word_count   : words reported
    speech       : seconds of speech reported, whoever it was
    placed       : words reported where one person speaks, and those given to that person
    """

    name: str
    score: Score
    turns: Hits | None
    word_count: int
    speech: float
    placed: Hits = NOTHING


Measure = Callable[[Sequence[Outcome]], float | None]


def everything(_outcome: Outcome) -> bool:
    """Keep any recording."""
    return True


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a set, with what it must reach (floor) and what is aimed for.

    of     : the measure; None where there is nothing to measure
    higher : more is better
    among  : which of the set's recordings it is measured on
    """

    name: str
    of: Measure
    floor: float | None = None
    aim: float | None = None
    higher: bool = False
    among: Callable[[Outcome], bool] = everything


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies in 95 of 100 resamples of its recordings."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A figure with its value, from `n` recordings or cases.

    spread : where it lies in 95 of 100 resamples; None where there are too few
    """

    name: str
    n: int
    value: float
    spread: "Interval | None" = None
    floor: float | None = None
    aim: float | None = None
    higher: bool = False

    def reaches(self, bar: float) -> bool:
        """Is the value as good as `bar`?"""
        return self.value >= bar if self.higher else self.value <= bar

    def as_dict(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        return {
            "n": self.n,
            "value": round(self.value, 4),
            "interval": [round(self.spread.low, 4), round(self.spread.high, 4)]
            if self.spread
            else None,
            "floor": self.floor,
            "aim": self.aim,
        }


def results(wanted: Sequence[Figure], outcomes: Sequence[Outcome]) -> list[Result]:
    """The figures of a set that can be measured on `outcomes`."""
    found = []
    for figure in wanted:
        chosen = [each for each in outcomes if figure.among(each)]
        value = figure.of(chosen)
        if value is not None:
            found.append(
                Result(
                    name=figure.name,
                    n=len(chosen),
                    value=value,
                    spread=interval(chosen, figure.of),
                    floor=figure.floor,
                    aim=figure.aim,
                    higher=figure.higher,
                )
            )
    return found


def interval(outcomes: Sequence[Outcome], measure: Measure) -> Interval | None:
    """The 95 % bootstrap interval of `measure` over recordings; None for fewer than three."""
    return bootstrap(len(outcomes), lambda pick: measure([outcomes[i] for i in pick]))


def bootstrap(count: int, measure: Callable[[Sequence[int]], float | None]) -> Interval | None:
    """The 95 % interval of `measure`, of positions under `count` drawn with replacement."""
    if count < 3:
        return None
    rng = np.random.default_rng(0)
    picks = rng.integers(count, size=(RESAMPLES, count))
    known = [value for pick in picks.tolist() if (value := measure(pick)) is not None]
    if not known:
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(float(low), float(high))


def pooled(outcomes: Sequence[Outcome]) -> Diarization:
    """Frames of all recordings together."""
    return sum((each.score.diarization for each in outcomes), Diarization())


def der(outcomes: Sequence[Outcome]) -> float | None:
    """Diarization error rate of all recordings together."""
    return pooled(outcomes).der if outcomes else None


def mean_der(outcomes: Sequence[Outcome]) -> float | None:
    """Mean of the recordings' diarization error rates."""
    return _mean([each.score.diarization.der for each in outcomes])


def worst_confusion(outcomes: Sequence[Outcome]) -> float | None:
    """Largest share of speech given to the wrong person in a recording."""
    return max(
        (s.diarization.share(s.diarization.confusion) for s in (o.score for o in outcomes)),
        default=None,
    )


def worst_share_error(outcomes: Sequence[Outcome]) -> float | None:
    """Largest error of anybody's share of talk time in a recording."""
    return max((each.score.share_error for each in outcomes), default=None)


def mean_share_error(outcomes: Sequence[Outcome]) -> float | None:
    """Mean of the recordings' errors of the share of talk time."""
    return _mean([each.score.share_error for each in outcomes])


def overlap_f1(outcomes: Sequence[Outcome]) -> float | None:
    """F1 of the time two speak at once."""
    return sum((each.score.overlap for each in outcomes), Hits()).f1


def event_f1(kind: str) -> Measure:
    """F1 of the events of a kind (or "talk_over")."""

    def measure(outcomes: Sequence[Outcome]) -> float | None:
        return sum((each.score.events.get(kind, Hits()) for each in outcomes), Hits()).f1

    return measure


def turns_heard(outcomes: Sequence[Outcome]) -> float | None:
    """Share of the reference's turns that were heard."""
    hits = sum((each.turns for each in outcomes if each.turns), Hits())
    return hits.recall if hits.reference else None


def right_count(outcomes: Sequence[Outcome]) -> float | None:
    """Share of the recordings in which as many people were found as there are."""
    return _mean([float(each.score.speakers[0] == each.score.speakers[1]) for each in outcomes])


def wer(outcomes: Sequence[Outcome]) -> float | None:
    """Word error rate of all recordings together."""
    words = sum((each.score.words for each in outcomes if each.score.words), Words())
    return words.wer if words.reference else None


def word_count(outcomes: Sequence[Outcome]) -> float | None:
    """Words reported, all recordings together."""
    return float(sum(each.word_count for each in outcomes)) if outcomes else None


def words_placed(outcomes: Sequence[Outcome]) -> float | None:
    """Share of the words reported outside overlap whose speaker is right."""
    hits = sum((each.placed for each in outcomes), Hits())
    return hits.recall if hits.reference else None


def speech_seconds(outcomes: Sequence[Outcome]) -> float | None:
    """Seconds of speech reported, all recordings together."""
    return sum(each.speech for each in outcomes) if outcomes else None


def reference_seconds(outcome: Outcome) -> float:
    """Seconds of speech in the reference, overlap counted for each."""
    return outcome.score.diarization.speech * HOP


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

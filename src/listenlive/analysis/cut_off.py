"""How likely a speaker who stopped was cut off, by their last words and by who spoke when.

A small model: a table of words says how unfinished the last words sound, then decision trees weigh
that with the timing. Trained by `scripts/train_cut_off` on meetings whose annotators marked every
speaker who was interrupted; source and licence stand in listenlive/data/cut_off/README.md.

::

    holder    ... and then we went to the|            |so we went to the sea
    entrant                 |but that was years ago ...|
                            onset        stop          back
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import exp

from listenlive.analysis.language import Lexicon, is_signal
from listenlive.analysis.phrases import bare

LAST = 8
"""Words of the holder before the stop that are looked at."""

PAUSE = 1.0
"""Seconds of silence within which somebody who goes on had not stopped talking."""

BREATH = 0.3
"""Seconds of silence inside one run of words."""

LONG = 30.0
"""Times beyond this are all the same: long ago, or never."""

DASHES = ("-", "–", "—")
"""How a word ends of which only the beginning was said."""

TRAILING = ("...", "…")
"""How speech to text ends a word where a sentence breaks off."""

NUMBERS = (
    "sounds unfinished",
    "fragment",
    "fragments",
    "words since pause",
    "seconds since pause",
    "back",
    "says it again",
    "onset",
    "alone",
    "first run",
    "whole entry",
    "words of first run",
    "words of entry",
    "first run is a signal",
    "opens with a signal",
    "silent before",
    "back after onset",
    "back after entry",
)
"""What the trees look at, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A holder stops, and somebody else has begun or begins to speak. Times are seconds.

    said      : the holder's last words, oldest first, at most LAST
    since     : words since the holder last paused for PAUSE, and `talked`: seconds since then
    back      : from the stop until the holder speaks again; LONG if never
    again     : the word they come back with; "" if never
    onset     : from the stop to where the entrant began; negative: before the stop
    first_end : from the stop to the entrant's first breath;  end: to where they pause
    first, entry : the entrant's words until then
    silent    : how long the entrant had been silent
    """

    said: tuple[str, ...]
    since: int
    talked: float
    back: float
    again: str
    onset: float
    first_end: float
    end: float
    first: tuple[str, ...]
    entry: tuple[str, ...]
    silent: float


@dataclass(frozen=True, slots=True, eq=False)
class CutOffModel:
    """The trained tables.

    words    : weight of each key of `keys` for "something must follow", and `bias`
    feature, threshold : of each tree 2**depth - 1; go right where the number is larger
    leaf     : of each tree 2**depth; log odds that the leaves of all trees add up to, and `start`
    """

    words: Mapping[str, float]
    bias: float
    feature: Sequence[Sequence[int]]
    threshold: Sequence[Sequence[float]]
    leaf: Sequence[Sequence[float]]
    start: float

    def unfinished(self, said: Sequence[str]) -> float:
        """Log odds that something had to follow the words `said`."""
        return self.bias + sum(self.words.get(key, 0.0) for key in keys(said))

    def probability(self, numbers: Sequence[float]) -> float:
        """How likely somebody was cut off, 0..1, by `numbers` as in NUMBERS."""
        odds = self.start
        for feature, threshold, leaf in zip(self.feature, self.threshold, self.leaf, strict=True):
            at, inner = 0, len(feature)
            while at < inner:
                at = 2 * at + 1 + (numbers[feature[at]] > threshold[at])
            odds += leaf[at - inner]
        return 1 / (1 + exp(-odds))


def chance(stop: Stop, lexicon: Lexicon) -> float | None:
    """How likely the holder was cut off at `stop`, 0..1; None if no model knows the language.

    The model learned from transcripts that mark words of which only the beginning was said. Speech
    to text writes such a word whole, and "..." behind it, as it also does where somebody trails
    off: that is half believed, as much a whole word as a begun one.
    """
    model = _model(lexicon.language)
    if model is None or not stop.said:
        return None
    if not stop.said[-1].endswith(TRAILING):
        return _said(stop, lexicon, model)
    begun = replace(stop, said=(*stop.said[:-1], stop.said[-1].rstrip("." + TRAILING[-1]) + "-"))
    return (_said(stop, lexicon, model) + _said(begun, lexicon, model)) / 2


def _said(stop: Stop, lexicon: Lexicon, model: CutOffModel) -> float:
    return model.probability(numbers(stop, lexicon, unfinished=model.unfinished(stop.said)))


def keys(said: Sequence[str]) -> tuple[str, ...]:
    """What the table of words is asked for: the last three words, and the last two together."""
    plain = ["-" if word.endswith(DASHES) else bare(word) for word in said[-3:]]
    padded = ["", "", "", *plain][-3:]
    return (*(f"{3 - i}:{word}" for i, word in enumerate(padded)), f"2+1:{' '.join(padded[1:])}")


def numbers(stop: Stop, lexicon: Lexicon, *, unfinished: float) -> tuple[float, ...]:
    """What the trees see of `stop`, in the order of NUMBERS."""
    fragments = [word.endswith(DASHES) for word in stop.said]
    last = [bare(word) for word in stop.said[-3:]]
    back = min(stop.back, LONG)
    return (
        unfinished,
        fragments[-1],
        sum(fragments),
        stop.since,
        min(stop.talked, LONG),
        back,
        bool(stop.again) and bare(stop.again) in last,
        stop.onset,
        stop.end - max(stop.onset, 0.0),
        stop.first_end - stop.onset,
        min(stop.end - stop.onset, LONG),
        len(stop.first),
        min(len(stop.entry), 50),
        is_signal(stop.first, lexicon),
        is_signal(stop.first[:3], lexicon),
        min(stop.silent, LONG),
        back - stop.onset,
        back - stop.end,
    )


@cache
def _model(language: str) -> CutOffModel | None:
    place = files("listenlive") / "data" / "cut_off" / f"{language}.json"
    if not place.is_file():
        return None
    return CutOffModel(**json.loads(place.read_text(encoding="utf-8")))

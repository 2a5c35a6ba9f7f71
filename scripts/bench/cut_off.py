"""Who was interrupted, from words and times: the model is trained and held against meetings.

    scripts/train_cut_off --truth DIR      train on all meetings and write the model that ships

`scripts/evaluate --only interruptions` measures on meetings the model was not trained on.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bench import signals
from bench.boosting import Trees, grown, word_weights
from bench.figures import Result, bootstrap
from bench.meetings import Act, read_acts, stops
from bench.score import Hits
from listenlive.analysis.cut_off import DASHES, NUMBERS, CutOffModel, Stop, keys, numbers
from listenlive.analysis.interruptions import is_unfinished
from listenlive.analysis.language import Lexicon, is_signal, lexicon
from listenlive.report.wording import LIKELY

if TYPE_CHECKING:
    from bench.sets import Choice

PLACE = Path(__file__).resolve().parents[2] / "src" / "listenlive" / "data" / "cut_off" / "en.json"

FOLDS = 5
SURE = 0.72
"""Share of *likely* ones that is to be right where the bar is chosen: .70 is to hold elsewhere."""

_INNER = 3  # folds inside a training set: trees see word weights, bars see chances, of others
_BARS = np.linspace(0.1, 0.9, 81)

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Bar = float | Vector


@dataclass(frozen=True, slots=True)
class Case:
    """An act that ends; `stop` None: nobody came in."""

    act: Act
    stop: Stop | None


def cases(folder: Path) -> list[Case]:
    """The acts of all meetings in `folder`."""
    paths = sorted(folder.glob("*.dadb"))
    return [Case(act, stop) for path in paths for act, stop in stops(read_acts(path))]


def english() -> Lexicon:
    """The word lists the model is used with."""
    found = lexicon("en")
    assert found is not None
    return found


def folds(meetings: Sequence[str], count: int) -> dict[str, int]:
    """A fold for each meeting, the same every time."""
    names = sorted(set(meetings))
    order = np.random.default_rng(0).permutation(len(names))
    return {names[at]: i % count for i, at in enumerate(order.tolist())}


def without_fragments(stop: Stop) -> Stop:
    """`stop` as speech to text writes it, which leaves out words that were only begun."""
    said = tuple(word for word in stop.said if not word.endswith(DASHES))
    return replace(stop, said=said or stop.said)


def trained(training: Sequence[Case]) -> CutOffModel:
    """A model of `training`, half of it as speech to text would have written it."""
    whole = [case for case in training if case.stop]
    heard = [Case(c.act, without_fragments(c.stop)) for c in whole if c.stop]
    both = [*whole, *heard]
    unfinished = _unseen_odds(both)
    words, bias = _weights(both)
    lists = english()
    rows = np.stack(
        [
            numbers(case.stop, lists, unfinished=odds)
            for case, odds in zip(both, unfinished, strict=True)
            if case.stop
        ]
    )
    labels = np.array([case.act.interrupted for case in both], dtype=np.float64)
    trees = grown(rows, labels, np.full(len(both), 0.5))
    return _model(words, bias, trees)


def _model(words: dict[str, float], bias: float, trees: Trees) -> CutOffModel:
    return CutOffModel(
        words,
        bias,
        trees.feature.tolist(),
        trees.threshold.tolist(),
        trees.leaf.tolist(),
        trees.start,
    )


def _weights(training: Sequence[Case]) -> tuple[dict[str, float], float]:
    """Word weights for "something must follow": interrupted or abandoned acts against others."""
    documents = [keys(case.stop.said) for case in training if case.stop]
    broken = [case.act.interrupted or case.act.abandoned for case in training]
    return word_weights(documents, np.array(broken, dtype=np.float64))


def _unseen_odds(training: Sequence[Case]) -> Vector:
    """How unfinished each case sounds by weights of other meetings."""
    fold = folds([case.act.meeting for case in training], _INNER)
    found = np.zeros(len(training))
    for held in range(_INNER):
        words, bias = _weights([c for c in training if fold[c.act.meeting] != held])
        for i, case in enumerate(training):
            if fold[case.act.meeting] == held and case.stop:
                found[i] = bias + sum(words.get(key, 0.0) for key in keys(case.stop.said))
    return found


def chances(model: CutOffModel, asked: Sequence[Case], *, heard: bool = False) -> Vector:
    """Probability for each case; 0 where nobody came in. `heard`: fragments left out."""
    lists = english()
    found = np.zeros(len(asked))
    for i, case in enumerate(asked):
        if case.stop:
            stop = without_fragments(case.stop) if heard else case.stop
            seen = numbers(stop, lists, unfinished=model.unfinished(stop.said))
            found[i] = model.probability(seen)
    return found


def ruled(case: Case, lists: Lexicon) -> bool:
    """What a rule says: an entrant with more than a signal goes on, the last word is unfinished."""
    stop = case.stop
    if stop is None or not -2.0 <= stop.onset <= 0.3:
        return False
    long = stop.first_end - stop.onset > 0.85
    brief = stop.first_end - stop.onset <= 1.2 and len(stop.first) <= 3
    signal = brief and is_signal(stop.first, lists)
    goes_on = stop.first_end >= 0.3
    return long and goes_on and not signal and bool(is_unfinished(stop.said, lists))


def there(choice: "Choice") -> bool:
    """Whether there are meetings to measure on."""
    return any(_folder(choice.truth).glob("*.dadb"))


def measure(choice: "Choice") -> tuple[list[Result], dict[str, Any]]:
    """Rule and model on meetings the model was not trained on, five times a fifth of them."""
    paths = sorted(_folder(choice.truth).glob("*.dadb"))[:: 5 if choice.quick else 1]
    meetings = [read_acts(path) for path in paths]
    asked = [Case(act, stop) for acts in meetings for act, stop in stops(acts)]
    lists = english()
    rule = np.array([float(ruled(case, lists)) for case in asked])
    gold, heard = _held_out(asked, FOLDS)
    best, sure = _bars_of_others(asked)
    seen = _Labelled(asked)
    found = [
        seen.f1("rule: F1", rule, 0.5),
        seen.f1("model: F1", gold, best),
        seen.gain("model: F1 beyond the rule", gold >= best, rule >= 0.5, aim=0.14),
        seen.precision("model, likely, bar of other meetings: precision", gold, sure, aim=0.70),
        seen.recall("model, likely, bar of other meetings: recall", gold, sure, aim=0.36),
        seen.precision("model, likely: precision", gold, LIKELY, aim=0.70),
        seen.recall("model, likely: recall", gold, LIKELY, aim=0.36),
        seen.f1("model, no fragments: F1", heard, best),
        seen.precision("model, no fragments, likely: precision", heard, LIKELY),
        seen.recall("model, no fragments, likely: recall", heard, LIKELY),
        seen.calibration("model: calibration error", gold),
        *(
            Result(name=f"said {row['said']:.2f}: was so", n=int(row["n"]), value=row["so"])
            for row in seen.reliability(gold)
        ),
        *signals.results(meetings, lists),
    ]
    kept = {"reliability": seen.reliability(gold), "n": len(asked)}
    bars = {"F1": _range(best), "likely": _range(sure), "of all": chosen_bars(asked, gold)}
    return found, kept | {"bars": bars}


def _bars_of_others(asked: Sequence[Case]) -> tuple[Vector, Vector]:
    """For each case the bars of best F1 and of *likely*, chosen on chances of other meetings.

    Neither the bar nor any model behind the chances it was chosen on has seen the case's meeting.
    """
    fold = np.array(list(_fold_of(asked, FOLDS)))
    best, sure = np.zeros(len(asked)), np.zeros(len(asked))
    for held in range(FOLDS):
        training = [case for case, at in zip(asked, fold, strict=True) if at != held]
        chance, _ = _held_out(training, _INNER)
        best[fold == held], sure[fold == held] = chosen_bars(training, chance)
    return best, sure


def chosen_bars(known: Sequence[Case], chance: Vector) -> tuple[float, float]:
    """Where F1 is best, and the lowest bar from which SURE of those told are right."""
    seen = _Labelled(known)
    hits = [sum(seen.hits(chance, bar), Hits()) for bar in _BARS]
    best = max(range(len(hits)), key=lambda i: hits[i].f1 or 0.0)
    sure = next((i for i, h in enumerate(hits) if (h.precision or 0.0) >= SURE), len(hits) - 1)
    return float(_BARS[best]), float(_BARS[sure])


def _range(bars: Vector) -> tuple[float, float]:
    return round(float(bars.min()), 2), round(float(bars.max()), 2)


def _fold_of(asked: Sequence[Case], count: int) -> Iterator[int]:
    fold = folds([case.act.meeting for case in asked], count)
    return (fold[case.act.meeting] for case in asked)


def _held_out(asked: Sequence[Case], count: int) -> tuple[Vector, Vector]:
    """Probabilities by models that did not see the meeting: with fragments, and without."""
    fold = folds([case.act.meeting for case in asked], count)
    gold, heard = np.zeros(len(asked)), np.zeros(len(asked))
    for held in range(count):
        model = trained([case for case in asked if fold[case.act.meeting] != held])
        places = [i for i, case in enumerate(asked) if fold[case.act.meeting] == held]
        theirs = [asked[i] for i in places]
        gold[places] = chances(model, theirs)
        heard[places] = chances(model, theirs, heard=True)
    return gold, heard


class _Labelled:
    """Figures against the labels, with intervals over meetings."""

    def __init__(self, asked: Sequence[Case]) -> None:
        self._labels = np.array([case.act.interrupted for case in asked])
        meetings = [case.act.meeting for case in asked]
        self._rows = [np.flatnonzero(np.array(meetings) == m) for m in sorted(set(meetings))]

    def f1(self, name: str, chance: Vector, bar: Bar, *, aim: float | None = None) -> Result:
        return self._result(name, chance, bar, lambda hits: hits.f1, aim)

    def precision(self, name: str, chance: Vector, bar: Bar, *, aim: float | None = None) -> Result:
        return self._result(name, chance, bar, lambda hits: hits.precision, aim)

    def recall(self, name: str, chance: Vector, bar: Bar, *, aim: float | None = None) -> Result:
        return self._result(name, chance, bar, lambda hits: hits.recall, aim)

    def gain(self, name: str, told: Flags, ruled: Flags, *, aim: float) -> Result:
        """How far the F1 of what is told is beyond that of a rule."""
        ours, theirs = self._hits(told), self._hits(ruled)

        def beyond(pick: Sequence[int]) -> float:
            pairs = [sum((each[i] for i in pick), Hits()).f1 or 0.0 for each in (ours, theirs)]
            return pairs[0] - pairs[1]

        count = len(ours)
        spread, value = bootstrap(count, beyond), beyond(range(count))
        return Result(name=name, n=count, value=value, spread=spread, aim=aim, higher=True)

    def calibration(self, name: str, chance: Vector) -> Result:
        """Mean distance of what is said from what is so, by tenths of probability."""
        table = self.reliability(chance)
        wrong = sum(row["n"] * abs(row["said"] - row["so"]) for row in table)
        return Result(name=name, n=len(chance), value=wrong / len(chance))

    def reliability(self, chance: Vector) -> list[dict[str, float]]:
        """For each tenth of probability: cases, mean probability, share that was so."""
        tenth = np.minimum((chance * 10).astype(int), 9)
        groups = [np.flatnonzero(tenth == i) for i in range(10)]
        return [
            {
                "n": len(rows),
                "said": round(float(chance[rows].mean()), 3),
                "so": round(float(self._labels[rows].mean()), 3),
            }
            for rows in groups
            if len(rows)
        ]

    def _result(
        self,
        name: str,
        chance: Vector,
        bar: Bar,
        of: Callable[[Hits], float | None],
        aim: float | None,
    ) -> Result:
        each = self.hits(chance, bar)
        spread = bootstrap(len(each), lambda pick: of(sum((each[i] for i in pick), Hits())))
        value = of(sum(each, Hits())) or 0.0
        return Result(name=name, n=len(each), value=value, spread=spread, aim=aim, higher=True)

    def hits(self, chance: Vector, bar: Bar) -> list[Hits]:
        """What is told from `bar` on, for each meeting."""
        return self._hits(chance >= bar)

    def _hits(self, told: Flags) -> list[Hits]:
        return [
            Hits(
                int(self._labels[rows].sum()),
                int(told[rows].sum()),
                int((self._labels & told)[rows].sum()),
            )
            for rows in self._rows
        ]


def _folder(truth: Path) -> Path:
    return truth / "text" / "mrda"


def write(model: CutOffModel, path: Path) -> None:
    """Keep `model` as the product reads it, a table a line."""
    kept = {key: weight for key, weight in model.words.items() if abs(weight) >= 0.02}
    tables = {
        "bias": _rounded(model.bias),
        "start": _rounded(model.start),
        "words": dict(zip(kept, _rounded(list(kept.values()), np.float16), strict=True)),
        "feature": model.feature,
        "threshold": _rounded(model.threshold),
        "leaf": _rounded(model.leaf),
    }
    lines = (
        f'"{name}":{json.dumps(table, ensure_ascii=False, separators=(",", ":"))}'
        for name, table in tables.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def _rounded(values: Any, kind: type[np.floating[Any]] = np.float32) -> Any:
    """`values` in no more digits than matter."""
    return np.asarray(values).astype(kind).tolist()


def main() -> None:
    """The command `scripts/train_cut_off`."""
    parser = argparse.ArgumentParser(
        prog="scripts/train_cut_off",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    truth = os.environ.get("LISTENLIVE_TRUTH")
    parser.add_argument("--truth", type=Path, default=truth, help="default: $LISTENLIVE_TRUTH")
    parser.add_argument("--out", type=Path, default=PLACE, help="file to write (%(default)s)")
    given = parser.parse_args()
    folder = Path(given.truth or ".") / "text" / "mrda"
    found = cases(folder)
    if not found:
        parser.error(f"no meetings (*.dadb) in {folder}; give --truth DIR")
    model = trained(found)
    write(model, given.out)
    size = given.out.stat().st_size / 1000
    print(f"{given.out}: {len(found)} acts, {len(NUMBERS)} numbers, {size:.0f} kB")


if __name__ == "__main__":
    main()

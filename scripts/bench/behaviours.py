"""How well behaviours are told from words: against people's labels, and beside a word model.

The word model is TF-IDF of words and pairs with logistic regression, trained in five folds of
whole sessions: what the rules are held beside. It is never shipped.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bench.counselling import Session, halves, read
from bench.figures import Result, bootstrap
from listenlive.analysis import analyse
from listenlive.analysis.giving import gives
from listenlive.analysis.language import lexicon
from listenlive.analysis.reflections import CANDIDATE, signs
from listenlive.analysis.replies import replies
from listenlive.conversation import QUESTIONS, MomentKind

if TYPE_CHECKING:
    from bench.sets import Choice

FOLDS = 5
Vector = npt.NDArray[np.float64]

QUESTION_FLOOR = {True: 0.88, False: 0.76}  # by whether there is punctuation
OPEN_FLOOR = 0.75
REFLECTION_AIM, INPUT_AIM = 0.656, 0.505  # what the word model reached when first measured


@dataclass(frozen=True, slots=True)
class Told:
    """What the program says of one utterance."""

    kinds: frozenset[MomentKind]
    open: bool | None
    complex: bool | None
    candidate: bool
    gives: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled utterance with what the program says: `true` and `told` of a figure."""

    session: int
    true: bool
    told: bool


def there(choice: "Choice") -> bool:
    """Whether there are labelled sessions."""
    return _path(choice).exists()


def measure(choice: "Choice") -> tuple[list[Result], dict[str, Any]]:
    """The rules on all sessions and on both halves, beside the word model; sessions told apart."""
    sessions = read(_path(choice))[:: 5 if choice.quick else 1]
    made_on, unseen = halves(sessions)
    found: list[Result] = []
    for punctuated in (True, False):
        said = {each.id: told(each, punctuated=punctuated) for each in sessions}
        how = "" if punctuated else ", no punctuation"
        found += _figures(sessions, said, how, bars=True)
        for name, part in (("half the rules were made on", made_on), ("unseen half", unseen)):
            found += _figures(part, said, f"{how}, {name}")
        found += _word_model(sessions, how, punctuated=punctuated)
    said = {each.id: told(each, punctuated=True) for each in sessions}
    found += _precisions(sessions, said)
    found += _separation(sessions, said)
    return found, {"sessions": len(sessions), "low": sum(s.low_quality for s in sessions)}


def told(session: Session, *, punctuated: bool) -> dict[int, Told]:
    """What the program says of each of the therapist's utterances, through the whole analysis."""
    words = lexicon("en")
    assert words is not None
    conversation = session.conversation(punctuated=punctuated)
    analysis = analyse(conversation)
    kinds: dict[int, set[MomentKind]] = {}
    for moment in analysis.moments:
        for each in moment.evidence:
            kinds.setdefault(each, set()).add(moment.kind)
    opened = _last(analysis.moments, QUESTIONS, lambda m: m.kind is MomentKind.QUESTION_OPEN)
    complex_ = _last(analysis.moments, {MomentKind.REFLECTION}, lambda m: "complex" in m.traits)
    candidates: set[int] = set()
    giving: set[int] = set()
    answered = replies(analysis.turns, conversation.by_id, words, punctuated=punctuated)
    for reply in answered:
        for said in reply.said:
            if reply.heard and signs(said, reply, words) >= CANDIDATE:
                candidates.update(said.sentence.utterances)
        if gives(reply, words):
            giving.update(reply.turn.utterances)
    return {
        each: Told(
            frozenset(kinds.get(each, ())),
            opened.get(each),
            complex_.get(each),
            each in candidates,
            each in giving,
        )
        for each in session.labels
    }


def _last(
    moments: Iterable[Any], kinds: Iterable[MomentKind], which: Callable[[Any], bool]
) -> dict[int, bool]:
    """By utterance, `which` of its last moment of `kinds`: where its sentence ends."""
    chosen = frozenset(kinds)
    return {m.evidence[-1]: which(m) for m in moments if m.kind in chosen}


def _figures(
    sessions: Sequence[Session],
    said: Mapping[str, Mapping[int, Told]],
    how: str,
    *,
    bars: bool = False,
) -> list[Result]:
    def rows(true: Callable[[Any], bool], is_told: Callable[[Told], bool]) -> list[Row]:
        return [
            Row(at, true(labels), is_told(said[session.id][each]))
            for at, session in enumerate(sessions)
            for each, labels in session.labels.items()
        ]

    question = rows(lambda w: w.question, lambda t: t.open is not None)
    reflection = rows(lambda w: w.reflection, lambda t: t.candidate)
    shown = rows(lambda w: w.reflection, lambda t: MomentKind.REFLECTION in t.kinds)
    given = rows(lambda w: w.input, lambda t: t.gives)
    kinds = [
        Row(at, bool(labels.open), bool(said[session.id][each].open))
        for at, session in enumerate(sessions)
        for each, labels in session.labels.items()
        if labels.question and said[session.id][each].open is not None
    ]
    punctuated = "no punctuation" not in how
    floor = QUESTION_FLOOR[punctuated] if bars else None
    open_floor = OPEN_FLOOR if bars else None
    aims = (REFLECTION_AIM, INPUT_AIM) if bars and punctuated else (None, None)
    found = [
        _result(f"question: F1{how}", question, f1, floor=floor),
        _result(f"open or closed: macro-F1{how}", kinds, macro_f1, floor=open_floor),
        _result(f"reflection, candidates: F1{how}", reflection, f1, aim=aims[0]),
        _result(f"input: F1{how}", given, f1, aim=aims[1]),
    ]
    if punctuated:
        found.insert(3, _result(f"reflection, shown: precision{how}", shown, precision))
        found.insert(4, _result(f"reflection, shown: recall{how}", shown, recall))
    return found


def _precisions(
    sessions: Sequence[Session], said: Mapping[str, Mapping[int, Told]]
) -> list[Result]:
    """Of advice, and of reflections in the other's words or beyond them."""

    def rows(true: Callable[[Any], bool], kind: MomentKind) -> list[Row]:
        return [
            Row(at, true(labels), kind in said[session.id][each].kinds)
            for at, session in enumerate(sessions)
            for each, labels in session.labels.items()
        ]

    complex_ = [
        Row(at, bool(labels.complex), bool(said[session.id][each].complex))
        for at, session in enumerate(sessions)
        for each, labels in session.labels.items()
        if labels.reflection and said[session.id][each].complex is not None
    ]
    advised = rows(lambda w: w.advice, MomentKind.ADVICE)
    any_input = rows(lambda w: w.input, MomentKind.ADVICE)
    return [
        _result("advice, as labelled: precision", advised, precision),
        _result("advice, as labelled: recall", advised, recall),
        _result("advice, is any input: precision", any_input, precision),
        _result("reflection simple or complex: macro-F1", complex_, macro_f1),
    ]


def _separation(
    sessions: Sequence[Session], said: Mapping[str, Mapping[int, Told]]
) -> list[Result]:
    """How well poor sessions are told from good ones by the share of utterances with input."""
    low = np.array([session.low_quality for session in sessions])
    ours = np.array([np.mean([t.gives for t in said[s.id].values()]) for s in sessions])
    gold = np.array([np.mean([w.input for w in s.labels.values()]) for s in sessions])

    def area(shares: Vector) -> Callable[[Sequence[int]], float | None]:
        return lambda pick: auc(shares[pick], low[pick])

    everyone = range(len(sessions))
    return [
        Result(
            name=f"poor sessions by share of input, {name}: AUC",
            n=len(sessions),
            value=area(shares)(everyone) or 0.0,
            spread=bootstrap(len(sessions), area(shares)),
            higher=True,
        )
        for name, shares in (("as told", ours), ("as labelled", gold))
        if low.any() and not low.all()
    ]


def auc(values: Vector, positive: npt.NDArray[np.bool_]) -> float | None:
    """Chance that a positive has the higher value, ties half; None without both kinds."""
    ours, theirs = values[positive], values[~positive]
    if not len(ours) or not len(theirs):
        return None
    above = (ours[:, None] > theirs[None, :]).mean() + (ours[:, None] == theirs[None, :]).mean() / 2
    return float(above)


# --- the word model


def _word_model(sessions: Sequence[Session], how: str, *, punctuated: bool) -> list[Result]:
    texts: list[str] = []
    labels: list[Any] = []
    session_of: list[int] = []
    for at, session in enumerate(sessions):
        said = {u.id: u.text for u in session.conversation(punctuated=punctuated).utterances}
        for each, label in session.labels.items():
            texts.append(said[each])
            labels.append(label)
            session_of.append(at)
    found = []
    for name in ("question", "reflection", "input"):
        true = np.array([getattr(label, name) for label in labels])
        is_told = held_out(texts, true, np.array(session_of))
        rows = [Row(s, bool(a), bool(b)) for s, a, b in zip(session_of, true, is_told, strict=True)]
        found.append(_result(f"word model: {name} F1{how}", rows, f1))
    return found


def held_out(
    texts: Sequence[str], true: npt.NDArray[np.bool_], groups: npt.NDArray[np.int_]
) -> npt.NDArray[np.bool_]:
    """What a model says of each text that was trained on the four other fifths of the groups."""
    said = np.zeros(len(texts), bool)
    fold = groups % FOLDS
    for held in range(FOLDS):
        train, test = np.flatnonzero(fold != held).tolist(), np.flatnonzero(fold == held).tolist()
        matrix, other = _tf_idf([texts[i] for i in train], [texts[i] for i in test])
        said[test] = _trained(matrix, true[train])(other) > 0
    return said


def _terms(text: str) -> list[str]:
    words = re.findall(r"[\w']+|\?", text.lower())
    return words + [f"{a} {b}" for a, b in pairwise(words)]


def _tf_idf(train: Sequence[str], test: Sequence[str]) -> tuple[Any, Any]:
    """Both as unit rows of log counts times inverse document frequency; terms seen twice."""
    from scipy.sparse import csr_matrix

    seen: dict[str, int] = {}
    for text in train:
        for term in set(_terms(text)):
            seen[term] = seen.get(term, 0) + 1
    index = {term: at for at, term in enumerate(sorted(t for t, n in seen.items() if n > 1))}
    weight = np.array([1 + np.log((1 + len(train)) / (1 + seen[term])) for term in index])

    def matrix(texts: Sequence[str]) -> Any:
        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        for text in texts:
            counts: dict[int, int] = {}
            for term in _terms(text):
                if term in index:
                    counts[index[term]] = counts.get(index[term], 0) + 1
            row = np.array([(1 + np.log(n)) * weight[at] for at, n in counts.items()])
            values += list(row / (np.linalg.norm(row) or 1.0))
            columns += list(counts)
            ends.append(len(columns))
        return csr_matrix((values, columns, ends), (len(texts), len(index)))

    return matrix(train), matrix(test)


def _trained(matrix: Any, true: npt.NDArray[np.bool_]) -> Callable[[Any], Vector]:
    """Logistic regression, both kinds weighing the same (as few are what is looked for)."""
    from scipy.optimize import minimize

    weights = np.where(true, 0.5 / true.mean(), 0.5 / (1 - true.mean()))

    def loss(parameters: Vector) -> tuple[float, Vector]:
        slope, bias = parameters[:-1], parameters[-1]
        odds = matrix @ slope + bias
        wrong = weights * (1 / (1 + np.exp(-odds)) - true)
        value = (weights * (np.logaddexp(0, odds) - true * odds)).sum() + slope @ slope / 2
        return float(value), np.append(matrix.T @ wrong + slope, wrong.sum())

    start = np.zeros(matrix.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return lambda other: np.asarray(other @ found[:-1] + found[-1])


# --- counting


def _result(
    name: str,
    rows: Sequence[Row],
    of: Callable[[Vector], float | None],
    *,
    floor: float | None = None,
    aim: float | None = None,
) -> Result:
    """A figure with its interval over sessions."""
    counts = np.zeros((max((row.session for row in rows), default=0) + 1, 4))
    for row in rows:
        counts[row.session] += (row.true and row.told, row.told, row.true, 1)
    return Result(
        name=name,
        n=len(rows),
        value=of(counts.sum(axis=0)) or 0.0,
        spread=bootstrap(len(counts), lambda pick: of(counts[pick].sum(axis=0))),
        floor=floor,
        aim=aim,
        higher=True,
    )


def f1(counts: Vector) -> float | None:
    """Of (both, told, true, all)."""
    both, is_told, true, _ = counts
    return float(2 * both / (is_told + true)) if is_told + true else None


def macro_f1(counts: Vector) -> float | None:
    """Mean of the F1 of yes and of no."""
    both, is_told, true, everything = counts
    neither = everything - is_told - true + both
    no = f1(np.array([neither, everything - is_told, everything - true, everything]))
    yes = f1(counts)
    return None if yes is None or no is None else (yes + no) / 2


def precision(counts: Vector) -> float | None:
    """Share of what was told that is true."""
    return float(counts[0] / counts[1]) if counts[1] else None


def recall(counts: Vector) -> float | None:
    """Share of what is true that was told."""
    return float(counts[0] / counts[2]) if counts[2] else None


def _path(choice: "Choice") -> Path:
    return choice.truth / "text" / "annomi.csv"

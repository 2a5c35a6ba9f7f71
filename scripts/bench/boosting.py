"""Training in plain numpy: trees that mend what the ones before got wrong, and word weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float64]
"""Numbers, shape (rows, features)."""

_BINS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How trees are grown. Chosen on five folds by meeting; half or twice of each is no better."""

    trees: int = 150
    depth: int = 4
    rate: float = 0.08
    least: float = 40.0  # rows in a leaf, by weight
    ridge: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """`feature`, `threshold` (trees, 2**depth - 1), `leaf` (trees, 2**depth), log odds `start`."""

    feature: npt.NDArray[np.int64]
    threshold: Rows
    leaf: Rows
    start: float

    def odds(self, rows: Rows) -> Vector:
        """Log odds of each of `rows`."""
        total = np.full(len(rows), self.start)
        depth = self.leaf.shape[1].bit_length() - 1
        for feature, threshold, leaf in zip(self.feature, self.threshold, self.leaf, strict=True):
            at = np.zeros(len(rows), dtype=np.intp)
            for _ in range(depth):
                right = rows[np.arange(len(rows)), feature[at]] > threshold[at]
                at = 2 * at + 1 + right
            total += leaf[at - len(feature)]
        return total


def grown(rows: Rows, labels: Vector, weights: Vector, growth: Growth | None = None) -> Trees:
    """Trees that tell rows labelled 1 from those labelled 0, by gradient boosting."""
    how = growth or Growth()
    edges = [_edges(column) for column in rows.T]
    columns = zip(edges, rows.T, strict=True)
    binned = np.stack([np.searchsorted(e, column, side="left") for e, column in columns], axis=1)
    share = float(np.average(labels, weights=weights))
    start = float(np.log(share / (1 - share)))
    odds = np.full(len(rows), start)
    features, thresholds, leaves = [], [], []
    for _ in range(how.trees):
        believed = 1 / (1 + np.exp(-odds))
        slopes = np.stack(
            [weights * (labels - believed), weights * believed * (1 - believed), weights], axis=1
        )
        feature, cut, leaf, place = _tree(binned, slopes, how)
        odds += leaf[place]
        features.append(feature)
        thresholds.append([_threshold(edges[f], b) for f, b in zip(feature, cut, strict=True)])
        leaves.append(leaf)
    return Trees(np.array(features), np.array(thresholds), np.array(leaves), start)


def _edges(column: Vector) -> Vector:
    """Where a feature may be cut: between its quantiles."""
    return np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1]))


def _threshold(edges: Vector, cut: int) -> float:
    return float(edges[cut]) if cut < len(edges) else np.inf


def _tree(
    binned: npt.NDArray[np.int64], slopes: Rows, how: Growth
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Vector, npt.NDArray[np.intp]]:
    """Feature and cut of each inner node, the value of each leaf, and the leaf of each row.

    slopes : first and second derivative and weight of each row, shape (rows, 3)
    """
    inner = 2**how.depth - 1
    feature = np.zeros(inner, dtype=np.int64)
    cut = np.full(inner, _BINS, dtype=np.int64)  # nothing lies beyond: all go left
    at = np.zeros(len(binned), dtype=np.intp)
    for level in range(how.depth):
        first = 2**level - 1
        sums = _sums(binned, slopes, at - first, 2**level)
        for node in range(2**level):
            feature[first + node], cut[first + node] = _best(sums[:, node], how)
        right = binned[np.arange(len(binned)), feature[at]] > cut[at]
        at = 2 * at + 1 + right
    place = at - inner
    total = np.stack([np.bincount(place, s, minlength=inner + 1) for s in slopes.T[:2]])
    return feature, cut, how.rate * total[0] / (total[1] + how.ridge), place


def _sums(
    binned: npt.NDArray[np.int64], slopes: Rows, node: npt.NDArray[np.intp], nodes: int
) -> Rows:
    """Slopes added up per feature, node and bin, shape (features, nodes, bins, 3)."""
    size = nodes * (_BINS + 1)
    found = np.empty((binned.shape[1], size, slopes.shape[1]))
    for i, column in enumerate(binned.T):
        key = node * (_BINS + 1) + column
        for j, slope in enumerate(slopes.T):
            found[i, :, j] = np.bincount(key, slope, minlength=size)
    return found.reshape(binned.shape[1], nodes, _BINS + 1, slopes.shape[1])


def _best(sums: Rows, how: Growth) -> tuple[int, int]:
    """Feature and bin after which a node is best cut; the last bin if nothing is gained."""
    left = sums.cumsum(axis=1)
    right = left[:, -1:] - left
    gain = sum(side[..., 0] ** 2 / (side[..., 1] + how.ridge) for side in (left, right))
    allowed = np.minimum(left[..., 2], right[..., 2]) >= how.least
    gain = np.where(allowed, gain, -np.inf)
    feature, cut = np.unravel_index(int(np.argmax(gain)), gain.shape)
    if not np.isfinite(gain[feature, cut]):
        return 0, _BINS
    return int(feature), int(cut)


def word_weights(
    documents: Sequence[Sequence[str]], labels: Vector, *, seen: int = 5, ridge: float = 3.0
) -> tuple[dict[str, float], float]:
    """Weight of each key of `documents` seen often enough, and the bias: logistic regression."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    counts: dict[str, int] = {}
    for document in documents:
        for key in document:
            counts[key] = counts.get(key, 0) + 1
    index = {key: i for i, key in enumerate(sorted(k for k, n in counts.items() if n >= seen))}
    kept = [[index[key] for key in document if key in index] for document in documents]
    ends = np.cumsum([0, *map(len, kept)])
    columns = np.array([i for row in kept for i in row], dtype=np.intp)
    matrix = csr_matrix((np.ones(len(columns)), columns, ends), (len(kept), len(index)))

    def loss(parameters: Vector) -> tuple[float, Vector]:
        weights, bias = parameters[:-1], parameters[-1]
        odds = matrix @ weights + bias
        wrong = 1 / (1 + np.exp(-odds)) - labels
        value = np.logaddexp(0, odds).sum() - labels @ odds + ridge / 2 * weights @ weights
        return float(value), np.append(matrix.T @ wrong + ridge * weights, wrong.sum())

    found = minimize(loss, np.zeros(len(index) + 1), jac=True, method="L-BFGS-B").x
    return dict(zip(index, found[:-1].tolist(), strict=True)), float(found[-1])

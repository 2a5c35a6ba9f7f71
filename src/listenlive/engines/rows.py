"""Numbers that only become more: kept for hours without a list of little arrays."""

from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

BLOCK = 4096
"""Rows that lie together."""

Number = TypeVar("Number", bound=np.generic)


class Rows(Generic[Number]):
    """Rows of numbers, each like the others, kept in blocks.

    A live session brings a handful of them ten times a second: as an array each they took five
    times their own size.

    shape : of a row; () for single numbers
    """

    def __init__(self, kind: type[Number], shape: tuple[int, ...] = ()) -> None:
        self._nothing: npt.NDArray[Number] = np.zeros((0, *shape), dtype=kind)
        self._blocks: list[npt.NDArray[Number]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: npt.NDArray[np.generic]) -> None:
        """Take a copy of `rows`, shape (n, ...)."""
        while len(rows):
            at = self._count % BLOCK
            if at == 0:
                shape = (BLOCK, *self._nothing.shape[1:])
                self._blocks.append(np.empty(shape, dtype=self._nothing.dtype))
            taken, rows = rows[: BLOCK - at], rows[BLOCK - at :]
            self._blocks[-1][at : at + len(taken)] = taken
            self._count += len(taken)

    def between(self, first: int, end: int) -> npt.NDArray[Number]:
        """A copy of rows `first` to `end`, as far as they exist."""
        end = min(end, self._count)
        if end <= first:
            return self._nothing.copy()
        start = first // BLOCK
        rows = np.concatenate(self._blocks[start : -(-end // BLOCK)])
        return rows[first - start * BLOCK : end - start * BLOCK]

    @property
    def all(self) -> npt.NDArray[Number]:
        """A copy of all of them."""
        return self.between(0, self._count)

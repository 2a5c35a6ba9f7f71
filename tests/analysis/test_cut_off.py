from dataclasses import replace
from math import log

import pytest

from listenlive.analysis.cut_off import LONG, NUMBERS, CutOffModel, Stop, chance, keys, numbers
from listenlive.analysis.language import lexicon

ENGLISH = lexicon("en")
assert ENGLISH is not None

CUT = Stop(
    said=("so", "then", "we", "went", "to", "the"),
    since=12,
    talked=3.5,
    back=8.0,
    again="anyway",
    onset=-0.6,
    first_end=3.0,
    end=6.0,
    first=("but", "that", "was", "years", "ago"),
    entry=("but", "that", "was", "years", "ago", "when", "we", "were", "there"),
    silent=10.0,
)


def test_somebody_cut_off_mid_sentence_is_likely_to_be():
    assert chance(CUT, ENGLISH) > 0.55


def test_whole_sentences_and_listener_signals_are_less_likely():
    sure = chance(CUT, ENGLISH)
    whole = replace(CUT, said=("so", "then", "we", "all", "went", "home"))
    signal = replace(CUT, first=("mhm",), entry=("mhm",), first_end=-0.3, end=-0.3)
    assert all(chance(other, ENGLISH) < sure / 2 for other in (whole, signal))


@pytest.mark.parametrize("mark", ["...", "…"])
def test_a_word_that_trails_off_is_half_believed_to_be_one_only_begun(mark):
    whole, begun, trails = (
        chance(replace(CUT, said=("that's", "when", "I", "really", last)), ENGLISH)
        for last in ("started", "start-", f"started{mark}")
    )
    assert whole < 0.3
    assert begun > 0.8
    assert trails == pytest.approx((whole + begun) / 2, abs=0.02)


def test_nothing_is_said_without_words_or_without_a_model():
    assert chance(replace(CUT, said=()), ENGLISH) is None
    assert chance(CUT, replace(ENGLISH, language="xx")) is None


def test_one_word_is_enough_for_a_chance():
    alone = replace(CUT, said=("the",), since=0, talked=0.2, silent=LONG, back=LONG, again="")
    assert 0.0 < chance(alone, ENGLISH) < 1.0


def test_the_keys_are_the_last_three_words_and_the_last_two_together():
    assert keys(["We", "went", "to", "the,"]) == ("3:went", "2:to", "1:the", "2+1:to the")
    assert keys(["th-"]) == ("3:", "2:", "1:-", "2+1: -")


def test_trees_go_right_where_the_number_is_larger():
    model = CutOffModel(
        words={},
        bias=0.0,
        feature=[[0, 1, 1]],
        threshold=[[1.0, 2.0, 3.0]],
        leaf=[[-2.0, -1.0, 1.0, 2.0]],
        start=0.0,
    )
    seen = [model.probability(row) for row in ([1, 2], [1, 3], [2, 3], [2, 4])]
    assert [log(each / (1 - each)) for each in seen] == pytest.approx([-2, -1, 1, 2])


def test_every_number_has_a_name():
    assert len(numbers(CUT, ENGLISH, unfinished=0.0)) == len(NUMBERS)

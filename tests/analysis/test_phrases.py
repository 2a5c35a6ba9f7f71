"""How phrases of a language file are read and found, one sentence each."""

import pytest

from listenlive.analysis.phrases import Hit, Reader, found, hit, line
from listenlive.errors import ConfigError

CLASSES = {
    "soft": ["really", "just", "a bit", "a little bit"],
    "mood": ["sad", "fed up", "fed up with", "worn out"],
}
READER = Reader(CLASSES, ["so", "well", "i mean"])


def said(phrase: str, sentence: str, *, at: str = "anywhere") -> str | None:
    """The words of `sentence` that are `phrase`; None: it is not in it."""
    return chosen([phrase], sentence, at=at)


def chosen(phrases: list[str], sentence: str, *, at: str = "anywhere") -> str | None:
    words = sentence.split()
    seen = hit(line(words), READER.pattern(phrases, at=at), sure=1.0)
    return seen and " ".join(words[seen.start : seen.end])


@pytest.mark.parametrize(
    ("phrase", "sentence", "expected"),
    [
        ("you should", "Then you should go.", "you should"),
        ("you should", "Then you shouldn't go.", None),
        ("you should", "Should you", None),
        ("you're|you_are sad", "you're sad", "you're sad"),
        ("you're|you_are sad", "You are sad.", "You are sad."),
        ("you're|you_are sad", "you sad", None),
        ("you <mood>", "you fed up", "you fed up"),
        ("<mood> today", "fed up with today", "fed up with today"),
        ("<mood> with", "fed up with", "fed up with"),
        ("you ~ go", "you go", "you go"),
        ("you ~ go", "you really just go", "you really just go"),
        ("you ~ go", "you a little bit go", "you a little bit go"),
        ("you ~ go", "you really really just go", None),
        ("(really) good", "good", "good"),
        ("(really) good", "really good", "really good"),
        ("very|~ good", "just good", "good"),
        ("there .. you", "there you", "there you"),
        ("there .. you", "there is one thing you", "there is one thing you"),
        ("there .. you", "there is one more thing you", None),
        ("it .. you", "it tells you and you", "it tells you and you"),
    ],
)
def test_what_a_phrase_stands_for(phrase, sentence, expected):
    assert said(phrase, sentence) == expected


def test_what_may_be_missing_gives_back_what_the_rest_needs():
    assert said("(just) just go", "just go") == "just go"
    assert said("~ really go", "really go") == "really go"
    assert said("<mood> with her", "fed up with her") == "fed up with her"


def test_punctuation_between_words_does_not_matter_and_is_none_of_them():
    assert said("you should", "Look, you, should go") == "you, should"
    assert said("of_course you", "of, course, you") == "of, course, you"
    assert said("look .. go", "look, if you can, go") == "look, if you can, go"


def test_pauses_and_stutters_stand_in_the_middle_of_a_phrase():
    words = ["yo-you", "um", "should"]
    assert hit(line(words, frozenset({"um"})), READER.pattern(["you should"]), sure=1.0) == Hit(
        0, 3, 1.0
    )


@pytest.mark.parametrize(
    ("at", "sentence", "expected"),
    [
        ("start", "so well I mean, stop it", "stop it"),
        ("start", "please stop it", None),
        ("start", "yes, stop it", None),
        ("clause", "yes, stop it", "stop it"),
        ("clause", "yes, so stop it", "stop it"),
        ("clause", "yes please stop it", None),
        ("anywhere", "yes please stop it", "stop it"),
    ],
)
def test_where_in_a_sentence_a_phrase_is_looked_for(at, sentence, expected):
    assert said("stop it", sentence, at=at) == expected


def test_a_phrase_may_begin_with_what_also_leads_to_it():
    assert said("so stop", "so so stop", at="start") == "so stop"


def test_an_endless_run_of_leads_is_no_trouble():
    assert said("stop it", "well " * 3000 + "stop it", at="clause") is None


def test_the_phrase_that_begins_first_is_found_of_two_together_the_first_one():
    assert chosen(["go away", "you go"], "you go away") == "you go"
    assert chosen(["you", "you go"], "you go away") == "you"
    assert chosen(["you go", "you"], "you go away") == "you go"


def test_the_surest_rule_counts_unless_something_speaks_against_it():
    table = {"say": ["you should"], "sure": 0.5, "because": "tells"}
    rules = [
        READER.rule(table),
        READER.rule(table | {"say": ["should go"], "sure": 0.8, "unless": ["should go home"]}),
    ]
    assert found(line(["you", "should", "go"]), rules) == Hit(1, 3, 0.8)
    assert found(line(["you", "should", "go", "home"]), rules) == Hit(0, 2, 0.5)
    assert found(line(["should", "I"]), rules) is None
    assert found(line([]), rules) is None


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("you <moon>", "no class <moon>; there are: mood, soft"),
        ("you sh*", r"'sh\*' is no part of a phrase"),
        ("(you) ~ ..", "needs a word that may not be missing"),
    ],
)
def test_what_cannot_be_read_is_said(phrase, message):
    with pytest.raises(ConfigError, match=message):
        READER.pattern([phrase])


def test_a_place_that_is_unknown_is_said():
    with pytest.raises(ConfigError, match="allowed: anywhere, clause, start"):
        READER.pattern(["you"], at="middle")

"""Phrases that give a behaviour away: how they are written in a language file, and found.

you ~ should        words as they are said, in lower case, without punctuation
you're|you_are      either; "_" is a space
<emotion>           a word or phrase of this class of the file
(really)            may be missing;  ~  up to two softeners (class "soft"), or, as one of
                    several words ("too|~"): none of them
..                  up to three words of any kind
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from listenlive.errors import ConfigError

PLACES = ("anywhere", "clause", "start", "end")
BREAK = ","  # stands for any punctuation inside a sentence
_CLOSES = (",", ";", ":", "-", "–", "—", ".", "?", "!", "…")
_BARE = re.compile(r"^[^\w']+|[^\w']+$")
_SINGLE = re.compile(r"[a-zäöüß'-]+")
_WAY = re.compile(r"[\w'-]+|<\w+>")
_WORD = rf"(?:{BREAK} )?"  # punctuation between two words of a phrase does not matter


@dataclass(frozen=True, slots=True)
class Rule:
    """Phrases with one reason.

    pattern, unless : what is looked for, and what must not be in the sentence
    sure            : confidence if it is found, 0..1
    within          : "statements", "questions" or "any": the sentences it is looked for in
    because         : why these words show the behaviour
    """

    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    sure: float
    within: str
    because: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: its words by position (`start` to `end`, exclusive), and how sure it is."""

    start: int
    end: int
    sure: float


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence made ready: bare words with `BREAK` at punctuation, and which word is where.

    text  : every token followed by a space
    words : position in the sentence of each token
    """

    text: str
    words: tuple[int, ...]


def rule(table: Mapping[str, Any], classes: Mapping[str, Sequence[str]], leads: str) -> Rule:
    """The rule that an entry of a language file describes.

    leads : pattern of the words that may stand before a clause ("so", "well")
    """
    place = table.get("at", "anywhere")
    if place not in PLACES:
        raise ConfigError(f"at = {place!r} is not known; allowed: {', '.join(PLACES)}.")
    said = either(table["say"], classes)
    begins = {"start": f"^(?:{leads})*", "clause": rf"(?:^|{BREAK} )(?:{leads})*"}
    begin = begins.get(place, r"(?<!\S)")
    end = r"$" if place == "end" else ""
    unless = table.get("unless")
    return Rule(
        re.compile(rf"{begin}(?P<said>{said}){end}"),
        re.compile(rf"(?<!\S)(?:{either(unless, classes)})") if unless else None,
        float(table["sure"]),
        table.get("within", "any"),
        table["because"],
    )


def either(phrases: Sequence[str], classes: Mapping[str, Sequence[str]]) -> str:
    """A pattern for any of `phrases`, for `rule` or to be compiled.

    Single words in a row share what stands around them: the pattern is compiled in half the time.
    """
    ways: list[str] = []
    for single, run in groupby(phrases, key=lambda each: bool(_SINGLE.fullmatch(each))):
        if single:
            ways.append(f"{_WORD}(?:{'|'.join(map(re.escape, run))}) ")
        else:
            ways += (_pattern(each, classes) for each in run)
    return "|".join(ways)


def found(line: Line, rules: Sequence[Rule]) -> Hit | None:
    """The surest phrase of `rules` in `line`; the first of those that are equally sure."""
    best: Hit | None = None
    for each in rules:
        if best is not None and each.sure <= best.sure:
            continue
        match = each.pattern.search(line.text)
        if match and not (each.unless and each.unless.search(line.text)):
            best = hit(line, match, each.sure)
    return best


def hit(line: Line, match: re.Match[str], sure: float) -> Hit:
    """The words of `line` that are the group "said" of `match`."""
    start = line.text.count(" ", 0, match.start("said"))
    end = max(line.text.count(" ", 0, match.end("said")), start + 1)
    if line.text.startswith(BREAK, match.start("said")) and end > start + 1:
        start += 1  # the punctuation before the first word is none of the words
    return Hit(line.words[start], line.words[end - 1] + 1, sure)


def line(words: Sequence[str], skipped: frozenset[str] = frozenset()) -> Line:
    """The words of a sentence, made ready to look for phrases in.

    skipped : filled pauses; they stand in the middle of any phrase
    """
    tokens: list[str] = []
    at: list[int] = []
    for position, word in enumerate(words):
        plain = unstuttered(word)
        if plain and plain not in skipped:
            tokens.append(plain)
            at.append(position)
        if word.rstrip("\"'”’)]").endswith(_CLOSES) and tokens and tokens[-1] != BREAK:
            tokens.append(BREAK)
            at.append(position)
    while tokens and tokens[-1] == BREAK:
        tokens.pop()
        at.pop()
    return Line("".join(f"{token} " for token in tokens), tuple(at))


@lru_cache(maxsize=20_000)
def unstuttered(word: str) -> str:
    """The bare word, of a stutter ("yo-you") only what is meant."""
    parts = _BARE.sub("", word.replace("\u2019", "'").lower()).strip("'").split("-")
    return parts[-1] if all(map(parts[-1].startswith, parts)) else "-".join(parts)


def _pattern(phrase: str, classes: Mapping[str, Sequence[str]]) -> str:
    return "".join(_token(token, classes) for token in phrase.split())


def _token(token: str, classes: Mapping[str, Sequence[str]]) -> str:
    if token == "~":
        return f"(?:{_WORD}(?:{either(classes['soft'], {})})){{0,2}}"
    if token == "..":
        return rf"(?:{_WORD}\S+ ){{0,3}}"
    if token.startswith("(") and token.endswith(")"):
        return f"(?:{_token(token[1:-1], classes)})?"
    ways = [_way(way, classes) for way in token.split("|") if way != "~"]
    said = _WORD + (ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})")
    return f"(?:{said})?" if "~" in token else said


def _way(way: str, classes: Mapping[str, Sequence[str]]) -> str:
    """One of several words: a class, or words joined by "_"."""
    if not _WAY.fullmatch(way):
        raise ConfigError(f"{way!r} is no part of a phrase: words, |, _, <class>, (may be), ~, ..")
    if way.startswith("<"):
        return f"(?:{either(_class(way[1:-1], classes), classes)})"
    return re.escape(way).replace("_", f" {_WORD}") + " "


def _class(name: str, classes: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if name not in classes:
        raise ConfigError(f"no class <{name}>; there are: {', '.join(sorted(classes))}.")
    return classes[name]

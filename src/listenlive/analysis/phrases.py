"""Phrases that give a behaviour away: how they are written in a language file, and found.

you ~ should        words as they are said, in lower case, without punctuation
you're|you_are      either; "_" is a space
<emotion>           a word or phrase of this class of the file
(really)            may be missing;  ~  up to two softeners (class "soft"), or, as one of
                    several words ("too|~"): none of them
..                  up to three words of any kind
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from listenlive.errors import ConfigError

PLACES = ("anywhere", "clause", "start")
BREAK = ","  # stands for any punctuation inside a sentence; between words of a phrase it is skipped
LEADS = 20  # words before a clause ("well, so, okay") that are looked past
_CLOSES = (",", ";", ":", "-", "–", "—", ".", "?", "!", "…")
_BARE = re.compile(r"^[^\w']+|[^\w']+$")
_WAY = re.compile(r"[\w'-]+|<\w+>")

Ways = Mapping[str, tuple[tuple[str, ...], ...]]
"""Words and phrases of which one is wanted: by the first word of each, the words after it."""

_ALONE: tuple[tuple[str, ...], ...] = ((),)  # a word after which nothing has to come


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a phrase: what may stand there (None: any word), and how often in a row.

    words : with which `ways` begin
    """

    ways: Ways | None
    least: int = 1
    most: int = 1
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence made ready.

    tokens : its bare words, with `BREAK` at punctuation
    words  : position in the sentence of each token
    said   : the tokens, each once
    """

    tokens: tuple[str, ...]
    words: tuple[int, ...]
    said: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: its words by position (`start` to `end`, exclusive), and how sure it is."""

    start: int
    end: int
    sure: float


class Pattern:
    """Phrases that mean the same, ready to be looked for.

    Each is filed under the words of one of its places. A sentence without any of them cannot hold
    the phrase, so that few of the phrases of a language are ever held against it.
    """

    __slots__ = ("_at", "_filed", "_leads", "_needed", "_phrases")

    def __init__(self, phrases: Iterable[Sequence[Slot]], *, at: str, leads: Slot) -> None:
        """The first of `phrases` counts first; `at` one of `PLACES`, after `leads` at most."""
        self._phrases = tuple(phrases)
        self._at = at
        self._leads = leads
        self._needed = [_needed(phrase) for phrase in self._phrases]
        self._filed: dict[str, list[int]] = {}
        for number, needed in enumerate(self._needed):
            for word in max(needed, key=_rarity):
                self._filed.setdefault(word, []).append(number)

    def search(self, line: Line) -> tuple[int, int] | None:
        """The phrase in `line` that begins first: its tokens, `start` to `end`, exclusive.

        Of those that begin together it is the first one that was given. None: there is none.
        """
        if self._filed.keys().isdisjoint(line.said):
            return None
        possible = self._possible(line.said)
        tokens = (*line.tokens, "")  # "" is no word: nothing goes on behind the end
        for start in self._starts(tokens) if possible else ():
            for phrase in possible:
                end = _end(phrase, tokens, start)
                if end is not None:
                    return start, end
        return None

    def _possible(self, said: frozenset[str]) -> list[Sequence[Slot]]:
        """The phrases of which no word is missing, in order."""
        under = self._filed.keys() & said
        return [
            self._phrases[each]
            for each in sorted({each for word in under for each in self._filed[word]})
            if not any(map(said.isdisjoint, self._needed[each]))
        ]

    def _starts(self, tokens: Sequence[str]) -> Iterable[int]:
        """Where a phrase may begin; behind the most leads first."""
        if self._at == "anywhere":
            return range(len(tokens) - 1)
        clauses = [0]
        if self._at == "clause":
            clauses += [at for at, token in enumerate(tokens, start=1) if token == BREAK]
        return (start for clause in clauses for start in _ends(self._leads, tokens, clause))


@dataclass(frozen=True, slots=True)
class Rule:
    """Pattern with one reason.

    pattern, unless : what is looked for, and what must not be in the sentence
    sure            : confidence if it is found, 0..1
    within          : "statements", "questions" or "any": the sentences it is looked for in
    because         : why these words show the behaviour
    """

    pattern: Pattern
    unless: Pattern
    sure: float
    within: str
    because: str


class Reader:
    """Reads the phrases of one language file."""

    def __init__(self, classes: Mapping[str, Sequence[str]], leads: Sequence[str]) -> None:
        """leads : words that may stand before a clause ("so", "well")"""
        self._classes = classes
        self._leads = Slot(_ways(leads), least=0, most=LEADS)
        self._soft = Slot(_ways(classes["soft"]), least=0, most=2)
        self._slots: dict[str, Slot] = {}  # most stand in several phrases

    def rule(self, table: Mapping[str, Any]) -> Rule:
        """The rule that an entry of the file describes."""
        return Rule(
            self.pattern(table["say"], at=table.get("at", "anywhere")),
            self.pattern(table.get("unless", ())),
            float(table["sure"]),
            table.get("within", "any"),
            table["because"],
        )

    def pattern(self, texts: Iterable[str], *, at: str = "anywhere") -> Pattern:
        """The phrases `texts`, looked for at this place of a sentence."""
        if at not in PLACES:
            raise ConfigError(f"at = {at!r} is not known; allowed: {', '.join(PLACES)}.")
        phrases = [[self._slot(token) for token in text.split()] for text in texts]
        return Pattern(phrases, at=at, leads=self._leads)

    def _slot(self, token: str) -> Slot:
        if token not in self._slots:
            self._slots[token] = self._read(token)
        return self._slots[token]

    def _read(self, token: str) -> Slot:
        if token == "~":
            return self._soft
        if token == "..":
            return Slot(None, least=0, most=3)
        if token.startswith("(") and token.endswith(")"):
            within = self._slot(token[1:-1])
            return Slot(within.ways, least=0, most=within.most)
        given = token.split("|")
        ways = _ways(text for way in given if way != "~" for text in self._texts(way))
        return Slot(ways, least=0 if "~" in given else 1, words=frozenset(ways))

    def _texts(self, way: str) -> Sequence[str]:
        """One of several words: a class, or words joined by "_"."""
        if not _WAY.fullmatch(way):
            raise ConfigError(
                f"{way!r} is no part of a phrase: words, |, _, <class>, (may be), ~, .."
            )
        if not way.startswith("<"):
            return (way.replace("_", " "),)
        name = way[1:-1]
        if name not in self._classes:
            raise ConfigError(f"no class <{name}>; there are: {', '.join(sorted(self._classes))}.")
        return self._classes[name]


def found(line: Line, rules: Iterable[Rule]) -> Hit | None:
    """The surest phrase of `rules` in `line`; the first of those that are equally sure."""
    best: Hit | None = None
    for each in rules:
        if best is not None and each.sure <= best.sure:
            continue
        seen = hit(line, each.pattern, sure=each.sure)
        if seen is not None and each.unless.search(line) is None:
            best = seen
    return best


def hit(line: Line, pattern: Pattern, *, sure: float) -> Hit | None:
    """The words of `line` that are of `pattern`; None if it is not there."""
    place = pattern.search(line)
    if place is None:
        return None
    start, end = place
    start += line.tokens[start] == BREAK  # punctuation before the first word is none of the words
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
    return Line(tuple(tokens), tuple(at), frozenset(tokens))


@lru_cache(maxsize=20_000)  # a language's everyday words; the same ones come again and again
def bare(word: str) -> str:
    """`word` in lower case without the punctuation around it; apostrophes straight."""
    return _BARE.sub("", word.replace("\u2019", "'").lower()).strip("'")


@lru_cache(maxsize=20_000)
def unstuttered(word: str) -> str:
    """The bare word, of a stutter ("yo-you") only what is meant."""
    parts = bare(word).split("-")
    return parts[-1] if all(map(parts[-1].startswith, parts)) else "-".join(parts)


def _ways(texts: Iterable[str]) -> Ways:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for first, *rest in map(str.split, texts):
        found[first] = (*found.get(first, ()), tuple(rest))
    return {first: _ALONE if rests == _ALONE else rests for first, rests in found.items()}


def _needed(phrase: Sequence[Slot]) -> list[frozenset[str]]:
    """For each place of `phrase` that may not be missing, words of which one must be there.

    ConfigError where every place may be missing.
    """
    needed = [slot.words for slot in phrase if slot.least]
    if not needed:
        raise ConfigError("a phrase needs a word that may not be missing.")
    return needed


def _rarity(words: Collection[str]) -> float:
    """How rare `words` are likely to be: long words are rare ones."""
    return sum(map(len, words)) / len(words)


def _end(phrase: Sequence[Slot], tokens: Sequence[str], at: int, first: int = 0) -> int | None:
    """Where `phrase`, from its place `first` on, ends that begins at token `at`; None: nowhere.

    Every place takes as much as it can and gives back what the places after it need.
    """
    for number in range(first, len(phrase)):
        slot = phrase[number]
        if slot.ways is not None:
            word = at + (tokens[at] == BREAK)
            rests = slot.ways.get(tokens[word])
            if rests is None and slot.least:
                return None
            if rests is None:
                continue
            if rests is _ALONE and slot.least:
                at = word + 1
                continue
        for end in _ends(slot, tokens, at):
            whole = _end(phrase, tokens, end, number + 1)
            if whole is not None:
                return whole
        return None
    return at


def _ends(slot: Slot, tokens: Sequence[str], at: int, times: int = 0) -> Iterator[int]:
    """Where `slot`, there `times` before, may end that begins at token `at`, the farthest first."""
    if times < slot.most:
        for end in _once(slot.ways, tokens, at):
            yield from _ends(slot, tokens, end, times + 1)
    if times >= slot.least:
        yield at


def _once(ways: Ways | None, tokens: Sequence[str], at: int) -> list[int]:
    """Where one of `ways` may end that begins at token `at`, the first of them first."""
    word = at + (tokens[at] == BREAK)
    if ways is None:
        return [end for end in dict.fromkeys((word + 1, at + 1)) if tokens[end - 1]]
    rests = ways.get(tokens[word], ())
    return [end for rest in rests if (end := _after(rest, tokens, word + 1)) is not None]


def _after(rest: Sequence[str], tokens: Sequence[str], at: int) -> int | None:
    """Where the words `rest` end that begin at token `at`; None if they are not there."""
    for word in rest:
        at += tokens[at] == BREAK
        if tokens[at] != word:
            return None
        at += 1
    return at

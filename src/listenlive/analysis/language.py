"""What the measures know about a language: word lists from `listenlive/data/language/*.toml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

# A set of phrases, by the first word of each; a phrase is a tuple of bare words.
Phrases = Mapping[str, tuple[tuple[str, ...], ...]]

BROKEN_OFF = ("-", "–", "—")
SHORTEST_STEM = 3  # letters: less could be anything
_BARE = re.compile(r"^[^\w']+|[^\w']+$")


@dataclass(frozen=True, slots=True)
class Questions:
    """How questions are put, in bare words."""

    open: frozenset[str]
    closed: frozenset[str]
    open_phrases: Phrases
    closed_phrases: Phrases
    auxiliaries: frozenset[str]
    subjects: frozenset[str]
    tags: Phrases
    leads: Phrases
    statements: Phrases
    fillers: Phrases
    reporting: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language that the measures look for.

    signals, signal_phrases : what listeners say to show that they follow
    unfinished              : words that a sentence does not end in
    function_words          : words that say little of what is talked about; the others are content
    endings                 : of words, that do not change what they are about, longest first
    """

    language: str
    signals: frozenset[str]
    signal_phrases: Phrases
    unfinished: frozenset[str]
    questions: Questions
    function_words: frozenset[str]
    endings: tuple[str, ...]


@cache
def lexicon(language: str) -> Lexicon | None:
    """The word lists of `language` (ISO 639-1); None if listenlive has none for it."""
    known = {path.name.removesuffix(".toml"): path for path in _folder().iterdir()}
    path = known.get(language)
    if path is None:
        return None
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    asked = table["questions"]
    return Lexicon(
        language=table["language"],
        signals=frozenset(table["signals"]["words"]),
        signal_phrases=_phrases(table["signals"]["phrases"]),
        unfinished=frozenset(table["unfinished"]["words"]),
        questions=Questions(
            open=frozenset(asked["open"]),
            closed=frozenset(asked["closed"]),
            open_phrases=_phrases(asked["open_phrases"]),
            closed_phrases=_phrases(asked["closed_phrases"]),
            auxiliaries=frozenset(asked["auxiliaries"]),
            subjects=frozenset(asked["subjects"]),
            tags=_phrases(asked["tags"]),
            leads=_phrases(asked["leads"]),
            statements=_phrases(asked["statements"]),
            fillers=_phrases(asked["fillers"]),
            reporting=frozenset(asked["reporting"]),
        ),
        function_words=frozenset(table["content"]["function_words"]),
        endings=tuple(table["content"]["endings"]),
    )


@cache
def feelings(language: str) -> frozenset[str]:
    """The words for feelings that listenlive knows in `language`, bare; none for others."""
    path = files("listenlive") / "data" / "feelings" / f"{language}.toml"
    if not path.is_file():
        return frozenset()
    families = tomllib.loads(path.read_text(encoding="utf-8"))["families"]
    words = (word for family in families for shade in family["shades"] for word in shade["words"])
    return frozenset(words)


def languages() -> tuple[str, ...]:
    """Codes of the languages with word lists, sorted."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in _folder().iterdir()))


@lru_cache(maxsize=20_000)  # a language's everyday words; the same ones come again and again
def bare(word: str) -> str:
    """`word` in lower case without the punctuation around it; apostrophes straight."""
    return _BARE.sub("", word.replace("\u2019", "'").lower()).strip("'")


def content(words: Iterable[str], lexicon: Lexicon) -> dict[str, str]:
    """The content words among `words`: the stem of each, and how it was said first, in order.

    A contraction counts as what stands before its apostrophe ("ida's" is about Ida); words that
    break off ("sto-") and listener signals are left out.
    """
    found: dict[str, str] = {}
    for word in words:
        plain = bare(word)
        root = plain.partition("'")[0]
        whole = len(root) > 1 and root.replace("-", "").isalpha()
        light = {plain, root} & (lexicon.function_words | lexicon.signals)
        if whole and not light and not plain.endswith("n't") and not word.endswith(BROKEN_OFF):
            found.setdefault(stem(root, lexicon), root)
    return found


def stem(word: str, lexicon: Lexicon) -> str:
    """`word` (bare) without its ending: the same for "worry", "worries" and "worried"."""
    for ending in lexicon.endings:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= SHORTEST_STEM and not (ending == "s" and rest[-1] == "s"):
            return _evened(rest + "i" * ending.startswith("i") * (ending != "ing"))
    return _evened(word)


def _evened(rest: str) -> str:
    """Spelling that endings change, evened out: "stopp(ing)", "hop(ing)", "worry"."""
    if len(rest) > SHORTEST_STEM and rest[-1] == rest[-2]:
        return rest[:-1]
    if rest.endswith("y"):
        return rest[:-1] + "i"
    return rest.removesuffix("e") if len(rest) > SHORTEST_STEM else rest


def opens_with(words: Sequence[str], phrases: Phrases) -> int:
    """Length of the longest of `phrases` that bare `words` begin with; 0 if none does."""
    if not words or words[0] not in phrases:
        return 0
    return max(
        (len(each) for each in phrases[words[0]] if tuple(words[: len(each)]) == each), default=0
    )


def ends_with(words: Sequence[str], phrases: Phrases) -> int:
    """Length of the longest of `phrases` that bare `words` end with; 0 if none does."""
    every = (each for same in phrases.values() for each in same)
    return max((len(each) for each in every if tuple(words[-len(each) :]) == each), default=0)


def is_signal(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether at least half of `words` are listed listener signals."""
    plain = [word for word in map(bare, words) if word]
    listed = at = 0
    while at < len(plain):
        length = opens_with(plain[at:], lexicon.signal_phrases)
        if not length and plain[at] in lexicon.signals:
            length = 1
        listed += length
        at += max(length, 1)
    return bool(plain) and 2 * listed >= len(plain)


def _folder() -> Traversable:
    return files("listenlive") / "data" / "language"


def _phrases(texts: Iterable[str]) -> Phrases:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for words in (tuple(text.split()) for text in texts):
        found[words[0]] = (*found.get(words[0], ()), words)
    return found

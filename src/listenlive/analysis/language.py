"""What the measures know about a language: word lists from `listenlive/data/language/*.toml`."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from listenlive.analysis.phrases import Pattern, Reader, Rule, bare

# A set of phrases, by the first word of each; a phrase is a tuple of bare words.
Phrases = Mapping[str, tuple[tuple[str, ...], ...]]

BROKEN_OFF = ("-", "–", "—")
SHORTEST_STEM = 3  # letters: less could be anything


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
    addressed: frozenset[str]
    inverting: frozenset[str]
    speaking: frozenset[str]
    indirect: Phrases
    wholes: Phrases


@dataclass(frozen=True, slots=True)
class Context:
    """Words that tell a behaviour only together with what the other had said.

    says_back : how a sentence begins that says back what was heard
    follows   : how a question begins that can only be about what was said
    of_you    : words that speak of the other;  of_me: of oneself;  of_us: of both
    offers    : words for what is possible or planned
    points    : words that point back to what was said ("that")
    understood: words in which "I" only says that something was understood
    confirms, denies : yes and no to "is that right?"
    asks_advice      : what asks for advice
    """

    says_back: Pattern
    follows: Pattern
    of_you: frozenset[str]
    of_me: frozenset[str]
    of_us: frozenset[str]
    offers: frozenset[str]
    points: frozenset[str]
    understood: Pattern
    confirms: Pattern
    denies: Pattern
    asks_advice: Pattern


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language that the measures look for.

    signals, signal_phrases : what listeners say to show that they follow
    unfinished              : words that a sentence does not end in
    function_words          : words that say little of what is talked about; the others are content
    endings                 : of words, that do not change what they are about, longest first
    behaviours              : by kind of moment, phrases that give it away
    pauses                  : filled pauses, which stand anywhere
    counted                 : kinds of moment told well enough on real talk to be counted
    """

    language: str
    signals: frozenset[str]
    signal_phrases: Phrases
    unfinished: frozenset[str]
    questions: Questions
    function_words: frozenset[str]
    endings: tuple[str, ...]
    behaviours: Mapping[str, tuple[Rule, ...]]
    context: Context
    pauses: frozenset[str]
    counted: frozenset[str]


@cache
def lexicon(language: str) -> Lexicon | None:
    """The word lists of `language` (ISO 639-1); None if listenlive has none for it."""
    known = {path.name.removesuffix(".toml"): path for path in _folder().iterdir()}
    path = known.get(language)
    if path is None:
        return None
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    asked, classes = table["questions"], table["classes"]
    reader = Reader(classes, asked["leads"])
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
            addressed=frozenset(asked["addressed"]),
            inverting=frozenset(asked["inverting"]),
            speaking=frozenset(asked["speaking"]),
            indirect=_phrases(asked["indirect"]),
            wholes=_phrases(asked["wholes"]),
        ),
        function_words=frozenset(table["content"]["function_words"]),
        endings=tuple(table["content"]["endings"]),
        behaviours={
            kind: tuple(map(reader.rule, entries)) for kind, entries in table["behaviours"].items()
        },
        context=_context(table["context"], reader),
        pauses=frozenset(classes["pauses"]),
        counted=frozenset(table["trust"]["counted"]),
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


def content(words: Iterable[str], lexicon: Lexicon) -> dict[str, str]:
    """The content words among `words`: the stem of each, and how it was said first, in order.

    A contraction counts as what stands before its apostrophe ("ida's" is about Ida); words that
    break off ("sto-") and listener signals are left out.
    """
    found: dict[str, str] = {}
    for word in words:
        plain = bare(word)
        root = plain.partition("'")[0]
        if _is_light(plain, lexicon) or _is_light(root, lexicon) or plain.endswith("n't"):
            continue
        whole = len(root) > 1 and root.replace("-", "").isalpha()
        if whole and not word.endswith(BROKEN_OFF):
            found.setdefault(stem(root, lexicon), root)
    return found


def _is_light(word: str, lexicon: Lexicon) -> bool:
    """Whether `word` (bare) is none that tells what is talked about."""
    return word in lexicon.function_words or word in lexicon.signals


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
    longest = 0
    for each in phrases[words[0]]:
        if len(each) > longest and tuple(words[: len(each)]) == each:
            longest = len(each)
    return longest


def ends_with(words: Sequence[str], phrases: Phrases) -> int:
    """Length of the longest of `phrases` that bare `words` end with; 0 if none does."""
    last = words[-1] if words else ""
    every = (each for same in phrases.values() for each in same if each[-1] == last)
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


def _context(table: Mapping[str, list[str]], reader: Reader) -> Context:
    def first(name: str) -> Pattern:
        return reader.pattern(table[name], at="start")

    def anywhere(name: str) -> Pattern:
        return reader.pattern(table[name])

    return Context(
        says_back=first("says_back"),
        follows=first("follows"),
        of_you=frozenset(table["of_you"]),
        of_me=frozenset(table["of_me"]),
        of_us=frozenset(table["of_us"]),
        offers=frozenset(table["offers"]),
        points=frozenset(table["points"]),
        understood=anywhere("understood"),
        confirms=first("confirms"),
        denies=first("denies"),
        asks_advice=anywhere("asks_advice"),
    )


def _folder() -> Traversable:
    return files("listenlive") / "data" / "language"


def _phrases(texts: Iterable[str]) -> Phrases:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for words in (tuple(text.split()) for text in texts):
        found[words[0]] = (*found.get(words[0], ()), words)
    return found

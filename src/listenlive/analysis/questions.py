"""Questions, open and closed, told from the words (MEASURES.md, "Questions")."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from listenlive.analysis.language import Lexicon, Questions, ends_with, opens_with
from listenlive.analysis.phrases import bare
from listenlive.analysis.results import Turn
from listenlive.conversation import Utterance, Word
from listenlive.span import Span

_CONTRACTED = re.compile(r"^(what|how|why|who|where|when)'(?:s|re|d|ll|ve)$")
ENDS = (".", "?", "!", "…", "。", "？", "！")
CLOSERS = "\"'”’)]"
SENTENCE_MAX = 60  # words without any full stop before a transcript counts as unpunctuated
QUESTION_REACH = 6  # words between a question word and its auxiliary: "how much of it do you"
LEAD_MAX = 4  # words of the longest phrase before a question ("i mean"), with room
BREATH = 0.7  # seconds between words that part sentences where there is no punctuation


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of one turn, with the utterances it was heard in."""

    speaker: str
    words: tuple[Word, ...]
    utterances: tuple[int, ...]

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def span(self) -> Span:
        """From the first word to the last, by the transcriber's times."""
        return Span(self.words[0].span.start, max(word.span.end for word in self.words))


@dataclass(frozen=True, slots=True)
class Question:
    """A question and whether it is open (what, how, why, tell me: more than a choice)."""

    sentence: Sentence
    open: bool


def asks(words: Sequence[str], lexicon: Lexicon, *, punctuated: bool) -> bool | None:
    """True for an open question, False for a closed one, None for no question.

    `words` are those of one sentence, with their punctuation. With it a question is a sentence with
    a question mark, or a request that works as an open question ("Tell me more."). Without it the
    words decide: a question word or an inverted auxiliary first, or a tag last. Measured on AnnoMI:
    tests/analysis/test_questions.py.
    """
    if not words:
        return None
    rules = lexicon.questions
    marked = words[-1].rstrip(CLOSERS).endswith(("?", "？"))
    first = next((clause for each in _clauses(words) if (clause := _begun(each, rules))), [])
    if opens_with(first, rules.open_phrases):
        return True
    if punctuated and not marked and ends_sentence(words[-1]):
        return None
    if marked and not _is_asked(words, rules):
        return None
    clauses = [clause for each in _clauses(words) if (clause := _begun(each, rules))]
    if marked or _asks_by_words(clauses, rules):
        return _is_open(clauses, rules)
    return None


def sentences(
    turn: Turn, utterances: Mapping[int, Utterance], lexicon: Lexicon, *, punctuated: bool
) -> Iterator[Sentence]:
    """The sentences of a turn.

    Without punctuation: its stretches between breaths, parted where a question begins.
    """
    heard = [(word, each) for each in turn.utterances for word in utterances[each].words]
    words = [word for word, _ in heard]
    for part in parted(words, lexicon, punctuated=punctuated):
        yield _sentence(turn.speaker, heard[part.start : part.stop])


def parted(words: Sequence[Word], lexicon: Lexicon, *, punctuated: bool) -> Iterator[range]:
    """Positions of the words of each sentence in `words` of one person, as `sentences` parts."""
    asked = () if punctuated else onsets([word.text for word in words], lexicon)
    begin = 0
    for at, (word, following) in enumerate(pairwise(words), start=1):
        pause = following.span.start - word.span.end
        if ends_sentence(word.text) if punctuated else pause >= BREATH or at in asked:
            yield range(begin, at)
            begin = at
    if words:
        yield range(begin, len(words))


def onsets(words: Sequence[str], lexicon: Lexicon) -> frozenset[int]:
    """Positions in `words` without punctuation at which a question begins, other than the first.

    "... that's great / what kept you from it", "... on your exam / do you have any questions".
    """
    rules = lexicon.questions
    plain = [_plain(word) for word in words]
    found: set[int] = set()
    for at in range(1, len(plain)):
        if not _begins_some(plain[at], rules):
            continue
        if (begin := _onset(plain, words, at, rules)) is not None:
            found.add(begin)
    return frozenset(found)


@lru_cache(maxsize=20_000)
def ends_sentence(word: str) -> bool:
    """Whether the punctuation after `word` closes a sentence."""
    return word.rstrip(CLOSERS).endswith(ENDS)


def is_punctuated(utterances: Iterable[Utterance]) -> bool:
    """Whether the transcript has full stops and question marks often enough to rely on them."""
    words = ends = 0
    for utterance in utterances:
        words += len(utterance.words)
        ends += sum(ends_sentence(word.text) for word in utterance.words)
    return ends * SENTENCE_MAX >= words > 0


def _sentence(speaker: str, heard: Sequence[tuple[Word, int]]) -> Sentence:
    ids = dict.fromkeys(each for _, each in heard)
    return Sentence(speaker, tuple(word for word, _ in heard), tuple(ids))


def _clauses(words: Iterable[str]) -> Iterator[list[str]]:
    """Bare words between commas, dashes and colons."""
    clause: list[str] = []
    for word in words:
        if plain := _plain(word):
            clause.append(plain)
        if word.endswith((",", "-", "–", "—", ":", ";")):
            yield clause
            clause = []
    yield clause


@lru_cache(maxsize=20_000)
def _plain(word: str) -> str:
    """The bare word; of a stutter ("wh-what") and a contraction ("what's") what is meant."""
    parts = [_CONTRACTED.sub(r"\1", part) for part in bare(word).split("-")]
    return parts[-1] if all(map(parts[-1].startswith, parts)) else "-".join(parts)


def _begun(words: Sequence[str], rules: Questions) -> Sequence[str]:
    """`words` from where a question could begin: without "so", "and", "well" before it."""
    at = 0
    while length := opens_with(words[at : at + LEAD_MAX], rules.leads):
        at += length
    return words[at:]


def _is_asked(words: Sequence[str], rules: Questions) -> bool:
    """Whether a sentence with a question mark asks the other something.

    Not so if it only reports a question ("he said, what kettle?") or is one in form only
    ("you know what?"). What asks by its order of words reports nothing ("what was that like, to
    hear it?").
    """
    clauses = [clause for clause in _clauses(words) if clause]
    reports = (clause for clause in clauses[:-1] if clause[-1] in rules.reporting)
    if any(not _asks_in_order(_begun(clause, rules), rules) for clause in reports):
        return False
    return not clauses or opens_with(clauses[-1], rules.fillers) < len(clauses[-1])


def _is_open(clauses: Sequence[Sequence[str]], rules: Questions) -> bool:
    """Whether a question is open: its last clause that begins with a question decides."""
    for clause in reversed(clauses):
        if opens_with(clause, rules.open_phrases):
            return True
        if len(clauses) > 1 and opens_with(clause, rules.statements):
            continue  # "..., when you sit down?" belongs to the question before it
        if opens_with(clause, rules.closed_phrases) or clause[0] in rules.closed:
            return False
        if clause[0] in rules.open:
            return True
        if _inverted(clause, rules):
            return False
    return any(word in rules.open for clause in clauses for word in clause)


def _onset(plain: Sequence[str], words: Sequence[str], at: int, rules: Questions) -> int | None:
    """Where the question begins whose order of words shows at position `at`; None: it shows none.

    Only an order that statements hardly ever have: a question word with an inverted auxiliary, an
    auxiliary before "you", or any inversion after a word that opens a sentence.
    """
    after = plain[at : at + LEAD_MAX]
    if opens_with(after, rules.indirect):
        return at
    opened = plain[at - 1] in rules.leads
    if opens_with(after, rules.open_phrases) and opened:
        return at
    if _is_asking(plain[at], rules):
        begins = (
            any(_inverted(after[1 + skipped :], rules) for skipped in range(2)),
            _is_contracted(words[at]) and not rules.subjects.isdisjoint(after[1:2]),
            plain[at] in rules.open and not rules.inverting.isdisjoint(after[1:2]),
            opens_with(after, rules.wholes) > 0,
        )
        return at if any(begins) else None
    if not _inverted(after, rules):
        return None
    if after[1] in rules.addressed:
        back = range(at - 1, max(at - QUESTION_REACH, -1), -1)
        return next((each for each in back if _is_asking(plain[each], rules)), at)
    return at if opened else None


def _begins_some(word: str, rules: Questions) -> bool:
    """Whether any question begins with `word`: most words of a talk begin none."""
    return (
        word in rules.auxiliaries
        or _is_asking(word, rules)
        or word in rules.indirect
        or word in rules.open_phrases
    )


def _is_asking(word: str, rules: Questions) -> bool:
    """Whether `word` is one that questions are asked with: "what", "when"."""
    return word in rules.open or word in rules.closed


def _is_contracted(word: str) -> bool:
    """Whether a question word carries its auxiliary: "what's", "how'd"."""
    return _CONTRACTED.match(bare(word)) is not None


def _asks_by_words(clauses: Sequence[Sequence[str]], rules: Questions) -> bool:
    if not clauses:
        return False
    first, last = clauses[0], clauses[-1]
    if opens_with(first, rules.statements):
        return False
    if opens_with(first, rules.indirect):
        return True
    if _is_asking(first[0], rules):
        # "what I'm hearing is ..." states; "what do you hear" asks
        return len(first) < 2 or first[1].partition("'")[0] not in rules.speaking
    if _inverted(first, rules):
        return True
    return (
        ends_with(last, rules.tags) >= 2
    )  # a single "right" or "okay" at the end is as often an assent


def _asks_in_order(words: Sequence[str], rules: Questions) -> bool:
    """Whether a question word with an inverted auxiliary comes first: "what was that"."""
    return bool(words) and _is_asking(words[0], rules) and _inverted(words[1:], rules)


def _inverted(words: Sequence[str], rules: Questions) -> bool:
    """Whether an auxiliary stands before its subject: "do you", "isn't that"."""
    return len(words) > 1 and words[0] in rules.auxiliaries and words[1] in rules.subjects

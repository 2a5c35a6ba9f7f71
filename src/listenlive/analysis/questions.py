"""Questions, open and closed, told from the words (MEASURES.md, "Questions")."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from listenlive.analysis.language import Lexicon, Questions, bare, ends_with, opens_with
from listenlive.analysis.results import Turn
from listenlive.conversation import Utterance, Word
from listenlive.span import Span

_CONTRACTED = re.compile(r"^(what|how|why|who|where|when)'(?:s|re|d|ll|ve)$")
ENDS = (".", "?", "!", "…", "。", "？", "！")
CLOSERS = "\"'”’)]"
SENTENCE_MAX = 60  # words without any full stop before a transcript counts as unpunctuated
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


def questions(
    turns: Iterable[Turn],
    utterances: Mapping[int, Utterance],
    lexicon: Lexicon | None,
    *,
    punctuated: bool,
) -> tuple[Question, ...]:
    """Every question asked in `turns`, in order; none without a lexicon.

    With punctuation a question is a sentence with a question mark, or a request that works as an
    open question ("Tell me more."). Without it the words decide: a question word or an inverted
    auxiliary first, or a tag last. Measured on AnnoMI: tests/analysis/test_questions.py.
    """
    if lexicon is None:
        return ()
    return tuple(
        Question(sentence, is_open)
        for turn in turns
        for sentence in sentences(turn, utterances, punctuated=punctuated)
        if (is_open := asks([w.text for w in sentence.words], lexicon, punctuated=punctuated))
        is not None
    )


def asks(words: Sequence[str], lexicon: Lexicon, *, punctuated: bool) -> bool | None:
    """True for an open question, False for a closed one, None for no question.

    `words` are those of one sentence, with their punctuation.
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
    turn: Turn, utterances: Mapping[int, Utterance], *, punctuated: bool
) -> Iterator[Sentence]:
    """The sentences of a turn; without punctuation, its stretches between breaths."""
    heard = [(word, each) for each in turn.utterances for word in utterances[each].words]
    begin = 0
    for at, ((word, _), (following, _)) in enumerate(pairwise(heard), start=1):
        pause = following.span.start - word.span.end
        if ends_sentence(word.text) if punctuated else pause >= BREATH:
            yield _sentence(turn.speaker, heard[begin:at])
            begin = at
    if heard:
        yield _sentence(turn.speaker, heard[begin:])


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
    """The bare word; of a stutter ("what-what") and a contraction ("what's") what is meant."""
    parts = [_CONTRACTED.sub(r"\1", part) for part in bare(word).split("-")]
    return parts[0] if len(set(parts)) == 1 else "-".join(parts)


def _begun(words: Sequence[str], rules: Questions) -> Sequence[str]:
    """`words` from where a question could begin: without "so", "and", "well" before it."""
    at = 0
    while length := opens_with(words[at : at + LEAD_MAX], rules.leads):
        at += length
    return words[at:]


def _is_asked(words: Sequence[str], rules: Questions) -> bool:
    """Whether a sentence with a question mark asks the other something.

    Not so if it only reports a question ("he said, what kettle?") or is one in form only
    ("you know what?").
    """
    clauses = [clause for clause in _clauses(words) if clause]
    if any(clause[-1] in rules.reporting for clause in clauses[:-1]):
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


def _asks_by_words(clauses: Sequence[Sequence[str]], rules: Questions) -> bool:
    if not clauses:
        return False
    first, last = clauses[0], clauses[-1]
    if opens_with(first, rules.statements):
        return False
    if first[0] in rules.open | rules.closed or _inverted(first, rules):
        return True
    return (
        ends_with(last, rules.tags) >= 2
    )  # a single "right" or "okay" at the end is as often an assent


def _inverted(words: Sequence[str], rules: Questions) -> bool:
    """Whether an auxiliary stands before its subject: "do you", "isn't that"."""
    return len(words) > 1 and words[0] in rules.auxiliaries and words[1] in rules.subjects

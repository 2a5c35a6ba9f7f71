"""What somebody says and what it answers: each turn with the other's words before and after it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from listenlive.analysis.language import Lexicon, content, is_signal, lexicon
from listenlive.analysis.phrases import BREAK, Hit, Line, Pattern, found, hit, line
from listenlive.analysis.questions import Question, Sentence, asks, sentences
from listenlive.analysis.results import Turn
from listenlive.conversation import MomentKind, Trait, Utterance
from listenlive.span import Span

HEARD = 2  # turns of the other that a reply may answer: people come back to what was said before
STALE = 60.0  # seconds after which what was said is no longer answered (a lapse and a turn, ample)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence and what its words alone show.

    asked  : True an open question, False a closed one, None none
    plain  : it is no question, or one only by its tone ("You're worried?"): it states something
    hits   : by kind of behaviour, the words that give it away
    stems  : its content words, without endings
    """

    sentence: Sentence
    language: str
    line: Line
    asked: bool | None
    plain: bool
    hits: Mapping[str, Hit]
    stems: frozenset[str]

    @property
    def tokens(self) -> list[str]:
        """Its bare words, without filled pauses and punctuation."""
        return [token for token in self.line.tokens if token != BREAK]

    def shared(self, stemmed: frozenset[str]) -> str:
        """Its words that have one of these stems."""
        return " ".join(
            word.text for word in self.sentence.words if stems(word.text, self.language) & stemmed
        )

    def words(self, seen: Hit) -> str:
        """The words of `seen` as they were said."""
        return " ".join(word.text for word in self.sentence.words[seen.start : seen.end])


@dataclass(frozen=True, slots=True)
class Reply:
    """A turn with words, what the other had said before, and what they said next.

    heard : the other's last turns with more than listener signals, the oldest first
    stems : content words of `heard`
    next  : the other's next turn, None if there is none
    """

    turn: Turn
    said: tuple[Said, ...]
    heard: tuple[Turn, ...]
    stems: frozenset[str]
    next: Turn | None

    @property
    def answers(self) -> tuple[int, ...]:
        """Ids of the utterances of the other's last turn."""
        return self.heard[-1].utterances if self.heard else ()


def replies(
    turns: Sequence[Turn], utterances: Mapping[int, Utterance], words: Lexicon, *, punctuated: bool
) -> tuple[Reply, ...]:
    """Every turn with words, in order, with what it answers."""
    telling = [turn for turn in turns if _tells(turn, words)]
    spoken = [turn for turn in turns if turn.text]
    return tuple(
        Reply(
            turn,
            tuple(
                _said(each, words, punctuated=punctuated)
                for each in sentences(turn, utterances, words, punctuated=punctuated)
            ),
            heard := tuple(_heard(turn, before)),
            frozenset(stem for each in heard for stem in stems(each.text, words.language)),
            next((each for each in spoken[at + 1 : at + 4] if each.speaker != turn.speaker), None),
        )
        for at, (turn, before) in enumerate(_with_before(spoken, telling))
    )


def asked(replies: Iterable[Reply]) -> tuple[Question, ...]:
    """Every question in `replies`, in order."""
    return tuple(
        Question(said.sentence, said.asked)
        for reply in replies
        for said in reply.said
        if said.asked is not None
    )


@lru_cache(maxsize=20_000)
def stems(text: str, language: str) -> frozenset[str]:
    """The content words of `text` without their endings."""
    words = lexicon(language)
    return frozenset(content(text.split(), words)) if words else frozenset()


def matches(pattern: Pattern, said: Said) -> Hit | None:
    """Where `pattern` of a language file is found in `said`; sureness is the caller's."""
    return hit(said.line, pattern, sure=1.0)


def _with_before(
    spoken: Sequence[Turn], telling: Sequence[Turn]
) -> Iterator[tuple[Turn, Sequence[Turn]]]:
    """Each turn with the telling ones that began before it, at most as many as can matter."""
    at = 0
    for turn in spoken:
        while at < len(telling) and telling[at].span.start < turn.span.start:
            at += 1
        yield turn, telling[max(0, at - 3 * HEARD) : at]


def _heard(turn: Turn, before: Sequence[Turn]) -> list[Turn]:
    """The other's last telling turns before `turn` that are not stale."""
    theirs = [
        each
        for each in before
        if each.speaker != turn.speaker and turn.span.start - each.span.end < STALE
    ]
    return theirs[-HEARD:]


def _tells(turn: Turn, words: Lexicon) -> bool:
    return bool(turn.text) and not is_signal(turn.text.split(), words)


def _said(sentence: Sentence, words: Lexicon, *, punctuated: bool) -> Said:
    texts = tuple(word.text for word in sentence.words)
    read, asked, plain, hits, stemmed = _read(texts, words.language, punctuated)
    return Said(sentence, words.language, read, asked, plain, hits, stemmed)


@lru_cache(maxsize=20_000)  # live, everything is analysed again with every utterance
def _read(
    texts: tuple[str, ...], language: str, punctuated: bool
) -> tuple[Line, bool | None, bool, Mapping[str, Hit], frozenset[str]]:
    """What the words of a sentence show by themselves."""
    words = lexicon(language)
    assert words is not None
    read = line(texts, words.pauses)
    asked = asks(texts, words, punctuated=punctuated)
    plain = asked is None or asks(read.tokens, words, punctuated=False) is None
    place = "statements" if plain else "questions"
    hits = {
        kind: best
        for kind, rules in words.behaviours.items()
        if (best := found(read, [each for each in rules if each.within in ("any", place)]))
    }
    return read, asked, plain, hits, stems(" ".join(texts), language)


def span_of(said: Sequence[Said]) -> Span:
    """From the first word of the sentences to the last."""
    return Span(said[0].sentence.span.start, max(each.sentence.span.end for each in said))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What somebody did with what they heard.

    said    : the sentences it lies in;  trigger: the words that gave it away
    sure    : confidence, 0..1
    answers : ids of the other's utterances it answers
    """

    kind: MomentKind
    speaker: str
    said: tuple[Said, ...]
    trigger: str
    sure: float
    answers: tuple[int, ...] = ()
    traits: tuple[Trait, ...] = ()

    @property
    def span(self) -> Span:
        """From the first word of its sentences to the last."""
        return span_of(self.said)

    @property
    def text(self) -> str:
        """Its sentences."""
        return " ".join(each.sentence.text for each in self.said)

    @property
    def utterances(self) -> tuple[int, ...]:
        """Ids of the utterances it was said in."""
        return tuple(dict.fromkeys(i for each in self.said for i in each.sentence.utterances))


def joined(found: Mapping[int, Behaviour]) -> list[Behaviour]:
    """`found` by position of its sentence in the turn, sentences in a row made one."""
    made: list[Behaviour] = []
    last = None
    for at, each in sorted(found.items()):
        if last is not None and at == last + 1 and made[-1].traits == each.traits:
            surer = max(made[-1], each, key=lambda one: one.sure)
            made[-1] = replace(surer, said=(*made[-1].said, *each.said))
        else:
            made.append(each)
        last = at
    return made

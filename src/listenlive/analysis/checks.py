"""Accuracy checks ("did I get that right?") and what the other answered."""

from collections.abc import Iterator

from listenlive.analysis.language import Lexicon
from listenlive.analysis.phrases import line
from listenlive.analysis.replies import Behaviour, Reply
from listenlive.conversation import MomentKind, Trait

ANSWER_WORDS = 8  # words of the reply in which the yes or the no must come
ANSWERED_WITHIN = 10.0  # seconds


def accuracy_checks(reply: Reply, words: Lexicon) -> Iterator[Behaviour]:
    """The checks in `reply`, with the other's yes or no if they gave one."""
    if not reply.heard:
        return
    for at, said in enumerate(reply.said):
        hit = said.hits.get(MomentKind.ACCURACY_CHECK.value)
        if hit is None:
            continue
        last = at == len(reply.said) - 1
        yield Behaviour(
            MomentKind.ACCURACY_CHECK,
            reply.turn.speaker,
            (said,),
            said.words(hit),
            hit.sure,
            reply.answers,
            _answer(reply, words) if last else (),
        )


def _answer(reply: Reply, words: Lexicon) -> tuple[Trait, ...]:
    """What the other said to it, as a trait; () if that is not clear."""
    answer = reply.next
    if answer is None or answer.span.start - reply.turn.span.end > ANSWERED_WITHIN:
        return ()
    opening = line(answer.text.split()[:ANSWER_WORDS], words.pauses)
    if words.context.denies.search(opening) is not None:
        return (Trait.DENIED,)
    confirmed = words.context.confirms.search(opening) is not None
    return (Trait.CONFIRMED,) if confirmed else ()

"""Advice: who said what the other could do, before asking or after, asked for or not."""

from collections.abc import Iterator

from listenlive.analysis.language import Lexicon
from listenlive.analysis.phrases import line
from listenlive.analysis.replies import Behaviour, Reply, joined
from listenlive.conversation import MomentKind, Trait

LEAST = 0.5  # confidence under which an advice is none
TAKING_UP = frozenset({MomentKind.REFLECTION, MomentKind.VALIDATION, MomentKind.EMOTION_NAMED})
"""What makes advice come after listening, as a question does."""


def advice(reply: Reply, words: Lexicon) -> Iterator[Behaviour]:
    """The advice in `reply`, with whether it was asked for."""
    if not reply.heard or not any(MomentKind.ADVICE.value in said.hits for said in reply.said):
        return
    asked_for = any(_asks(each.text, words) for each in reply.heard)
    found = {}
    for at, said in enumerate(reply.said):
        hit = said.hits.get(MomentKind.ADVICE.value)
        if hit is not None and hit.sure >= LEAST:
            found[at] = Behaviour(
                MomentKind.ADVICE,
                reply.turn.speaker,
                (said,),
                said.words(hit),
                hit.sure,
                reply.answers,
                (Trait.ASKED_FOR if asked_for else Trait.UNASKED,),
            )
    yield from joined(found)


def _asks(told: str, words: Lexicon) -> bool:
    """Whether advice was asked for in what was told."""
    return words.context.asks_advice.search(line(told.split(), words.pauses)) is not None

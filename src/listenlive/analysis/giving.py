"""Giving: turns that put something of one's own forward, advice or information, in place of asking.

One turn is often read wrongly (docs/MEASURES.md, "Behaviours"), but the share of such turns over a
whole talk tells listening from lecturing: it is a figure of the talk, not a moment to show.
"""

from listenlive.analysis.language import Lexicon
from listenlive.analysis.replies import Reply, Said, matches
from listenlive.conversation import MomentKind

STATES = 0.5  # states something
ADVISES = 1.5
EXPLAINS = 1.5
PLANS = 1.0  # "we", "let's"
OFFERS = 0.5  # can, could, might, will: what is possible
OF_ME = 0.5  # "I'd like to", "I want to" at the beginning
FEELS = -1.0  # names a feeling, says back, thanks: turned to the other
LENGTHY = 0.5  # a turn of over forty words
BRIEF = -1.0  # under four words
LEAST = 1.5  # sum of signs from which a turn gives
LONG = 40  # words
OPENING = 3  # words at the beginning


def gives(reply: Reply, words: Lexicon) -> bool:
    """Whether the turn puts something of one's own forward."""
    return giving(reply, words) >= LEAST


def giving(reply: Reply, words: Lexicon) -> float:
    """How much speaks for that: the signs of its most giving sentence, and of its length."""
    length = sum(len(said.tokens) for said in reply.said)
    most = max((_signs(said, words) for said in reply.said), default=0.0)
    return most + LENGTHY * (length > LONG)


def _signs(said: Said, words: Lexicon) -> float:
    tokens, context = said.tokens, words.context
    turned = (MomentKind.EMOTION_NAMED, MomentKind.APPRECIATION, MomentKind.SYMPATHY)
    shown = (
        (STATES, said.plain),
        (ADVISES, MomentKind.ADVICE.value in said.hits),
        (EXPLAINS, "information" in said.hits),
        (PLANS, any(token in context.of_us for token in tokens)),
        (OFFERS, any(token in context.offers for token in tokens)),
        (OF_ME, any(token in context.of_me for token in tokens[:OPENING])),
        (
            FEELS,
            any(kind.value in said.hits for kind in turned)
            or matches(context.says_back, said) is not None,
        ),
        (BRIEF, len(tokens) < 4),
    )
    return sum(weight for weight, seen in shown if seen)

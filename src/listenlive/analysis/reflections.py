"""Reflections: saying back what the other told, in their words or with what it means to them.

No phrase alone shows one: "so you ..." may tell something new, and "twice a night" may say back
exactly what was said. So several signs are added up. The weights are judgement, set on half of
AnnoMI's sessions and held against the other half (docs/MEASURES.md, "Behaviours").
"""

from collections.abc import Iterator
from math import exp

from listenlive.analysis.language import Lexicon
from listenlive.analysis.replies import Behaviour, Reply, Said, joined, matches
from listenlive.conversation import MomentKind, Trait

GIVES = ("advice", "information", "dismissal")
"""What a sentence does that says nothing back."""

STATES = 1.0  # it states something; a question asks for something new
OF_YOU = 1.0  # speaks of the other
SAYS_BACK = 1.5  # "it sounds like", "what I hear is"
FEELING = 1.0  # names a feeling
SHARED = 0.5  # for each content word of the other's, up to three
SO = 0.5  # "so ...": draws together
OF_ME = -0.5  # speaks of oneself, other than of what was understood
OF_US = -0.5  # plans together
ELSE = -1.0  # advises, explains, makes less of it
BRIEF = -1.0  # under four words
CHECKED = 1.0  # "is that right?" comes next
ASKING = -0.5  # the turn asks something as well: it goes on, it does not dwell
OWN_WORDS = 0.34  # share of a reflection's content words that are the other's, for a simple one
CANDIDATE = 1.5  # sum of signs of a candidate: finds most, half of them rightly
LEAST = 2.5  # sum of signs from which it is shown: fewer, more of them rightly


def reflections(reply: Reply, words: Lexicon) -> Iterator[Behaviour]:
    """The reflections in `reply`, sentences in a row as one."""
    if not reply.heard:
        return
    found = {}
    for at, said in enumerate(reply.said):
        sum_ = signs(said, reply, words)
        if sum_ >= LEAST:
            found[at] = _behaviour(reply, said, sum_, words)
    yield from joined(found)


def signs(said: Said, reply: Reply, words: Lexicon) -> float:
    """How much speaks for a sentence that says back what was heard; about -2 to 6."""
    if not said.plain:
        return -2.0
    tokens, context = said.tokens, words.context
    back = matches(context.says_back, said) is not None
    understood = back or context.understood.search(said.line) is not None
    shown = (
        (STATES, True),
        (OF_YOU, any(token in context.of_you for token in tokens)),
        (SAYS_BACK, back),
        (FEELING, MomentKind.EMOTION_NAMED.value in said.hits),
        (SO, tokens[:1] == ["so"] or tokens[1:2] == ["so"]),
        (OF_ME, not understood and any(token in context.of_me for token in tokens)),
        (OF_US, any(token in context.of_us for token in tokens)),
        (ELSE, any(kind in said.hits for kind in GIVES)),
        (BRIEF, len(tokens) < 4),
        (ASKING, any(not each.plain and not _checks(each) for each in reply.said)),
        (CHECKED, any(map(_checks, _after(said, reply)))),
    )
    return sum(weight for weight, seen in shown if seen) + SHARED * min(
        len(said.stems & reply.stems), 3
    )


def _checks(said: Said) -> bool:
    return MomentKind.ACCURACY_CHECK.value in said.hits


def _after(said: Said, reply: Reply) -> tuple[Said, ...]:
    """The sentence after `said`, if there is one."""
    at = next(at for at, each in enumerate(reply.said) if each is said)
    return reply.said[at + 1 : at + 2]


def _behaviour(reply: Reply, said: Said, sum_: float, words: Lexicon) -> Behaviour:
    back = matches(words.context.says_back, said)
    ours = len(said.stems & reply.stems) / len(said.stems) if said.stems else 0.0
    feeling = said.hits.get(MomentKind.EMOTION_NAMED.value)
    simple = ours >= OWN_WORDS and feeling is None
    trigger = said.words(back) if back else said.shared(reply.stems)
    return Behaviour(
        MomentKind.REFLECTION,
        reply.turn.speaker,
        (said,),
        trigger or said.sentence.text,
        round(1 / (1 + exp(LEAST - sum_)), 2),
        reply.answers,
        (Trait.SIMPLE if simple else Trait.COMPLEX,),
    )

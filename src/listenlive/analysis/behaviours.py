"""What people do with what they heard, told from their words and the turn before them.

Rules and word lists are data (`listenlive/data/language/*.toml`), each with its reason; how far to
trust each kind is measured (docs/MEASURES.md, "Behaviours"). Nothing here is a verdict: every
detection comes with the words that gave it away and the words it answers, for people to judge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from listenlive.analysis.advice import TAKING_UP, advice
from listenlive.analysis.checks import accuracy_checks
from listenlive.analysis.following import follow_ups, not_taken_up, stacked
from listenlive.analysis.language import Lexicon
from listenlive.analysis.own_story import self_shifts
from listenlive.analysis.phrased import phrased
from listenlive.analysis.reflections import reflections
from listenlive.analysis.replies import Behaviour, Reply
from listenlive.conversation import BEHAVIOURS, QUESTIONS, MomentKind, Trait


def behaviours(replies: Sequence[Reply], words: Lexicon) -> tuple[Behaviour, ...]:
    """All behaviours of everybody, in order of their turns."""
    found: list[Behaviour] = []
    asked: dict[str, bool] = {}  # by person: whether their last reply asked or said back
    for reply in replies:
        here = list(_of(reply, words))
        speaker = reply.turn.speaker
        found += (_with_order(each, reply, here, asked.get(speaker, False)) for each in here)
        if reply.heard:
            asked[speaker] = bool(_taking_up(reply, here))
    return tuple(found)


def quoted(words: Lexicon | None) -> frozenset[MomentKind]:
    """Kinds that are quotes to confirm in this language, not counted in a headline."""
    if words is None:
        return frozenset()
    return frozenset(kind for kind in BEHAVIOURS | QUESTIONS if kind.value not in words.counted)


def _of(reply: Reply, words: Lexicon) -> Iterator[Behaviour]:
    """The behaviours in one turn."""
    found = [
        *follow_ups(reply, words),
        *stacked(reply),
        *reflections(reply, words),
        *phrased(reply),
        *accuracy_checks(reply, words),
        *advice(reply, words),
        *self_shifts(reply, words),
    ]
    yield from found
    yield from not_taken_up(reply, words, found)


def _with_order(
    behaviour: Behaviour, reply: Reply, here: Sequence[Behaviour], asked: bool
) -> Behaviour:
    """`behaviour`; advice marked that came before any question and before saying anything back.

    asked : the reply before this one asked or said something back
    """
    if behaviour.kind is not MomentKind.ADVICE or asked:
        return behaviour
    if any(start < behaviour.span.start for start in _taking_up(reply, here)):
        return behaviour
    return replace(behaviour, traits=(*behaviour.traits, Trait.BEFORE_ASKING))


def _taking_up(reply: Reply, here: Sequence[Behaviour]) -> list[float]:
    """When in `reply` something was asked or said back."""
    asked = [
        said.sentence.span.start
        for said in reply.said
        if not said.plain and MomentKind.ADVICE.value not in said.hits
    ]
    return asked + [each.span.start for each in here if each.kind in TAKING_UP]

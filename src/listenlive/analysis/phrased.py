"""Behaviours that one sentence shows by its phrases: validation, dismissal, sympathy and others."""

from collections.abc import Iterator

from listenlive.analysis.replies import Behaviour, Reply, Said, joined
from listenlive.conversation import MomentKind

ANSWERING = (
    MomentKind.VALIDATION,
    MomentKind.DISMISSAL,
    MomentKind.SYMPATHY,
    MomentKind.EMOTION_NAMED,
)
"""Only something if there is something that it answers."""

SPEAKING = (MomentKind.BLAME, MomentKind.I_STATEMENT, MomentKind.APPRECIATION)
"""Can open a talk as well as answer."""


def phrased(reply: Reply) -> Iterator[Behaviour]:
    """Each kind that the sentences of `reply` show, sentences in a row as one."""
    for kind in (*ANSWERING, *SPEAKING):
        if kind in ANSWERING and not reply.heard:
            continue
        found = {
            at: _behaviour(kind, reply, said)
            for at, said in enumerate(reply.said)
            if kind.value in said.hits and _fits(kind, said)
        }
        yield from joined(found)


def _fits(kind: MomentKind, said: Said) -> bool:
    """Whether the rest of the sentence lets its phrase be what it looks like."""
    if kind in (MomentKind.EMOTION_NAMED, MomentKind.BLAME):
        return True  # "are you angry?" names a feeling, "why do you always ...?" blames
    if kind is MomentKind.SYMPATHY:
        return said.plain and MomentKind.EMOTION_NAMED.value not in said.hits
    return said.plain


def _behaviour(kind: MomentKind, reply: Reply, said: Said) -> Behaviour:
    hit = said.hits[kind.value]
    return Behaviour(kind, reply.turn.speaker, (said,), said.words(hit), hit.sure, reply.answers)

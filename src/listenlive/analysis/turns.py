"""Turns, how they pass from one to the other, and silences (MEASURES.md, "Units and timing")."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence, Set

from listenlive.analysis.results import Transition, Turn
from listenlive.conversation import Conversation, Utterance
from listenlive.span import Span


def turns(
    conversation: Conversation, *, asides: Set[int], failed: Set[int], gap: float
) -> tuple[Turn, ...]:
    """A speaker's utterances that nobody took over, in order of their start.

    ::

        A       |====|  |=====|          |====|
        B            |=|        |======|
                 aside
        turns   |=============| |======| |====|

    asides : ids of utterances that are no turns: listener signals and blips
    failed : ids of utterances that did not win the floor: turns of their own, and nobody else's
             turn ends by them
    gap    : silence that ends a turn nobody took over (the literature uses 1-3 s, and counts of
             turns move by about 12 % with it)
    """
    spoken = {
        speaker: [u for u in theirs if u.id not in asides]
        for speaker, theirs in conversation.by_speaker.items()
    }
    found: list[Turn] = []
    for speaker, ours in spoken.items():
        theirs = sorted(
            (u.span for s, us in spoken.items() if s != speaker for u in us if u.id not in failed),
            key=lambda span: span.start,
        )
        starts = [span.start for span in theirs]
        group: list[Utterance] = []
        for utterance in ours:
            if group and (
                (group[-1].id in failed and utterance.id not in failed)
                or utterance.span.start - group[-1].span.end >= gap
                or _taken_over(group[-1].span, utterance.span, theirs, starts)
            ):
                found.append(_turn(speaker, group))
                group = []
            group.append(utterance)
        if group:
            found.append(_turn(speaker, group))
    return tuple(sorted(found, key=lambda turn: (turn.span.start, turn.span.end, turn.speaker)))


def transitions(turns: Sequence[Turn], *, lapse: float) -> tuple[Transition, ...]:
    """Where the floor passes on: each turn that outlasts the one before it, by somebody else.

    ::

        A   |========|        |==========|
        B              |=====|   |==|
            offset   +0.2   +0.1  (no transition: A goes on)
    """
    found: list[Transition] = []
    floor: Turn | None = None
    for turn in turns:
        if floor is not None and turn.span.end <= floor.span.end:
            continue
        if floor is not None and turn.speaker != floor.speaker:
            offset = turn.span.start - floor.span.end
            found.append(
                Transition(floor.speaker, turn.speaker, turn.span.start, offset, offset >= lapse)
            )
        floor = turn
    return tuple(found)


def silences(conversation: Conversation, *, lapse: float) -> tuple[Span, ...]:
    """Stretches of at least `lapse` between speech in which nobody spoke and nothing was lost."""
    if not conversation.utterances:
        return ()
    heard = [utterance.span for utterance in conversation.utterances]
    until, over = heard[0].start, max(span.end for span in heard)
    found: list[Span] = []
    for span in sorted([*heard, *conversation.lost], key=lambda each: each.start):
        if lapse <= span.start - until and until < min(span.start, over):
            found.append(Span(until, min(span.start, over)))
        until = max(until, span.end)
    return tuple(found)


def _taken_over(ended: Span, back: Span, theirs: Sequence[Span], starts: Sequence[float]) -> bool:
    """Whether somebody else began after `ended` did, outlasted it, and before `back` began."""
    first, beyond = bisect_right(starts, ended.start), bisect_left(starts, back.start)
    return any(theirs[at].end > ended.end for at in range(first, beyond))


def _turn(speaker: str, utterances: Iterable[Utterance]) -> Turn:
    group = tuple(utterances)
    return Turn(
        speaker,
        Span(group[0].span.start, group[-1].span.end),
        tuple(utterance.id for utterance in group),
        " ".join(utterance.text for utterance in group if utterance.words),
    )

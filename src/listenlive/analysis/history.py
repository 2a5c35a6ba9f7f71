"""Conversations beside one another: what is kept of each, so that several can be compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from listenlive.analysis.exercise import Shown
from listenlive.analysis.outline import Outline, outline
from listenlive.analysis.practice import practised
from listenlive.analysis.results import Analysis
from listenlive.conversation import CheckIn, Conversation, Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation among others.

    session : the name it is kept by;  at: when it began, with a time zone
    partner : who the listener spoke with, several joined by "and"; None if nobody knows who is who
    mine, theirs : the listener's figures, and the partner's where there is exactly one
    exercise : the exercise that it was; None: an ordinary conversation
    slips    : times the listener spoke up in an exercise although they were to listen; None: no
               exercise, or not measured
    """

    session: str
    at: datetime
    seconds: float
    recording: str
    people: tuple[str, ...]
    partner: str | None
    goal: Goal | None
    mine: Outline | None
    theirs: Outline | None
    check_ins: tuple[CheckIn, ...] = ()
    exercise: str | None = None
    slips: int | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()


def talk(session: str, at: datetime, conversation: Conversation, analysis: Analysis) -> Talk:
    """`conversation` as it is kept among others."""
    listener = conversation.listener
    others = [p for p in conversation.people if listener is not None and p.id != listener.id]
    only = others[0].id if len(others) == 1 else None
    return Talk(
        session=session,
        at=at,
        seconds=conversation.duration,
        recording=conversation.recording.name if conversation.recording else "",
        people=tuple(person.name for person in conversation.people),
        partner=" and ".join(sorted(person.name for person in others)) or None,
        goal=conversation.goal,
        mine=outline(conversation, analysis, listener.id) if listener else None,
        theirs=outline(conversation, analysis, only) if only else None,
        check_ins=conversation.check_ins,
        exercise=conversation.practice.exercise if conversation.practice else None,
        slips=_slips(conversation, analysis),
        title=conversation.title,
        tags=conversation.tags,
    )


def usual(talks: Iterable[Talk], *, before: datetime, session: str | None) -> tuple[Talk, ...]:
    """Those of `talks` that show what is usual before a moment: no exercises, not `session`."""
    return tuple(
        each
        for each in talks
        if each.at < before and each.session != session and each.exercise is None
    )


def with_partner(talks: Iterable[Talk], partner: str | None) -> tuple[Talk, ...]:
    """Those of `talks` that were held with `partner`, in order of time."""
    same = [each for each in talks if partner is not None and each.partner == partner]
    return tuple(sorted(same, key=lambda each: each.at))


def _slips(conversation: Conversation, analysis: Analysis) -> int | None:
    """How often the listener spoke up in an exercise while they were to listen."""
    result, listener = practised(conversation, analysis), conversation.listener
    if result is None or listener is None:
        return None
    counts = [
        figure.value
        for figure in result.figures
        if figure.name is Shown.SLIPS and figure.by == listener.id and figure.value is not None
    ]
    return int(sum(counts)) if counts else None

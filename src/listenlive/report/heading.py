"""What a report says on a page and in the terminal: when, how long, who, what was marked."""

from datetime import datetime

from listenlive.conversation import Conversation, Goal
from listenlive.plain import one_line
from listenlive.report.entries import people
from listenlive.report.wording import clock, lasting, listed, when, who
from listenlive.span import merge

GOALS = {
    Goal.MUTUAL: "a talk for both",
    Goal.LISTENING: "a talk for listening",
    Goal.EXERCISE: "an exercise",
}


def facts(conversation: Conversation, *, share: bool = False) -> tuple[str, ...]:
    """When, how long, who and from what, as far as it is known."""
    found = []
    recording = conversation.recording
    if recording and (at := _date(recording.at)):
        found.append(f"analysed {at}" if recording.analysed else at)
    if conversation.duration:
        found.append(lasting(conversation.duration))
    if conversation.goal:
        found.append(GOALS[conversation.goal])
    if not share:
        names = [who(conversation, s).label for s in people(conversation)]
        if names:
            found.append(listed(names))
        if recording and recording.name:
            found.append(one_line(recording.name))
    return tuple(found)


def marked(conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """When somebody marked a moment while they listened, and their note ("": none)."""
    return tuple((clock(mark.at), one_line(mark.note)) for mark in conversation.marks)


def losses(conversation: Conversation) -> tuple[str, ...]:
    """Where sound was lost: a sentence for each stretch."""
    return tuple(
        f"No sound was recorded from {clock(span.start)} to {clock(span.end)}."
        for span in merge(conversation.lost)
    )


def _date(at: str) -> str:
    """3 May 2026, 19:04; as it stands if it is no ISO 8601."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return one_line(at)
    if not moment.utcoffset():  # without a place, or in UTC: told in the time of this place
        moment = moment.astimezone()
    return when(moment)

"""The words of the report: times, counts, people and moments as short plain English.

Observations, never verdicts (docs/MEASURES.md, 6): who did what, when, how sure that is.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, time

from listenlive.conversation import BEHAVIOURS, Conversation, Moment, MomentKind, Trait
from listenlive.plain import one_line

LIKELY = 0.58
"""Confidence from which a moment is called "likely": interruptions from it on are right 7 times in
10 (docs/MEASURES.md 2), those just above it less often."""

UNLIKELY = 0.2
"""Confidence under which an interruption is called "unlikely" to have cut somebody off: of overlaps
at which the holder stopped after a whole word, people marked 19 % (docs/MEASURES.md 2)."""

OTHER = "the other person"
OTHERS = "the others"


@dataclass(frozen=True, slots=True)
class Who:
    """A person as a part of speech: "You were ...", "over you", "your turn"."""

    subject: str
    object: str
    possessive: str
    was: str = "was"
    own: str = ""
    their: str = "their"
    them: str = "them"

    @property
    def opening(self) -> str:
        """The subject at the start of a sentence."""
        return self.subject[:1].upper() + self.subject[1:]

    @property
    def label(self) -> str:
        """As a label beside speech: "You", or the name as it is written."""
        return self.opening if self is YOU else self.subject

    @property
    def owned(self) -> str:
        """What follows "was": "yours", "Anna’s"."""
        return self.own or self.possessive

    @property
    def owning(self) -> str:
        """The possessive at the start of a sentence."""
        return self.possessive[:1].upper() + self.possessive[1:]


YOU = Who("you", "you", "your", "were", "yours", "your", "you")
SOMEBODY = Who("somebody", "somebody", "somebody’s")


def who(conversation: Conversation, speaker: str | None) -> Who:
    """How to speak of `speaker`: the listener is "you", others go by name."""
    if speaker is None:
        return SOMEBODY
    if (listener := conversation.listener) is not None and listener.id == speaker:
        return YOU
    names = {person.id: person.name for person in conversation.people}
    name = shown_name(names.get(speaker, speaker)) or speaker
    return Who(name, name, f"{name}’s")


def whom(conversation: Conversation, speaker: str) -> Who:
    """Everybody but `speaker`, as the one or the ones they talk with."""
    others = conversation.others(speaker)
    if len(others) == 1:
        return who(conversation, others[0])
    return Who(OTHERS, OTHERS, f"{OTHERS}’", "were")


def shown_name(name: str) -> str:
    """`name` on one line; isolated if it is written right to left, so that it cannot reorder
    the sentence around it (Unicode FIRST STRONG ISOLATE ... POP DIRECTIONAL ISOLATE).
    """
    line = one_line(name)
    backwards = any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in line)
    return f"\u2068{line}\u2069" if backwards else line


def when(at: datetime) -> str:
    """A day and a time: "3 May 2026, 19:04"; midnight stands for a time that nobody said."""
    day = f"{at.day} {at:%B %Y}"
    return day if at.time() == time() else f"{day}, {at:%H:%M}"


def clock(seconds: float) -> str:
    """A moment of the recording: 2:13, or 1:02:13 after the first hour."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lasting(seconds: float) -> str:
    """A length of time: 0.8 s, 48 s, 3 min 12 s, 2 h 5 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def percent(share: float) -> str:
    """A share of 1 as whole percent."""
    return f"{100 * share:.0f} %"


def count(n: int, one: str, many: str | None = None) -> str:
    """ "1 question", "4 questions"; thousands apart."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def times(n: int) -> str:
    """ "once", "twice", "5 times"; never: "not once"."""
    return {0: "not once", 1: "once", 2: "twice"}.get(n) or f"{n:,} times"


def listed(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def certainty(confidence: float) -> str:
    """How sure a moment is, in a word and as a number."""
    return f"{'likely' if confidence >= LIKELY else 'maybe'}, {confidence:.2f}"


def sureness(moment: Moment) -> str:
    """How sure a moment is; a behaviour, told from words, is to confirm and never "likely".

    That somebody stopped is a fact of timing: what is likely or not is that they were cut off.
    """
    if moment.kind is MomentKind.INTERRUPTION:
        unlikely = moment.confidence < UNLIKELY
        sure = f"unlikely, {moment.confidence:.2f}" if unlikely else certainty(moment.confidence)
        return f"cut off: {sure}"
    if moment.kind in BEHAVIOURS:
        return f"to confirm, {moment.confidence:.2f}"
    return certainty(moment.confidence)


_TOLD = {
    MomentKind.INTERRUPTION: "{By} came in while {over} {was} speaking, and {over} stopped",
    MomentKind.ATTEMPT: "{By} came in while {over} {was} speaking, and {over} went on",
    MomentKind.BACKCHANNEL: "{By} gave a short signal while {over} {was} speaking",
    MomentKind.TERMINAL: "{By} began as {over} {was} ending",
    MomentKind.DUAL_START: "{By} and {over} began at the same time",
    MomentKind.QUESTION_OPEN: "{By} asked an open question",
    MomentKind.QUESTION_CLOSED: "{By} asked a closed question",
    MomentKind.LONG_TURN: "{By} held the floor for {lasting}",
    MomentKind.SILENCE: "Nobody spoke for {lasting}",
    MomentKind.ENERGY_RISE: "{Owner} energy rose above {owner} own median",
    MomentKind.FOLLOW_UP: "{By} asked more about what {other} had said",
    MomentKind.STACKED_QUESTIONS: "{By} asked more than one question before {other} could reply",
    MomentKind.REFLECTION: "{By} said back what {other} had told",
    MomentKind.VALIDATION: "{By} said that it made sense",
    MomentKind.EMOTION_NAMED: "{By} put a name to a feeling",
    MomentKind.ACCURACY_CHECK: "{By} checked with {other} whether that was right",
    MomentKind.ADVICE: "{By} said what {other} could do",
    MomentKind.DISMISSAL: "{By} used words that can make less of what {other} had said",
    MomentKind.SYMPATHY: "{By} said how hard that was",
    MomentKind.SELF_SHIFT: "{By} went on with something of {their} own",
    MomentKind.BLAME: "{By} used words that can sound like blame",
    MomentKind.I_STATEMENT: "{By} said how it was for {them}",
    MomentKind.APPRECIATION: "{By} thanked or praised {other}",
    MomentKind.NOT_TAKEN_UP: "{By} went on without a word of what {other} had said",
}
_TRAITS = {
    Trait.BEFORE_ASKING: "before asking or saying anything back",
    Trait.ASKED_FOR: "as {other} had asked for",
    Trait.CONFIRMED: "and {other} said yes",
    Trait.DENIED: "and {other} said no",
}
"""What is added to the sentence; other traits have no words of their own."""


def told(conversation: Conversation, moment: Moment) -> str:
    """What happened in `moment`, in one clause: who did what over whom."""
    by, over = who(conversation, moment.by), who(conversation, moment.over)
    added = [_TRAITS[trait] for trait in moment.traits if trait in _TRAITS]
    return ", ".join((_TOLD[moment.kind], *added)).format(
        By=by.opening,
        Owner=by.owning,
        owner=by.possessive,
        over=over.subject,
        was=over.was,
        other=whom(conversation, moment.by).subject,
        their=by.their,
        them=by.them,
        lasting=lasting(moment.span.duration),
    )

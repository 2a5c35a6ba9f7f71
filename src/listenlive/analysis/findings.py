"""What there is to say: plain sentences with their figure and the moments that show it.

Observations, never verdicts: no adjectives about people, no motives, no emotions, and the same
words for both directions. "You" is the listener; without one, everybody has their name.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from listenlive.analysis.measures import SpeakerMeasures
from listenlive.analysis.outline import enough_replies
from listenlive.analysis.rates import minutes
from listenlive.analysis.results import Finding, Turn
from listenlive.conversation import Conversation, Moment, MomentKind, Role

WORTH = 3  # moments worth hearing: as many as people listen to
AFTER_QUESTION = 10.0  # seconds somebody speaks after an open question for it to be worth hearing
REPLY_BEFORE = 0.5  # a reply may begin this much before the question has ended
REPLY_WITHIN = 5.0  # seconds within which a turn counts as following a question
# Kind and whether it was the listener's own, the most telling first: what I did before what was
# done to me. An attempt of the other's is one that I talked through.
_TEACHES = (
    (MomentKind.INTERRUPTION, True),
    (MomentKind.ATTEMPT, False),
    (MomentKind.LONG_TURN, True),
    (MomentKind.ATTEMPT, True),
    (MomentKind.ENERGY_RISE, True),
    (MomentKind.INTERRUPTION, False),
)
SURE = 0.5  # confidence below which a moment is not put forward


@dataclass(frozen=True, slots=True)
class Wording:
    """How somebody is called in a sentence."""

    name: str
    you: bool

    @property
    def subject(self) -> str:
        """At the start of a sentence or clause: "You", "Ana"."""
        return "You" if self.you else self.name

    @property
    def object(self) -> str:
        """Inside a sentence: "you", "Ana"."""
        return "you" if self.you else self.name

    @property
    def was(self) -> str:
        """With the verb of a past action under way: "you were", "Ana was"."""
        return "you were" if self.you else f"{self.name} was"

    @property
    def possessive(self) -> str:
        """Whose: "your", "Ana's"."""
        return "your" if self.you else f"{self.name}'s"


def wording(conversation: Conversation, speaker: str) -> Wording:
    """How `speaker` is called: "you" if they are the listener, else their name."""
    people = {person.id: person for person in conversation.people}
    person = people.get(speaker)
    if person is None:
        return Wording(f"Speaker {speaker}", you=False)
    return Wording(person.name, you=person.role is Role.LISTENER)


def findings(
    conversation: Conversation,
    moments: Sequence[Moment],
    turns: Sequence[Turn],
    measures: Mapping[str, SpeakerMeasures],
) -> tuple[Finding, ...]:
    """Findings about everybody, the listener's first; each with at least one moment to play.

    `moments` are those that count. A figure of 0 has nothing to play, so it is no finding.
    """
    order = in_order(conversation, measures)
    found: list[Finding] = []
    for kind in (MomentKind.INTERRUPTION, MomentKind.ATTEMPT, MomentKind.BACKCHANNEL):
        for by, over in permutations(order, 2):
            theirs = [m for m in moments if (m.kind, m.by, m.over) == (kind, by, over)]
            found += _between(conversation, kind, theirs, measures)
    told: list[Callable[[Conversation, str, Sequence[Moment]], list[Finding]]] = [
        _questions,
        _long_turns,
        _energy,
    ]
    for tell in told:
        for by in order:
            found += tell(conversation, by, [m for m in moments if m.by == by])
    for by in order:
        found += _answer_to_open(conversation, by, moments, turns)
    return (*found, *_silences(moments))


def in_order(conversation: Conversation, speakers: Iterable[str]) -> list[str]:
    """`speakers` with the listener first, the others as they are."""
    return sorted(speakers, key=lambda each: not wording(conversation, each).you)


def worth_hearing(
    conversation: Conversation, moments: Sequence[Moment], turns: Sequence[Turn]
) -> tuple[int, ...]:
    """Ids of up to three moments that teach most, the most telling first.

    The listener's likeliest interruption, then what they did not let in (an attempt of the
    partner's, a long turn of their own, any other talk-over); one place is kept for something
    that went well, if there is one: an open question after which the partner spoke at length.
    """
    listener = conversation.listener
    mine = {m.id for m in moments if listener is None or m.by == listener.id}
    best = answered_question([moment for moment in moments if moment.id in mine], turns)
    ranked = sorted(
        (rank, -moment.confidence, moment.id)
        for moment in moments
        if (rank := _rank(moment, mine=moment.id in mine)) is not None and moment.confidence >= SURE
    )
    # One of each kind before a second of any, so that three moments show three things.
    firsts: dict[int, int] = {}
    for rank, _, each in ranked:
        firsts.setdefault(rank, each)
    ordered = list(dict.fromkeys((*firsts.values(), *(each for _, _, each in ranked))))
    if best is None:
        return tuple(ordered[:WORTH])
    return (*ordered[: WORTH - 1], best[0].id)


def closing(conversation: Conversation, measures: Mapping[str, SpeakerMeasures]) -> str:
    """One sentence that sums up the listener's side; everybody's if the listener is unknown."""
    if not conversation.utterances:
        return "No speech was found in this recording."
    heard = [each for each in in_order(conversation, measures) if measures[each].talk_seconds]
    if not heard:
        return "Speech was heard, but not by whom."
    if len(heard) == 1:
        who, seconds = wording(conversation, heard[0]), measures[heard[0]].talk_seconds
        return f"Only {who.object} {'were' if who.you else 'was'} heard, for {minutes(seconds)}."
    first = wording(conversation, heard[0])
    told = heard[:1] if first.you else heard
    return " ".join(_summed_up(wording(conversation, each), measures[each]) for each in told)


def times(count: int) -> str:
    """ "once", "twice", "5 times"."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _summed_up(who: Wording, figures: SpeakerMeasures) -> str:
    parts = []
    if figures.response_median_seconds is not None and enough_replies(figures):
        parts.append(f"left {figures.response_median_seconds:.1f} s before replying")
    if figures.questions_open is not None and figures.questions_closed is not None:
        parts.append(f"asked {_asked(figures.questions_open, figures.questions_closed)}")
    if not parts and figures.talk_share is not None:
        parts.append(f"spoke for {figures.talk_share:.0%} of the talk time")
    pronoun = "you" if who.you else who.name
    return f"{who.subject} {f'; {pronoun} '.join(parts)}."


def _asked(open_ones: int, closed: int) -> str:
    count = open_ones + closed
    if not count:
        return "no questions"
    if count == 1:
        return "1 question, an open one" if open_ones else "1 question, a closed one"
    return f"{count} questions, {open_ones or 'none'} of them open"


def _between(
    conversation: Conversation,
    kind: MomentKind,
    moments: Sequence[Moment],
    measures: Mapping[str, SpeakerMeasures],
) -> list[Finding]:
    """What one person did while another was speaking; `moments` are of one kind and pair."""
    if not moments or moments[0].over is None:
        return []
    by, over = (wording(conversation, each) for each in (moments[0].by, moments[0].over))
    often = times(len(moments))
    if kind is MomentKind.BACKCHANNEL:
        text = (
            f"{by.subject} made a short sound or remark while {over.was} speaking, "
            f"and {over.object} went on, {often}."
        )
    else:
        ended = "stopped" if kind is MomentKind.INTERRUPTION else "went on"
        spoke = minutes(measures[moments[0].over].talk_seconds)
        text = (
            f"{by.subject} began while {over.was} speaking, and {over.object} {ended}, "
            f"{often} in {over.possessive} {spoke} of speech."
        )
    return [_finding(moments[0].by, text, moments)]


def _questions(conversation: Conversation, by: str, moments: Sequence[Moment]) -> list[Finding]:
    asked = [m for m in moments if m.kind in (MomentKind.QUESTION_OPEN, MomentKind.QUESTION_CLOSED)]
    if not asked:
        return []
    count = sum(moment.kind is MomentKind.QUESTION_OPEN for moment in asked)
    text = f"{wording(conversation, by).subject} asked {_asked(count, len(asked) - count)}."
    return [_finding(by, text, asked, unit="questions")]


def _long_turns(conversation: Conversation, by: str, moments: Sequence[Moment]) -> list[Finding]:
    turns = [m for m in moments if m.kind is MomentKind.LONG_TURN]
    if not turns:
        return []
    longest = max(moment.span.duration for moment in turns)
    who = wording(conversation, by).subject
    often = "in one turn" if len(turns) == 1 else f"in the longest of {len(turns)} long turns"
    text = f"{who} spoke for {minutes(longest)} {often}."
    return [Finding(by, text, round(longest, 1), "s", tuple(m.id for m in turns))]


def _energy(conversation: Conversation, by: str, moments: Sequence[Moment]) -> list[Finding]:
    rises = [m for m in moments if m.kind is MomentKind.ENERGY_RISE]
    if not rises:
        return []
    who = wording(conversation, by)
    text = (
        f"{who.subject} spoke louder, higher or quicker than {'you' if who.you else 'they'} "
        f"usually did in this recording {times(len(rises))}."
    )
    return [_finding(by, text, rises)]


def _answer_to_open(
    conversation: Conversation, by: str, moments: Sequence[Moment], turns: Sequence[Turn]
) -> list[Finding]:
    best = answered_question([moment for moment in moments if moment.by == by], turns)
    if best is None:
        return []
    question, reply = best
    asker = wording(conversation, by)
    text = (
        f"After an open question of {'yours' if asker.you else asker.possessive}, "
        f"{wording(conversation, reply.speaker).object} spoke for "
        f"{minutes(reply.span.duration)}."
    )
    return [Finding(by, text, round(reply.span.duration, 1), "s", (question.id,))]


def _silences(moments: Sequence[Moment]) -> list[Finding]:
    quiet = [m for m in moments if m.kind is MomentKind.SILENCE]
    if not quiet:
        return []
    longest = minutes(max(moment.span.duration for moment in quiet))
    if len(quiet) == 1:
        text = f"There was one silence, of {longest}."
    else:
        text = f"There were {len(quiet)} silences, the longest of {longest}."
    return [_finding(quiet[0].by, text, quiet, unit="silences")]


def _finding(about: str, text: str, moments: Sequence[Moment], *, unit: str = "times") -> Finding:
    return Finding(about, text, float(len(moments)), unit, tuple(each.id for each in moments))


def answered_question(
    moments: Sequence[Moment], turns: Sequence[Turn]
) -> tuple[Moment, Turn] | None:
    """The open question after which somebody else spoke longest, with their turn.

    None if nobody spoke for `AFTER_QUESTION` after any of them.
    """
    starts = [turn.span.start for turn in turns]
    replies = [
        (question, reply)
        for question in moments
        if question.kind is MomentKind.QUESTION_OPEN
        and (reply := _reply(question, turns, starts))
        and reply.span.duration >= AFTER_QUESTION
    ]
    return max(replies, key=lambda pair: pair[1].span.duration, default=None)


def _reply(question: Moment, turns: Sequence[Turn], starts: Sequence[float]) -> Turn | None:
    """The first turn of somebody else that begins around the end of `question`."""
    first = bisect_left(starts, question.span.end - REPLY_BEFORE)
    for turn in turns[first:]:
        if turn.span.start > question.span.end + REPLY_WITHIN:
            return None
        if turn.speaker != question.by:
            return turn
    return None


def _rank(moment: Moment, *, mine: bool) -> int | None:
    """How much a moment teaches, 0 most; None: not put forward."""
    return _TEACHES.index((moment.kind, mine)) if (moment.kind, mine) in _TEACHES else None

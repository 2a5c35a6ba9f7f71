"""One person's figures of one conversation as seconds and counts, fit to be added up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from listenlive.analysis.figures import conversation_seconds
from listenlive.analysis.measures import SpeakerMeasures
from listenlive.analysis.moments import counted
from listenlive.analysis.results import Analysis
from listenlive.conversation import QUESTIONS, Conversation, Moment, MomentKind, Trait

SAID_BACK = frozenset({MomentKind.REFLECTION, MomentKind.VALIDATION, MomentKind.EMOTION_NAMED})
"""What shows that somebody took in what they heard."""

CURIOUS = frozenset({MomentKind.QUESTION_OPEN, MomentKind.FOLLOW_UP})
LEAST_REPLIES = 5  # after a gap; a median of fewer is a matter of chance
SAME = 0.5  # seconds: two moments that begin this close are the same question


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What the dimensions of a profile are made of, for one person. None: not measured.

    Components, never rates: several conversations are added up before anything is divided.
    """

    seconds: float  # from the first to the last word of anybody
    talk_seconds: float
    others_seconds: float  # of the others' speech: what could be talked over
    turns: int
    longest_turn_seconds: float | None
    response_median_seconds: float | None
    response_count: int
    immediate_responses: int
    overlapped_responses: int | None
    silences_left: int  # of 5 s and more after the others' words
    talk_overs: int | None  # made
    attempts_lost: int | None  # the others began over this person and gave up
    questions: int | None
    questions_open: int | None
    questions_curious: int | None  # open; following up as well, where that may be counted
    replies: int | None  # turns after somebody else's, with words
    said_back: int | None  # reflections, validations, feelings named; None: quotes to confirm only
    advice: int | None
    advice_unasked: int | None
    advice_early: int | None  # before any question or saying back
    advice_early_found: int | None  # the same as found, whether or not it may be counted

    @property
    def talk_share(self) -> float | None:
        """Part of all speech; None if nobody spoke."""
        spoken = self.talk_seconds + self.others_seconds
        return self.talk_seconds / spoken if spoken else None


def outline(conversation: Conversation, analysis: Analysis, speaker: str) -> Outline | None:
    """The components of `speaker`'s profile; None if they were not heard."""
    measures = analysis.measures.get(speaker)
    if measures is None or not measures.talk_seconds:
        return None
    moments = counted(analysis.moments)
    ours = [each for each in moments if each.by == speaker]
    spoken = analysis.talk_time.seconds
    behaviours = measures.behaviours
    trusts_advice = behaviours is not None and MomentKind.ADVICE not in analysis.quoted
    asked = _questions(analysis, measures)
    return Outline(
        seconds=conversation_seconds(conversation),
        talk_seconds=measures.talk_seconds,
        others_seconds=sum(theirs for other, theirs in spoken.items() if other != speaker),
        turns=measures.turns,
        longest_turn_seconds=measures.longest_turn_seconds,
        response_median_seconds=measures.response_median_seconds,
        response_count=measures.response_count,
        immediate_responses=measures.immediate_responses,
        overlapped_responses=measures.overlapped_responses,
        silences_left=len(silences_left(moments, speaker)),
        talk_overs=_added(measures.interruptions_made, measures.attempts_made),
        attempts_lost=measures.attempts_received,
        questions=asked,
        questions_open=None if asked is None else measures.questions_open,
        questions_curious=None if asked is None else len(curious(ours, analysis)),
        replies=behaviours.turns if behaviours else None,
        said_back=_said_back(analysis, measures, ours),
        advice=_having(ours) if trusts_advice else None,
        advice_unasked=_having(ours, Trait.UNASKED) if trusts_advice else None,
        advice_early=_having(ours, Trait.BEFORE_ASKING) if trusts_advice else None,
        advice_early_found=_having(ours, Trait.BEFORE_ASKING) if behaviours else None,
    )


def enough_replies(figures: Outline | SpeakerMeasures) -> bool:
    """Whether somebody's median gap may be told: one rule for every place that tells it."""
    return figures.response_count >= LEAST_REPLIES


def silences_left(moments: Iterable[Moment], speaker: str) -> tuple[Moment, ...]:
    """Silences after words of somebody else: `speaker` could have filled them."""
    return tuple(m for m in moments if m.kind is MomentKind.SILENCE and m.by != speaker)


def curious(moments: Iterable[Moment], analysis: Analysis) -> tuple[Moment, ...]:
    """Open questions and follow-ups among one person's `moments` that count, each once."""
    found: list[Moment] = []
    for moment in moments:
        same = found and moment.span.start - found[-1].span.start < SAME
        if moment.kind in CURIOUS and trusted(moment, analysis) and not same:
            found.append(moment)
    return tuple(found)


def trusted(moment: Moment, analysis: Analysis) -> bool:
    """Whether `moment` may be counted: its kind is told surely enough, or the user confirmed it."""
    return moment.kind not in analysis.quoted or moment.judged is True


def _questions(analysis: Analysis, measures: SpeakerMeasures) -> int | None:
    """All questions; None where they are not told, or only as quotes to confirm."""
    if QUESTIONS & analysis.quoted:
        return None
    return _added(measures.questions_open, measures.questions_closed)


def _said_back(analysis: Analysis, measures: SpeakerMeasures, ours: Sequence[Moment]) -> int | None:
    """Those that may be counted; None where there is nothing but quotes to confirm."""
    if measures.behaviours is None:
        return None
    count = sum(m.kind in SAID_BACK and trusted(m, analysis) for m in ours)
    return count if count or not SAID_BACK & analysis.quoted else None


def _having(ours: Sequence[Moment], trait: Trait | None = None) -> int:
    """Advice among `ours`, with `trait` if given."""
    advice = [moment for moment in ours if moment.kind is MomentKind.ADVICE]
    return sum(trait is None or trait in moment.traits for moment in advice)


def _added(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other

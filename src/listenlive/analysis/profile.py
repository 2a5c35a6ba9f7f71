"""The listening profile: six dimensions, each with its figure, and what it can be read against.

Never summed. Each dimension has one written rule (docs/MEASURES.md, "Listening profile") that
turns its figure into a few words about what somebody did; what was not measured stays empty and
says why. The same rules and words hold for everybody in the conversation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from listenlive.analysis import places
from listenlive.analysis.findings import Wording, in_order, times, wording
from listenlive.analysis.history import Talk, with_partner
from listenlive.analysis.moments import counted
from listenlive.analysis.outline import (
    LEAST_REPLIES,
    SAID_BACK,
    Outline,
    curious,
    enough_replies,
    outline,
    silences_left,
)
from listenlive.analysis.rates import minutes
from listenlive.analysis.results import Analysis, Dimension, DimensionName, Profile
from listenlive.conversation import (
    QUESTIONS,
    TALK_OVERS,
    Conversation,
    Goal,
    Moment,
    MomentKind,
    Trait,
)

ROOM = 0.7  # seconds: longer gaps are ones people notice (Kendrick & Torreira 2015)
AT_ONCE = 0.25  # seconds: annotators do not agree on less
MOSTLY = 0.6  # share of replies begun before the other's end; among friends .47 is ordinary
LISTENING = (0.0, 0.4)  # share of somebody who is there to listen
LEAST_EXPOSURE = 30.0  # seconds of the others' speech, under which nothing was there to talk over

MEANS = {
    DimensionName.SPACE: (
        "Silence between the end of the other's turn and the reply, as a median; gaps of 5 s and "
        "more are left out."
    ),
    DimensionName.FLOOR: (
        "Talk-overs: coming in while the other speaks, whether they stop or go on. Short signals "
        "and the ends of turns are not counted. “Cut off”: how likely somebody who stopped was not "
        "done yet, by words and timing. A word that broke off may be written whole: hear the "
        "unlikely ones too."
    ),
    DimensionName.BALANCE: ("Seconds of speech out of everybody's, against what this talk is for."),
    DimensionName.CURIOSITY: (
        "Open questions (what, how, why, tell me) and questions that follow up on what was said."
    ),
    DimensionName.UNDERSTANDING: (
        "Saying back what was heard, saying that it makes sense, naming a feeling. Told from "
        "words, and not surely: quotes to confirm, counted once you have."
    ),
    DimensionName.FIXING: (
        "Advice given before any question or saying back. Words that can make it smaller stand "
        "beside it."
    ),
}


@dataclass(frozen=True, slots=True)
class Others:
    """Everybody but one person, as the one or the ones they talked with."""

    object: str  # "Theo", "you", "the others"
    possessive: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a rule reads: one person's components, moments and history, and how to call them.

    past   : this person's outlines of earlier conversations with the same partner
    partner : the name of that partner, for sentences about `past`
    """

    conversation: Conversation
    analysis: Analysis
    speaker: str
    who: Wording
    others: Others
    figures: Outline
    moments: Sequence[Moment]
    past: Sequence[Outline] = ()
    partner: str = ""

    @property
    def goal(self) -> Goal | None:
        """What the talk is for."""
        return self.conversation.goal

    def ids(self, *kinds: MomentKind, by_me: bool = True) -> tuple[int, ...]:
        """Ids of this person's moments of `kinds`; `by_me` False: of those done to them."""
        return tuple(
            m.id
            for m in self.moments
            if m.kind in kinds and (m.by == self.speaker if by_me else m.over == self.speaker)
        )


def profile(case: Case) -> Profile:
    """One person's profile."""
    rules = (_space, _floor, _balance, _curiosity, _understanding, _fixing)
    return Profile(case.speaker, case.who.subject, tuple(rule(case) for rule in rules))


def cases(
    conversation: Conversation, analysis: Analysis, *, history: Sequence[Talk] = ()
) -> tuple[Case, ...]:
    """What the rules read of everybody who was heard, the listener first."""
    listener = conversation.listener
    heard = in_order(conversation, analysis.measures)
    others = [p.name for p in conversation.people if listener is None or p.id != listener.id]
    partner = " and ".join(sorted(others))
    past = with_partner(history, conversation)
    found: list[Case] = []
    for speaker in heard:
        figures = outline(conversation, analysis, speaker)
        if figures is None:
            continue
        me = listener is not None and speaker == listener.id
        outlines = [each.mine if me else each.theirs for each in past]
        found.append(
            Case(
                conversation=conversation,
                analysis=analysis,
                speaker=speaker,
                who=wording(conversation, speaker),
                others=others_of(conversation, speaker),
                figures=figures,
                moments=counted(analysis.moments),
                past=[each for each in outlines if each is not None],
                partner=partner if me else "you",
            )
        )
    return tuple(found)


def others_of(conversation: Conversation, speaker: str) -> Others:
    """Everybody but `speaker`, by name or as "the others"."""
    rest = [each for each in conversation.speakers if each != speaker]
    if len(rest) == 1:
        one = wording(conversation, rest[0])
        return Others(one.object, one.possessive, one.was)
    return Others("the others", "the others'", "the others were")


def even_share(case: Case) -> tuple[float, float]:
    """The band of shares that is ordinary here: 40 to 60 % of two, likewise with more people."""
    people = max(sum(bool(m.talk_seconds) for m in case.analysis.measures.values()), 1)
    return 0.8 / people, 1.2 / people


# Space --------------------------------------------------------------------------------------


def _space(case: Case) -> Dimension:
    mine = case.figures
    name = DimensionName.SPACE
    moments = tuple(m.id for m in silences_left(case.moments, case.speaker))
    if mine.response_median_seconds is None or not enough_replies(mine):
        why = f"{replies(mine.response_count)} after a gap; {LEAST_REPLIES} are needed"
        return _empty(name, why, moments)
    return Dimension(
        name=name,
        value=mine.response_median_seconds,
        unit="s",
        figure=f"{mine.response_median_seconds:.1f} s",
        phrase=space_phrase(case),
        definition=MEANS[name],
        sample=f"median of {mine.response_count} gaps",
        place=places.of_space(case.past, case.partner),
        beside=_silences(case),
        moments=moments,
    )


def space_phrase(case: Case) -> str:
    """What somebody did with the room before replying."""
    mine = case.figures
    early, gaps = mine.overlapped_responses or 0, mine.response_count
    if early >= MOSTLY * (early + gaps):
        return f"began before {case.others.was} done, {early} of {early + gaps} times"
    if (median := mine.response_median_seconds or 0.0) >= ROOM:
        return "gave room"
    return "replied at once" if median < AT_ONCE else "replied at the pace of ordinary talk"


def _silences(case: Case) -> str:
    if not (left := case.figures.silences_left):
        return ""
    kind = "a silence" if left == 1 else f"{left} silences"
    return f"{kind} of 5 s and more after {case.others.possessive} words"


# Floor --------------------------------------------------------------------------------------


def _floor(case: Case) -> Dimension:
    mine, others = case.figures, case.others
    name = DimensionName.FLOOR
    if mine.talk_overs is None:
        return _empty(name, _reason(case, "overlaps"))
    if mine.others_seconds < LEAST_EXPOSURE:
        spoke, needed = minutes(mine.others_seconds), minutes(LEAST_EXPOSURE)
        return _empty(name, f"{others.object} spoke for {spoke}; {needed} are needed")
    lost = mine.attempts_lost or 0
    return Dimension(
        name=name,
        value=float(mine.talk_overs),
        unit="times",
        figure=often(mine.talk_overs),
        phrase=f"came in early {times(mine.talk_overs)}"
        if mine.talk_overs
        else "never came in early",
        definition=MEANS[name],
        sample=f"in {minutes(mine.others_seconds)} of {others.possessive} speech",
        place=places.of_floor(case.past, case.partner),
        beside=f"{others.object} came in and gave up {times(lost)}" if lost else "",
        moments=(
            *case.ids(*TALK_OVERS),
            *case.ids(MomentKind.ATTEMPT, by_me=False),
        ),
    )


def floor_phrase(talk_overs: int) -> str:
    """How often somebody came in while another was speaking."""
    return f"came in early {times(talk_overs)}" if talk_overs else "never came in early"


# Balance ------------------------------------------------------------------------------------


def _balance(case: Case) -> Dimension:
    mine = case.figures
    name = DimensionName.BALANCE
    share = mine.talk_share
    if share is None or not mine.others_seconds:
        return _empty(name, "nobody else was heard")
    spoken = mine.talk_seconds + mine.others_seconds
    return Dimension(
        name=name,
        value=share,
        unit="share",
        figure=f"{100 * share:.0f} %",
        phrase=balance_phrase(case),
        definition=MEANS[name],
        sample=f"{minutes(mine.talk_seconds)} of {minutes(spoken)} of speech",
        place=places.of_balance(case.past, case.partner, band(case), case.goal),
        moments=case.ids(MomentKind.LONG_TURN),
    )


def balance_phrase(case: Case) -> str:
    """How the share compares with what the talk is for."""
    share = case.figures.talk_share or 0.0
    if case.goal is Goal.LISTENING and case.who.you:
        left = f"left most of the talk to {case.others.object}"
        return left if share <= LISTENING[1] else "spoke more than a listening talk leaves"
    low, high = even_share(case)
    if share > high:
        return "spoke for the larger part"
    return "spoke for the smaller part" if share < low else "shared the talk about evenly"


def band(case: Case) -> tuple[float, float] | None:
    """The shares this talk expects of somebody; None where an exercise gives them.

    The listener may leave all of a listening talk to the other, who then has the rest.
    """
    if case.goal is Goal.EXERCISE:
        return None
    if case.goal is Goal.LISTENING:
        low, high = LISTENING
        return (low, high) if case.who.you else (1 - high, 1 - low)
    return even_share(case)


# Curiosity ----------------------------------------------------------------------------------


def _curiosity(case: Case) -> Dimension:
    mine = case.figures
    name = DimensionName.CURIOSITY
    if case.analysis.measures[case.speaker].questions_open is None:
        return _empty(name, _reason(case, "questions", "words"))
    ours = [each for each in case.moments if each.by == case.speaker]
    follow_ups = [m.id for m in ours if m.kind is MomentKind.FOLLOW_UP]
    to_confirm = Dimension(
        name=name,
        value=None,
        unit="questions",
        figure="to confirm" if case.ids(*QUESTIONS) else "not found",
        phrase="may have asked: hear it" if case.ids(*QUESTIONS) else "asked no question we found",
        definition=MEANS[name],
        sample=f"in {counted_of(mine.turns, 'turn')}",
        moments=case.ids(*QUESTIONS),
    )
    if mine.questions is None or mine.questions_curious is None:
        return to_confirm
    counted_ones = tuple(m.id for m in curious(ours, case.analysis))
    return replace(
        to_confirm,
        value=float(mine.questions_curious),
        figure=f"{mine.questions_curious} of {mine.questions}" if mine.questions else "none",
        phrase=curiosity_phrase(mine.questions_curious, mine.questions),
        sample=f"{counted_of(mine.questions, 'question')} in {counted_of(mine.turns, 'turn')}",
        place=places.of_curiosity(case.past, case.partner),
        beside="questions that may follow up: hear them"
        if MomentKind.FOLLOW_UP in case.analysis.quoted and follow_ups
        else "",
        moments=tuple(dict.fromkeys((*counted_ones, *follow_ups))) or case.ids(*QUESTIONS),
    )


def curiosity_phrase(curious_ones: int, questions: int) -> str:
    """What sort of questions somebody asked."""
    if not questions:
        return "asked no question"
    asked = counted_of(questions, "question")
    if not curious_ones:
        return f"asked {asked}, none of them open"
    return f"asked {counted_of(curious_ones, 'open question')}"


# Understanding ------------------------------------------------------------------------------


def _understanding(case: Case) -> Dimension:
    mine = case.figures
    name = DimensionName.UNDERSTANDING
    if mine.replies is None:
        return _empty(name, _reason(case, "questions", "words", "behaviours"))
    found = case.ids(*SAID_BACK)
    count = mine.said_back
    return Dimension(
        name=name,
        value=None if count is None else float(count),
        unit="times",
        figure=often(count) if count is not None else "to confirm" if found else "not found",
        phrase=understanding_phrase(count, len(found)),
        definition=MEANS[name],
        sample=f"in {replies(mine.replies)} with words",
        place=places.of_understanding(case.past, case.partner),
        moments=found,
    )


def understanding_phrase(count: int | None, found: int) -> str:
    """What shows that somebody took in what they heard, as far as words tell."""
    if not found:
        return "said nothing back that we found"
    if count is None:
        return "may have said back what was heard: hear it"
    return f"said back what was heard {times(count)}"


# Fixing -------------------------------------------------------------------------------------


def _fixing(case: Case) -> Dimension:
    mine = case.figures
    name = DimensionName.FIXING
    if mine.replies is None:
        return _empty(name, _reason(case, "questions", "words", "behaviours"))
    smaller = case.ids(MomentKind.DISMISSAL)
    advice = _advice(case)
    to_confirm = Dimension(
        name=name,
        value=None,
        unit="times",
        figure="to confirm" if advice else "not found",
        phrase="may have offered advice before asking: hear it"
        if advice
        else "offered no advice before asking that we found",
        definition=MEANS[name],
        sample=f"in {replies(mine.replies)} with words",
        place=places.of_fixing(case.past, case.partner, case.goal),
        beside="words that can make it smaller: hear them" if smaller else "",
        moments=(*advice, *smaller),
    )
    if mine.advice is None or mine.advice_early is None:
        return to_confirm
    return replace(
        to_confirm,
        value=float(mine.advice_early),
        figure=often(mine.advice_early),
        phrase=fixing_phrase(mine.advice, mine.advice_early),
    )


def fixing_phrase(advice: int, early: int) -> str:
    """When somebody offered advice."""
    if not advice:
        return "offered no advice"
    if not early:
        return "asked or said back before offering advice"
    return f"offered advice {times(early)} before asking"


def _advice(case: Case) -> tuple[int, ...]:
    """Ids of the advice that came before any question or saying back."""
    return tuple(
        m.id
        for m in case.moments
        if m.by == case.speaker and m.kind is MomentKind.ADVICE and Trait.BEFORE_ASKING in m.traits
    )


# Words --------------------------------------------------------------------------------------


def often(count: int) -> str:
    """A count as a figure: "not once", "once", "5 times"."""
    return times(count) if count else "not once"


def replies(count: int) -> str:
    """ "1 reply", "14 replies"."""
    return f"{count or 'no'} {'reply' if count == 1 else 'replies'}"


def counted_of(count: int, what: str) -> str:
    """ "1 turn", "14 turns"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _reason(case: Case, *names: str) -> str:
    gone = case.analysis.not_measured
    return next((gone[name] for name in names if name in gone), "not heard in this recording")


def _empty(name: DimensionName, missing: str, moments: tuple[int, ...] = ()) -> Dimension:
    """The place of a dimension that was not measured, with the reason."""
    return Dimension(
        name=name,
        value=None,
        unit="",
        figure="",
        phrase="not measured",
        definition=MEANS[name],
        sample="",
        moments=moments,
        missing=missing,
    )

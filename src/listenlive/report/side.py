"""One person's side of a conversation in figures: the same cards and words for anybody."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from listenlive.analysis.measures import Rate, SpeakerMeasures
from listenlive.analysis.outline import LEAST_REPLIES, enough_replies
from listenlive.analysis.results import Analysis
from listenlive.conversation import Conversation
from listenlive.report.wording import (
    Who,
    clock,
    count,
    lasting,
    listed,
    percent,
    times,
    who,
    whom,
)

OFTEN = 3
"""Tone words shown large; the others stand below."""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure as it is shown.

    name    : stable, for links and tests;  title : a word or two
    figure  : as printed; None if it was not measured
    says    : the rest of the sentence that begins with the figure, or why there is none
    samples : what the figure rests on
    meaning : its definition in one line
    beside  : the other direction in the same words, where one figure is only half of it
    share   : the figure as a part of 1, where it is one
    brief   : all that matters of it in a few words, for a line of the terminal
    """

    name: str
    title: str
    figure: str | None
    says: str
    samples: tuple[str, ...]
    meaning: str
    beside: str = ""
    share: float | None = None
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """What one person did, in cards. `heading` is "You" or the name."""

    speaker: str
    heading: str
    cards: tuple[Card, ...]


def side(conversation: Conversation, analysis: Analysis, *, speaker: str) -> Side:
    """The cards of `speaker`."""
    measures = analysis.measures[speaker]
    me, other = who(conversation, speaker), whom(conversation, speaker)
    gone = analysis.not_measured
    cards = (
        _talk_time(measures, me),
        _talk_overs(measures, me, other, gone),
        _room(measures, me, other, gone),
        _questions(measures, me, gone),
        _longest_turn(analysis, measures, me, speaker),
        _tone(analysis, me, speaker),
    )
    return Side(speaker, me.label, cards)


def reason(not_measured: Mapping[str, str], *names: str) -> str:
    """Why a figure is missing: the reason given for the first of `names` that has one."""
    given = next((not_measured[name] for name in names if name in not_measured), None)
    return f"not measured: {given}" if given else "not measured in this recording"


def _tone(analysis: Analysis, me: Who, speaker: str) -> Card:
    """Which tone words came most often."""
    meaning = (
        "Each stretch of speech against the same person’s own median in this recording. The words "
        "describe sound, not feelings."
    )
    stretches = [stretch for stretch in analysis.tone if stretch.speaker == speaker]
    if not stretches:
        return Card("tone", "Tone", None, reason(analysis.not_measured, "tone"), (), meaning)
    found = Counter(word for stretch in stretches for word in stretch.words if word != "steady")
    counted = [f"{word} {n}×" for word, n in found.most_common()]
    says = f"in {count(len(stretches), 'stretch', 'stretches')} of {me.possessive} speech"
    figure = ", ".join(counted[:OFTEN]) or "steady"
    steady = sum(stretch.words == ("steady",) for stretch in stretches)
    samples = [", ".join(counted[OFTEN:]), f"steady {steady}×" if found and steady else ""]
    brief = f"{figure} (of {count(len(stretches), 'stretch', 'stretches')})"
    return Card("tone", "Tone", figure, says, tuple(filter(None, samples)), meaning, brief=brief)


def _talk_time(measures: SpeakerMeasures, me: Who) -> Card:
    share = measures.talk_share
    samples = [count(measures.turns, "turn")]
    if measures.words is not None:
        pace = measures.words_per_minute
        about = f", about {pace:.0f} a minute of {me.possessive} speech" if pace else ""
        samples.append(count(measures.words, "word") + about)
    return Card(
        "talk_share",
        "Talk time",
        None if share is None else percent(share),
        "nobody was heard speaking"
        if share is None
        else f"of all speech was {me.owned}: {lasting(measures.talk_seconds)}",
        tuple(samples),
        "Seconds of speech out of everybody’s; time when both speak counts for each.",
        share=share,
    )


def _talk_overs(measures: SpeakerMeasures, me: Who, other: Who, gone: Mapping[str, str]) -> Card:
    meaning = (
        "Coming in while somebody speaks. Interruption: they stop. Attempt: they go on. Short "
        "signals (“mhm”) and overlaps of half a second at the end of a turn are not counted."
    )
    if measures.interruptions_made is None or measures.attempts_made is None:
        says = reason(gone, "overlaps", "speech")
        return Card("talk_overs", "Talk-overs", None, says, (), meaning)
    made = measures.interruptions_made + measures.attempts_made
    says = f"{'time' if made == 1 else 'times'} {me.subject} came in over {other.object}"
    says += _kinds(measures.interruptions_made, measures.attempts_made)
    samples = (*_rate(measures.talk_overs, other, gone), *_not_counted(measures))
    beside = _received(measures, me, other)
    brief = f"{made} over {other.object}" + _kinds(
        measures.interruptions_made, measures.attempts_made
    )
    return Card("talk_overs", "Talk-overs", str(made), says, samples, meaning, beside, brief=brief)


def _received(measures: SpeakerMeasures, me: Who, other: Who) -> str:
    """The other direction, in the same words."""
    if measures.interruptions_received is None or measures.attempts_received is None:
        return ""
    n = measures.interruptions_received + measures.attempts_received
    kinds = _kinds(measures.interruptions_received, measures.attempts_received)
    return f"{other.opening} came in over {me.object} {times(n)}{kinds}"


def _kinds(interruptions: int, attempts: int) -> str:
    """Of which sort, in brackets; "" where there is nothing to tell apart."""
    if not interruptions + attempts:
        return ""
    return f" ({count(interruptions, 'interruption')}, {count(attempts, 'attempt')})"


def _rate(rate: Rate | None, other: Who, gone: Mapping[str, str]) -> list[str]:
    if rate is None:
        return []
    if rate.per_minute is None or rate.low is None or rate.high is None:
        withheld = rate.withheld or gone.get("talk_over_rates")
        return [withheld[:1].upper() + withheld[1:]] if withheld else []
    return [
        f"{rate.per_minute:.1f} a minute of {other.possessive} speech"
        f" (95 % between {rate.low:.1f} and {rate.high:.1f})"
    ]


def _not_counted(measures: SpeakerMeasures) -> list[str]:
    """Overlaps that are ordinary: they stand beside the count, never in it."""
    found = [
        (measures.backchannels, "short signal", "short signals"),
        (measures.terminal_overlaps, "overlap at a turn’s end", "overlaps at a turn’s end"),
        (measures.dual_starts, "start at the same time", "starts at the same time"),
    ]
    parts = [count(n, one, many) for n, one, many in found if n]
    return [f"Not counted: {listed(parts)}"] if parts else []


def _room(measures: SpeakerMeasures, me: Who, other: Who, gone: Mapping[str, str]) -> Card:
    enough = enough_replies(measures)
    median = measures.response_median_seconds if enough else None
    missing = reason(gone, "response_times", "speech")
    if measures.response_count and not enough:
        few = count(measures.response_count, "reply", "replies")
        missing = f"not measured: {few} after a gap; {LEAST_REPLIES} are needed"
    samples = []
    if enough:
        quick = measures.immediate_responses or "none"
        samples.append(
            f"Median of {count(measures.response_count, 'gap')}, {quick} of them under 0.25 s"
        )
    if early := measures.overlapped_responses:
        were = f"{other.subject} {other.was}"
        samples.append(f"{times(early).capitalize()} {me.subject} began before {were} done")
    return Card(
        "room",
        "Room before replying",
        None if median is None else lasting(max(median, 0.0)),
        missing
        if median is None
        else f"between the end of {other.possessive} turn and {me.possessive} reply",
        tuple(samples),
        "Silence left after the other’s turn, as a median; gaps of 5 s and more are left out.",
        brief=""
        if median is None
        else f"{lasting(max(median, 0.0))} before replying "
        f"(median of {count(measures.response_count, 'gap')})",
    )


def _questions(measures: SpeakerMeasures, me: Who, gone: Mapping[str, str]) -> Card:
    meaning = "Open: asks for more than a yes, a no or a name. Closed: the rest. From the words."
    if measures.questions_open is None or measures.questions_closed is None:
        says = reason(gone, "questions", "words", "speech")
        return Card("questions", "Questions", None, says, (), meaning)
    asked = measures.questions_open + measures.questions_closed
    says = f"{'question' if asked == 1 else 'questions'} {me.subject} asked"
    if asked:
        says += f": {measures.questions_open} open, {measures.questions_closed} closed"
    samples = (f"in {count(measures.turns, 'turn')}",)
    kinds = (
        f" ({measures.questions_open} open, {measures.questions_closed} closed)" if asked else ""
    )
    brief = f"{asked}{kinds}, in {count(measures.turns, 'turn')}"
    return Card("questions", "Questions", str(asked), says, samples, meaning, brief=brief)


def _longest_turn(analysis: Analysis, measures: SpeakerMeasures, me: Who, speaker: str) -> Card:
    longest, median = measures.longest_turn_seconds, measures.median_turn_seconds
    samples = []
    if median is not None:
        samples.append(
            f"Half of {me.possessive} {measures.turns} turns were under {lasting(median)}"
        )
    theirs = [turn for turn in analysis.turns if turn.speaker == speaker]
    at = max(theirs, key=lambda turn: turn.span.duration).span.start if theirs else None
    return Card(
        "longest_turn",
        "Longest turn",
        None if longest is None else lasting(longest),
        f"{me.subject} did not take a turn"
        if longest is None
        else f"without {me.object} giving up the floor"
        + (f", from {clock(at)}" if at is not None else ""),
        tuple(samples),
        "A turn goes on over pauses under 2 s and over the other’s short signals.",
        brief=""
        if longest is None
        else lasting(longest) + (f", from {clock(at)}" if at is not None else ""),
    )

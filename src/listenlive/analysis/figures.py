"""The figures of each person, counted from what the other modules found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from listenlive.analysis.giving import gives
from listenlive.analysis.language import Lexicon
from listenlive.analysis.measures import Behaviours, Rate, SpeakerMeasures
from listenlive.analysis.rates import rate
from listenlive.analysis.replies import Reply
from listenlive.analysis.results import TalkTime, Transition, Turn
from listenlive.config import Measuring
from listenlive.conversation import TALK_OVERS, Conversation, Moment, MomentKind, Trait

PACE_TURN = 1.5  # seconds: shorter turns say nothing about pace (MEASURES.md, "Speech rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What figures are counted from. `moments` are those that count (not judged wrong)."""

    talk_time: TalkTime
    turns: Sequence[Turn]
    transitions: Sequence[Transition]
    moments: Sequence[Moment]
    has_words: bool
    replies: Sequence[Reply] = ()
    lexicon: Lexicon | None = None  # None: the words tell nothing


def figures(
    conversation: Conversation, found: Found, settings: Measuring
) -> dict[str, SpeakerMeasures]:
    """The measures of everybody in `conversation`, by speaker id."""
    return {
        speaker: _of(speaker, conversation, found, settings) for speaker in found.talk_time.seconds
    }


def conversation_seconds(conversation: Conversation) -> float:
    """Seconds from the first to the last speech; 0 if there is none."""
    if not conversation.utterances:
        return 0.0
    ends = (utterance.span.end for utterance in conversation.utterances)
    return max(ends) - conversation.utterances[0].span.start


def _of(
    speaker: str, conversation: Conversation, found: Found, settings: Measuring
) -> SpeakerMeasures:
    ours = conversation.by_speaker.get(speaker, ())
    turns = [turn for turn in found.turns if turn.speaker == speaker]
    lengths = [turn.span.duration for turn in turns]
    offsets = [t.offset for t in found.transitions if t.after == speaker and not t.lapse]
    gaps = [offset for offset in offsets if offset >= 0]
    made = _count(found.moments, by=speaker)
    received = _count(found.moments, over=speaker)
    sees = conversation.sees_overlap

    def overlap(counts: Mapping[MomentKind, int], kind: MomentKind) -> int | None:
        return counts.get(kind, 0) if sees else None

    def question(kind: MomentKind) -> int | None:
        return made.get(kind, 0) if found.lexicon else None

    return SpeakerMeasures(
        talk_seconds=found.talk_time.seconds[speaker],
        talk_share=found.talk_time.share(speaker),
        utterances=len(ours),
        words=sum(len(utterance.words) for utterance in ours) if found.has_words else None,
        words_per_minute=_pace(turns, conversation) if found.has_words else None,
        turns=len(turns),
        longest_turn_seconds=max(lengths, default=None),
        median_turn_seconds=median(lengths) if lengths else None,
        response_median_seconds=median(gaps) if gaps else None,
        response_count=len(gaps),
        immediate_responses=sum(gap < settings.immediate for gap in gaps),
        overlapped_responses=len(offsets) - len(gaps) if sees else None,
        interruptions_made=overlap(made, MomentKind.INTERRUPTION),
        interruptions_received=overlap(received, MomentKind.INTERRUPTION),
        attempts_made=overlap(made, MomentKind.ATTEMPT),
        attempts_received=overlap(received, MomentKind.ATTEMPT),
        talk_overs=_talk_overs(speaker, conversation, found, settings),
        backchannels=overlap(made, MomentKind.BACKCHANNEL),
        terminal_overlaps=overlap(made, MomentKind.TERMINAL),
        dual_starts=overlap(made, MomentKind.DUAL_START),
        questions_open=question(MomentKind.QUESTION_OPEN),
        questions_closed=question(MomentKind.QUESTION_CLOSED),
        behaviours=_behaviours(speaker, found, made) if found.lexicon else None,
    )


def _behaviours(speaker: str, found: Found, made: Mapping[MomentKind, int]) -> Behaviours:
    theirs = [moment for moment in found.moments if moment.by == speaker]
    answering = [each for each in found.replies if each.turn.speaker == speaker and each.heard]

    def has(kind: MomentKind, trait: Trait) -> int:
        return sum(moment.kind is kind and trait in moment.traits for moment in theirs)

    def often(kind: MomentKind) -> int:
        return made.get(kind, 0)

    return Behaviours(
        turns=len(answering),
        turns_giving=sum(gives(each, found.lexicon) for each in answering if found.lexicon),
        follow_ups=often(MomentKind.FOLLOW_UP),
        stacked_questions=often(MomentKind.STACKED_QUESTIONS),
        reflections=often(MomentKind.REFLECTION),
        reflections_complex=has(MomentKind.REFLECTION, Trait.COMPLEX),
        validations=often(MomentKind.VALIDATION),
        emotions_named=often(MomentKind.EMOTION_NAMED),
        accuracy_checks=often(MomentKind.ACCURACY_CHECK),
        accuracy_confirmed=has(MomentKind.ACCURACY_CHECK, Trait.CONFIRMED),
        accuracy_denied=has(MomentKind.ACCURACY_CHECK, Trait.DENIED),
        advice=often(MomentKind.ADVICE),
        advice_unasked=has(MomentKind.ADVICE, Trait.UNASKED),
        advice_before_asking=has(MomentKind.ADVICE, Trait.BEFORE_ASKING),
        dismissals=often(MomentKind.DISMISSAL),
        sympathies=often(MomentKind.SYMPATHY),
        self_shifts=often(MomentKind.SELF_SHIFT),
        blame=often(MomentKind.BLAME),
        i_statements=often(MomentKind.I_STATEMENT),
        appreciations=often(MomentKind.APPRECIATION),
        not_taken_up=often(MomentKind.NOT_TAKEN_UP),
    )


def _count(
    moments: Sequence[Moment], *, by: str | None = None, over: str | None = None
) -> dict[MomentKind, int]:
    counts: dict[MomentKind, int] = {}
    for moment in moments:
        if (by is None or moment.by == by) and (over is None or moment.over == over):
            counts[moment.kind] = counts.get(moment.kind, 0) + 1
    return counts


def _talk_overs(
    speaker: str, conversation: Conversation, found: Found, settings: Measuring
) -> Rate | None:
    """Talk-overs per minute of the other's speech; of all the others' with more than two people."""
    others = [other for other in found.talk_time.seconds if other != speaker]
    if not conversation.sees_overlap or not others:
        return None
    count = sum(moment.by == speaker and moment.kind in TALK_OVERS for moment in found.moments)
    return rate(
        speaker,
        "+".join(others),
        count,
        exposure=sum(found.talk_time.seconds[other] for other in others),
        conversation=conversation_seconds(conversation),
        settings=settings,
    )


def _pace(turns: Sequence[Turn], conversation: Conversation) -> float | None:
    """Words per minute over turns long enough to have a pace; None without any.

    Utterances that were heard but not understood count for neither words nor time.
    """
    heard = [
        conversation.by_id[each]
        for turn in turns
        if turn.span.duration >= PACE_TURN
        for each in turn.utterances
    ]
    understood = [utterance for utterance in heard if utterance.words]
    seconds = sum(utterance.span.duration for utterance in understood)
    words = sum(len(utterance.words) for utterance in understood)
    return 60 * words / seconds if seconds else None

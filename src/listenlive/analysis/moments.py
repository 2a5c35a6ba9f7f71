"""Moments: everything worth playing, in order, with what the user said about each."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from listenlive.analysis.interruptions import Reading
from listenlive.analysis.questions import Question
from listenlive.analysis.replies import Behaviour
from listenlive.analysis.results import ToneStretch, Turn
from listenlive.conversation import Conversation, Judgement, Moment, MomentKind
from listenlive.span import Span

NEAR = 0.5  # seconds within which a judgement is about a moment, as in `Judgement`
LONG_TURN_SURE = 0.95  # its length is heard well; only who spoke could be wrong
ENERGY_SURE = 0.6  # a descriptor of sound; one microphone or a cough can move it
QUESTION_SURE = 0.85  # precision of the rule on AnnoMI: tests/analysis/test_questions.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the parts of the analysis found that can be played."""

    readings: Sequence[Reading] = ()
    questions: Sequence[Question] = ()
    behaviours: Sequence[Behaviour] = ()
    long_turns: Sequence[Turn] = ()
    silences: Sequence[Span] = ()
    rises: Sequence[ToneStretch] = ()


def moments(conversation: Conversation, seen: Seen) -> tuple[Moment, ...]:
    """All moments in order of time, numbered from 1, each with the user's judgement if any."""
    found = [
        *map(_overlap, seen.readings),
        *map(_question, seen.questions),
        *map(_behaviour, seen.behaviours),
        *map(_long_turn, seen.long_turns),
        *_silences(conversation, seen.silences),
        *(_rise(conversation, stretch) for stretch in seen.rises),
    ]
    found.sort(
        key=lambda each: (each.span.start, each.span.end, each.kind, each.by, each.over or "")
    )
    verdicts = _nearest(found, conversation.judgements)
    return tuple(
        replace(_judged(moment, verdicts.get(at)), id=at + 1) for at, moment in enumerate(found)
    )


def counted(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """`moments` without those the user said are wrong: the ones that figures count."""
    return tuple(moment for moment in moments if moment.judged is not False)


def _judged(moment: Moment, judgement: Judgement | None) -> Moment:
    """`moment` as the user sees it: with their word on it, and the kind they gave it."""
    if judgement is None:
        return moment
    other = judgement.other_kind
    if other is None or other is moment.kind:
        return replace(moment, judged=judgement.right or other is not None)
    return replace(moment, kind=other, heard_as=moment.kind, judged=True)


def _nearest(found: Sequence[Moment], judgements: Iterable[Judgement]) -> dict[int, Judgement]:
    """Position of the moment each judgement is about: same kind and person, nearest in time.

    The kind may be the machine's or the one the user gave before. A later judgement of the same
    moment replaces an earlier one.
    """
    starts = [moment.span.start for moment in found]
    verdicts: dict[int, Judgement] = {}
    for judgement in judgements:
        same = [
            at
            for at in _within(starts, judgement.at)
            if found[at].by == judgement.by
            and judgement.kind in (found[at].kind, _judged(found[at], verdicts.get(at)).kind)
        ]
        if same:
            best = min(same, key=lambda at: abs(starts[at] - judgement.at))
            verdicts[best] = judgement
    return verdicts


def _within(starts: Sequence[float], moment: float) -> range:
    """Positions of `starts` at most `NEAR` from `moment` (and rounding of three decimals)."""
    slack = NEAR + 0.001
    return range(bisect_left(starts, moment - slack), bisect_left(starts, moment + slack))


def _overlap(reading: Reading) -> Moment:
    seen = reading.overlap
    evidence = tuple(dict.fromkeys((*seen.entry, *seen.held)))
    return Moment(
        0, seen.kind, seen.span, seen.by, seen.over, reading.confidence, evidence, reading.text
    )


def _question(question: Question) -> Moment:
    kind = MomentKind.QUESTION_OPEN if question.open else MomentKind.QUESTION_CLOSED
    said = question.sentence
    sure = QUESTION_SURE * min(1.0, sum(w.probability for w in said.words) / len(said.words) + 0.2)
    return Moment(
        0, kind, said.span, said.speaker, None, round(sure, 3), said.utterances, said.text
    )


def _behaviour(behaviour: Behaviour) -> Moment:
    heard = [word for said in behaviour.said for word in said.sentence.words]
    clear = min(1.0, sum(word.probability for word in heard) / len(heard) + 0.2)
    return Moment(
        0,
        behaviour.kind,
        behaviour.span,
        behaviour.speaker,
        None,
        round(behaviour.sure * clear, 3),
        behaviour.utterances,
        behaviour.text,
        trigger=behaviour.trigger,
        answers=behaviour.answers,
        traits=behaviour.traits,
    )


def _long_turn(turn: Turn) -> Moment:
    return Moment(
        0,
        MomentKind.LONG_TURN,
        turn.span,
        turn.speaker,
        None,
        LONG_TURN_SURE,
        turn.utterances,
        turn.text,
    )


def _silences(conversation: Conversation, silences: Iterable[Span]) -> Iterable[Moment]:
    """A silence is laid to who spoke before it: they had the floor. Unknown speakers: no moment."""
    heard = conversation.utterances
    starts = [utterance.span.start for utterance in heard]
    for silence in silences:
        after = bisect_left(starts, silence.end)
        before = heard[after - 1]
        if before.speaker is not None:
            evidence = tuple(utterance.id for utterance in heard[after - 1 : after + 1])
            yield Moment(
                0, MomentKind.SILENCE, silence, before.speaker, None, LONG_TURN_SURE, evidence
            )


def _rise(conversation: Conversation, stretch: ToneStretch) -> Moment:
    text = " ".join(said for each in stretch.utterances if (said := conversation.by_id[each].text))
    return Moment(
        0,
        MomentKind.ENERGY_RISE,
        stretch.span,
        stretch.speaker,
        None,
        ENERGY_SURE,
        stretch.utterances,
        text,
    )

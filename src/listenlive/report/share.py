"""A session with everything taken out that belongs to the other: what `--share` may show.

Built by leaving out, before any wording: what is not in the values cannot be on the page, not in
hidden places either. My words go too, since they may repeat what the other said.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from listenlive.analysis.measures import SpeakerMeasures
from listenlive.analysis.results import Analysis, Dimension, Profile, TalkTime
from listenlive.conversation import Conversation, Moment, MomentKind, Person, Trait
from listenlive.errors import ConfigError
from listenlive.report.wording import OTHER, OTHERS

MINE = frozenset(MomentKind) - {MomentKind.SILENCE, MomentKind.DUAL_START}
"""Kinds one person does; a silence and a start together are as much the other's."""

THEIRS = frozenset({Trait.ASKED_FOR, Trait.CONFIRMED, Trait.DENIED})
"""What is known of a moment because of what the other said."""


def mine_only(conversation: Conversation, analysis: Analysis) -> tuple[Conversation, Analysis]:
    """Both with the listener's figures alone: no words, no names, nothing the other did.

    ConfigError if nobody knows who the listener is.
    """
    if (me := conversation.listener) is None:
        raise ConfigError(
            "cannot share my figures: this session does not say who I am. "
            "Say so with --me left, right, 1, 2 or a name."
        )
    return _conversation(conversation, me), _analysis(conversation, analysis, me.id)


def without_names(text: str, conversation: Conversation) -> str:
    """`text` with the names and ids of everybody but the listener made anonymous."""
    me = conversation.listener
    others = [p for p in conversation.people if me is None or p.id != me.id]
    instead = OTHER if len(others) == 1 else OTHERS
    for person in sorted(others, key=lambda p: -len(p.name)):
        if name := person.name.strip():
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", instead, text, flags=re.IGNORECASE)
    return text


def _conversation(conversation: Conversation, me: Person) -> Conversation:
    others = [p for p in conversation.people if p.id != me.id]
    return replace(
        conversation,
        utterances=tuple(
            replace(u, words=()) for u in conversation.utterances if u.speaker == me.id
        ),
        people=tuple(
            p if p.id == me.id else replace(p, name=OTHER if len(others) == 1 else OTHERS)
            for p in conversation.people
        ),
        blind_because=None,
        judgements=(),
        check_ins=(),
        marks=(),
        notes=(),
        recording=replace(conversation.recording, name="") if conversation.recording else None,
    )


def _analysis(conversation: Conversation, analysis: Analysis, me: str) -> Analysis:
    moments = tuple(_without_words(m) for m in analysis.moments if m.by == me and m.kind in MINE)
    closing = without_names(analysis.closing, conversation)
    seconds = {me: analysis.talk_time.seconds.get(me, 0.0)}
    return replace(
        analysis,
        talk_time=TalkTime(seconds, seconds[me], 0.0, 0.0),
        windows=tuple(replace(w, seconds={me: w.seconds.get(me, 0.0)}) for w in analysis.windows),
        turns=tuple(replace(t, text="") for t in analysis.turns if t.speaker == me),
        transitions=(),
        silences=(),
        moments=moments,
        tone=tuple(t for t in analysis.tone if t.speaker == me),
        measures={me: _own(analysis.measures[me])} if me in analysis.measures else {},
        findings=(),  # their sentences may quote or count the other
        worth_hearing=(),
        profiles=tuple(
            _profile(p, conversation, moments) for p in analysis.profiles if p.speaker == me
        ),
        lesson=None,
        # "Only Anna was heard" is not mine to tell.
        closing=closing if closing.startswith("You") else "",
        not_measured=_missing(conversation, analysis, me),
    )


def _profile(profile: Profile, conversation: Conversation, moments: Sequence[Moment]) -> Profile:
    """My dimensions without names, without what the other did, and without quotes to confirm."""
    mine = {moment.id for moment in moments}
    return replace(
        profile,
        dimensions=tuple(
            replace(
                d,
                phrase=without_names(d.phrase, conversation),
                sample=without_names(d.sample, conversation),
                place=d.place and replace(d.place, text=without_names(d.place.text, conversation)),
                beside="",
                moments=tuple(each for each in d.moments if each in mine),
                missing=d.missing and without_names(d.missing, conversation),
            )
            for d in map(_confirmed, profile.dimensions)
        ),
    )


def _confirmed(dimension: Dimension) -> Dimension:
    """`dimension`; an empty place where it is only quotes, since there are no words to confirm."""
    if dimension.value is not None or dimension.missing:
        return dimension
    return replace(
        dimension,
        figure="",
        phrase="not measured",
        sample="",
        place=None,
        moments=(),
        missing="told from words that nobody has confirmed yet",
    )


def _without_words(moment: Moment) -> Moment:
    traits = tuple(trait for trait in moment.traits if trait not in THEIRS)
    return replace(moment, text="", evidence=(), trigger="", answers=(), traits=traits)


def _own(measures: SpeakerMeasures) -> SpeakerMeasures:
    """What I did; what the other did to me is theirs."""
    behaviours = measures.behaviours
    return replace(
        measures,
        interruptions_received=None,
        attempts_received=None,
        behaviours=behaviours
        and replace(behaviours, accuracy_confirmed=None, accuracy_denied=None),
    )


def _missing(conversation: Conversation, analysis: Analysis, me: str) -> dict[str, str]:
    """The reasons for what is missing of my own figures, as far as they tell of nobody else."""
    mine = analysis.measures.get(me)
    if mine is None:
        return {}
    missing = {
        "overlaps": mine.interruptions_made is None,
        "talk_over_rates": mine.talk_overs is None or mine.talk_overs.per_minute is None,
        "response_times": mine.response_median_seconds is None,
        "words": mine.words is None,
        "questions": mine.questions_open is None,
        "behaviours": mine.behaviours is None,
        "tone": not any(stretch.speaker == me for stretch in analysis.tone),
    }
    return {
        name: reason
        for name, reason in analysis.not_measured.items()
        if missing.get(name) and without_names(reason, conversation) == reason
    }

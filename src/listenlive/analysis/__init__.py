"""Understanding: a conversation becomes figures, moments and findings. Pure; never sees audio."""

from collections.abc import Sequence
from dataclasses import replace

from listenlive.analysis.behaviours import behaviours, quoted
from listenlive.analysis.figures import Found, figures
from listenlive.analysis.findings import closing, findings, worth_hearing
from listenlive.analysis.history import Talk
from listenlive.analysis.interruptions import Reading, read
from listenlive.analysis.language import Lexicon, lexicon
from listenlive.analysis.lesson import lesson
from listenlive.analysis.moments import Seen, counted, moments
from listenlive.analysis.overlaps import BLIP, overlaps
from listenlive.analysis.profile import cases, profile
from listenlive.analysis.questions import is_punctuated
from listenlive.analysis.reasons import has_words, not_measured, spoken_language
from listenlive.analysis.replies import asked, replies
from listenlive.analysis.results import Analysis, Turn
from listenlive.analysis.talk_time import talk_time, windows
from listenlive.analysis.tone import rises, tone
from listenlive.analysis.turns import silences, transitions, turns
from listenlive.config import Measuring
from listenlive.conversation import Conversation, MomentKind

__all__ = ["analyse"]


def analyse(
    conversation: Conversation,
    *,
    settings: Measuring | None = None,
    history: Sequence[Talk] = (),
) -> Analysis:
    """What `conversation` shows, by the definitions of docs/MEASURES.md.

    Pure: the same conversation and settings give the same analysis, live, from a file or from a
    saved session. What cannot be measured is None, with the reason in `not_measured`.

    history : earlier conversations, for what is usual between these people
    """
    analysis = _analysed(conversation, settings or Measuring())
    found = cases(conversation, analysis, history=history)
    mine = next((case for case in found if case.who.you), None)
    return replace(
        analysis,
        profiles=tuple(map(profile, found)),
        lesson=lesson(mine) if mine else None,
    )


def _analysed(conversation: Conversation, rules: Measuring) -> Analysis:
    """The analysis without profile and lesson, which read it."""
    words = _lexicon(conversation)
    punctuated = is_punctuated(conversation.utterances)
    readings = _readings(conversation, words, rules, punctuated=punctuated)
    spoken = _turns(conversation, readings, rules)
    quiet = silences(conversation, lapse=rules.lapse)
    stretches = tone(spoken, conversation.by_id, minimum=rules.tone_minimum)
    answered = replies(spoken, conversation.by_id, words, punctuated=punctuated) if words else ()
    seen = Seen(
        readings=readings if conversation.sees_overlap else (),
        questions=asked(answered),
        behaviours=behaviours(answered, words) if words else (),
        long_turns=[turn for turn in spoken if turn.span.duration > rules.long_turn],
        silences=quiet,
        rises=rises(stretches),
    )
    found = moments(conversation, seen)
    counts = Found(
        talk_time=talk_time(conversation),
        turns=spoken,
        transitions=transitions(spoken, lapse=rules.lapse),
        moments=counted(found),
        has_words=has_words(conversation),
        replies=answered,
        lexicon=words,
    )
    measures = figures(conversation, counts, rules)
    return Analysis(
        talk_time=counts.talk_time,
        windows=windows(conversation, width=rules.window),
        turns=spoken,
        transitions=tuple(counts.transitions),
        silences=quiet,
        moments=found,
        tone=stretches,
        measures=measures,
        findings=findings(conversation, counts.moments, spoken, measures),
        worth_hearing=worth_hearing(conversation, counts.moments, spoken),
        closing=closing(conversation, measures),
        not_measured=not_measured(conversation, measures, stretches, rules),
        quoted=quoted(words),
    )


def _lexicon(conversation: Conversation) -> Lexicon | None:
    """The word lists for what was said; None without words, or for a language without lists."""
    language = spoken_language(conversation) if has_words(conversation) else None
    return lexicon(language) if language else None


def _readings(
    conversation: Conversation, words: Lexicon | None, settings: Measuring, *, punctuated: bool
) -> list[Reading]:
    """The overlaps by timing, with their words read."""
    found = (
        read(overlap, conversation, lexicon=words, punctuated=punctuated, settings=settings)
        for overlap in overlaps(conversation, settings=settings)
    )
    return [reading for reading in found if reading is not None]


def _turns(
    conversation: Conversation, readings: Sequence[Reading], settings: Measuring
) -> tuple[Turn, ...]:
    """Turns without listener signals and blips; who gave way took nobody's turn."""

    def entries(*kinds: MomentKind) -> set[int]:
        return {each for r in readings if r.overlap.kind in kinds for each in r.overlap.entry}

    blips = {u.id for u in conversation.utterances if u.span.duration < BLIP and not u.words}
    return turns(
        conversation,
        asides=entries(MomentKind.BACKCHANNEL) | blips,
        failed=entries(MomentKind.ATTEMPT, MomentKind.DUAL_START),
        gap=settings.turn_gap,
    )

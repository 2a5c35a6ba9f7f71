"""Why a figure is missing, as sentences for the report."""

from collections.abc import Mapping, Sequence

from listenlive.analysis.findings import wording
from listenlive.analysis.language import languages
from listenlive.analysis.measures import SpeakerMeasures
from listenlive.analysis.rates import minutes
from listenlive.analysis.results import ToneStretch
from listenlive.config import Measuring
from listenlive.conversation import Conversation

BLIND = "people talking at once cannot be told apart in this recording"


def not_measured(
    conversation: Conversation,
    measures: Mapping[str, SpeakerMeasures],
    stretches: Sequence[ToneStretch],
    settings: Measuring,
) -> dict[str, str]:
    """Name of each figure that is missing, with the reason. What was measured is not in it.

    Names: speech, overlaps, talk_over_rates, response_times, words, questions, behaviours, tone,
    listener.
    """
    heard = [speaker for speaker, theirs in conversation.by_speaker.items() if theirs]
    if not conversation.utterances:
        return {"speech": "no speech was found in this recording"}
    reasons = {
        "speech": None if heard else "speech was heard, but not by whom",
        "overlaps": _overlaps(conversation, heard),
        "talk_over_rates": _rates(measures),
        "response_times": _responses(conversation, measures, heard),
        "words": None if has_words(conversation) else "nothing was transcribed",
        "questions": _questions(conversation),
        "behaviours": "told from words, as questions are" if _questions(conversation) else None,
        "tone": _tone(conversation, heard, stretches, settings),
        "listener": _listener(conversation, heard),
    }
    return {name: reason for name, reason in reasons.items() if reason is not None}


def has_words(conversation: Conversation) -> bool:
    """Whether anything was transcribed."""
    return any(utterance.words for utterance in conversation.utterances)


def spoken_language(conversation: Conversation) -> str | None:
    """The language of `conversation`, or what most of its utterances are in; None: unknown."""
    if conversation.language is not None:
        return conversation.language
    found = [u.language for u in conversation.utterances if u.words and u.language is not None]
    return max(sorted(set(found)), key=found.count, default=None)


def _overlaps(conversation: Conversation, heard: Sequence[str]) -> str | None:
    if not conversation.sees_overlap:
        return conversation.blind_because or BLIND
    return _alone(conversation, heard)


def _alone(conversation: Conversation, heard: Sequence[str]) -> str | None:
    if len(heard) == 1:
        return f"only {_was(conversation, heard[0])} heard"
    return None


def _rates(measures: Mapping[str, SpeakerMeasures]) -> str | None:
    withheld = [each.talk_overs.withheld for each in measures.values() if each.talk_overs]
    return next((reason for reason in withheld if reason), None)


def _responses(
    conversation: Conversation, measures: Mapping[str, SpeakerMeasures], heard: Sequence[str]
) -> str | None:
    if any(each.response_count for each in measures.values()):
        return None
    return _alone(conversation, heard) or "nobody replied after a gap"


def _questions(conversation: Conversation) -> str | None:
    if not has_words(conversation):
        return "nothing was transcribed"
    language = spoken_language(conversation)
    if language in languages():
        return None
    known = ", ".join(languages())
    spoken = f"this conversation is in {language!r}" if language else "the language is not known"
    return f"questions are told by word lists, which there are for {known} only; {spoken}"


def _tone(
    conversation: Conversation,
    heard: Sequence[str],
    stretches: Sequence[ToneStretch],
    settings: Measuring,
) -> str | None:
    described = {stretch.speaker for stretch in stretches}
    names = [wording(conversation, each).object for each in heard if each not in described]
    if not names:
        return None
    if all(utterance.tone is None for utterance in conversation.utterances):
        return "pitch, level and pace were not measured"
    return (
        f"too little was heard of {' and '.join(names)} to know what is usual; "
        f"{minutes(settings.tone_minimum)} in several stretches are needed"
    )


def _listener(conversation: Conversation, heard: Sequence[str]) -> str | None:
    if conversation.listener is None:
        return "it is not known who you are: say it with --me"
    if conversation.listener.id not in heard:
        return f"{_was(conversation, conversation.listener.id)} not heard"
    return None


def _was(conversation: Conversation, speaker: str) -> str:
    """ "you were", "Ana was"."""
    return wording(conversation, speaker).was

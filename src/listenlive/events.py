"""All that happens in a session, as events; and the fold that makes a conversation of them.

Events are the truth on disk (one JSON line each). `apply` is pure: replaying a saved session
gives the same conversation, with no model and no audio.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args

from cattrs import Converter
from cattrs.errors import BaseValidationError

from listenlive.conversation import (
    CheckIn,
    Consent,
    Conversation,
    Goal,
    Judgement,
    Mark,
    Person,
    Practice,
    PracticeAnswer,
    PracticeStep,
    Recording,
    Utterance,
    Word,
)
from listenlive.errors import SessionError
from listenlive.regrouping import merged, moved, split
from listenlive.span import Span

FORMAT = "listenlive-events/1"


@dataclass(frozen=True, slots=True)
class Started:
    """A session began. `at`: the wall clock (ISO 8601), for people; nothing is computed from it.

    dated : of a file: `at` is when it was recorded, else when it was analysed
    """

    at: str
    kind: str  # "file" or "live"
    name: str
    channels: int
    format: str = FORMAT
    dated: bool = False


@dataclass(frozen=True, slots=True)
class ChannelsDecided:
    """How the channels are heard: "split" (one person each) or "mix", and why."""

    layout: str
    reason: str


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech began at `at` seconds on `channel`."""

    at: float
    channel: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """A region of speech ended; it is now being recognised."""

    span: Span
    channel: int


@dataclass(frozen=True, slots=True)
class UtteranceHeard:
    """An utterance, its speaker still provisional."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Relabelled:
    """The utterances `replaced` (ids) are replaced by `utterances`."""

    replaced: tuple[int, ...]
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Diarized:
    """Who there is in the recording, and whether people talking at once can be heard in it."""

    people: tuple[Person, ...]
    sees_overlap: bool
    blind_because: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LanguageDetected:
    """The language spoken, as an ISO 639-1 code, and how sure that is (None: it was given)."""

    language: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class Noted:
    """A sentence for the report about how the recording was heard."""

    text: str


@dataclass(frozen=True, slots=True)
class ListenerSet:
    """Who "me" is; None: unknown."""

    speaker: str | None


@dataclass(frozen=True, slots=True)
class PersonNamed:
    """The user gave a person a name."""

    speaker: str
    name: str


@dataclass(frozen=True, slots=True)
class WordsCorrected:
    """The user corrected what was said in an utterance."""

    utterance: int
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class MomentJudged:
    """The user said whether a moment is right."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class UtteranceMoved:
    """The user said that somebody else said this; None: nobody knows who."""

    utterance: int
    speaker: str | None


@dataclass(frozen=True, slots=True)
class SpeakersMerged:
    """The user said that `speaker` and `into` are one person."""

    speaker: str
    into: str


@dataclass(frozen=True, slots=True)
class SpeakerSplit:
    """The user said that from `at` on, who was taken for `speaker` is `person`, who is new."""

    speaker: str
    at: float
    person: Person


@dataclass(frozen=True, slots=True)
class Undone:
    """The user took a correction back: the one at this place among all events, from 0."""

    correction: int


@dataclass(frozen=True, slots=True)
class Titled:
    """The user gave the session a title; "" takes it away."""

    title: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """The user's tags on the session, all of them."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AudioLost:
    """Nothing was recorded during `span`."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Paused:
    """The user paused at `at`: nothing is recorded, the audio clock stands still."""

    at: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """The session went on at `at` (where it was paused), after `seconds` of wall clock."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Consented:
    """Everybody in the room knows that this is recorded: said by whom, how and when."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class GoalSet:
    """What the talk is for; it changes what is expected of the listener, never a figure."""

    goal: Goal


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """Somebody answered the questions of a form."""

    check_in: CheckIn


@dataclass(frozen=True, slots=True)
class Marked:
    """The user marked a moment while listening, maybe with a note."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class PracticeBegan:
    """From here on this is the exercise called `exercise`, with given roles."""

    exercise: str


@dataclass(frozen=True, slots=True)
class PracticeStepEnded:
    """A step of the exercise was gone through."""

    step: PracticeStep


@dataclass(frozen=True, slots=True)
class PracticeAnswered:
    """Somebody answered a question of the exercise with a key."""

    answer: PracticeAnswer


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of the recording, in seconds. A session without it was cut off."""

    at: float


Event = (
    Started
    | ChannelsDecided
    | SpeechStarted
    | SpeechEnded
    | UtteranceHeard
    | Relabelled
    | Diarized
    | LanguageDetected
    | Noted
    | ListenerSet
    | PersonNamed
    | WordsCorrected
    | MomentJudged
    | UtteranceMoved
    | SpeakersMerged
    | SpeakerSplit
    | Undone
    | Titled
    | Tagged
    | AudioLost
    | Paused
    | Resumed
    | Consented
    | GoalSet
    | CheckedIn
    | Marked
    | PracticeBegan
    | PracticeStepEnded
    | PracticeAnswered
    | Ended
)


Correction = (
    ListenerSet
    | PersonNamed
    | WordsCorrected
    | MomentJudged
    | UtteranceMoved
    | SpeakersMerged
    | SpeakerSplit
)
"""What the user puts right afterwards, and may take back."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Who is heard now, at `at` seconds. For the live view only: never folded, never stored."""

    at: float
    speakers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Partial:
    """What is being said now, as far as it is understood. For the live view only."""

    span: Span
    text: str
    speaker: str | None


@dataclass(frozen=True, slots=True)
class TalkOverHeard:
    """`by` came in over `over` and is no mere backchannel. For the live view only."""

    at: float
    by: str
    over: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Hearing is `seconds` behind the microphone; 0 when it caught up. For the live view only."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Expected:
    """Who is who, as far as voices tell by now; decided at the end. For the live view only."""

    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Announced:
    """A sentence for who is looking, such as that the session is about to end. For the live view
    only.
    """

    at: float
    text: str


Passing = Activity | Partial | TalkOverHeard | Behind | Expected | Announced
"""What only the live view reads."""


def apply(conversation: Conversation, event: Event) -> Conversation:
    """The conversation after `event`. Events that change nothing of it return it as it is."""
    if isinstance(event, Correction):
        return _corrected(conversation, event)
    match event:
        case UtteranceHeard(utterance):
            return _with_utterance(conversation, utterance)
        case Relabelled(replaced, utterances):
            gone = set(replaced)
            kept = [u for u in conversation.utterances if u.id not in gone]
            return _with_utterances(conversation, (*kept, *utterances))
        case Consented() | GoalSet() | CheckedIn() | Marked() | Paused():
            return _accompanied(conversation, event)
        case PracticeBegan() | PracticeStepEnded() | PracticeAnswered():
            return replace(conversation, practice=_practised(conversation.practice, event))
    return _described(conversation, event)


def _described(conversation: Conversation, event: Event) -> Conversation:
    """What is known of the recording as a whole, folded in."""
    changes: dict[str, Any] = {}
    match event:
        case Started(at, kind, name, channels, dated=dated):
            changes = {"recording": Recording(kind, name, channels, at, dated)}
        case ChannelsDecided(_, reason):
            changes = {"notes": (*conversation.notes, reason)}
        case Noted(text):
            changes = {"notes": (*conversation.notes, text)}
        case Diarized(people, sees_overlap, blind_because, notes):
            changes = {
                "people": people,
                "sees_overlap": sees_overlap,
                "blind_because": blind_because,
                "notes": (*conversation.notes, *notes),
            }
        case LanguageDetected(language):
            changes = {"language": language}
        case AudioLost(span):
            changes = {"lost": (*conversation.lost, span)}
        case Titled(title):
            changes = {"title": title or None}
        case Tagged(tags):
            changes = {"tags": tags}
        case Ended(at):
            changes = {"duration": at}
    return replace(conversation, **changes) if changes else conversation


def _accompanied(
    conversation: Conversation, event: Consented | GoalSet | CheckedIn | Marked | Paused
) -> Conversation:
    """What people said or did around the talk itself, folded in."""
    match event:
        case Consented(consent):
            return replace(conversation, consent=consent)
        case GoalSet(goal):
            return replace(conversation, goal=goal)
        case CheckedIn(check_in):
            return replace(conversation, check_ins=(*conversation.check_ins, check_in))
        case Marked(mark):
            return replace(conversation, marks=(*conversation.marks, mark))
        case Paused(at):
            return replace(conversation, pauses=(*conversation.pauses, at))


def _practised(
    practice: Practice | None, event: PracticeBegan | PracticeStepEnded | PracticeAnswered
) -> Practice:
    """The exercise after `event`; one that never began has no name."""
    known = practice or Practice("")
    match event:
        case PracticeBegan(exercise):
            return Practice(exercise)
        case PracticeStepEnded(step):
            return replace(known, steps=(*known.steps, step))
        case PracticeAnswered(answer):
            return replace(known, answers=(*known.answers, answer))


def _corrected(conversation: Conversation, event: Correction) -> Conversation:
    """What the user said afterwards, folded in."""
    match event:
        case ListenerSet(speaker):
            return conversation.with_listener(speaker)
        case PersonNamed(speaker, name):
            people = tuple(
                replace(p, name=name) if p.id == speaker else p for p in conversation.people
            )
            return replace(conversation, people=people)
        case WordsCorrected(utterance, words):
            changed = tuple(
                replace(u, words=words) if u.id == utterance else u for u in conversation.utterances
            )
            return replace(conversation, utterances=changed)
        case MomentJudged(judgement):
            return replace(conversation, judgements=(*conversation.judgements, judgement))
        case UtteranceMoved() | SpeakersMerged() | SpeakerSplit():
            return _regrouped(conversation, event)


def _regrouped(
    conversation: Conversation, event: UtteranceMoved | SpeakersMerged | SpeakerSplit
) -> Conversation:
    """Who said what, as the user said afterwards, folded in."""
    match event:
        case UtteranceMoved(utterance, speaker):
            return moved(conversation, utterance, speaker)
        case SpeakersMerged(speaker, into):
            return merged(conversation, speaker, into)
        case SpeakerSplit(speaker, at, person):
            return split(conversation, speaker, at, person)


def replay(events: Iterable[Event]) -> Conversation:
    """The conversation that `events` tell of, without what was undone."""
    conversation = Conversation()
    for _, event in in_force(events):
        conversation = apply(conversation, event)
    return conversation


def in_force(events: Iterable[Event]) -> tuple[tuple[int, Event], ...]:
    """`events` with their places, without corrections that were undone.

    ::

        0 UtteranceHeard   1 Ended   2 PersonNamed   3 Undone(2)   4 ListenerSet
        in force:  0, 1, 3, 4
    """
    known = tuple(events)
    undone = {event.correction for event in known if isinstance(event, Undone)}
    return tuple(
        (at, event)
        for at, event in enumerate(known)
        if at not in undone or not isinstance(event, Correction)
    )


def corrections(events: Iterable[Event]) -> tuple[tuple[int, Correction], ...]:
    """What the user put right after the end and did not take back, with its place, in order."""
    found: list[tuple[int, Correction]] = []
    ended = False
    for at, event in in_force(events):
        ended = ended or isinstance(event, Ended)
        if ended and isinstance(event, Correction):
            found.append((at, event))
    return tuple(found)


def original(events: Iterable[Event]) -> Conversation:
    """The conversation as it was heard, without the user's corrections."""
    known = tuple(events)
    corrected = {at for at, _ in corrections(known)}
    conversation = Conversation()
    for at, event in in_force(known):  # places are those of all events: `Undone` names them
        if at not in corrected:
            conversation = apply(conversation, event)
    return conversation


def to_json(event: Event) -> str:
    """`event` as one line of JSON, without the newline."""
    return to_json_line(event)


def from_json(line: str) -> Event:
    """The event in a line that `to_json` wrote. SessionError, without its words, if it is none."""
    try:
        told = json.loads(line)
        event: Event = _converter().structure(told, _EVENTS[told.pop("event")])
    except (ValueError, LookupError, TypeError, AttributeError, BaseValidationError) as error:
        raise SessionError(
            f"a line is not an event of {FORMAT}. It may come from a newer listenlive: "
            "update, or remove the session with `listenlive forget`."
        ) from error
    return event


def to_json_line(event: Event | Passing) -> str:
    """As `to_json`, also for what passes: what a view in another program reads."""
    told = {**_converter().unstructure(event), "event": type(event).__name__}
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


_EVENTS: Mapping[str, type[Any]] = {each.__name__: each for each in get_args(Event)}
"""What a line may be. How each is read is worked out when the first of its kind comes up."""


@cache
def _converter() -> Converter:
    return Converter(forbid_extra_keys=True)


def _with_utterance(conversation: Conversation, utterance: Utterance) -> Conversation:
    """With one more; most come in order of time, and then nothing needs sorting."""
    heard = conversation.utterances
    if heard and _order(utterance) < _order(heard[-1]):
        return _with_utterances(conversation, (*heard, utterance))
    return replace(conversation, utterances=(*heard, utterance))


def _with_utterances(conversation: Conversation, utterances: Iterable[Utterance]) -> Conversation:
    return replace(conversation, utterances=tuple(sorted(utterances, key=_order)))


def _order(utterance: Utterance) -> tuple[float, float, int]:
    return utterance.span.start, utterance.span.end, utterance.id

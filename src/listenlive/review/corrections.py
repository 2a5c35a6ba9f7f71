"""What a page asks to put right becomes an event, or is refused with the reason.

Checked here, at the border, against the session as it is now; the fold trusts what is on disk.
"""

import difflib
from collections.abc import Mapping
from itertools import count
from typing import Any

from listenlive.conversation import (
    Conversation,
    Judgement,
    Moment,
    MomentKind,
    Person,
    Utterance,
    Word,
)
from listenlive.errors import SessionError
from listenlive.events import (
    Correction,
    Event,
    ListenerSet,
    MomentJudged,
    PersonNamed,
    SpeakersMerged,
    SpeakerSplit,
    Undone,
    UtteranceMoved,
    WordsCorrected,
    corrections,
)
from listenlive.plain import one_line
from listenlive.review.shelf import Opened
from listenlive.span import Span

LONGEST_NAME = 80  # characters; longer is a slip, and breaks every line it stands in
LONGEST_WORDS = 5_000  # characters of one utterance; fast talk is 20 a second
SURE = 1.0  # words the user typed are certain

Asked = Mapping[str, Any]


def event_of(asked: Asked, opened: Opened) -> Event:
    """The event that does what is `asked`. SessionError where that makes no sense here."""
    conversation = opened.conversation
    match asked.get("do"):
        case "name":
            return PersonNamed(_speaker(asked, conversation), _name(asked.get("name")))
        case "me":
            return ListenerSet(_speaker(asked, conversation))
        case "merge" | "split" | "move":
            return _regrouping(asked, conversation)
        case "words":
            return _words(_utterance(asked, conversation), asked.get("text"))
        case "judge":
            return _judgement(asked, opened)
        case "undo":
            return _undo(asked, opened)
    raise SessionError(f"nothing here is called {asked.get('do')!r}.")


def _regrouping(asked: Asked, conversation: Conversation) -> Correction:
    if asked["do"] == "move":
        to = asked.get("speaker")
        speaker = None if to is None else _speaker(asked, conversation)
        return UtteranceMoved(_utterance(asked, conversation).id, speaker)
    speaker = _speaker(asked, conversation)
    if asked["do"] == "merge":
        into = _speaker(asked, conversation, field="into")
        if into == speaker:
            raise SessionError("a person cannot be merged with themselves; choose another one.")
        return SpeakersMerged(speaker, into)
    at = asked.get("at")
    if not isinstance(at, int | float) or not 0 <= at <= conversation.duration:
        raise SessionError(f"{at!r} is no time of this session, in seconds.")
    if not any(u.span.end > at for u in conversation.by_speaker.get(speaker, ())):
        raise SessionError("nothing is said by this person after that; choose an earlier point.")
    if not any(u.span.start < at for u in conversation.by_speaker.get(speaker, ())):
        raise SessionError("nothing is said by this person before that; give them a name instead.")
    person = Person(_new_id(conversation), _name(asked.get("name")))
    return SpeakerSplit(speaker, float(at), person)


def _words(utterance: Utterance, text: object) -> WordsCorrected:
    if not isinstance(text, str) or len(text) > LONGEST_WORDS:
        raise SessionError(f"the words are too long; at most {LONGEST_WORDS} characters fit.")
    return WordsCorrected(utterance.id, retimed(utterance, one_line(text)))


def retimed(utterance: Utterance, text: str) -> tuple[Word, ...]:
    """The words of `text`, those that were heard at their times, others spread between them.

    ::

        heard    |how|  |are|  |ewe|
        typed    how are you all
        retimed  |how|  |are|  |you|all|
    """
    heard, typed = utterance.words, text.split()
    matcher = difflib.SequenceMatcher(None, [w.text for w in heard], typed, autojunk=False)
    found: list[Word] = []
    for tag, i, j, a, b in matcher.get_opcodes():
        if tag == "equal":
            found += heard[i:j]
        elif tag != "delete":
            before = found[-1].span.end if found else utterance.span.start
            start = heard[i].span.start if i < j else before
            end = heard[j - 1].span.end if i < j else _next_start(utterance, j)
            found += _spread(typed[a:b], min(start, end), max(start, end))
    return tuple(found)


def _next_start(utterance: Utterance, at: int) -> float:
    heard = utterance.words
    return heard[at].span.start if at < len(heard) else utterance.span.end


def _spread(texts: list[str], start: float, end: float) -> list[Word]:
    each = max(end - start, 0.01 * len(texts)) / len(texts)  # a word takes some time, if little
    return [
        Word(text, Span(start + n * each, start + (n + 1) * each), SURE)
        for n, text in enumerate(texts)
    ]


def _judgement(asked: Asked, opened: Opened) -> MomentJudged:
    moment = _moment(asked, opened)
    heard = moment.heard_as or moment.kind
    verdict = asked.get("verdict")
    if verdict in ("right", "wrong"):
        return MomentJudged(Judgement(heard, moment.by, moment.span.start, verdict == "right"))
    try:
        other = MomentKind(str(verdict))
    except ValueError:
        raise SessionError(
            f"{verdict!r} is no judgement; allowed: right, wrong, or a kind of moment."
        ) from None
    return MomentJudged(Judgement(heard, moment.by, moment.span.start, True, other))


def _undo(asked: Asked, opened: Opened) -> Undone:
    known = corrections(opened.events)
    if not known:
        raise SessionError("there is nothing to undo.")
    if asked.get("correction") != known[-1][0]:
        raise SessionError("only the latest correction can be undone; the others follow in turn.")
    return Undone(known[-1][0])


def _speaker(asked: Asked, conversation: Conversation, *, field: str = "speaker") -> str:
    wanted = asked.get(field)
    if wanted not in conversation.speakers:
        raise SessionError(f"there is no person {wanted!r} in this session (any more).")
    return str(wanted)


def _utterance(asked: Asked, conversation: Conversation) -> Utterance:
    wanted = asked.get("utterance")
    if not isinstance(wanted, int) or wanted not in conversation.by_id:
        raise SessionError("that utterance is not there (any more); look at the session again.")
    return conversation.by_id[wanted]


def _moment(asked: Asked, opened: Opened) -> Moment:
    wanted = asked.get("moment")
    for moment in opened.analysis.moments:
        if moment.id == wanted:
            return moment
    raise SessionError("that moment is not there (any more); look at the session again.")


def _name(given: object) -> str:
    name = one_line(given).strip() if isinstance(given, str) else ""
    if not name or len(name) > LONGEST_NAME:
        raise SessionError(f"a name has 1 to {LONGEST_NAME} characters; this one has {len(name)}.")
    return name


def _new_id(conversation: Conversation) -> str:
    """An id nobody has: the next letter, or P27, P28, ..."""
    taken = set(conversation.speakers)
    letters = (chr(ord("A") + n) if n < 26 else f"P{n + 1}" for n in count())
    return next(each for each in letters if each not in taken)

"""Who said what, put right: utterances given to somebody else, people joined or told apart."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from listenlive.conversation import Conversation, Person, Role, Utterance, Word
from listenlive.span import Span


def moved(conversation: Conversation, utterance: int, speaker: str | None) -> Conversation:
    """The same with one utterance said by `speaker` (None: nobody knows whom)."""
    return _said_by(conversation, lambda u: speaker if u.id == utterance else u.speaker)


def merged(conversation: Conversation, speaker: str, into: str) -> Conversation:
    """The same with all that `speaker` said said by `into`, and `speaker` gone.

    Who was the listener still is: if one of the two was, they are it together.
    """
    listener = conversation.listener
    kept = tuple(p for p in conversation.people if p.id != speaker)
    joined = replace(
        _said_by(conversation, lambda u: into if u.speaker == speaker else u.speaker), people=kept
    )
    return joined.with_listener(into) if listener and listener.id == speaker else joined


def split(conversation: Conversation, speaker: str, at: float, person: Person) -> Conversation:
    """The same with what `speaker` said from `at` on said by `person`, who is new.

    ::

        A         |=====|   |=======|  |==|
                                at
        split     |=====|   |===|
        person                  |===|  |==|
    """
    cut = _cut(conversation, speaker, at)
    role = Role.PARTNER if conversation.listener else None
    people = (*conversation.people, replace(person, role=role))

    def by(utterance: Utterance) -> str | None:
        later = utterance.speaker == speaker and utterance.span.start >= at
        return person.id if later else utterance.speaker

    return _said_by(replace(cut, people=people), by)


def _said_by(
    conversation: Conversation, speaker: Callable[[Utterance], str | None]
) -> Conversation:
    """The same with each utterance said by whom `speaker` says; nobody's overlap their own."""
    by: dict[str | None, list[Utterance]] = {}
    for utterance in conversation.utterances:
        one = speaker(utterance)
        same = utterance if one == utterance.speaker else replace(utterance, speaker=one)
        by.setdefault(one, []).append(same)
    unknown = by.pop(None, [])  # nobody's: maybe several people's, so they may overlap
    found = [*unknown, *(u for theirs in by.values() for u in _apart(theirs))]
    found.sort(key=lambda u: (u.span.start, u.span.end, u.id))
    return replace(conversation, utterances=tuple(found))


def _apart(utterances: Iterable[Utterance]) -> list[Utterance]:
    """`utterances` of one person, in order, those that overlap joined to one."""
    found: list[Utterance] = []
    for utterance in utterances:
        if found and utterance.span.start < found[-1].span.end:
            found[-1] = _joined(found[-1], utterance)
        else:
            found.append(utterance)
    return found


def _joined(first: Utterance, second: Utterance) -> Utterance:
    """Both as one, known by the id of the first; the tone is that of the longer."""
    longer = max(first, second, key=lambda u: u.span.duration)
    return replace(
        first,
        span=Span(first.span.start, max(first.span.end, second.span.end)),
        words=tuple(sorted((*first.words, *second.words), key=lambda w: w.span)),
        tone=longer.tone,
        confidence=min(first.confidence, second.confidence),
    )


def _cut(conversation: Conversation, speaker: str, at: float) -> Conversation:
    """The same with the utterance of `speaker` that goes on at `at` cut in two there, if any."""
    parts: list[Utterance] = []
    for u in conversation.utterances:
        if u.speaker == speaker and u.span.start < at < u.span.end:
            fresh = max(conversation.by_id) + 1
            parts.append(replace(u, span=Span(u.span.start, at), words=_until(u.words, at)))
            rest = u.words[len(parts[-1].words) :]
            parts.append(replace(u, id=fresh, span=Span(at, u.span.end), words=rest))
        else:
            parts.append(u)
    return replace(conversation, utterances=tuple(parts))


def _until(words: tuple[Word, ...], at: float) -> tuple[Word, ...]:
    """The words before the first that lies mostly after `at`."""
    later = (i for i, word in enumerate(words) if word.span.middle >= at)
    return words[: next(later, len(words))]

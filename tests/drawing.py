"""Conversations as pictures: one row per speaker, one column per half second."""

import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import TypeVar

from listenlive.conversation import Conversation, Person, Tone, Utterance, Word
from listenlive.span import Span

T = TypeVar("T")
ROW = re.compile(r"^\s*(\w+)  (.*)$")


def draw(
    picture: str,
    *,
    step: float = 0.5,
    words: Mapping[str, Sequence[str]] | None = None,
    listener: str | None = None,
    sees_overlap: bool = True,
    tones: Mapping[str, Sequence[Tone]] | None = None,
) -> Conversation:
    """The conversation in `picture`; each run of "=" is an utterance.

    ::

        A  ====  ==        speaker, two spaces, then one column per `step` seconds
        B     ===

    words    : per speaker, the text of each utterance in order ("" for none), spread evenly
    tones    : per speaker, the tone of each utterance in order
    listener : who "me" is; the conversation is in English
    """
    ids = count(1)
    rows = [match.groups() for line in picture.splitlines() if (match := ROW.match(line))]
    heard: list[Utterance] = []
    for speaker, row in rows:
        for at, run in enumerate(re.finditer("=+", row)):
            span = Span(run.start() * step, run.end() * step)
            said = _nth((words or {}).get(speaker, ()), at) or ""
            tone = _nth((tones or {}).get(speaker, ()), at)
            heard.append(Utterance(next(ids), speaker, span, spread(said, span), "en", tone))
    speakers = sorted({speaker for speaker, _ in rows})
    conversation = Conversation(
        utterances=tuple(sorted(heard, key=lambda each: each.span)),
        duration=max((len(row) for _, row in rows), default=0) * step,
        people=tuple(Person(each, f"Speaker {each}") for each in speakers),
        sees_overlap=sees_overlap,
        language="en",
    )
    return conversation.with_listener(listener)


def spread(text: str, span: Span) -> tuple[Word, ...]:
    """The words of `text`, evenly over `span`."""
    said = text.split()
    each = span.duration / max(len(said), 1)
    return tuple(
        Word(word, Span(span.start + at * each, span.start + (at + 1) * each), 0.9)
        for at, word in enumerate(said)
    )


def _nth(items: Sequence[T], at: int) -> T | None:
    return items[at] if at < len(items) else None

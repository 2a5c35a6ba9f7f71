"""Counselling sessions whose utterances people labelled (AnnoMI), as conversations.

Rows of one utterance by several annotators: the first is taken. Times in the file are whole
seconds and overlap nowhere, so utterances are laid end to end at an ordinary pace.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from listenlive.conversation import Conversation, Person, Role, Utterance, Word
from listenlive.span import Span

WORD_SECONDS = 0.3
GAP_SECONDS = 0.3
THERAPIST, CLIENT = "A", "B"


@dataclass(frozen=True, slots=True)
class Labels:
    """What people said of one utterance of the therapist. `open` None: no question."""

    question: bool
    open: bool | None
    reflection: bool
    complex: bool | None
    input: bool
    advice: bool


@dataclass(frozen=True, slots=True)
class Session:
    """One session: what was said in order, and the labels of the therapist's utterances by id."""

    id: str
    low_quality: bool
    texts: tuple[tuple[int, str, str], ...]  # utterance id, speaker, text
    labels: dict[int, Labels]

    def conversation(self, *, punctuated: bool) -> Conversation:
        """As it would be transcribed, with or without punctuation."""
        heard: list[Utterance] = []
        at = 0.0
        for number, speaker, text in self.texts:
            said = text.split() if punctuated else text.translate(_STRIPPED).split()
            words = tuple(
                Word(word, Span(at + n * WORD_SECONDS, at + (n + 1) * WORD_SECONDS), 1.0)
                for n, word in enumerate(said)
            )
            span = Span(at, at + WORD_SECONDS * max(len(words), 1))
            heard.append(Utterance(number, speaker, span, words, "en"))
            at = span.end + GAP_SECONDS
        people = (
            Person(THERAPIST, "Therapist", Role.LISTENER),
            Person(CLIENT, "Client", Role.PARTNER),
        )
        return Conversation(tuple(heard), at, people, language="en")


def read(path: Path) -> list[Session]:
    """The sessions in `path`, in order of their number."""
    rows: dict[str, dict[int, dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["transcript_id"], {}).setdefault(int(row["utterance_id"]), row)
    return [_session(number, rows[number]) for number in sorted(rows, key=int)]


def halves(sessions: list[Session]) -> tuple[list[Session], list[Session]]:
    """Every other session, of good and of poor ones: rules are made on one half, not the other."""
    ours: list[Session] = []
    for low in (False, True):
        ours += [session for session in sessions if session.low_quality is low][::2]
    chosen = {session.id for session in ours}
    return ours, [session for session in sessions if session.id not in chosen]


_STRIPPED = str.maketrans(dict.fromkeys("?.,!:;", " "))


def _session(number: str, rows: dict[int, dict[str, str]]) -> Session:
    texts, labels = [], {}
    for at, row in sorted(rows.items()):
        listener = row["interlocutor"] == "therapist"
        texts.append((at, THERAPIST if listener else CLIENT, row["utterance_text"]))
        if listener:
            labels[at] = _labels(row)
    low = next(iter(rows.values()))["mi_quality"] == "low"
    return Session(number, low, tuple(texts), labels)


def _labels(row: dict[str, str]) -> Labels:
    question = row["question_exists"] == "True"
    reflection = row["reflection_exists"] == "True"
    return Labels(
        question,
        row["question_subtype"] == "open" if question else None,
        reflection,
        row["reflection_subtype"] == "complex" if reflection else None,
        row["therapist_input_exists"] == "True",
        row["therapist_input_subtype"] in ("advice", "options"),
    )

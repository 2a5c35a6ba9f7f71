"""The transcript as lines: who said what when, and how it sounded."""

from collections.abc import Iterator
from dataclasses import dataclass

from listenlive.analysis.results import Analysis
from listenlive.conversation import TALK_OVERS, Conversation, Utterance
from listenlive.plain import one_line
from listenlive.report.entries import people
from listenlive.report.wording import clock, who

SECTION_SECONDS = 600.0  # ten minutes of talk are a few screens
LINE_GAP = 2.0  # the silence that ends a turn (DESIGN.md, "three gaps")
LINE_SECONDS = 45.0  # longer lines are cut, so that a time is always near


@dataclass(frozen=True, slots=True)
class Tag:
    """A moment that lies in a line; leads to its entry."""

    moment: int
    label: str
    talk_over: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One person's utterances in a row. `text` is "" if no word was understood."""

    at: str
    person: int
    name: str
    text: str
    tone: tuple[str, ...]
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of ten minutes."""

    title: str
    lines: tuple[Line, ...]


LABELS = {
    "interruption": "came in",
    "attempt": "came in, stopped again",
    "dual_start": "began together",
    "question_open": "open question",
    "question_closed": "closed question",
    "long_turn": "long turn",
    "energy_rise": "energy rises",
    "follow_up": "asked more",
    "stacked_questions": "several questions",
    "reflection": "said back",
    "validation": "makes sense",
    "emotion_named": "feeling named",
    "accuracy_check": "checked",
    "advice": "advice",
    "dismissal": "makes less of it",
    "sympathy": "sympathy",
    "self_shift": "own story",
    "blame": "may blame",
    "i_statement": "says how it is",
    "appreciation": "thanks or praise",
    "not_taken_up": "not taken up",
}


def transcript(
    conversation: Conversation, analysis: Analysis, *, linked: frozenset[int]
) -> tuple[Section, ...]:
    """Everything that was said, in sections. Tags lead only to the moments in `linked`."""
    tones = {i: stretch for stretch in analysis.tone for i in stretch.utterances}
    tags: dict[int, list[Tag]] = {}
    for moment in analysis.moments:
        label = LABELS.get(moment.kind.value)
        own = [
            i
            for i in moment.evidence
            if i in conversation.by_id and conversation.by_id[i].speaker == moment.by
        ]
        if label and own and moment.id in linked:
            tags.setdefault(own[0], []).append(Tag(moment.id, label, moment.kind in TALK_OVERS))
    sections: dict[int, list[Line]] = {}
    described: set[int] = set()
    for run in runs(conversation):
        stretches = [tones[u.id] for u in run if u.id in tones]
        new = [s for s in stretches if id(s) not in described]
        described.update(id(s) for s in stretches)
        words = dict.fromkeys(word for s in new for word in s.words if word != "steady")
        line = _line(
            conversation, run, tuple(words), tuple(t for u in run for t in tags.get(u.id, ()))
        )
        sections.setdefault(int(run[0].span.start // SECTION_SECONDS), []).append(line)
    return tuple(
        Section(f"From {clock(number * SECTION_SECONDS)}", tuple(lines))
        for number, lines in sorted(sections.items())
    )


def runs(conversation: Conversation) -> Iterator[list[Utterance]]:
    """Utterances in a row by one speaker without a long silence between."""
    run: list[Utterance] = []
    for utterance in conversation.utterances:
        if run and (
            utterance.speaker != run[-1].speaker
            or utterance.span.start - run[-1].span.end >= LINE_GAP
            or utterance.span.end - run[0].span.start > LINE_SECONDS
        ):
            yield run
            run = []
        run.append(utterance)
    if run:
        yield run


def _line(
    conversation: Conversation,
    run: list[Utterance],
    tone: tuple[str, ...],
    tags: tuple[Tag, ...],
) -> Line:
    speaker = run[0].speaker
    by = who(conversation, speaker)
    return Line(
        at=clock(run[0].span.start),
        person=people(conversation).get(speaker or "", 0),
        name=by.label,
        text=one_line(" ".join(u.text for u in run)),
        tone=tone,
        tags=tags,
    )

"""Who said what, when and how: the words of the domain after hearing.

Times are seconds on the audio clock. What is absent is None, never 0 or "".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from listenlive.span import Span, merge


class Role(StrEnum):
    """Which side of the listening a person is on."""

    LISTENER = "listener"  # "me": the one who wants to know how well they listened
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the conversation. `id` is stable ("A", "B", ...), `name` is what is shown."""

    id: str
    name: str
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """A run of one speaker's speech with inner silences under 0.2 s (an inter-pausal unit).

    Voices of different speakers may overlap, those of one speaker may not.
    `confidence` in [0, 1]: how sure it is that this speaker was speaking here.
    """

    speaker: str
    span: Span
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Word:
    """One word as transcribed. `text` is bare (no leading space), with its punctuation."""

    text: str
    span: Span
    probability: float


@dataclass(frozen=True, slots=True)
class Tone:
    """How an utterance was said. Descriptors only; never an emotion.

    f0_hz       median fundamental frequency over voiced frames, None if too little is voiced
    f0_range_st spread of pitch (5th to 95th percentile) in semitones, None likewise
    level_db    level over speech frames, dBFS; only comparable within one recording
    rate        syllable nuclei per second of speech, None if too short to count
    voiced      share of the frames that are voiced, 0..1
    pauses      seconds of silence inside the utterance
    """

    f0_hz: float | None
    f0_range_st: float | None
    level_db: float
    rate: float | None
    voiced: float
    pauses: float = 0.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One run of one speaker's speech, with its words and tone. Never changes, is only replaced.

    `speaker` None: somebody spoke, nobody knows who. No `words`: heard, but not understood.
    """

    id: int
    speaker: str | None
    span: Span
    words: tuple[Word, ...] = ()
    language: str | None = None
    tone: Tone | None = None
    confidence: float = 1.0

    @property
    def text(self) -> str:
        """The words, joined by spaces; "" if none were understood."""
        return " ".join(word.text for word in self.words)


class MomentKind(StrEnum):
    """What a moment is an example of. Rules: the docstrings of `listenlive.analysis`."""

    BACKCHANNEL = "backchannel"
    TERMINAL = "terminal"
    INTERRUPTION = "interruption"
    ATTEMPT = "attempt"
    DUAL_START = "dual_start"
    QUESTION_OPEN = "question_open"
    QUESTION_CLOSED = "question_closed"
    LONG_TURN = "long_turn"
    SILENCE = "silence"
    ENERGY_RISE = "energy_rise"
    # Behaviours: what somebody does with what they heard, told from the words
    FOLLOW_UP = "follow_up"
    STACKED_QUESTIONS = "stacked_questions"
    REFLECTION = "reflection"
    VALIDATION = "validation"
    EMOTION_NAMED = "emotion_named"
    ACCURACY_CHECK = "accuracy_check"
    ADVICE = "advice"
    DISMISSAL = "dismissal"
    SYMPATHY = "sympathy"
    SELF_SHIFT = "self_shift"
    BLAME = "blame"
    I_STATEMENT = "i_statement"
    APPRECIATION = "appreciation"
    NOT_TAKEN_UP = "not_taken_up"


TALK_OVERS = frozenset({MomentKind.INTERRUPTION, MomentKind.ATTEMPT})
QUESTIONS = frozenset({MomentKind.QUESTION_OPEN, MomentKind.QUESTION_CLOSED})
BEHAVIOURS = frozenset(
    {
        MomentKind.FOLLOW_UP,
        MomentKind.STACKED_QUESTIONS,
        MomentKind.REFLECTION,
        MomentKind.VALIDATION,
        MomentKind.EMOTION_NAMED,
        MomentKind.ACCURACY_CHECK,
        MomentKind.ADVICE,
        MomentKind.DISMISSAL,
        MomentKind.SYMPATHY,
        MomentKind.SELF_SHIFT,
        MomentKind.BLAME,
        MomentKind.I_STATEMENT,
        MomentKind.APPRECIATION,
        MomentKind.NOT_TAKEN_UP,
    }
)
"""Told from words and the turn before them. Questions are told from words too, but stand apart."""


class Trait(StrEnum):
    """What more is known of a moment. Each belongs to one kind."""

    SIMPLE = "simple"  # a reflection in the other's own words
    COMPLEX = "complex"  # a reflection that adds a feeling or a meaning
    UNASKED = "unasked"  # advice nobody had asked for
    ASKED_FOR = "asked_for"  # advice the other had asked for
    BEFORE_ASKING = "before_asking"  # advice before any question or reflection
    CONFIRMED = "confirmed"  # an accuracy check the other answered with a yes
    DENIED = "denied"  # one the other answered with a no


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened and can be played.

    by / over  : speaker ids: who did it, and to whom (None where nobody was talked over)
    evidence   : ids of the utterances it rests on
    text       : the words it rests on, "" where none were understood
    judged     : the user's own word on it: True right, False wrong, None not judged
    heard_as   : the kind the machine found, where the user gave another one; else None
    trigger    : the words that gave a behaviour away, "" for other kinds
    answers    : ids of the other's utterances that a behaviour answers
    traits     : what more is known of it
    """

    id: int
    kind: MomentKind
    span: Span
    by: str
    over: str | None
    confidence: float
    evidence: tuple[int, ...]
    text: str = ""
    judged: bool | None = None
    heard_as: MomentKind | None = None
    trigger: str = ""
    answers: tuple[int, ...] = ()
    traits: tuple[Trait, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the user said about a moment: found again by kind, person and time (within 0.5 s).

    other_kind : it happened, but it is this kind; then `right` is True, for the moment is kept
    """

    kind: MomentKind
    by: str
    at: float
    right: bool
    other_kind: MomentKind | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Where a conversation was heard.

    kind : "file" or "live";  name : of the file or device, without folders
    at   : when the session began, wall clock in ISO 8601 (for people; nothing is computed from it)
    dated : of a file: `at` is when it was recorded, as it says itself or the user said
    """

    kind: str
    name: str
    channels: int
    at: str
    dated: bool = False

    @property
    def analysed(self) -> bool:
        """Whether `at` is only when it was analysed: nobody knows when it was recorded."""
        return self.kind == "file" and not self.dated


class Goal(StrEnum):
    """What a talk is for, as the user says. It changes what is expected, never a figure."""

    MUTUAL = "mutual"  # both speak and listen
    LISTENING = "listening"  # the listener is there for the partner
    EXERCISE = "exercise"  # roles are given


@dataclass(frozen=True, slots=True)
class Consent:
    """Everybody knows that this is recorded.

    who : is in the room;  how : it was said, "key", "page" or "flag";  at : wall clock in ISO 8601
    """

    who: str
    how: str
    at: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a form: the question's id, and the number given."""

    question: str
    value: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A form somebody filled in. Shown beside the figures, never mixed into them.

    form : "mood_before", "mood_after", "felt_heard" or "self_check"
    by   : whose answers they are
    at   : when, wall clock in ISO 8601
    """

    form: str
    by: Role
    answers: tuple[Answer, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment the user marked while listening; `note` is "" where they wrote nothing."""

    at: float
    note: str = ""


class StepKind(StrEnum):
    """What a step of an exercise is for."""

    SETTLE = "settle"  # sit down, read what comes
    TELL = "tell"  # one tells, the other only listens
    SHARE = "share"  # one tells, the other asks and validates
    NAME = "name"  # the one who listened names the feeling
    REFLECT = "reflect"  # the one who listened says back what they heard
    CHECK = "check"  # the one who told says with a key whether that is it
    MOOD = "mood"  # a number from 1 to 10, with a key
    WHY = "why"  # one sentence about that number
    ASK = "ask"  # the other asks one question
    HOLD = "hold"  # one holds the floor, for as long as they like


@dataclass(frozen=True, slots=True)
class PracticeStep:
    """A stretch of an exercise in which everybody's part was given.

    teller : whose round it is: they tell, the other listens; None: nobody's
    floor  : who is to speak; None: both, or nobody
    """

    kind: StepKind
    span: Span
    teller: Role | None
    floor: Role | None


@dataclass(frozen=True, slots=True)
class PracticeAnswer:
    """What somebody answered with a key during an exercise, at `at` seconds.

    question : "got_it" (1 yes, 0 no), "mood" (1 to 10)
    """

    question: str
    by: Role
    value: int
    at: float


@dataclass(frozen=True, slots=True)
class Practice:
    """An exercise: its name, the steps that were gone through, and what was answered."""

    exercise: str
    steps: tuple[PracticeStep, ...] = ()
    answers: tuple[PracticeAnswer, ...] = ()


@dataclass(frozen=True)
class Conversation:
    """All that was heard. Utterances are sorted by start; one speaker's never overlap.

    sees_overlap : False if simultaneous speech is invisible in this recording; then
                   `blind_because` says why, and overlap figures are "not measured", never 0.
    notes        : what was decided while hearing, as sentences for the report
    lost         : stretches whose audio was lost
    pauses       : where the user paused: the audio clock stood still
    practice     : the exercise that it was, None: an ordinary conversation
    title, tags  : what the user calls it, and files it under
    """

    utterances: tuple[Utterance, ...] = ()
    duration: float = 0.0
    people: tuple[Person, ...] = ()
    sees_overlap: bool = True
    blind_because: str | None = None
    language: str | None = None
    judgements: tuple[Judgement, ...] = ()
    lost: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    recording: Recording | None = None
    pauses: tuple[float, ...] = ()
    consent: Consent | None = None
    goal: Goal | None = None
    check_ins: tuple[CheckIn, ...] = ()
    marks: tuple[Mark, ...] = ()
    practice: Practice | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """Ids of the people, in order; people nobody heard are included."""
        return tuple(person.id for person in self.people)

    @cached_property
    def by_speaker(self) -> Mapping[str, tuple[Utterance, ...]]:
        """Each speaker's utterances in order; speakers without any map to ()."""
        found: dict[str, list[Utterance]] = {speaker: [] for speaker in self.speakers}
        for utterance in self.utterances:
            if utterance.speaker is not None:
                found.setdefault(utterance.speaker, []).append(utterance)
        return {speaker: tuple(theirs) for speaker, theirs in found.items()}

    @cached_property
    def by_id(self) -> Mapping[int, Utterance]:
        """Utterances by their id."""
        return {utterance.id: utterance for utterance in self.utterances}

    def spans_of(self, speaker: str) -> tuple[Span, ...]:
        """When `speaker` is heard, disjoint and in order."""
        return merge(u.span for u in self.by_speaker.get(speaker, ()))

    def person(self, speaker: str) -> Person:
        """The person with this id. KeyError if there is none."""
        for person in self.people:
            if person.id == speaker:
                return person
        raise KeyError(speaker)

    @property
    def listener(self) -> Person | None:
        """The person who is "me", if that is known."""
        return next((p for p in self.people if p.role is Role.LISTENER), None)

    def others(self, speaker: str) -> tuple[str, ...]:
        """Ids of everybody but `speaker`."""
        return tuple(s for s in self.speakers if s != speaker)

    def with_listener(self, speaker: str | None) -> "Conversation":
        """The same with `speaker` as the listener and the others as partners (None: unknown)."""

        def role(person: Person) -> Role | None:
            if speaker is None:
                return None
            return Role.LISTENER if person.id == speaker else Role.PARTNER

        return replace(self, people=tuple(replace(p, role=role(p)) for p in self.people))

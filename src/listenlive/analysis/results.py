"""What an analysis consists of: the values every report, page and export reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from listenlive.analysis.measures import SpeakerMeasures
from listenlive.conversation import Moment, MomentKind
from listenlive.span import Span


@dataclass(frozen=True, slots=True)
class TalkTime:
    """How the time was shared.

    seconds : per speaker, overlap counted for each of them
    speech  : seconds with at least one voice;  overlap: with two or more;  silence: with none
    """

    seconds: Mapping[str, float]
    speech: float
    overlap: float
    silence: float

    def share(self, speaker: str) -> float | None:
        """Part of all speech seconds that is `speaker`'s, 0..1; None if nobody spoke."""
        spoken = sum(self.seconds.values())
        return self.seconds.get(speaker, 0.0) / spoken if spoken else None


@dataclass(frozen=True, slots=True)
class TalkWindow:
    """Talk time within one window of the recording (the balance over time)."""

    span: Span
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Turn:
    """A speaker's utterances that nobody took over: gaps under 2 s, backchannels left out."""

    speaker: str
    span: Span
    utterances: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Transition:
    """The floor passes from one speaker to another.

    offset : start of the new turn minus end of the old, in seconds; negative is overlap
    lapse  : True for gaps of 5 s and more (left out of response times)
    """

    before: str
    after: str
    at: float
    offset: float
    lapse: bool


@dataclass(frozen=True, slots=True)
class ToneStretch:
    """A turn, or about ten seconds of a longer one, against the speaker's own median here.

    words  : of raised softened higher lower lively flat quicker slower halting; ("steady",) if none
    energy : mean z-score of pitch, level and rate against the speaker's own median; None if unknown
    """

    speaker: str
    span: Span
    utterances: tuple[int, ...]
    words: tuple[str, ...]
    energy: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A plain sentence with its figure and the moments that show it; never without a moment.

    about : id of the person it is about
    """

    about: str
    text: str
    value: float
    unit: str
    moments: tuple[int, ...]


class DimensionName(StrEnum):
    """What a listening profile looks at. Never summed."""

    SPACE = "space"
    FLOOR = "floor"
    BALANCE = "balance"
    CURIOSITY = "curiosity"
    UNDERSTANDING = "understanding"
    FIXING = "fixing"


@dataclass(frozen=True, slots=True)
class Place:
    """What a figure can be read against.

    low, high : the range in the unit of the figure; None where there is none
    talks     : earlier conversations it rests on; 0: it comes from the source that `text` names
    """

    text: str
    low: float | None = None
    high: float | None = None
    talks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One dimension of a person's listening profile.

    value      : the figure, in `unit`; None: not measured (`missing` says why), or only quotes to
                 confirm (`moments`)
    figure     : as it is printed;  phrase: a rule made it into a few words, from the verb on
    definition : what it is, in one line;  sample: what it rests on
    beside     : its second half ("Theo gave up twice"), "" if there is none
    moments    : ids of moments to play
    """

    name: DimensionName
    value: float | None
    unit: str
    figure: str
    phrase: str
    definition: str
    sample: str
    place: Place | None = None
    beside: str = ""
    moments: tuple[int, ...] = ()
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """How one person listened, in six dimensions. `subject`: "You", or their name."""

    speaker: str
    subject: str
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A moment that shows a dimension, and one sentence about it."""

    dimension: DimensionName
    text: str
    moment: int


@dataclass(frozen=True, slots=True)
class NextTime:
    """One thing to try, and the exercise that trains it."""

    text: str
    exercise: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the listener can take from the conversation: up to three of each, the clearest first.

    note : why there are few, "" if there are not
    """

    strengths: tuple[Point, ...]
    to_work_on: tuple[Point, ...]
    next_time: NextTime | None
    note: str = ""

    @property
    def points(self) -> tuple[Point, ...]:
        """All of them in order: strengths, then what to work on."""
        return (*self.strengths, *self.to_work_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a conversation shows. `not_measured` maps the name of a figure to the reason.

    quoted : kinds of moment that are told with too little certainty, in this language, to be
             counted in a headline: shown as quotes, for the user to confirm
    """

    talk_time: TalkTime
    windows: tuple[TalkWindow, ...]
    turns: tuple[Turn, ...]
    transitions: tuple[Transition, ...]
    silences: tuple[Span, ...]  # lapses: 5 s and more in which nobody spoke
    moments: tuple[Moment, ...]
    tone: tuple[ToneStretch, ...]
    measures: Mapping[str, SpeakerMeasures]  # by speaker id
    findings: tuple[Finding, ...]
    worth_hearing: tuple[int, ...]  # up to three moment ids, the most telling first
    closing: str  # one sentence that sums up the listener's side
    not_measured: Mapping[str, str] = field(default_factory=dict)
    quoted: frozenset[MomentKind] = frozenset()
    profiles: tuple[Profile, ...] = ()  # the listener's first
    lesson: Lesson | None = None  # None: nobody knows who the listener is, or they were not heard

    @property
    def first(self) -> tuple[int, ...]:
        """Ids of the moments to begin with: those of the lesson, else those worth hearing."""
        shown = tuple(point.moment for point in self.lesson.points) if self.lesson else ()
        return shown or self.worth_hearing

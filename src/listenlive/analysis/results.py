"""What an analysis consists of: the values every report, page and export reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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

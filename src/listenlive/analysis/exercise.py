"""An exercise as it was heard: its figures, and who had which part in which step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from listenlive.analysis.language import Lexicon, lexicon
from listenlive.analysis.reasons import spoken_language
from listenlive.analysis.results import Analysis
from listenlive.config import Measuring
from listenlive.conversation import (
    Conversation,
    Moment,
    MomentKind,
    Practice,
    PracticeStep,
    Role,
    StepKind,
    Utterance,
)
from listenlive.span import Span

Likeness = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[float]]]
"""How alike in meaning each of some words is to each of others: cosines, one row per first word."""

NOBODY = "it is not known who is who: say it with --me"
NO_SPEECH = "no speech was found"
ALONE = "only one person was heard"
SILENT = "nobody was heard in this part"
UNTOLD = "what people do with what they hear is not told from words here"
OTHER = {Role.LISTENER: Role.PARTNER, Role.PARTNER: Role.LISTENER}


class Shown(StrEnum):
    """Names of the figures of an exercise."""

    SLIPS = "slips"  # times, of so many seconds listened
    WORDS_REFLECTED = "words_reflected"  # share of the other's content words, of so many
    TIME_TO_REFLECT = "time_to_reflect"  # seconds
    EMOTION_NAMED = "emotion_named"  # 1 or 0
    REFLECTION_GIVEN = "reflection_given"  # 1 or 0
    ADVICE = "advice"  # times
    CHECK_CONFIRMED = "check_confirmed"  # 1 or 0, as the other said with a key
    MOOD = "mood"  # 1 to 10, as said with a key
    FOLLOW_UP = "follow_up"  # questions asked where one was to be asked
    DONE = "done"  # parts gone through, of so many
    QUESTIONS = "questions"  # times
    VALIDATIONS = "validations"  # times
    ASKED_OR_VALIDATED = "asked_or_validated"  # share of the listener's turns, of so many
    FLOOR_KEPT = "floor_kept"  # holds of the other without a slip, of so many
    OVERLAPS = "overlaps"  # seconds, of so many
    SHARE = "share"  # of all speech seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFigure:
    """One figure of an exercise.

    by      : id of the person it is about; None: of both together, or it is not known who
    value   : None: not measured, and `reason` says why
    size    : what it rests on: seconds listened, holds, words said; None where that says nothing
    moments : where it lies in the recording;  quotes: the words it rests on
    """

    name: Shown
    by: str | None
    value: float | None = None
    size: float | None = None
    reason: str | None = None
    moments: tuple[Span, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """All figures of an exercise, in the order they are told."""

    exercise: str
    figures: tuple[PracticeFigure, ...]

    def of(self, name: Shown, by: str | None) -> PracticeFigure | None:
        """The figure `name` about the person `by`; None if the exercise has none."""
        return next((f for f in self.figures if (f.name, f.by) == (name, by)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An exercise as it was heard, with all that is needed to measure it.

    likeness : compares words by meaning; None: only the same words are the same
    """

    conversation: Conversation
    practice: Practice
    analysis: Analysis
    rules: Measuring
    likeness: Likeness | None = None

    def person(self, role: Role) -> str | None:
        """The id of the person in that role; None if nobody is known to be."""
        return next((p.id for p in self.conversation.people if p.role is role), None)

    @property
    def nobody(self) -> str:
        """Why it is not known who had which part."""
        heard = [who for who, theirs in self.conversation.by_speaker.items() if theirs]
        return {0: NO_SPEECH, 1: ALONE}.get(len(heard), NOBODY)

    def steps(self, *kinds: StepKind, teller: Role | None = None) -> tuple[PracticeStep, ...]:
        """The steps of these kinds, of that teller's rounds if one is given."""
        return tuple(
            step
            for step in self.practice.steps
            if step.kind in kinds and teller in (None, step.teller)
        )

    def said(self, by: str, steps: Sequence[PracticeStep]) -> tuple[Utterance, ...]:
        """What `by` said in `steps`: utterances whose middle lies in one of them."""
        theirs = self.conversation.by_speaker.get(by, ())
        return tuple(u for u in theirs if any(u.span.middle in step.span for step in steps))

    def did(self, by: str, steps: Sequence[PracticeStep], *kinds: MomentKind) -> tuple[Moment, ...]:
        """What `by` did of these kinds in `steps`, without what the user said is wrong."""
        return tuple(
            moment
            for moment in self.analysis.moments
            if moment.by == by
            and moment.kind in kinds
            and moment.judged is not False
            and any(moment.span.middle in step.span for step in steps)
        )

    @property
    def words(self) -> Lexicon | None:
        """The word lists for what was said, if there are any."""
        language = spoken_language(self.conversation)
        return lexicon(language) if language else None

    @property
    def wordless(self) -> str | None:
        """Why nothing can be told from words; None if it can."""
        missing = self.analysis.not_measured
        return missing.get("words") or missing.get("questions") or missing.get("speech")

    @property
    def untold(self) -> str | None:
        """Why no behaviours can be told from words; None if they can."""
        if any(each.behaviours is not None for each in self.analysis.measures.values()):
            return None
        return self.wordless or self.analysis.not_measured.get("behaviours") or UNTOLD

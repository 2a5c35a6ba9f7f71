"""Conversations beside one another: what is kept of each, so that several can be compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from listenlive.analysis.exercise import Shown
from listenlive.analysis.outline import Outline, outline
from listenlive.analysis.practice import practised
from listenlive.analysis.results import Analysis
from listenlive.conversation import CheckIn, Conversation, Goal, Person
from listenlive.people import is_name
from listenlive.span import Span, merge, overlap

PARTS = 32  # of a recording, in each of which speech is measured to tell recordings apart
SAME_LENGTH = 0.05  # seconds that one recording may differ from itself, in another container
SAME_SPEECH = 0.1  # part of its speech that another analysis may hear elsewhere


@dataclass(frozen=True, slots=True)
class Sound:
    """What tells one recording from another, whatever it is called and whoever is who.

    seconds : how long it is
    speech  : seconds of anybody's speech in each of PARTS equal parts; () if nobody was heard
    """

    seconds: float = 0.0
    speech: tuple[float, ...] = ()

    def same(self, other: "Sound") -> bool:
        """Whether both come from one recording: equally long, with speech in the same places.

        Another model or other settings may hear a little more or less.
        """
        if not self.speech or not other.speech or abs(self.seconds - other.seconds) > SAME_LENGTH:
            return False
        apart = sum(abs(a - b) for a, b in zip(self.speech, other.speech, strict=True))
        return apart <= SAME_SPEECH * max(sum(self.speech), sum(other.speech))


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation among others.

    session : the name it is kept by
    at      : when it began, in the time zone it was held in;  dated: that is known, else it is when
              a recording without a date was analysed
    partner : who the listener spoke with, several joined by "and"; None if nobody knows who is who
    mine, theirs : the listener's figures, and the partner's where there is exactly one
    exercise : the exercise that it was; None: an ordinary conversation
    named    : whether everybody but the listener was given a name; who is only "Partner" may be
               anybody, and is nobody's usual
    sound    : tells the recording from others
    slips    : times the listener spoke up in an exercise although they were to listen; None: no
               exercise, or not measured
    """

    session: str
    at: datetime
    seconds: float
    recording: str
    people: tuple[str, ...]
    partner: str | None
    goal: Goal | None
    mine: Outline | None
    theirs: Outline | None
    check_ins: tuple[CheckIn, ...] = ()
    exercise: str | None = None
    slips: int | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()
    named: bool = True
    sound: Sound = Sound()
    dated: bool = True

    @property
    def companion(self) -> str | None:
        """Who the listener is known to have spoken with: `partner` if they have a name."""
        return self.partner if self.named else None


def talk(session: str, at: datetime, conversation: Conversation, analysis: Analysis) -> Talk:
    """`conversation` as it is kept among others."""
    listener = conversation.listener
    others = _others(conversation)
    only = others[0].id if len(others) == 1 else None
    return Talk(
        session=session,
        at=at,
        seconds=conversation.duration,
        recording=conversation.recording.name if conversation.recording else "",
        people=tuple(person.name for person in conversation.people),
        partner=_together(others) or None,
        goal=conversation.goal,
        mine=outline(conversation, analysis, listener.id) if listener else None,
        theirs=outline(conversation, analysis, only) if only else None,
        check_ins=conversation.check_ins,
        exercise=conversation.practice.exercise if conversation.practice else None,
        slips=_slips(conversation, analysis),
        title=conversation.title,
        tags=conversation.tags,
        named=_named(others),
        sound=sound_of(conversation),
        dated=not (conversation.recording and conversation.recording.analysed),
    )


def sound_of(conversation: Conversation) -> Sound:
    """What tells the recording of `conversation` from others."""
    spans = merge(utterance.span for utterance in conversation.utterances)
    whole = conversation.duration
    if not spans or whole <= 0:
        return Sound(whole)
    edges = [whole * i / PARTS for i in range(PARTS + 1)]
    return Sound(whole, tuple(round(overlap(spans, Span(*p)), 2) for p in pairwise(edges)))


def once(talks: Iterable[Talk]) -> tuple[Talk, ...]:
    """`talks` with each recording once, as it was analysed last; in order of time."""
    kept: list[Talk] = []
    for each in sorted(talks, key=lambda talk: talk.session, reverse=True):
        if not any(each.sound.same(other.sound) for other in kept):
            kept.append(each)
    return tuple(sorted(kept, key=lambda each: (each.at, each.session)))


def usual(talks: Iterable[Talk], *, before: datetime, session: str | None) -> tuple[Talk, ...]:
    """Those of `talks` that show what is usual before a moment: no exercises, not `session`."""
    return tuple(
        each
        for each in talks
        if each.at < before and each.session != session and each.exercise is None
    )


def with_partner(talks: Iterable[Talk], conversation: Conversation) -> tuple[Talk, ...]:
    """Those of `talks` held with the partner of `conversation`, in order of time.

    Each recording once, and never that of `conversation` itself; () where nobody knows who the
    partner is.
    """
    others, sound = _others(conversation), sound_of(conversation)
    if not _named(others):
        return ()
    same = [each for each in talks if each.companion == _together(others)]
    return tuple(each for each in once(same) if not each.sound.same(sound))


def _others(conversation: Conversation) -> list[Person]:
    """Everybody but the listener; nobody where it is not known who that is."""
    me = conversation.listener
    return [person for person in conversation.people if me is not None and person.id != me.id]


def _together(others: Sequence[Person]) -> str:
    return " and ".join(sorted(person.name for person in others))


def _named(others: Sequence[Person]) -> bool:
    return bool(others) and all(is_name(person.name) for person in others)


def _slips(conversation: Conversation, analysis: Analysis) -> int | None:
    """How often the listener spoke up in an exercise while they were to listen."""
    result, listener = practised(conversation, analysis), conversation.listener
    if result is None or listener is None:
        return None
    counts = [
        figure.value
        for figure in result.figures
        if figure.name is Shown.SLIPS and figure.by == listener.id and figure.value is not None
    ]
    return int(sum(counts)) if counts else None

"""What the words say about an overlap: was somebody cut off, answering, or only listening aloud?

Timing gives the kind of an overlap, words correct it in clear cases and move the confidence. On 50
meetings with gold words and times (MRDA), interruptions by timing whose holder's last words are
unfinished are labelled as such by people in 62 % (of 336), those whose are not in 17 % (of 1,393):
believe neither alone, and let people judge. Where the language has a model (`cut_off`), it says how
likely somebody was cut off; elsewhere rules do.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from listenlive.analysis.answers import answers
from listenlive.analysis.cut_off import BREATH, LAST, LONG, TRAILING, Stop, chance
from listenlive.analysis.cut_off import PAUSE as REST
from listenlive.analysis.language import Lexicon, is_signal
from listenlive.analysis.overlaps import TOUCH, Overlap
from listenlive.analysis.phrases import bare
from listenlive.analysis.questions import ends_sentence
from listenlive.config import Measuring
from listenlive.conversation import Conversation, MomentKind, Utterance

__all__ = ["Evidence", "Reading", "evidence", "is_signal", "is_unfinished", "read"]

SIGNAL_WORDS = 3  # a listener signal of up to `backchannel_words_max` has at most this many words
CUT_OFF = 0.5  # from here on words alone tell an interruption, and how sure it is without a model:
# unfinished words without a timed interruption were one in 52 % of 438 on 50 meetings (MRDA)
ORDINARY = 0.5  # an answer that overlaps the asker, counted as ordinary turn-taking
_STOPPED = (MomentKind.INTERRUPTION, MomentKind.TERMINAL)  # kinds whose holder stops


@dataclass(frozen=True, slots=True)
class Reading:
    """An overlap with what its words add: the kind may have changed. `confidence` in [0, 1]."""

    overlap: Overlap
    confidence: float
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the words around an overlap show; None where there are none to tell.

    signal     : the entrant says what listeners say ("mhm", "oh really")
    answers    : the holder was asking a question, or just had
    unfinished : the holder's last words before stopping want something to follow
    finished   : they end with a full stop, so the sentence was whole
    trails_off : they end in "...", which transcribers write where somebody stops mid-sentence, by
                 themselves or because they were cut off: it supports timing, it does not correct it
    cut_off    : how likely the holder was cut off, 0..1, by a model of words and timing
    """

    duration: float
    words: int
    signal: bool | None = None
    answers: bool | None = None
    unfinished: bool | None = None
    finished: bool | None = None
    trails_off: bool = False
    cut_off: float | None = None


def read(
    overlap: Overlap,
    conversation: Conversation,
    *,
    lexicon: Lexicon | None,
    punctuated: bool,
    settings: Measuring,
) -> Reading | None:
    """`overlap` with its words taken into account; None if they show that it is a turn in a gap.

    `lexicon` None: there are no words, or none that can be read. Then timing stands alone.
    """
    entry = [conversation.by_id[each] for each in overlap.entry]
    held = [conversation.by_id[each] for each in overlap.held]
    seen = evidence(entry, held, lexicon=lexicon)
    if lexicon is not None:
        onset, theirs = overlap.span.start, conversation.by_speaker[overlap.over]
        seen = replace(seen, answers=answers(onset, theirs, lexicon, punctuated=punctuated))
        if overlap.kind in _STOPPED:
            seen = replace(seen, cut_off=chance(_stop(overlap, conversation), lexicon))
    kind = _kind(overlap, seen, settings)
    if kind is None:
        return None
    sure = _confidence(overlap, kind, seen, settings)
    heard = min(utterance.confidence for utterance in (*entry, *held))
    if kind is MomentKind.INTERRUPTION and seen.cut_off is not None:
        heard = 1.0  # a probability, held against what people marked: it stays one
    text = " ".join(utterance.text for utterance in entry if utterance.words)
    return Reading(replace(overlap, kind=kind), round(sure * heard, 3), text)


def _stop(overlap: Overlap, conversation: Conversation) -> Stop:
    """How the holder stopped and the entrant went on, as the model of `cut_off` wants it."""
    theirs, ours = (conversation.by_speaker[who] for who in (overlap.over, overlap.by))
    last = _place(conversation.by_id[overlap.held[-1]], theirs)
    enters = _place(conversation.by_id[overlap.entry[0]], ours)
    begun, end = _begun(theirs, last), theirs[last].span.end
    breath, rest = _ended(ours, enters, BREATH), _ended(ours, enters, REST)
    said = [word.text for each in theirs[begun : last + 1] for word in each.words]
    after = theirs[last + 1] if last + 1 < len(theirs) else None
    onset = ours[enters].span.start
    return Stop(
        said=tuple(said[-LAST:]),
        since=max(len(said) - 1, 0),
        talked=end - theirs[begun].span.start,
        back=after.span.start - end if after else LONG,
        again=after.words[0].text if after and after.words else "",
        onset=onset - end,
        first_end=ours[breath - 1].span.end - end,
        end=ours[rest - 1].span.end - end,
        first=_said(ours[enters:breath]),
        entry=_said(ours[enters:rest]),
        silent=onset - ours[enters - 1].span.end if enters else LONG,
    )


def _place(utterance: Utterance, spoken: Sequence[Utterance]) -> int:
    """Position of `utterance` among all of that person, which are in order and never overlap."""
    return bisect_left(spoken, utterance.span, key=lambda each: each.span)


def _begun(spoken: Sequence[Utterance], at: int) -> int:
    """Position of the first utterance that is followed by number `at` without a rest."""
    while at and spoken[at].span.start - spoken[at - 1].span.end < REST:
        at -= 1
    return at


def _ended(spoken: Sequence[Utterance], at: int, pause: float) -> int:
    """Position after the last utterance that follows number `at` without a `pause`."""
    at += 1
    while at < len(spoken) and spoken[at].span.start - spoken[at - 1].span.end < pause:
        at += 1
    return at


def _said(utterances: Sequence[Utterance]) -> tuple[str, ...]:
    return tuple(word.text for each in utterances for word in each.words)


def evidence(
    entry: Sequence[Utterance], held: Sequence[Utterance], *, lexicon: Lexicon | None
) -> Evidence:
    """What the words of the entrant and of the holder show by themselves."""
    said = [word.text for utterance in entry for word in utterance.words]
    seen = Evidence(entry[-1].span.end - entry[0].span.start, len(said))
    if lexicon is None:
        return seen
    last = held[-1].words
    trails_off = bool(last) and last[-1].text.endswith(TRAILING)
    return replace(
        seen,
        signal=is_signal(said, lexicon) if said else None,
        unfinished=trails_off or is_unfinished([word.text for word in last], lexicon),
        finished=ends_sentence(last[-1].text) and not trails_off if last else None,
        trails_off=trails_off,
    )


def is_unfinished(words: Sequence[str], lexicon: Lexicon) -> bool | None:
    """Whether the last of `words` wants something to follow; None without words.

    "I went to the" (a word sentences do not end in) or "it was th-" (a fragment). A missing full
    stop alone is not enough: transcribers leave it out at the end of many finished sentences.
    """
    if not words:
        return None
    last = words[-1]
    if last.endswith(("-", "–", "—")):
        return True
    return not ends_sentence(last) and bare(last) in lexicon.unfinished


def _kind(overlap: Overlap, seen: Evidence, settings: Measuring) -> MomentKind | None:
    """The kind of `overlap` once the words are read; None for an ordinary turn in a gap."""
    short = seen.duration <= settings.backchannel_words_max and seen.words <= SIGNAL_WORDS
    match overlap.kind:
        case MomentKind.BACKCHANNEL if overlap.shared < TOUCH:
            return None if seen.answers or seen.signal is False else overlap.kind
        case MomentKind.BACKCHANNEL if seen.answers:
            return MomentKind.TERMINAL
        case MomentKind.ATTEMPT if seen.signal and short and not seen.answers:
            return MomentKind.BACKCHANNEL
        case MomentKind.TERMINAL if _broken(seen) and not (seen.answers or seen.signal):
            return overlap.kind if seen.trails_off else MomentKind.INTERRUPTION
    return overlap.kind


def _broken(seen: Evidence) -> bool:
    """Whether the words show that the holder had not finished."""
    return bool(seen.unfinished) if seen.cut_off is None else seen.cut_off >= CUT_OFF


def _confidence(overlap: Overlap, kind: MomentKind, seen: Evidence, settings: Measuring) -> float:
    """How sure the kind is: far from its thresholds is surer, and words move it. Judgement.

    Only where a model says how likely somebody was cut off is it a probability.
    """
    if kind is MomentKind.INTERRUPTION and seen.cut_off is not None:
        return min(max(seen.cut_off, 0.05), 0.95)
    if kind is not overlap.kind:
        return {MomentKind.INTERRUPTION: CUT_OFF, MomentKind.TERMINAL: ORDINARY}.get(kind, 0.7)
    match kind:
        case MomentKind.INTERRUPTION:
            sure = 0.55 + 0.35 * _part(overlap.shared - settings.terminal_max, 0.4)
            sure -= 0.2 if overlap.shared > settings.yield_max else 0.0
            sure += {True: 0.1, False: -0.25, None: 0.0}[seen.unfinished]
            sure -= 0.1 if seen.finished else 0.0
            sure -= 0.2 if seen.answers else 0.0
        case MomentKind.ATTEMPT:
            sure = 0.55 + 0.35 * _part(seen.duration - settings.backchannel_max, 0.4)
            sure -= 0.2 if seen.answers or seen.signal else 0.0
        case MomentKind.BACKCHANNEL:
            sure = 0.6 + 0.25 * _part(settings.backchannel_max - seen.duration, 0.3)
            sure += 0.1 if seen.signal else -0.2 if seen.signal is False else 0.0
        case MomentKind.TERMINAL:
            sure = 0.6 + 0.3 * _part(settings.terminal_max - overlap.shared, 0.2)
        case _:
            sure = 0.7
    return min(max(sure, 0.05), 0.95)


def _part(margin: float, full: float) -> float:
    """`margin` as a part of `full`, 0..1."""
    return min(max(margin / full, 0.0), 1.0)

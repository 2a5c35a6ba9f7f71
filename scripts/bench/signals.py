"""Whether listener signals are told from answers, on meetings with gold words, times and acts.

The words have no punctuation; questions get the mark that a transcriber would write, statements a
full stop. Once by the words alone, as if the other always went on; once by the whole analysis,
where a signal after which nobody goes on is a turn.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bench.figures import Result, bootstrap
from bench.meetings import Act
from bench.score import Hits
from listenlive.analysis.answers import ANSWER_MAX, answers
from listenlive.analysis.interruptions import SIGNAL_WORDS, evidence, read
from listenlive.analysis.language import Lexicon
from listenlive.analysis.overlaps import overlaps
from listenlive.config import Measuring, Segmentation
from listenlive.conversation import Conversation, MomentKind, Person, Utterance, Word
from listenlive.span import Span

_ANSWERS = ("^aa", "^ar", "^na", "^ng", "^nd", "^no", "^cc")
"""Acts that take something up: accept, reject, answer yes or no, do not know, commit."""


def results(meetings: Sequence[Sequence[Act]], lists: Lexicon) -> list[Result]:
    """Recall of the filter for listener signals, and the share of short answers it eats."""
    found = []
    for punctuated, how in ((True, ""), (False, ", no punctuation")):
        kept = [list(_judged(acts, lists, punctuated=punctuated)) for acts in meetings]
        recall, eaten = f"listener signals filtered{how}: recall", f"short answers filtered{how}"
        found += [
            _share(recall, kept, "b", aim=0.93, higher=True),
            _share(eaten, kept, "answer", aim=0.1 if punctuated else None, higher=False),
        ]
    whole = [list(_analysed(acts, lists)) for acts in meetings]
    return [
        *found,
        _share("listener signals that are no turn", whole, "b", aim=None, higher=True),
        _share("short answers that are no turn", whole, "answer", aim=0.1, higher=False),
    ]


def _share(
    name: str,
    meetings: Sequence[Sequence[tuple[str, bool]]],
    kind: str,
    *,
    aim: float | None,
    higher: bool,
) -> Result:
    """Share of the acts of a kind that are filtered."""
    hits = [
        Hits(sum(k == kind for k, _ in each), 0, sum(k == kind and out for k, out in each))
        for each in meetings
    ]
    spread = bootstrap(len(hits), lambda pick: sum((hits[i] for i in pick), Hits()).recall)
    total = sum(hits, Hits())
    return Result(
        name=name, n=total.reference, value=total.recall, spread=spread, aim=aim, higher=higher
    )


def _judged(acts: Sequence[Act], lists: Lexicon, *, punctuated: bool) -> Iterator[tuple[str, bool]]:
    """For each signal ("b") and each short answer ("answer"): whether the filter takes it out."""
    said = {act.speaker: [a for a in acts if a.speaker == act.speaker] for act in acts}
    heard = {
        speaker: [_utterance(act, punctuated=punctuated) for act in theirs]
        for speaker, theirs in said.items()
    }
    for act, before, kind in _asked_about(acts):
        answered = answers(act.start, heard[before.speaker], lists, punctuated=punctuated)
        yield kind, not answered and _brief(act, lists)


def _asked_about(acts: Sequence[Act]) -> Iterator[tuple[Act, Act, str]]:
    """Each signal and short answer, what somebody else said before it, and which of both it is."""
    for at, act in enumerate(acts):
        before = next(
            (a for a in reversed(acts[:at]) if a.speaker != act.speaker and a.tag[:1] != "b"), None
        )
        if before and (kind := _kind(act, before)):
            yield act, before, kind


def _analysed(acts: Sequence[Act], lists: Lexicon) -> Iterator[tuple[str, bool]]:
    """As `_judged`, by the whole analysis, for what is spoken by itself, with a breath around."""
    conversation = _conversation(acts)
    rules = Measuring()
    signals: set[tuple[str, float]] = set()
    for overlap in overlaps(conversation, settings=rules):
        seen = read(overlap, conversation, lexicon=lists, punctuated=True, settings=rules)
        if seen and seen.overlap.kind is MomentKind.BACKCHANNEL:
            entry = conversation.by_id[seen.overlap.entry[0]]
            signals.add((overlap.by, entry.span.start))
    alone = {
        (speaker, each.span.start): each.words
        for speaker, theirs in conversation.by_speaker.items()
        for each in theirs
    }
    for act, _, kind in _asked_about(acts):
        place = (act.speaker, act.start)
        if len(alone.get(place, ())) == len(act.words):
            yield kind, place in signals


def _conversation(acts: Sequence[Act]) -> Conversation:
    """The whole meeting as if it had been heard."""
    speakers = sorted({act.speaker for act in acts})
    said = sorted(
        (Span(words[0].span.start, max(word.span.end for word in words)), speaker, words)
        for speaker in speakers
        for words in _runs(act for act in acts if act.speaker == speaker)
    )
    return Conversation(
        tuple(Utterance(i, who, span, words, "en") for i, (span, who, words) in enumerate(said)),
        duration=max(span.end for span, _, _ in said),
        people=tuple(Person(each, each) for each in speakers),
        sees_overlap=True,
        language="en",
    )


def _runs(acts: Iterable[Act]) -> Iterator[tuple[Word, ...]]:
    """The words of one person, parted where they are silent for `voice_gap`."""
    words = sorted(
        (word for act in acts for word in _utterance(act, punctuated=True).words),
        key=lambda word: word.span,
    )
    gap, begin = Segmentation().voice_gap, 0
    for at, (word, following) in enumerate(pairwise(words), start=1):
        if following.span.start - word.span.end >= gap:
            yield tuple(words[begin:at])
            begin = at
    yield tuple(words[begin:])


def _kind(act: Act, before: Act | None) -> str:
    if act.tag.split(".")[0] == "b":
        return "b"
    asked = before and before.tag.startswith("q") and abs(act.start - before.end) <= ANSWER_MAX
    short = len(act.words) <= SIGNAL_WORDS
    return "answer" if asked and short and any(a in act.tag for a in _ANSWERS) else ""


def _brief(act: Act, lists: Lexicon) -> bool:
    """Whether `act` is taken for a listener signal where it answers nothing."""
    rules = Measuring()
    said = [_utterance(act, punctuated=True)]
    seen = evidence(said, said, lexicon=lists)
    short = seen.duration <= rules.backchannel_words_max and seen.words <= SIGNAL_WORDS
    return seen.duration <= rules.backchannel_max or (short and bool(seen.signal))


def _utterance(act: Act, *, punctuated: bool) -> Utterance:
    words = tuple(
        Word(text, Span(each.start, max(each.end, each.start + 0.01)), 1.0)
        for each, text in zip(act.words, _written(act, punctuated=punctuated), strict=True)
    )
    end = max(word.span.end for word in words)
    return Utterance(1, act.speaker, Span(words[0].span.start, end), words)


def _written(act: Act, *, punctuated: bool) -> list[str]:
    """Its words, the last with the mark of a question or a statement if it was finished."""
    if not punctuated:
        return [each.text for each in act.words]
    *words, last = (each.text for each in act.words)
    whole = not (act.interrupted or act.abandoned)
    return [*words, last + ("?" if act.tag.startswith("q") else ".") if whole else last]

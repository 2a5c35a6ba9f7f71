"""Whether listener signals are told from answers, on meetings with gold words, times and acts.

The words have no punctuation; questions get the mark that a transcriber would write, statements a
full stop.
"""

from collections.abc import Iterator, Sequence

from bench.figures import Result, bootstrap
from bench.meetings import Act
from bench.score import Hits
from listenlive.analysis.interruptions import ANSWER_MAX, SIGNAL_WORDS, evidence
from listenlive.analysis.language import Lexicon
from listenlive.config import Measuring
from listenlive.conversation import Utterance, Word
from listenlive.span import Span

_ANSWERS = ("^aa", "^ar", "^na", "^ng", "^nd", "^no", "^cc")
"""Acts that take something up: accept, reject, answer yes or no, do not know, commit."""


def results(meetings: Sequence[Sequence[Act]], lists: Lexicon) -> list[Result]:
    """Recall of the filter for listener signals, and the share of short answers it eats."""
    kept = [list(_judged(acts, lists)) for acts in meetings]
    return [
        _share("listener signals filtered: recall", kept, "b", aim=0.93, higher=True),
        _share("short answers to questions filtered", kept, "answer", aim=None, higher=False),
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


def _judged(acts: Sequence[Act], lists: Lexicon) -> Iterator[tuple[str, bool]]:
    """For each signal ("b") and each short answer ("answer"): whether the filter takes it out."""
    for at, act in enumerate(acts):
        before = next(
            (a for a in reversed(acts[:at]) if a.speaker != act.speaker and a.tag[:1] != "b"), None
        )
        kind = _kind(act, before)
        if kind and before:
            yield kind, _filtered(act, before, lists)


def _kind(act: Act, before: Act | None) -> str:
    if act.tag.split(".")[0] == "b":
        return "b"
    asked = before and before.tag.startswith("q") and abs(act.start - before.end) <= ANSWER_MAX
    short = len(act.words) <= SIGNAL_WORDS
    return "answer" if asked and short and any(a in act.tag for a in _ANSWERS) else ""


def _filtered(act: Act, before: Act, lists: Lexicon) -> bool:
    """Whether the product would take `act`, which follows `before`, for a listener signal."""
    rules = Measuring()
    entry, held = _utterance(act), _utterance(before)
    seen = evidence(act.start, [entry], [held], lexicon=lists, punctuated=True)
    brief = seen.duration <= rules.backchannel_max
    short = seen.duration <= rules.backchannel_words_max and seen.words <= SIGNAL_WORDS
    return not seen.answers and (brief or (short and bool(seen.signal)))


def _utterance(act: Act) -> Utterance:
    words = tuple(
        Word(text, Span(each.start, max(each.end, each.start + 0.01)), 1.0)
        for each, text in zip(act.words, _written(act), strict=True)
    )
    end = max(word.span.end for word in words)
    return Utterance(1, act.speaker, Span(words[0].span.start, end), words)


def _written(act: Act) -> list[str]:
    """Its words, the last with the mark of a question or a statement if it was finished."""
    *words, last = (each.text for each in act.words)
    whole = not (act.interrupted or act.abandoned)
    return [*words, last + ("?" if act.tag.startswith("q") else ".") if whole else last]

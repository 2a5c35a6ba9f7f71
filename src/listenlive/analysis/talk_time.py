"""How the time was shared: seconds of speech per person, over all and in windows."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise

from listenlive.analysis.results import TalkTime, TalkWindow
from listenlive.conversation import Conversation
from listenlive.span import Span, merge


def talk_time(conversation: Conversation) -> TalkTime:
    """Seconds each person spoke, overlap counted for each of them, and what was silent.

    ::

        A        |======|        |====|
        B             |======|
        speech   |===========|   |====|
        overlap       |=|

    Speech nobody could be named for counts as speech, for no one. `silence` is the rest of the
    recording without stretches whose audio was lost.
    """
    tracks = {speaker: conversation.spans_of(speaker) for speaker in conversation.by_speaker}
    unnamed = merge(each.span for each in conversation.utterances if each.speaker is None)
    speech, overlap = _covered([*tracks.values(), unnamed])
    heard, _ = _covered([*tracks.values(), unnamed, merge(conversation.lost)])
    return TalkTime(
        seconds={speaker: _seconds(spans) for speaker, spans in tracks.items()},
        speech=speech,
        overlap=overlap,
        silence=max(0.0, extent(conversation) - heard),
    )


def _covered(tracks: Iterable[Sequence[Span]]) -> tuple[float, float]:
    """Seconds covered by at least one, and by at least two, of `tracks` of disjoint spans."""
    spans = [span for track in tracks for span in track]
    starts, ends = sorted(span.start for span in spans), sorted(span.end for span in spans)
    one = two = at = 0.0
    begun = 0
    for ended, end in enumerate(ends):  # two sorted lists of numbers: no object per edge
        while begun < len(starts) and starts[begun] < end:
            one, two = _add(starts[begun] - at, begun - ended, one, two)
            at, begun = starts[begun], begun + 1
        one, two = _add(end - at, begun - ended, one, two)
        at = end
    return one, two


def _add(seconds: float, depth: int, one: float, two: float) -> tuple[float, float]:
    """Seconds heard with `depth` voices, added to those with at least one and at least two."""
    return one + seconds * (depth >= 1), two + seconds * (depth >= 2)


def _seconds(spans: Iterable[Span]) -> float:
    return sum(span.duration for span in spans)


def windows(conversation: Conversation, *, width: float) -> tuple[TalkWindow, ...]:
    """Talk time in windows of `width` seconds from the start; the last one may be shorter."""
    length = extent(conversation)
    if not width or not length:
        return ()
    spoken = {s: _until(conversation.spans_of(s)) for s in conversation.by_speaker}
    count = int(length / width) + (length % width > 0)
    edges = [min(i * width, length) for i in range(count + 1)]
    return tuple(
        TalkWindow(
            Span(start, end),
            {s: max(0.0, until(end) - until(start)) for s, until in spoken.items()},
        )
        for start, end in pairwise(edges)
        if end > start
    )


def extent(conversation: Conversation) -> float:
    """Seconds of recording: its duration, or the end of what was heard while it still runs."""
    return max([conversation.duration, *(u.span.end for u in conversation.utterances)])


def _until(spans: Sequence[Span]) -> Callable[[float], float]:
    """A function: seconds of disjoint, ordered `spans` before a moment, in logarithmic time."""
    starts = [span.start for span in spans]
    sums = [0.0, *accumulate(span.duration for span in spans)]

    def until(moment: float) -> float:
        at = bisect_right(starts, moment)
        if not at:
            return 0.0
        return sums[at - 1] + min(moment, spans[at - 1].end) - starts[at - 1]

    return until

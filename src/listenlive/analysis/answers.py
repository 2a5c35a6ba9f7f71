"""Whether who begins to speak answers a question of the other's: then it is no listener signal.

"Yeah" after "are you coming?" is an answer, and a turn of its own, even where who asked goes on. On
meetings with gold words one short answer in five begins well before the question has ended.

::

    asks      so we left |are you coming too?|           |because the train ...
    answers              |    from here on          to here|
"""

from bisect import bisect_left
from collections.abc import Sequence

from listenlive.analysis.language import Lexicon
from listenlive.analysis.questions import asks, parted
from listenlive.conversation import Utterance, Word

ANSWER_MAX = 1.5
"""Seconds from the end of a question, before it or after, within which who begins answers it. In a
longer question they only follow it; later they react to something else."""

REACH = 10.0
"""Seconds before and after in which words are read: longer than a sentence goes on."""


def answers(
    onset: float, holder: Sequence[Utterance], lexicon: Lexicon, *, punctuated: bool
) -> bool | None:
    """Whether somebody who begins at `onset` answers `holder`; None if no word of theirs is near.

    holder : all utterances of the other, in order
    """
    words = _near(onset, holder)
    if not any(word.span.start < onset for word in words):
        return None
    return any(
        asks([word.text for word in words[part.start : part.stop]], lexicon, punctuated=punctuated)
        is not None
        for part in parted(words, lexicon, punctuated=punctuated)
        if _in_time(onset, words[part.start], words[part.stop - 1])
    )


def _near(onset: float, holder: Sequence[Utterance]) -> list[Word]:
    """The holder's words around `onset`."""
    first = bisect_left(holder, onset - REACH, key=lambda each: each.span.end)
    last = bisect_left(holder, onset + REACH, key=lambda each: each.span.start)
    return [word for utterance in holder[first:last] for word in utterance.words]


def _in_time(onset: float, first: Word, last: Word) -> bool:
    """Whether `onset` lies where a question from `first` to `last` word would be answered."""
    return first.span.start <= onset and abs(onset - last.span.end) <= ANSWER_MAX

"""Self-shift: answering what somebody told of themselves with something of one's own."""

from collections.abc import Iterator

from listenlive.analysis.language import Lexicon
from listenlive.analysis.replies import Behaviour, Reply, Said
from listenlive.conversation import MomentKind

OPENING = 2  # sentences of a reply in which the turn to oneself must come
TOLD_WORDS = 4  # words the other must have said ("I am so tired")


def self_shifts(reply: Reply, words: Lexicon) -> Iterator[Behaviour]:
    """The turn to a story of one's own at the beginning of `reply`, right after one of theirs.

    None where the other had asked: then it is an answer.
    """
    if not reply.heard or not _tells_of_self(reply, words):
        return
    for at, said in enumerate(reply.said[:OPENING]):
        hit = said.hits.get(MomentKind.SELF_SHIFT.value)
        if hit is None or not said.plain or any(not each.plain for each in reply.said[:at]):
            continue
        yield Behaviour(
            MomentKind.SELF_SHIFT,
            reply.turn.speaker,
            _to_the_end(reply.said[at:]),
            said.words(hit),
            hit.sure,
            reply.answers,
        )
        return


def _to_the_end(said: tuple[Said, ...]) -> tuple[Said, ...]:
    """The sentences up to the first that asks something."""
    asked = next((at for at, each in enumerate(said) if not each.plain), len(said))
    return said[: max(asked, 1)]


def _tells_of_self(reply: Reply, words: Lexicon) -> bool:
    """Whether the other's last turn told of themselves and asked nothing."""
    told = reply.heard[-1].text
    spoken = told.lower().split()
    return (
        len(spoken) >= TOLD_WORDS
        and not told.rstrip("\"'”’)").endswith("?")
        and any(word.strip(".,!?") in words.context.of_me for word in spoken)
    )

"""Whether somebody goes on from what was said: follow-ups, questions stacked, nothing taken up."""

from collections.abc import Iterable, Iterator

from listenlive.analysis.language import Lexicon
from listenlive.analysis.replies import Behaviour, Reply, Said, matches
from listenlive.conversation import MomentKind

SHARED_SURE = 0.7  # confidence of a follow-up by a word of the other's
ABOUT_SURE = 0.55  # by a question that can only be about what was said ("what happened then?")
STACKED_SURE = 0.6
IGNORED_SURE = 0.5  # nothing shows that a thing was not heard; only that no word took it up
TOLD_WORDS = 12  # words the other must have said for there to be something to take up
REPLY_WORDS = 8  # words of a reply that could have taken it up


def follow_ups(reply: Reply, words: Lexicon) -> Iterator[Behaviour]:
    """Questions in `reply` about what the other has just told."""
    if not reply.heard:
        return
    for said in reply.said:
        if said.plain or MomentKind.ACCURACY_CHECK.value in said.hits:
            continue
        shared = said.stems & reply.stems
        about = matches(words.context.follows, said)
        if shared or about:
            trigger = said.shared(shared) if shared else said.words(about) if about else ""
            sure = SHARED_SURE if shared else ABOUT_SURE
            yield _behaviour(MomentKind.FOLLOW_UP, reply, (said,), trigger, sure)


def stacked(reply: Reply) -> Iterator[Behaviour]:
    """Two questions and more that the other could not answer in between."""
    asked = [
        said
        for said in reply.said
        if not said.plain and MomentKind.ACCURACY_CHECK.value not in said.hits
    ]
    asked = [said for said in asked if len(said.tokens) > 2]  # "Really?", "And then?" add nothing
    if len(asked) > 1:
        trigger = " ".join(said.sentence.text for said in asked[1:])
        yield _behaviour(MomentKind.STACKED_QUESTIONS, reply, tuple(asked), trigger, STACKED_SURE)


def not_taken_up(reply: Reply, words: Lexicon, done: Iterable[Behaviour]) -> Iterator[Behaviour]:
    """A reply to something told in which no word takes it up.

    No word of the other's, none to them ("you", "that"), no question, no sign of having followed
    first, and no other behaviour that answers.
    """
    if not reply.heard or any(True for _ in done) or any(not said.plain for said in reply.said):
        return
    told = reply.heard[-1]
    tokens = [token for said in reply.said for token in said.tokens]
    answering = words.context.of_you | words.context.points
    if len(told.text.split()) < TOLD_WORDS or len(tokens) < REPLY_WORDS:
        return
    if told.text.rstrip("\"'”’)").endswith("?") or tokens[0] in words.signals:
        return
    if not answering.isdisjoint(tokens) or any(said.stems & reply.stems for said in reply.said):
        return
    first = reply.said[0]
    yield _behaviour(MomentKind.NOT_TAKEN_UP, reply, reply.said, first.sentence.text, IGNORED_SURE)


def _behaviour(
    kind: MomentKind, reply: Reply, said: tuple[Said, ...], trigger: str, sure: float
) -> Behaviour:
    return Behaviour(kind, reply.turn.speaker, said, trigger, sure, reply.answers)

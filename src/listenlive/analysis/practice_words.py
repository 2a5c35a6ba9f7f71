"""What an exercise shows in words and keys: reflections, feelings, questions, answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from listenlive.analysis.exercise import (
    OTHER,
    Heard,
    Likeness,
    PracticeFigure,
    Shown,
)
from listenlive.analysis.language import Lexicon, content, feelings, stem
from listenlive.analysis.phrases import bare
from listenlive.conversation import QUESTIONS, Moment, MomentKind, PracticeStep, Role, StepKind

ALIKE = 0.78
"""Cosine from which two words mean the same here: "mum" and "mother" .86, "tired" and "exhausted"
.78, "glad" and "happy" .79; under it come "second" and "two", "coming" and "waiting"."""

FEWEST_WORDS = 8  # content words somebody must have told before a share of them says anything
FEWEST_BACK = 2  # of the other's content words in what is said back, to be a reflection of it
UNLISTED = "there is no list of words for feelings in this language yet"
NOT_PRESSED = "no key was pressed"


def reflected(heard: Heard, role: Role) -> PracticeFigure:
    """Share of the other's distinct content words that came back in the reflection.

    ::

        told      "I put the letter in a drawer."        letter, drawer
        said back "So you hid the letter."               1 of 2

    Without the steps' words there is no share; so too under `FEWEST_WORDS`.
    """
    name = Shown.WORDS_REFLECTED
    listener, teller = heard.person(role), heard.person(OTHER[role])
    if listener is None or teller is None or heard.wordless or heard.words is None:
        return PracticeFigure(name=name, by=listener, reason=heard.wordless or heard.nobody)
    told = _content(heard, teller, heard.steps(StepKind.TELL, teller=OTHER[role]), heard.words)
    back = _content(heard, listener, heard.steps(StepKind.REFLECT, teller=OTHER[role]), heard.words)
    if len(told) < FEWEST_WORDS:
        reason = f"only {len(told)} words to say back were heard; {FEWEST_WORDS} are needed"
        return PracticeFigure(name=name, by=listener, reason=reason)
    found = said_back(told, back, likeness=heard.likeness)
    share = len(found) / len(told)
    return PracticeFigure(name=name, by=listener, value=share, size=len(told), quotes=found)


def said_back(
    told: Mapping[str, str], back: Mapping[str, str], *, likeness: Likeness | None = None
) -> tuple[str, ...]:
    """Those of the words `told` that are in `back`, or mean the same as one there.

    Both map stems to words, as `content` gives them.
    """
    missing = [key for key in told if key not in back]
    alike: set[str] = set()
    if likeness and missing and back:
        rows = likeness([told[key] for key in missing], list(back.values()))
        alike = {key for key, row in zip(missing, rows, strict=True) if max(row) >= ALIKE}
    return tuple(word for key, word in told.items() if key in back or key in alike)


def _content(
    heard: Heard, who: str, steps: Sequence[PracticeStep], words: Lexicon
) -> dict[str, str]:
    said = (word.text for each in heard.said(who, steps) for word in each.words)
    return content(said, words)


def named(heard: Heard, role: Role) -> PracticeFigure:
    """Whether a feeling was named where one was to be named: a word of the list of feelings."""
    name, listener = Shown.EMOTION_NAMED, heard.person(role)
    if listener is None or heard.wordless or heard.words is None:
        return PracticeFigure(name=name, by=listener, reason=heard.wordless or heard.nobody)
    listed = feelings(heard.words.language)
    if not listed:
        return PracticeFigure(name=name, by=listener, reason=UNLISTED)
    steps = heard.steps(StepKind.NAME, teller=OTHER[role])
    known = {stem(word, heard.words) for word in listed}
    said = [bare(word.text) for each in heard.said(listener, steps) for word in each.words]
    found = tuple(dict.fromkeys(word for word in said if stem(word, heard.words) in known))
    return PracticeFigure(name=name, by=listener, value=float(bool(found)), quotes=found)


def reflection(heard: Heard, role: Role) -> PracticeFigure:
    """Whether something was said back: two of the other's own words, or what sounds like it.

    With `moments` it is only the latter: to be heard and confirmed.
    """
    name = Shown.REFLECTION_GIVEN
    listener, teller = heard.person(role), heard.person(OTHER[role])
    if listener is None or teller is None or heard.wordless or heard.words is None:
        return PracticeFigure(name=name, by=listener, reason=heard.wordless or heard.nobody)
    steps = heard.steps(StepKind.REFLECT, teller=OTHER[role])
    told = _content(heard, teller, heard.steps(StepKind.TELL, teller=OTHER[role]), heard.words)
    back = _content(heard, listener, steps, heard.words)
    words = said_back(told, back, likeness=heard.likeness)
    if len(words) >= FEWEST_BACK:
        return PracticeFigure(name=name, by=listener, value=1.0, quotes=words)
    return replace(
        _counted(name, listener, shown := heard.did(listener, steps, MomentKind.REFLECTION)),
        value=float(bool(shown)),
    )


def advice(heard: Heard, role: Role, *kinds: StepKind) -> PracticeFigure:
    """How often words of advice came in steps of these kinds, where none was to be given."""
    listener = heard.person(role)
    if listener is None or heard.untold:
        return PracticeFigure(name=Shown.ADVICE, by=listener, reason=heard.untold or heard.nobody)
    steps = heard.steps(*kinds, teller=OTHER[role])
    return _counted(Shown.ADVICE, listener, heard.did(listener, steps, MomentKind.ADVICE))


def confirmed(heard: Heard, role: Role) -> PracticeFigure:
    """Whether the other said with a key that `role` got it right; of several rounds, how many."""
    listener = heard.person(role)
    pressed = [a for a in heard.practice.answers if (a.question, a.by) == ("got_it", OTHER[role])]
    name = Shown.CHECK_CONFIRMED
    if listener is None or not pressed:
        reason = heard.nobody if listener is None else NOT_PRESSED
        return PracticeFigure(name=name, by=listener, reason=reason)
    value = float(sum(answer.value for answer in pressed))
    return PracticeFigure(name=name, by=listener, value=value, size=len(pressed))


def follow_up(heard: Heard, role: Role) -> PracticeFigure:
    """Questions of the one who was to ask one."""
    listener = heard.person(role)
    if listener is None or heard.wordless:
        return PracticeFigure(
            name=Shown.FOLLOW_UP, by=listener, reason=heard.wordless or heard.nobody
        )
    steps = heard.steps(StepKind.ASK, teller=OTHER[role])
    return _counted(Shown.FOLLOW_UP, listener, heard.did(listener, steps, *sorted(QUESTIONS)))


def answers(heard: Heard) -> Iterator[PracticeFigure]:
    """The moods that were told with a key, and how many of the parts were gone through."""
    roles = (Role.LISTENER, Role.PARTNER)
    moods = {a.by: a.value for a in heard.practice.answers if a.question == "mood"}
    for role in roles:
        who, mood = heard.person(role), moods.get(role)
        reason = NOT_PRESSED if mood is None else heard.nobody if who is None else None
        value = None if mood is None or who is None else float(mood)
        yield PracticeFigure(name=Shown.MOOD, by=who, value=value, reason=reason)
    speaking = heard.steps(StepKind.WHY, StepKind.ASK)
    spoken = sum(
        any(u.span & step.span for u in heard.conversation.utterances) for step in speaking
    )
    size = len(roles) * len((StepKind.MOOD, StepKind.WHY, StepKind.ASK))  # reached or not
    yield PracticeFigure(name=Shown.DONE, by=None, value=len(moods) + spoken, size=size)


def questions_and_validations(heard: Heard, role: Role) -> Iterator[PracticeFigure]:
    """What the one who listened said while the other shared: asked, validated, in how many turns.

    The share is that of the listener's turns (listener signals are none) with a question or a
    validation in them.
    """
    listener = heard.person(role)
    steps = heard.steps(StepKind.SHARE, teller=OTHER[role])
    asked = heard.did(listener, steps, *sorted(QUESTIONS)) if listener else ()
    if listener is None or heard.wordless:
        reason = heard.wordless or heard.nobody
        yield PracticeFigure(name=Shown.QUESTIONS, by=listener, reason=reason)
    else:
        yield _counted(Shown.QUESTIONS, listener, asked)
    if listener is None or heard.untold:
        for name in (Shown.VALIDATIONS, Shown.ASKED_OR_VALIDATED):
            yield PracticeFigure(name=name, by=listener, reason=heard.untold or heard.nobody)
        return
    validated = heard.did(listener, steps, MomentKind.VALIDATION)
    yield _counted(Shown.VALIDATIONS, listener, validated)
    yield _share_of_turns(heard, listener, steps, (*asked, *validated))


def _share_of_turns(
    heard: Heard, listener: str, steps: Sequence[PracticeStep], moments: Sequence[Moment]
) -> PracticeFigure:
    turns = [
        turn
        for turn in heard.analysis.turns
        if turn.speaker == listener and any(turn.span.middle in step.span for step in steps)
    ]
    name = Shown.ASKED_OR_VALIDATED
    if not turns:
        return PracticeFigure(name=name, by=listener, reason="no turn of theirs was heard")
    shown = {each for moment in moments for each in moment.evidence}
    with_it = sum(bool(shown.intersection(turn.utterances)) for turn in turns)
    return PracticeFigure(name=name, by=listener, value=with_it / len(turns), size=len(turns))


def _counted(name: Shown, by: str, moments: Sequence[Moment]) -> PracticeFigure:
    return PracticeFigure(
        name=name,
        by=by,
        value=float(len(moments)),
        moments=tuple(moment.span for moment in moments),
        quotes=tuple(moment.text for moment in moments if moment.text),
    )

from dataclasses import replace

import pytest

from drawing import draw
from listenlive.analysis import analyse
from listenlive.analysis.exercise import NOBODY, Shown
from listenlive.analysis.language import content, feelings, lexicon, stem
from listenlive.analysis.practice import practised
from listenlive.analysis.practice_words import ALIKE, NOT_PRESSED, UNLISTED, said_back
from listenlive.conversation import (
    Moment,
    MomentKind,
    Practice,
    PracticeAnswer,
    PracticeStep,
    Role,
    StepKind,
)
from listenlive.span import Span

ME, PARTNER = Role.LISTENER, Role.PARTNER
EN = lexicon("en")

TOLD = "I put the letter in a drawer, since Ida sat in the kitchen with her homework and two cats."
BACK = "So you hid the letter because you saw your daughter in the kitchen."

PICTURE = """
    A                      ====== ====
    B  ===================            ===
    """
TELL = PracticeStep(StepKind.TELL, Span(0, 10), PARTNER, PARTNER)
REFLECT = PracticeStep(StepKind.REFLECT, Span(10, 15), PARTNER, ME)
NAME = PracticeStep(StepKind.NAME, Span(10, 13), PARTNER, ME)
LATER = PracticeStep(StepKind.REFLECT, Span(13, 15), PARTNER, ME)
CHECK = PracticeStep(StepKind.CHECK, Span(15, 17), PARTNER, PARTNER)


def shown(*steps, words, answers=(), likeness=None, language="en", moments=()):
    talk = draw(PICTURE, words=words, listener="A")
    talk = replace(talk, practice=Practice("drawn", steps, answers), language=language)
    analysis = analyse(talk)
    analysis = replace(analysis, moments=(*analysis.moments, *moments))
    return practised(talk, analysis, likeness=likeness)


def test_content_words_are_what_a_sentence_is_about():
    assert list(
        content(
            ["Well,", "I", "didn't", "sto-", "stop", "at", "Ida's;", "uh-huh", "12."], EN
        ).values()
    ) == [
        "stop",
        "ida",
    ]


@pytest.mark.parametrize(
    "forms",
    ["worry worries worried worrying", "stop stopped stops", "move moved moving", "job jobs"],
)
def test_forms_of_a_word_have_one_stem(forms):
    assert len({stem(word, EN) for word in forms.split()}) == 1


def test_words_said_back_are_a_share_of_those_told():
    figure = shown(TELL, REFLECT, words={"A": [BACK], "B": [TOLD]}).of(Shown.WORDS_REFLECTED, "A")
    assert figure.quotes == ("letter", "kitchen")
    assert figure.size == 8  # letter drawer ida sat kitchen homework two cats
    assert figure.value == pytest.approx(2 / 8)


def test_with_likeness_other_words_for_the_same_count():
    told, back = content(["tired", "mother"], EN), content(["exhausted", "bus"], EN)
    cosines = {("tired", "exhausted"): ALIKE, ("mother", "bus"): ALIKE - 0.01}

    def likeness(ours, theirs):
        return [[cosines.get((a, b), 0.0) for b in theirs] for a in ours]

    assert said_back(told, back) == ()
    assert said_back(told, back, likeness=likeness) == ("tired",)
    assert said_back(told, {}, likeness=likeness) == ()


def test_few_words_have_no_share():
    figure = shown(TELL, REFLECT, words={"A": ["A bus."], "B": ["A letter arrived."]}).of(
        Shown.WORDS_REFLECTED, "A"
    )
    assert figure.value is None
    assert figure.reason == "only 2 words to say back were heard; 8 are needed"


@pytest.mark.parametrize(
    ("words", "language", "reason"),
    [
        ({}, "en", "nothing was transcribed"),
        ({"A": ["Ach so."], "B": [TOLD]}, "fr", "this conversation is in 'fr'"),
    ],
)
def test_without_words_or_word_lists_words_are_not_measured(words, language, reason):
    result = shown(TELL, REFLECT, words=words, language=language)
    figure = result.of(Shown.WORDS_REFLECTED, "A")
    assert figure.value is None
    assert reason in figure.reason
    assert result.of(Shown.SLIPS, "A").value == 0  # timing remains
    xray = shown(TELL, NAME, LATER, words=words, language=language)
    for name in (Shown.EMOTION_NAMED, Shown.REFLECTION_GIVEN, Shown.ADVICE):
        assert xray.of(name, "A").value is None


def test_a_feeling_is_named_by_a_word_of_the_list():
    def named(said):
        return shown(TELL, NAME, LATER, words={"A": [said, BACK], "B": [TOLD]}).of(
            Shown.EMOTION_NAMED, "A"
        )

    assert (named("You sound torn, and a bit worried.").value) == 1
    assert named("You sound torn, and a bit worried.").quotes == ("torn", "worried")
    assert named("You should call them.").value == 0


def test_a_language_without_words_for_feelings_says_so(monkeypatch):
    monkeypatch.setattr("listenlive.analysis.practice_words.feelings", lambda language: frozenset())
    words = {"A": ["Sad.", BACK], "B": [TOLD]}
    figure = shown(TELL, NAME, LATER, words=words).of(Shown.EMOTION_NAMED, "A")
    assert (figure.value, figure.reason) == (None, UNLISTED)


def test_two_of_the_others_words_are_a_reflection_and_so_is_one_that_was_heard():
    def given(said, *moments):
        words = {"A": ["Sad.", said], "B": [TOLD]}
        return shown(TELL, NAME, LATER, words=words, moments=moments).of(
            Shown.REFLECTION_GIVEN, "A"
        )

    assert given("The letter, the kitchen.").value == 1
    assert given("The letter.").value == 0
    heard = Moment(90, MomentKind.REFLECTION, Span(13.5, 15), "A", None, 0.6, (1,), "So you hid.")
    assert given("So you hid.", heard).quotes == ("So you hid.",)
    assert given("So you hid.", replace(heard, judged=False)).value == 0
    assert given("So you hid.", replace(heard, by="B")).value == 0


def test_who_told_confirms_with_a_key():
    yes = PracticeAnswer("got_it", PARTNER, 1, 16.0)
    words = {"A": ["Sad.", BACK], "B": [TOLD]}
    figure = shown(TELL, NAME, LATER, CHECK, words=words, answers=(yes,)).of(
        Shown.CHECK_CONFIRMED, "A"
    )
    assert (figure.value, figure.size) == (1, 1)
    silent = shown(TELL, NAME, LATER, CHECK, words=words).of(Shown.CHECK_CONFIRMED, "A")
    assert (silent.value, silent.reason) == (None, NOT_PRESSED)


def test_moods_and_the_one_question():
    steps = (
        PracticeStep(StepKind.MOOD, Span(0, 1), PARTNER, None),
        PracticeStep(StepKind.WHY, Span(1, 10), PARTNER, PARTNER),
        PracticeStep(StepKind.ASK, Span(10, 15), PARTNER, None),
    )
    answers = (PracticeAnswer("mood", PARTNER, 4, 0.5),)
    words = {"A": ["What would help?", ""], "B": ["A bad night."]}
    result = shown(*steps, words=words, answers=answers)
    assert result.of(Shown.MOOD, "B").value == 4
    assert result.of(Shown.MOOD, "A").reason == NOT_PRESSED
    assert result.of(Shown.FOLLOW_UP, "A").value == 1
    assert result.of(Shown.FOLLOW_UP, "A").quotes == ("What would help?",)
    assert (result.of(Shown.DONE, None).value, result.of(Shown.DONE, None).size) == (3, 6)


def test_questions_and_validations_while_the_other_shares():
    share = PracticeStep(StepKind.SHARE, Span(0, 17), PARTNER, None)
    words = {"A": ["What was worst?", "You know best."], "B": [TOLD, "Yes."]}
    result = shown(share, words=words)
    assert result.of(Shown.QUESTIONS, "A").value == 1
    assert result.of(Shown.VALIDATIONS, "A").value == 0
    assert result.of(Shown.ASKED_OR_VALIDATED, "A").value == 1.0
    assert result.of(Shown.ASKED_OR_VALIDATED, "A").size == 1


def test_validations_and_advice_are_told_by_their_words():
    share = PracticeStep(StepKind.SHARE, Span(0, 17), PARTNER, None)
    words = {"A": ["That makes sense to me.", "You should call them."], "B": [TOLD, "Hm."]}
    result = shown(share, words=words)
    assert result.of(Shown.VALIDATIONS, "A").value == 1
    assert result.of(Shown.VALIDATIONS, "A").quotes
    assert result.of(Shown.ADVICE, "A").value == 1
    assert result.of(Shown.QUESTIONS, "A").value == 0


def test_nobody_is_guessed():
    talk = draw(PICTURE, words={"A": [BACK], "B": [TOLD]})
    talk = replace(talk, practice=Practice("drawn", (TELL, REFLECT)))
    result = practised(talk, analyse(talk))
    assert {figure.reason for figure in result.figures} == {NOBODY}


def test_feelings_are_words_as_they_are_said():
    assert {"torn", "worried", "lonely"} <= feelings("en")
    assert not feelings("fr")

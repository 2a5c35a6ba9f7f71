from dataclasses import replace

import pytest

from drawing import draw
from listenlive.analysis import analyse
from listenlive.conversation import BEHAVIOURS, MomentKind, Trait

TOLD = "I worked on that project for two years and my boss gave it to somebody else."


def answered(text, *, told=TOLD, then="Yes, exactly."):
    """Behaviours of A, who answers `told` with `text`; B says `then` after it."""
    talk = draw(
        """
        A            ========
        B  =========          ====
        """,
        words={"A": [text], "B": [told, then]},
    )
    return [m for m in analyse(talk).moments if m.by == "A" and m.kind in BEHAVIOURS]


def kinds(text, **around):
    return {moment.kind.value for moment in answered(text, **around)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What did your boss say about the project?", "follow_up"),
        ("And what happened then?", "follow_up"),
        ("Where was that? Who else was there?", "stacked_questions"),
        ("So you put two years into it, and then somebody else got it.", "reflection"),
        ("It sounds like you felt passed over.", "reflection"),
        ("That makes sense.", "validation"),
        ("I can see why you'd want to leave.", "validation"),
        ("You sound really disappointed.", "emotion_named"),
        ("Did I get that right?", "accuracy_check"),
        ("You should talk to her again.", "advice"),
        ("Why don't you just ask for another one?", "advice"),
        ("If I were you, I would leave.", "advice"),
        ("It's not that bad.", "dismissal"),
        ("At least you still have a job.", "dismissal"),
        ("You're overreacting.", "dismissal"),
        ("Oh, I'm so sorry to hear that.", "sympathy"),
        ("That must be hard.", "sympathy"),
        ("That reminds me of when they closed our office.", "self_shift"),
        ("Me too, they did the same to me last year.", "self_shift"),
        ("You always let them do that.", "blame"),
        ("It's your own fault.", "blame"),
        ("I feel sad when they treat people like that.", "i_statement"),
        ("I'm glad you told me.", "appreciation"),
        ("The plumber comes on Thursday morning between nine and eleven.", "not_taken_up"),
    ],
)
def test_each_kind_is_found_by_its_words(text, kind):
    assert kind in kinds(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Should I have known what you should do?", "advice"),
        ("I wish I could tell what they should do.", "advice"),
        ("At least two people said so.", "dismissal"),
        ("Does that make sense?", "validation"),
        ("Sorry, what?", "sympathy"),
        ("I am curious about that.", "i_statement"),
        ("You never know.", "blame"),
        ("How do you feel about it?", "emotion_named"),
        ("Mhm, right.", "not_taken_up"),
        ("And what did your boss say?", "not_taken_up"),
    ],
)
def test_near_misses_are_none(text, kind):
    assert kind not in kinds(text)


@pytest.mark.parametrize("text", ["Mhm.", "Yeah.", "Oh wow.", "Okay, right.", ""])
def test_signals_and_short_answers_are_no_behaviours(text):
    assert answered(text) == []


def test_a_behaviour_comes_with_its_words_and_what_it_answers():
    found = answered("Well, you should talk to her.")
    (moment,) = (m for m in found if m.kind is MomentKind.ADVICE)
    assert moment.trigger == "you should"
    assert moment.text == "Well, you should talk to her."
    assert moment.answers == (2,)
    assert 0.5 < moment.confidence < 0.95


@pytest.mark.parametrize(
    ("told", "text", "traits"),
    [
        (TOLD, "You should ask.", {Trait.UNASKED, Trait.BEFORE_ASKING}),
        (TOLD, "What did she say? You should ask.", {Trait.UNASKED}),
        (TOLD, "So you feel left out. You should ask.", {Trait.UNASKED}),
        ("What should I do?", "You should ask.", {Trait.ASKED_FOR, Trait.BEFORE_ASKING}),
        ("So what do you recommend?", "You should ask.", {Trait.ASKED_FOR, Trait.BEFORE_ASKING}),
        ("I don't know what to do.", "You should ask.", {Trait.ASKED_FOR, Trait.BEFORE_ASKING}),
    ],
)  # fmt: skip
def test_advice_knows_what_came_before(told, text, traits):
    (advice,) = (m for m in answered(text, told=told) if m.kind is MomentKind.ADVICE)
    assert set(advice.traits) == traits


def test_a_question_one_reply_earlier_counts_as_having_asked():
    talk = draw(
        """
        A      ====       ====
        B  ===      =====
        """,
        words={"A": ["What did she say?", "You should ask again."], "B": [TOLD, TOLD]},
    )
    (advice,) = (m for m in analyse(talk).moments if m.kind is MomentKind.ADVICE)
    assert Trait.BEFORE_ASKING not in advice.traits


@pytest.mark.parametrize(
    ("then", "traits"),
    [
        ("Yes, that's it.", (Trait.CONFIRMED,)),
        ("No, not really.", (Trait.DENIED,)),
        ("Well, I don't know if I'd say so.", (Trait.DENIED,)),
        ("The bus is here.", ()),
    ],
)
def test_an_accuracy_check_has_the_answer(then, traits):
    found = answered("You felt passed over. Is that right?", then=then)
    (check,) = (m for m in found if m.kind is MomentKind.ACCURACY_CHECK)
    assert check.traits == traits


@pytest.mark.parametrize(
    ("text", "trait"),
    [
        ("So you worked two years on that project.", Trait.SIMPLE),
        ("It sounds like you feel betrayed.", Trait.COMPLEX),
    ],
)
def test_a_reflection_is_in_their_words_or_adds_to_them(text, trait):
    (reflection,) = (m for m in answered(text) if m.kind is MomentKind.REFLECTION)
    assert reflection.traits == (trait,)


def test_an_answer_to_a_question_is_no_self_shift():
    told = "I had a long day at work, how was yours my dear?"
    assert "self_shift" not in kinds("When I got in, the office was closed.", told=told)


def test_figures_follow_the_moments():
    talk = draw(
        """
        A      ====       ====
        B  ===      =====
        """,
        words={"A": ["What did she say?", "You should ask again."], "B": [TOLD, TOLD]},
    )
    figures = analyse(talk).measures["A"].behaviours
    assert figures is not None
    assert (figures.turns, figures.advice, figures.advice_unasked) == (2, 1, 1)
    assert (figures.advice_before_asking, figures.reflections) == (0, 0)


def test_another_language_has_none_and_says_why():
    talk = draw("A  ====\nB      ====", words={"A": ["Vous devriez lui parler."], "B": ["Oui."]})
    other = analyse(replace(talk, language="fr"))
    assert other.measures["A"].behaviours is None
    assert "behaviours" in other.not_measured
    assert other.measures["A"].talk_seconds == 2.0
    assert not [m for m in other.moments if m.kind in BEHAVIOURS]

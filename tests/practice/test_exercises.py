import pytest

from listenlive.conversation import Role, StepKind
from listenlive.errors import ConfigError
from listenlive.practice.exercises import Names, exercise, exercises, plan

ME, PARTNER = Role.LISTENER, Role.PARTNER
SCREEN = 60  # columns a line may have, to be set wide on a screen of 80


def test_the_five_exercises():
    assert list(exercises()) == [
        "two-minutes",
        "emotional-x-ray",
        "temperature",
        "weekly-swap",
        "talking-stick",
    ]


def test_the_partner_tells_first_then_they_change_over():
    steps = plan(exercise("two-minutes"))
    assert [(s.kind, s.teller, s.floor) for s in steps] == [
        (StepKind.SETTLE, PARTNER, None),
        (StepKind.TELL, PARTNER, PARTNER),
        (StepKind.REFLECT, PARTNER, ME),
        (StepKind.TELL, ME, ME),
        (StepKind.REFLECT, ME, PARTNER),
    ]
    assert steps[1].seconds == 120


def test_the_other_may_tell_first():
    assert plan(exercise("two-minutes"), first=ME)[1].teller is ME


@pytest.mark.parametrize("name", exercises())
def test_every_text_fits_the_screen_and_names_those_it_means(name):
    names = Names("Ana", "{listener} <b>")
    for step in plan(exercise(name)):
        lines = step.text(names).splitlines()
        assert 1 <= len(lines) <= 4
        assert max(map(len, lines)) <= SCREEN
        assert len(step.title(Names())) <= SCREEN
        assert "{teller}" not in step.text(names) + step.title(names)


def test_a_name_is_never_read_as_a_placeholder():
    step = plan(exercise("two-minutes"))[1]
    assert step.title(Names("Ana", "{listener}")) == "{listener} speaks"


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'two-minutes'"):
        exercise("two-minute")
    with pytest.raises(ConfigError, match="there are: two-minutes, emotional-x-ray"):
        exercise("yoga")

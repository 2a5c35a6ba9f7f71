from pathlib import Path

import pytest

from listenlive.conversation import Answer, Role
from listenlive.errors import ConfigError
from listenlive.forms import FELT_HEARD, MOOD_AFTER, SELF_CHECK, form, mean

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("name", "by", "count"), [(FELT_HEARD, "partner", 8), (SELF_CHECK, "listener", 5)]
)
def test_a_form_has_its_questions(name, by, count):
    found = form(name)
    assert (found.by, len(found.questions)) == (by, count)
    assert len({question.id for question in found.questions}) == count
    assert (found.least, found.most) == (1, 5)


@pytest.mark.parametrize("name", [FELT_HEARD, SELF_CHECK])
def test_what_is_shipped_is_what_configs_show(name):
    shipped = ROOT / "src" / "listenlive" / "data" / "forms" / f"{name}.toml"
    assert shipped.read_bytes() == (ROOT / "configs" / f"{name}.toml").read_bytes()


def test_answers_are_kept_in_the_order_of_the_questions():
    kept = form(FELT_HEARD).check_in(Role.PARTNER, {"again": 5, "time": 2}, at="2026-05-03")
    assert kept.answers == (Answer("time", 2), Answer("again", 5))
    assert mean(kept) == 3.5
    assert mean(form(MOOD_AFTER).check_in(Role.PARTNER, {}, at="2026-05-03")) is None


@pytest.mark.parametrize(
    ("name", "answers", "message"),
    [
        (FELT_HEARD, {"time": 6}, "6 is no answer to 'I had the time I needed.'; allowed: 1 to 5"),
        (MOOD_AFTER, {"mood": 0}, "allowed: 1 to 10"),
        (SELF_CHECK, {"time": 3}, "no question 'time'; it has mattered"),
    ],
)
def test_an_answer_that_does_not_fit_says_what_does(name, answers, message):
    with pytest.raises(ConfigError, match=message):
        form(name).check_in(Role.LISTENER, answers, at="2026-05-03")


def test_an_unknown_form_names_those_there_are():
    with pytest.raises(ConfigError, match="felt_heard"):
        form("felt_herd")

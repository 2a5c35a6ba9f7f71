import stat

import pytest

from listenlive.cli import main
from listenlive.commands.carding import ask, shown, words
from listenlive.errors import SessionError
from listenlive.practice.cards import Answered, beside, cards, earlier, families, keep

EMPATHY = cards()["how-empathic"]
BURNOUT = cards()["burnout"]


def answered(value, *, at="2026-11-12T20:00:00+01:00", card=EMPATHY, note=""):
    return Answered(card.name, at, {each.id: value for each in card.statements}, note)


def replies(*given):
    left = iter(given)
    return lambda question: next(left)


def test_the_cards():
    assert list(cards()) == ["eye-contact", "screen-free", "how-empathic", "burnout", "feelings"]
    assert (cards()["eye-contact"].seconds, cards()["screen-free"].seconds) == (30, 3600)
    assert len(EMPATHY.statements) == 10
    assert len(BURNOUT.statements) == 5
    for card in cards().values():
        assert len({each.id for each in card.statements}) == len(card.statements)
        assert max(map(len, [each.text for each in card.statements] or [""])) <= 70


def test_no_card_says_what_somebody_is():
    told = " ".join(
        [each.about + each.intro + each.after + each.text for each in cards().values()]
        + [statement.text for each in cards().values() for statement in each.statements]
    ).lower()
    for word in ("score", "points", "diagnos", "disorder", "you are a", "depress", "syndrome"):
        assert word not in told


def test_answers_are_kept_for_the_user_alone(tmp_path):
    data = tmp_path / "data"
    path = keep(data, answered(3))
    keep(data, answered(4, at="2026-11-19T20:00:00+01:00"))
    keep(data, answered(1, card=BURNOUT))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.answers["silence"] for each in earlier(data, "how-empathic")] == [3, 4]
    assert earlier(tmp_path / "elsewhere", "burnout") == ()


def test_a_line_that_a_crash_cut_off_is_left_out(tmp_path):
    path = keep(tmp_path, answered(3))
    with path.open("a") as file:
        file.write('{"card": "how-emp')
    assert len(earlier(tmp_path, "how-empathic")) == 1


@pytest.mark.parametrize("line", ['{"card": "burnout"}', "[]", "{", '"x"'])
def test_what_is_no_answer_says_so(tmp_path, line):
    path = keep(tmp_path, answered(3))
    path.write_text(line + "\n")
    with pytest.raises(SessionError, match=r"line 1 of .* is no answer") as raised:
        earlier(tmp_path, "burnout")
    assert line not in str(raised.value)


def test_answers_stand_beside_the_last_three():
    before = tuple(answered(n) for n in (1, 2, 3, 4))
    lines = beside(EMPATHY, answered(5), before)
    assert lines[0].startswith("2 3 4  5  I asked somebody")
    assert beside(EMPATHY, answered(5), ())[0].startswith("       5  I asked")
    partly = Answered("how-empathic", "2026-11-12", {"check_in": 2})
    assert beside(EMPATHY, partly, (partly,))[1].startswith("    -  -  I came back")


def test_each_statement_is_asked_and_what_is_no_number_again(capsys):
    given = ask(BURNOUT, replies("2", "", "7", "soon", "3", "4", "5"))
    assert given.answers == {"numb": 2, "resentful": 3, "tired": 4, "withdrawn": 5}
    assert "'7' is no answer; 1 to 5, Enter, or q." in capsys.readouterr().out


@pytest.mark.parametrize("given", [("q",), ("3", "Q"), ("",) * 5])
def test_who_leaves_or_answers_nothing_has_answered_nothing(given):
    assert ask(BURNOUT, replies(*given)) is None


def test_the_end_of_the_input_leaves():
    def ended(question):
        raise EOFError

    assert ask(BURNOUT, ended) is None


def test_what_helps_is_said_whatever_was_answered():
    for value in (1, 5):
        lines = "\n".join(shown(BURNOUT, answered(value, card=BURNOUT), ()))
        assert "Your answers, the first ones:" in lines
        for help_ in ("A time limit", "Time alone", "Saying so", "Asking for the same back"):
            assert help_ in lines


def test_a_timer_tells_the_words_of_the_times_before():
    card = cards()["eye-contact"]
    before = tuple(answered(1, card=card, note=note) for note in ("odd", "", "warm"))
    now = answered(1, card=card, note="long")
    assert list(shown(card, now, before)) == [
        "Thirty seconds of eye contact: done, long.",
        "The times before: odd, warm.",
    ]


def test_words_for_feelings_fit_the_screen(capsys):
    assert main(["practice", "feelings"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == list("\n".join(words(cards()["feelings"])).splitlines())
    assert max(map(len, out.splitlines())) <= 80
    assert all(family.name.upper() in out for family in families())


def test_a_card_needs_somebody_at_a_terminal(capsys, tmp_path):
    assert main(["practice", "burnout", "--data", str(tmp_path)]) == 2
    assert "is answered at a terminal" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())

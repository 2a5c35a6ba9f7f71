from dataclasses import replace

import pytest

from drawing import draw
from listenlive.analysis import analyse
from listenlive.analysis.exercise import ALONE, NOBODY, SILENT, Shown
from listenlive.analysis.practice import practised
from listenlive.analysis.reasons import BLIND
from listenlive.conversation import Practice, PracticeStep, Role, StepKind
from listenlive.span import Span

ME, PARTNER = Role.LISTENER, Role.PARTNER


def tell(start, end, *, teller=PARTNER):
    return PracticeStep(StepKind.TELL, Span(start, end), teller, teller)


def reflect(start, end, *, teller=PARTNER):
    listener = ME if teller is PARTNER else PARTNER
    return PracticeStep(StepKind.REFLECT, Span(start, end), teller, listener)


def hold(start, end, *, holder=PARTNER):
    return PracticeStep(StepKind.HOLD, Span(start, end), holder, holder)


def practice_in(talk, *steps, answers=(), likeness=None):
    talk = replace(talk, practice=Practice("drawn", steps, answers))
    return practised(talk, analyse(talk), likeness=likeness)


def result(picture, *steps, words=None, sees_overlap=True, listener="A"):
    talk = draw(picture, words=words, listener=listener, sees_overlap=sees_overlap)
    return practice_in(talk, *steps)


def test_an_ordinary_conversation_is_no_exercise():
    talk = draw("A  ==")
    assert practised(talk, analyse(talk)) is None


def test_speech_of_the_listener_over_a_second_is_a_slip():
    shown = result(
        """
        A      ==    ===      ====
        B  ====  ====== ======
        """,
        tell(0, 10),
    ).of(Shown.SLIPS, "A")
    assert shown.value == 1  # the first lasts 1.0 s, which is no more than a second; the last is
    assert shown.moments == (Span(5.0, 6.5),)  # outside the step
    assert shown.size == 10


def test_a_slip_with_a_breath_in_it_is_one():
    picture = """
        A    ===  ===   ===
        B  ======================
        """
    shown = result(picture, tell(0, 10)).of(Shown.SLIPS, "A")
    assert shown.moments == (Span(1, 5), Span(6.5, 8))


def test_speech_is_cut_to_the_step():
    picture = """
        A        ======
        B  ======
        """
    assert result(picture, tell(0, 4)).of(Shown.SLIPS, "A").value == 0
    assert result(picture, tell(0, 4.5)).of(Shown.SLIPS, "A").value == 1


def test_a_listener_signal_is_no_slip_and_the_same_time_in_other_words_is():
    picture = """
        A        ============
        B  ==================================================
        """

    def slips(said, *, step):
        drawn = draw(picture, step=step, words={"A": [said]}, listener="A")
        return practice_in(drawn, tell(0, 50 * step)).of(Shown.SLIPS, "A").value

    assert slips("oh really yeah", step=0.1) == 0  # 1.2 s of it
    assert slips("you should call", step=0.1) == 1
    assert slips("oh really yeah", step=0.5) == 1  # 6 s of it


def test_rounds_are_counted_apart_for_both():
    shown = result(
        """
        A    ===     ======
        B  ======== =====
        """,
        tell(0, 4),
        tell(4, 8, teller=ME),
    )
    assert shown.of(Shown.SLIPS, "A").value == 1
    assert shown.of(Shown.SLIPS, "B").value == 1


@pytest.mark.parametrize(
    ("picture", "options", "reason"),
    [
        ("A  ====\nB      ====", {"listener": None}, NOBODY),
        ("A  ====\nB      ====", {"sees_overlap": False}, BLIND),
        ("A                  ====\nB                      ====", {}, SILENT),
        ("B  ====", {"listener": None}, ALONE),
    ],
    ids=["roles unknown", "overlap unseen", "silence", "one person"],
)
def test_what_cannot_be_heard_is_no_zero(picture, options, reason):
    shown = result(picture, tell(0, 4), **options)
    (figure,) = shown.figures
    assert (figure.name, figure.value, figure.reason) == (Shown.SLIPS, None, reason)


@pytest.mark.parametrize(
    ("picture", "seconds"),
    [
        ("A            ====\nB  ======      ", 1.0),  # from the beginning of the step at 4 s
        ("A              ====\nB  ==========     ", 1.0),  # the teller talks into it
        ("A         ==========\nB  ======      ", 0.0),  # the listener has already begun
    ],
    ids=["from the step", "from the teller's end", "already speaking"],
)
def test_time_to_reflect(picture, seconds):
    shown = result(picture, tell(0, 4), reflect(4, 12)).of(Shown.TIME_TO_REFLECT, "A")
    assert shown.value == pytest.approx(seconds)


def test_silence_is_no_reflection():
    shown = result("A  ==\nB    ====", tell(0, 4), reflect(4, 8)).of(Shown.TIME_TO_REFLECT, "A")
    assert (shown.value, shown.reason) == (None, "nothing was said back")


def test_the_talking_stick():
    shown = result(
        """
        A  ====    ==== ===
        B      ==       ========
        """,
        hold(0, 4, holder=ME),
        hold(4, 6),
        hold(6, 12),
    )
    assert shown.of(Shown.FLOOR_KEPT, "A").value == 0  # spoke in both of B's holds
    assert shown.of(Shown.FLOOR_KEPT, "A").size == 2
    assert shown.of(Shown.FLOOR_KEPT, "B").value == 1
    assert shown.of(Shown.SHARE, "A").value == pytest.approx(5.5 / 10.5)
    assert shown.of(Shown.OVERLAPS, None).value == pytest.approx(1.5)

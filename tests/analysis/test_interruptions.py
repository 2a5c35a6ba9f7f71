from dataclasses import replace

import pytest

from drawing import draw
from listenlive.analysis import analyse
from listenlive.analysis.interruptions import is_signal, is_unfinished
from listenlive.analysis.language import lexicon
from listenlive.conversation import MomentKind

ENGLISH = lexicon("en")

TERMINAL = """
    A  ======================
    B                    =======================
    """
SHORT = """
    A  ==============================
    B            =====
    """
LONGER = """
    A  ==============================
    B            ==========
    """
IN_PAUSE = """
    A  ==========          =============
    B              =====
    """
ENDING = """
    A  ========================    ================
    B                     ====
    """
EARLY = """
    A  ========================================
    B            =====
    """
TORN = """
    A  ==========    ================
    B                   ====
    """


@pytest.mark.parametrize(
    ("picture", "first", "second", "kinds"),
    [
        (TERMINAL, "We went to the sea.", "Which one was it then?", ["terminal"]),
        (TERMINAL, "We went to the", "Which one was it then?", ["interruption"]),
        (TERMINAL, "We went to the har-", "Which one was it then?", ["interruption"]),
        (TERMINAL, "We went to the sea...", "Which one was it then?", ["terminal"]),
        (TERMINAL, "Did you go there? I", "Yes we did.", ["terminal"]),  # answered, not cut off
        (SHORT, "It was late and we had to leave before it ended", "Mhm.", ["backchannel"]),
        (SHORT, "You liked it? Because we had to leave before it ended", "Yes.", ["terminal"]),
        (LONGER, "It was late and we had to leave", "Oh really, yeah.", ["backchannel"]),
        (LONGER, "It was late and we had to leave", "That is wrong.", ["attempt"]),
        (IN_PAUSE, "It was late", "Mhm.", ["backchannel"]),
        (IN_PAUSE, "It was late", "Not for me.", []),  # a turn of its own
        (IN_PAUSE, "Was it late?", "Yeah.", []),  # an answer is a turn, never a signal
        (IN_PAUSE, "Was it late? Or", "Yeah.", []),  # also if more was begun after the question
        (ENDING, "We were. Was it late for you?", "Yeah.", ["terminal"]),  # before its last word
        (ENDING, "We were quite late for you, were we?", "Yeah.", ["terminal"]),
        (EARLY, "Was it so late that nobody was there when you came?", "Mhm.", ["backchannel"]),
        (TORN, "Was it late?", "Yeah.", ["terminal"]),  # asked before a pause, answered after it
    ],
)
def test_words_correct_the_kind(picture, first, second, kinds):
    talk = analyse(draw(picture, step=0.1, words={"A": [first], "B": [second]}))
    overlaps = [m for m in talk.moments if m.over is not None]
    assert [moment.kind.value for moment in overlaps] == kinds


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ("so we went home did you stay there", []),
        ("so we went home they all did that", ["backchannel"]),
    ],
)
def test_answers_are_known_without_punctuation(asked, kinds):
    words = {"A": ["word " * 70, asked, "so that was that"], "B": ["", "yeah"]}
    picture = """
        A  ======================   ===============         ===========
        B                       =                     ====
        """
    talk = analyse(draw(picture, step=0.1, words=words))
    assert [m.kind.value for m in talk.moments if m.over is not None] == kinds


def test_words_that_trail_off_make_an_interruption_surer():
    picture = """
        A  =====================
        B              ======================
        """

    def sureness(words: str) -> float:
        talk = analyse(draw(picture, step=0.1, words={"A": [words], "B": ["Which one was it?"]}))
        (moment,) = [m for m in talk.moments if m.over is not None]
        assert moment.kind is MomentKind.INTERRUPTION
        return moment.confidence

    whole = sureness("We went to the sea.")
    assert sureness("We went to the...") > whole
    assert sureness("We went to the har-") > whole


def test_an_interruption_told_by_words_alone_is_as_sure_as_the_model():
    words = {"A": ["We went to the"], "B": ["Which one was it then?"]}
    (weak,) = analyse(draw(TERMINAL, step=0.1, words=words)).moments[:1]
    assert weak.kind is MomentKind.INTERRUPTION
    assert 0.5 <= weak.confidence <= 0.95


def test_without_words_timing_alone_says_how_sure_an_interruption_is():
    picture = """
        A  ==========
        B      ==============
        """
    (moment,) = analyse(draw(picture)).moments
    assert (moment.kind, moment.confidence > 0.5) == (MomentKind.INTERRUPTION, True)


def test_unfinished_words_make_an_interruption_surer():
    picture = """
        A  ============
        B        ==============
        """

    def sure(text):
        talk = analyse(draw(picture, step=0.2, words={"A": [text], "B": ["No it was not there."]}))
        return next(m.confidence for m in talk.moments if m.kind is MomentKind.INTERRUPTION)

    assert sure("and then we went to the") > sure("and then we went home.")


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("I went to the", True),
        ("because th-", True),
        ("and so I", True),
        ("I went home.", False),
        ("I went home", False),
        ("turn it on", False),
    ],
)
def test_unfinished_endings(text, unfinished):
    assert is_unfinished(text.split(), ENGLISH) is unfinished


def test_without_words_nothing_is_known_of_the_ending():
    assert is_unfinished([], ENGLISH) is None


@pytest.mark.parametrize(
    ("text", "signal"),
    [("Mhm.", True), ("Oh, I see!", True), ("Yeah, exactly", True), ("I went home.", False)],
)
def test_listener_signals(text, signal):
    assert is_signal(text.split(), ENGLISH) is signal


def test_the_probability_of_a_cut_off_is_multiplied_by_nothing():
    words = {"A": ["We went to the"], "B": ["Which one was it then?"]}
    sure = draw(TERMINAL, step=0.1, words=words)
    heard = tuple(replace(each, confidence=0.5) for each in sure.utterances)
    unsure = replace(sure, utterances=heard)
    first, second = (analyse(each).moments[0] for each in (sure, unsure))
    assert first.kind is MomentKind.INTERRUPTION
    assert first.confidence == second.confidence

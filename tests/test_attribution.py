"""Words to voices, on drawn timelines: one character is a tenth of a second."""

import re

from listenlive.attribution import HeardWords, speakers_of, utterances
from listenlive.conversation import Voice, Word
from listenlive.span import Span

TENTH = 0.1


def drawn(row: str) -> list[Span]:
    return [Span(m.start() * TENTH, m.end() * TENTH) for m in re.finditer(r"\S+", row)]


def voices(**rows: str) -> list[Voice]:
    return [Voice(speaker, span) for speaker, row in rows.items() for span in drawn(row)]


def words(row: str) -> tuple[Word, ...]:
    """Each run of letters is a word that lasts as long as it is drawn."""
    return tuple(
        Word(m.group().strip("-"), Span(m.start() * TENTH, m.end() * TENTH), 0.9)
        for m in re.finditer(r"\S+", row)
    )


def said_by(row: str, **rows: str) -> str:
    return "".join(s or "-" for s in speakers_of(words(row), voices(**rows)))


def test_each_word_goes_to_the_voice_that_covers_it() -> None:
    assert (
        said_by(
            "one two three four five",
            A="=============",
            B="              =========",
        )
        == "AAABB"
    )


def test_a_word_across_the_border_goes_where_most_of_it_is() -> None:
    assert (
        said_by(
            "one two threes four",
            A="==========",
            B="          =========",
        )
        == "AABB"
    )


def test_a_sentence_is_not_torn_by_a_word_that_is_a_little_late() -> None:
    assert (
        said_by(
            "would you like that. yes I do",
            A="=================",
            B="                  ===========",
        )
        == "AAAABBB"
    )


def test_a_real_quick_change_is_kept() -> None:
    assert (
        said_by(
            "so we went yeah home then",
            A="==========      =========",
            B="           ====          ",
        )
        == "AAABAA"
    )


def test_in_overlap_the_sentence_goes_on_with_who_began_it() -> None:
    assert (
        said_by(
            "and then we went home. oh really",
            A="======================          ",
            B="             ===================",
        )
        == "AAAAABB"
    )


def test_a_word_in_a_gap_goes_to_the_nearest_voice() -> None:
    assert (
        said_by(
            "one       two          ",
            A="===               ",
            B="               ========",
        )
        == "AB"
    )


def test_a_word_far_from_every_voice_is_nobodys() -> None:
    assert (
        said_by(
            "one                ghost        ",
            A="===                             ",
            B="                               =",
        )
        == "A-"
    )


def test_no_words_and_no_voices() -> None:
    assert speakers_of((), voices(A="===")) == ()
    assert speakers_of(words("one two"), []) == (None, None)
    assert utterances([], [HeardWords(words("one"))]) == ()


def test_one_utterance_per_voice_sorted_and_numbered() -> None:
    found = utterances(
        voices(
            A="=======      ====",
            B="     ===         ",
        ),
        [HeardWords(words("one two      end "))],
        language="en",
    )

    assert [(u.id, u.speaker, u.text) for u in found] == [
        (1, "A", "one two"),
        (2, "B", ""),
        (3, "A", "end"),
    ]
    assert {u.language for u in found} == {"en"}


def test_words_of_a_channel_go_to_its_speaker_even_under_somebody_else() -> None:
    found = utterances(
        voices(
            A="=================",
            B="     =======     ",
        ),
        [
            HeardWords(words("one two three end"), speaker="A"),
            HeardWords(words("     yes yes     "), speaker="B"),
        ],
    )

    assert [(u.speaker, u.text) for u in found] == [("A", "one two three end"), ("B", "yes yes")]


def test_what_is_heard_across_channels_is_dropped() -> None:
    found = utterances(
        voices(
            A="===                ",
            B="     ==============",
        ),
        [
            HeardWords(words("one hello there    "), speaker="A"),  # B, heard by A's microphone
            HeardWords(words("    hello there you"), speaker="B"),
        ],
    )

    assert [(u.speaker, u.text) for u in found] == [("A", "one"), ("B", "hello there you")]


def test_a_late_word_of_ones_own_channel_is_kept() -> None:
    found = utterances(voices(A="===    "), [HeardWords(words("one two"), speaker="A")])

    assert [u.text for u in found] == ["one two"]


def test_words_of_several_pieces_come_out_in_time() -> None:
    heard = [HeardWords(words("        three")), HeardWords(words("one two"))]

    (utterance,) = utterances(voices(A="============="), heard)

    assert utterance.text == "one two three"

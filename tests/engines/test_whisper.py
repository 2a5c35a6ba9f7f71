"""Whisper: its words and times; the pure parts by hand, the rest with the real model."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from listenlive import weights
from listenlive.audio import SAMPLE_RATE, Samples
from listenlive.conversation import Word
from listenlive.engines.whisper import (
    WhisperTranscriber,
    _filled,
    _glued,
    _holes,
    _longest_loop,
    _placed,
    _spoken,
    _Text,
)
from listenlive.errors import ModelError
from listenlive.span import Span

WALK = Path(__file__).parents[2] / "samples" / "walk.mono.flac"


def aligned(*words: tuple[str, float, float]) -> list[dict[str, Any]]:
    return [
        {"word": text, "start": start, "end": end, "probability": 0.9} for text, start, end in words
    ]


def placed(*words: tuple[str, float, float], end: float = 30.0) -> list[tuple[str, float, float]]:
    found = _placed(_glued(aligned(*words), spaced=True), end)
    return [(w.text, round(w.span.start, 2), round(w.span.end, 2)) for w in found]


def test_punctuation_joins_its_word_and_lends_no_time() -> None:
    found = placed((" Well", 0.0, 0.4), (",", 0.4, 1.9), (" yes", 1.9, 2.2), (".", 2.2, 3.0))

    assert found == [("Well,", 0.0, 0.4), ("yes.", 1.9, 2.2)]


def test_an_opening_mark_joins_the_word_after_it() -> None:
    found = placed((" ¿", 0.0, 0.1), ("Qué", 0.1, 0.4), ("?", 0.4, 0.5))

    assert found == [("¿Qué?", 0.1, 0.4)]


def test_a_broken_off_word_is_put_together() -> None:
    found = placed((" U", 0.0, 0.2), (".", 0.2, 0.2), ("S", 0.2, 0.4), (".", 0.4, 0.5))

    assert found == [("U.S.", 0.0, 0.4)]


def test_languages_without_spaces_keep_their_words_apart() -> None:
    found = _glued(aligned(("你", 0, 0.2), ("好", 0.2, 0.4), ("。", 0.4, 0.6)), spaced=False)

    assert [word.text for word in found] == ["你", "好。"]


def test_a_pause_is_not_part_of_a_word() -> None:
    found = placed((" so", 0.0, 0.2), (" I", 0.2, 3.0), (" stop", 3.0, 6.0), (".", 6.0, 6.0))

    assert found == [("so", 0.0, 0.2), ("I", 2.5, 3.0), ("stop.", 3.0, 3.9)]


def test_words_are_in_order_never_empty_and_inside_the_piece() -> None:
    found = placed((" a", 0.0, 0.3), (" b", 0.3, 0.3), (" c", 0.2, 0.5), (" d", 1.0, 1.4), end=1.0)

    starts = [start for _, start, _ in found]
    assert starts == sorted(starts)
    assert all(0 <= start < end <= 1.0 for _, start, end in found)


def test_words_that_take_no_time_were_not_said() -> None:
    heard = words((0, 1), (1, 1.02), (1.1, 2), (2.98, 3), (2.98, 3), (2.98, 3))

    assert _spoken(heard) == heard[:3]


@pytest.mark.parametrize(
    ("tokens", "loop"),
    [("abcd", 0), ("abcabcabd", 5), ("aaaa", 3), ("xabyabz", 0), ("", 0)],
)
def test_a_loop_is_what_repeats_right_after_itself(tokens: str, loop: int) -> None:
    assert _longest_loop([ord(token) for token in tokens]) == loop


def sounding(*loud: tuple[float, float], seconds: float = 10.0) -> Samples:
    samples = np.full(round(seconds * SAMPLE_RATE), 1e-4, dtype=np.float32)
    for start, end in loud:
        samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 0.3
    return samples


def words(*spans: tuple[float, float]) -> tuple[Word, ...]:
    return tuple(Word(f"w{i}", Span(*span), 0.9) for i, span in enumerate(spans))


def test_a_hole_sounds_but_has_no_word() -> None:
    heard = words((0, 1), (1, 2), (6, 7))

    holes = list(_holes(heard, sounding((0, 7))))

    assert holes == [Span(2, 6)]  # from 7 s on it is silent
    assert list(_holes(heard, sounding((0, 2), (6, 7)))) == []


def test_what_was_skipped_is_put_in_its_place_without_its_neighbours() -> None:
    heard = (Word("one", Span(0, 1), 0.9), Word("four.", Span(5, 6), 0.9))
    again = tuple(
        Word(text, Span(at, at + 1), 0.8)
        for at, text in enumerate(["One,", "two", "three", "four"])
    )

    found = _filled(heard, again, Span(1, 5))

    assert [(w.text, w.span.start) for w in found] == [
        ("one", 0),
        ("two", 2),
        ("three", 3),
        ("four.", 5),
    ]


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no tokenizer\.json"):
        WhisperTranscriber(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.bin").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"cannot load the model .*models verify"):
        WhisperTranscriber(tmp_path)


# With the real model

truth = os.environ.get("LISTENLIVE_TRUTH")
needs_truth = pytest.mark.skipif(not truth, reason="LISTENLIVE_TRUTH is not set")


@pytest.fixture(scope="module")
def whisper() -> WhisperTranscriber:
    try:
        return WhisperTranscriber(weights.resolve("base"), threads=2)
    except ModelError as error:
        pytest.skip(str(error))


def recording(name: str) -> Samples:
    samples, rate = soundfile.read(f"{truth}/{name}", dtype="float32", always_2d=True)
    assert rate == SAMPLE_RATE
    return np.ascontiguousarray(samples[:, 0])


def texts(words: tuple[tuple[Word, ...], ...]) -> list[str]:
    return [" ".join(word.text for word in theirs) for theirs in words]


def noise(kind: str, seconds: float = 8.0) -> Samples:
    clock = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    random = np.random.default_rng(7).standard_normal(len(clock))
    sounds = {
        "silence": np.zeros_like(clock),
        "hiss": 0.03 * random,
        "faint hiss": 0.0003 * random,
        "hum": 0.1 * np.sin(2 * np.pi * 50 * clock) + 0.05 * np.sin(2 * np.pi * 150 * clock),
        "breathing": 0.05 * random * np.maximum(np.sin(2 * np.pi * 0.3 * clock), 0) ** 2,
        "chord": 0.05 * sum(np.sin(2 * np.pi * f * clock) for f in (220, 277.2, 329.6)),
    }
    return np.asarray(sounds[kind], dtype=np.float32)


@pytest.mark.model
@pytest.mark.parametrize("kind", ["silence", "hiss", "faint hiss", "hum", "breathing", "chord"])
def test_nothing_is_heard_where_nobody_speaks(whisper: WhisperTranscriber, kind: str) -> None:
    assert texts(whisper.transcribe([noise(kind)], language="en")) == [""]


@pytest.mark.model
@needs_truth
def test_words_come_in_order_and_the_same_every_time(whisper: WhisperTranscriber) -> None:
    samples = recording("conversations/pyannote_sample.flac")[6 * SAMPLE_RATE : 18 * SAMPLE_RATE]

    (words,) = whisper.transcribe([samples], language="en")

    assert "New Jersey" in " ".join(word.text for word in words)
    starts = [word.span.start for word in words]
    assert starts == sorted(starts)
    assert all(word.span.end <= len(samples) / SAMPLE_RATE for word in words)
    assert all(0 <= word.probability <= 1 for word in words)
    assert whisper.transcribe([samples], language="en") == (words,)


@pytest.mark.model
@needs_truth
def test_pieces_keep_their_places_and_need_no_company(whisper: WhisperTranscriber) -> None:
    call = recording("conversations/pyannote_sample.flac")
    pieces = [call[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] for a, b in ((12, 18), (6, 9))]

    together = texts(whisper.transcribe([pieces[0], noise("silence"), pieces[1]], language="en"))

    assert "Texas" in together[0] or "Jersey" in together[0]
    assert together[1] == ""
    assert "Hello" in together[2]


@pytest.mark.model
@needs_truth
def test_the_language_is_recognised(whisper: WhisperTranscriber) -> None:
    language, probability = whisper.language_of([recording("conversations/pyannote_sample.flac")])

    assert language == "en"
    assert probability > 0.8


def walk(start: float, end: float) -> Samples:
    samples, rate = soundfile.read(WALK, dtype="float32")
    return np.ascontiguousarray(samples[round(start * rate) : round(end * rate)])


@pytest.mark.model
def test_pieces_heard_side_by_side_have_the_words_they_have_one_by_one(
    whisper: WhisperTranscriber,
) -> None:
    pieces = [walk(at, at + 4) for at in (0, 5, 10, 15, 20)]
    one_by_one = WhisperTranscriber(weights.resolve("base"), threads=2, together=1)

    found = whisper.transcribe(pieces, language="en")

    assert all(texts(found))
    assert found == one_by_one.transcribe(pieces, language="en")


@pytest.mark.model
def test_what_told_the_language_is_not_encoded_again(
    whisper: WhisperTranscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = walk(10, 26)
    given = whisper.transcribe([piece], language="en")
    encoded: list[int] = []
    encode = whisper._encoded
    monkeypatch.setattr(
        whisper, "_encoded", lambda f, length: encoded.append(length) or encode(f, length)
    )

    found = whisper.transcribe([piece], language=None)

    assert found == given
    assert len([length for length in encoded if length > len(piece) / 160]) == 1


@pytest.mark.model
def test_what_whisper_cannot_take_is_refused(whisper: WhisperTranscriber) -> None:
    with pytest.raises(ValueError, match="at most 30 s, got 31"):
        whisper.transcribe([noise("hiss", 31)], language="en")
    assert whisper.transcribe([], language=None) == ()


@pytest.mark.parametrize(
    ("tokens", "no_speech", "length", "sparse"),
    [
        (8, 0.5, 18.0, True),  # "1, 2, 3, 4" to a guitar
        (60, 0.5, 18.0, False),  # far speech: doubtful, but somebody talks
        (8, 0.1, 18.0, False),  # few words, but speech for sure
        (2, 0.5, 1.0, False),  # a short "yeah" is no sign of anything
    ],
)
def test_hardly_any_words_for_much_sound_are_made_up(tokens, no_speech, length, sparse):
    text = _Text(tuple(range(tokens)), "", -0.4, no_speech)
    assert text.sparse(length) is sparse

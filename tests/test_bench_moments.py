"""The parts of the bench that measure moments: on drawn meetings, voices and programs."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bench import ears, enrolled, peers, signals
from bench.cut_off import SURE, Case, chosen_bars, english
from bench.meetings import Act, Said
from bench.rttm import Turn
from listenlive.voices import VoiceProfile, recognised


def act(speaker: str, start: float, end: float, text: str, tag: str) -> Act:
    words = text.split()
    step = (end - start) / len(words)
    said = tuple(
        Said(start + i * step, start + (i + 1) * step, word) for i, word in enumerate(words)
    )
    return Act("Bxx001", speaker, said, tag)


def shares(acts: list[Act]) -> dict[str, float]:
    return {each.name: each.value for each in signals.results([acts], english())}


def test_an_answer_before_the_end_of_its_question_is_no_signal_and_a_signal_is() -> None:
    found = shares(
        [
            act("A", 0.0, 3.0, "so we went home by the sea", "s"),
            act("B", 1.0, 1.4, "mm-hmm", "b"),
            act("A", 3.3, 5.0, "and did you stay there all night", "qy"),
            act("B", 4.4, 4.8, "yeah", "s^aa"),
            act("A", 5.3, 8.0, "because we had left the keys there", "s"),
        ]
    )
    assert found["listener signals filtered: recall"] == 1
    assert found["listener signals that are no turn"] == 1
    assert found["short answers filtered"] == 0
    assert found["short answers that are no turn"] == 0


def test_signals_in_a_long_question_stay_signals() -> None:
    found = shares(
        [
            act(
                "A", 0.0, 8.0, "if you had to go there by train every day would you still go", "qy"
            ),
            act("B", 2.0, 2.4, "mm-hmm", "b"),
            act("B", 7.6, 8.0, "no", "s^ar"),
        ]
    )
    assert found["listener signals filtered: recall"] == 1
    assert found["short answers filtered"] == 0


def test_the_bar_of_likely_is_the_lowest_from_which_enough_are_right() -> None:
    chance = np.linspace(0.0, 1.0, 200)
    right = [at >= 100 or at % 4 == 0 for at in range(200)]
    known = [
        Case(act("A", 0, 1, "one two three", "s.%-" if interrupted else "s"), None)
        for interrupted in right
    ]
    _, likely = chosen_bars(known, chance)

    def precision(bar: float) -> float:
        told = [is_so for is_so, said in zip(right, chance, strict=True) if said >= bar]
        return sum(told) / len(told)

    assert precision(likely) >= SURE
    assert precision(likely - 0.01) < SURE


def test_true_times_and_words_make_the_analysis_of_the_truth() -> None:
    spoken = [Turn("A", 0.0, 4.0), Turn("B", 2.5, 6.0), Turn("A", 8.0, 9.0)]
    said = [
        {"speaker": "A", "start": 0.0, "end": 4.0, "text": "and then we went to the"},
        {"speaker": "B", "word": "but", "start": 2.5, "end": 2.8},
        {"speaker": "A", "word": "anyway", "start": 7.8, "end": 7.9},
    ]
    told = ears.understood(spoken, said)
    assert [each["text"] for each in told["utterances"]] == [
        "and then we went to the",
        "but",
        "anyway",
    ]
    assert [(m["kind"], m["by"], m["start"]) for m in told["moments"]] == [
        ("interruption", "B", 2.5)
    ]


@pytest.mark.parametrize(
    ("likeness", "told"),
    [
        ({"A": 0.9, "B": 0.3}, (0.9, 0.3)),
        ({"A": 0.9}, (0.9, None)),
        ({"A": 0.8, "B": 0.75}, (0.8, 0.75)),
    ],
)
def test_cosines_are_read_from_what_is_said_about_the_voice(
    likeness: dict[str, float], told: tuple[float, float | None]
) -> None:
    me = VoiceProfile(name="me", embedding=(1.0, 0.0), network="", seconds=20, at="")
    voices = {
        who: np.array([cosine, (1 - cosine**2) ** 0.5], np.float32)
        for who, cosine in likeness.items()
    }
    notes = ("The channels sound alike.", recognised(me, voices).note)
    assert enrolled.cosines(notes) == pytest.approx(told)


def test_every_pair_of_people_has_a_conversation_in_both_orders(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
        for clip in range(5):
            (tmp_path / name / f"{clip}.flac").touch()
    assert len(set(enrolled.ordered_pairs(tmp_path))) == 6


def recording(tmp_path: Path) -> peers.Recording:
    wav = tmp_path / "talk.wav"
    return peers.Recording(wav, wav, 10.0, [Turn("A", 0.0, 5.0), Turn("B", 5.0, 10.0)], "hi you")


def test_a_peer_is_held_against_truth_with_what_its_process_took(tmp_path: Path) -> None:
    told = {
        "utterances": [
            {"speaker": "x", "start": 0.0, "end": 5.0, "text": "hi"},
            {"speaker": "y", "start": 5.0, "end": 9.0, "text": "me"},
        ]
    }
    work = [sys.executable, "-c", "sum(range(3_000_000))"]
    system = peers.System("a peer", lambda _each, _folder: (work, lambda: told))
    each = recording(tmp_path)
    said, cost = peers.run(system, each, 1)
    assert cost.cpu_seconds > 0
    assert cost.peak_bytes > 1e6
    row, _ = peers.figures_of(system, [each], [(said, cost)])
    assert row[-2:] == ("0.100", "0.500")
    assert row[:3] == ("a peer", "1", "10")


def test_a_peer_that_fails_says_why(tmp_path: Path) -> None:
    work = [sys.executable, "-c", "raise SystemExit('no weights here')"]
    system = peers.System("a peer", lambda _each, _folder: (work, dict))
    with pytest.raises(SystemExit, match="no weights here"):
        peers.run(system, recording(tmp_path), 1)

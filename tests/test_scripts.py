"""The measuring bench agrees with itself, and with the tools the project started with."""

import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile

from bench.rttm import Turn, bridged, read_rttm, write_rttm
from bench.score import Hits, edits, normalized, score
from bench.simulate import Plan, simulate, write

TRUTH = os.environ.get("LISTENLIVE_TRUTH")
TOOLS = Path(TRUTH).parent / "tools" if TRUTH else None

with_tools = pytest.mark.skipif(
    TOOLS is None or not (TOOLS / "score.py").exists(),
    reason="LISTENLIVE_TRUTH is unset, or there is no tools/ beside it",
)


def utterance(speaker: str | None, start: float, end: float, text: str = "") -> dict[str, Any]:
    return {"speaker": speaker, "start": start, "end": end, "text": text}


def moment(kind: str, by: str, start: float) -> dict[str, Any]:
    return {"kind": kind, "by": by, "start": start}


def session(
    utterances: Sequence[dict[str, Any]], moments: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {"utterances": list(utterances), "moments": list(moments)}


REFERENCE = [Turn("Ann", 0, 10), Turn("Bob", 8, 20)]
PERFECT = session([utterance("B", 0, 10), utterance("A", 8, 20)])


# --- rttm


def test_rttm_survives_the_disk(tmp_path: Path) -> None:
    write_rttm(tmp_path / "x.rttm", REFERENCE, name="x")
    assert read_rttm(tmp_path / "x.rttm") == REFERENCE


def test_short_pauses_are_bridged_for_each_speaker_alone() -> None:
    turns = [Turn("A", 0, 1), Turn("B", 0.5, 2), Turn("A", 1.2, 2), Turn("A", 2.3, 3)]
    assert bridged(turns) == [Turn("A", 0, 2), Turn("B", 0.5, 2), Turn("A", 2.3, 3)]


# --- score


def test_names_of_speakers_do_not_matter() -> None:
    found = score(PERFECT, REFERENCE)
    assert found.names == {"B": "Ann", "A": "Bob"}
    assert found.diarization.der == 0
    assert found.overlap.f1 == 1
    assert found.share_error == 0


def test_errors_are_shares_of_the_speech_in_the_reference() -> None:
    heard = session([utterance("A", 0, 8), utterance("B", 8, 20), utterance("A", 20, 21)])
    found = score(heard, REFERENCE).diarization
    assert found.share(found.miss) == pytest.approx(2 / 22)
    assert found.share(found.false_alarm) == pytest.approx(1 / 22)
    assert found.confusion == 0


def test_speech_of_nobody_known_is_missed() -> None:
    found = score(session([utterance(None, 0, 20)]), REFERENCE)
    assert found.diarization.der == 1
    assert found.speakers == (2, 0)


def test_many_reported_speakers_are_matched_one_to_one() -> None:
    crumbs = [utterance(f"S{i}", i, i + 1) for i in range(10)]
    found = score(session([*crumbs, utterance("B", 8, 20)]), REFERENCE)
    assert len(found.names) == 2
    assert found.names["B"] == "Bob"


def test_an_event_is_right_within_half_a_second_and_by_the_same_person() -> None:
    events = [
        {"kind": "interruption", "by": "Bob", "start": 8.0},
        {"kind": "attempt", "by": "Ann", "start": 15.0},
    ]
    heard = PERFECT | {
        "moments": [moment("attempt", "A", 8.4), moment("attempt", "A", 15.0)],
    }
    found = score(heard, REFERENCE, events=events).events
    assert found["talk_over"] == Hits(reference=2, reported=2, right=1)
    assert found["interruption"] == Hits(reference=1)
    assert found["interruption_any"].recall == 1
    assert found["backchannel"].f1 is None


def test_a_moment_answers_to_one_event_only() -> None:
    events = [{"kind": "backchannel", "by": "Bob", "start": s} for s in (8.0, 8.3)]
    heard = PERFECT | {"moments": [moment("backchannel", "A", 8.2)]}
    assert score(heard, REFERENCE, events=events).events["backchannel"] == Hits(2, 1, 1)


@pytest.mark.parametrize(
    ("reference", "reported", "expected"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("a b c d", "b c x d", 2),
        ("it is it", "it it is", 2),
    ],
)
def test_edits_between_words(reference: str, reported: str, expected: int) -> None:
    assert edits(reference.split(), reported.split()) == expected


def test_words_are_compared_without_case_punctuation_and_remarks() -> None:
    assert normalized("Well-being, [laughs] it\u2019s OK!") == ["well", "being", "it's", "ok"]


# --- simulate


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two speakers of pulsed noise, with pauses to cut at."""
    folder = tmp_path_factory.mktemp("voices")
    rng = np.random.default_rng(0)
    for speaker in ("low", "high"):
        (folder / speaker).mkdir()
        for clip in range(5):
            bursts = [
                np.concatenate([rng.normal(0, 0.1, int(s * 16_000)), np.zeros(6_400)])
                for s in rng.uniform(1.2, 2.5, size=4)
            ]
            soundfile.write(folder / speaker / f"{clip}.flac", np.concatenate(bursts), 16_000)
    return folder


@pytest.mark.parametrize("style", ["easy", "talk"])
def test_the_truth_of_a_simulation_is_where_its_sound_is(voices: Path, style: str) -> None:
    made = simulate(voices, Plan(seed=3, seconds=60, style=style))
    sounding = np.abs(made.stereo[:, 0]) > 0.01
    spoken = np.zeros_like(sounding)
    for turn in made.turns:
        if turn.speaker == "A":
            spoken[round(turn.start * 16_000) : round(turn.end * 16_000)] = True
    assert (sounding & ~spoken).sum() < 0.02 * sounding.sum()
    assert np.allclose(made.mono, made.stereo.sum(axis=1), atol=1e-6)


def test_the_same_seed_gives_the_same_files(voices: Path, tmp_path: Path) -> None:
    plan = Plan(seed=5, seconds=20, bleed_db=12, enroll=5)
    for name in ("one", "two"):
        write(simulate(voices, plan), tmp_path / name, plan.name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 6
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_events_of_a_simulation_lie_in_overlaps(voices: Path) -> None:
    made = simulate(voices, Plan(seed=3, seconds=120))
    assert {happening.kind for happening in made.happenings} <= {
        "backchannel",
        "terminal",
        "interruption",
        "attempt",
    }
    for happening in made.happenings:
        assert any(
            turn.speaker == happening.over and turn.start < happening.start < turn.end
            for turn in made.turns
        )


# --- against the originals


def original(name: str) -> ModuleType:
    """A tool from beside the data, as a module."""
    assert TOOLS
    spec = importlib.util.spec_from_file_location(f"original_{name}", TOOLS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@with_tools
@pytest.mark.parametrize(
    ("theirs", "plan"),
    [
        ("--seed 7 --seconds 30", Plan(seed=7, seconds=30)),
        (
            "--seed 8 --seconds 10 --style talk --level 6 --snr 10 --bleed 12 --enroll 8"
            " --noise {0}/noise/noise/noise1.flac --rir {0}/noise/rir/rir1.flac",
            Plan(
                seed=8,
                seconds=10,
                style="talk",
                louder_db=6,
                snr_db=10,
                bleed_db=12,
                enroll=8,
                noise=Path("noise/noise/noise1.flac"),
                room=Path("noise/rir/rir1.flac"),
            ),
        ),
    ],
)
def test_simulations_equal_the_original_bit_for_bit(
    theirs: str, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert TRUTH
    assert TOOLS
    tool, data = (TOOLS / "simulate.py").resolve(), Path(TRUTH).resolve()
    options = theirs.format(data).split()
    command = [sys.executable, str(tool), str(data / "voices"), str(tmp_path / "theirs"), *options]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.chdir(data)
    write(simulate(data / "voices", plan), tmp_path / "ours", plan.name)
    expected = sorted((tmp_path / "theirs").iterdir())
    assert len(expected) >= 4
    for path in expected:
        assert (tmp_path / "ours" / path.name).read_bytes() == path.read_bytes(), path.name


@with_tools
@pytest.mark.parametrize("seed", range(6))
def test_scores_equal_the_original(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    kinds = ("backchannel", "terminal", "interruption", "attempt", "dual_start")
    people = ["A", "B", "C", "D", "E", "F", "G", "H", "I"][: rng.choice([0, 1, 2, 3, 9])]

    def spans(n: int) -> list[tuple[float, float]]:
        starts = [round(rng.uniform(0, 60), 3) for _ in range(n)]
        return [(start, round(start + rng.uniform(0.2, 4), 3)) for start in starts]

    turns = [Turn(rng.choice("XY"), *span) for span in spans(20)]
    write_rttm(tmp_path / "x.rttm", turns, name="x")
    events = [
        {"kind": rng.choice(kinds), "by": rng.choice("XY"), "start": start}
        for start, _ in spans(15)
    ]
    texts = ["one two", "Two, three!", "", "four"]
    heard = session(
        [
            utterance(rng.choice(people) if people else None, *span, rng.choice(texts))
            for span in spans(20)
        ],
        [moment(rng.choice(kinds), rng.choice(people or ["A"]), start) for start, _ in spans(20)],
    )
    (tmp_path / "x.txt").write_text("one two three four " * 5)
    text = tmp_path / "x.txt"
    expected = original("score").score(heard, tmp_path / "x.rttm", events, text)
    ours = score(heard, read_rttm(tmp_path / "x.rttm"), events=events, text=text.read_text())
    assert json.loads(json.dumps(ours.as_dict())) == json.loads(json.dumps(expected))

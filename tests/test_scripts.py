"""The measuring bench agrees with itself, and with the tools the project started with."""

import importlib.util
import json
import os
import random
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile

from bench import benchmark, ears, figures, results
from bench.benchmark import Measurement
from bench.evaluate import (
    Failure,
    Hearing,
    _ranges,
    _seeds,
    available,
    evaluate,
    outcome,
    status,
    verdict,
)
from bench.figures import Outcome, Result
from bench.rttm import TruthError, Turn, bridged, read_rttm, write_rttm
from bench.score import Diarization, Hits, edits, normalized, read_text, score
from bench.sets import Case, Choice, Study, chosen_sets, prepared
from bench.simulate import Plan, simulate, write
from bench.sources import MixedDown, Recorded, Simulated, Wordless, made
from listenlive.config import Settings
from listenlive.errors import AudioFileError

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


# --- evaluate


def told(case: Case) -> dict[str, Any]:
    """What a program without mistakes would export for `case`."""
    _, truth = prepared(case, Path("unused"))
    return {
        "duration": max((turn.end for turn in truth.spoken), default=0.0),
        "utterances": [utterance(t.speaker, t.start, t.end, "word") for t in truth.spoken],
        "moments": [moment(e["kind"], e["by"], e["start"]) for e in truth.events or ()],
    }


@pytest.fixture
def perfect_ears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is heard as the truth beside the sound says."""

    def hear(path: Path, _settings: Settings) -> dict[str, Any]:
        name = path.with_name(path.name.removesuffix(".wav").removesuffix(".stereo"))
        return told(
            Case(
                name=name.name,
                source=Recorded(path),
                rttm=name.with_name(f"{name.name}.rttm"),
                events=name.with_name(f"{name.name}.events.json"),
            )
        )

    monkeypatch.setattr("bench.hearing.hear", hear)


def test_perfect_ears_reach_every_aim(voices: Path, tmp_path: Path, perfect_ears: None) -> None:
    (measured_set,) = chosen_sets(["simulated-stereo-easy"])
    how = Hearing(cache=tmp_path / "cache")
    choice = Choice(voices.parent, seeds=(1, 2))
    cases = [
        replace(case, source=replace(case.source, voices=voices))
        for case in measured_set.cases(choice)
        if isinstance(case.source, Simulated)
    ]
    each = replace(measured_set, cases=lambda _: cases)
    found = evaluate([each], choice, lambda all_: [outcome(c, how) for c in all_])
    assert not found.failures
    assert found.sets["simulated-stereo-easy"]["figures"]["DER"]["value"] == 0
    assert {row[-1] for row in found.rows[1:]} <= {"aim", "floor", ""}


def test_what_cannot_be_heard_is_named(
    voices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hear(path: Path, _settings: Settings) -> dict[str, Any]:
        raise AudioFileError("no sound in it.")

    monkeypatch.setattr("bench.hearing.hear", hear)
    case = Case(name="odd", source=Wordless("hum", 1.0))
    assert outcome(case, Hearing(tmp_path)) == Failure("odd", "no sound in it.")


@pytest.mark.parametrize(("case", "how"), [(True, False), (False, True), (False, False)])
def test_what_is_measured_by_timing_is_heard_without_words_unless_asked_for(
    case: bool, how: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bool] = []

    def hear(_path: Path, chosen: Settings) -> dict[str, Any]:
        heard.append(chosen.transcription.words)
        return session([]) | {"duration": 1.0}

    monkeypatch.setattr("bench.hearing.hear", hear)
    each = Case(name="x", source=Wordless("hum", 1.0), words=case)
    assert isinstance(outcome(each, Hearing(tmp_path, words=how)), Outcome)
    assert heard == [case or how]


def test_sets_are_chosen_by_name_or_beginning() -> None:
    names = [each.name for each in chosen_sets(["simulated-mono", "ami"])]
    assert "ami" in names
    assert "simulated-mono-talk" in names
    assert not [name for name in names if "stereo" in name]
    assert [each.name for each in chosen_sets(["words", "simulated-mono-room1"])] == [
        "simulated-mono-room1",
        "words",
    ]
    with pytest.raises(SystemExit, match="no set 'amy'"):
        chosen_sets(["amy"])


def test_a_set_without_its_files_is_left_out(tmp_path: Path) -> None:
    found = evaluate(chosen_sets(["calls-split"]), Choice(tmp_path, (1,)), lambda _: [])
    assert len(found.rows) == 1
    assert found.sets == {}
    assert found.left_out == ["calls-split"]
    assert status(found, named=True) == 1


def test_a_recording_without_its_truth_is_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = tmp_path / "conversations"
    calls.mkdir()
    for name in ("spokenwoz_a", "spokenwoz_b"):
        (calls / f"{name}.flac").touch()
        (calls / f"{name}.rttm").touch()
    (calls / "spokenwoz_b.vad.rttm").touch()
    (split,) = chosen_sets(["calls-split"])
    assert [case.name for case in available(split, Choice(tmp_path, (1,)))] == ["spokenwoz_b"]
    lacking = "calls-split: there is no conversations/spokenwoz_a.vad.rttm\n"
    assert capsys.readouterr().err == lacking


def test_ears_are_measured_on_what_is_there(tmp_path: Path) -> None:
    calls = tmp_path / "conversations"
    calls.mkdir()
    for name in ("spokenwoz_a", "ami_a"):
        (calls / f"{name}.flac").touch()
    assert list(ears._talks(Choice(tmp_path, (1,)))) == ["bundled"]
    for suffix in (".vad.rttm", ".words.json"):
        (calls / f"spokenwoz_a{suffix}").touch()
    write_rttm(calls / "ami_a.rttm", REFERENCE, name="x")
    (tmp_path / "voices").mkdir()
    kinds = ["simulated easy", "simulated talk", "bundled", "calls", "meetings"]
    assert list(ears._talks(Choice(tmp_path, (1,)))) == kinds


ODD_TRUTH = {
    "": "has no turn in it",
    "SPEAKER x 1 abc 1 <NA> <NA> A <NA> <NA>": "line 1: .* is no turn",
    "SPEAKER x 1 0 nan <NA> <NA> A <NA> <NA>": "line 1: .* is no turn",
    "SPEAKER x 1 0 -1 <NA> <NA> A <NA> <NA>": "line 1: .* is no turn",
    "SPEAKER x 1": "line 1: .* is no turn",
    "SPEAKER my talk 1 0 1 <NA> <NA> A <NA> <NA>": "line 1: .* is no turn",
    "SPEAKER x 1 600 1 <NA> <NA> A <NA> <NA>": r"ends at 601\.0 s, but only 1\.0 s of",
    "SPEAKER x 1 0 1 <NA> <NA> A <NA> <NA>\nSPEAKER y 1 0 1 <NA> <NA> A <NA> <NA>": "2 recordings",
    "SPEAKER x 1 0 1 <NA> <NA> Jos\xe9 <NA> <NA>": "is not UTF-8",
}


@pytest.mark.parametrize("text", ODD_TRUTH)
def test_truth_that_does_not_fit_is_told_and_nothing_is_measured(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.hearing.hear", lambda *_: session([]) | {"duration": 1.0})
    soundfile.write(tmp_path / "a.wav", np.zeros(16_000), 16_000)
    (tmp_path / "a.rttm").write_bytes(text.encode("latin-1"))
    case = Case(name="a", source=Recorded(tmp_path / "a.wav"), rttm=tmp_path / "a.rttm")
    found = outcome(case, Hearing(tmp_path))
    assert isinstance(found, Failure)
    assert re.search(ODD_TRUTH[text], found.reason)
    assert str(tmp_path) in found.reason


def test_what_is_called_otherwise_is_still_the_truth(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(16_000), 16_000)
    write_rttm(tmp_path / "a.rttm", [Turn("A", 0, 1.9)], name="another-name")
    case = Case(name="a", source=Recorded(tmp_path / "a.wav"), rttm=tmp_path / "a.rttm")
    assert prepared(case, tmp_path)[1].spoken == [Turn("A", 0, 1.9)]


@pytest.mark.parametrize("words", ['{"a": 1}', "[1]", "no JSON", '[{"start": 1}]'])
def test_words_that_are_none_are_told(words: str, tmp_path: Path) -> None:
    (tmp_path / "a.words.json").write_text(words)
    with pytest.raises(TruthError, match=r"a\.words\.json does not hold words"):
        read_text(tmp_path / "a.words.json")


def study(name: str, measure: Callable[[Choice], tuple[list[Result], dict[str, Any]]]) -> Study:
    return Study(name, "", lambda _: True, measure)


def one_figure(_choice: Choice) -> tuple[list[Result], dict[str, Any]]:
    return [Result(name="F1", n=1, value=1.0)], {"pitch": "left out: there is no reference"}


def test_one_broken_set_does_not_cost_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_choice: Choice) -> tuple[list[Result], dict[str, Any]]:
        raise ValueError("no such column")

    sets = [study("first", one_figure), study("second", broken), study("third", one_figure)]
    found = evaluate(sets, Choice(Path(), (1,)), lambda _: [])
    assert list(found.sets) == ["first", "third"]
    assert found.failures == [Failure("second", "ValueError: no such column")]
    assert status(found, named=False) == 1
    assert "first: pitch: left out: there is no reference" in capsys.readouterr().err


def test_what_was_measured_before_ctrl_c_is_kept() -> None:
    def stopped(_choice: Choice) -> tuple[list[Result], dict[str, Any]]:
        raise KeyboardInterrupt

    sets = [study("first", one_figure), study("second", stopped), study("third", one_figure)]
    found = evaluate(sets, Choice(Path(), (1,)), lambda _: [])
    assert list(found.sets) == ["first"]
    assert status(found, named=False) == 130


def bench(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What `scripts/evaluate` or `scripts/benchmark` does with `arguments`."""
    root = Path(__file__).resolve().parents[1]
    known = {name: value for name, value in os.environ.items() if name != "LISTENLIVE_TRUTH"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env=known | {"PYTHONPATH": str(root / "scripts")},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--truth DIR is needed"),
        (("--truth", "/nowhere"), "/nowhere is no folder"),
        (("--seeds", "312-301"), "'312-301' is no seed and no range"),
        (("--seeds", "1-99999999999"), "10000 at most"),
        (("--seeds", "abc"), "'abc' is no seed"),
        (("--seeds", ""), "'' is no seed"),
        (("--jobs", "0"), "'0' is no number from 1 to 64"),
        (("--truth", ".", "--json", "/nowhere/x.json"), "/nowhere/x.json cannot be written"),
        (("--truth", ".", "--json", "/"), "/ cannot be written"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_heard(
    arguments: tuple[str, ...], told: str
) -> None:
    done = bench("bench.evaluate", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("bogus",), "there is no benchmark 'bogus', but words, memory, scaling"),
        (("words", "--pairs", "0"), "'0' is not over 0"),
        (("words", "--pairs", "some"), "'some' is not over 0"),
        (("memory", "--hours", "-1"), "'-1' is not over 0"),
        (("words", "--audio", "/nowhere.flac"), "there is no recording /nowhere.flac"),
        (("peers",), "peers needs --venv DIR and --truth DIR"),
        (("peers", "startup"), "measure it alone"),
    ],
)
def test_benchmarks_that_do_not_fit_are_said_at_once(arguments: tuple[str, ...], told: str) -> None:
    done = bench("bench.benchmark", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def measured_by(monkeypatch: pytest.MonkeyPatch, *names: str) -> tuple[list[str], int]:
    """Figures and status of a run of benchmarks: good ones, one that fails, one that is stopped."""

    def good(_given: Namespace) -> Iterator[Measurement]:
        yield Measurement("good", "s", (1.0,))

    def broken(_given: Namespace) -> Iterator[Measurement]:
        raise OSError("no space")
        yield

    def stopped(_given: Namespace) -> Iterator[Measurement]:
        raise KeyboardInterrupt
        yield

    known = {"good": good, "again": good, "broken": broken, "stopped": stopped}
    monkeypatch.setattr(benchmark, "BENCHMARKS", known)
    found, status = benchmark._measured(Namespace(names=list(names)))
    return [each.benchmark for each in found], status


def test_a_benchmark_that_fails_or_is_stopped_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert measured_by(monkeypatch, "good", "again") == (["good", "good"], 0)
    assert measured_by(monkeypatch, "good", "broken", "again") == (["good", "good"], 1)
    assert measured_by(monkeypatch, "good", "stopped", "again") == (["good"], 130)


def scaled(monkeypatch: pytest.MonkeyPatch, cost: Callable[[float], float]) -> dict[str, float]:
    """The figures of `scaling` where so many seconds of sound cost so much CPU."""
    given = Namespace(hours=1.0, audio=Path("talk.flac"), timing_only=True)

    def process(_given: Namespace, hours: float) -> benchmark._Process:
        return benchmark._Process(hours * 3600, 1.0, cost(hours * 3600), 300.0)

    monkeypatch.setattr(benchmark, "_process", process)
    return {each.figure: each.median for each in benchmark.scaling(given)}


def test_scaling_tells_what_late_seconds_cost_beside_early_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "a second of sound more, late / early"
    even = scaled(monkeypatch, lambda seconds: 2 + 0.1 * seconds)  # loading costs once
    assert even[name] == pytest.approx(1.0)
    assert even["5 min: CPU s per s of sound"] == pytest.approx(32 / 300)
    square = scaled(monkeypatch, lambda seconds: 2 + 1e-4 * seconds**2)
    assert square[name] > 2


def test_sets_of_another_folder_are_named_and_fail(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    done = bench("bench.evaluate", "--truth", "mine", "--only", "calls-split", cwd=tmp_path)
    assert done.returncode == 1
    assert f"calls-split: left out, as what it needs is not in {tmp_path / 'mine'}" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("seeds", "short"),
    [((301, 302, 303), "301-303"), ((1, 2, 5, 9, 10), "1-2,5,9-10"), ((7,), "7")],
)
def test_seeds_are_told_as_short_as_they_can_be_given(seeds: tuple[int, ...], short: str) -> None:
    assert _ranges(seeds) == short
    assert _seeds(short) == seeds


def test_sound_is_made_anew_where_its_file_has_changed(tmp_path: Path) -> None:
    source = MixedDown(tmp_path / "a.wav")
    for level in (0.1, 0.2):
        soundfile.write(source.path, np.full((1600 + round(level * 10), 2), level), 16_000)
        sound = made(source, tmp_path / "cache")
        assert soundfile.read(sound)[0].mean() == pytest.approx(level, abs=0.001)
        assert made(source, tmp_path / "cache") == sound
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def outcome_of(*, speech: int, miss: int) -> Outcome:
    scored = score(session([]), [])
    return Outcome(
        "x",
        replace(scored, diarization=Diarization(speech, miss)),
        turns=None,
        word_count=0,
        speech=0,
    )


def test_counts_are_added_before_dividing() -> None:
    outcomes = [outcome_of(speech=100, miss=50), outcome_of(speech=900, miss=0)]
    assert figures.der(outcomes) == pytest.approx(0.05)
    assert figures.mean_der(outcomes) == pytest.approx(0.25)


def test_the_interval_holds_the_figure_and_needs_three_recordings() -> None:
    outcomes = [outcome_of(speech=100, miss=m) for m in (0, 5, 10, 15, 20)]
    found = figures.interval(outcomes, figures.der)
    assert found
    assert 0 <= found.low < 0.10 < found.high <= 0.20
    assert figures.interval(outcomes[:2], figures.der) is None


@pytest.mark.parametrize(("value", "expected"), [(0.99, "aim"), (0.95, "floor"), (0.5, "MISSED")])
def test_a_verdict_says_how_far_a_figure_got(value: float, expected: str) -> None:
    found = Result(name="F1", n=3, value=value, floor=0.9, aim=0.98, higher=True)
    assert verdict(found) == expected


# --- results


def test_results_of_a_day_are_kept_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    heading = ("set", "figure", "value")
    results.save("evaluate", {"ami": 1}, [heading, ("ami", "DER", "0.4")], "first")
    results.save("evaluate", {"sample": 2}, [heading, ("sample", "DER", "0.1")], "second")
    path = results.save("evaluate", {"ami": 3}, [heading, ("ami", "DER", "0.3")], "first")
    kept = json.loads(path.read_text())
    assert kept["found"] == {"ami": 3, "sample": 2}
    assert kept["commands"] == {"first": ["ami"], "second": ["sample"]}
    page = path.with_suffix(".md").read_text()
    assert "    first  # ami\n    second  # sample\n" in page
    assert "| ami | DER | 0.3 |" in page
    assert "0.4" not in page


def test_a_table_without_its_details_is_added_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    heading = ("set", "figure", "value", "aim", "")
    told = [heading, ("ami", "DER", "0.4", "", ""), ("ami", "n", "6", "", "aim")]
    path = results.save("evaluate", {}, told, "first")
    path.unlink()  # as in a fresh clone
    results.save("evaluate", {}, [heading, ("sample", "DER", "0.1", "", "")], "second")
    page = path.with_suffix(".md").read_text()
    assert page.index("    first  # ami\n") < page.index("    second  # sample\n")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert rows == [
        "| set | figure | value | aim |  |",
        "| ami | DER | 0.4 |  |  |",
        "| ami | n | 6 |  | aim |",
        "| sample | DER | 0.1 |  |  |",
    ]


def test_what_people_wrote_beneath_a_table_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    heading = ("benchmark", "figure", "median")
    path = results.save("benchmark", {}, [heading, ("startup", "s", "0.2")], "first")
    page = path.with_suffix(".md")
    wider = "| free | busy |\n|---|---|\n| .1 | .2 |\n"
    page.write_text(f"{page.read_text()}\nThat was quick.\n\n    not a command\n\n{wider}")
    results.save("benchmark", {}, [heading, ("memory", "MB", "9")], "second")
    told = page.read_text()
    assert "| startup | s | 0.2 |\n| memory | MB | 9 |\n\nThat was quick.\n" in told
    assert told.endswith(f"    not a command\n\n{wider}")
    assert told.count("not a command") == told.count("free | busy") == 1


def test_a_command_whose_rows_were_measured_again_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    heading = ("set", "figure", "value")
    ami, sample = ("ami", "DER", "0.4"), ("sample", "DER", "0.1")
    results.save("evaluate", {}, [heading, ami, sample], "both")
    results.save("evaluate", {}, [heading, ami], "one")
    path = results.save("evaluate", {}, [heading, sample], "other")
    assert json.loads(path.read_text())["commands"] == {"one": ["ami"], "other": ["sample"]}


def test_a_folder_of_results_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "docs" / "results")
    assert results.writable() == ""
    (tmp_path / "file").touch()
    monkeypatch.setattr(results, "RESULTS", tmp_path / "file" / "results")
    assert "results cannot be written: Not a directory" in results.writable()


def test_a_full_disk_costs_nothing_that_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    heading = ("set", "figure", "value")
    path = results.save("evaluate", {}, [heading, ("ami", "DER", "0.4")], "first")
    before = path.with_suffix(".md").read_text()

    def full(_path: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        results.save("evaluate", {}, [heading, ("ami", "DER", "0.3")], "second")
    assert path.with_suffix(".md").read_text() == before
    assert sorted(each.suffix for each in tmp_path.iterdir()) == [".json", ".md"]


def test_a_table_is_in_columns() -> None:
    assert results.table([("set", "figure", "n"), ("ami", "DER", "12")]) == (
        "set  figure   n\n---------------\nami  DER     12"
    )

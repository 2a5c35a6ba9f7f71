"""Other programs that people would run, beside this one on the same recordings.

    scripts/benchmark peers --venv DIR --truth DIR [--quick] [--save]

They are no dependencies: prepare them once, in a folder of their own,

    python3 -m venv DIR && DIR/bin/pip install whisper-ctranslate2 senko

Each gets the weights that listenlive ships, the same threads, and the options that are best on
conversations; each recording is a process of its own, so loading is part of it. CPU seconds and
peak memory are those of the process; DER is without collar, overlap scored, WER over words in the
order they are told. Recordings: the bundled ones, and a phone call of 30 s and calls of the folder
with truth, in one channel; listenlive also with a channel per person.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from bench import results
from bench.rttm import Turn, read_rttm
from bench.score import Diarization, Words, read_text, score
from listenlive import weights

SCRIPTS = Path(__file__).resolve().parents[1]
SAMPLES = SCRIPTS.parent / "samples"
RATE = 16_000
HEADING = ("system", "n", "sound, s", "CPU s per s", "peak memory, MB", "DER", "WER")

Told = Mapping[str, Any]
"""What a system tells: utterances with speaker (None: it tells none), start, end, text."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One conversation: `whole` as recorded, `mono` in one channel of 16 kHz, and its truth."""

    whole: Path
    mono: Path
    seconds: float
    spoken: Sequence[Turn]
    text: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class System:
    """A program to run: `hear` gives its command line and how to read what it wrote to a folder."""

    name: str
    hear: Callable[[Recording, Path], tuple[list[str], Callable[[], Told]]]
    split: bool = False


def measure(given: argparse.Namespace) -> None:
    """The table of all systems; kept with --save."""
    found: dict[str, Any] = {}
    rows: list[Sequence[str]] = [HEADING]
    with tempfile.TemporaryDirectory() as folder:
        heard = list(_recordings(given.truth, Path(folder), quick=given.quick))
        for system in _systems(given.venv, given.threads):
            fitting = [r for r in heard if not system.split or r.whole != r.mono]
            told = [run(system, each, given.threads) for each in fitting]
            row, kept = figures_of(system, fitting, told)
            print("  ".join(row), file=sys.stderr, flush=True)
            rows.append(row)
            found[system.name] = kept
    print(results.table(rows))
    if given.save:
        words = ["DIR" if word.startswith("/") else word for word in sys.argv[1:]]
        print(results.save("peers", found, rows, shlex.join(["scripts/benchmark", *words])))


# --- what is heard ------------------------------------------------------------------------------


def _recordings(truth: Path, folder: Path, *, quick: bool) -> Iterator[Recording]:
    calls = truth / "conversations"
    phone = calls / "pyannote_sample.flac"
    split = [*sorted(SAMPLES.glob("*.words.json"), reverse=True)]
    real = sorted(calls.glob("spokenwoz_*.words.json"))
    for words in [*split[: 1 if quick else None], *real[: 1 if quick else None]]:
        name = words.name.removesuffix(".words.json")
        spoken = words.with_name(f"{name}.vad.rttm")
        rttm = spoken if spoken.exists() else words.with_name(f"{name}.rttm")
        mono = words.with_name(f"{name}.mono.flac")
        whole = words.with_name(f"{name}.flac")
        yield _recording(whole, mono if mono.exists() else whole, rttm, words, folder)
    if phone.exists():
        yield _recording(
            phone, phone, phone.with_suffix(".rttm"), phone.with_suffix(".stm"), folder
        )


def _recording(whole: Path, mono: Path, rttm: Path, text: Path, folder: Path) -> Recording:
    samples, rate = soundfile.read(mono, dtype="float32", always_2d=True)
    one = np.asarray(soxr.resample(samples.mean(axis=1), rate, RATE), dtype=np.float32)
    wav = folder / f"{whole.stem}.wav"
    soundfile.write(wav, one, RATE, subtype="PCM_16")
    two = soundfile.info(whole).channels == 2
    return Recording(whole if two else wav, wav, len(one) / RATE, read_rttm(rttm), read_text(text))


# --- who hears it -------------------------------------------------------------------------------


def _systems(venv: Path, threads: int) -> list[System]:
    model = weights.resolve("base")

    def ours(channels: str) -> Callable[[Recording, Path], tuple[list[str], Callable[[], Told]]]:
        def hear(each: Recording, folder: Path) -> tuple[list[str], Callable[[], Told]]:
            out = folder / "told.json"
            command = [
                *(str(Path(sys.executable).with_name("listenlive")), "analyze"),
                str(each.whole if channels == "split" else each.mono),
                *("--channels", channels, "--no-save", "--quiet", "--json", str(out)),
                *("--set", f"transcription.threads={threads}"),
            ]
            return command, lambda: _read(out)

        return hear

    def ctranslate2(each: Recording, folder: Path) -> tuple[list[str], Callable[[], Told]]:
        command = [
            *(str(venv / "bin" / "whisper-ctranslate2"), str(each.mono), "--verbose", "False"),
            *("--model_directory", str(model), "--local_files_only", "True"),
            *("--output_dir", str(folder), "--output_format", "json", "--device", "cpu"),
            *("--compute_type", "int8", "--threads", str(threads), "--beam_size", "5"),
            *("--word_timestamps", "True", "--condition_on_previous_text", "False"),
        ]
        return command, lambda: _segments(folder / f"{each.mono.stem}.json")

    def senko(each: Recording, folder: Path) -> tuple[list[str], Callable[[], Told]]:
        out = folder / "told.json"
        script = SCRIPTS / "bench" / "peer_senko.py"
        command = [str(venv / "bin" / "python"), str(script), str(each.mono), str(model)]
        return [*command, str(threads), str(out)], lambda: _read(out)

    return [
        System("listenlive, one microphone", ours("mix")),
        System("listenlive, a channel each", ours("split"), split=True),
        System("whisper-ctranslate2 (tells no speakers)", ctranslate2),
        System("senko + faster-whisper", senko),
    ]


def _read(path: Path) -> Told:
    told: Told = json.loads(path.read_text())
    return told


def _segments(path: Path) -> Told:
    """Segments of Whisper as utterances of nobody."""
    return {
        "utterances": [
            {"speaker": None, "start": s["start"], "end": s["end"], "text": s["text"]}
            for s in _read(path)["segments"]
        ]
    }


def run(system: System, each: Recording, threads: int) -> tuple[Told, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        command, read = system.hear(each, Path(folder))
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
        with (Path(folder) / "log").open("w+") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                log.seek(0)
                raise SystemExit(f"{system.name} failed on {each.mono.name}:\n{log.read()[-2000:]}")
        return read(), Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


# --- how well -----------------------------------------------------------------------------------


def figures_of(
    system: System, heard: Sequence[Recording], told: Sequence[tuple[Told, Cost]]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Its line of the table, and the same recording by recording."""
    scores = [
        score({"moments": [], **said}, each.spoken, text=each.text)
        for each, (said, _) in zip(heard, told, strict=True)
    ]
    words = sum((s.words for s in scores if s.words), Words())
    speakers = any(u["speaker"] for said, _ in told for u in said["utterances"])
    frames = sum((s.diarization for s in scores), Diarization())
    seconds = sum(each.seconds for each in heard)
    cpu = sum(cost.cpu_seconds for _, cost in told)
    peak = max(cost.peak_bytes for _, cost in told)
    row = (
        system.name,
        str(len(heard)),
        f"{seconds:.0f}",
        f"{cpu / seconds:.3f}",
        f"{peak / 1e6:.0f}",
        f"{frames.der:.3f}" if speakers else "-",
        f"{words.wer:.3f}",
    )
    kept = {
        each.mono.stem: {
            "seconds": round(each.seconds, 1),
            "cpu_seconds": round(cost.cpu_seconds, 1),
            "peak_mb": round(cost.peak_bytes / 1e6),
        }
        | found.as_dict()
        for each, (_, cost), found in zip(heard, told, scores, strict=True)
    }
    return row, kept

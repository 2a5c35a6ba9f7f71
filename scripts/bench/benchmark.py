"""Measure speed, memory and start-up.

    scripts/benchmark                          all but `live` and `peers`
    scripts/benchmark words [--audio FILE] [--pairs 3]
                      whole analysis against plain faster-whisper (beam 1) on the same file in one
                      channel, in turn, both warm with models loaded, same weights, same threads;
                      with beam 1, and with the program's own beam; by the clock and by CPU
    scripts/benchmark memory [--hours 3] [--timing-only]
                      peak memory of a process that analyses so many hours of talk
    scripts/benchmark live [--minutes 5] [--mono] [--busy 1]
                      a conversation at the pace of real time: how soon things are shown, what it
                      costs, how memory grows, and whether the result is that of a file
    scripts/benchmark startup                  `listenlive --help` and `report last`
    scripts/benchmark analyse [--hours 3]      figures of so many hours of talk heard before
    scripts/benchmark review [--hours 3]       the page of such a session in Chromium: until its
                      timeline is drawn; frames while scrolling and zooming (95th percentile)
    scripts/benchmark peers --venv DIR --truth DIR [--quick]
                      other programs on the same recordings: CPU, memory, DER, WER. DIR holds them:
                      python3 -m venv DIR && DIR/bin/pip install whisper-ctranslate2 senko

Nothing else should run on the machine. Medians are given, with the number of runs.
"""

import argparse
import os
import random
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import soundfile

from bench import hearing, peers, results
from listenlive.conversation import Conversation, Person, Utterance, Word
from listenlive.span import Span

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "evening.flac"
HEADING = ("benchmark", "figure", "n", "median", "aim")
MEGABYTE = 1_000_000
_THREADS = min(os.cpu_count() or 1, 4)  # the program's own choice


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure: `values` of the runs; `aim` as text, for people."""

    benchmark: str
    figure: str
    values: tuple[float, ...]
    aim: str = ""

    @property
    def median(self) -> float:
        """The middle one of the runs."""
        return statistics.median(self.values)

    def row(self) -> tuple[str, ...]:
        """Its line of the table."""
        return self.benchmark, self.figure, str(len(self.values)), f"{self.median:.3g}", self.aim


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# --- words ----------------------------------------------------------------------------------


def words(given: argparse.Namespace) -> Iterator[Measurement]:
    """Whole analysis of one channel, and of two, over plain faster-whisper on one."""
    audio: Path = given.audio
    with _mixed_down(audio) as mono:
        plain = _plain(mono, threads=given.threads)
        kinds = {"mono": mono}
        if soundfile.info(audio).channels == 2:
            kinds["split"] = audio
        for kind, path in kinds.items():
            for beam in (1, hearing.settings().transcription.beam_size):
                channels = "mix" if kind == "mono" else "split"
                chosen = hearing.settings(channels=channels, threads=given.threads, beam=beam)
                name = f"words {kind}, beam {beam}" + (" (default)" if beam > 1 else "")
                with hearing.loaded(path, chosen):  # as the plain model is
                    whole = partial(hearing.hear, path, chosen)
                    theirs, ours = _in_turn(plain, whole, pairs=given.pairs)
                yield from _compared(name, theirs, ours, soundfile.info(audio).duration)


def _compared(
    name: str, theirs: "Sequence[_Cost]", ours: "Sequence[_Cost]", duration: float
) -> Iterator[Measurement]:
    pairs = list(zip(theirs, ours, strict=True))
    aim = {"words mono, beam 1": "1.0 (.7)", "words split, beam 1": "1.3"}.get(name, "")
    ratios = tuple(b.seconds / a.seconds for a, b in pairs)
    yield Measurement(name, "analysis / faster-whisper", ratios, aim)
    ratios = tuple(b.cpu_seconds / a.cpu_seconds for a, b in pairs)
    yield Measurement(name, "the same by CPU seconds", ratios)
    yield Measurement(name, "real-time factor", tuple(b.seconds / duration for _, b in pairs))
    yield Measurement(name, "CPU seconds", tuple(b.cpu_seconds for _, b in pairs))
    name += ", faster-whisper"
    yield Measurement(name, "real-time factor", tuple(a.seconds / duration for a, _ in pairs))
    yield Measurement(name, "CPU seconds", tuple(a.cpu_seconds for a, _ in pairs))


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a run took, by the clock and of all processors."""

    seconds: float
    cpu_seconds: float


def _cost(work: Callable[[], object]) -> _Cost:
    began = time.process_time()
    took = _seconds(work)
    return _Cost(took, time.process_time() - began)


def _in_turn(
    first: Callable[[], object], second: Callable[[], object], *, pairs: int
) -> tuple[list[_Cost], list[_Cost]]:
    """The cost of each, one after the other, so that a busy machine is busy for both."""
    first()  # warm-up: caches, compiled code
    second()
    timed = [(_cost(first), _cost(second)) for _ in range(pairs)]
    return [a for a, _ in timed], [b for _, b in timed]


def _plain(audio: Path, *, threads: int) -> Callable[[], object]:
    """Plain faster-whisper with the options that were best on conversations, model loaded."""
    from faster_whisper import WhisperModel

    from listenlive import weights

    model = WhisperModel(
        str(weights.resolve("base")), device="cpu", compute_type="int8", cpu_threads=threads
    )

    def transcribe() -> object:
        segments, _ = model.transcribe(
            str(audio),
            beam_size=1,
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
        )
        return list(segments)  # it is lazy

    return transcribe


@contextmanager
def _mixed_down(audio: Path) -> Iterator[Path]:
    samples, rate = soundfile.read(audio, dtype="float32", always_2d=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mono.wav"
        soundfile.write(path, samples.mean(axis=1), rate, subtype="PCM_16")
        yield path


# --- memory ---------------------------------------------------------------------------------


def memory(given: argparse.Namespace) -> Iterator[Measurement]:
    """Peak memory and time of a process that analyses hours of talk."""
    name = f"memory {given.hours:g} h" + (", timing only" if given.timing_only else "")
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder) / "long.flac"
        _repeated(given.audio, audio, seconds=given.hours * 3600)
        command = [sys.executable, "-m", "bench.benchmark", "hear", "--audio", str(audio)]
        command += ["--timing-only"] if given.timing_only else []
        began = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took = time.perf_counter() - began
        duration = soundfile.info(audio).duration
    yield Measurement(name, "peak memory, MB", (float(done.stdout.split()[-1]),), "1000")
    yield Measurement(name, "seconds", (took,))
    yield Measurement(name, "real-time factor", (took / duration,))


def _repeated(audio: Path, to: Path, *, seconds: float) -> None:
    samples, rate = soundfile.read(audio, dtype="int16", always_2d=True)
    left = round(seconds * rate)
    with soundfile.SoundFile(to, "w", rate, samples.shape[1], format="FLAC") as out:
        while left > 0:
            out.write(samples[:left])
            left -= len(samples)


def hear_once(given: argparse.Namespace) -> None:
    """What `memory` starts: analyse, then print the peak memory of this process in MB."""
    hearing.hear(given.audio, hearing.settings(words=not given.timing_only))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE)


# --- live -----------------------------------------------------------------------------------


def live(given: argparse.Namespace) -> Iterator[Measurement]:
    """How soon a live session shows what happens, and what that costs."""
    from bench import live as bench

    name = f"live {'mono' if given.mono else 'split'} {given.minutes:g} min"
    name += f", {given.busy} busy" if given.busy else ""
    audio = given.audio.with_suffix(".mono.flac") if given.mono else given.audio
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / audio.name
        _repeated(audio, path, seconds=given.minutes * 60)
        with bench.busy(given.busy):
            found = bench.run(path, mono=given.mono)
        same = bench.same_as_file(found, path, mono=given.mono)
    signal = hearing.settings().measuring.backchannel_max
    yield from _spread(
        name,
        "who speaks, s",
        bench.activity_latencies(found, bench.turns_of(audio)),
        "2" if given.mono else ".5",
    )
    yield from _spread(
        name,
        "talk-over, s",
        bench.talk_over_latencies(found, signal=signal),
        "2" if given.mono else ".5",
    )
    yield from _spread(name, "a word, s", bench.word_latencies(found), "3")
    yield from _spread(name, "text of an utterance, s", bench.text_latencies(found), "1.5", "3")
    cores = os.cpu_count() or 1
    yield Measurement(
        name, "CPU s per s of sound", (found.cpu_seconds / found.duration,), f"{0.7 * cores:.1f}"
    )
    yield Measurement(name, "most said to be behind, s", (bench.most_behind(found),))
    yield Measurement(name, "most memory, MB", (max(mb for _, mb in found.memory),), "900")
    if found.slope is not None:
        yield Measurement(name, "growth of memory, MB an hour", (found.slope,), "0")
    yield Measurement(name, "closing, s", (found.closing,))
    yield Measurement(name, "same words as the file (1: yes)", (float(same),), "1")


def _spread(
    name: str, figure: str, values: Sequence[float], middle: str, late: str = ""
) -> Iterator[Measurement]:
    """The median of `values`, and what 95 % of them stay under."""
    if not values:
        return
    yield Measurement(name, figure, tuple(values), middle)
    ordered = sorted(values)
    high = ordered[min(round(0.95 * len(ordered)), len(ordered) - 1)]
    yield Measurement(name, f"{figure}: 95 % under", (high,), late)


# --- start-up -------------------------------------------------------------------------------


def startup(_given: argparse.Namespace) -> Iterator[Measurement]:
    """How long people wait for a command that needs no model."""
    from listenlive.app import analyse_file

    program = str(Path(sys.executable).with_name("listenlive"))
    with tempfile.TemporaryDirectory() as folder:
        analyse_file(SAMPLE, hearing.settings(words=False), data=Path(folder))
        for arguments in (["--help"], ["report", "last", "--data", folder]):
            command = [program, *arguments]
            run = partial(subprocess.run, command, check=True, capture_output=True)
            run()
            times = tuple(_seconds(run) for _ in range(7))
            yield Measurement("startup", f"listenlive {' '.join(arguments[:2])}, s", times, "0.5")


# --- analyse --------------------------------------------------------------------------------


def analyse(given: argparse.Namespace) -> Iterator[Measurement]:
    """How long the figures of hours of talk take, once it is heard."""
    from listenlive.analysis import analyse as analysis

    conversation = drawn(given.hours * 3600)
    times = tuple(_seconds(lambda: analysis(conversation)) for _ in range(5))
    count = len(conversation.utterances)
    yield Measurement("analyse", f"{given.hours:g} h, {count} utterances, s", times, "0.5")


def review(given: argparse.Namespace) -> Iterator[Measurement]:
    """How fluid the page of hours of talk is."""
    from bench.pages import measured

    found = measured(drawn(given.hours * 3600))
    told = {
        "first": ("timeline drawn, never read before, s", "1"),
        "again": ("timeline drawn, read before, s", "1"),
        "transcript": ("frame while the transcript scrolls, s", "0.05"),
        "zoom": ("frame while the timeline zooms, s", "0.05"),
    }
    for name, (figure, aim) in told.items():
        yield Measurement("review", f"{given.hours:g} h, {figure}", found[name], aim)


def drawn(seconds: float) -> Conversation:
    """A made-up conversation of that length: turns of 1-12 s, a third of them begun in overlap."""
    rng = random.Random(7)
    vocabulary = ("so", "what", "do", "you", "think", "I", "was", "there", "because", "yes", "it")
    utterances: list[Utterance] = []
    ends = {"A": 0.0, "B": 0.0}
    at, speaker = 0.5, "A"
    while at < seconds:
        start = max(at, ends[speaker] + 0.2)
        end = start + rng.uniform(1, 12)
        n = max(1, int((end - start) * 2.5))
        step = (end - start) / n
        said = tuple(
            Word(
                rng.choice(vocabulary) + ("?" if i == n - 1 and rng.random() < 0.2 else ""),
                Span(start + i * step, start + (i + 0.9) * step),
                0.9,
            )
            for i in range(n)
        )
        utterances.append(Utterance(len(utterances) + 1, speaker, Span(start, end), said, "en"))
        ends[speaker] = end
        at = end + rng.uniform(-0.8, 1.6)
        speaker = "B" if speaker == "A" else "A"
    return Conversation(
        tuple(sorted(utterances, key=lambda each: each.span)),
        duration=max(ends.values()) + 1,
        people=(Person("A", "Me"), Person("B", "Partner")),
        language="en",
    ).with_listener("A")


# --- the command ----------------------------------------------------------------------------

BENCHMARKS: dict[str, Callable[[argparse.Namespace], Iterator[Measurement]]] = {
    "words": words,
    "memory": memory,
    "live": live,
    "startup": startup,
    "analyse": analyse,
    "review": review,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", choices=[*BENCHMARKS, "peers", "hear", []], metavar="NAME"
    )
    parser.add_argument("--audio", type=Path, default=SAMPLE, help="talk to hear (a sample)")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each in `words` (3)")
    parser.add_argument("--threads", type=int, default=_THREADS, help="of both in `words` (all)")
    parser.add_argument("--hours", type=float, default=3.0, help="for memory and analyse (3)")
    parser.add_argument("--timing-only", action="store_true", help="memory: without words")
    parser.add_argument("--minutes", type=float, default=5.0, help="of conversation in `live` (5)")
    parser.add_argument("--mono", action="store_true", help="live: one microphone")
    parser.add_argument("--busy", type=int, default=0, help="live: cores taken away (0)")
    parser.add_argument("--venv", type=Path, help="peers: the folder they are installed in")
    truth = os.environ.get("LISTENLIVE_TRUTH")
    parser.add_argument(
        "--truth", type=Path, default=truth, help="peers: folder with truth ($LISTENLIVE_TRUTH)"
    )
    parser.add_argument("--quick", action="store_true", help="peers: one recording of each kind")
    parser.add_argument("--save", action="store_true", help="keep the result in docs/results/")
    return parser


def _found(measurements: Sequence[Measurement]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in measurements:
        found.setdefault(each.benchmark, {})[each.figure] = {
            "n": len(each.values),
            "median": each.median,
            "values": each.values,
        }
    return found


def main() -> None:
    """The command `scripts/benchmark`."""
    given = _parser().parse_args()
    if given.names == ["hear"]:
        hear_once(given)
        return
    if given.names == ["peers"]:
        peers.measure(given)
        return
    measurements: list[Measurement] = []
    for name in given.names or (each for each in BENCHMARKS if each != "live"):
        measurements += BENCHMARKS[name](given)
    rows = [HEADING, *(each.row() for each in measurements)]
    print(results.table(rows))
    load = os.getloadavg()[0]
    print(
        ", ".join(f"{key} {value}" for key, value in results.machine().items()), f"load {load:.1f}"
    )
    if given.save:
        words_given = [word for word in sys.argv[1:] if not word.startswith("/")]
        command = shlex.join(["scripts/benchmark", *words_given])
        print(results.save("benchmark", _found(measurements), rows, command))


if __name__ == "__main__":
    main()

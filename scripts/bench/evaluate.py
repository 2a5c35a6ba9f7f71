"""Hold the analysis against truth, set by set, and print one table.

    scripts/evaluate --truth DIR                         everything (long)
    scripts/evaluate --truth DIR --only calls-split ami  these; "simulated-mono" is no set: all that
                                                         begin so
    scripts/evaluate --truth DIR --quick                 three recordings of each set
    scripts/evaluate --list                              which sets there are

DIR is laid out as CONTRIBUTING.md says; what is missing there is left out and named. Counts are
added over recordings before dividing; the interval is a bootstrap over recordings (seeds). "floor"
has to be reached, "aim" is how far we want to get. Timing sets are heard without words, which is
faster; those of simulated talks make no sense, and what is told from them is wrong (--words).

Seeds 301-312, 333-340 and 401-416 were looked at while settings were chosen; 325-332 were not.
Everything takes hours: on two cores that others use too, a seed takes 5 to 30 s, `interruptions`
5 minutes. Ctrl-C ends with the sets that were finished.

Exit status: 0; 1 if something could not be measured or a set of --only was left out; 2 if the call
does not fit; 130 after Ctrl-C. A figure under its floor is MISSED and changes nothing.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import figures, hearing, results
from bench.figures import Outcome, Result
from bench.hearing import Session
from bench.rttm import TruthError, Turn
from bench.score import Hits, score, turns_of
from bench.sets import CACHE, SETS, Case, Choice, Set, Study, chosen_sets, prepared
from listenlive.errors import ListenLiveError

MOST_SEEDS, MOST_JOBS, MOST_NAMED = 10_000, 64, 4

QUICK = 3
"""Recordings of each set with --quick: the fewest that still give an interval."""

LATEST = 1.0
"""Seconds after the end of a recording at which its truth may end: labels are drawn by hand."""

LAYOUT = "CONTRIBUTING.md says how it is laid out"

HEADING = ("set", "figure", "n", "value", "95 %", "floor", "aim", "")


@dataclass(frozen=True, slots=True)
class Hearing:
    """How every recording is heard; `words`: with words, whatever it is heard for."""

    cache: Path
    channels: str = "auto"
    threads: int = 0
    words: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording or a set that could not be measured, and why."""

    name: str
    reason: str


HearAll = Callable[[Sequence[Case]], Sequence[Outcome | Failure]]


@dataclass(slots=True)
class Findings:
    """What a run found so far.

    rows     : of the table, the heading first
    sets     : by name, for JSON
    failures : what could not be measured
    left_out : names of sets of which nothing is there
    stopped  : somebody ended it
    """

    rows: list[Sequence[str]] = field(default_factory=lambda: [HEADING])
    sets: dict[str, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    stopped: bool = False


def outcome(case: Case, how: Hearing) -> Outcome | Failure:
    """Hear the recording of `case` and hold it against its truth."""
    try:
        return _outcome(case, how)
    except Exception as error:  # noqa: BLE001 - one bad file must not cost hours of the others
        return Failure(case.name, _reason(error))


def _reason(error: Exception) -> str:
    """What went wrong, for people where it was meant for them."""
    if isinstance(error, (ListenLiveError, TruthError)):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _outcome(case: Case, how: Hearing) -> Outcome:
    audio, truth = prepared(case, how.cache)
    chosen = hearing.settings(
        channels=how.channels,
        speakers=case.speakers,
        words=case.words or how.words,
        threads=how.threads,
    )
    session = hearing.hear(audio, chosen)
    end = max((turn.end for turn in (*truth.spoken, *truth.turns)), default=0.0)
    if end > session["duration"] + LATEST:
        heard = f"only {session['duration']:.1f} s of {audio} could be heard"
        raise TruthError(f"its truth ends at {end:.1f} s, but {heard}")
    scored = score(session, truth.spoken, events=truth.events, text=truth.text)
    return Outcome(
        case.name,
        scored,
        turns_found(session, truth.turns, scored.names) if truth.turns else None,
        sum(len((each.get("text") or "").split()) for each in session["utterances"]),
        sum(each["end"] - each["start"] for each in session["utterances"]),
        words_placed(session, truth.spoken, scored.names) if case.words else Hits(),
    )


def words_placed(session: Session, spoken: Sequence[Turn], names: Mapping[str, str]) -> Hits:
    """Words whose middle lies where one person speaks, and those given to that person."""
    total = right = 0
    for utterance in session["utterances"]:
        for word in utterance.get("words") or ():
            middle = (word["start"] + word["end"]) / 2
            who = {turn.speaker for turn in spoken if turn.start <= middle < turn.end}
            if len(who) == 1:
                total += 1
                right += names.get(utterance["speaker"]) in who
    return Hits(total, total, right)


def turns_found(session: Session, turns: Sequence[Turn], names: Mapping[str, str]) -> Hits:
    """Turns during which the right person is heard at all."""
    heard = [(names.get(turn.speaker), turn) for turn in turns_of(session)]
    right = sum(
        any(
            name == turn.speaker and theirs.start < turn.end and turn.start < theirs.end
            for name, theirs in heard
        )
        for turn in turns
    )
    return Hits(len(turns), right, right)


def thinned(cases: Sequence[Case]) -> list[Case]:
    """Some of `cases`, spread evenly."""
    step = max(1, len(cases) / QUICK)
    return [cases[int(i * step)] for i in range(min(QUICK, len(cases)))]


def available(each: Set, choice: Choice) -> list[Case]:
    """The recordings of a set that are there; what the others lack is said."""
    try:
        cases = each.cases(choice)
    except FileNotFoundError as error:
        _lacking(each, choice, [Path(error.filename)])
        return []
    found = [case for case in cases if all(path.exists() for path in case.files)]
    paths = {path for case in cases for path in case.files if not path.exists()}
    if paths:
        _lacking(each, choice, sorted(paths))
    return thinned(found) if choice.quick else found


def _lacking(each: Set, choice: Choice, paths: Sequence[Path]) -> None:
    names = [str(p.relative_to(choice.truth) if choice.truth in p.parents else p) for p in paths]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    _say(f"{each.name}: there is no {', '.join(names[:MOST_NAMED])}{more}")


def rows_of(name: str, found: Sequence[Result]) -> list[Sequence[str]]:
    """The rows of the table for a set."""
    return [
        (
            name,
            result.name,
            str(result.n),
            _number(result.value),
            f"{result.spread.low:.3f} - {result.spread.high:.3f}" if result.spread else "",
            _number(result.floor),
            _number(result.aim),
            verdict(result),
        )
        for result in found
    ]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:g}" if float(value).is_integer() else f"{value:.3f}"


def verdict(found: Result) -> str:
    """How far a value got: "aim", "floor", "below aim", "MISSED", or nothing without a bar."""
    if found.aim is not None and found.reaches(found.aim):
        return "aim"
    if found.floor is not None:
        return "floor" if found.reaches(found.floor) else "MISSED"
    return "" if found.aim is None else "below aim"


def evaluate(sets: Sequence[Set | Study], choice: Choice, hear_all: HearAll) -> Findings:
    """All that is found in `sets`; of those that were finished, if somebody ends it."""
    found = Findings()
    for each in sets:
        try:
            _evaluate(each, choice, hear_all, found)
        except KeyboardInterrupt:
            _say(f"{each.name}: stopped before it was finished")
            found.stopped = True
            break
        except Exception as error:  # noqa: BLE001 - the others are still to be measured
            found.failures.append(Failure(each.name, _reason(error)))
    return found


def _evaluate(each: Set | Study, choice: Choice, hear_all: HearAll, found: Findings) -> None:
    """Measure one set, and add it to `found`."""
    began, failed = time.monotonic(), len(found.failures)
    if isinstance(each, Study):
        measured, details = each.measure(choice) if each.there(choice) else ([], {})
    else:
        measured, details = heard(each, available(each, choice), hear_all, found.failures)
    if not measured:
        if failed == len(found.failures):
            found.left_out.append(each.name)
            _say(f"{each.name}: left out, as what it needs is not in {choice.truth}")
        return
    rows = rows_of(each.name, measured)
    found.sets[each.name] = {"figures": {r.name: r.as_dict() for r in measured}} | details
    found.rows += rows
    # At once, because the whole table may be hours away.
    told = "; ".join(f"{row[1]} {row[3]}" for row in rows)
    _say(f"{each.name}: {time.monotonic() - began:.0f} s. {told}")
    for name, detail in details.items():
        if isinstance(detail, str):
            _say(f"{each.name}: {name}: {detail}")


def heard(
    each: Set, cases: Sequence[Case], hear_all: HearAll, failures: list[Failure]
) -> tuple[list[Result], dict[str, Any]]:
    """The figures of a set of recordings, and each recording for JSON; adds to `failures`."""
    if not cases:
        return [], {}
    came = hear_all(cases)
    failures += [result for result in came if isinstance(result, Failure)]
    outcomes = [result for result in came if isinstance(result, Outcome)]
    recordings = {o.name: o.score.as_dict() | {"reported_words": o.word_count} for o in outcomes}
    return figures.results(each.figures, outcomes), {
        "n": len(outcomes),
        "recordings": recordings,
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _seeds(text: str) -> tuple[int, ...]:
    """Seeds from "301-312" or "301,305"."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        wrong = f"{part!r} is no seed and no range of seeds, such as 301-312 or 301,305"
        if not (first.strip().isdecimal() and (last or first).strip().isdecimal()):
            raise argparse.ArgumentTypeError(wrong)
        span = range(int(first), int(last or first) + 1)
        if not 0 < len(span) <= MOST_SEEDS:
            raise argparse.ArgumentTypeError(f"{wrong}, upwards and {MOST_SEEDS} at most")
        found += span
    return tuple(dict.fromkeys(found))


def _ranges(seeds: Sequence[int]) -> str:
    """Seeds as short as they can be given: "301-312,401"."""
    numbered = itertools.groupby(enumerate(seeds), key=lambda each: each[1] - each[0])
    runs = [[seed for _, seed in run] for _, run in numbered]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_JOBS}")
    return int(text)


def _command(given: argparse.Namespace) -> str:
    """What to type to measure the same again, without the folders of this machine."""
    words = ["scripts/evaluate", "--truth", "DIR", "--seeds", _ranges(given.seeds)]
    words += ["--channels", given.channels] if given.channels != "auto" else []
    words += ["--only", *given.only] if given.only else []
    words += [f"--{name}" for name in ("quick", "words") if getattr(given, name)]
    return shlex.join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    truth = os.environ.get("LISTENLIVE_TRUTH")
    add = parser.add_argument
    add(
        "--truth",
        type=Path,
        default=Path(truth) if truth else None,
        metavar="DIR",
        help="folder with recordings and their truth (default: $LISTENLIVE_TRUTH)",
    )
    add("--only", nargs="+", default=[], metavar="SET", help="see --list")
    add("--list", action="store_true", help="name the sets and stop")
    add("--quick", action="store_true", help=f"{QUICK} recordings of each set, a fifth of texts")
    add(
        "--seeds",
        type=_seeds,
        default=_seeds("301-312"),
        metavar="A-B",
        help="of simulated conversations, such as 313-332 or 301,305 (default: 301-312)",
    )
    add(
        "--channels",
        choices=("auto", "split", "mix"),
        default="auto",
        help="how recordings are heard (default: auto, as the program decides)",
    )
    add("--words", action="store_true", help="hear timing sets with words, too")
    add("--jobs", type=_jobs, default=1, metavar="N", help="recordings heard at once (1)")
    add(
        "--cache",
        type=Path,
        default=CACHE,
        metavar="DIR",
        help="where simulated and joined sound is kept (%(default)s); delete it at any time",
    )
    add("--json", type=Path, metavar="FILE", help="also write all figures to this file")
    add("--save", action="store_true", help="keep the result in docs/results/")
    return parser


def _checked(given: argparse.Namespace) -> str:
    """What does not fit in what was asked for; "" if all does. Before hours are spent."""
    if given.truth is None:
        return f"--truth DIR is needed, or the variable LISTENLIVE_TRUTH; {LAYOUT}"
    if not given.truth.is_dir():
        return f"--truth: {given.truth} is no folder; {LAYOUT}"
    if given.json and (given.json.is_dir() or not given.json.absolute().parent.is_dir()):
        return f"--json: {given.json} cannot be written; name a file in a folder that is there"
    if given.save and (reason := results.writable()):
        return f"--save: {reason}"
    return ""


def _limited(threads: int) -> None:
    """Begin a process that hears recordings; Ctrl-C is for the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hearing.limit_threads(threads)


def _measured(given: argparse.Namespace, sets: Sequence[Set | Study]) -> Findings:
    choice = Choice(given.truth.resolve(), given.seeds, given.quick, given.cache.resolve())
    threads = max(1, (os.cpu_count() or 1) // given.jobs)
    how = Hearing(given.cache.resolve(), given.channels, threads, given.words)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        given.jobs, context, initializer=_limited, initargs=(threads,)
    ) as pool:
        return evaluate(
            sets, choice, lambda cases: list(pool.map(outcome, cases, [how] * len(cases)))
        )


def main() -> int:
    """The command `scripts/evaluate`."""
    parser = _parser()
    given = parser.parse_args()
    if given.list:
        print("\n".join(f"{each.name:<36}{each.about}" for each in SETS))
        return 0
    sets = chosen_sets(given.only)
    if wrong := _checked(given):
        parser.error(wrong)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was measured is kept
    found = _measured(given, sets)
    if found.sets:
        print(results.table(found.rows))
    if given.quick:
        _say("--quick: a few recordings of each, so that it is seen to work: not to be quoted")
    for failure in found.failures:
        _say(f"could not be measured: {failure.name}: {failure.reason}")
    if given.json:
        told = {"machine": results.machine(), "sets": found.sets}
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if given.save and found.sets:
        # Never in place of the whole.
        apart = [name for name in ("quick", "words") if getattr(given, name)]
        kind = "-".join(["evaluate", *apart])
        print(results.save(kind, found.sets, found.rows, _command(given)))
    return status(found, named=bool(given.only))


def status(found: Findings, *, named: bool) -> int:
    """The exit status: was all measured that was asked for (`named`: by the name of the set)?"""
    if found.stopped:
        return 130
    return int(bool(found.failures or not found.sets or (named and found.left_out)))


if __name__ == "__main__":
    sys.exit(main())

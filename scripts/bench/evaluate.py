"""Hold the analysis against truth, set by set, and print one table.

    scripts/evaluate --truth DIR                         everything (long)
    scripts/evaluate --truth DIR --only calls-split ami  these; "simulated-mono": all that begin so
    scripts/evaluate --truth DIR --quick                 three recordings of each set
    scripts/evaluate --list                              which sets there are

DIR is laid out as CONTRIBUTING.md says; sets whose files are missing are left out and named. Counts
are added over recordings before dividing; the interval is a bootstrap over recordings (seeds).
"floor" has to be reached, "aim" is how far we want to get. Timing sets are heard without words.
"""

import argparse
import json
import multiprocessing
import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import figures, hearing, results
from bench.figures import Outcome, Result
from bench.hearing import Session
from bench.rttm import Turn
from bench.score import Hits, score, turns_of
from bench.sets import CACHE, SETS, Case, Choice, Set, Study, chosen_sets, prepared
from listenlive.errors import ListenLiveError

QUICK = 3
"""Recordings of each set with --quick: the fewest that still give an interval."""

HEADING = ("set", "figure", "n", "value", "95 %", "floor", "aim", "")


@dataclass(frozen=True, slots=True)
class Hearing:
    """How every recording is heard."""

    cache: Path
    channels: str = "auto"
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that listenlive could not hear, and why."""

    name: str
    reason: str


HearAll = Callable[[Sequence[Case]], Sequence[Outcome | Failure]]


def outcome(case: Case, how: Hearing) -> Outcome | Failure:
    """Hear the recording of `case` and hold it against its truth."""
    audio, truth = prepared(case, how.cache)
    chosen = hearing.settings(
        channels=how.channels, speakers=case.speakers, words=case.words, threads=how.threads
    )
    try:
        session = hearing.hear(audio, chosen)
    except ListenLiveError as error:
        return Failure(case.name, str(error))
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
    """The recordings of a set that are there; none if its files are missing."""
    try:
        cases = each.cases(choice)
    except FileNotFoundError:
        return []
    found = [case for case in cases if _is_there(case)]
    return thinned(found) if choice.quick else found


def _is_there(case: Case) -> bool:
    source = case.source
    files = [path for path in (case.rttm, case.turns, case.events) if path]
    for name in ("path", "voices", "sound"):
        value = getattr(source, name, None)
        files += [value] if isinstance(value, Path) else []
    return all(path.exists() for path in files)


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


def evaluate(
    sets: Sequence[Set | Study], choice: Choice, hear_all: HearAll
) -> tuple[list[Sequence[str]], dict[str, Any], list[Failure]]:
    """Rows of the table, findings for JSON, and what could not be heard."""
    rows: list[Sequence[str]] = [HEADING]
    found: dict[str, Any] = {}
    failures: list[Failure] = []
    for each in sets:
        began = time.monotonic()
        if isinstance(each, Study):
            measured, details = each.measure(choice) if each.there(choice) else ([], {})
        else:
            measured, details = heard(each, available(each, choice), hear_all, failures)
        if not measured:
            _say(f"{each.name}: left out, its files are not in {choice.truth}")
            continue
        found[each.name] = {"figures": {r.name: r.as_dict() for r in measured}} | details
        rows += rows_of(each.name, measured)
        # At once, because the whole table may be hours away.
        told = "; ".join(f"{row[1]} {row[3]}" for row in rows_of(each.name, measured))
        _say(f"{each.name}: {time.monotonic() - began:.0f} s. {told}")
    return rows, found, failures


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
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def _command(given: argparse.Namespace) -> str:
    """What to type to measure the same again, without the folders of this machine."""
    words = ["scripts/evaluate", "--truth", "DIR", "--channels", given.channels]
    words += ["--seeds", ",".join(map(str, given.seeds))]
    words += ["--only", *given.only] if given.only else []
    words += ["--quick"] if given.quick else []
    return shlex.join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    truth = os.environ.get("LISTENLIVE_TRUTH")
    parser.add_argument(
        "--truth",
        type=Path,
        default=Path(truth) if truth else None,
        help="folder with recordings and their truth (default: $LISTENLIVE_TRUTH)",
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="SET", help="see --list")
    parser.add_argument("--list", action="store_true", help="name the sets and stop")
    parser.add_argument("--quick", action="store_true", help="a few recordings of each set")
    parser.add_argument("--seeds", type=_seeds, default=_seeds("301-312"), help="301-312")
    parser.add_argument("--channels", choices=("auto", "split", "mix"), default="auto")
    parser.add_argument("--jobs", type=int, default=1, help="recordings heard at once (1)")
    parser.add_argument(
        "--cache",
        type=Path,
        default=CACHE,
        help="where simulated and joined sound is kept (%(default)s)",
    )
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    parser.add_argument("--save", action="store_true", help="keep the result in docs/results/")
    return parser


def main() -> int:
    """The command `scripts/evaluate`: 0, or 1 if a recording could not be heard."""
    parser = _parser()
    given = parser.parse_args()
    if given.list:
        print("\n".join(f"{each.name:<36}{each.about}" for each in SETS))
        return 0
    sets = chosen_sets(given.only)
    if given.truth is None or not given.truth.is_dir():
        parser.error("--truth must be a folder with recordings and their truth")
    choice = Choice(given.truth.resolve(), given.seeds, given.quick, given.cache.resolve())
    threads = max(1, (os.cpu_count() or 1) // given.jobs)
    how = Hearing(given.cache.resolve(), given.channels, threads)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        given.jobs, context, initializer=hearing.limit_threads, initargs=(threads,)
    ) as pool:
        rows, found, failures = evaluate(
            sets, choice, lambda cases: list(pool.map(outcome, cases, [how] * len(cases)))
        )
    print(results.table(rows))
    for failure in failures:
        print(f"could not be heard: {failure.name}: {failure.reason}", file=sys.stderr)
    if given.json:
        given.json.write_text(json.dumps({"machine": results.machine(), "sets": found}, indent=1))
    if given.save:
        print(results.save("evaluate", found, rows, _command(given)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

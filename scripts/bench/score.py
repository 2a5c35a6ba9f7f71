"""Hold an analysis in the `listenlive/1` format against reference truth.

Prints one JSON line:
    der, miss, false_alarm, confusion
                shares of the reference's speech time. 10 ms frames, no collar, overlap counts;
                speakers are matched one to one so that most time agrees
    speakers    [reference, reported]
    share_error largest difference of a speaker's share of talk time, in points of 1
    overlap     precision, recall, f1 of the time with two or more speaking,
                seconds [reference, reported]
    events      per kind: precision, recall, f1, counts [reference, reported, right]. Right: same
                kind, same entrant, onset within 0.5 s. "talk_over" pools interruption and attempt;
                "interruption_any" lets an interruption be called an attempt, and so tells
                detection from naming
    wer, words  word error rate without case and punctuation, and reference words. Speech in
                overlap can be ordered either way: some points remain for perfect words

Over several files add what was counted, then divide; never average ratios: `Score` keeps counts.
"""

import argparse
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.rttm import TruthError, Turn, read_rttm, read_utf8

HOP = 0.01
ONSET_TOLERANCE = 0.5  # annotators differ by a quarter of a second on where an entrance begins
KINDS = ("backchannel", "terminal", "interruption", "attempt", "dual_start")
TALK_OVERS = frozenset({"interruption", "attempt"})

Masks = npt.NDArray[np.bool_]
"""Who speaks in which frame, shape (speakers, frames)."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What was there, what was reported, and what of it is right: counts, or frames."""

    reference: int = 0
    reported: int = 0
    right: int = 0

    def __add__(self, other: "Hits") -> "Hits":
        return Hits(
            self.reference + other.reference,
            self.reported + other.reported,
            self.right + other.right,
        )

    @property
    def precision(self) -> float:
        """Share of the reported that is right; 0 where nothing is reported."""
        return self.right / self.reported if self.reported else 0.0

    @property
    def recall(self) -> float:
        """Share of the reference that is found; 0 where there is none."""
        return self.right / self.reference if self.reference else 0.0

    @property
    def f1(self) -> float | None:
        """Their harmonic mean; None where there is nothing to report and nothing reported."""
        total = self.reference + self.reported
        return 2 * self.right / total if total else None


@dataclass(frozen=True, slots=True)
class Diarization:
    """Frames of speech in the reference, and of what is wrong with the reported."""

    speech: int = 0
    miss: int = 0
    false_alarm: int = 0
    confusion: int = 0

    def __add__(self, other: "Diarization") -> "Diarization":
        return Diarization(
            self.speech + other.speech,
            self.miss + other.miss,
            self.false_alarm + other.false_alarm,
            self.confusion + other.confusion,
        )

    def share(self, frames: int) -> float:
        """`frames` as a share of the reference's speech."""
        return frames / max(self.speech, 1)

    @property
    def der(self) -> float:
        """Diarization error rate."""
        return self.share(self.miss + self.false_alarm + self.confusion)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the reference, and the edits that make it of the reported ones."""

    reference: int = 0
    errors: int = 0

    def __add__(self, other: "Words") -> "Words":
        return Words(self.reference + other.reference, self.errors + other.errors)

    @property
    def wer(self) -> float:
        """Word error rate; may be above 1."""
        return self.errors / max(self.reference, 1)


@dataclass(frozen=True, slots=True)
class Score:
    """What one analysis got right and wrong, in counts.

    names : which reported speaker is which of the reference
    """

    diarization: Diarization
    overlap: Hits
    share_error: float
    speakers: tuple[int, int]
    names: Mapping[str, str]
    events: Mapping[str, Hits] = field(default_factory=dict)
    words: Words | None = None

    def as_dict(self) -> dict[str, Any]:
        """The rounded figures that the module's docstring lists."""
        heard = self.diarization
        found: dict[str, Any] = {
            "der": round(heard.der, 4),
            "miss": round(heard.share(heard.miss), 4),
            "false_alarm": round(heard.share(heard.false_alarm), 4),
            "confusion": round(heard.share(heard.confusion), 4),
            "speakers": list(self.speakers),
            "share_error": round(self.share_error, 4),
            "overlap": _ratios(self.overlap)
            | {
                "seconds": [
                    round(self.overlap.reference * HOP, 2),
                    round(self.overlap.reported * HOP, 2),
                ]
            },
        }
        if self.events:
            found["events"] = {
                name: _event_figures(name, hits) for name, hits in self.events.items()
            }
        if self.words:
            found |= {"wer": round(self.words.wer, 4), "words": self.words.reference}
        return found


def _ratios(hits: Hits) -> dict[str, float | None]:
    f1 = None if hits.f1 is None else round(hits.f1, 3)
    return {"precision": round(hits.precision, 3), "recall": round(hits.recall, 3), "f1": f1}


def _event_figures(name: str, hits: Hits) -> dict[str, Any]:
    counts = [hits.reference, hits.reported, hits.right]
    if name == "interruption_any":  # attempts are no wrong interruptions: precision has no meaning
        return {"recall": round(hits.recall, 3), "counts": counts}
    return _ratios(hits) | {"counts": counts}


def score(
    session: Mapping[str, Any],
    reference: Sequence[Turn],
    *,
    events: Sequence[Mapping[str, Any]] | None = None,
    text: str | None = None,
) -> Score:
    """Hold the export `session` against who spoke when, what happened, and what was said.

    Utterances without a speaker are nobody's speech: they count as missed.
    """
    reported = turns_of(session)
    theirs, ours = _speakers(reference), _speakers(reported)
    end = max([turn.end for turn in (*reference, *reported)] + [1])
    frames = round(end / HOP) + 1
    truth, heard = _masks(reference, theirs, frames), _masks(reported, ours, frames)
    pairs = _matched(truth, heard) if theirs and ours else {}
    names = {ours[i]: theirs[j] for i, j in pairs.items()}
    return Score(
        _diarization(truth, heard, pairs),
        _overlap(truth, heard),
        _share_error(truth, heard, pairs),
        (len(theirs), len(ours)),
        names,
        {} if events is None else event_hits(session, events, names),
        None if text is None else words(session, text),
    )


def turns_of(session: Mapping[str, Any]) -> list[Turn]:
    """The utterances of an export whose speaker is known."""
    return [
        Turn(each["speaker"], each["start"], each["end"])
        for each in session["utterances"]
        if each["speaker"] is not None and each["end"] > each["start"]
    ]


def _speakers(turns: Iterable[Turn]) -> list[str]:
    return sorted({turn.speaker for turn in turns})


def _masks(turns: Iterable[Turn], speakers: Sequence[str], frames: int) -> Masks:
    masks = np.zeros((len(speakers), frames), dtype=bool)
    for turn in turns:
        masks[speakers.index(turn.speaker), round(turn.start / HOP) : round(turn.end / HOP)] = True
    return masks


def _matched(truth: Masks, heard: Masks) -> dict[int, int]:
    """Rows of `heard` by rows of `truth`, one to one, so that most time agrees.

    All assignments are tried. Of many reported speakers only the seven that agree most with anybody
    are considered, or the search would not end.
    """
    together = heard.astype(int) @ truth.T.astype(int)
    reported, known = together.shape
    if reported <= known:
        choices = itertools.permutations(range(known), reported)
        return max(
            (dict(enumerate(choice)) for choice in choices),
            key=lambda pairs: sum(together[i, j] for i, j in pairs.items()),
        )
    likely = sorted(np.argsort(-together.max(1))[: max(known, 7)].tolist())
    return max(
        ({i: j for j, i in enumerate(choice)} for choice in itertools.permutations(likely, known)),
        key=lambda pairs: sum(together[i, j] for i, j in pairs.items()),
    )


def _diarization(truth: Masks, heard: Masks, pairs: Mapping[int, int]) -> Diarization:
    expected, reported = truth.sum(0), heard.sum(0)
    agreed = np.zeros(truth.shape[1], dtype=int)
    for i, j in pairs.items():
        agreed += heard[i] & truth[j]
    return Diarization(
        int(expected.sum()),
        int(np.maximum(expected - reported, 0).sum()),
        int(np.maximum(reported - expected, 0).sum()),
        int((np.minimum(expected, reported) - agreed).sum()),
    )


def _overlap(truth: Masks, heard: Masks) -> Hits:
    expected, reported = truth.sum(0) >= 2, heard.sum(0) >= 2
    return Hits(int(expected.sum()), int(reported.sum()), int((expected & reported).sum()))


def _share_error(truth: Masks, heard: Masks, pairs: Mapping[int, int]) -> float:
    expected = truth.sum(1) / max(int(truth.sum()), 1)
    reported = heard.sum(1) / max(int(heard.sum()), 1)
    by_truth = {j: reported[i] for i, j in pairs.items()}
    return max(
        (float(abs(share - by_truth.get(j, 0.0))) for j, share in enumerate(expected)), default=0.0
    )


def event_hits(
    session: Mapping[str, Any], events: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> dict[str, Hits]:
    """Events found, by kind, and for "talk_over" and "interruption_any"."""
    moments = [
        (each["kind"], names.get(each["by"]), each["start"])
        for each in session["moments"]
        if each.get("by") is not None
    ]

    def hits(wanted: frozenset[str], accepted: frozenset[str]) -> Hits:
        return _event_hits(
            [event for event in events if event["kind"] in wanted],
            [(by, start) for kind, by, start in moments if kind in accepted],
        )

    found = {kind: hits(frozenset({kind}), frozenset({kind})) for kind in KINDS}
    found["talk_over"] = hits(TALK_OVERS, TALK_OVERS)
    found["interruption_any"] = hits(frozenset({"interruption"}), TALK_OVERS)
    return found


def _event_hits(
    events: Sequence[Mapping[str, Any]], moments: Sequence[tuple[str | None, float]]
) -> Hits:
    """Each event takes the nearest moment of its entrant that no event before it took."""
    left, right = list(moments), 0
    for event in events:
        near = [
            moment
            for moment in left
            if moment[0] == event["by"] and abs(moment[1] - event["start"]) <= ONSET_TOLERANCE
        ]
        if near:
            left.remove(min(near, key=lambda moment: abs(moment[1] - event["start"])))
            right += 1
    return Hits(len(events), len(moments), right)


def words(session: Mapping[str, Any], text: str) -> Words:
    """Words of the export, in order of utterance, against those of `text`."""
    ordered = sorted(session["utterances"], key=lambda each: each["start"])
    reference = normalized(text)
    reported = normalized(" ".join(each.get("text") or "" for each in ordered))
    return Words(len(reference), edits(reference, reported))


def normalized(text: str) -> list[str]:
    """The words of `text` without case, punctuation and what is in brackets; hyphens part words."""
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>", " ", text.lower().replace("\u2019", "'"))
    return re.findall(r"[\w']+", re.sub(r"(?<=\w)-(?=\w)", " ", text))


def edits(reference: Sequence[str], reported: Sequence[str]) -> int:
    """Fewest substitutions, insertions and deletions between two lists of words."""
    numbers = {word: i for i, word in enumerate({*reference, *reported})}
    theirs = np.array([numbers[word] for word in reported], dtype=int)
    steps = np.arange(len(theirs) + 1)
    row = steps.copy()
    for i, word in enumerate(reference, 1):
        best = np.empty_like(row)
        best[0] = i
        best[1:] = np.minimum(row[1:] + 1, row[:-1] + (theirs != numbers[word]))
        # Insertions run along the row: cheapest start of the run plus one for each step since.
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


def read_text(path: Path) -> str:
    """Reference words from .stm, .json (a list of timed words or lines) or plain text."""
    text = read_utf8(path)
    if path.suffix == ".stm":
        rows = [line.split(maxsplit=5) for line in text.splitlines()]
        return " ".join(row[5] for row in rows if len(row) == 6)
    if path.suffix == ".json":
        try:
            entries = sorted(json.loads(text), key=lambda entry: entry["start"])
            return " ".join(entry["word" if "word" in entry else "text"] for entry in entries)
        except (ValueError, LookupError, TypeError) as error:
            wanted = '[{"start": 1.5, "word": "hello"}, ...]'
            raise TruthError(f"{path} does not hold words, as in {wanted}") from error
    return text


def main() -> None:
    """The command `scripts/score`."""
    parser = argparse.ArgumentParser(
        prog="scripts/score",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("session", type=Path, help="what `listenlive analyze --json` wrote")
    parser.add_argument("--rttm", type=Path, required=True, help="who spoke when")
    parser.add_argument("--events", type=Path, help="what happened: *.events.json")
    parser.add_argument("--text", type=Path, help="what was said: .txt, .stm or .words.json")
    given = parser.parse_args()
    found = score(
        json.loads(given.session.read_text()),
        read_rttm(given.rttm),
        events=json.loads(given.events.read_text()) if given.events else None,
        text=read_text(given.text) if given.text else None,
    )
    print(json.dumps(found.as_dict()))


if __name__ == "__main__":
    main()

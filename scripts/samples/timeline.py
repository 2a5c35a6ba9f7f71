"""The timeline: lines placed in time as their script says, and the truth about them."""

from dataclasses import dataclass

import numpy as np
from dialogue import Dialogue, Line, Spoken, parse
from numpy.typing import NDArray
from voices import RATE, Clip, Samples, Studio

HOP = RATE // 100  # 10 ms, the grid of the truth
VOICE_RANGE_DB = 32  # voice is what lies this far under the loud parts; these clips have no room
SILENT_DB = -90
BRIDGE_S = 0.2  # shorter pauses belong to the voice
SHORTEST_S = 0.09
MARGIN_S = 0.03
FADE_S = 0.02
SENTENCE_PAUSE_S = (0.22, 0.45)
LEVEL = 0.06  # RMS of a line's voice before its gain and the final level
KIND_GAIN_DB = {"backchannel": -3.0}
UNSTEADY_DB = 0.8  # standard deviation of a line's level: nobody is a machine
LEAD_S = 0.8
LONGEST_TAIL_S = 0.08  # of a cut line after its last voice: the fade and a soft consonant

Run = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Take:
    """A line as recorded: samples at 16 kHz, runs of voice and entry points in seconds."""

    samples: Samples
    runs: tuple[Run, ...]
    entries: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A take on the timeline: its voice starts and ends here, in seconds."""

    line: Line
    spoken: Spoken
    take: Take
    offset: float

    @property
    def runs(self) -> list[Run]:
        """Runs of voice in conversation time."""
        return [(self.offset + a, self.offset + b) for a, b in self.take.runs]

    @property
    def start(self) -> float:
        """Start of its voice."""
        return self.runs[0][0]

    @property
    def end(self) -> float:
        """End of its voice."""
        return self.runs[-1][1]


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody (`by`) starts while somebody else (`over`) speaks; see samples/README.md."""

    kind: str
    start: float
    end: float
    by: str
    over: str


def voice_runs(samples: Samples) -> tuple[Run, ...]:
    """Return the runs of voice of a clean clip in seconds, pauses under 0.2 s bridged."""
    frames = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    loud = level > np.percentile(level[level > SILENT_DB], 95) - VOICE_RANGE_DB
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(int)))
    runs = [(float(a) * HOP / RATE, float(b) * HOP / RATE) for a, b in edges.reshape(-1, 2)]
    return tuple(run for run in bridge(runs) if run[1] - run[0] >= SHORTEST_S)


def bridge(runs: list[Run]) -> list[Run]:
    """Return sorted runs with pauses shorter than 0.2 s closed."""
    closed: list[Run] = []
    for start, end in sorted(runs):
        if closed and start - closed[-1][1] < BRIDGE_S - 1e-6:
            closed[-1] = (closed[-1][0], max(end, closed[-1][1]))
        else:
            closed.append((start, end))
    return closed


def record(line: Line, voice: str, studio: Studio, rng: np.random.Generator) -> Take:
    """Return a line as spoken: sentences joined by pauses, cut where it breaks off, levelled."""
    spoken = parse(line.text)
    pieces: list[Samples] = []
    words: list[Run] = []
    for phrase in spoken.phrases:
        for clip in studio.say(voice, phrase, line.speed):
            _join(pieces, words, clip)
            pieces.append(_silence(rng.uniform(*SENTENCE_PAUSE_S) / line.speed))
        pieces[-1] = _silence(phrase.pause)
    samples = np.concatenate(pieces)
    if spoken.cut:
        start, end = words[spoken.cut.word]
        samples = samples[: round((start + spoken.cut.share * (end - start)) * RATE)]
    entries = tuple(words[i][0] for i in spoken.entries)
    take = _levelled(fade(samples), line, entries, rng)
    if spoken.cut and len(samples) / RATE - take.runs[-1][1] > LONGEST_TAIL_S:
        raise ValueError(f"too little is left of the last word, move the cut: {line.text!r}")
    return take


def _join(pieces: list[Samples], words: list[Run], clip: Clip) -> None:
    """Append a clip without its silent ends, and the times of its words in the line."""
    before = sum(len(piece) for piece in pieces) / RATE
    runs = voice_runs(clip.samples)
    start = max(runs[0][0] - MARGIN_S, 0.0)
    end = runs[-1][1] + MARGIN_S
    pieces.append(fade(clip.samples[round(start * RATE) : round(end * RATE)]))
    words.extend((before + a - start, before + b - start) for a, b in clip.words)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def fade(samples: Samples) -> Samples:
    """Return a copy whose first 5 ms rise and whose last 20 ms fall."""
    ramp = np.linspace(0, 1, round(FADE_S * RATE), dtype=np.float32)
    out = samples.copy()
    out[: len(ramp) // 4] *= ramp[::4]
    out[-len(ramp) :] *= ramp[::-1]
    return out


def _levelled(
    samples: Samples, line: Line, entries: tuple[float, ...], rng: np.random.Generator
) -> Take:
    """Return the take with its voice at the planned level."""
    runs = voice_runs(samples)
    voiced = np.concatenate([samples[round(a * RATE) : round(b * RATE)] for a, b in runs])
    gain_db = line.gain_db + KIND_GAIN_DB.get(line.kind or "", 0.0) + rng.normal(0, UNSTEADY_DB)
    gain = LEVEL / np.sqrt(np.mean(voiced**2)) * 10 ** (gain_db / 20)
    return Take((samples * gain).astype(np.float32), runs, entries)


def place(dialogue: Dialogue, studio: Studio) -> list[Placed]:
    """Return all lines in time, in the order of the script.

    A backchannel or an attempt starts at the next `^` of the line that has the floor and does not
    take the floor; nor does the one who gives way in a dual start.
    """
    placed: list[Placed] = []
    floor: Placed | None = None
    entered = 0
    for index, line in enumerate(dialogue.lines):
        rng = np.random.default_rng([dialogue.seed, index])
        person = dialogue.people[line.by]
        take = record(line, person.voice, studio, rng)
        gap = rng.uniform(*person.gap) if line.gap is None else line.gap
        start = _start(line, gap, floor, entered)
        entry = Placed(line, parse(line.text), take, start - take.runs[0][0])
        placed.append(entry)
        if line.kind in ("backchannel", "attempt"):
            entered += 1
        elif line.kind != "dual_start":
            floor, entered = entry, 0
    return placed


def _start(line: Line, gap: float, floor: Placed | None, entered: int) -> float:
    """Return when the voice of a line starts, in seconds."""
    if floor is None:
        return LEAD_S
    match line.kind:
        case None:
            return floor.end + gap
        case "terminal" | "interruption":
            return floor.end - line.overlap
        case "dual_start":
            return floor.start + line.overlap
        case "backchannel" | "attempt":
            return floor.offset + floor.take.entries[entered]
    raise ValueError(f"unknown kind {line.kind!r} in {line.text!r}")


def spans(placed: list[Placed], speaker: str) -> list[Run]:
    """Return when a speaker speaks: sorted runs of voice in seconds."""
    return bridge([run for entry in placed if entry.line.by == speaker for run in entry.runs])


def events(placed: list[Placed]) -> list[Event]:
    """Return the planned events with their real times, sorted by start."""
    found = []
    floor = placed[0]
    for entry in placed:
        kind = entry.line.kind
        if kind:
            cut_short = kind in ("terminal", "interruption")
            end = floor.end if cut_short else entry.end
            found.append(Event(kind, entry.start, end, entry.line.by, floor.line.by))
        if kind in (None, "terminal", "interruption"):
            floor = entry
    return sorted(found, key=lambda event: event.start)


def mix(placed: list[Placed]) -> NDArray[np.float32]:
    """Return the voices, float32 of shape (n, 2) at 16 kHz: A left, B right."""
    length = round((max(entry.end for entry in placed) + LEAD_S) * RATE)
    out = np.zeros((length, 2), np.float32)
    for entry in placed:
        start = round(entry.offset * RATE)
        samples = entry.take.samples[: length - start]
        out[start : start + len(samples), "AB".index(entry.line.by)] += samples
    return out

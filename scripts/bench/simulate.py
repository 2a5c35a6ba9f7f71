"""Make a two-person conversation out of read speech, with exact truth.

Real voices (a folder of FLAC clips for each speaker, 16 kHz mono) are cut at their pauses and laid
out as a conversation whose every gap, overlap, backchannel, interruption and failed attempt is
drawn from a seeded plan: what a program reports can be held against what was really done.

Writes to OUT:  simSSS.wav          everybody in one microphone
                simSSS.stereo.wav   one speaker per channel: left A, right B
                simSSS.rttm         who spoke when
                simSSS.events.json  [{kind, start, end, by, over}]
                simSSS.enroll.X.wav with --enroll: clips of each voice that are not in the talk

Style easy, where timing alone tells the kinds apart:
    backchannel   the entrant says 0.25-0.7 s inside a turn that goes on
    terminal      the next turn begins 0.1-0.35 s before the turn ends
    interruption  the entrant begins mid-turn, the holder stops 0.6-1.3 s later, the entrant goes on
    attempt       the entrant begins mid-turn, speaks 1.0-1.8 s and stops, the holder goes on
Style talk has no such thresholds: pauses of 0.25-0.9 s inside turns, interruptions that share only
0.3-1.3 s, and dual starts (both begin within 0.15 s after a gap, one gives way).

The words make no sense together and nobody reacts to anybody: use it for timing, not for language.
The same seed and options give the same samples, and the same as the tool the project started with,
whose order of random draws is therefore kept.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.rttm import Turn, bridged, write_rttm

SAMPLE_RATE = 16_000
STYLES = ("easy", "talk")

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a conversation is to be like. Durations in seconds, shares of turns in 0..1."""

    seed: int = 1
    seconds: float = 120.0
    style: str = "easy"
    noise: Path | None = None
    snr_db: float = 15.0
    room: Path | None = None  # an impulse response
    bleed_db: float | None = None  # each leaks into the other's channel this far down
    louder_db: float = 0.0  # B over A
    enroll: float = 0.0  # seconds of each voice kept apart
    backchannel: float = 0.35
    attempt: float = 0.15
    terminal: float = 0.25
    interruption: float = 0.2

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"sim{self.seed:03d}"


@dataclass(frozen=True, slots=True)
class Happening:
    """Somebody began while the other spoke (or both at once), and what came of it."""

    kind: str
    start: float
    end: float
    by: str
    over: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """A conversation and its truth. mono: shape (n,); stereo: shape (n, 2); float32, 16 kHz."""

    mono: Samples
    stereo: Samples
    turns: tuple[Turn, ...]
    happenings: tuple[Happening, ...]
    enrolled: Mapping[str, Samples]
    voices: tuple[str, ...]


def simulate(voices: Path, plan: Plan) -> Simulation:
    """The conversation that `plan` asks for, spoken by two speakers of the folder `voices`."""
    rng = np.random.default_rng(plan.seed)
    people = rich_voices(voices)
    if len(people) < 2:
        raise SystemExit(f"{voices} needs at least two speakers (folders) with five *.flac each.")
    first, second = (people[i] for i in drawn_pair(rng, len(people)))
    clips = {"A": sorted(first.glob("*.flac")), "B": sorted(second.glob("*.flac"))}
    enrolled = {speaker: _kept_apart(theirs, plan.enroll) for speaker, theirs in clips.items()}
    stage = Stage({speaker: Supply(theirs, rng) for speaker, theirs in clips.items()}, plan, rng)
    stage.play()
    mono, stereo = _recorded(stage.tracks(), plan, rng)
    return Simulation(
        mono,
        stereo,
        tuple(sorted(stage.turns, key=lambda turn: turn.start)),
        tuple(sorted(stage.happenings, key=lambda happening: happening.start)),
        {speaker: np.concatenate(theirs) for speaker, theirs in enrolled.items() if theirs},
        (first.name, second.name),
    )


def rich_voices(voices: Path) -> list[Path]:
    """The speakers with clips enough for a conversation, in order of name."""
    return sorted(p for p in voices.iterdir() if p.is_dir() and len(list(p.glob("*.flac"))) >= 5)


def drawn_pair(rng: np.random.Generator, count: int) -> tuple[int, int]:
    """Who is A and who is B among `count` speakers: the first that a seed decides."""
    first, second = rng.choice(count, 2, replace=False).tolist()
    return first, second


def write(simulation: Simulation, folder: Path, name: str) -> None:
    """Write sound and truth as `folder`/`name`.*; the sound is turned down where it would clip."""
    folder.mkdir(parents=True, exist_ok=True)
    peak = max(np.abs(simulation.mono).max(), 1e-9)
    gain = min(1.0, 0.9 / peak)
    _write_wav(folder / f"{name}.wav", simulation.mono * gain)
    _write_wav(folder / f"{name}.stereo.wav", simulation.stereo * gain)
    for speaker, samples in simulation.enrolled.items():
        _write_wav(folder / f"{name}.enroll.{speaker}.wav", samples)
    write_rttm(folder / f"{name}.rttm", bridged(simulation.turns), name=name)
    events = [
        {
            "kind": each.kind,
            "start": round(each.start, 3),
            "end": round(each.end, 3),
            "by": each.by,
            "over": each.over,
        }
        for each in simulation.happenings
    ]
    (folder / f"{name}.events.json").write_text(json.dumps(events, indent=1))


def _write_wav(path: Path, samples: Samples) -> None:
    soundfile.write(path, samples, SAMPLE_RATE, subtype="PCM_16")


def _kept_apart(clips: list[Path], seconds: float) -> list[Samples]:
    """Clips of at least `seconds` in all, taken off the end of `clips` (three always stay)."""
    apart: list[Samples] = []
    while seconds and sum(map(len, apart)) < seconds * SAMPLE_RATE and len(clips) > 3:
        apart.append(soundfile.read(clips.pop(), dtype="float32")[0])
    return apart


# --- voices -----------------------------------------------------------------------------------


def phrases(path: Path) -> list[Samples]:
    """The stretches of speech between the pauses of a clip: 1 s or more each, of equal loudness.

    Speech is well above the room (9 dB over the quietest tenth, within 25 dB of the loudest), so
    that what the truth calls voice is voice. 0.18 s below that is a pause.
    """
    samples, rate = soundfile.read(path, dtype="float32")
    if rate != SAMPLE_RATE or samples.ndim != 1:
        raise SystemExit(f"{path} must be 16 kHz with one channel.")
    hop = SAMPLE_RATE // 100
    power = np.convolve(samples**2, np.ones(3 * hop) / (3 * hop), "same")[::hop]
    level = 10 * np.log10(power + 1e-10)
    speech = level > max(np.percentile(level, 95) - 25, np.percentile(level, 10) + 9)
    found: list[Samples] = []
    start, quiet = None, 0
    for i, heard in enumerate([*speech, *[False] * 30]):
        if heard:
            start, quiet = (i if start is None else start), 0
        elif start is not None:
            quiet += 1
            if quiet == 18:
                phrase = samples[start * hop : (i - 17) * hop]
                if len(phrase) >= SAMPLE_RATE:
                    found.append(phrase / (np.sqrt(np.mean(phrase**2)) + 1e-9) * 0.06)
                start = None
    return found


def _faded(samples: Samples) -> Samples:
    """A copy that begins and ends softly (15 ms): no clicks that a detector could learn."""
    n = min(len(samples) // 2, SAMPLE_RATE * 15 // 1000)
    samples = samples.copy()
    samples[:n] *= np.linspace(0, 1, n)
    samples[-n:] *= np.linspace(1, 0, n)
    return samples


class Supply:
    """An endless supply of one person's phrases, in seeded order."""

    def __init__(self, clips: Sequence[Path], rng: np.random.Generator) -> None:
        self._pool = [phrase for clip in clips for phrase in phrases(clip)]
        self._rng = rng
        if not self._pool:
            raise SystemExit(f"no phrase of 1 s or more in {clips[0].parent}")

    def say(self, seconds: float, *, pauses: float) -> tuple[Samples, list[tuple[float, float]]]:
        """`seconds` of speech, and where in it there is voice.

        Phrases follow each other after 0.05-0.15 s; a share `pauses` of them after 0.25-0.9 s.
        """
        out = np.zeros(0, np.float32)
        runs: list[list[float]] = []
        while len(out) < seconds * SAMPLE_RATE:
            phrase = self._pool[self._rng.integers(len(self._pool))]
            roomy = SAMPLE_RATE < len(out) < (seconds - 1.6) * SAMPLE_RATE
            pause = bool(self._rng.random() < pauses) and roomy
            gap = 0
            if len(out):
                gap = int(
                    self._rng.uniform(*((0.25, 0.9) if pause else (0.05, 0.15))) * SAMPLE_RATE
                )
            if pause or not runs:
                runs.append([(len(out) + gap) / SAMPLE_RATE, 0.0])
            out = np.concatenate([out, np.zeros(gap, np.float32), phrase])
            runs[-1][1] = min(len(out) / SAMPLE_RATE, seconds)
        return _faded(out[: int(seconds * SAMPLE_RATE)]), [(a, b) for a, b in runs if b > a]


# --- the conversation -------------------------------------------------------------------------


class Stage:
    """Two voices taking turns, A first; remembers what was said and what happened."""

    lengths: tuple[float, float] = (4.0, 12.0)
    """Seconds of a turn, but see `after_entering`."""

    after_entering: tuple[float, float] = (4.0, 10.0)
    """Seconds of a turn that begins by cutting in."""

    def __init__(self, voices: Mapping[str, Supply], plan: Plan, rng: np.random.Generator) -> None:
        self.turns: list[Turn] = []
        self.happenings: list[Happening] = []
        self._voices, self._plan, self._rng = voices, plan, rng
        self._talk = plan.style == "talk"
        length = int((plan.seconds + 30) * SAMPLE_RATE)
        self._tracks = {speaker: np.zeros(length, np.float32) for speaker in voices}

    def tracks(self) -> dict[str, Samples]:
        """Each speaker's samples, up to half a second after the last word."""
        end = int((max(turn.end for turn in self.turns) + 0.5) * SAMPLE_RATE)
        return {speaker: samples[:end] for speaker, samples in self._tracks.items()}

    def play(self) -> None:
        """Lay out turns until the planned length is reached."""
        at, holder = 0.5, "A"
        underway: tuple[float, float] | None = None  # a turn that began by cutting in
        while at < self._plan.seconds:
            entrant = self.next_after(holder)
            length = self._uniform(*self.lengths)
            ending = self._drawn("terminal", "interruption", otherwise="plain")
            inside = self._drawn("backchannel", "attempt", otherwise="none")
            start, end = underway or self._turn(holder, entrant, at, length)
            if inside != "none":
                self._enter_inside(inside, holder, entrant, start, end)
            underway, at = self._ended(ending, holder, entrant, start, end)
            holder = entrant

    def next_after(self, holder: str) -> str:
        """Who speaks when `holder` has spoken: the other one of two."""
        return "B" if holder == "A" else "A"

    def _turn(self, holder: str, entrant: str, at: float, length: float) -> tuple[float, float]:
        end = self._say(holder, at, length)
        if not (self._talk and at > 1 and self._rng.random() < 0.12):
            return at, end
        begins = at + self._uniform(0.0, 0.15)
        gives_way = self._say(entrant, begins, self._uniform(0.4, 0.9))
        self.happenings.append(Happening("dual_start", begins, gives_way, entrant, holder))
        return gives_way, end

    def _enter_inside(self, kind: str, holder: str, entrant: str, start: float, end: float) -> None:
        """The entrant says something within the turn, and the holder goes on."""
        earliest, latest = start + 1.6, end - 2.4
        if latest <= earliest or end - start <= 5:
            return
        seconds = self._uniform(*((0.25, 0.7) if kind == "backchannel" else (1.0, 1.8)))
        at = self._uniform(earliest, max(earliest + 0.01, end - 1.6 - seconds))
        stops = self._say(entrant, at, seconds)
        self.happenings.append(Happening(kind, at, stops, entrant, holder))

    def _ended(
        self, ending: str, holder: str, entrant: str, start: float, end: float
    ) -> tuple[tuple[float, float] | None, float]:
        """The entrant's turn if it is under way already, and when the next turn may begin."""
        if ending == "interruption" and end - start > 3:
            shared = self._uniform(0.3 if self._talk else 0.6, 1.3)
        elif ending == "terminal":
            shared = self._uniform(0.1, 0.35)
        else:
            return None, end + self._uniform(0.05, 0.8)
        at = end - shared
        until = self._say(entrant, at, self._uniform(*self.after_entering))
        self.happenings.append(Happening(ending, at, end, entrant, holder))
        return (at, until), end

    def _say(self, speaker: str, at: float, seconds: float) -> float:
        samples, runs = self._voices[speaker].say(seconds, pauses=0.3 if self._talk else 0.0)
        track, offset = self._tracks[speaker], int(at * SAMPLE_RATE)
        track[offset : offset + len(samples)] += samples[: len(track) - offset]
        self.turns.extend(Turn(speaker, at + a, at + b) for a, b in runs)
        return at + len(samples) / SAMPLE_RATE

    def _uniform(self, low: float, high: float) -> float:
        return float(self._rng.uniform(low, high))

    def _drawn(self, first: str, second: str, *, otherwise: str) -> str:
        shares = [getattr(self._plan, first), getattr(self._plan, second)]
        names = [otherwise, first, second]
        return str(self._rng.choice(names, p=[1 - shares[0] - shares[1], *shares]))


# --- the recording ----------------------------------------------------------------------------


def _recorded(
    tracks: dict[str, Samples], plan: Plan, rng: np.random.Generator
) -> tuple[Samples, Samples]:
    """What one microphone, and one for each person, pick up of the two."""
    tracks["B"] = tracks["B"] * 10 ** (plan.louder_db / 20)
    if plan.room:
        response = _first_channel(plan.room)
        response = response / (np.sqrt(np.sum(response**2)) + 1e-9)
        delay = int(np.argmax(np.abs(response)))
        tracks = {
            speaker: convolved(samples, response)[delay : delay + len(samples)].astype(np.float32)
            for speaker, samples in tracks.items()
        }
    left, right = tracks["A"], tracks["B"]
    mono = left + right
    if plan.noise:
        noise = np.resize(_first_channel(plan.noise), len(mono))
        power = np.mean(mono**2) / (np.mean(noise**2) + 1e-12)
        noise *= np.sqrt(power) * 10 ** (-plan.snr_db / 20)
        # Each microphone has its own: half a recording apart.
        left, right = left + noise, right + np.roll(noise, len(noise) // 2)
        mono = mono + noise
    if plan.bleed_db is not None:
        leak_of_right = _leaked(right, plan.bleed_db, rng)
        leak_of_left = _leaked(left, plan.bleed_db, rng)
        left, right = left + leak_of_right, right + leak_of_left
    return mono, np.stack([left, right], 1)


def _first_channel(path: Path) -> Samples:
    samples: Samples = soundfile.read(path, dtype="float32", always_2d=True)[0]
    return samples[:, 0]


def convolved(
    samples: npt.NDArray[np.floating], response: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """What `response` makes of `samples`, shape (samples + response,)."""
    n = len(samples) + len(response)
    return np.fft.irfft(np.fft.rfft(samples, n) * np.fft.rfft(response, n))


def _leaked(samples: Samples, down_db: float, rng: np.random.Generator) -> Samples:
    """`samples` as the other microphone hears them: later (1-6 ms), softer, with a bit of room."""
    delay = int(rng.uniform(0.001, 0.006) * SAMPLE_RATE)
    tail = SAMPLE_RATE // 5
    response = rng.standard_normal(tail) * np.exp(-np.arange(tail) / (0.03 * SAMPLE_RATE)) * 0.3
    response[0] = 1.0
    heard = convolved(samples, response)[: len(samples)]
    power = np.mean(samples**2) / (np.mean(heard**2) + 1e-12)
    heard *= np.sqrt(power) * 10 ** (-down_db / 20)
    return np.roll(heard, delay).astype(np.float32)


# --- the command ------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/simulate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("voices", type=Path, help="a folder for each speaker, *.flac in it")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120, help="length (%(default)s)")
    parser.add_argument("--style", choices=STYLES, default="easy")
    parser.add_argument("--noise", type=Path, help="sound added to all microphones")
    parser.add_argument("--snr", type=float, default=15, help="dB of speech over it (%(default)s)")
    parser.add_argument("--rir", type=Path, help="impulse response of a room")
    parser.add_argument("--bleed", type=float, help="leak each into the other's channel, dB down")
    parser.add_argument("--level", type=float, default=0, help="B is this many dB louder")
    parser.add_argument("--enroll", type=float, default=0, help="seconds of each voice kept apart")
    for kind in ("backchannel", "attempt", "terminal", "interruption"):
        share = Plan.__dataclass_fields__[kind].default
        parser.add_argument(
            f"--{kind}", type=float, default=share, help="share of turns (%(default)s)"
        )
    return parser


def main() -> None:
    """The command `scripts/simulate`."""
    given = _parser().parse_args()
    plan = Plan(
        seed=given.seed,
        seconds=given.seconds,
        style=given.style,
        noise=given.noise,
        snr_db=given.snr,
        room=given.rir,
        bleed_db=given.bleed,
        louder_db=given.level,
        enroll=given.enroll,
        backchannel=given.backchannel,
        attempt=given.attempt,
        terminal=given.terminal,
        interruption=given.interruption,
    )
    made = simulate(given.voices, plan)
    write(made, given.out, plan.name)
    kinds = [happening.kind for happening in made.happenings]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    seconds = len(made.mono) / SAMPLE_RATE
    print(f"{plan.name}: voices {' and '.join(made.voices)}, {seconds:.1f} s; {counts}")


if __name__ == "__main__":
    main()

"""The sets that are measured: which recordings, which truth, which figures, which bars.

A floor is what has to be reached to be believed at all, an aim is how far we want to get.
"""

import csv
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import behaviours, cut_off, ears, enrolled, figures, labelled_samples, tone
from bench.figures import Figure, Result, event_f1, reference_seconds
from bench.gathering import Gathering
from bench.rttm import TruthError, Turn, read_rttm, read_utf8
from bench.score import read_text
from bench.simulate import Plan
from bench.sources import (
    WORDLESS,
    Joined,
    MixedDown,
    Recorded,
    Simulated,
    Source,
    Wordless,
    files_of,
    made,
)

ALIKE = (("2033", "3080"), ("367", "3080"), ("2033", "2609"))
"""The likest voices among the five speakers with ten clips: cosines of .55, .54 and .52."""

CACHE = Path(tempfile.gettempdir()) / "listenlive-bench"

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One recording to be heard, how, and where its truth is.

    speakers : people on one microphone; 0: to be found out
    words    : transcribe it; timing alone is several times faster
    rttm     : who spoke when
    turns    : the same by hand, pauses filled; each of these has to be heard
    text     : what was said, or the file that tells
    """

    name: str
    source: Source
    speakers: int = 2
    words: bool = False
    rttm: Path | None = None
    turns: Path | None = None
    events: Path | None = None
    text: str | Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files it needs."""
        truth = (self.rttm, self.turns, self.events, self.text)
        return (*files_of(self.source), *(each for each in truth if isinstance(each, Path)))


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a recording."""

    spoken: Sequence[Turn]
    turns: Sequence[Turn]
    events: Sequence[Mapping[str, Any]] | None
    text: str | None


def prepared(case: Case, cache: Path) -> tuple[Path, Truth]:
    """The audio of `case` (made if need be) and its truth."""
    audio = made(case.source, cache)
    rttm, events = case.rttm, case.events
    if isinstance(case.source, Simulated):
        name = case.source.plan.name
        rttm, events = audio.parent / f"{name}.rttm", audio.parent / f"{name}.events.json"
    if isinstance(case.source, Gathering):
        rttm = audio.with_suffix(".rttm")
    return audio, Truth(
        _spoken(rttm) if rttm else (),
        _spoken(case.turns) if case.turns else (),
        json.loads(events.read_text()) if events else None,
        read_text(case.text) if isinstance(case.text, Path) else case.text,
    )


def _spoken(rttm: Path) -> list[Turn]:
    """The turns of a recording. TruthError if there are none."""
    turns = read_rttm(rttm)
    if not turns:
        raise TruthError(f"{rttm} has no turn in it: nothing can be held against it")
    return turns


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user wants measured: the folder with truth, and the seeds of simulations.

    cache : where studies keep the sound they make
    """

    truth: Path
    seeds: tuple[int, ...]
    quick: bool = False
    cache: Path = CACHE


@dataclass(frozen=True, slots=True)
class Set:
    """Recordings of one kind, and what is measured on them."""

    name: str
    about: str
    cases: Callable[[Choice], list[Case]]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """A set that measures by itself, without hearing a recording as a user would.

    there   : whether its files are
    measure : its figures, and what else is worth keeping
    """

    name: str
    about: str
    there: Callable[[Choice], bool]
    measure: Callable[[Choice], tuple[list[Result], dict[str, Any]]]


# --- simulated conversations --------------------------------------------------------------------

_NOISE = Path("noise/noise/noise1.flac")
_ROOMS = {i: Path(f"noise/rir/rir{i}.flac") for i in (1, 2, 3)}

CONDITIONS: dict[str, Plan] = {
    "easy": Plan(),
    "talk": Plan(style="talk"),
    "noise": Plan(noise=_NOISE, snr_db=10),
    "louder": Plan(louder_db=10),
    "room1": Plan(room=_ROOMS[1]),
    "room2": Plan(room=_ROOMS[2]),
    "room3": Plan(room=_ROOMS[3]),
    "room1-noise-louder": Plan(room=_ROOMS[1], noise=_NOISE, snr_db=10, louder_db=6),
    "bleed12": Plan(bleed_db=12),
    "bleed6": Plan(bleed_db=6),
    "room1-bleed12": Plan(room=_ROOMS[1], bleed_db=12),
}
"""Each is style easy, 120 s, with what the name says; noise is 10 dB below speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bars:
    """(floor, aim) of the figures of a simulated set."""

    der: tuple[float | None, float | None] = (None, None)
    overlap: tuple[float | None, float | None] = (None, None)
    talk_over: tuple[float | None, float | None] = (None, None)
    interruption: tuple[float | None, float | None] = (None, None)
    backchannel: tuple[float | None, float | None] = (None, None)


_STEREO_ROOM = _Bars(talk_over=(None, 0.90))
_MONO_ROOM = _Bars(der=(None, 0.18), talk_over=(None, 0.70))

STEREO: dict[str, _Bars] = {
    "easy": _Bars(talk_over=(0.94, 0.98), interruption=(0.92, 0.96), backchannel=(0.92, None)),
    "talk": _Bars(talk_over=(0.80, 0.85), interruption=(None, 0.75)),
    "noise": _Bars(talk_over=(None, 0.96), interruption=(None, 0.93)),
    "louder": _Bars(talk_over=(None, 0.97), interruption=(None, 0.95)),
    "room1": _STEREO_ROOM,
    "room2": _STEREO_ROOM,
    "room3": _STEREO_ROOM,
    "room1-noise-louder": _Bars(talk_over=(None, 0.88)),
    "bleed12": _Bars(talk_over=(0.85, 0.93)),
    "bleed6": _Bars(talk_over=(None, 0.80)),
    "room1-bleed12": _Bars(talk_over=(None, 0.80)),
}
MONO: dict[str, _Bars] = {
    "easy": _Bars(der=(0.06, 0.045), overlap=(None, 0.88), talk_over=(0.80, 0.90)),
    "talk": _Bars(der=(None, 0.065), overlap=(None, 0.88), talk_over=(None, 0.75)),
    "noise": _Bars(der=(None, 0.065), overlap=(None, 0.88), talk_over=(None, 0.85)),
    "louder": _Bars(der=(None, 0.055), overlap=(None, 0.88), talk_over=(None, 0.85)),
    "room1": _MONO_ROOM,
    "room2": _MONO_ROOM,
    "room3": _MONO_ROOM,
    "room1-noise-louder": _Bars(der=(None, 0.20), talk_over=(None, 0.65)),
}


def _simulated(condition: str, *, stereo: bool, choice: Choice) -> list[Case]:
    wanted = CONDITIONS[condition]
    place = choice.truth.resolve()
    return [
        Case(
            name=f"{condition}-{seed}",
            source=Simulated(place / "voices", _planned(wanted, seed, place), stereo),
        )
        for seed in choice.seeds
    ]


def _planned(wanted: Plan, seed: int, place: Path) -> Plan:
    return replace(
        wanted,
        seed=seed,
        noise=place / wanted.noise if wanted.noise else None,
        room=place / wanted.room if wanted.room else None,
    )


def _simulated_set(condition: str, bars: _Bars, *, stereo: bool) -> Set:
    kind = "stereo" if stereo else "mono"
    return Set(
        f"simulated-{kind}-{condition}",
        f"simulated conversations of 120 s, {kind}: {condition}",
        lambda choice: _simulated(condition, stereo=stereo, choice=choice),
        (
            Figure("DER", figures.der, *bars.der),
            Figure("overlap F1", figures.overlap_f1, *bars.overlap, higher=True),
            Figure("talk-over F1", event_f1("talk_over"), *bars.talk_over, higher=True),
            Figure("interruption F1", event_f1("interruption"), *bars.interruption, higher=True),
            Figure("backchannel F1", event_f1("backchannel"), *bars.backchannel, higher=True),
            Figure("share error, worst", figures.worst_share_error),
        ),
    )


# --- recorded conversations ---------------------------------------------------------------------


def _calls(choice: Choice) -> list[Path]:
    return sorted((choice.truth / "conversations").glob("spokenwoz_*.flac"))


def _split_calls(choice: Choice) -> list[Case]:
    return [_call(path, Recorded(path)) for path in _calls(choice)]


def _mixed_calls(choice: Choice) -> list[Case]:
    return [_call(path, MixedDown(path)) for path in _calls(choice)]


def _call(path: Path, source: Source) -> Case:
    return Case(
        name=path.stem,
        source=source,
        rttm=path.with_suffix(".vad.rttm"),
        turns=path.with_suffix(".rttm"),
    )


def _meetings(choice: Choice) -> list[Case]:
    paths = sorted((choice.truth / "conversations").glob("ami_*.flac"))
    return [
        Case(name=path.stem, source=Recorded(path), speakers=0, rttm=path.with_suffix(".rttm"))
        for path in paths
    ]


def _sample(choice: Choice, *, words: bool = False) -> list[Case]:
    path = choice.truth / "conversations" / "pyannote_sample.flac"
    return [
        Case(
            name=path.stem,
            source=Recorded(path),
            rttm=path.with_suffix(".rttm"),
            words=words,
            text=path.with_suffix(".stm") if words else None,
        )
    ]


def _conversations(choice: Choice) -> list[Case]:
    calls = [
        Case(
            name=path.stem,
            source=Recorded(path),
            rttm=path.with_suffix(".vad.rttm"),
            words=True,
            text=path.with_suffix(".words.json"),
        )
        for path in _calls(choice)
    ]
    return [*_sample(choice, words=True), *calls]


def _read(choice: Choice) -> list[Case]:
    folder = choice.truth / "read" / "speechocean"
    path = folder / "transcripts.tsv"
    rows = csv.DictReader(read_utf8(path).splitlines(), delimiter="\t")
    if missing := {"utt", "spk", "text"} - {*(rows.fieldnames or ())}:
        raise TruthError(f"{path} has no column {', '.join(sorted(missing))}; tabs part columns")
    sentences = sorted(rows, key=lambda row: row["utt"])
    speakers = sorted({row["spk"] for row in sentences})
    cases = []
    for speaker in speakers:
        theirs = [row for row in sentences if row["spk"] == speaker]
        paths = tuple(folder / f"{row['utt']}.flac" for row in theirs)
        cases.append(
            Case(
                name=f"speechocean-{speaker}",
                source=Joined(paths),
                speakers=1,
                words=True,
                text=" ".join(row["text"] for row in theirs),
            )
        )
    return [*cases, *_sample(choice, words=True)]


def _wordless(choice: Choice) -> list[Case]:
    files = sorted((choice.truth / "noise").glob("noise/*.flac"))
    files += sorted((choice.truth / "noise").glob("household/*.flac"))
    seconds = 30.0 if choice.quick else 1800 / (len(WORDLESS) + len(files))
    sounds: list[str | Path] = [*WORDLESS, *files]
    return [
        Case(
            name=sound.stem if isinstance(sound, Path) else sound,
            source=Wordless(sound, round(seconds)),
            words=True,
        )
        for sound in sounds
    ]


def _bundled(_choice: Choice) -> list[Case]:
    cases = []
    for path in sorted(SAMPLES.glob("*.mono.flac")):
        name = path.name.removesuffix(".mono.flac")
        split = Case(
            name=f"{name}-split",
            source=Recorded(SAMPLES / f"{name}.flac"),
            words=True,
            rttm=SAMPLES / f"{name}.rttm",
            events=SAMPLES / f"{name}.events.json",
            text=SAMPLES / f"{name}.words.json",
        )
        cases += [split, replace(split, name=f"{name}-mono", source=Recorded(path))]
    return cases


def _named(part: str) -> Callable[[figures.Outcome], bool]:
    return lambda outcome: part in outcome.name


def _bundled_figures() -> tuple[Figure, ...]:
    found: list[Figure] = []
    for kind in ("split", "mono"):
        ours = _named(f"-{kind}")
        found += [
            Figure(f"{kind}: DER", figures.der, among=ours),
            Figure(f"{kind}: WER", figures.wer, among=ours),
        ]
        found += [
            Figure(f"{kind}: {name} F1", event_f1(event), higher=True, among=ours)
            for name, event in (
                ("talk-over", "talk_over"),
                ("interruption", "interruption"),
                ("backchannel", "backchannel"),
            )
        ]
    return tuple(found)


def _spoken_simulations(choice: Choice) -> list[Case]:
    cases = []
    for stereo in (True, False):
        for case in _simulated("talk", stereo=stereo, choice=choice)[:4]:
            name = f"{'stereo' if stereo else 'mono'}-{case.name}"
            cases.append(replace(case, name=name, words=True))
    return cases


# --- how many people ----------------------------------------------------------------------------


def _gatherings(choice: Choice) -> list[Case]:
    """One, two (alike; one of them for only 5 s) and three people, their number not given."""
    voices = choice.truth / "voices"
    if not voices.is_dir():
        return []
    rich = [p.name for p in sorted(voices.iterdir()) if len(list(p.glob("*.flac"))) >= 5]
    plans = {f"one-{name}": Gathering(voices, (name,), (90.0,)) for name in rich}
    for i, name in enumerate(rich):
        other, third = rich[(i + 1) % len(rich)], rich[(i + 2) % len(rich)]
        plans[f"short-{name}-{other}"] = Gathering(voices, (name, other), (60.0, 5.0), i)
        plans[f"three-{name}"] = Gathering(voices, (name, other, third), (40.0, 40.0, 40.0), i)
    for i, pair in enumerate(ALIKE):
        if all((voices / name).is_dir() for name in pair):
            plans[f"alike-{pair[0]}-{pair[1]}"] = Gathering(voices, pair, (50.0, 50.0), i)
    cases = [Case(name=name, source=plan, speakers=0) for name, plan in plans.items()]
    given = [replace(c, name=f"given-{c.name}", speakers=2) for c in cases if "one" not in c.name]
    return cases + [each for each in given if "three" not in each.name]


def _kind(part: str) -> Callable[[figures.Outcome], bool]:
    return lambda outcome: outcome.name.startswith(part)


def _speaks_enough(outcome: figures.Outcome) -> bool:
    return reference_seconds(outcome) > 10


def _hardly_speaks(outcome: figures.Outcome) -> bool:
    return not _speaks_enough(outcome)


SETS: tuple[Set | Study, ...] = (
    Set(
        "calls-split",
        "phone calls, one channel per person, against machine-made voice activity (agreement)",
        _split_calls,
        (
            Figure("DER, mean", figures.mean_der, 0.055, 0.04),
            Figure("share error, worst", figures.worst_share_error, 0.02, 0.01),
            Figure("turns heard", figures.turns_heard, 1.0, 1.0, higher=True),
        ),
    ),
    Set(
        "calls-mono",
        "the same calls in one microphone (agreement)",
        _mixed_calls,
        (
            Figure("DER, mean", figures.mean_der, 0.15, 0.085),
            Figure("confusion, worst", figures.worst_confusion, None, 0.03),
            Figure("share error, worst", figures.worst_share_error),
            Figure("turns heard", figures.turns_heard, higher=True),
        ),
    ),
    *(_simulated_set(name, bars, stereo=True) for name, bars in STEREO.items()),
    *(_simulated_set(name, bars, stereo=False) for name, bars in MONO.items()),
    Set(
        "ami",
        "meeting starts of 30 s, 1-4 people, their number unknown; those with over 10 s of speech",
        _meetings,
        (
            Figure("DER, mean", figures.mean_der, None, 0.30, among=_speaks_enough),
            Figure("people counted right", figures.right_count, higher=True, among=_speaks_enough),
            Figure("seconds heard in the others", figures.speech_seconds, among=_hardly_speaks),
        ),
    ),
    Set(
        "sample",
        "a phone call of 30 s in one channel, two people",
        _sample,
        (
            Figure("DER", figures.der, 0.08, 0.05),
            Figure("overlap F1", figures.overlap_f1, higher=True),
        ),
    ),
    Set(
        "read",
        "read sentences joined for each speaker, and the phone call of `sample`",
        _read,
        (
            Figure("WER", figures.wer, None, 0.18),
            Figure("WER, read", figures.wer, among=_named("speechocean")),
            Figure("WER, phone call", figures.wer, among=_named("_sample")),
        ),
    ),
    Set(
        "words",
        "words of conversations: `sample` and the calls",
        _conversations,
        (
            Figure("WER", figures.wer),
            Figure("WER, phone call", figures.wer, among=_named("_sample")),
            Figure("WER, calls", figures.wer, among=_named("spokenwoz")),
        ),
    ),
    Set(
        "silence",
        "half an hour without words: silence, hum, hiss, breathing, music, household",
        _wordless,
        (
            Figure("words made up", figures.word_count, 0, 0),
            Figure("seconds heard as speech", figures.speech_seconds),
        ),
    ),
    Set(
        "me-samples",
        "the conversations in samples/, spoken by synthetic voices",
        _bundled,
        _bundled_figures(),
    ),
    Set(
        "people",
        "one, two and three people on one microphone, their number given or not",
        _gatherings,
        tuple(
            figure
            for kind, about in (
                ("one", "one person"),
                ("short", "one speaks 5 s only"),
                ("alike", "voices alike"),
                ("three", "three people"),
                ("given-short", "one speaks 5 s only, two given"),
                ("given-alike", "voices alike, two given"),
            )
            for figure in (
                Figure(f"{about}: counted", figures.right_count, higher=True, among=_kind(kind)),
                Figure(f"{about}: DER", figures.der, among=_kind(kind)),
            )
        ),
    ),
    Set(
        "words-placed",
        "words of simulated conversations, outside overlap: given to who said them",
        _spoken_simulations,
        (
            *(
                Figure(f"{kind}: speaker", figures.words_placed, None, 0.95, True, _kind(kind))
                for kind in ("stereo", "mono")
            ),
        ),
    ),
    Study(
        "interruptions",
        "meetings with gold words and times: who was cut off, by a rule and by the model",
        cut_off.there,
        cut_off.measure,
    ),
    Study(
        "behaviours",
        "what people do with what they hear, in labelled counselling sessions, told from words",
        behaviours.there,
        behaviours.measure,
    ),
    Study(
        "behaviours-samples",
        "the same in the bundled conversations, by their script and as the program heard them",
        labelled_samples.there,
        labelled_samples.measure,
    ),
    Study(
        "ears",
        "talk-overs and interruptions on true times and words and on what was heard (4 seeds)",
        ears.there,
        ears.measure,
    ),
    Study(
        "enrolled",
        "one microphone that has learned a voice, every pair of people: is the right one named",
        enrolled.there,
        enrolled.measure,
    ),
    Study(
        "tone",
        "energy of acted speech, its stability, and pitch against Praat (if parselmouth is there)",
        tone.there,
        tone.measure,
    ),
)


def chosen_sets(names: Sequence[str]) -> list[Set | Study]:
    """The sets called one of `names`, or all that begin with one that none is called; all for none.

    SystemExit names the sets there are if one fits none.
    """
    chosen: set[str] = set()
    for name in names:
        fitting = [each.name for each in SETS if each.name.startswith(f"{name}-")]
        exact = [each.name for each in SETS if each.name == name]
        if not (exact or fitting):
            raise SystemExit(f"no set {name!r}; there are: {', '.join(s.name for s in SETS)}")
        chosen |= {*(exact or fitting)}
    return [each for each in SETS if not names or each.name in chosen]

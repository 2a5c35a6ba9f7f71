"""How much is lost where words and times come from the program's own ears instead of the truth.

The same analysis is held against the same truth three times: on true times (and words, where they
are known), on what was heard with a channel per person, and on what was heard in one microphone.

    simulated   exact truth of times and events; what is said means nothing, so no words are used
    bundled     exact truth of times, words and events, spoken by synthetic voices
    calls       times of machine-made voice activity and true words
    meetings    times of words by hand, one microphone, up to four people, no words used
Nobody marked events in the last two: what the analysis tells on true times is the truth there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Result, bootstrap
from bench.hearing import Session, hear, settings
from bench.rttm import Turn, bridged, read_rttm
from bench.score import Hits, event_hits, score
from bench.simulate import Plan
from bench.sources import MixedDown, Recorded, Simulated, Source, made
from listenlive.analysis import analyse
from listenlive.config import Settings
from listenlive.conversation import Conversation, Person, Utterance, Word
from listenlive.export import export
from listenlive.span import Span

if TYPE_CHECKING:
    from bench.sets import Choice

KINDS = {"talk-over": "talk_over", "interruption": "interruption"}

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

Events = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation with its truth.

    split, mono : its sound, a channel per person (None: not to be had) and in one microphone
    speakers    : people, 0: to be found out
    rttm, events : who spoke when, and what happened; events None: what the analysis tells on truth
    words       : [{speaker, start, end, and a word or the text of a line}]; None: none are used
    """

    name: str
    split: Source | None
    mono: Source
    speakers: int = 2
    rttm: Path | None = None
    events: Path | None = None
    words: Path | None = None

    @property
    def marked(self) -> bool:
        """Whether it is known what happened in it."""
        return self.events is not None or isinstance(self.mono, Simulated)


def there(choice: "Choice") -> bool:
    """Whether there is anything to hear: the bundled conversations always are."""
    return choice.truth.is_dir()


def measure(choice: "Choice") -> tuple[list[Result], dict[str, Any]]:
    """F1 of talk-overs and interruptions by each pair of ears, in each kind of talk."""
    found: list[Result] = []
    kept: dict[str, Any] = {}
    for kind, talks in _talks(choice).items():
        rows = [told(talk, choice.cache) for talk in talks[: 1 if choice.quick else None]]
        for ears in rows[0]:
            if talks[0].marked or ears != "true times":  # which are the truth where none is marked
                found += [
                    _f1(f"{kind}, {ears}: {name}", [row[ears][event] for row in rows])
                    for name, event in KINDS.items()
                ]
        kept[kind] = {
            talk.name: {
                ears: {event: asdict(hits[event]) for event in KINDS.values()}
                for ears, hits in row.items()
            }
            for talk, row in zip(talks, rows, strict=False)
        }
    return found, kept


def _talks(choice: "Choice") -> dict[str, list[Talk]]:
    calls = sorted((choice.truth / "conversations").glob("spokenwoz_*.flac"))
    found = {
        f"simulated {style}": [_simulated(choice.truth, seed, style) for seed in choice.seeds[:4]]
        for style in ("easy", "talk")
        if (choice.truth / "voices").is_dir()
    }
    found["bundled"] = [_bundled(path) for path in sorted(SAMPLES.glob("*.words.json"))]
    found["calls"] = [
        Talk(
            name=path.stem,
            split=Recorded(path),
            mono=MixedDown(path),
            rttm=path.with_suffix(".vad.rttm"),
            words=path.with_suffix(".words.json"),
        )
        for path in calls
        if _have(path, ".vad.rttm", ".words.json")
    ]
    found["meetings"] = [
        Talk(
            name=path.stem,
            split=None,
            mono=Recorded(path),
            speakers=0,
            rttm=path.with_suffix(".rttm"),
        )
        for path in sorted((choice.truth / "conversations").glob("ami_*.flac"))
        if _have(path, ".rttm") and len(read_rttm(path.with_suffix(".rttm"))) > 1
    ]
    return {kind: talks for kind, talks in found.items() if talks}


def _have(path: Path, *suffixes: str) -> bool:
    """Whether the truth of the recording `path` is there."""
    return all(path.with_suffix(suffix).exists() for suffix in suffixes)


def _simulated(truth: Path, seed: int, style: str) -> Talk:
    plan = Plan(seed=seed, style=style)
    source = Simulated(truth.resolve() / "voices", plan, stereo=True)
    return Talk(name=f"{style}-{seed}", split=source, mono=replace(source, stereo=False))


def _bundled(words: Path) -> Talk:
    name = words.name.removesuffix(".words.json")
    return Talk(
        name=name,
        split=Recorded(SAMPLES / f"{name}.flac"),
        mono=Recorded(SAMPLES / f"{name}.mono.flac"),
        rttm=SAMPLES / f"{name}.rttm",
        events=SAMPLES / f"{name}.events.json",
        words=words,
    )


def told(talk: Talk, cache: Path) -> dict[str, dict[str, Hits]]:
    """What is found of the truth, by whose ears."""
    audio = made(talk.mono, cache)
    rttm, events = talk.rttm, talk.events
    if isinstance(talk.mono, Simulated):
        rttm, events = audio.with_suffix(".rttm"), audio.with_suffix(".events.json")
    assert rttm is not None
    spoken = read_rttm(rttm)
    said = json.loads(talk.words.read_text()) if talk.words else []
    heard = {"true times": understood(spoken, said)}
    wanted: Events = json.loads(events.read_text()) if events else heard["true times"]["moments"]
    if talk.split:
        heard["split"] = _heard(made(talk.split, cache), "split", talk)
    heard["one microphone"] = _heard(audio, "mix", talk)
    return {
        ears: event_hits(session, wanted, score(session, spoken).names)
        for ears, session in heard.items()
    }


def _heard(audio: Path, channels: str, talk: Talk) -> Session:
    words = talk.words is not None
    return hear(audio, settings(channels=channels, speakers=talk.speakers, words=words))


def understood(spoken: Sequence[Turn], said: Sequence[Mapping[str, Any]]) -> Session:
    """What the analysis makes of true times, and of the words said in them."""
    words: dict[str, list[Word]] = {}
    for entry in said:
        words.setdefault(entry["speaker"], []).extend(_words(entry))
    turns = bridged(spoken)
    heard = [
        Utterance(i, turn.speaker, Span(turn.start, turn.end), words_in, "en")
        for i, (turn, words_in) in enumerate(_shared_out(turns, words), 1)
    ]
    people = tuple(Person(each, each) for each in sorted({turn.speaker for turn in turns}))
    talk = Conversation(tuple(heard), heard[-1].span.end, people, language="en")
    return export(talk, analyse(talk), settings=Settings())


def _shared_out(
    turns: Sequence[Turn], words: Mapping[str, Sequence[Word]]
) -> Iterator[tuple[Turn, tuple[Word, ...]]]:
    """Each turn with its words: those that are nearer to it than to the speaker's other turns."""
    theirs: dict[int, list[Word]] = {}
    for speaker, said in words.items():
        own = [i for i, turn in enumerate(turns) if turn.speaker == speaker]
        for word in said:
            middle = (word.span.start + word.span.end) / 2
            nearest = min(own, key=lambda i: max(turns[i].start - middle, middle - turns[i].end))
            theirs.setdefault(nearest, []).append(word)
    for i, turn in enumerate(turns):
        yield turn, tuple(theirs.get(i, ()))


def _words(entry: Mapping[str, Any]) -> list[Word]:
    """The words of an entry, spread evenly over its time."""
    said = str(entry.get("word") or entry["text"]).split()
    step = (entry["end"] - entry["start"]) / max(len(said), 1)
    return [
        Word(text, Span(entry["start"] + at * step, entry["start"] + (at + 1) * step), 1.0)
        for at, text in enumerate(said)
    ]


def _f1(name: str, hits: Sequence[Hits]) -> Result:
    """F1 of all talks together, n: events that are there; how many are told where there are none.

    An event counts as told if its moment is of the right kind and person and begins where it does.
    """
    total = sum(hits, Hits())
    if not total.reference:
        return Result(name=f"{name}s told, of none", n=len(hits), value=total.reported)
    spread = bootstrap(len(hits), lambda pick: sum((hits[i] for i in pick), Hits()).f1)
    value = total.f1 or 0.0
    return Result(name=f"{name} F1", n=total.reference, value=value, spread=spread, higher=True)

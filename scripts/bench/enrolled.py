"""Is the right person taken for "me" by a learned voice? One microphone, every pair of people.

Each of the people with clips enough is "me" against each other, in a simulated conversation that
no clip of what was learned is in. Beside who was named stands by how much: the cosine of the
learned voice with the likest one heard, and with the next.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.figures import Result, bootstrap
from bench.hearing import hear_with, learned, settings
from bench.rttm import read_rttm
from bench.score import score
from bench.simulate import Plan, drawn_pair, rich_voices
from bench.sources import Simulated, made

if TYPE_CHECKING:
    from bench.sets import Choice

LEARNED = 20.0
"""Seconds of a voice that are learned, as `listenlive enroll` asks for."""

_SEED = 401
"""From here on seeds are tried until every ordered pair has a conversation."""

_ABOUT_VOICE = re.compile(r"your voice", re.IGNORECASE)
_COSINE = re.compile(r"0\.\d\d")


@dataclass(frozen=True, slots=True)
class Named:
    """One conversation: who was "me", who was taken for it (None: nobody), and the cosines.

    best, other : of the learned voice with the likest one heard and the next; None: none was heard
    """

    name: str
    me: str
    partner: str
    taken: str | None
    best: float | None
    other: float | None

    @property
    def right(self) -> bool:
        """Whether the listener was known."""
        return self.taken == self.me


def there(choice: "Choice") -> bool:
    """Whether there are voices to talk with each other."""
    folder = choice.truth / "voices"
    return folder.is_dir() and len(rich_voices(folder)) >= 2


def measure(choice: "Choice") -> tuple[list[Result], dict[str, Any]]:
    """Who was named, by condition and together."""
    place = choice.truth.resolve()
    noisy = Plan(
        style="talk",
        noise=place / "noise" / "noise" / "noise1.flac",
        room=place / "noise" / "rir" / "rir1.flac",
        snr_db=10,
    )
    pairs = ordered_pairs(place / "voices")[:: 7 if choice.quick else 1]
    found: list[Result] = []
    kept: dict[str, Any] = {}
    for condition, plan, step in (("quiet", Plan(), 1), ("room and noise", noisy, 2)):
        plans = [replace(plan, seed=seed) for seed in pairs[::step]]
        named = [_named(place / "voices", each, choice.cache) for each in plans]
        found += _results(condition, named)
        kept[condition] = [asdict(each) for each in named]
    return found, kept


def ordered_pairs(voices: Path) -> list[int]:
    """For each ordered pair of people the first seed that draws it."""
    count = len(rich_voices(voices))
    seeds: dict[tuple[int, int], int] = {}
    seed = _SEED
    while len(seeds) < count * (count - 1):
        seeds.setdefault(drawn_pair(np.random.default_rng(seed), count), seed)
        seed += 1
    return sorted(seeds.values())


def _named(voices: Path, plan: Plan, cache: Path) -> Named:
    """Learn the voice of A, hear the conversation, and see who is taken for A."""
    audio = made(Simulated(voices, replace(plan, enroll=LEARNED), stereo=False), cache)
    voice = learned(audio.with_name(f"{plan.name}.enroll.A.wav"))
    session, notes = hear_with(voice, audio, settings(channels="mix", words=False))
    taken = next((p["id"] for p in session["speakers"] if p["role"] == "listener"), None)
    reference = score(session, read_rttm(audio.with_suffix(".rttm"))).names
    best, other = cosines(notes)
    people = rich_voices(voices)
    first, second = drawn_pair(np.random.default_rng(plan.seed), len(people))
    spoken = {"A": people[first].name, "B": people[second].name}
    return Named(
        name=plan.name,
        me=spoken["A"],
        partner=spoken["B"],
        taken=None if taken is None else spoken.get(reference.get(taken, ""), "somebody else"),
        best=best,
        other=other,
    )


def cosines(notes: Sequence[str]) -> tuple[float | None, float | None]:
    """The likest voice's cosine and the next one's, as the note about the voice says them."""
    told = next((note for note in notes if _ABOUT_VOICE.search(note)), "")
    found = [float(each) for each in _COSINE.findall(told)]
    return (found[0] if found else None), (found[1] if len(found) > 1 else None)


def _results(condition: str, named: Sequence[Named]) -> list[Result]:
    right = [float(each.right) for each in named]
    wrong = [float(each.taken not in (each.me, None)) for each in named]
    own, other = _known(named, "best"), _known(named, "other")
    known = Result(
        name=f"{condition}: known by their voice",
        n=len(named),
        value=float(np.mean(right)),
        spread=bootstrap(len(right), lambda pick: float(np.mean([right[i] for i in pick]))),
        aim=0.95,
        higher=True,
    )
    return [
        known,
        Result(name=f"{condition}: somebody else named", n=len(named), value=float(np.mean(wrong))),
        Result(name=f"{condition}: least cosine of the own voice", n=len(own), value=min(own)),
        Result(name=f"{condition}: largest of the other", n=len(other), value=max(other)),
    ]


def _known(named: Sequence[Named], which: str) -> list[float]:
    """The cosines of those who were known by their voice."""
    values = [getattr(each, which) for each in named if each.right]
    return [value for value in values if value is not None] or [0.0]

"""Who speaks when, on one microphone: trains the small network that refines what is heard.

    scripts/train_who_speaks --truth DIR     make lessons, hear them, learn, write the weights

Lessons are conversations of read speech with exact truth (`bench.lessons`). What the ears make of
them is kept in --cache, for hearing takes most of the time: 3 s of one core for each lesson.
Learning takes some minutes and needs jax and optax, which nothing else does:
uv pip install jax optax
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.hearing import limit_threads
from bench.lessons import as_filed, examiners, learners, lesson, speaking
from bench.rttm import Turn, bridged
from bench.shipped import PLACE, note_hash
from bench.simulate import Simulation
from listenlive.clustering import Opinion, by_rules, opinion
from listenlive.refining import AROUND, EVIDENCE, KINDS, REACH, Refinement, all_evidence

NAME = "who-speaks.npz"

LESSONS, EXAMS = 200, 24
"""Lessons to learn from, and others by other people to see what was learned."""

HIDDEN = 32
_ROUNDS = 6
_PART = 512  # frames learned from at once
_BATCH = 16  # parts
_RATE = 3e-3
_DECAY = 1e-3
_CLIP = 1.0  # longest gradient
_NOISE = (0.15, 0.1)  # of each number of evidence: over a part, and of each frame
_DROPPED = 0.1  # how often a kind of evidence is missing

Floats = npt.NDArray[np.float32]
Weights = dict[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A lesson as one person in it: evidence (frames, EVIDENCE) and who speaks in truth (frames,).

    Truth: 0 nobody, 1 this person, 2 others, 3 both.
    """

    evidence: npt.NDArray[np.float16]
    sides: npt.NDArray[np.int8]


# --- lessons ----------------------------------------------------------------------------------


def heard(people: Sequence[Path], seeds: Sequence[int], *, cache: Path) -> Iterator[Heard]:
    """The lessons of `seeds`, once for each person that the ears found in them."""
    for seed in seeds:
        kept = cache / f"{people[0].name}-{len(people)}-{seed}.npz"
        if not kept.exists():
            cache.mkdir(parents=True, exist_ok=True)
            found, sides = _judged(lesson(people, seed))
            np.savez(kept, evidence=found.astype(np.float16), sides=sides.astype(np.int8))
        with np.load(kept) as lesson_:
            yield from map(Heard, lesson_["evidence"], lesson_["sides"])


def _judged(made: Simulation) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Evidence and truth of each person found, shapes (people, frames, ...), (people, frames)."""
    from listenlive.audio import AudioChunk
    from listenlive.engines.silero import GatedDetector
    from listenlive.engines.speakers import SpeakerDiarizer

    detector, ears = GatedDetector(1), SpeakerDiarizer(max(len(made.voices), 2), refined=False)
    samples = as_filed(made.mono)
    for start in range(0, len(samples), 160_000):
        chunk = AudioChunk(samples[start : start + 160_000, None], start)
        ears.feed(chunk, detector.feed(chunk))
    ears.finish()
    found = opinion(ears.heard, speakers=max(len(made.voices), 2))
    if found.people == 1:  # one person alone: there is nobody to tell from
        return np.zeros((0, 0, EVIDENCE), np.float32), np.zeros((0, 0), np.intp)
    return all_evidence(found), _sides(found, bridged(made.turns))


def _sides(found: Opinion, turns: Sequence[Turn]) -> npt.NDArray[np.intp]:
    """Who speaks in truth, shape (people, frames): people matched so that most time agrees."""
    active, _ = by_rules(found)
    people = max(len({turn.speaker for turn in turns}), len(active))
    truth = speaking(turns, range(active.shape[1]), people=people)
    together = active.astype(int) @ truth.T.astype(int)
    orders = itertools.permutations(range(len(truth)), len(active))
    best = max(orders, key=lambda order: together[range(len(active)), order].sum())
    mine = truth[list(best)]
    others = np.stack([np.delete(mine, k, axis=0).any(axis=0) for k in range(len(mine))])
    return np.asarray(mine + 2 * others, dtype=np.intp)


# --- learning ---------------------------------------------------------------------------------


def parts(lessons: Sequence[Heard]) -> tuple[Floats, npt.NDArray[np.int32]]:
    """Parts of `_PART` frames: evidence with AROUND frames to both sides, and truth; -1: no frame.

    Shapes (parts, _PART + 2 AROUND, EVIDENCE), (parts, _PART).
    """
    rows: list[npt.NDArray[np.float16]] = []
    truths: list[npt.NDArray[np.int32]] = []
    for each in lessons:
        frames = len(each.sides)
        padded = np.pad(each.evidence, ((AROUND, AROUND + _PART), (0, 0)), mode="edge")
        sides = np.pad(each.sides.astype(np.int32), (0, _PART), constant_values=-1)
        for start in range(0, frames - _PART // 2, _PART):
            rows.append(padded[start : start + _PART + 2 * AROUND])
            truths.append(sides[start : start + _PART])
    return np.stack(rows), np.stack(truths)


def spoilt(rows: Floats, rng: np.random.Generator) -> Floats:
    """Evidence as it is harder to read: kinds of it are missing, all of it is off."""
    count, _, size = rows.shape
    found = rows.astype(np.float32)
    for kind, (first, last) in KINDS.items():
        if kind == "states":  # what all the rest is about
            continue
        found[:, :, first:last] *= rng.random((count, 1, 1)) > _DROPPED
    found += rng.normal(0, _NOISE[0], (count, 1, size)) + rng.normal(0, _NOISE[1], rows.shape)
    return found


def learned(lessons: Sequence[Heard], *, seed: int = 0) -> Weights:
    """The weights of `listenlive.refining.Refinement`, by gradient descent from a random start."""
    import jax
    import jax.numpy as jnp
    import optax

    def loss(weights: Any, rows: Any, sides: Any) -> Any:
        chances = jax.nn.log_softmax(_answers(jax, jnp, weights, rows))
        right = jnp.take_along_axis(chances, jnp.maximum(sides, 0)[..., None], -1)[..., 0]
        return -(right * (sides >= 0)).sum() / (sides >= 0).sum()

    def step(weights: Any, state: Any, rows: Any, sides: Any) -> Any:
        gradients = jax.grad(loss)(weights, rows, sides)
        changes, state = rule.update(gradients, state, weights)
        return optax.apply_updates(weights, changes), state

    descend = jax.jit(step)
    rows, sides = parts(lessons)
    rng = np.random.default_rng(seed)
    pace = optax.cosine_onecycle_schedule(len(rows) // _BATCH * _ROUNDS, _RATE, pct_start=0.1)
    rule = optax.chain(optax.clip_by_global_norm(_CLIP), optax.adamw(pace, weight_decay=_DECAY))
    weights: Any = _begun(rng)
    state = rule.init(weights)
    for _ in range(_ROUNDS):
        order = rng.permutation(len(rows))
        for start in range(0, len(order) - _BATCH + 1, _BATCH):
            at = np.sort(order[start : start + _BATCH])
            weights, state = descend(weights, state, spoilt(rows[at], rng), sides[at])
    return {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}


def _begun(rng: np.random.Generator) -> Weights:
    def drawn(rows: int, columns: int, scale: float) -> Floats:
        return (rng.normal(0, 1, (rows, columns)) * scale).astype(np.float32)

    weights = {"w0": drawn(EVIDENCE, HIDDEN, EVIDENCE**-0.5), "b0": np.zeros(HIDDEN, np.float32)}
    for i, _ in enumerate(REACH, 1):
        weights[f"w{i}"] = drawn(3 * HIDDEN, HIDDEN, 0.5 * (2 / (3 * HIDDEN)) ** 0.5)
        weights[f"b{i}"] = np.zeros(HIDDEN, np.float32)
    return {**weights, "wo": drawn(HIDDEN, 4, 0.1), "bo": np.zeros(4, np.float32)}


def _answers(jax: Any, jnp: Any, weights: Any, rows: Any) -> Any:
    """As `Refinement` answers, before it makes probabilities of it, for many parts at once."""
    heard = jax.nn.relu(rows @ weights["w0"] + weights["b0"])
    for i, reach in enumerate(REACH, 1):
        around = [heard[:, : -2 * reach], heard[:, reach:-reach], heard[:, 2 * reach :]]
        more = jnp.concatenate(around, -1) @ weights[f"w{i}"] + weights[f"b{i}"]
        heard = around[1] + jax.nn.relu(more)
    return heard @ weights["wo"] + weights["bo"]


def examined(weights: Weights, lessons: Sequence[Heard]) -> tuple[float, float]:
    """Share of frames that are wrong about a person, by the network alone and by the rules."""
    network = Refinement(weights)
    wrong = np.zeros(3)
    for each in lessons:
        evidence = each.evidence.astype(np.float32)
        chances = network.sides(np.pad(evidence, ((AROUND, AROUND), (0, 0)), mode="edge"))
        truth = (each.sides & 1) > 0
        ours = chances[:, 1] + chances[:, 3] > 0.5
        rules = evidence[:, KINDS["rules"][0]] > 0
        wrong += [(ours != truth).sum(), (rules != truth).sum(), len(truth)]
    return wrong[0] / wrong[2], wrong[1] / wrong[2]


def main() -> None:
    """Train, tell how it went, write weights and their hash."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--truth", type=Path, required=True, help="folder with truth")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "listenlive-lessons"
    )
    given = parser.parse_args()
    limit_threads(1)
    voices = given.truth / "voices"
    teachers, others = learners(voices), examiners(voices)
    lessons = list(heard(teachers, range(LESSONS), cache=given.cache))
    weights = learned(lessons)
    exams = list(heard(others, range(EXAMS), cache=given.cache))
    ours, rules = examined(weights, exams)
    print(f"{len(lessons)} learned from; {len(exams)} others: wrong {ours:.4f}, rules {rules:.4f}")
    write(weights, PLACE)


def write(weights: Weights, place: Path) -> None:
    """Put `weights` and their hash in the folder `place`."""
    arrays: dict[str, Any] = {name: weights[name] for name in sorted(weights)}
    np.savez(place / NAME, **arrays)
    note_hash(place / NAME)


if __name__ == "__main__":
    main()

"""Who speaks in ten seconds of sound: tunes pyannote's segmentation network to exact truth.

    scripts/train_segmentation --truth DIR --from pyannote-segmentation-3.0.onnx

People label speech and overlap generously, and the network learned from them. Here it goes on
learning from conversations of read speech whose truth is exact (`bench.lessons`): its four
recurrent layers and what follows, not the filters before them. The weights that are kept lie
between the old ones and those learned: people who talk in meetings and on the telephone are not
those who read books.

Hearing the lessons takes a second each and is kept in --cache; learning takes an hour of two
cores. It needs jax, optax and onnx, which nothing else does: uv pip install jax optax onnx
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.hearing import limit_threads
from bench.lessons import as_filed, examiners, learners, lesson, speaking
from bench.rttm import bridged
from bench.shipped import PLACE, note_hash
from listenlive.clustering import (
    FRAME_SAMPLES,
    LOCAL_SPEAKERS,
    POWERSET,
    WINDOW_FRAMES,
)
from listenlive.engines.speakers import SEGMENTATION

SHARE = 0.6
"""How far the weights go from the old ones (0) to those learned (1)."""

_WINDOW = 160_000  # samples
_APART = 100_000  # from one window of a lesson to the next
_FILTERED = "/sincnet/LeakyRelu_2_output_0"  # what the filters make of the sound
_EXAMS = 12
_BATCH = 32  # windows
_CLIP = 1.0  # longest gradient
_NOISE = 0.02  # of what the filters say
_HELD = 1e-4  # how much it costs to leave the old weights, by their squared distance

_LAYERS = ((783, 784, 785), (826, 827, 828), (869, 870, 871), (912, 913, 914))
NAMES = {
    "l0": "onnx::MatMul_915",
    "l0b": "linear.0.bias",
    "l1": "onnx::MatMul_916",
    "l1b": "linear.1.bias",
    "c": "onnx::MatMul_917",
    "cb": "classifier.bias",
    **{
        f"{kind}{layer}": f"onnx::LSTM_{number}"
        for layer, numbers in enumerate(_LAYERS)
        for kind, number in zip("BWR", numbers, strict=True)
    },
}
"""What is learned, and what the file calls it."""

_ORDERS = tuple(itertools.permutations(range(LOCAL_SPEAKERS)))

Floats = npt.NDArray[np.float32]
Weights = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Stage:
    """Some rounds of learning.

    layers  : the first recurrent layer that changes
    lessons : their seeds
    rate    : how fast it learns at most
    """

    layers: int
    lessons: range
    rounds: int
    rate: float


STAGES = (
    Stage(2, range(280), 3, 5e-4),
    Stage(0, range(400, 545), 4, 4e-4),
    Stage(0, range(400, 700), 2, 3e-4),
)


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Parts of lessons of 10 s.

    filtered : what the filters make of them, float16, shape (n, 589, 60)
    spoken   : who speaks in truth, shape (n, 3, 589)
    """

    filtered: npt.NDArray[np.float16]
    spoken: npt.NDArray[np.bool_]


# --- lessons ----------------------------------------------------------------------------------


def windows(
    people: Sequence[Path], seeds: Iterable[int], *, original: Path, cache: Path
) -> Windows:
    """All windows of the lessons of `seeds`, by the filters of the network `original`."""
    cache.mkdir(parents=True, exist_ok=True)
    session = None
    found: list[Windows] = []
    for seed in seeds:
        kept = cache / f"segmentation-{people[0].name}-{len(people)}-{seed}.npz"
        if not kept.exists():
            session = session or _filters(original)
            made = _heard(session, people, seed)
            np.savez(kept, filtered=made.filtered, spoken=made.spoken)
        with np.load(kept) as lesson_:
            found.append(Windows(lesson_["filtered"], lesson_["spoken"]))
    return Windows(
        np.concatenate([each.filtered for each in found]),
        np.concatenate([each.spoken for each in found]),
    )


def _filters(original: Path) -> Any:
    """The network, which tells what its filters say as well."""
    import onnx
    import onnxruntime

    network = onnx.load(original)
    told = onnx.helper.make_tensor_value_info(_FILTERED, onnx.TensorProto.FLOAT, None)
    network.graph.output.append(told)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(network.SerializeToString(), options)


def _heard(session: Any, people: Sequence[Path], seed: int) -> Windows:
    made = lesson(people, seed)
    samples, turns = as_filed(made.mono), bridged(made.turns)
    first = int(np.random.default_rng(seed).integers(0, 80_000))
    filtered, spoken = [], []
    for start in range(first, len(samples) - _WINDOW + 1, _APART):
        frame = start // FRAME_SAMPLES
        sound = samples[None, None, frame * FRAME_SAMPLES :][..., :_WINDOW]
        filtered.append(session.run([_FILTERED], {"x": sound})[0][0].T.astype(np.float16))
        frames = range(frame, frame + WINDOW_FRAMES)
        spoken.append(speaking(turns, frames, people=LOCAL_SPEAKERS))
    return Windows(np.stack(filtered), np.stack(spoken))


def classes(spoken: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Which class of POWERSET is right, for each order of the speakers; -1 where three speak.

    spoken (n, 3, frames) to (n, 6, frames).
    """
    by_code = np.full(2**LOCAL_SPEAKERS, -1, dtype=np.int8)
    for which, speakers in enumerate(POWERSET):
        by_code[sum(1 << speaker for speaker in speakers)] = which
    bits = 1 << np.arange(LOCAL_SPEAKERS)
    codes = [np.einsum("s,nsf->nf", bits, spoken[:, order].astype(np.intp)) for order in _ORDERS]
    return np.asarray(by_code[np.stack(codes, axis=1)])


# --- the network ------------------------------------------------------------------------------


def _answers(jax: Any, jnp: Any, weights: Any, filtered: Any) -> Any:
    """Log probabilities of POWERSET, shape (n, frames, 7), as the file computes them."""
    heard = jnp.transpose(filtered, (1, 0, 2))
    for i in range(len(_LAYERS)):
        heard = _recurrent(jax, jnp, heard, *(weights[f"{kind}{i}"] for kind in "WRB"))
    heard = jnp.transpose(heard, (1, 0, 2))
    for i in range(2):
        heard = jax.nn.leaky_relu(heard @ weights[f"l{i}"] + weights[f"l{i}b"], 0.01)
    return jax.nn.log_softmax(heard @ weights["c"] + weights["cb"])


def _recurrent(jax: Any, jnp: Any, heard: Any, inner: Any, again: Any, bias: Any) -> Any:
    """One layer in both directions, (frames, n, size) to (frames, n, 256): gates i, o, f, c."""
    size = again.shape[2]
    both = bias[:, : 4 * size] + bias[:, 4 * size :]
    fed = jnp.einsum("tnf,dgf->tdng", heard, inner) + both[None, :, None, :]
    fed = jnp.stack([fed[:, 0], fed[::-1, 1]], 1)

    def step(state: Any, gates: Any) -> Any:
        hidden, cell = state
        gates = gates + jnp.matmul(hidden, jnp.transpose(again, (0, 2, 1)))
        enter, leave, forget, new = jnp.split(gates, 4, -1)
        cell = jax.nn.sigmoid(forget) * cell + jax.nn.sigmoid(enter) * jnp.tanh(new)
        hidden = jax.nn.sigmoid(leave) * jnp.tanh(cell)
        return (hidden, cell), hidden

    nothing = jnp.zeros((2, heard.shape[1], size))
    _, told = jax.lax.scan(step, (nothing, nothing), fed, unroll=4)
    return jnp.concatenate([told[:, 0], told[::-1, 1]], -1)


def _surprise(jnp: Any, logs: Any, right: Any) -> Any:
    """Mean surprise at the truth per window, its speakers in the order that fits best: (n,)."""
    at = jnp.maximum(right, 0)[..., None].astype(jnp.int32)
    each = -jnp.take_along_axis(logs[:, None], at, -1)[..., 0] * (right >= 0)
    return each.sum(-1).min(1) / logs.shape[1]


def learned(begun: Weights, found: Windows, stage: Stage, *, seed: int = 0) -> Weights:
    """`begun` after a stage of gradient descent."""
    import jax
    import jax.numpy as jnp
    import optax

    fixed = {f"{kind}{i}" for kind in "WRB" for i in range(stage.layers)}
    right, rng = classes(found.spoken), np.random.default_rng(seed)
    steps = len(right) // _BATCH * stage.rounds
    pace = optax.cosine_onecycle_schedule(steps, stage.rate, pct_start=0.1)
    rule = optax.chain(optax.clip_by_global_norm(_CLIP), optax.adam(pace))

    def loss(weights: Any, filtered: Any, truth: Any) -> Any:
        told = _answers(jax, jnp, {**begun, **weights}, filtered)
        away = sum(((weights[name] - begun[name]) ** 2).sum() for name in weights)
        return _surprise(jnp, told, truth).mean() + _HELD * away

    def step(weights: Any, state: Any, filtered: Any, truth: Any) -> Any:
        changes, state = rule.update(jax.grad(loss)(weights, filtered, truth), state, weights)
        return optax.apply_updates(weights, changes), state

    descend = jax.jit(step)
    weights: Any = {name: value for name, value in begun.items() if name not in fixed}
    state = rule.init(weights)
    for _ in range(stage.rounds):
        order = rng.permutation(len(right))
        for start in range(0, len(order) - _BATCH + 1, _BATCH):
            at = np.sort(order[start : start + _BATCH])
            filtered = found.filtered[at].astype(np.float32)
            filtered += rng.normal(0, _NOISE, filtered.shape).astype(np.float32)
            weights, state = descend(weights, state, filtered, right[at])
    return {**begun, **{name: np.asarray(value) for name, value in weights.items()}}


def examined(weights: Weights, found: Windows) -> float:
    """Mean surprise at lessons by other people, in nats a frame."""
    import jax
    import jax.numpy as jnp

    right = classes(found.spoken)
    each = []
    for start in range(0, len(right), _BATCH):
        here = slice(start, start + _BATCH)
        told = _answers(jax, jnp, weights, found.filtered[here].astype(np.float32))
        each.append(np.asarray(_surprise(jnp, told, right[here])))
    return float(np.concatenate(each).mean())


# --- files ------------------------------------------------------------------------------------


def read(original: Path) -> Weights:
    """The weights of the file `original` that are learned on."""
    import onnx

    there = {each.name: each for each in onnx.load(original).graph.initializer}
    return {name: onnx.numpy_helper.to_array(there[theirs]) for name, theirs in NAMES.items()}


def between(old: Mapping[str, Floats], new: Mapping[str, Floats], share: float) -> Weights:
    """`share` of the way from `old` to `new`."""
    return {
        name: np.asarray((1 - share) * old[name] + share * new[name], dtype=np.float32)
        for name in old
    }


def write(weights: Mapping[str, Floats], original: Path, place: Path) -> None:
    """Put the network `original` with `weights`, and its hash, in the folder `place`."""
    import onnx

    network = onnx.load(original)
    ours = {theirs: weights[name] for name, theirs in NAMES.items()}
    for each in network.graph.initializer:
        if each.name in ours:
            each.CopyFrom(onnx.numpy_helper.from_array(ours[each.name], each.name))
    onnx.save(network, place / SEGMENTATION)
    note_hash(place / SEGMENTATION)


def main() -> None:
    """Tune, tell how it went, write weights and their hash."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--truth", type=Path, required=True, help="folder with truth")
    parser.add_argument(
        "--from", dest="original", type=Path, required=True, help="pyannote's network as ONNX"
    )
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "listenlive-lessons"
    )
    given = parser.parse_args()
    limit_threads(1)
    voices = given.truth / "voices"
    heard = {"original": given.original, "cache": given.cache}
    exams = windows(examiners(voices), range(_EXAMS), **heard)
    old = read(given.original)
    new = old
    print(f"surprise of {len(exams.spoken)} other windows: {examined(old, exams):.3f}")
    for number, stage in enumerate(STAGES):
        new = learned(new, windows(learners(voices), stage.lessons, **heard), stage, seed=number)
        print(f"after stage {number + 1}: {examined(new, exams):.3f}", flush=True)
    write(between(old, new, SHARE), given.original, PLACE)


if __name__ == "__main__":
    main()

"""Whose voice is it: from what two networks heard to the voices of people. Numbers only, no models.

A segmentation network looks at overlapping windows of 10 s and tells up to three *local* speakers
apart, also two at once; who is who differs from window to window. A voice network turns stretches
where one local speaker is alone (*pieces*) into embeddings. Here the windows are tied together::

    windows   |-- 1: a b --|
                 |-- 2: b c --|            local speakers, numbered anew in each window
    pieces      |==|  |===| |==|           one voice each, with an embedding
    people       A     B     A             groups of pieces; locals of one window stay apart
    states     ..AAA..BBBBAB.AA...         the likeliest course: nobody, one, or two at once

Time is counted in frames of the segmentation network, 270 samples apart.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE
from listenlive.conversation import Voice
from listenlive.people import MOST_COUNTED
from listenlive.segmenter import HOP
from listenlive.span import Span

FRAME_SAMPLES = 270
"""Samples from one frame of the segmentation network to the next (its SincNet's stride)."""

FRAME = FRAME_SAMPLES / SAMPLE_RATE
"""The same in seconds: 16.9 ms."""

FIELD_SAMPLES = 991
"""Samples that the first frame of a window sees (the receptive field of the SincNet)."""

WINDOW_FRAMES = 589
"""Frames in a window of 10 s."""

WINDOW_HOP = 148
"""Frames from one window to the next: 2.5 s, so that four windows judge each moment. Eight judge no
better (docs/results/accuracy-2026-11-25.md) and cost twice as much."""

CRUMB = 36
"""Frames (0.6 s) of one voice from which it is recognised rather than guessed."""

LOCAL_SPEAKERS = 3
POWERSET = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
"""Which local speakers speak in each class of the segmentation network, in its order."""

_SPEAKS_IN = np.array([[s in speaking for s in range(LOCAL_SPEAKERS)] for speaking in POWERSET])

VOICE_GAP = 0.2
"""Silence in seconds that ends a voice (MEASURES.md 1: 200 ms, Heldner & Edlund)."""

SHORTEST_VOICE = 0.09
"""Anything shorter, in seconds, is not speech (MEASURES.md 1)."""

_MIN_LOCAL = 1.0  # seconds a local speaker must be alone in a window to help found a group
_MOST_POINTS = 1500  # windows' voices that found groups: Ward needs memory by their square
_ROUNDS = 2  # of assigning and averaging; more change nothing

# When two groups of pieces are two people: see `_distinct`. Over 26 recordings of one person (read,
# acted, on the phone, in rooms) contrast and bonus stay under this, over 27 of two people above.
_LEAST_CONTRAST = -0.41
_TOGETHER_WEIGHT = 0.1  # of the share of windows in which two local speakers speak alone
_SIDE_BY_SIDE = 0.5  # seconds each of them must do so
_TELLING_PIECE = 0.8  # seconds; shorter pieces differ by chance
_SMALLEST_SHARE = 0.03  # of all that is said by one alone; less is a cough, a door, another voice
_SHORTEST_PERSON = (1.2, 4.0)  # seconds: that share, but at least and at most so much

# How much is believed. Embeddings of pieces of 1 s tell two people apart far better than the
# network's guess which of its local speakers goes on: they decide, it only breaks ties.
_VOICE_WEIGHT = 30.0  # per unit of cosine, for 1 s; longer pieces by the square root, up to 2 s
_WINDOW_WEIGHT = 0.5
_WINDOW_FLOOR = 0.03  # share of windows that may be wrong about a piece altogether

_DETECTOR_THRESHOLD = 0.25  # probability at which it is undecided: it is late at soft ends of words
_DETECTOR_FLOOR = 0.02
_PAIR_BIAS = 0.2  # nats: two at once are believed from .45 on, but see `_LATE` and `_EARLY`
# An echo in noise sounds like one more voice, half believed all the time: there, only from .55 on.
_MURMUR_BIAS = -0.2
_MURMUR = (0.05, 0.2)  # what half believed is
_MURMURS = 0.15  # share of speech that is such, from which it is an echo; noise stays under
_SILENCE_FLOOR = 0.01
_STATE_FLOOR = 0.01
_PAUSE = 6  # frames (0.1 s): a shorter dip of the detector is a consonant
_CHANGE = 2.0  # what it costs, in nats, that somebody starts or stops

# The windows of the network do not agree to a frame on where two at once begin and end. Looked for
# from lower odds on, and without its edges, more of it is found and less of what is found is wrong.
_LATE = 1  # frames by which two at once begin later than they are believed
_EARLY = 1  # frames by which they end earlier
_LEAST_PAIR = 3  # frames that are left; overlap that is shorter keeps its edges

Floats = npt.NDArray[np.float64]
Posteriors = npt.NDArray[np.float16]
"""Probabilities of the classes in POWERSET, shape (frames, 7)."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One voice alone in frames [first, last). `embedding` is float32 (192,), of unit length."""

    first: int
    last: int
    embedding: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """All that the networks heard of a recording.

    windows : posteriors of window i, which begins at frame i * WINDOW_HOP
    pieces  : stretches of one voice, in order
    speech  : the speech detector's probability per HOP samples, shape (hops,)
    frames  : length of the recording in frames
    bands   : dB of each frame in some bands (`refining.Bands`), shape (frames, bands)
    """

    windows: Sequence[Posteriors]
    pieces: Sequence[Piece]
    speech: npt.NDArray[np.float32]
    frames: int
    bands: npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What was heard, by people, and the likeliest course by rules.

    voices : each person's mean voice, unit length, shape (people, 192)
    owners : which person each local speaker is, and `fit`, how well (see `_owners`)
    states : probability of each of `sets`, shape (frames, sets)
    course : the likeliest of them, shape (frames,)
    """

    heard: Heard
    voices: "Floats"
    owners: npt.NDArray[np.intp]
    fit: "Floats"
    states: "Floats"
    course: npt.NDArray[np.intp]

    @property
    def people(self) -> int:
        """How many there are."""
        return int(self.fit.shape[-1])

    @property
    def sets(self) -> tuple[tuple[int, ...], ...]:
        """Who speaks in each state."""
        return state_sets(self.people)

    def detected(self, first: int, last: int) -> "Floats":
        """The detector's probability of speech in frames [first, last)."""
        return _detected(self.heard.speech, first, last)

    def windows(self, first: int, last: int) -> npt.NDArray[np.float32]:
        """What each window says of frames [first, last): shape (windows at once, frames, sets).

        NaN where fewer windows cover a frame than can; silence where none does.
        """
        at_once = -(-WINDOW_FRAMES // WINDOW_HOP)
        sets = self.sets
        found = np.full((at_once, last - first, len(sets)), np.nan, dtype=np.float32)
        for i in _covering(first, last, len(self.heard.windows)):
            start = i * WINDOW_HOP
            a, b = max(first, start), min(last, start + WINDOW_FRAMES)
            window = self.heard.windows[i][a - start : b - start]
            mine = _by_people(window, self.owners[i], self.fit[i])
            found[i % at_once, a - first : b - first] = mine
        found[0, np.isnan(found).all(axis=(0, 2))] = np.eye(1, len(sets))
        return found


Refine = Callable[[Opinion], tuple[npt.NDArray[np.bool_], "Floats"]]
"""Whether each person speaks in each frame, and how likely that is: both shape (people, frames)."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Who spoke when. `embeddings` has one row per speaker: the mean voice, unit length."""

    voices: tuple[Voice, ...]
    speakers: tuple[str, ...]
    embeddings: Floats


def frame_time(frame: float) -> float:
    """Seconds at which `frame` begins: half a frame before the middle of what it sees."""
    return (frame - 0.5) * FRAME + FIELD_SAMPLES / 2 / SAMPLE_RATE


def runs(active: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open index ranges where `active`, shape (n,), is true."""
    padded = np.concatenate([[False], active, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def alone(
    windows: Sequence[Posteriors],
    speech: npt.NDArray[np.float32],
    *,
    by: int,
    first: int,
    last: int,
) -> list[tuple[int, int]]:
    """Frame ranges within [first, last) where one person speaks alone.

    How many speak is the mean of all `windows`, which agree on it better than any one of them;
    where one person ends and another begins is window `by`'s, since locals differ by window.
    `speech`: the speech detector's probabilities from the beginning of the recording.
    """
    start = by * WINDOW_HOP
    window = windows[by][first - start : last - start].astype(np.float64)
    last = first + len(window)
    silence, one, two = _how_many(windows, first, last)
    single = (speech_odds(silence, speech, first=first) > 0) & (one >= two)
    single &= ~_pauses(speech, first, last)
    local = (window @ _SPEAKS_IN + 1e-6 * window[:, 1:4]).argmax(axis=1)
    found = (runs(single & (local == speaker)) for speaker in range(LOCAL_SPEAKERS))
    return sorted((first + a, first + b) for a, b in itertools.chain.from_iterable(found))


def without_crumbs(
    found: Sequence[tuple[int, int]], *, until: int, last: int
) -> tuple[list[tuple[int, int]], int]:
    """Those of the stretches `found` (as by `alone`) that end a block, and where the next begins.

    What goes on at frame `until` is cut there, but not into crumbs: their voice is a guess. What
    reaches frame `last`, the end of what is known, goes on from there::

        block      |-----------------| until   | last
        found         |====|   |=========|               ends soon: kept whole
                      |====|       |===========|         begun just now: left to the next block
                      |====| |=================|         cut
    """
    kept: list[tuple[int, int]] = []
    for a, b in found:
        if a >= until:
            break
        if b <= until:
            kept.append((a, b))
        elif b < last:
            return [*kept, (a, b)], b
        elif until - a < CRUMB:
            return kept, a
        else:
            kept.append((a, until))
    return kept, until


def _pauses(speech: npt.NDArray[np.float32], first: int, last: int) -> npt.NDArray[np.bool_]:
    """Where in frames [first, last) the detector by itself hears a pause: turns change in pauses.

    The segmentation can miss both, a short pause and that somebody else speaks after it.
    """
    quiet = _detected(speech, first, last) < _DETECTOR_THRESHOLD
    for a, b in runs(quiet):
        quiet[a:b] = b - a >= _PAUSE
    return quiet


def _how_many(windows: Sequence[Posteriors], first: int, last: int) -> tuple[Floats, ...]:
    """Probabilities that nobody, one and two speak in frames [first, last): windows' mean."""
    counts = np.zeros((3, last - first))
    for i in _covering(first, last, len(windows)):
        start = i * WINDOW_HOP
        a, b = max(first, start), min(last, start + WINDOW_FRAMES)
        part = windows[i][a - start : b - start].astype(np.float64)
        here = slice(a - first, b - first)
        counts[0, here] += part[:, 0]
        counts[1, here] += part[:, 1:4].sum(axis=1)
        counts[2, here] += part[:, 4:].sum(axis=1)
    return tuple(counts / np.maximum(counts.sum(axis=0), 1e-9))


def _covering(first: int, last: int, windows: int) -> range:
    """Which of the first `windows` windows cover any of frames [first, last)."""
    earliest = max(0, -(-(first - WINDOW_FRAMES + 1) // WINDOW_HOP))
    return range(earliest, min(windows - 1, (last - 1) // WINDOW_HOP) + 1)


def people(heard: Heard, *, speakers: int | None, refine: Refine | None = None) -> People:
    """Who spoke when in `heard`: the most people that are clearly different, `speakers` at most.

    speakers : None: up to four, as many as can be told apart
    refine   : decides when each of several people speaks; None: `by_rules`
    """
    if not heard.frames:
        return People((), (), np.zeros((0, 0)))
    found = opinion(heard, speakers=speakers)
    decide = refine if refine and found.people > 1 else by_rules
    return _ordered(*decide(found), found.voices)


def opinion(heard: Heard, *, speakers: int | None) -> Opinion:
    """What was heard by people, as in `people`."""
    if not heard.pieces:  # too short for any voice to be recognised: somebody's, so one person's
        return _alone(heard)
    locals_ = _local_voices(heard)
    for count in range(speakers or MOST_COUNTED, 1, -1):
        voices = _refined(heard, locals_, _founded(*locals_, count))
        states = _state_posteriors(heard, locals_, voices)
        if len(voices) == count and _distinct(heard, locals_[1], states, count):
            fit = locals_[0] @ voices.T
            course = _course(states, heard.speech, count)
            return Opinion(heard, voices, _owners(fit), fit, states, course)
    return _alone(heard)


def _alone(heard: Heard) -> Opinion:
    """Everything heard is one person's."""
    owners = np.zeros((len(heard.windows), LOCAL_SPEAKERS), dtype=np.intp)
    fit = np.zeros((*owners.shape, 1))
    states = _mapped(heard, owners, fit)
    sums = [(p.last - p.first) * p.embedding.astype(np.float64) for p in heard.pieces]
    centroid = _unit(np.sum(sums, axis=0)) if sums else np.zeros(0)
    course = _course(states, heard.speech, 1)
    return Opinion(heard, centroid.reshape(1, -1), owners, fit, states, course)


# --- groups ---------------------------------------------------------------------------------


def _unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1; rows of zeros stay."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9))


def _local_voices(heard: Heard) -> tuple[Floats, Floats]:
    """What each local speaker sounds like, and for how many seconds that was heard alone.

    Sums of embeddings weighted by seconds, shape (windows, 3, 192); seconds, shape (windows, 3).
    """
    count = len(heard.windows)
    size = len(heard.pieces[0].embedding)
    sums = np.zeros((count, LOCAL_SPEAKERS, size))
    seconds = np.zeros((count, LOCAL_SPEAKERS))
    for piece in heard.pieces:
        for i in _covering(piece.first, piece.last, count):
            start = i * WINDOW_HOP
            inside = heard.windows[i][max(piece.first - start, 0) : piece.last - start]
            share = _who(inside.astype(np.float64))[:, :LOCAL_SPEAKERS].sum(axis=0) * FRAME
            sums[i] += share[:, None] * piece.embedding
            seconds[i] += share
    return sums, seconds


def _founded(sums: Floats, seconds: Floats, count: int) -> Floats:
    """First guess at `count` voices (or fewer): unit centroids, shape (count, 192)."""
    from scipy.cluster.hierarchy import fcluster, linkage

    usable = seconds >= min(_MIN_LOCAL, float(seconds.max()))
    points, weights = _unit(sums[usable]), seconds[usable]
    if len(points) > _MOST_POINTS:
        chosen = np.linspace(0, len(points) - 1, _MOST_POINTS).astype(np.intp)
        points, weights = points[chosen], weights[chosen]
    if len(points) <= count:
        return points
    labels = fcluster(linkage(points, "ward"), count, "maxclust") - 1
    return _averaged(points, weights, labels)


def _averaged(points: Floats, weights: Floats, labels: npt.NDArray[np.intp]) -> Floats:
    """Centroids of `labels`, then k-means weighted by seconds until nothing moves."""
    centroids = _means(points, weights, labels, int(labels.max()) + 1)
    for _ in range(20):
        nearest = (points @ centroids.T).argmax(axis=1)
        if len(np.unique(nearest)) < len(centroids) or (nearest == labels).all():
            break
        labels = nearest
        centroids = _means(points, weights, labels, len(centroids))
    return centroids


def _means(points: Floats, weights: Floats, labels: npt.NDArray[np.intp], count: int) -> Floats:
    weighted = points * weights[:, None]
    return _unit(np.stack([weighted[labels == k].sum(axis=0) for k in range(count)]))


def _refined(heard: Heard, locals_: tuple[Floats, Floats], centroids: Floats) -> Floats:
    """Centroids again, from the pieces each person ends up with."""
    for _ in range(_ROUNDS):
        states = _state_posteriors(heard, locals_, centroids)
        sums = np.zeros_like(centroids)
        for piece in heard.pieces:
            held = _who(states[piece.first : piece.last])[:, : len(centroids)].sum(axis=0)
            sums += held[:, None] * piece.embedding
        centroids = _unit(sums)
    return centroids


def _distinct(heard: Heard, seconds: Floats, states: Floats, count: int) -> bool:
    """Whether any two of the `count` groups are really two people, each heard long enough.

    Two halves of one person sound almost as alike as each half sounds like itself; two people's
    pieces differ, and are often heard side by side in one window (`seconds`, of `_local_voices`).
    """
    held = np.array([_who(states[p.first : p.last])[:, :count].sum(axis=0) for p in heard.pieces])
    lengths = np.array([(p.last - p.first) * FRAME for p in heard.pieces])
    groups = held.argmax(axis=1)
    talked = np.bincount(groups, weights=lengths, minlength=count)
    least = min(max(_SMALLEST_SHARE * talked.sum(), _SHORTEST_PERSON[0]), _SHORTEST_PERSON[1])
    if talked.min() < least:
        return False
    telling = lengths >= min(_TELLING_PIECE, float(np.median(lengths)))
    vectors = np.array([piece.embedding for piece in heard.pieces])
    each = [vectors[telling & (groups == k)] for k in range(count)]
    side_by_side = float(np.mean(np.sort(seconds, axis=1)[:, 1] >= _SIDE_BY_SIDE))
    bonus = _TOGETHER_WEIGHT * side_by_side if count == 2 else 0.0  # a third is not told by it
    return all(
        _contrast(ours, theirs) + bonus > _LEAST_CONTRAST
        for ours, theirs in itertools.combinations(each, 2)
    )


def groups(points: Floats, weights: Floats, *, most: int) -> Floats:
    """The most groups of `points` that are clearly different: unit centroids, `most` rows or fewer.

    points : embeddings of some seconds of one voice each, of unit length, shape (n, 192)
    weights: their seconds, shape (n,)
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(points, "ward") if len(points) > 1 else None
    for count in range(min(most, len(points) // 2), 1, -1):
        labels = fcluster(tree, count, "maxclust") - 1
        centroids = _averaged(points, weights, labels)
        nearest = (points @ centroids.T).argmax(axis=1)
        each = [points[nearest == k].astype(np.float32) for k in range(len(centroids))]
        if len(centroids) == count and all(
            min(len(ours), len(theirs)) > 1 and _contrast(ours, theirs) > _LEAST_CONTRAST
            for ours, theirs in itertools.combinations(each, 2)
        ):
            return centroids
    return _unit((points * weights[:, None]).sum(axis=0, keepdims=True))


def _contrast(ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]) -> float:
    """Mean cosine within two groups minus twice the one between them; -inf if one is empty."""
    if not len(ours) or not len(theirs):
        return -np.inf
    pairs = [len(group) * (len(group) - 1) for group in (ours, theirs)]
    if not sum(pairs):
        return -np.inf
    inner = [float(np.square(g.sum(axis=0)).sum()) - len(g) for g in (ours, theirs)]
    between = float(ours.sum(axis=0) @ theirs.sum(axis=0)) / (len(ours) * len(theirs))
    return sum(inner) / sum(pairs) - 2 * between


# --- from local to global -------------------------------------------------------------------


def _owners(fit: Floats) -> npt.NDArray[np.intp]:
    """Which person each local speaker is, shape (windows, 3), by how well they fit.

    fit: cosine times seconds of each local speaker with each person, shape (windows, 3, people).
    The assignment that fits best with no person twice in a window; locals left over (more locals
    than people) belong to whom they sound most like.
    """
    fit = fit - fit.mean(axis=-1, keepdims=True)
    count = fit.shape[-1]
    if count >= LOCAL_SPEAKERS:
        options = list(itertools.permutations(range(count), LOCAL_SPEAKERS))
        totals = [fit[:, range(LOCAL_SPEAKERS), option].sum(axis=1) for option in options]
        chosen = np.asarray(options, dtype=np.intp)
        return np.asarray(chosen[np.argmax(totals, axis=0)])
    owners = np.asarray(fit.argmax(axis=-1), dtype=np.intp)
    placings = list(itertools.permutations(range(LOCAL_SPEAKERS), count))
    totals = [fit[:, placing, range(count)].sum(axis=1) for placing in placings]
    best = np.asarray(placings, dtype=np.intp)[np.argmax(totals, axis=0)]
    for k in range(count):
        owners[np.arange(len(owners)), best[:, k]] = k
    return owners


def state_sets(count: int) -> tuple[tuple[int, ...], ...]:
    """Who may speak at once among `count` people: nobody, each alone, each two."""
    singles = [(k,) for k in range(count)]
    return ((), *singles, *itertools.combinations(range(count), 2))


def _state_posteriors(heard: Heard, locals_: tuple[Floats, Floats], centroids: Floats) -> Floats:
    """Probability of each of `state_sets`, shape (frames, states), by windows and voices."""
    fit = locals_[0] @ centroids.T
    return _revoiced(_mapped(heard, _owners(fit), fit), heard.pieces, centroids)


def _mapped(heard: Heard, owners: npt.NDArray[np.intp], fit: Floats) -> Floats:
    """The mean of the windows' posteriors with local speakers replaced by people."""
    states = np.zeros((heard.frames, len(state_sets(fit.shape[-1]))))
    cover = np.zeros(heard.frames)
    for i, window in enumerate(heard.windows):
        here = slice(i * WINDOW_HOP, min(i * WINDOW_HOP + WINDOW_FRAMES, heard.frames))
        states[here] += _by_people(window[: here.stop - here.start], owners[i], fit[i])
        cover[here] += 1
    states[cover == 0, 0] = 1.0
    return np.asarray(states / np.maximum(cover, 1)[:, None])


def _by_people(window: Posteriors, owners: npt.NDArray[np.intp], fit: Floats) -> Floats:
    """The posteriors of one window with its local speakers replaced by people."""
    index = {state: i for i, state in enumerate(state_sets(fit.shape[-1]))}
    states = np.zeros((len(window), len(index)))
    for column, speaking in enumerate(POWERSET):
        states[:, index[_state(speaking, owners, fit)]] += window[:, column]
    return states


def _state(speaking: tuple[int, ...], owners: npt.NDArray[np.intp], fit: Floats) -> tuple[int, ...]:
    """Who speaks when the local speakers `speaking` do, in a window of these `owners`.

    Two voices at once are two people even where both locals sound like the same one: then the
    one that fits less is whom it sounds like next. (Overlap would otherwise be lost wherever the
    network splits a person into two.)
    """
    if len(speaking) < 2 or fit.shape[-1] < 2:
        return tuple(sorted({int(owners[s]) for s in speaking}))
    one, other = speaking
    mine, theirs = int(owners[one]), int(owners[other])
    if mine == theirs:
        weaker = min(speaking, key=lambda s: fit[s, mine] - np.delete(fit[s], mine).max())
        theirs = int(np.argmax(np.where(np.arange(fit.shape[-1]) == mine, -np.inf, fit[weaker])))
    return (min(mine, theirs), max(mine, theirs))


def _revoiced(states: Floats, pieces: Sequence[Piece], centroids: Floats) -> Floats:
    """`states` with each piece given to whom it sounds like; how much speech there is stays."""
    count = len(centroids)
    if count < 2:
        return states
    states = states.copy()
    for piece in pieces:
        singles = states[piece.first : piece.last, 1 : 1 + count]
        if not len(singles):
            continue
        fit = centroids @ piece.embedding
        trust = _VOICE_WEIGHT * min((piece.last - piece.first) * FRAME, 2.0) ** 0.5
        share = singles.sum(axis=0) + 1e-6
        score = trust * fit + _WINDOW_WEIGHT * np.log(share / share.sum() + _WINDOW_FLOOR)
        belief = np.exp(score - score.max())
        singles[:] = singles.sum(axis=1, keepdims=True) * (belief / belief.sum())
    return states


# --- the course of the conversation ---------------------------------------------------------


def speech_odds(
    silence: npt.NDArray[np.floating], speech: npt.NDArray[np.float32], *, first: int = 0
) -> Floats:
    """Log odds that somebody speaks, by both witnesses, shape (frames,).

    silence : the segmentation's probability of silence in frames `first`, `first` + 1, ...
    speech  : the detector's probability per HOP samples from the beginning of the recording

    In rooms the segmentation can take far speech for background for half a minute; the detector
    hears fillers and breath as speech. They rarely err together.
    """
    quiet = np.asarray(silence, dtype=np.float64)
    odds = np.log((1 - quiet + _SILENCE_FLOOR) / (quiet + _SILENCE_FLOOR))
    if not len(speech):
        return np.asarray(odds)
    heard = _detected(speech, first, first + len(quiet))
    floor, even = _DETECTOR_FLOOR, _DETECTOR_THRESHOLD
    detected = np.log((heard + floor) / even) - np.log((1 - heard + floor) / (1 - even))
    return np.asarray(odds + detected)


def _detected(speech: npt.NDArray[np.float32], first: int, last: int) -> Floats:
    """The detector's probability in the middle of frames [first, last); 1 if there is none."""
    if not len(speech):
        return np.ones(last - first)
    middles = np.arange(first, last) * FRAME_SAMPLES + FIELD_SAMPLES / 2
    place = np.clip(middles / HOP - 0.5, 0, len(speech) - 1)
    before = place.astype(np.intp)
    after = np.minimum(before + 1, len(speech) - 1)
    return np.asarray(speech[before] + (place - before) * (speech[after] - speech[before]))


def _course(states: Floats, speech: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.intp]:
    """The likeliest state at each frame, shape (frames,), when starting and stopping are rare."""
    sets = state_sets(count)
    odds = speech_odds(states[:, 0], speech)
    scores = np.empty_like(states)
    scores[:, 0] = -np.logaddexp(0, odds)
    scores[:, 1:] = -np.logaddexp(0, -odds)[:, None] + np.log(_who(states) + _STATE_FLOOR)
    scores[:, 1 + count :] += _MURMUR_BIAS if _murmurs(states, count) else _PAIR_BIAS
    costs = [[_CHANGE * len(set(a) ^ set(b)) for b in sets] for a in sets]
    return _trimmed(likeliest(scores, np.asarray(costs)), sets)


def _murmurs(states: Floats, count: int) -> bool:
    """Whether somebody more is half heard in much of what is said."""
    speech = states[:, 0] < 0.5
    pairs = _who(states)[speech][:, count:].sum(axis=1)
    if not len(pairs):
        return False
    return bool(np.mean((pairs > _MURMUR[0]) & (pairs < _MURMUR[1])) > _MURMURS)


def _trimmed(course: npt.NDArray[np.intp], sets: Sequence[tuple[int, ...]]) -> npt.NDArray[np.intp]:
    """`course` with the edges of overlap given to whom it is shared with before and after.

    ::

        before    AAAAAAAA2222222222222222BBBBB
        after     AAAAAAAAAAAA2222222BBBBBBBBBB
                          LATE       EARLY
    """
    trimmed = course.copy()
    edges = np.flatnonzero(np.diff(course)) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(course)]
    for a, b in zip(starts, ends, strict=True):
        pair = sets[course[a]] if a < b else ()
        if len(pair) < 2 or b - a <= _LATE + _EARLY + _LEAST_PAIR:
            continue
        if a and _is_one_of(sets[course[a - 1]], pair):
            trimmed[a : a + _LATE] = course[a - 1]
        if b < len(course) and _is_one_of(sets[course[b]], pair):
            trimmed[b - _EARLY : b] = course[b]
    return trimmed


def _is_one_of(state: tuple[int, ...], pair: tuple[int, ...]) -> bool:
    return len(state) == 1 and state[0] in pair


def _who(states: Floats) -> Floats:
    """Probability of each state but silence if somebody speaks, shape (frames, states - 1)."""
    speaking = states[:, 1:] + 1e-6  # even where the windows are certain of silence
    return np.asarray(speaking / speaking.sum(axis=1, keepdims=True))


def likeliest(scores: Floats, costs: Floats) -> npt.NDArray[np.intp]:
    """The path of highest total score, where going from i to j costs `costs[i, j]`."""
    best = scores[0]
    came_from = np.zeros(scores.shape, dtype=np.int8)
    for t in range(1, len(scores)):
        reached = best[:, None] - costs
        came_from[t] = reached.argmax(axis=0)
        best = reached.max(axis=0) + scores[t]
    path = np.zeros(len(scores), dtype=np.intp)
    state = int(best.argmax())
    for t in range(len(scores) - 1, -1, -1):
        path[t] = state
        state = came_from[t, state]
    return path


def by_rules(opinion: Opinion) -> tuple[npt.NDArray[np.bool_], Floats]:
    """When each person speaks by the likeliest course, and how likely that is: see `Refine`."""
    speaking = np.array([[k in state for state in opinion.sets] for k in range(opinion.people)])
    return speaking[:, opinion.course], speaking.astype(np.float64) @ opinion.states.T


def _ordered(active: npt.NDArray[np.bool_], belief: Floats, centroids: Floats) -> People:
    """Voices out of when each is active, people named "A", "B", ... as they first appear."""
    found: list[tuple[float, int, list[Voice]]] = []
    for k in range(len(centroids)):
        voices = _voices(active[k], belief[k])
        if voices:
            found.append((voices[0].span.start, k, voices))
    found.sort()
    names = [chr(ord("A") + i) for i in range(len(found))]
    voices = [
        Voice(name, voice.span, voice.confidence)
        for name, (_, _, theirs) in zip(names, found, strict=True)
        for voice in theirs
    ]
    voices.sort(key=lambda voice: (voice.span.start, voice.speaker))
    return People(tuple(voices), tuple(names), centroids[[k for _, k, _ in found]])


def _voices(active: npt.NDArray[np.bool_], belief: Floats) -> list[Voice]:
    """One person's voices: pauses under VOICE_GAP bridged, what is too short dropped."""
    joined: list[tuple[int, int]] = []
    for first, last in runs(active):
        if joined and (first - joined[-1][1]) * FRAME < VOICE_GAP:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return [
        Voice("", Span(max(frame_time(a), 0.0), frame_time(b)), _confidence(belief[a:b]))
        for a, b in joined
        if (b - a) * FRAME >= SHORTEST_VOICE
    ]


def _confidence(belief: Floats) -> float:
    return float(np.clip(belief.mean(), 0.0, 1.0))

"""The small network that has the last word on one microphone, with weights drawn by hand."""

import numpy as np
import pytest

from listenlive import refining
from listenlive.audio import SAMPLE_RATE
from listenlive.clustering import Opinion, by_rules, opinion
from listenlive.engines.speakers import SpeakerDiarizer
from listenlive.refining import AROUND, BANDS, EDGES, EVIDENCE, REACH, Bands, Refinement
from test_clustering import TALK, drawn

HIDDEN = 4


def weights(*, answer: tuple[float, float, float, float] = (0, 0, 0, 0)) -> dict:
    """A network that hears nothing, and always gives this `answer` (before it is normed)."""
    found = {"w0": np.zeros((EVIDENCE, HIDDEN)), "b0": np.zeros(HIDDEN)}
    for i, _ in enumerate(REACH, 1):
        found |= {f"w{i}": np.zeros((3 * HIDDEN, HIDDEN)), f"b{i}": np.zeros(HIDDEN)}
    found |= {"wo": np.zeros((HIDDEN, 4)), "bo": np.array(answer)}
    return {name: value.astype(np.float32) for name, value in found.items()}


def heard() -> Opinion:
    found = opinion(drawn(*TALK), speakers=2)
    assert found.people == 2
    return found


def test_who_knows_nothing_leaves_it_to_the_rules():
    active, belief = Refinement(weights())(heard())
    assert np.array_equal(active, by_rules(heard())[0])
    assert active.any(axis=1).all()
    assert (belief[active].min(), belief[~active].max()) == pytest.approx((0.9, 0.1), abs=0.06)


@pytest.mark.parametrize(
    ("answer", "everybody"), [((30, 0, 0, 0), False), ((0, 0, 0, 30), True)], ids=["none", "both"]
)
def test_who_is_sure_overrules_the_rules(answer: tuple, everybody: bool):
    active, _ = Refinement(weights(answer=answer))(heard())
    assert active.all() == everybody
    assert active.any() == everybody


def test_the_network_looks_at_what_lies_around():
    """A layer that passes on what is 4 frames later: the answer comes 4 frames sooner."""
    early = weights(answer=(10, 0, 0, 0))
    early["w0"][0, 0] = 1.0
    early["w3"][2 * HIDDEN, 1] = 1.0  # of a REACH of 4, the later one
    early["wo"][1, 1] = 20.0
    rows = np.zeros((300, EVIDENCE), dtype=np.float32)
    rows[150:160, 0] = 1.0
    sides = Refinement(early).sides(rows)
    assert len(sides) == 300 - 2 * AROUND
    assert np.flatnonzero(sides[:, 1] > 0.5).tolist() == list(range(146 - AROUND, 156 - AROUND))


def test_a_recording_judged_in_parts_is_judged_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    drawn_ = {k: rng.normal(0, 0.3, v.shape).astype(np.float32) for k, v in weights().items()}
    whole = Refinement(drawn_).odds(heard())
    monkeypatch.setattr(refining, "_BLOCK", 100)
    assert Refinement(drawn_).odds(heard()) == pytest.approx(whole, abs=1e-3)


def test_what_is_told_of_two_people_does_not_depend_on_their_order():
    rng = np.random.default_rng(5)
    network = Refinement(
        {k: rng.normal(0, 0.3, v.shape).astype(np.float32) for k, v in weights().items()}
    )
    swapped = opinion(drawn(*reversed(TALK), voices="10"), speakers=2)
    assert swapped.people == 2
    ours, theirs = network(heard())[0], network(swapped)[0]
    assert np.array_equal(ours, theirs[::-1]) or np.array_equal(ours, theirs)


def test_bands_do_not_depend_on_the_chunks():
    sound = np.random.default_rng(1).normal(0, 0.1, 16_001).astype(np.float32)
    at_once, bit_by_bit = Bands(), Bands()
    at_once.feed(sound)
    for start in range(0, len(sound), 77):
        bit_by_bit.feed(sound[start : start + 77])
    assert np.array_equal(at_once.first(60), bit_by_bit.first(60))
    assert at_once.first(60).shape == (60, BANDS)


@pytest.mark.parametrize("band", range(BANDS))
def test_a_pure_tone_is_loudest_in_its_band(band: int):
    hertz = (EDGES[band] * EDGES[band + 1]) ** 0.5
    bands = Bands()
    bands.feed(np.sin(2 * np.pi * hertz * np.arange(8000) / SAMPLE_RATE).astype(np.float32))
    assert (bands.first(20).argmax(axis=1) == band).all()


def test_frames_not_heard_whole_are_like_the_one_before():
    bands = Bands()
    bands.feed(np.ones(2000, dtype=np.float32))
    found = bands.first(50)
    assert np.array_equal(found[-1], found[5])
    assert np.array_equal(Bands().first(3), np.full((3, BANDS), -100, dtype=np.float16))


@pytest.mark.model
def test_the_shipped_network_fits():
    refine = SpeakerDiarizer(2)._refine
    assert refine is not None
    assert refine.weights["w0"].shape[0] == EVIDENCE
    active, _ = refine(heard())
    ruled, _ = by_rules(heard())
    assert (active == ruled).mean() > 0.9

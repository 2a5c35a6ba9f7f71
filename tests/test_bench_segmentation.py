"""What the segmentation network learns from: who speaks in a window, in every order of people."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from bench.lessons import speaking
from bench.rttm import Turn
from bench.segmentation import between, classes
from bench.shipped import note_hash
from listenlive.clustering import POWERSET, WINDOW_FRAMES, frame_time


def test_a_speaker_is_there_from_the_start_of_a_turn_to_its_end() -> None:
    begin, end = frame_time(100), frame_time(130)
    frames = range(90, 90 + WINDOW_FRAMES)
    spoken = speaking([Turn("A", 0.0, begin), Turn("B", begin, end)], frames, people=3)
    assert spoken.shape == (3, WINDOW_FRAMES)
    assert np.flatnonzero(spoken[0]).tolist() == list(range(10))
    assert np.flatnonzero(spoken[1]).tolist() == list(range(10, 40))
    assert not spoken[2].any()


@pytest.mark.parametrize("order", range(6))
def test_each_order_of_the_speakers_names_the_same_people(order: int) -> None:
    spoken = np.array([[0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], dtype=bool)
    right = classes(spoken[None])
    counts = [len(POWERSET[which]) for which in right[0, order]]
    assert counts == [0, 1, 2, 1]
    first, both, second = (set(POWERSET[which]) for which in right[0, order, 1:])
    assert first | second == both


def test_each_order_is_another_one() -> None:
    spoken = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    assert len({tuple(row) for row in classes(spoken[None])[0].tolist()}) == 6


def test_three_at_once_are_no_class() -> None:
    assert (classes(np.ones((1, 3, 2), dtype=bool)) == -1).all()


def test_weights_go_a_share_of_the_way() -> None:
    old, new = {"a": np.zeros(2, np.float32)}, {"a": np.array([1.0, 2.0], np.float32)}
    assert between(old, new, 0.25)["a"].tolist() == [0.25, 0.5]


def test_the_hash_of_new_weights_takes_the_place_of_the_old_one_alone(tmp_path: Path) -> None:
    sums = tmp_path / "SHA256SUMS"
    sums.write_text("1  other-a.bin\n2  a.bin\n")
    (tmp_path / "a.bin").write_bytes(b"weights")
    note_hash(tmp_path / "a.bin")
    digest = hashlib.sha256(b"weights").hexdigest()
    assert sums.read_text() == f"1  other-a.bin\n{digest}  a.bin\n"

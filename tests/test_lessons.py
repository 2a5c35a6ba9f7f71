"""Conversations to learn from: the same for the same seed, of people nothing is measured on."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench.lessons import examiners, learners, lesson

RATE = 16_000


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirteen people with one clip each, one with two seconds only, one with five clips."""
    folder = tmp_path_factory.mktemp("voices")
    people = {f"p{i:02}": (1, 8.0) for i in range(13)} | {"short": (1, 2.0), "rich": (5, 8.0)}
    for i, (name, (clips, seconds)) in enumerate(people.items()):
        said = 0.1 * np.sin(2 * np.pi * (100 + 10 * i) * np.arange(int(RATE * seconds)) / RATE)
        said[: RATE // 2] = said[-RATE // 2 :] = 0.0
        (folder / name).mkdir()
        for clip in range(clips):
            soundfile.write(folder / name / f"{clip}.flac", said.astype(np.float32), RATE)
    return folder


def test_nobody_who_is_measured_or_chosen_by_is_learned_from(voices: Path) -> None:
    learned = {p.name for p in learners(voices)}
    chosen = {p.name for p in examiners(voices)}
    assert (len(learned), len(chosen)) == (10, 3)
    assert not learned & chosen
    assert not {"rich", "short"} & (learned | chosen)


def test_the_same_seed_makes_the_same_lesson_and_another_one_another(voices: Path) -> None:
    people = learners(voices)
    one, again, other = (lesson(people, seed, seconds=20) for seed in (1, 1, 2))
    assert np.array_equal(one.mono, again.mono)
    assert one.turns == again.turns
    assert one.turns != other.turns


def test_each_speaker_is_heard_where_the_truth_says_so(voices: Path) -> None:
    for seed in range(4):
        made = lesson(learners(voices), seed, seconds=20)
        assert made.stereo.shape == (len(made.mono), len(made.voices))
        for channel, name in enumerate("ABC"[: len(made.voices)]):
            sound = np.square(made.stereo[:, channel])
            spoken = np.zeros(len(sound), dtype=bool)
            for turn in made.turns:
                if turn.speaker == name:
                    spoken[int(turn.start * RATE) : int(turn.end * RATE)] = True
            assert sound[spoken].mean() > 2 * sound[~spoken].mean()

"""People out of local speakers and pieces, on drawn conversations."""

import itertools

import numpy as np
import pytest

from listenlive.clustering import (
    FRAME,
    LOCAL_SPEAKERS,
    POWERSET,
    WINDOW_FRAMES,
    WINDOW_HOP,
    Heard,
    People,
    Piece,
    alone,
    frame_time,
    people,
    runs,
    speech_odds,
    without_crumbs,
)
from listenlive.segmenter import HOP

STEP = 30  # frames per drawn character: half a second
HOPS_PER_STEP = STEP * 270 / HOP


def voice(person: int, *, seed: int, spread: float = 0.6) -> np.ndarray:
    """An embedding of `person`: alike for one person, different for two."""
    rng = np.random.default_rng(seed)
    own = np.random.default_rng(1000 + person).normal(size=192)
    vector = own / np.linalg.norm(own) + spread * rng.normal(size=192) / np.sqrt(192)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def drawn(*rows: str, voices: str | None = None) -> Heard:
    """A recording where row k shows when person k speaks ("#"), half a second per character.

    In every window the people are other local speakers. `voices` names whose voice each row is.
    """
    active = np.repeat(np.array([[c == "#" for c in row] for row in rows]), STEP, axis=1)
    frames = active.shape[1]
    owner = voices or "".join(str(k) for k in range(len(rows)))
    windows = []
    for i, start in enumerate(range(0, max(frames - WINDOW_FRAMES, 0) + WINDOW_HOP, WINDOW_HOP)):
        order = list(itertools.permutations(range(LOCAL_SPEAKERS)))[i % 6]
        window = np.full((WINDOW_FRAMES, len(POWERSET)), 0.01)
        for t in range(WINDOW_FRAMES):
            now = active[:, start + t] if start + t < frames else np.zeros(len(rows), bool)
            state = tuple(sorted(order[k] for k in np.flatnonzero(now)))
            window[t, POWERSET.index(state)] = 0.94
        windows.append(window.astype(np.float16))
    pieces = []
    for k, row in enumerate(active):
        for n, (a, b) in enumerate(runs(row & (active.sum(axis=0) == 1))):
            for first in range(a, b, 90):
                embedding = voice(int(owner[k]), seed=k * 1000 + n * 20 + first)
                pieces.append(Piece(first, min(first + 90, b), embedding))
    pieces.sort(key=lambda piece: piece.first)
    hops = (np.arange(int(frames * 270 / HOP)) * HOP / 270).astype(int)
    speech = np.where(active.any(axis=0)[hops], 0.95, 0.02).astype(np.float32)
    return Heard(windows, pieces, speech, frames, np.zeros((frames, 8), np.float16))


def picture(found: People, length: int) -> list[str]:
    """`found` drawn as `drawn` reads it, a row per speaker."""
    rows = []
    for speaker in found.speakers:
        middles = [frame_time(i * STEP + STEP / 2) for i in range(length)]
        theirs = [v.span for v in found.voices if v.speaker == speaker]
        rows.append("".join("#" if any(t in span for span in theirs) else "." for t in middles))
    return rows


TALK = [
    "..#######..........######......#####....####......######",
    ".........########......########.....####....######......",
]


def test_people_are_followed_through_windows_that_number_them_anew():
    found = people(drawn(*TALK), speakers=2)
    assert found.speakers == ("A", "B")
    assert picture(found, len(TALK[0])) == TALK


def test_both_are_kept_where_two_speak_at_once():
    found = people(drawn(*TALK), speakers=2)
    together = "".join("#" if a == b == "#" else "." for a, b in zip(*TALK, strict=True))
    seen = picture(found, len(TALK[0]))
    assert together.count("#") == 2
    assert "".join("#" if a == b == "#" else "." for a, b in zip(*seen, strict=True)) == together


def test_overlap_is_heard_without_the_edges_on_which_windows_do_not_agree():
    found = people(drawn(*TALK), speakers=2)
    first, second = ([v.span for v in found.voices if v.speaker == s][1] for s in "AB")
    assert second.start == pytest.approx(frame_time(23 * STEP + 1), abs=FRAME / 2)
    assert first.end == pytest.approx(frame_time(25 * STEP - 1), abs=FRAME / 2)


@pytest.mark.parametrize(("echo", "found"), [(0.0, True), (0.1, False)])
def test_overlap_that_the_windows_half_believe_is_heard_but_in_an_echo(echo: float, found: bool):
    heard = drawn(*TALK)
    for window in heard.windows:  # wherever one speaks, another one is heard a little
        window[window[:, 1:4].max(axis=1) > 0.5, 4] += echo
    singles, pairs = [1, 2, 3], [4, 5, 6]
    for window in heard.windows:
        both = window[:, 4:].max(axis=1) > 0.5
        window[np.ix_(both, singles)] = 0.2
        window[np.ix_(both, pairs)] *= 0.38
    assert (picture(people(heard, speakers=2), len(TALK[0])) == TALK) is found


def test_speakers_are_named_in_order_of_first_appearance():
    late_first_row = ["." * 10 + TALK[0], TALK[1][9:17] + ".." + TALK[1]]
    found = people(drawn(*late_first_row), speakers=2)
    assert picture(found, len(late_first_row[0])) == late_first_row[::-1]


def test_voices_of_one_speaker_never_overlap_and_keep_their_pauses():
    found = people(drawn(*TALK), speakers=2)
    for speaker in found.speakers:
        theirs = [v.span for v in found.voices if v.speaker == speaker]
        assert all(b.start - a.end >= 0.2 for a, b in itertools.pairwise(theirs))


def test_confidence_is_high_where_all_windows_agree():
    assert all(v.confidence > 0.9 for v in people(drawn(*TALK), speakers=2).voices)


def test_one_person_split_in_two_by_the_network_is_one():
    found = people(drawn(*TALK, voices="00"), speakers=2)
    assert found.speakers == ("A",)


def test_one_person_alone_is_one():
    assert people(drawn(TALK[0]), speakers=2).speakers == ("A",)


def test_three_people_are_three_when_nobody_says_how_many():
    rows = [
        "######............######............######............",
        "......######............######............######......",
        "............######............######............######",
    ]
    found = people(drawn(*rows), speakers=None)
    assert picture(found, len(rows[0])) == rows


def test_a_given_count_is_never_exceeded():
    rows = ["######......######......", "......######......######"]
    assert people(drawn(*rows), speakers=1).speakers == ("A",)


def test_embeddings_are_the_mean_voices_in_order_of_speakers():
    found = people(drawn(*TALK), speakers=2)
    likeness = found.embeddings @ np.stack([voice(k, seed=0, spread=0) for k in (0, 1)]).T
    assert np.allclose(np.linalg.norm(found.embeddings, axis=1), 1)
    assert (likeness.argmax(axis=1) == [0, 1]).all()


@pytest.mark.parametrize("frames", [0, 1, 600])
def test_silence_is_nobody(frames: int):
    silence = np.zeros((WINDOW_FRAMES, len(POWERSET)), np.float16)
    silence[:, 0] = 1
    bands = np.zeros((frames, 8), np.float16)
    found = people(Heard([silence], [], np.zeros(10, np.float32), frames, bands), speakers=2)
    assert found.voices == ()
    assert found.speakers == ()


def test_speech_without_a_recognisable_voice_is_one_persons():
    heard = drawn("....#.....")
    found = people(Heard(heard.windows, [], heard.speech, heard.frames, heard.bands), speakers=2)
    assert picture(found, 10) == ["....#....."]


def test_the_detector_decides_where_the_segmentation_is_unsure():
    unsure = np.full(STEP, 0.5)
    hops = int(HOPS_PER_STEP) + 1
    assert (speech_odds(unsure, np.full(hops, 0.9, np.float32)) > 0).all()
    assert (speech_odds(unsure, np.full(hops, 0.1, np.float32)) < 0).all()


def test_alone_leaves_out_overlap_and_silence():
    heard = drawn("..######..........", "......########....")
    found = alone(heard.windows, heard.speech, by=0, first=0, last=heard.frames)
    assert [(round(a * FRAME, 1), round(b * FRAME, 1)) for a, b in found] == [
        (1.0, 3.0),
        (4.1, 7.1),
    ]


def one_local(frames: int) -> list[np.ndarray]:
    """A window in which the network hears one local speaker all the time."""
    window = np.full((WINDOW_FRAMES, len(POWERSET)), 0.01, dtype=np.float16)
    window[:frames, 1] = 0.94
    return [window]


@pytest.mark.parametrize(("hops", "pieces"), [(8, 2), (2, 1)])
def test_a_pause_the_detector_hears_parts_two_pieces_and_a_consonant_does_not(
    hops: int, pieces: int
):
    speech = np.full(400, 0.95, dtype=np.float32)
    speech[100 : 100 + hops] = 0.05
    assert len(alone(one_local(WINDOW_FRAMES), speech, by=0, first=100, last=400)) == pieces


@pytest.mark.parametrize(
    ("found", "kept", "begins"),
    [
        ([(0, 50), (60, 110)], [(0, 50), (60, 110)], 110),  # ends soon after 100
        ([(0, 50), (80, 136)], [(0, 50)], 80),  # begun just before, and goes on
        ([(0, 50), (60, 136)], [(0, 50), (60, 100)], 100),  # long on both sides
        ([(0, 50), (110, 136)], [(0, 50)], 100),  # after the block
        ([(0, 100)], [(0, 100)], 100),
        ([], [], 100),
    ],
)
def test_blocks_are_cut_without_crumbs(found: list, kept: list, begins: int):
    assert without_crumbs(found, until=100, last=136) == (kept, begins)

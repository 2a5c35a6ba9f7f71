"""Packing regions into pieces and bringing times back."""

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE
from listenlive.conversation import Word
from listenlive.pieces import Packer, pack
from listenlive.segmenter import Region
from listenlive.span import Span


def region(start: float, end: float, *, channel: int = 0) -> Region:
    samples = np.full(round((end - start) * SAMPLE_RATE), 0.5, dtype=np.float32)
    return Region(Span(start, end), samples, channel)


def word(start: float, end: float) -> Word:
    return Word("word", Span(start, end), 0.9)


def test_consecutive_regions_travel_together_with_silence_between() -> None:
    (piece,) = pack([region(1, 3), region(10, 11)], gap=0.5)

    assert len(piece.samples) == 3.5 * SAMPLE_RATE
    assert not piece.samples[2 * SAMPLE_RATE : round(2.5 * SAMPLE_RATE)].any()
    assert [part.at for part in piece.parts] == [0, 2.5]
    assert piece.span == Span(1, 11)


def test_no_sample_is_lost_or_doubled() -> None:
    regions = [region(i * 10, i * 10 + 1 + i) for i in range(8)]

    pieces = pack(regions, longest=12)

    assert sum(p.samples.sum() for p in pieces) == sum(r.samples.sum() for r in regions)
    assert [part.span for p in pieces for part in p.parts] == [r.span for r in regions]
    assert all(len(p.samples) <= 12 * SAMPLE_RATE for p in pieces)


def test_a_region_longer_than_a_piece_travels_alone() -> None:
    pieces = pack([region(0, 1), region(2, 27), region(28, 29)], longest=20)

    assert [len(p.parts) for p in pieces] == [1, 1, 1]


def test_channels_never_mix() -> None:
    pieces = pack([region(0, 1), region(0.5, 2, channel=1), region(3, 4)])

    assert [(p.channel, len(p.parts)) for p in pieces] == [(0, 2), (1, 1)]


def test_the_packer_gives_a_piece_as_soon_as_the_next_region_does_not_fit() -> None:
    packer = Packer(longest=5)

    assert packer.feed(region(0, 3)) == ()
    (full,) = packer.feed(region(4, 7))
    assert full.span == Span(0, 3)
    assert [p.span for p in packer.finish()] == [Span(4, 7)]
    assert packer.finish() == ()


@pytest.mark.parametrize(
    ("in_piece", "in_recording"),
    [
        ((0.2, 0.7), (1.2, 1.7)),  # in the first region
        ((2.6, 3.0), (10.1, 10.5)),  # in the second
        ((1.8, 2.3), (2.8, 3.0)),  # runs on into the silence: cut
        ((2.3, 2.9), (10.0, 10.4)),  # begins in the silence: cut
        ((2.1, 2.2), (2.98, 3.0)),  # in the silence, nearer to the first: at its end
    ],
)
def test_words_come_back_on_the_recordings_clock(
    in_piece: tuple[float, float], in_recording: tuple[float, float]
) -> None:
    (piece,) = pack([region(1, 3), region(10, 11)], gap=0.5)

    (found,) = piece.placed([word(*in_piece)])

    assert (found.span.start, found.span.end) == pytest.approx(in_recording)

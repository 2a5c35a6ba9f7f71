"""Who has the floor, drawn: one column per half second."""

import pytest

from listenlive.live.floor import Floor

STEP = 0.5


def course(picture: str) -> str:
    """The holder in each column of `picture`, whose rows are speakers and whose "=" is speech."""
    rows = {line.split()[0]: line.split(None, 1)[1] for line in picture.strip().splitlines()}
    rows = {who: row.ljust(40, ".") for who, row in rows.items()}
    length = max(len(row.rstrip(".")) for row in rows.values()) + 6
    floor, before, holders = Floor(), (), ""
    for column in range(length):
        speaking = tuple(who for who, row in rows.items() if row[column] == "=")
        at = column * STEP
        floor = floor.heard(at, speaking) if speaking != before else floor.by(at)
        before = speaking
        holders += floor.holder or "."
    return holders.rstrip(".")


@pytest.mark.parametrize(
    ("picture", "holders"),
    [
        ("A ====", "A" * 9),  # held for two seconds of silence
        ("A ====..====", "A" * 15),  # a pause of one second ends no turn
        ("A ====\nB ......====", "A" * 8 + "B" * 7),  # taken over, once it is no signal
        ("A ======....====\nB ......=", "A" * 19),  # a listener signal in a pause
        ("A ==========\nB ....=", "A" * 15),  # and one underneath
    ],
)
def test_the_floor_goes_to_who_keeps_speaking(picture, holders):
    assert course(picture) == holders


def test_a_turn_counts_from_its_first_word():
    floor = Floor().heard(1.0, ("A",)).heard(3.0, ()).heard(3.5, ("B",))
    assert floor.by(3.6).holder == "A"
    later = floor.by(5.5)
    assert (later.holder, later.running()) == ("B", 2.0)


def test_time_never_runs_backwards():
    floor = Floor().heard(5.0, ("A",))
    assert floor.by(4.0).at == 5.0

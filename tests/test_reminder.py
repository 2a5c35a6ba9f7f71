from datetime import UTC, datetime, time

import pytest

from listenlive.cli import main
from listenlive.errors import ConfigError
from listenlive.reminder import Rhythm, calendar, rhythm

WEDNESDAY = datetime(2026, 5, 6, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("every sunday 19:00", Rhythm(time(19, 0), 6)),
        ("Every Mon at 7.05", Rhythm(time(7, 5), 0)),
        ("every fridays 0:00", Rhythm(time(0, 0), 4)),
        ("every day 21:30", Rhythm(time(21, 30), None)),
    ],
)
def test_a_rhythm_is_read(words, expected):
    assert rhythm(words.split()) == expected


@pytest.mark.parametrize(
    "words", ["sunday 19:00", "every sunday", "every s 19:00", "every sunday 24:00", "every t 1:00"]
)
def test_what_is_no_rhythm_names_one(words):
    with pytest.raises(ConfigError, match="every sunday 19:00"):
        rhythm(words.split())


@pytest.mark.parametrize(
    ("at", "weekday", "first"),
    [
        (time(19, 0), 2, "20260506T190000"),  # later today
        (time(18, 0), 2, "20260513T180000"),  # today, but over
        (time(9, 0), 0, "20260511T090000"),
        (time(18, 0), None, "20260507T180000"),
    ],
)
def test_it_begins_the_next_time(at, weekday, first):
    text = calendar("temperature", "How are you.", Rhythm(at, weekday), now=WEDNESDAY)
    assert f"\r\nDTSTART:{first}\r\n" in text


def test_the_file_is_what_calendars_read():
    about = "Each tells; the other asks, and \\ validates. " + "ü" * 60
    text = calendar("weekly-swap", about, Rhythm(time(19, 0), 6), now=WEDNESDAY)
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(len(line.encode()) <= 75 for line in lines)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    whole = text.replace("\r\n ", "")
    assert "\r\nRRULE:FREQ=WEEKLY;BYDAY=SU\r\n" in whole
    assert "DESCRIPTION:Each tells\\; the other asks\\, and \\\\ validates. " in whole
    assert "\\nlistenlive practice weekly-swap\r\n" in whole
    assert "\r\nDTSTAMP:20260506T183000Z\r\n" in whole


def test_the_command_writes_it_and_runs_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["remind", "weekly-swap", "every", "sunday", "19:00"]) == 0
    assert "every Sunday at 19:00" in capsys.readouterr().err
    (written,) = tmp_path.iterdir()
    assert written.name == "listenlive-weekly-swap.ics"
    assert b"\r\nSUMMARY:Weekly swap\r\n" in written.read_bytes()
    assert main(["remind", "weakly-swap", "every", "sunday", "19:00"]) == 2
    assert "there are two-minutes" in capsys.readouterr().err


def test_a_file_that_is_another_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("mine")
    sunday = ["remind", "weekly-swap", "every", "sunday", "19:00"]
    assert main([*sunday, "-o", "README.md"]) == 2
    assert (tmp_path / "README.md").read_text() == "mine"
    assert main(sunday) == main(sunday) == 0  # the same reminder may be written again
    written = (tmp_path / "listenlive-weekly-swap.ics").read_bytes()
    capsys.readouterr()
    assert main(["remind", "weekly-swap", "every", "day", "19:00"]) == 2
    assert "-o listenlive-weekly-swap-day-1900.ics" in capsys.readouterr().err
    assert main(["remind", "weekly-swap", "every", "sunday", "20:00"]) == 2
    assert (tmp_path / "listenlive-weekly-swap.ics").read_bytes() == written

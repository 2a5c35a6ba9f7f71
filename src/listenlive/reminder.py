"""Reminders as calendar files (iCalendar, RFC 5545): imported once, nothing runs here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

from listenlive import __version__
from listenlive.errors import ConfigError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LENGTH = timedelta(minutes=20)  # what an exercise takes, with sitting down
OCTETS = 75  # of a line, RFC 5545, 3.1
_EVERY = re.compile(
    r"every (?P<day>[a-z]{3,}?)s? (?:at )?(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)"
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When: at a time of day, on one day of the week (0 is Monday), None: every day."""

    at: time
    weekday: int | None

    def first_after(self, now: datetime) -> datetime:
        """The first time after `now`, in local time without a zone."""
        local = now.replace(tzinfo=None)
        start = datetime.combine(local.date(), self.at)
        if self.weekday is not None:
            start += timedelta(days=(self.weekday - start.weekday()) % 7)
        step = timedelta(days=1 if self.weekday is None else 7)
        return start if start > local else start + step

    def __str__(self) -> str:
        day = "day" if self.weekday is None else DAYS[self.weekday].capitalize()
        return f"every {day} at {self.at:%H:%M}"


def rhythm(words: Sequence[str]) -> Rhythm:
    """The rhythm in "every sunday 19:00". ConfigError if it is none."""
    given = " ".join(words)
    found = _EVERY.fullmatch(given.casefold())
    days = [each for each in (*DAYS, "day") if found and each.startswith(found["day"])]
    if found is None or len(days) != 1:
        raise ConfigError(
            f"{given!r} does not read as a rhythm; an example: every sunday 19:00 "
            "(a day of the week, or day, and a time from 0:00 to 23:59)."
        )
    at = time(int(found["hour"]), int(found["minute"]))
    return Rhythm(at, None if days[0] == "day" else DAYS.index(days[0]))


def calendar(name: str, about: str, when: Rhythm, *, now: datetime) -> str:
    """A calendar with one repeating entry for the exercise `name`.

    Its time is a floating one: 19:00 wherever the people are.
    """
    start = when.first_after(now)
    repeat = "FREQ=DAILY" if when.weekday is None else f"FREQ=WEEKLY;BYDAY={_CODES[when.weekday]}"
    title, told = name.replace("-", " ").capitalize(), f"{about}\nlistenlive practice {name}"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//listenlive//listenlive {__version__}//EN",
        "BEGIN:VEVENT",
        f"UID:{uuid4()}@listenlive",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%S}",
        f"DURATION:PT{LENGTH.seconds // 60}M",
        f"RRULE:{repeat}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(told)}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:PT0M",
        f"DESCRIPTION:{_text(title)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def reminds_of(text: str, name: str, when: Rhythm) -> bool:
    """Whether `text` is a calendar that `calendar` made for `name` in the rhythm `when`."""
    lines = text.replace("\r\n ", "").splitlines()
    wanted = calendar(name, "", when, now=_ANY_TIME).replace("\r\n ", "").splitlines()
    kept = [line for line in wanted if line.startswith(("BEGIN:VCAL", "RRULE", "SUMMARY"))]
    start = next((each for each in lines if each.startswith("DTSTART:")), "")
    ours = any(each.startswith("PRODID:-//listenlive//") for each in lines)
    return ours and set(kept) <= set(lines) and start.endswith(f"T{when.at:%H%M%S}")


_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def _text(value: str) -> str:
    """`value` as iCalendar text: backslash, comma, semicolon and line end escaped."""
    escaped = re.sub(r"([\\,;])", r"\\\1", value)
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> str:
    """`line` broken so that no part has more than 75 octets, and no character is torn apart."""
    parts, part = [], ""
    for character in line:
        if len(f"{part}{character}".encode()) > OCTETS - 1:
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])

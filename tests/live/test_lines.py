"""A session as plain lines and as JSON lines."""

import io
import json

from drawing import spread
from listenlive.conversation import Mark, Person, Role, Utterance
from listenlive.events import (
    Activity,
    Announced,
    AudioLost,
    Behind,
    Marked,
    Partial,
    Paused,
    Resumed,
    Started,
    TalkOverHeard,
    UtteranceHeard,
)
from listenlive.live.lines import show_json, show_lines
from listenlive.live.picture import Picture
from listenlive.span import Span

PEOPLE = (Person("A", "Me", Role.LISTENER), Person("B", "Theo", Role.PARTNER))
WORDS = spread("it was\x1b[2J long", Span(1.0, 4.0))
EVENTS = (
    Started("2026-05-03T19:04:00", "live", "desk", 2),
    Activity(1.0, ("B",)),
    Partial(Span(1.0, 3.0), "it", "B"),
    UtteranceHeard(Utterance(1, "B", Span(1.0, 4.0), WORDS)),
    TalkOverHeard(3.0, "A", "B"),
    Marked(Mark(4.0, "here")),
    Paused(5.0),
    Resumed(5.0, 60.0),
    AudioLost(Span(6.0, 7.5), "the microphone was unplugged"),
    AudioLost(Span(7.5, 17.5), "the microphone was unplugged"),
    Behind(4.0),
    Behind(6.0),
    Behind(8.0),
    Behind(5.0),
    Behind(0.0),
    Behind(5.0),
    Announced(605.0, "1 minute left"),
)


def test_lines_tell_what_was_said_and_what_happened():
    out = io.StringIO()
    show_lines(EVENTS, Picture(expected=PEOPLE), file=out)
    assert out.getvalue().splitlines() == [
        "   0:00              listening: desk",
        "   0:01  Theo        it was [2J long",
        "   0:03  Me          (came in over Theo)",
        "   0:04              * here",
        "   0:05              Paused.",
        "   0:05              Going on.",
        "   0:06              No sound for 1.5 s: the microphone was unplugged.",
        "   0:06              No sound for 11.5 s: the microphone was unplugged.",
        "   0:01              Words come 4 s late.",
        "   0:01              Words come 8 s late.",
        "   0:01              Words come 5 s late.",
        "  10:05              1 minute left.",
    ]


def test_other_programs_get_every_event():
    out = io.StringIO()
    show_json(EVENTS, file=out)
    told = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert told == [type(event).__name__ for event in EVENTS]

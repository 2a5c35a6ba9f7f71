"""A session without a screen: plain lines, one JSON object a line, or a dot and the time."""

from collections.abc import Iterable
from typing import TextIO

from listenlive.events import (
    Announced,
    AudioLost,
    Behind,
    Event,
    Marked,
    Passing,
    Paused,
    Resumed,
    Started,
    TalkOverHeard,
    UtteranceHeard,
    to_json_line,
)
from listenlive.live.cues import Cues
from listenlive.live.picture import Picture, clock
from listenlive.people import whom
from listenlive.plain import one_line, sentence

_NAME = 10  # columns of a name


def show_lines(
    events: Iterable[Event | Passing],
    picture: Picture,
    *,
    file: TextIO,
    cues: Cues | None = None,
) -> None:
    """What is said and what happens, a line each as it becomes known."""
    late = 0.0  # seconds that were told last
    for event in events:
        picture = picture.after(event)
        if isinstance(event, Behind):
            if event.seconds and event.seconds < 2 * late:
                continue  # told already: it wavers all the time
            late = event.seconds
        if cues and (cue := cues.heard(event)):
            print(_line(picture.floor.at, "", sentence(cue)), file=file, flush=True)
        if (line := told(event, picture)) is not None:
            print(line, file=file, flush=True)


def show_json(events: Iterable[Event | Passing], *, file: TextIO) -> None:
    """Every event as one line of JSON."""
    for event in events:
        print(to_json_line(event), file=file, flush=True)


def told(event: Event | Passing, picture: Picture) -> str | None:
    """`event` as a line, where it is worth one. `picture` is the one after it."""
    match event:
        case Started(_, _, name):
            return _line(0.0, "", f"listening: {name}")
        case UtteranceHeard(utterance) if utterance.words:
            return _line(utterance.span.start, picture.name(utterance.speaker), utterance.text)
        case TalkOverHeard(at, by, over):
            return _line(at, picture.name(by), f"(came in over {whom(picture.name(over))})")
    return _happened(event, picture)


def _happened(event: Event | Passing, picture: Picture) -> str | None:
    match event:
        case Marked(mark):
            return _line(mark.at, "", f"* {mark.note or 'marked'}")
        case Announced(at, text):
            return _line(at, "", sentence(text))
        case AudioLost():
            lost = picture.lost or event  # one that goes on is told again, all of it
            text = f"no sound for {lost.span.duration:.1f} s: {lost.reason}"
            return _line(lost.span.start, "", sentence(text))
        case Paused(at) | Resumed(at):
            return _line(at, "", "Paused." if isinstance(event, Paused) else "Going on.")
        case Behind(seconds) if seconds:
            return _line(picture.floor.at, "", f"Words come {seconds:.0f} s late.")
    return None


def _line(at: float, name: str, text: str) -> str:
    return f"{clock(at):>7}  {one_line(name)[:_NAME]:<{_NAME}}  {one_line(text)}".rstrip()

"""The command `practice`: exercises for two, live or on a recording, and cards for one."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

from listenlive import app, store
from listenlive.commands.recorded import (
    names_from,
    progress_bar,
    say,
    say_kept,
    settings_from,
)
from listenlive.commands.status import OK
from listenlive.config import Settings
from listenlive.conversation import Role
from listenlive.errors import ConfigError, SessionError
from listenlive.practice.cards import cards
from listenlive.practice.exercises import Exercise, Names, exercises, nearest, plan
from listenlive.practice.feedback import changes, feedback
from listenlive.practice.timetable import MISSING, Rehearsal, Timetable, check
from listenlive.report.terminal import fit

WIDTH, NAME = 80, 16  # columns


def practice(options: argparse.Namespace) -> int:
    """List exercises and cards, or do the one that is named."""
    if options.name is None:
        return _list()
    if card := cards().get(options.name):
        from listenlive.commands.carding import show_card

        return show_card(card, data=store.data_folder(options.data), keeps=not options.no_save)
    chosen = exercises().get(options.name)
    if chosen is None:
        raise ConfigError(
            f"there is no exercise or card {options.name!r}; "
            f"{nearest(options.name, (*exercises(), *cards()))}"
        )
    if options.recording is None:
        for flag in ("steps", "answers"):
            if getattr(options, flag) is not None:
                raise ConfigError(f"--{flag} is for a recording: give it with --recording FILE.")
        from listenlive.commands.practising_live import practise_live

        return practise_live(chosen, options)
    return _on_recording(chosen, options)


def _list() -> int:
    """Names with what they are, in 80 columns."""
    print("For two, heard and measured:")
    _listing((each.name, each.about) for each in exercises().values())
    print("\nCards, without a microphone:")
    _listing((each.name, each.about) for each in cards().values())
    return OK


def _listing(entries: Iterable[tuple[str, str]]) -> None:
    for name, about in entries:
        label = f"  {name:<{NAME}}  "
        put(fill(about, WIDTH, initial_indent=label, subsequent_indent=" " * len(label)))


def _on_recording(chosen: Exercise, options: argparse.Namespace) -> int:
    """Hear a recording as the exercise, and say what it shows."""
    settings = settings_from(options, base=Settings())
    app.check_words(settings.transcription)
    rehearsal = Rehearsal(
        chosen,
        plan(chosen, first=first_teller(options)),
        Timetable(_times(options.steps), _keys(options.answers)),
        names_of(options.names),
    )
    check(rehearsal.steps, rehearsal.timetable)  # before an hour is heard for nothing
    path: Path = options.recording
    data = None if options.no_save else store.data_folder(options.data)
    with progress_bar(path.name, quiet=options.quiet) as progress:
        heard = app.analyse_file(path, settings, data=data, progress=progress, exercise=rehearsal)
    tell(chosen, heard, data=store.data_folder(options.data))
    for note in heard.conversation.notes:
        if note.endswith(MISSING):
            say(f"{note}; the rest was left out.")
    if options.steps is None:
        say(
            "The steps were taken one after the other from the start; --steps says when each began."
        )
    if not heard.conversation.utterances:
        say("no speech was found, and nothing was kept.")
    if heard.not_saved:
        raise SessionError(heard.not_saved)
    if heard.session:
        say_kept(heard.session, options)
    return OK


def tell(chosen: Exercise, heard: app.Analysed, *, data: Path) -> None:
    """Print what the exercise showed, and what changed since the last time."""
    now = app.practised(heard)
    if now is None:
        return
    print(chosen.title)
    before = app.practised_before(data, heard)
    for line in (*feedback(now), *(changes(before, now) if before else ())):
        put(fill(line, WIDTH, initial_indent="  ", subsequent_indent="    "))


def put(text: str) -> None:
    """Print `text`, in the characters that standard output has."""
    print(fit(text, sys.stdout.encoding or "utf-8"))


def first_teller(options: argparse.Namespace) -> Role:
    """Who tells first."""
    return Role.LISTENER if options.first == "me" else Role.PARTNER


def names_of(given: str | None) -> Names:
    """The two names in --names, which a comma separates."""
    names = names_from(given)
    if len(names) > 2:
        raise ConfigError(f"--names gives {len(names)} names; allowed: ME,PARTNER.")
    defaults = Names()
    mine, theirs = (*names, "", "")[:2]
    return Names(mine or defaults.listener, theirs or defaults.partner)


def _times(given: str | None) -> tuple[float, ...] | None:
    """When steps begin, in seconds: "0,15,2:15"."""
    return tuple(_seconds(text) for text in given.split(",")) if given else None


def _seconds(text: str) -> float:
    try:
        parts = [float(part) for part in text.strip().split(":")]
        if len(parts) > 3 or any(part < 0 for part in parts):
            raise ValueError
    except ValueError as error:
        raise ConfigError(
            f"--steps: {text!r} is no time; allowed are seconds (135), or 2:15, or 1:02:15."
        ) from error
    return sum((part * 60.0**power for power, part in enumerate(reversed(parts))), start=0.0)


def _keys(given: str | None) -> tuple[str, ...]:
    """The keys in --answers; 10 is the key 0."""
    keys = [key.strip().lower() for key in given.split(",")] if given else []
    return tuple({"10": "0", "yes": "y", "no": "n"}.get(key, key) for key in keys)

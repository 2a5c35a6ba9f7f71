"""`listenlive trends` and `remind`: what changes over weeks, and a reminder one sets oneself."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from listenlive import library, store
from listenlive.analysis.history import Talk
from listenlive.analysis.trends import trends as found_in
from listenlive.commands.recorded import say, write
from listenlive.commands.status import OK
from listenlive.errors import ConfigError
from listenlive.plain import one_line
from listenlive.report import terminal
from listenlive.report.trends import NOTHING, told

if TYPE_CHECKING:
    from listenlive.reminder import Rhythm


def trends(options: argparse.Namespace) -> int:
    """Figures over time, per partner and for all."""
    if options.demo:
        from listenlive.demo import demo_data

        say("six written conversations; nothing of yours is read.")
        with demo_data() as data, library.opened(data) as index:
            return _shown(index.talks(), options.partner)
    with library.opened(store.data_folder(options.data)) as index:
        return _shown(index.talks(), options.partner)


def remind(options: argparse.Namespace) -> int:
    """Write a calendar file that reminds of an exercise; nothing runs in the background."""
    from listenlive.practice.cards import Card, cards
    from listenlive.practice.exercises import Exercise, exercises
    from listenlive.reminder import calendar, rhythm

    known: dict[str, Exercise | Card] = {**exercises(), **cards()}
    if options.name not in known:
        raise ConfigError(
            f"there is no exercise or card {options.name!r}; there are {', '.join(known)}."
        )
    when = rhythm(options.when)
    path = options.output or f"listenlive-{options.name}.ics"
    if path != "-":
        _leave_alone(Path(path), options.name, when)
    text = calendar(options.name, known[options.name].about, when, now=datetime.now().astimezone())
    write(path, text)
    if path != "-":
        say(f"{path}: {options.name} {when}. Open it to add it to your calendar.")
    return OK


def _leave_alone(path: Path, name: str, when: "Rhythm") -> None:
    """ConfigError if a file is there that is not this same reminder."""
    from listenlive.reminder import reminds_of

    if not path.exists():
        return
    try:
        same = path.is_file() and reminds_of(path.read_text(encoding="utf-8"), name, when)
    except (OSError, UnicodeDecodeError):
        same = False
    if not same:
        day, at = str(when).split()[1].lower(), f"{when.at:%H%M}"
        raise ConfigError(
            f"{path} is there already and is not a reminder of {name} {when}; it was left as it "
            f"is. Write this one elsewhere: -o listenlive-{name}-{day}-{at}.ics"
        )


def _shown(talks: Sequence[Talk], partner: str | None) -> int:
    found = found_in(talks, partner=partner)
    if not found and partner is not None:
        known = sorted({each.companion for each in talks if each.companion})
        raise ConfigError(
            f"no conversation with {partner!r} is kept; there are some with: "
            f"{', '.join(map(one_line, known)) or 'nobody'}."
        )
    if not found:
        say(NOTHING)
        return OK
    out = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    terminal.print_parts(told(found), out)
    return OK

"""The cards of `practice`: timers, statements to answer, words for feelings."""

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from textwrap import fill

from listenlive.commands.asking import Ask, asked, number
from listenlive.commands.practising import put
from listenlive.commands.recorded import say
from listenlive.commands.status import OK
from listenlive.errors import ConfigError
from listenlive.plain import one_line
from listenlive.practice.cards import (
    LEAST,
    MOST,
    Answered,
    Card,
    beside,
    earlier,
    families,
    keep,
)

WIDTH = 78  # columns


def show_card(card: Card, *, data: Path, keeps: bool) -> int:
    """Do `card`; what is answered is kept in `data` if `keeps`."""
    if card.kind == "words":
        put("\n".join(words(card)))
        return OK
    if not sys.stdin.isatty():
        raise ConfigError(
            f"the card {card.name} is answered at a terminal, and nobody is here. "
            f"Call it there: listenlive practice {card.name}"
        )
    answered = _timed(card) if card.kind == "timer" else ask(card, input)
    if answered is None:
        say("left; nothing was kept.")
        return OK
    before = earlier(data, card.name)
    put("\n".join(shown(card, answered, before)))
    if keeps:
        say(f"kept for you alone in {keep(data, answered)}")
    return OK


def words(card: Card) -> Iterator[str]:
    """The words for feelings, a family after the other."""
    yield card.title
    yield fill(card.text, WIDTH)
    for family in families():
        yield ""
        yield family.name.upper()
        for shade in family.shades:
            label = f"  {shade.hint:<18}"
            yield fill(
                ", ".join(shade.words), WIDTH, initial_indent=label, subsequent_indent=" " * 20
            )


def _timed(card: Card) -> Answered | None:
    """Show the timer; None if it was left before its time."""
    from listenlive.practice.screen import TimerApp

    if not TimerApp(card, time.monotonic).run():
        return None
    note = one_line(asked(input, f"{card.question} ") or "")
    return Answered(card.name, _now(), {}, note)


def ask(card: Card, answer: Ask) -> Answered | None:
    """Ask each statement of `card`; None if nothing was answered, or it was left with q."""
    put(f"{card.title}\n{card.intro}")
    put(f"{LEAST} {card.low} … {MOST} {card.high}. Enter leaves one out, q leaves the card.\n")
    given: dict[str, int] = {}
    for at, statement in enumerate(card.statements, start=1):
        question = f"{at:>2} of {len(card.statements)}  {statement.text}\n   > "
        value = number(answer, question, least=LEAST, most=MOST)
        if value is None:
            return None
        if value:
            given[statement.id] = value
    return Answered(card.name, _now(), given) if given else None


def shown(card: Card, now: Answered, before: tuple[Answered, ...]) -> Iterator[str]:
    """What was answered beside earlier answers, and what the card says to it."""
    if card.kind == "timer":
        times = [each.note for each in before if each.note][-3:]
        yield f"{card.title}: done{f', {now.note}' if now.note else ''}."
        if times:
            yield f"The times before: {', '.join(map(one_line, times))}."
        return
    days = ", ".join(each.day for each in before[-3:])
    yield ""
    yield f"Now beside the last times ({days}):" if days else "Your answers, the first ones:"
    yield from beside(card, now, before)
    if card.after:
        yield ""
        for line in card.after.strip().splitlines():
            yield fill(line, WIDTH, subsequent_indent="  ") if line else ""


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")

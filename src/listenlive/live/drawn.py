"""The parts of the live screen as text: bars, meters, lines. Pure, one width each."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from listenlive.conversation import Person, Role
from listenlive.live.picture import Line, LineKind, Picture, clock
from listenlive.people import whose
from listenlive.plain import one_line

ME, PARTNER, NOBODY = "bold blue", "bold yellow", "bold"
OTHERS = ("bold green", "bold magenta")

QUIET_DB = -60.0
"""Level at which the meter is empty, in dBFS; a quiet room is about there."""

CLIPPING_DB = -1.0
"""Level from which sound is distorted."""

_NAME = 10
_LARGE = 16  # columns of a name that is read from afar
_CONSOLE = Console(width=80)  # knows how wide characters are; nothing is printed on it


def colour(picture: Picture, speaker: str | None) -> str:
    """The colour of `speaker`: the listener's and the partners' differ."""
    ids = [person.id for person in picture.people]
    if speaker not in ids:
        return NOBODY
    if picture.me is None:
        return (ME, PARTNER, *OTHERS)[ids.index(speaker) % 4]
    if speaker == picture.me:
        return ME
    others = [one for one in ids if one != picture.me]
    return (PARTNER, *OTHERS)[others.index(speaker) % 3]


def clipped(name: str, room: int) -> str:
    """`name` in one line of at most `room` columns, an ellipsis where it goes on."""
    text = Text(one_line(name))
    text.truncate(room, overflow="ellipsis")
    return text.plain


def now_speaking(picture: Picture) -> Text:
    """Who is heard now, in a few large words."""
    names = [(one_line(picture.name(s)), colour(picture, s)) for s, _ in picture.floor.speaking]
    if not names:
        return Text("silence", style="dim")
    text = Text()
    for number, (name, style) in enumerate(names):
        text.append(" and " if number else "", style="bold red")
        text.append(clipped(name.upper(), _LARGE), style=style)
    if len(names) > 1:
        text.append(" at once", style="bold red")
    return text


def running_turn(picture: Picture) -> Text:
    """Whose turn is running, and how long already."""
    holder = picture.floor.holder
    if holder is None:
        return Text("nobody’s turn", style="dim")
    name, style = clipped(picture.name(holder), _LARGE), colour(picture, holder)
    return Text.assemble((f"{whose(name)} turn  ", style), (clock(picture.floor.running()), "bold"))


def balance(picture: Picture, width: int) -> tuple[Text, Text]:
    """How the talk was shared so far: a bar, and the same in figures under it."""
    shares = picture.shares()
    if not shares:
        return Text("░" * width, style="dim"), Text("nobody has spoken yet", style="dim")
    bar, told = Text(), Text()
    solid = picture.me or shares[0][0].id  # told apart without colours, too
    for (person, share), cells in zip(shares, _cells([s for _, s in shares], width), strict=True):
        style = colour(picture, person.id)
        bar.append(("█" if person.id == solid else "▒") * cells, style=style)
        told.append("   " if told else "")
        room = max(width // len(shares) - 8, 4)
        told.append(f"{clipped(person.name, room)} {share:.0%}", style=style)
    return bar, told


def _cells(shares: Sequence[float], width: int) -> list[int]:
    """`width` cells handed out by `shares`, none lost to rounding."""
    edges = [0, *(round(width * upto) for upto in accumulate(shares))]
    return [after - before for before, after in pairwise(edges)]


def meter(level_db: float, width: int) -> Text:
    """The level of the microphone as a bar."""
    share = min(max(1 - level_db / QUIET_DB, 0.0), 1.0)
    filled = round(width * share)
    style = "red" if level_db >= CLIPPING_DB else "green"
    return Text.assemble(("▮" * filled, style), ("▯" * (width - filled), "dim"))


def talk(picture: Picture, width: int, height: int) -> Text:
    """The last lines of the talk, as many rows as fit; the newest at the bottom."""
    rows: list[Text] = []
    for each in reversed(picture.lines(height)):
        rows[:0] = _rows(picture, each, width)
        if len(rows) >= height:
            break
    return Text("\n").join(rows[-height:])


def _rows(picture: Picture, each: Line, width: int) -> list[Text]:
    """A line of the talk in rows: when, who, then the words, indented where they go on."""
    head, words = _line(picture, each)
    room = max(width - cell_len(head.plain), 10)
    wrapped = words.wrap(_CONSOLE, room) or [Text()]
    indent = Text(" " * cell_len(head.plain))
    return [Text.assemble(indent if number else head, row) for number, row in enumerate(wrapped)]


def _line(picture: Picture, each: Line) -> tuple[Text, Text]:
    head = Text(f"{clock(each.at):>7} ", style="dim")
    name, words = one_line(picture.name(each.speaker)), one_line(each.text)
    match each.kind:
        case LineKind.OVER:
            return head, Text(f"⟂ {name} {words}", style="bold red")
        case LineKind.MARK:
            return head, Text(f"★ {words or 'marked'}", style="bold cyan")
        case LineKind.LOST:
            return head, Text("✗ no sound", style="bold red")
    head.append(f"{set_cell_size(name, _NAME)} ", style=f"not dim {colour(picture, each.speaker)}")
    return head, Text(words, style="italic dim" if each.kind is LineKind.PARTIAL else "")


def missing(picture: Picture, known: Sequence[str], *, voice: bool = False) -> Text:
    """What is not measured, in one line. `voice`: the listener's was learned."""
    told = list(known)
    if picture.me is None:
        until = "your voice is known" if voice else "the end"
        told.append(f"who is who, until {until}")
    if picture.conversation.blind_because:
        told.append("talk-overs")
    if not told:
        return Text("")
    return Text("not measured: " + ", ".join(told), style="dim")


def heading(people: Sequence[Person], who: str) -> str:
    """With whom: by name where that is known."""
    named = who or " and ".join(p.name for p in people if p.role is not Role.LISTENER)
    return f"listening with {one_line(named)}" if named else "listening"

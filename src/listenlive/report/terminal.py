"""The summary for the terminal: twenty seconds of reading, the closing sentence last."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from listenlive.analysis.results import Analysis
from listenlive.conversation import Conversation
from listenlive.plain import one_line
from listenlive.report.entries import entry, people
from listenlive.report.page import facts
from listenlive.report.side import Side, side
from listenlive.report.wording import count, lasting, percent

WIDEST = 100  # longer lines are hard to read
LABEL = 13  # columns of the labels on the left
BAR = 24
NAME = 16
LABELS = {"room": "Room given"}
ASCII = str.maketrans(
    {"█": "#", "░": ".", "…": "...", "’": "'", "“": '"', "”": '"', "×": "x", "·": "-"}
)
ISOLATES = {0x2068: None, 0x2069: None}  # for browsers; terminals print them as boxes


def show(
    conversation: Conversation,
    analysis: Analysis,
    *,
    file: TextIO | None = None,
    console: Console | None = None,
) -> None:
    """Print the summary to `file` (default: standard output) or on `console`.

    Colour and width come from the terminal; without one (or with NO_COLOR) it is plain text of 80
    columns. Names and words are text: nothing in them is read as markup or escape sequence.
    """
    out = console or Console(file=file, markup=False, highlight=False, emoji=False)
    for line in summary(conversation, analysis, width=min(out.width, WIDEST)):
        out.print(_printable(line, out), width=min(out.width, WIDEST))


def summary(conversation: Conversation, analysis: Analysis, *, width: int) -> list[Table | Text]:
    """The parts of the summary from top to bottom."""
    order = people(conversation)
    sides = [side(conversation, analysis, speaker=s) for s in order if s in analysis.measures]
    parts: list[Table | Text] = [_heading(conversation), Text("")]
    if sides:
        parts += [_who_spoke(sides, analysis), _figures(sides), Text("")]
    if worth := _worth_hearing(conversation, analysis, width=width):
        parts += [*worth, Text("")]
    missing = [
        f"{name.replace('_', ' ')}: {reason}" for name, reason in analysis.not_measured.items()
    ]
    for label, lines in (("How heard", conversation.notes), ("Not measured", missing)):
        if lines:
            parts += [_listed(label, lines), Text("")]
    parts.append(Text(one_line(analysis.closing), style="bold"))
    return parts


def _heading(conversation: Conversation) -> Text:
    told = " · ".join(facts(conversation))
    title = "How you listened" if conversation.listener else "A conversation in figures"
    return Text.assemble((title, "bold"), (f"  {told}" if told else "", "dim"))


def _who_spoke(sides: Sequence[Side], analysis: Analysis) -> Table:
    grid = _grid(sides)
    for number, each in enumerate(sides):
        measures = analysis.measures[each.speaker]
        share = measures.talk_share or 0.0
        filled = round(BAR * share)
        line = Text.assemble(
            ("█" * filled, _colour(number)),
            ("░" * (BAR - filled), "dim"),
            f" {percent(share):>5}  {lasting(measures.talk_seconds)}",
            (f", {count(measures.turns, 'turn')}", "dim"),
        )
        grid.add_row(Text("" if number else "Who spoke"), Text(each.heading), line)
    return grid


def _figures(sides: Sequence[Side]) -> Table:
    """Each figure for everybody, in the same words, the listener's first."""
    grid = _grid(sides)
    for cards in zip(*(each.cards for each in sides), strict=True):
        if cards[0].name == "talk_share" or not any(card.brief for card in cards):
            continue  # what nobody has is told once, below
        title = LABELS.get(cards[0].name, cards[0].title)
        for number, (each, card) in enumerate(zip(sides, cards, strict=True)):
            brief = Text(card.brief) if card.brief else Text("not measured", style="dim")
            grid.add_row(Text("" if number else title), Text(each.heading), brief)
    return grid


def _worth_hearing(
    conversation: Conversation, analysis: Analysis, *, width: int
) -> list[Table | Text]:
    moments = {moment.id: moment for moment in analysis.moments}
    found = [entry(conversation, moments[i]) for i in analysis.worth_hearing if i in moments]
    if not found:
        return []
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", min_width=6)
    grid.add_column()
    for each in found:
        told = Text.assemble(each.told, (f" ({each.certainty})", "dim"))
        grid.add_row(Text(each.at), told)
        for quote in each.quotes:
            name = f"{quote.name}: "
            room = width - 12 - cell_len(name)
            words = _cut(quote.text, room, from_end=quote.cut_into)
            grid.add_row(Text(""), Text.assemble((name, "dim"), f"“{words}”"))
    return [Text("Worth hearing", style="bold"), grid]


def _cut(text: str, width: int, *, from_end: bool) -> str:
    """`text` in at most `width` columns, whole words, … where some are left out."""
    words = text.split()
    while len(words) > 1 and cell_len(" ".join(words)) > width:
        if from_end:
            words = ["…", *words[2 if words[0] == "…" else 1 :]]
        else:
            words = [*words[: -2 if words[-1] == "…" else -1], "…"]
        if words == ["…"]:
            break
    return " ".join(words)


def _listed(label: str, lines: Iterable[str]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL, style="bold", no_wrap=True)
    grid.add_column()
    for number, line in enumerate(lines):
        grid.add_row(Text("" if number else label), Text(one_line(line), style="dim"))
    return grid


def _grid(sides: Sequence[Side]) -> Table:
    """Label, name, what there is to say; the names of all grids as wide as the longest."""
    longest = max(cell_len(each.heading) for each in sides)
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL, style="bold", no_wrap=True)
    grid.add_column(width=min(longest, NAME) + 1, no_wrap=True, overflow="ellipsis")
    grid.add_column()
    return grid


def _colour(number: int) -> str:
    return ("blue", "yellow", "green", "magenta")[number % 4]


def _printable(part: Table | Text, console: Console) -> Table | Text:
    """`part` in the characters that `console` can print."""
    encoding = console.encoding

    def fit(text: str) -> str:
        text = text.translate(ISOLATES)
        if encoding.lower().startswith("utf"):
            return text
        return text.translate(ASCII).encode(encoding, "replace").decode(encoding)

    for text in [part] if isinstance(part, Text) else _texts(part):
        text.plain = fit(text.plain)
    return part


def _texts(table: Table) -> Iterable[Text]:
    for column in table.columns:
        yield from (cell for cell in column.cells if isinstance(cell, Text))

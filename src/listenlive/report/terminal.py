"""The summary for the terminal: twenty seconds of reading, the closing sentence last."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from listenlive.analysis.results import Analysis, Dimension, DimensionName
from listenlive.conversation import Conversation
from listenlive.plain import one_line
from listenlive.practice.feedback import exercise_told
from listenlive.report.entries import Entry, entry, people
from listenlive.report.heading import facts, losses, marked
from listenlive.report.profile import Answered, answered, brief
from listenlive.report.side import Side, side
from listenlive.report.wording import count, lasting, percent

WIDEST = 100  # longer lines are hard to read
LABEL = 13  # columns of the labels on the left
BAR = 24
NAME = 16
ASCII = str.maketrans(
    {"…": "...", "’": "'", "“": '"', "”": '"', "×": "x", "·": "-", "–": "-", "→": ">", "░": "."}
    | dict(zip("▁▂▃▄▅▆▇█", "_,.-~=+#", strict=True))
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
    print_parts(summary(conversation, analysis, width=min(out.width, WIDEST)), out)


def print_parts(parts: Iterable[Table | Text], out: Console) -> None:
    """Print `parts` on `out`, in the characters it has and no wider than is easy to read."""
    for each in parts:
        out.print(_printable(each, out), width=min(out.width, WIDEST))


def summary(conversation: Conversation, analysis: Analysis, *, width: int) -> list[Table | Text]:
    """The parts of the summary from top to bottom."""
    order = people(conversation)
    sides = [side(conversation, analysis, speaker=s) for s in order if s in analysis.measures]
    parts: list[Table | Text] = [_heading(conversation, width=width), Text("")]
    if sides:
        parts += [_who_spoke(sides, analysis), _profile(sides, analysis)]
        parts += [_tone(sides), Text("")]
    if analysis.lesson and analysis.lesson.points:
        parts += [*_lesson(conversation, analysis, width=width), Text("")]
    elif worth := _worth_hearing(conversation, analysis, width=width):
        parts += [*worth, Text("")]
    if showed := exercise_told(conversation, analysis):
        parts += [_listed("Exercise", showed, ""), Text("")]
    if marks := marked(conversation):
        noted = [f"{at} {note}".rstrip() for at, note in marks]
        parts += [_listed("You marked", noted, ""), Text("")]
    if said := _said(conversation, analysis):
        parts += [said, Text("")]
    missing = [
        f"{name.replace('_', ' ')}: {reason}" for name, reason in analysis.not_measured.items()
    ]
    heard = (*conversation.notes, *losses(conversation))
    for label, lines in (("How heard", heard), ("Not measured", missing)):
        if lines:
            parts += [_listed(label, lines), Text("")]
    parts.append(Text(one_line(analysis.closing), style="bold"))
    return parts


def _heading(conversation: Conversation, *, width: int) -> Text:
    """The title, then the facts; where there is no room for the next one, a new line begins."""
    title = "How you listened" if conversation.listener else "A conversation in figures"
    used, told = cell_len(title), ""
    for number, fact in enumerate(facts(conversation)):
        between = " · " if number else "  "
        fits = used + cell_len(between + fact) <= width
        told += f"{between}{fact}" if fits else f"\n  {fact}"
        used = used + cell_len(between + fact) if fits else cell_len(fact) + 2
    return Text.assemble((title, "bold"), (told, "dim"))


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


def _profile(sides: Sequence[Side], analysis: Analysis) -> Table:
    """The six dimensions: in words for the listener, the other's figures beside them.

    Everybody's in words where nobody knows who the listener is.
    """
    if not analysis.lesson:
        return _profiles(sides, analysis)
    first, *others = analysis.profiles
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL, style="bold", no_wrap=True)
    grid.add_column(ratio=1)
    for _ in others:
        grid.add_column(max_width=NAME)
    grid.add_row(
        Text(""), Text(""), *(Text(one_line(each.subject), style="dim") for each in others)
    )
    for number, dimension in enumerate(first.dimensions):
        theirs = [each.dimensions[number].figure or "-" for each in others]
        title = dimension.name.value.capitalize()
        grid.add_row(Text(title), _told(dimension), *(Text(each, style="dim") for each in theirs))
    return grid


def _profiles(sides: Sequence[Side], analysis: Analysis) -> Table:
    grid = _grid(sides)
    for each in zip(*(profile.dimensions for profile in analysis.profiles), strict=True):
        for number, (profile, dimension) in enumerate(zip(analysis.profiles, each, strict=True)):
            title = "" if number else dimension.name.value.capitalize()
            grid.add_row(Text(title), Text(one_line(profile.subject)), _told(dimension))
    return grid


def _told(dimension: Dimension) -> Text:
    """A dimension in words, with what it rests on and what stands beside it."""
    if dimension.missing:
        return Text(brief(dimension), style="dim")
    if dimension.value is None:  # quotes to confirm: there is no figure to size up
        return Text(brief(dimension))
    rests_on = dimension.sample
    if dimension.beside and dimension.name in _WITH_BOTH_HALVES:
        rests_on += f"; {dimension.beside}"
    return Text.assemble(brief(dimension), (f" ({one_line(rests_on)})", "dim"))


_WITH_BOTH_HALVES = frozenset({DimensionName.SPACE, DimensionName.FLOOR})
"""Dimensions whose second half is a figure as well."""


def _tone(sides: Sequence[Side]) -> Table:
    """How everybody sounded, where that was measured."""
    grid = _grid(sides)
    found = [(each, card) for each in sides for card in each.cards if card.name == "tone"]
    for number, (each, card) in enumerate(found):
        if any(card.brief for _, card in found):
            told = Text(card.brief) if card.brief else Text("not measured", style="dim")
            grid.add_row(Text("" if number else card.title), Text(each.heading), told)
    return grid


def _lesson(conversation: Conversation, analysis: Analysis, *, width: int) -> list[Table | Text]:
    """What went well, what to work on, and one thing to try."""
    if (lesson := analysis.lesson) is None:
        return []
    moments = {moment.id: moment for moment in analysis.moments}
    parts: list[Table | Text] = []
    for title, points in (("Went well", lesson.strengths), ("To work on", lesson.to_work_on)):
        if points:
            shown = [(p.text, entry(conversation, moments[p.moment])) for p in points]
            parts += [Text(title, style="bold"), _moments(shown, width=width)]
    if lesson.next_time:
        exercise = f"listenlive practice {lesson.next_time.exercise}"
        told = Text.assemble(lesson.next_time.text, (f" ({exercise})", "dim"))
        parts.append(_labelled("Next time", told))
    if lesson.note:
        parts.append(_labelled("", Text(one_line(lesson.note), style="dim")))
    return parts


def _said(conversation: Conversation, analysis: Analysis) -> Table | None:
    """What people answered; where nobody asked the other yet, how to."""
    if told := answered(conversation):
        return _answered(told)
    if analysis.lesson is None or not analysis.lesson.points:
        return None
    return _labelled("Check-ins", Text("none yet. Ask the other: listenlive checkin", style="dim"))


def _answered(told: Sequence[Answered]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL, style="bold", no_wrap=True)
    grid.add_column()
    for number, each in enumerate(told):
        title = each.title if each.title.endswith("?") else f"{each.title}:"
        line = Text.assemble((f"{each.by}  ", "dim"), f"{title} {each.figure}")
        grid.add_row(Text("" if number else "Check-ins"), line)
    return grid


def _worth_hearing(
    conversation: Conversation, analysis: Analysis, *, width: int
) -> list[Table | Text]:
    moments = {moment.id: moment for moment in analysis.moments}
    found = [entry(conversation, moments[i]) for i in analysis.worth_hearing if i in moments]
    if not found:
        return []
    return [
        Text("Worth hearing", style="bold"),
        _moments([(each.told, each) for each in found], width=width),
    ]


def _moments(shown: Sequence[tuple[str, Entry]], *, width: int) -> Table:
    """Moments with a sentence each: when, how sure, and what was said."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", min_width=6)
    grid.add_column()
    for text, each in shown:
        told = Text.assemble(one_line(text), (f" ({each.certainty})", "dim"))
        grid.add_row(Text(each.at), told)
        for quote in each.quotes:
            name = f"{quote.name}: "
            room = width - 12 - cell_len(name)
            words = _cut(quote.text, room, from_end=quote.cut_into)
            grid.add_row(Text(""), Text.assemble((name, "dim"), f"“{words}”"))
    return grid


def _labelled(label: str, text: Text) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL, style="bold", no_wrap=True)
    grid.add_column()
    grid.add_row(Text(label), text)
    return grid


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


def _listed(label: str, lines: Iterable[str], style: str = "dim") -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL, style="bold", no_wrap=True)
    grid.add_column()
    for number, line in enumerate(lines):
        grid.add_row(Text("" if number else label), Text(one_line(line), style=style))
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
    for text in [part] if isinstance(part, Text) else _texts(part):
        text.plain = fit(text.plain, console.encoding)
    return part


def fit(text: str, encoding: str) -> str:
    """`text` in the characters that a terminal with this `encoding` can print."""
    text = text.translate(ISOLATES)
    if encoding.lower().startswith("utf"):
        return text
    return text.translate(ASCII).encode(encoding, "replace").decode(encoding)


def _texts(table: Table) -> Iterable[Text]:
    for column in table.columns:
        yield from (cell for cell in column.cells if isinstance(cell, Text))

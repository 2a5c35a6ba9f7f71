"""The one screen before a session: who is here and does everybody know; what of the sound."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from listenlive.conversation import Goal
from listenlive.live.consent import ALOUD, GOAL_WORDS, KEPT, Answers, Before, kept_until
from listenlive.plain import one_line

_GOALS: tuple[Goal | None, ...] = (None, *Goal)


class AskScreen(Screen[bool]):
    """Asks for consent; True: everybody knows. What was answered is handed to `answered` first."""

    AUTO_FOCUS = ""  # a hidden line must not swallow keys
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012  (as Textual has it)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "agree", "start"),
        Binding("escape", "leave", "leave"),
        Binding("up", "keep(-1)", "what becomes of the sound"),
        Binding("down", "keep(1)", "what becomes of the sound"),
        Binding("c", "change", "change"),
        Binding("f2", "goal", "goal"),
        Binding("f3", "mood", "mood"),
        Binding("f4", "finish", "finish"),
    ]

    CSS = """
    AskScreen { padding: 0 2; }
    AskScreen Static { margin-bottom: 1; }
    AskScreen Input { height: 1; border: none; margin: 0 0 1 3; }
    AskScreen.-short Static { margin-bottom: 0; }
    AskScreen.-short Input { margin: 0 0 0 3; }
    """

    def __init__(self, before: Before, answered: Callable[[Answers], None]) -> None:
        super().__init__()
        self._before = before
        self._answered = answered
        self._answers = before.answers
        self._asking = before.first
        self.finish_first = False

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        with Vertical():
            yield Static(id="title")
            yield Input(
                self._answers.who, placeholder="a name, or several; may stay empty", max_length=80
            )
            yield Static(id="sound")
            yield Static(Text.assemble(("Say it aloud, if you like: ", "dim"), ALOUD))
            yield Static(id="start")
            yield Static(id="more")

    def on_mount(self) -> None:
        """Show what is known."""
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Who is with me."""
        self._answers = replace(self._answers, who=one_line(event.value))

    def on_input_submitted(self) -> None:
        """Enter in the line is Enter."""
        self.action_agree()

    def action_agree(self) -> None:
        """Everybody knows: start."""
        self._answered(self._answers)
        self.dismiss(True)

    def action_leave(self) -> None:
        """Record nothing."""
        self.dismiss(False)

    def action_change(self) -> None:
        """Ask all of it again."""
        self._asking = True
        self._show()

    def action_keep(self, step: int) -> None:
        """Another fate of the sound."""
        if self._asking:
            kinds = list(KEPT)
            at = (kinds.index(self._answers.keep_audio) + step) % len(kinds)
            self._answers = replace(self._answers, keep_audio=kinds[at])
            self._show()

    def action_goal(self) -> None:
        """Another goal."""
        at = (_GOALS.index(self._answers.goal) + 1) % len(_GOALS)
        self._answers = replace(self._answers, goal=_GOALS[at])
        self._show()

    def action_mood(self) -> None:
        """One more; after 10 none."""
        mood = (self._answers.mood or 0) + 1
        self._answers = replace(self._answers, mood=mood if mood <= 10 else None)
        self._show()

    def action_finish(self) -> None:
        """Make the report of what was cut off, before anything else."""
        if self._before.cut_off:
            self.finish_first = True
            self.dismiss(False)

    def _show(self) -> None:
        line = self.query_one(Input)
        line.display = self._asking
        line.disabled = not self._asking
        if self._asking:
            line.focus()
        for name, text in (
            ("title", self._title()),
            ("sound", self._sound()),
            ("start", self._start()),
            ("more", self._more()),
        ):
            self.query_one(f"#{name}", Static).update(text)

    def _title(self) -> Text:
        if self._asking:
            return Text("1  Who is with you, and does everybody know?", style="bold")
        who = self._answers.who or "somebody"
        return Text.assemble(("Listening with ", ""), (who, "bold"))

    def _sound(self) -> Text:
        kept = kept_until(self._answers.keep_audio, self._before.today)
        if not self._asking:
            return Text(
                f"{kept[:1].upper()}{kept[1:]}. Microphone: {one_line(self._before.device)}"
            )
        text = Text("2  What becomes of the sound? (arrow keys)\n", style="bold")
        for name, words in KEPT.items():
            chosen = name == self._answers.keep_audio
            text.append(f"   {'●' if chosen else '○'} {words}\n", "bold" if chosen else "dim")
        return text.append(f"   Microphone: {one_line(self._before.device)}", style="dim")

    def _start(self) -> Text:
        change = "" if self._asking else "     c  change"
        return Text.assemble(
            (" Enter ", "reverse bold"),
            ("  everybody here knows that this is recorded: start", "bold"),
            f"\n Esc     leave{change}",
        )

    def _more(self) -> Text:
        mood = self._answers.mood or "not said"
        told = [
            f"If you like:  F2 goal: {GOAL_WORDS[self._answers.goal]}   F3 mood, 1 to 10: {mood}"
        ]
        if self._before.cut_off:
            told.append(f"{self._before.cut_off}: F4 makes the report of it first")
        told += [self._before.offer] if self._before.offer else []
        return Text("\n".join(told), style="dim")

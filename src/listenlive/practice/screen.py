"""An exercise on the screen: few words, large, to be read by two people from two metres."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Vertical
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Digits, Static

from listenlive.events import Event, PracticeBegan
from listenlive.live.feed import Phase, Session
from listenlive.practice.cards import Card
from listenlive.practice.lead import Lead
from listenlive.practice.scene import ENDING, countdown, scene

REFRESH = 0.2
"""Seconds between two looks: a countdown of whole seconds seems steady."""

PAUSED = "PAUSED, nothing is recorded"
KEYS_PAUSED = "p  go on     q  end"
CLOSING = "Thank you, both."
UNDERSTANDING = "understanding what was said …   Ctrl-C: stop at once"

_CSS = """
#heading { height: 1; color: $text-muted; }
#stage { height: 1fr; align: center middle; }
#title, #text, #after { width: 100%; text-align: center; height: auto; }
#title { text-style: bold; margin-bottom: 2; }
#text { text-style: bold; margin-bottom: 2; }
#after { height: 1; margin-top: 1; color: $text-muted; }
#left { width: auto; }
.ending #left { color: $warning; }
#keys { height: 1; color: $text-muted; }
"""


class Stage(Vertical):
    """A title, a few lines and a countdown in the middle of the screen."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Static(id="heading")
        with Vertical(id="stage"):
            yield Static(id="title")
            yield Static(id="text")
            with Center():
                yield Digits("", id="left")
            yield Static(id="after")
        yield Static(id="keys")

    def show(self, **texts: str) -> None:
        """Show each of `texts` in the part of that name."""
        for name, text in texts.items():
            if name == "left":
                self.query_one("#left", Digits).update(text)
            else:
                self.query_one(f"#{name}", Static).update(Text(spread(text, name)))


def spread(text: str, part: str) -> str:
    """The title in capitals, the lines apart: seen from afar."""
    if part == "title":
        return text.upper()
    return "\n\n".join(text.splitlines()) if part == "text" else text


class PracticeScreen(Screen[None]):
    """Two people go through an exercise while a session hears them.

    note : tells the session what happened;  kept : what becomes of the sound, in a few words
    """

    CSS = _CSS

    def __init__(
        self, session: Session, lead: Lead, note: Callable[[Event], None], *, kept: str = ""
    ) -> None:
        super().__init__()
        self._kept = f" · {kept}" if kept else ""
        self._session = session
        self._lead = lead
        self._note = note
        self._feed = session.subscribe()
        self._begun = False
        self._title = ""

    def compose(self) -> ComposeResult:
        """The stage."""
        yield Stage()

    def on_mount(self) -> None:
        """Begin."""
        self.look()
        self.set_interval(REFRESH, self.look)

    def on_key(self, event: Key) -> None:
        """A key of the step, or one that always works."""
        listening = self._session.phase is Phase.LISTENING
        if event.key == "q":
            self._end()
        elif event.key == "p":
            self._pause()
        elif listening and self._begun:
            self._lead.press(event.key, self._session.clock, self._note)
        self.look()

    def _end(self) -> None:
        self._lead.stop(self._session.clock, self._note)
        self._session.end()

    def _pause(self) -> None:
        if self._session.phase is Phase.PAUSED:
            self._session.resume()
        else:
            self._session.pause()

    def look(self) -> None:
        """Take in what is new, go on where time is up, and show it."""
        news = self._feed.news()
        self._begun = self._begun or any(isinstance(event, PracticeBegan) for event in news)
        if self._feed.over:
            self.app.exit()
            return
        if self._begun:
            self._lead.tick(self._session.clock, self._note)
        if self._lead.guide.step is None:
            self._session.end()
        self._show()

    def _show(self) -> None:
        lead, stage = self._lead, self.query_one(Stage)
        shown = scene(lead.exercise, lead.guide, lead.names, now=self._session.clock)
        if shown is None or self._session.phase is Phase.CLOSING:
            stage.show(heading="", title=CLOSING, text="", left="", after="", keys=UNDERSTANDING)
            return
        if shown.title != self._title:
            self._title = shown.title
            self.app.bell()
        paused = self._session.phase is Phase.PAUSED
        stage.set_class(shown.ending, "ending")
        stage.show(
            heading=PAUSED if paused else f"● {shown.heading}{self._kept}",
            title=shown.title,
            text="\n".join(shown.lines),
            left=shown.left,
            after=shown.after,
            keys=KEYS_PAUSED if paused else shown.keys,
        )


class TimerScreen(Screen[bool]):
    """A card with a countdown; dismissed with True when the time is over."""

    CSS = _CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "begin", "begin"),
        Binding("q", "leave", "leave"),
        Binding("escape", "leave", "leave"),
        Binding("ctrl+c", "leave", "leave", priority=True),
    ]

    def __init__(self, card: Card, clock: Callable[[], float]) -> None:
        super().__init__()
        self._card = card
        self._clock = clock
        self._began: float | None = None
        self._done = False

    def compose(self) -> ComposeResult:
        """The stage."""
        yield Stage()

    def on_mount(self) -> None:
        """Show the card; the time begins with a key."""
        self.look()
        self.set_interval(REFRESH, self.look)

    def action_begin(self) -> None:
        """The time begins."""
        if self._began is None:
            self._began = self._clock()
        self.look()

    def action_leave(self) -> None:
        """Leave before the time is over."""
        self._leave(False)

    def _leave(self, done: bool) -> None:
        if not self._done:  # a look may come between the last one and the end of the screen
            self._done = True
            self.dismiss(done)

    def look(self) -> None:
        """Show how much time is left."""
        whole = self._card.seconds or 0.0
        left = whole if self._began is None else max(0.0, self._began + whole - self._clock())
        if self._done:
            return
        if self._began is not None and not left:
            self.app.bell()
            self._leave(True)
            return
        stage = self.query_one(Stage)
        stage.set_class(self._began is not None and left <= ENDING, "ending")
        stage.show(
            title=self._card.title,
            text=self._card.text.strip(),
            left=countdown(left),
            keys="q  leave" if self._began is not None else "space  begin     q  leave",
        )


class TimerApp(App[bool]):
    """A timer card, alone on the screen. Returns whether its time went by."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, card: Card, clock: Callable[[], float]) -> None:
        super().__init__()
        self._card = card
        self._clock = clock

    def on_mount(self) -> None:
        """Show the card."""
        self.push_screen(TimerScreen(self._card, self._clock), lambda done: self.exit(bool(done)))

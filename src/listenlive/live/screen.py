"""The live view on a terminal: large, quiet, and never in the way of the talk.

Readable from two metres, whole in 80 columns and 24 rows.
"""

import asyncio
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Digits, Input, Static

from listenlive.live import drawn
from listenlive.live.feed import STOP_SIGNALS, Phase, Session, Subscription
from listenlive.live.look import CUE_FOR, LATE, Look, news
from listenlive.live.picture import clock
from listenlive.plain import one_line

REFRESH = 0.2
"""Seconds between two pictures: soon enough for a meter, cheap enough for an old laptop."""

NEWS = {"lost": "bold red", "told": "bold yellow", "cue": "bold cyan"}
"""How the most important line is drawn, by its kind."""

KEYS = "space pause   m mark   n note   q end"
KEYS_PAUSED = "space go on   q end"
KEYS_CLOSING = "the last words …   Ctrl-C: stop at once, the sound is kept"


class LiveScreen(Screen[None]):
    """The talk as it goes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "pause"),
        Binding("m", "mark", "mark"),
        Binding("n", "note", "note"),
        Binding("q", "end", "end"),
    ]

    CSS = """
    LiveScreen { padding: 0 1; }
    #top { height: 1; }
    #big { height: 3; }
    #time { width: 30; }
    #now { height: 1; text-style: bold; }
    #turn { height: 1; }
    #shares, #level, #told, #missing, #keys { height: 1; }
    #bar { height: 2; margin-top: 1; }
    #lines { height: 1fr; margin-top: 1; }
    #told { text-style: bold; }
    #keys { color: $text-muted; }
    LiveScreen.quiet { align: center middle; }
    LiveScreen.quiet #big { width: auto; }
    LiveScreen.quiet #time { width: auto; }
    LiveScreen.quiet #dot { display: block; }
    LiveScreen.quiet .talk { display: none; }
    LiveScreen.quiet .needed { display: block; width: auto; }
    #dot { display: none; width: 4; height: 3; content-align: center middle; }
    """

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__(classes="quiet" if look.quiet else None)
        self._session = session
        self._look = look
        self._feed: Subscription = session.subscribe()
        self._picture = look.picture
        self._cue: tuple[float, str] | None = None
        self._shown: dict[str, tuple[Text | str, object]] = {}

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Static(id="top", classes="talk")
        with Horizontal(id="big"):
            yield Static("●", id="dot")
            yield Digits("0:00", id="time")
            with Vertical(classes="talk"):
                yield Static(id="now")
                yield Static(id="turn")
        yield Static(id="bar", classes="talk")
        yield Static(id="shares", classes="talk")
        yield Static(id="level", classes="talk")
        yield Static(id="lines", classes="talk")
        yield Static(id="told", classes="talk")
        yield Static(id="missing", classes="talk")
        yield Static(id="keys", classes="talk")

    def on_mount(self) -> None:
        """Begin to look."""
        self.look()
        self.set_interval(REFRESH, self.look)

    def on_resize(self) -> None:
        """As many lines as fit now."""
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """Take in what is new, and show it. Leaves when the session is over."""
        for event in self._feed.news():
            self._picture = self._picture.after(event)
            self._cued(self._look.cues.heard(event) if self._look.cues else None)
        self._picture = self._picture.by(self._session.clock)
        self._cued(self._look.cues.by(self._session.clock) if self._look.cues else None)
        if self._feed.over:
            self.app.exit()
            return
        self._show_all()

    def _cued(self, cue: str | None) -> None:
        if cue:
            self._cue = (self._session.clock, cue)
            self.app.bell()

    def _show_all(self) -> None:
        seen, width = self._picture, max(self.size.width, 20)
        self.query_one("#time", Digits).update(clock(self._session.clock))
        self._show("dot", Text("●", style=self._light()))
        self._show("top", self._top(width))
        heard = self._session.phase is Phase.LISTENING  # else nobody is, whoever was the last
        self._show("now", drawn.now_speaking(seen) if heard else Text())
        self._show("turn", drawn.running_turn(seen) if heard else Text())
        bar, shares = drawn.balance(seen, width)
        self._show("bar", Text("\n").join([bar, bar]))  # twice as high: seen from afar
        self._show("shares", shares)
        self._show("level", self._level(width))
        self._show("lines", self._lines(width))
        text, kind = self._news()
        self._show("told", Text(text, style=NEWS.get(kind, "")))
        self._show("missing", drawn.missing(seen, self._look.missing, voice=self._look.voice))
        self._show("keys", self._keys())
        # Kept quiet, too: that it does not listen now, how that goes on, and sound that is missing.
        for name in ("top", "keys"):
            self.query_one(f"#{name}").set_class(not heard, "needed")
        self.query_one("#told").set_class(kind == "lost", "needed")

    def _show(self, name: str, text: Text | str) -> None:
        new = (text, text.style if isinstance(text, Text) else None)  # == leaves a style out
        if self._shown.get(name) != new:
            self._shown[name] = new
            self.query_one(f"#{name}", Static).update(text)

    def _light(self) -> str:
        return {Phase.PAUSED: "yellow", Phase.LISTENING: "red"}.get(self._session.phase, "dim")

    def _top(self, width: int) -> Text:
        told = {Phase.PAUSED: "PAUSED, nothing is recorded", Phase.CLOSING: "FINISHING"}
        heading = told.get(self._session.phase, self._look.heading)
        said = not self._look.kept or self._look.kept in heading
        kept = "" if said else f" · {self._look.kept}"
        # A long name must not push away what becomes of the sound.
        room = max(width - 4 - cell_len(kept), 14)
        text = Text.assemble(("● ", self._light()), (drawn.clipped(heading, room), "bold"))
        text.append(kept, style="dim")
        return text

    def _level(self, width: int) -> Text:
        heard = self._session.phase is Phase.LISTENING
        level = self._session.level if heard else drawn.QUIET_DB
        text = Text.assemble(("mic ", "dim"), drawn.meter(level, min(40, width // 2)))
        if level >= drawn.CLIPPING_DB:
            text.append("  too loud", style="bold red")
        if self._picture.behind >= LATE:
            text.append(f"  words come {self._picture.behind:.0f} s late", style="bold yellow")
        return text

    def _lines(self, width: int) -> Text:
        room = self.query_one("#lines").size.height
        return drawn.talk(self._picture, width, max(room, 1))

    def _news(self) -> tuple[str, str]:
        """What matters most: sound that is missing, the end that is near, a cue; and its kind."""
        cue = self._cue[1] if self._cue and self._session.clock - self._cue[0] < CUE_FOR else ""
        return news(self._picture, trouble=self._session.trouble, cue=cue)

    def _keys(self) -> Text:
        keys = {Phase.PAUSED: KEYS_PAUSED, Phase.CLOSING: KEYS_CLOSING}
        return Text(keys.get(self._session.phase, KEYS), style="dim")

    def action_pause(self) -> None:
        """Pause, or go on."""
        if self._session.phase is Phase.PAUSED:
            self._session.resume()
        else:
            self._session.pause()
        self.look()

    def action_mark(self) -> None:
        """Mark this moment."""
        self._session.mark()
        self.look()

    def action_note(self) -> None:
        """Mark this moment and write why."""
        at = self._session.clock

        def written(note: str | None) -> None:
            if note is not None:
                self._session.mark(one_line(note), at=at)
                self.look()

        if self._session.phase in (Phase.LISTENING, Phase.PAUSED):
            self.app.push_screen(NoteScreen(clock(at)), written)

    def action_end(self) -> None:
        """End the session properly."""
        self._session.end()
        self.look()


class NoteScreen(ModalScreen[str | None]):
    """A line to write while the session goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave")]
    CSS = """
    NoteScreen { align: center bottom; }
    NoteScreen Vertical { height: 5; width: 100%; background: $surface; padding: 0 1; }
    """

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def compose(self) -> ComposeResult:
        """The line."""
        with Vertical():
            yield Static(f"A note at {self._at}: Enter keeps it, Escape drops it.")
            yield Input(max_length=200)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the note."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Drop it."""
        self.dismiss(None)


class ListenApp(App[None]):
    """A live session from the first question to the last word.

    begin : starts the session once everybody's consent is given; the screen shown meanwhile
    ask   : the screen that asks for it; None: it was given
    """

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "stop", "stop", show=False, priority=True)
    ]

    def __init__(
        self, begin: Callable[[], tuple[Session, Screen[None]]], *, ask: Screen[bool] | None = None
    ) -> None:
        super().__init__()
        self._begin = begin
        self._ask = ask
        self.session: Session | None = None
        self.failed: Exception | None = None

    def on_mount(self) -> None:
        """Ask, or listen at once."""
        loop = asyncio.get_running_loop()
        for each in STOP_SIGNALS:
            loop.add_signal_handler(each, self.action_stop)
        if self._ask is None:
            self._listen(True)
        else:
            self.push_screen(self._ask, self._listen)

    def _listen(self, agreed: bool | None) -> None:
        if not agreed:
            self.exit()
            return
        try:
            self.session, screen = self._begin()
        except Exception as error:  # noqa: BLE001  (told on the terminal, once the screen is gone)
            self.failed = error
            self.exit()
            return
        self.push_screen(screen)

    def action_stop(self) -> None:
        """Ctrl-C: the first ends the stream, the second stops at once."""
        if self.session is None:
            self.exit()
        elif self.session.phase in (Phase.LISTENING, Phase.PAUSED):
            self.session.end()
        else:
            self.session.abandon()


class Terminal(io.TextIOWrapper):
    """Where the screen is drawn; what a terminal that was closed does not take is dropped.

    Textual's writing thread would end with the error, and the program wait for it for ever.
    """

    def write(self, text: str) -> int:
        """Draw `text`."""
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Have it drawn now."""
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        """Let go of the terminal."""
        with suppress(OSError):
            super().close()


@contextmanager
def own_screen() -> Iterator[None]:
    """Keep the screen for the program: what C libraries say on standard error is dropped.

    Textual draws on `sys.__stderr__`, the sound libraries write to file descriptor 2: here these
    become two things.
    """
    kept, drawn_on = os.dup(2), sys.__stderr__
    with Terminal(os.fdopen(os.dup(2), "wb")) as own, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        sys.__stderr__ = own  # type: ignore[misc]
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            sys.__stderr__ = drawn_on  # type: ignore[misc]

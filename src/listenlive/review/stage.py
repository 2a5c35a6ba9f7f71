"""A live session that pages show and steer: asked for, under way, over."""

import threading
from collections.abc import Callable, Mapping
from math import isfinite

from listenlive.errors import ConfigError
from listenlive.live.consent import Answers, Before
from listenlive.live.feed import Phase, Session, Subscription
from listenlive.live.look import CUE_FOR, Look
from listenlive.plain import one_line
from listenlive.review.live_drawn import Json, drawn
from listenlive.review.page_microphone import PageMicrophone

Begin = Callable[[Answers | None], tuple[Session, Look]]
"""Starts the session with what was answered (None: nothing had to be asked)."""

LONGEST_NOTE = 200  # characters


class Stage:
    """The live session of the pages. Used from several threads, by any number of windows.

    begin      : starts the session; raises what hinders it, and may be tried again
    before     : what is known before the question is asked; None: nothing is asked
    microphone : the one of a page, where that is the source
    """

    def __init__(
        self, begin: Begin, *, before: Before | None, microphone: PageMicrophone | None = None
    ) -> None:
        self.before = before
        self.microphone = microphone
        self._begin = begin
        self._lock = threading.Lock()
        self._begun, self._left = threading.Event(), threading.Event()
        self._session: Session | None = None
        self._feed = Subscription(())
        self._cue: tuple[float, str] = (-CUE_FOR, "")
        self._over: Json = {}

    def begin(self, answers: Answers | None) -> None:
        """Start, if no window has started already and nobody gave up."""
        with self._lock:
            if self._session is not None or self._left.is_set():
                return
            self._session, self._look = self._begin(answers)
            self._feed, self._picture = self._session.subscribe(), self._look.picture
        self._begun.set()

    def view(self) -> Json:
        """What a window shows now, as JSON."""
        with self._lock:
            session = self._session
            if session is None:
                return {"phase": "asking"}
            now = session.clock
            for event in self._feed.news():
                self._picture = self._picture.after(event)
                self._cued(now, self._look.cues.heard(event) if self._look.cues else None)
            self._picture = self._picture.by(now)
            self._cued(now, self._look.cues.by(now) if self._look.cues else None)
            cue = self._cue[1] if now - self._cue[0] < CUE_FOR else ""
            gives = self.microphone.connected if self.microphone else None
            return {
                **drawn(session, self._picture, self._look, cue=cue),
                "page_gives": gives,
                **self._over,
            }

    def _cued(self, now: float, cue: str | None) -> None:
        if cue:
            self._cue = (now, cue)

    def act(self, asked: Mapping[str, object]) -> None:
        """Do what a window asks. ConfigError for what it cannot ask."""
        session = self._session
        if session is None:
            return
        match asked:
            case {"do": "pause"}:
                session.pause()
            case {"do": "resume"}:
                session.resume()
            case {"do": "mark"}:
                session.mark()
            case {"do": "note", "note": str(note), "at": int() | float() as at} if isfinite(at):
                moment = min(max(float(at), 0.0), session.clock)
                session.mark(one_line(note[:LONGEST_NOTE]), at=moment)
            case {"do": "end"}:
                session.end()
            case _:
                raise ConfigError("a session can be asked to pause, resume, mark, note or end.")

    # --- for whoever waits in the terminal

    def wait_begun(self) -> bool:
        """Wait until the session has begun; False: somebody gave up before."""
        self._begun.wait()
        return self._session is not None

    def over(self, *, session: str = "", told: str = "") -> None:
        """The report of `session` is made: windows go there; "": nothing is kept, as is `told`."""
        with self._lock:
            self._over = {"report": session, "told": told, "over": True}

    def stop(self, *, leave: bool) -> None:
        """Ctrl-C: ends the question; else the session, the second time at once; else the pages.

        leave : the pages end with the session
        """
        session = self._session
        running = session is not None and session.phase in (Phase.LISTENING, Phase.PAUSED)
        if leave or not running:
            self._left.set()
        self._begun.set()
        if session is not None:
            (session.end if running else session.abandon)()

    def wait_left(self) -> None:
        """Wait until somebody wants to leave."""
        self._left.wait()

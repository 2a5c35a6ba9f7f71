"""An exercise with a microphone: consent and sound as in `listen`, the screen leads through it."""

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from listenlive import app, store
from listenlive.commands.live import (
    Plan,
    Start,
    plan_of,
    settle,
    through_microphone,
    what_is_kept,
)
from listenlive.commands.practising import first_teller, names_of, tell
from listenlive.commands.recorded import exported
from listenlive.commands.status import OK
from listenlive.errors import SessionError
from listenlive.listening import Input, Listening, Wish, partner_name
from listenlive.live.consent import Answers
from listenlive.live.feed import Phase
from listenlive.practice.exercises import Exercise, Names, plan
from listenlive.practice.lead import Lead
from listenlive.practice.scene import scene
from listenlive.report.terminal import fit
from listenlive.session import Hear, LiveSession

if TYPE_CHECKING:
    from textual.screen import Screen

LOOK = 0.2
"""Seconds between two looks at the time, without a screen."""


def practise_live(chosen: Exercise, options: argparse.Namespace) -> int:
    """Go through `chosen` with a microphone, then say what it showed."""
    names = names_of(options.names)

    def start_of(live: Plan, source: Input, wish: Wish) -> Start:
        return PracticeStart(live, source, wish, lead_of(chosen, options, names))

    return through_microphone(plan_of(options), start_of)


def lead_of(chosen: Exercise, options: argparse.Namespace, names: Names) -> Lead:
    """What leads through `chosen`."""
    return Lead(chosen, plan(chosen, first=first_teller(options)), names)


class PracticeStart(Start):
    """Begins an exercise, leads through it and tells what it showed."""

    def __init__(self, live: Plan, source: Input, wish: Wish, lead: Lead) -> None:
        # Names are given to the two parts, not to channels: who is who follows from the steps.
        kept_as = app.practice_name(lead.exercise.name)
        super().__init__(live, source, replace(wish, names=(), kept_as=kept_as))
        self.lead = lead
        self._named(wish.answers)

    def answered(self, answers: Answers) -> None:
        """Take note of what the user said; who is there is called by that name."""
        super().answered(answers)
        self._named(answers)

    def _named(self, answers: Answers | None) -> None:
        name = partner_name(answers.who) if answers else None
        if name and self.lead.names.partner == Names().partner:
            self.lead.names = Names(self.lead.names.listener, name)

    def hear(self) -> Hear:
        """What understands the sound, with the steps of the exercise in it."""
        return self.lead.heard(super().hear())

    def screen(self, heard: Listening) -> "Screen[None]":
        """The steps, to be read by both."""
        from listenlive.practice.screen import PracticeScreen

        kept = what_is_kept(self.plan, self.wish.answers)
        return PracticeScreen(heard.session, self.lead, heard.session.note, kept=kept)

    def lines(self, heard: Listening) -> None:
        """The steps in plain lines; time alone goes on."""
        lead_in_lines(heard.session, self.lead, file=sys.stdout)

    def delivered(self, analysed: app.Analysed) -> int:
        """What the exercise showed."""
        tell(self.lead.exercise, analysed, data=self.plan.folder)
        if analysed.not_saved:
            raise SessionError(analysed.not_saved)
        if analysed.session:
            analysed.session.write(store.EXPORT, exported(analysed))
            settle(analysed.session, analysed)
        return OK


def lead_in_lines(session: LiveSession, lead: Lead, *, file: TextIO) -> None:
    """Print each step as it comes, until the session is over; ends the session with the last."""
    shown = ""
    while not session.wait(LOOK):
        if session.phase in (Phase.LISTENING, Phase.PAUSED):
            shown = look_once(session, lead, shown, file=file)


def look_once(session: LiveSession, lead: Lead, shown: str, *, file: TextIO) -> str:
    """Go on where time is up; print the step if it is not the one `shown`. Returns what is now."""
    if session.conversation.practice is None:
        return shown
    lead.tick(session.clock, session.note)
    now = scene(lead.exercise, lead.guide, lead.names, now=session.clock)
    if now is None:
        session.end()
    elif now.title != shown:
        text = "\n  ".join((f"{now.title} ({now.left})", *now.lines))
        print(fit(text, getattr(file, "encoding", None) or "utf-8"), file=file, flush=True)
    return now.title if now else ""

"""A live session on a local page instead of the terminal; at its end the page shows the report."""

import signal
from contextlib import AbstractContextManager
from functools import partial

from listenlive.commands.live import Start, stopped_at_once, stopped_by
from listenlive.commands.recorded import say
from listenlive.commands.reviewing import invite, practised_in
from listenlive.commands.status import FAILED
from listenlive.errors import ListenLiveError
from listenlive.live.consent import Answers, Before
from listenlive.live.feed import Phase, Session
from listenlive.live.look import Look
from listenlive.plain import sentence
from listenlive.portaudio import hushed
from listenlive.review.page_microphone import PageMicrophone
from listenlive.review.server import answering, loopback
from listenlive.review.site import site
from listenlive.review.stage import Stage
from listenlive.store import SavedSession


def on_page(start: Start, *, before: Before | None, microphone: PageMicrophone | None) -> int:
    """One session from the question to its report; the pages answer until Ctrl-C.

    before     : what is known before the question; None: nothing is asked, it begins at once
    microphone : the one of the page, where that is the source
    """
    options, folder = start.plan.options, start.plan.folder
    options.no_checkin = True  # its questions are on the page of the session
    stage = stage_of(start, before, microphone)
    pages = site(
        folder,
        practised=lambda kept: practised_in(kept, folder),
        demo=options.demo,
        stage=stage,
    )
    sockets = loopback(options.port or 0)
    with answering(pages, sockets, microphone=microphone is not None) as home, _stops(stage):
        if before is None:
            stage.begin(None)
        invite(folder, f"{home}live", no_open=options.no_open)
        status = attend(start, stage)
        stage.wait_left()
    return status


def stage_of(start: Start, before: Before | None, microphone: PageMicrophone | None) -> Stage:
    """The session of `start`, to be begun, shown and steered by pages."""
    return Stage(partial(_begin, start), before=before, microphone=microphone)


def _begin(start: Start, answers: Answers | None) -> tuple[Session, Look]:
    if answers is not None:
        start.answered(answers)
    heard = start.begin()
    return heard.session, start.look(heard)


def attend(start: Start, stage: Stage) -> int:
    """Wait for the session and its end, and make the report of it."""
    with hushed():
        if stage.wait_begun() and start.heard:
            start.heard.session.wait()
    heard = start.heard
    if heard is None:
        say("nothing was recorded.")
        return FAILED
    if heard.session.phase is Phase.ABANDONED:
        stopped_at_once(start, heard)
    try:
        analysed = heard.analysed()
        status = start.delivered(analysed)
    except ListenLiveError as error:
        stage.over(told=sentence(str(error)))
        say(f"error: {error}")
        return FAILED
    if analysed.session:
        stage.over(session=analysed.session.id)
        say(shown_too(analysed.session))
    else:
        stage.over(told="Nothing is kept. What was measured stands in the terminal.")
        say("Ctrl-C ends the page.")
    return status


def _stops(stage: Stage) -> AbstractContextManager[None]:
    """Ctrl-C ends the session first; any other way to be stopped ends the pages with it."""
    return stopped_by(lambda number: stage.stop(leave=number != signal.SIGINT))


def shown_too(session: SavedSession) -> str:
    """What the page has of a report: of a deleted recording nothing can be heard."""
    audible = session.audio or not session.live  # what was no microphone is heard where it lies
    moments = ", with its moments to hear" if audible else ""
    return f"the page shows it too{moments}. Ctrl-C ends the page."

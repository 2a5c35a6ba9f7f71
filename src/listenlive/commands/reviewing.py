"""The command that opens the local pages."""

import argparse
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from listenlive import app, store
from listenlive.commands.recorded import exported, say
from listenlive.commands.status import OK
from listenlive.config import Settings
from listenlive.errors import SessionError
from listenlive.store import SavedSession

if TYPE_CHECKING:
    from listenlive.hearing import Progress


def review(options: argparse.Namespace) -> int:
    """Answer on this machine until Ctrl-C; opens a browser where somebody watches."""
    if not options.demo:
        _serve(store.data_folder(options.data), options)
        return OK
    from listenlive.demo import demo_data

    with demo_data() as data:
        _serve(data, options)
    return OK


def _serve(data: Path, options: argparse.Namespace) -> None:
    from listenlive.review.server import loopback, serve
    from listenlive.review.site import site

    store.sweep(data)  # what is due to go is not shown any more
    sockets = loopback(options.port)

    def ready(address: str) -> None:
        invite(data, address, no_open=options.no_open)

    def analyse(path: Path, progress: "Progress") -> SavedSession:
        heard = app.analyse_file(path, Settings(), data=data, progress=progress)
        if heard.session is None:
            raise SessionError(heard.not_saved or "the session could not be kept.")
        heard.session.write(store.EXPORT, exported(heard))
        return heard.session

    demo = options.demo
    pages = site(
        data,
        analyse=None if demo else analyse,
        practised=lambda session: practised_in(session, data),
        demo=demo,
    )
    serve(pages, sockets, ready=ready)


def invite(data: Path, address: str, *, no_open: bool) -> None:
    """Say what to open, and open it where somebody watches."""
    from listenlive.review.server import opener

    print(f"Open {address}", flush=True)
    say("Only this computer can, and only with this address. Ctrl-C ends it.")
    if sys.stdout.isatty() and not no_open:
        webbrowser.open(opener(data, address).as_uri())


def practised_in(session: SavedSession, data: Path) -> tuple[str, ...]:
    """What an exercise showed, and what changed since the last time."""
    from listenlive.practice.feedback import changes, feedback

    heard = app.reanalyse(session, session.settings())
    if (now := app.practised(heard)) is None:
        return ()
    before = app.practised_before(data, heard)
    return (*feedback(now), *(changes(before, now) if before else ()))

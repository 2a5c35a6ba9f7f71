"""The command that opens the local pages."""

import argparse
import sys
import webbrowser

from listenlive import store
from listenlive.commands.recorded import say

OK = 0


def review(options: argparse.Namespace) -> int:
    """Answer on this machine until Ctrl-C; opens a browser where somebody watches."""
    from listenlive.review.server import loopback, opener, serve
    from listenlive.review.site import site

    data = store.data_folder(options.data)
    sockets = loopback(options.port)

    def ready(address: str) -> None:
        print(f"Open {address}", flush=True)
        say("Only this computer can, and only with this address. Ctrl-C ends it.")
        if sys.stdout.isatty() and not options.no_open:
            webbrowser.open(opener(data, address).as_uri())

    serve(site(data), sockets, ready=ready)
    return OK

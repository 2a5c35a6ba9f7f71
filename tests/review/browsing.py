"""The pages in a real Chromium: a server in a thread, and a browser that complains aloud."""

import threading
from contextlib import contextmanager
from queue import Queue

from listenlive import cli
from listenlive.commands import on_page
from listenlive.review.server import address, loopback, server
from listenlive.review.site import site

TOKEN = "a-token-for-tests"


class Serving:
    """The pages over `data`, answering; `stop` and `start` again at the same address."""

    def __init__(self, data, **options):
        self.data, self.options = data, options
        self.port = 0
        self.start()

    def start(self):
        self._sockets = loopback(self.port)
        self.port = self._sockets[0].getsockname()[1]
        self._server = server(site(self.data, **self.options), port=self.port, token=TOKEN)
        run = self._server.run
        self._thread = threading.Thread(target=run, kwargs={"sockets": list(self._sockets)})
        self._thread.start()

    def stop(self):
        self._server.should_exit = True
        self._thread.join()
        for each in self._sockets:
            each.close()

    @property
    def home(self):
        return address(self.port, TOKEN)

    def at(self, session, rest=""):
        return f"{self.home}sessions/{session.id}/{rest}"


@contextmanager
def serving(data, **options):
    made = Serving(data, **options)
    try:
        yield made
    finally:
        made.stop()


class Listening:
    """`listenlive listen --web` in a thread; `address` is what it says to open."""

    def __init__(self, monkeypatch, *arguments):
        told, self._status, begin = Queue(), [], on_page.stage_of

        def stage_of(*how):
            self._stage = begin(*how)
            return self._stage

        monkeypatch.setattr("listenlive.commands.live.STOP_SIGNALS", ())  # for the main thread only
        monkeypatch.setattr(on_page, "invite", lambda _, address, **__: told.put(address))
        monkeypatch.setattr(on_page, "stage_of", stage_of)
        command = ["listen", "--web", *arguments]
        self._thread = threading.Thread(target=lambda: self._status.append(cli.main(command)))
        self._thread.start()
        self.address = told.get(timeout=30)

    def leave(self):
        """Be stopped, as by the system; returns the status."""
        self._stage.stop(leave=True)
        self._thread.join()
        return self._status[0]

"""The server: on the loopback interface alone, until Ctrl-C."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from listenlive.errors import ConfigError
from listenlive.report.html import environment
from listenlive.review.guard import Guard, hosts, new_token
from listenlive.store import write_private

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_OPENER = ".review-open.html"


def loopback(port: int) -> tuple[socket.socket, ...]:
    """Sockets on `port` of the loopback addresses, IPv4 first; 0 takes a free one.

    ConfigError where the port is taken. A machine without IPv6 gets one socket.
    """
    found: list[socket.socket] = []
    for family, address in LOOPBACK:
        try:
            each = socket.socket(family, socket.SOCK_STREAM)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind((address, found[0].getsockname()[1] if found else port))
        except OSError as error:
            if found:  # no IPv6 here, or somebody else is there: IPv4 will do
                break
            raise ConfigError(
                f"cannot answer on {address}, port {port}: {error.strerror or error}. "
                "Choose another with --port, or 0 for any that is free."
            ) from error
        each.listen()  # who opens the address before the server runs waits, and is not refused
        found.append(each)
    return tuple(found)


def server(site: "ASGIApp", *, port: int, token: str, microphone: bool = False) -> "uvicorn.Server":
    """The server of `site` for pages whose addresses begin with `address(port, token)`.

    microphone : pages may ask the browser for its microphone
    """
    import uvicorn

    config = uvicorn.Config(
        Guard(site, token=token, hosts=hosts(port), microphone=microphone),
        log_config=None,  # addresses hold the token and names of sessions: they are not logged
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,  # windows that stay open must not keep Ctrl-C waiting
        ws="websockets-sansio",
    )
    return uvicorn.Server(config)


def serve(
    site: "ASGIApp", sockets: Sequence[socket.socket], *, ready: Callable[[str], None]
) -> None:
    """Answer with `site` on `sockets` until Ctrl-C; `ready` is given the address to open."""
    token = new_token()
    port = sockets[0].getsockname()[1]
    ready(address(port, token))
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it ends
        server(site, port=port, token=token).run(sockets=list(sockets))


@contextmanager
def answering(
    site: "ASGIApp", sockets: Sequence[socket.socket], *, microphone: bool = False
) -> Iterator[str]:
    """Answer with `site` on `sockets`, in a thread, meanwhile; gives the address to open."""
    token, port = new_token(), sockets[0].getsockname()[1]
    running = server(site, port=port, token=token, microphone=microphone)
    thread = Thread(target=running.run, kwargs={"sockets": list(sockets)}, name="pages")
    thread.start()
    try:
        yield address(port, token)
    finally:
        running.should_exit = True
        thread.join()
        for each in sockets:
            each.close()


def address(port: int, token: str) -> str:
    """What to open."""
    return f"http://127.0.0.1:{port}/{token}/"


def opener(data: Path, address: str) -> Path:
    """A private file that leads a browser to `address`.

    Opened instead of the address itself, which other users could read off the list of processes.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data / _OPENER
    write_private(path, environment().get_template("review/opener.html").render(address=address))
    return path

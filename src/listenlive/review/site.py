"""The pages and what they ask for, by address. All of it below the token (`guard`)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from listenlive import store
from listenlive.errors import ListenLiveError
from listenlive.report.html import environment
from listenlive.review.shelf import Shelf

ASSETS = {
    "report.css": ("report.css", "text/css; charset=utf-8"),
    "review.css": ("review/review.css", "text/css; charset=utf-8"),
}
"""What may be asked for as a file of the package, by name: nothing else can be."""

LONGEST_FORM = 65_536  # bytes; names, tags and answers are short

Handler = Callable[[Request], Response]


def site(data: Path) -> Starlette:
    """The site over the sessions in `data`."""
    shelf = Shelf(data)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield

    app = Starlette(
        routes=[
            Route("/", _page(first), name="sessions"),
            Route("/static/{name}", asset, name="asset"),
        ],
        exception_handlers={ListenLiveError: refused, 404: missing},
        lifespan=lifespan,
    )
    app.state.shelf = shelf
    return app


def _page(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """`handler` in a thread of its own: reading a session must not keep others waiting."""

    async def handled(request: Request) -> Response:
        return await run_in_threadpool(handler, request)

    return handled


def rendered(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """`template` with `values`; every one of them is shown as text."""

    def to(name: str, **path: str) -> str:
        return f"{request.scope['root_path']}{request.app.url_path_for(name, **path)}"

    text = environment().get_template(f"review/{template}").render(to=to, **values)
    return HTMLResponse(text, status_code=status)


async def form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent; too long a form is cut off, which no page sends."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            break
    return dict(parse_qsl(body[:LONGEST_FORM].decode("utf-8", "replace"), keep_blank_values=True))


async def asset(request: Request) -> Response:
    """A style or script of the package."""
    if (known := ASSETS.get(request.path_params["name"])) is None:
        return Response("not found\n", status_code=404)
    path, kind = known
    text = resources.files("listenlive").joinpath("templates", path).read_bytes()
    return Response(text, headers={"content-type": kind})


def first(request: Request) -> Response:
    """All sessions."""
    shelf: Shelf = request.app.state.shelf
    names = [each.id for each in store.sessions(shelf.data)]
    return rendered(request, "sessions.html", sessions=names)


def refused(request: Request, error: Exception) -> Response:
    """What cannot be done, and why."""
    return rendered(request, "refused.html", status=400, message=str(error))


def missing(request: Request, _: Exception) -> Response:
    """An address nothing is at."""
    message = "There is nothing at this address."
    return rendered(request, "refused.html", status=404, message=message)

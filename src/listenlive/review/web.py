"""What all pages need: templates, forms, threads, and how a refusal looks."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from listenlive.conversation import Role
from listenlive.errors import ListenLiveError, SessionError
from listenlive.report.html import environment
from listenlive.review.bell import Bell
from listenlive.review.imports import Imports
from listenlive.review.shelf import Shelf
from listenlive.review.sound import Sounds
from listenlive.review.stage import Stage
from listenlive.store import SavedSession

ASSETS = {
    "icon.svg": ("review/icon.svg", "image/svg+xml"),
    "report.css": ("report.css", "text/css; charset=utf-8"),
    "review.css": ("review/review.css", "text/css; charset=utf-8"),
    "sessions.js": ("review/sessions.js", "text/javascript; charset=utf-8"),
    "session.js": ("review/session.js", "text/javascript; charset=utf-8"),
    "live.js": ("review/live.js", "text/javascript; charset=utf-8"),
    "page-sound.js": ("review/page-sound.js", "text/javascript; charset=utf-8"),
    "sound-worklet.js": ("review/sound-worklet.js", "text/javascript; charset=utf-8"),
    "timeline.js": ("review/timeline.js", "text/javascript; charset=utf-8"),
    "transcript.js": ("review/transcript.js", "text/javascript; charset=utf-8"),
}
"""What may be asked for as a file of the package, by name: nothing else can be."""

Practised = Callable[[SavedSession], Sequence[str]]

LONGEST_FORM = 65_536  # bytes; names, tags, answers and corrected words are short


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages work with.

    practised : what an exercise showed, line by line
    demo      : the sessions are written examples, removed at the end
    stage     : the live session that these pages show, if there is one
    """

    shelf: Shelf
    sounds: Sounds
    imports: Imports | None
    bell: Bell
    practised: Practised
    demo: bool = False
    stage: Stage | None = None


def desk(connection: HTTPConnection) -> Desk:
    """The desk of the site that `connection` belongs to."""
    found: Desk = connection.app.state.desk
    return found


def threaded(handler: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """`handler` in a thread: reading a long session must not keep other windows waiting."""

    async def handled(request: Request) -> Response:
        return await run_in_threadpool(handler, request)

    return handled


def address(request: Request, name: str, /, **path: str) -> str:
    """The path of the page called `name`, token included."""
    return f"{request.scope['root_path']}{request.app.url_path_for(name, **path)}"


def rendered(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """`template` with `values`; every one of them is shown as text."""
    text = (
        environment()
        .get_template(f"review/{template}")
        .render(
            to=lambda page, /, **path: address(request, page, **path),
            demo=desk(request).demo,
            **values,
        )
    )
    return HTMLResponse(text, status_code=status)


def as_json(value: object, *, status: int = 200) -> Response:
    """`value` as JSON."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode(), status_code=status, media_type="application/json")


def elsewhere(request: Request, name: str, **path: str) -> Response:
    """After a form: look at the page called `name`."""
    return RedirectResponse(address(request, name, **path), status_code=303)


async def body(request: Request) -> bytes:
    """What was sent. SessionError if that is more than any page of ours sends."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LONGEST_FORM:
            raise SessionError(f"that is too long; at most {LONGEST_FORM // 1024} kB are read.")
    return bytes(found)


async def form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent."""
    return dict(parse_qsl((await body(request)).decode("utf-8", "replace")))


async def asked(request: Request) -> dict[str, object]:
    """The JSON object that was sent."""
    try:
        found = json.loads(await body(request))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SessionError("what was sent is no JSON object.")
    return found


async def asset(request: Request) -> Response:
    """A style or script of the package."""
    if (known := ASSETS.get(request.path_params["file"])) is None:
        return missing(request, LookupError())
    path, kind = known
    text = resources.files("listenlive").joinpath("templates", path).read_bytes()
    return Response(text, headers={"content-type": kind})


def refused(request: Request, error: Exception) -> Response:
    """What cannot be done, and why: as a page, or as JSON for a script that asked."""
    message = str(error) if isinstance(error, ListenLiveError) else type(error).__name__
    if "application/json" in request.headers.get("accept", ""):
        return as_json({"error": message}, status=400)
    alone = request.path_params.get("by") == Role.PARTNER  # sees the questions and nothing else
    return rendered(request, "refused.html", status=400, message=message, alone=alone)


def missing(request: Request, _: Exception) -> Response:
    """An address nothing is at."""
    message = "There is nothing at this address."
    return rendered(request, "refused.html", status=404, message=message, alone=False)

"""Recordings that are dropped on the page."""

import os

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from listenlive.errors import SessionError
from listenlive.report.wording import clock
from listenlive.review.imports import Import, Imports
from listenlive.review.web import as_json, desk


async def take_in(request: Request) -> Response:
    """Take a recording in, as it arrives, and put it in the queue to be analysed."""
    imports = _imports(request)
    name = request.query_params.get("name", "")
    try:
        path, descriptor = await run_in_threadpool(imports.place, name)
    except OSError as error:
        raise _not_kept(error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for part in request.stream():
                await run_in_threadpool(file.write, part)
            if file.tell() == 0:
                raise SessionError(f"{path.name} is empty; choose a recording with sound in it.")
    except OSError as error:
        imports.drop(path)
        raise _not_kept(error) from error
    except (SessionError, ClientDisconnect):  # cancelled while it came in
        imports.drop(path)
        raise
    return as_json(_shown(imports.start(path)))


def _not_kept(error: OSError) -> SessionError:
    return SessionError(
        f"the recording cannot be taken in: {error.strerror or error}. Free some space, or analyse "
        "it where it is: listenlive analyze FILE"
    )


def imported(request: Request) -> Response:
    """How far an import is."""
    return as_json(_shown(_wanted(request)))


def cancelled(request: Request) -> Response:
    """Stop an import; nothing of it is kept."""
    job = _wanted(request)
    _imports(request).cancel(job)
    return as_json(_shown(job))


def under_way(request: Request) -> Response:
    """All imports that are not finished: a window opened later shows them too."""
    return as_json([_shown(job) for job in _imports(request).current()])


def _imports(request: Request) -> Imports:
    if (imports := desk(request).imports) is None:
        raise SessionError("these are examples; open your own sessions with: listenlive review")
    return imports


def _wanted(request: Request) -> Import:
    if (job := _imports(request).known(request.path_params["job"])) is None:
        raise SessionError("that import is not known here (any more).")
    return job


def _shown(job: Import) -> dict[str, object]:
    share = min(1.0, job.heard / job.whole) if job.whole else None
    return {
        "id": job.id,
        "name": job.name,
        "stage": job.stage,
        "share": share,
        "heard": clock(job.heard),
        "session": job.session,
        "told": job.told,
    }

"""The questions around a talk, answered on this machine or on paper.

The page for the other person shows the questions alone: no figure, and no way into the sessions.
"""

from collections.abc import Mapping
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from listenlive.conversation import Role
from listenlive.errors import ConfigError, SessionError
from listenlive.events import CheckedIn
from listenlive.forms import Form
from listenlive.forms import form as form_called
from listenlive.plain import one_line
from listenlive.report.heading import facts
from listenlive.review.shelf import Opened
from listenlive.review.web import desk, form, rendered


def questions(request: Request) -> Response:
    """A form, to be answered here or printed."""
    opened, asks, by = _wanted(request)
    return _page(request, opened, asks, by, done=False)


async def answered(request: Request) -> Response:
    """Keep the answers beside the session."""
    given = await form(request)
    return await run_in_threadpool(_keep, request, given)


def _keep(request: Request, given: Mapping[str, str]) -> Response:
    _, asks, by = _wanted(request)
    known = {question.id for question in asks.questions}
    answers = {name: int(v) for name, v in given.items() if name in known and v.isdecimal()}
    if not answers:
        raise SessionError("no question was answered; go back and choose at least one number.")
    here = desk(request)
    with here.shelf.changing:
        opened, _, _ = _wanted(request)
        together = {**asks.answered(by, opened.conversation.check_ins), **answers}
        here.shelf.append(opened, CheckedIn(asks.check_in(by, together, at=_now())))
    return _page(request, opened, asks, by, done=True)


def _page(request: Request, opened: Opened, asks: Form, by: Role, *, done: bool) -> Response:
    return rendered(
        request,
        "answers.html",
        session=opened.session.id,
        form=asks,
        by=by.value,
        name=_name(opened, by),
        facts=facts(opened.conversation)[:2],  # when and how long; nothing that was measured
        given=len(asks.answered(by, opened.conversation.check_ins)),
        done=done,
    )


def _wanted(request: Request) -> tuple[Opened, Form, Role]:
    """The session, the form, and who answers it. ConfigError for an unknown form or person."""
    opened = desk(request).shelf.open(request.path_params["session"])
    asks = form_called(request.path_params["form"])
    try:
        by = Role(request.path_params["by"])
    except ValueError:
        raise ConfigError(
            f"{request.path_params['by']!r} is nobody here; allowed: {', '.join(Role)}."
        ) from None
    if asks.by is not None and asks.by is not by:
        raise ConfigError(f"“{asks.title}” is answered by the {asks.by}.")
    return opened, asks, by


def _name(opened: Opened, by: Role) -> str:
    names = [one_line(p.name) for p in opened.conversation.people if p.role is by]
    return " and ".join(names)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")

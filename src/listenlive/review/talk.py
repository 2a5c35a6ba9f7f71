"""One session: looked at, heard, put right."""

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.websockets import WebSocket

from listenlive.analysis import analyse
from listenlive.conversation import Conversation, Role
from listenlive.errors import SessionError
from listenlive.events import apply, corrections, original
from listenlive.forms import FELT_HEARD, MOOD_AFTER, MOOD_BEFORE, SELF_CHECK
from listenlive.plain import one_line
from listenlive.report.heading import facts
from listenlive.report.page import page_of
from listenlive.review.catalogue import GOALS, told_check_ins
from listenlive.review.corrections import Asked, event_of
from listenlive.review.drawn import Json, drawn, sketched, told_correction
from listenlive.review.shelf import Opened
from listenlive.review.sound import State
from listenlive.review.web import Desk, as_json, asked, desk, rendered

LOOK = 2.0  # seconds after which a change made by another program is seen

ASKING = (
    (FELT_HEARD, Role.PARTNER.value, "Did the other person feel heard? Their page"),
    (SELF_CHECK, Role.LISTENER.value, "How do you see it yourself?"),
    (MOOD_BEFORE, Role.LISTENER.value, "Your mood before"),
    (MOOD_AFTER, Role.LISTENER.value, "Your mood after"),
    (MOOD_BEFORE, Role.PARTNER.value, "Their mood before"),
    (MOOD_AFTER, Role.PARTNER.value, "Their mood after"),
)
"""Forms that can be answered from the page of a session: form, by whom, how the link reads."""

CHANGED = (
    "This session was changed in another window. It is shown as it is now; "
    "please look, and do it again."
)


def session(request: Request) -> Response:
    """The page of a session; what it draws it asks for (`data`, `figures`)."""
    opened = _opened(request)
    conversation = opened.conversation
    partner = " and ".join(
        one_line(p.name) for p in conversation.people if p is not conversation.listener
    )
    return rendered(
        request,
        "session.html",
        session=opened.session.id,
        title=_title(opened),
        facts=facts(conversation),
        goal=GOALS[conversation.goal] if conversation.goal else "",
        check_ins=told_check_ins(conversation.check_ins, partner or "the other person"),
        tags=conversation.tags,
    )


def _opened(request: Request) -> Opened:
    return desk(request).shelf.open(request.path_params["session"])


def _title(opened: Opened) -> str:
    conversation = opened.conversation
    if conversation.title:
        return one_line(conversation.title)
    listener = conversation.listener
    others = [one_line(p.name) for p in conversation.people if p is not listener]
    return ("With " if listener else "") + " and ".join(others or [opened.session.id])


def _shown(request: Request) -> tuple[Opened, Conversation]:
    """The session as it is, or as it was heard at first where that is asked for."""
    opened = _opened(request)
    first = "original" in request.query_params
    return opened, original(opened.events) if first else opened.conversation


def data(request: Request) -> Response:
    """All that the page draws and the transcript says; `sketch` asks for what is quick to tell."""
    opened, conversation = _shown(request)
    as_is = conversation is opened.conversation
    if "sketch" in request.query_params and not (as_is and opened.is_analysed):
        picture = sketched(conversation)
    elif as_is:
        picture = drawn(conversation, opened.analysis)
    else:
        picture = drawn(conversation, analyse(conversation, settings=opened.settings.measuring))
    return as_json(
        {
            "version": opened.version,
            "title": _title(opened),
            "original": not as_is,
            "corrections": _history(opened),
            **picture,
        }
    )


def _history(opened: Opened) -> list[list[object]]:
    """Each correction with its place, told with the names people had when it was made."""
    known = corrections(opened.events)
    before = original(opened.events) if known else opened.conversation
    found: list[list[object]] = []
    for at, each in known:
        found.append([at, told_correction(before, each)])
        before = apply(before, each)
    return found


def figures(request: Request) -> Response:
    """The figures and findings, as on the report page."""
    here = desk(request)
    opened, conversation = _shown(request)
    history = here.shelf.earlier(opened.session.id)
    analysis = analyse(conversation, settings=opened.settings.measuring, history=history)
    return rendered(
        request,
        "figures.html",
        session=opened.session.id,
        page=page_of(conversation, analysis, settings=opened.settings),
        practice=here.practised(opened.session) if conversation.practice else (),
        asking=ASKING,
    )


async def correct(request: Request) -> Response:
    """Put something right: an event is added, on the disk before this answers."""
    wanted = await asked(request)
    here, name = desk(request), request.path_params["session"]
    answer = await run_in_threadpool(_correct, here, name, wanted)
    here.bell.ring(name)
    if answer is None:
        return as_json({"error": CHANGED}, status=409)
    return as_json(answer)


def _correct(here: Desk, name: str, wanted: Asked) -> Json | None:
    """The version after the correction; None if the window asked has not seen the latest one."""
    with here.shelf.changing:
        opened = here.shelf.open(name)
        if wanted.get("version") != opened.version:
            return None
        here.shelf.append(opened, event_of(wanted, opened))
    return {"version": opened.version + 1}


async def changes(socket: WebSocket) -> None:
    """Says "changed" each time the session does, in whichever window or program.

    The window says which version it shows, so that nothing between its reading and this is missed.
    """
    here, name = desk(socket), socket.path_params["session"]
    stamp = await run_in_threadpool(here.shelf.stamp, name)
    try:
        version = (await run_in_threadpool(here.shelf.open, name)).version
    except SessionError:  # deleted in another window: its page says so when it asks for anything
        await socket.close()
        return
    await socket.accept()
    if socket.query_params.get("version", str(version)) != str(version):
        await socket.send_text("changed")
    gone = asyncio.create_task(socket.receive())  # a window sends nothing but its end
    with here.bell.heard(name) as rung:
        while not gone.done():
            ring = asyncio.create_task(rung.wait())
            await asyncio.wait({gone, ring}, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
            ring.cancel()
            rung.clear()
            now = await run_in_threadpool(here.shelf.stamp, name)
            if now != stamp and not gone.done():
                stamp = now
                await socket.send_text("changed")


def sound_state(request: Request) -> Response:
    """Whether there is sound to play, and how far it is made ready."""
    here = desk(request)
    sound = here.sounds.sound(here.shelf.session(request.path_params["session"]))
    return as_json({"state": sound.state, "share": sound.share, "told": sound.told})


def sound(request: Request) -> Response:
    """The sound, by byte ranges."""
    here = desk(request)
    known = here.shelf.session(request.path_params["session"])
    path = here.sounds.path(known)
    if path is None:
        state = here.sounds.sound(known).state
        return as_json({"state": state}, status=404 if state is State.NONE else 425)
    return FileResponse(path, media_type="audio/flac")

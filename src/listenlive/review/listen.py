"""The pages of a live session: the question before it, what is seen meanwhile, the sound itself."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from listenlive.conversation import Goal
from listenlive.errors import ConfigError
from listenlive.live.consent import ALOUD, GOAL_WORDS, KEPT, Answers, goal_called, kept_until
from listenlive.plain import one_line, sentence
from listenlive.review.page_microphone import FASTEST, LONGEST, SLOWEST
from listenlive.review.stage import Stage
from listenlive.review.web import as_json, asked, desk, rendered

REFRESH = 0.2
"""Seconds between two pictures, as on the terminal."""

LONGEST_NAMES = 80  # characters, of everybody who is there

TAKEN, UNFIT = 4409, 4400  # private use, after HTTP's 409 and 400
TAKEN_TOLD = "Another page gives the sound already. Go on there, or close it first."


def _stage(connection: HTTPConnection) -> Stage:
    found = desk(connection).stage
    assert found is not None  # else nothing of this has an address
    return found


def page(request: Request) -> Response:
    """The page from the question to the last word; what it shows comes through `feed`."""
    stage = _stage(request)
    before = stage.before
    today = before.today if before else None
    return rendered(
        request,
        "live.html",
        before=before,
        aloud=ALOUD,
        kept={name: sentence(kept_until(name, today)) for name in KEPT} if today else {},
        goals=[(goal.value if goal else "", words) for goal, words in GOAL_WORDS.items()],
        microphone=stage.microphone is not None,
    )


async def begin(request: Request) -> Response:
    """Everybody knows: start."""
    stage = _stage(request)
    answers = answered(await asked(request), stage.before.answers if stage.before else None)
    await run_in_threadpool(stage.begin, answers)
    return as_json({})


def answered(given: Mapping[str, object], known: Answers | None) -> Answers | None:
    """What was answered on the page; None where nothing is asked. ConfigError if it cannot be."""
    if known is None:
        return None
    if given.get("agreed") is not True:
        raise ConfigError("nothing is recorded before everybody here knows.")
    who, keep, goal = (str(given.get(name) or "") for name in ("who", "keep_audio", "goal"))
    if keep not in KEPT:
        raise ConfigError(f"the sound can be kept as {', '.join(KEPT)}, not as {keep!r}.")
    return replace(
        known,
        who=one_line(who[:LONGEST_NAMES]),
        keep_audio=keep,
        goal=_goal(goal),
        mood=_mood(given.get("mood")),
    )


def _goal(given: str) -> Goal | None:
    return goal_called(given) if given else None


def _mood(given: object) -> int | None:
    if given in (None, ""):
        return None
    mood = int(given) if isinstance(given, str) and given.isdecimal() else 0
    if not 1 <= mood <= 10:
        raise ConfigError(f"a mood is a number from 1 to 10, not {given!r}.")
    return mood


async def feed(socket: WebSocket) -> None:
    """Sends the picture whenever it changes, and does what the window asks."""
    stage = _stage(socket)
    await socket.accept()
    steering = asyncio.create_task(_steer(socket, stage))
    shown = None
    while not steering.done():
        view = await run_in_threadpool(stage.view)
        if view != shown:
            shown = view
            with suppress(RuntimeError, WebSocketDisconnect):  # it was closed meanwhile
                await socket.send_text(json.dumps(view, ensure_ascii=False))
        await asyncio.wait({steering}, timeout=REFRESH)
    steering.result()


async def _steer(socket: WebSocket, stage: Stage) -> None:
    """Do what the window asks until it is closed, or asks what no page of ours does."""
    while (message := await socket.receive())["type"] == "websocket.receive":
        try:
            wanted = json.loads(message.get("text") or "")
            await run_in_threadpool(stage.act, wanted if isinstance(wanted, dict) else {})
        except (ValueError, ConfigError):
            await socket.close(UNFIT, "That cannot be asked of a session.")
            return


async def sound(socket: WebSocket) -> None:
    """Takes what the microphone of one page hears: 16-bit samples, one channel."""
    microphone = _stage(socket).microphone
    assert microphone is not None  # else this has no address
    await socket.accept()
    given = socket.query_params.get("rate", "")
    rate = int(given) if given.isdecimal() and len(given) <= 6 else 0
    if not SLOWEST <= rate <= FASTEST:
        await socket.close(UNFIT, f"A rate from {SLOWEST} to {FASTEST} is needed.")
    elif not microphone.take(rate):
        await socket.close(TAKEN, TAKEN_TOLD)
    else:
        try:
            await socket.send_text("taken")
            while (message := await socket.receive())["type"] == "websocket.receive":
                block = message.get("bytes") or b""
                if not block or len(block) % 2 or len(block) > LONGEST:
                    await socket.close(UNFIT, "This is no sound of a page.")
                    return
                microphone.give(block)
        finally:
            microphone.leave()

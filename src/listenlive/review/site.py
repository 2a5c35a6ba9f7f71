"""The pages and what they ask for, by address. All of it below the token (`guard`)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route, WebSocketRoute

from listenlive.errors import ListenLiveError
from listenlive.review import answering, catalogue, intake, listen, months, talk
from listenlive.review.bell import Bell
from listenlive.review.imports import Analyse, Imports
from listenlive.review.shelf import Shelf
from listenlive.review.sound import Sounds
from listenlive.review.stage import Stage
from listenlive.review.web import Desk, Practised, asset, missing, refused, threaded


def site(
    data: Path,
    *,
    analyse: Analyse | None = None,
    practised: Practised = lambda _: (),
    demo: bool = False,
    stage: Stage | None = None,
) -> Starlette:
    """The site over the sessions in `data`.

    analyse   : hears a dropped recording; None: none can be dropped
    practised : what the exercise in a session showed, line by line
    stage     : a live session to be asked for, shown and steered
    """
    imports = Imports(data, analyse) if analyse else None
    desk = Desk(Shelf(data), Sounds(data), imports, Bell(), practised, demo, stage)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        if imports:
            await run_in_threadpool(imports.close)
        await run_in_threadpool(desk.sounds.close)

    app = Starlette(
        routes=[
            Route("/", threaded(catalogue.sessions), name="sessions"),
            Route("/trends", threaded(months.over_time), name="over_time"),
            Route("/compare", threaded(months.compared), name="compared"),
            Route("/static/{file}", asset, name="asset"),
            *_session_routes(),
            *_import_routes(),
            *(_live_routes(stage) if stage else ()),
        ],
        exception_handlers={ListenLiveError: refused, 404: missing},
        lifespan=lifespan,
    )
    app.state.desk = desk
    return app


def _session_routes() -> list[BaseRoute]:
    at = "/sessions/{session}"
    return [
        Route(f"{at}/", threaded(talk.session), name="session"),
        Route(f"{at}/data", threaded(talk.data), name="data"),
        Route(f"{at}/figures", threaded(talk.figures), name="figures"),
        Route(f"{at}/sound", threaded(talk.sound), name="sound"),
        Route(f"{at}/sound/state", threaded(talk.sound_state), name="sound_state"),
        Route(f"{at}/corrections", talk.correct, methods=["POST"], name="correct"),
        WebSocketRoute(f"{at}/changes", talk.changes, name="changes"),
        Route(f"{at}/thumbnail.svg", threaded(catalogue.thumbnail), name="thumbnail"),
        Route(f"{at}/filing", catalogue.filed, methods=["POST"], name="filed"),
        Route(f"{at}/answers/{{form}}/{{by}}", threaded(answering.questions), name="questions"),
        Route(f"{at}/answers/{{form}}/{{by}}", answering.answered, methods=["POST"]),
        Route(f"{at}/delete", threaded(catalogue.going), name="going"),
        Route(f"{at}/delete", threaded(catalogue.deleted), methods=["POST"], name="deleted"),
        Route(f"{at}/export/{{format}}", threaded(catalogue.exported), name="exported"),
    ]


def _import_routes() -> list[BaseRoute]:
    return [
        Route("/imports", threaded(intake.under_way), name="under_way"),
        Route("/imports", intake.take_in, methods=["POST"], name="take_in"),
        Route("/imports/{job}", threaded(intake.imported), name="imported"),
        Route("/imports/{job}/cancel", threaded(intake.cancelled), methods=["POST"], name="cancel"),
    ]


def _live_routes(stage: Stage) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route("/live", threaded(listen.page), name="live"),
        Route("/live/begin", listen.begin, methods=["POST"], name="begin"),
        WebSocketRoute("/live/feed", listen.feed, name="feed"),
    ]
    if stage.microphone:
        routes.append(WebSocketRoute("/live/sound", listen.sound, name="page_sound"))
    return routes

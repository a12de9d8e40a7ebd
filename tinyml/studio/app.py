"""The web around the answers: one table of addresses, files of the page, uploads; errors as messages with a cure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from tinyml.errors import TinymlError
from tinyml.studio import (
    board_answers,
    data_answers,
    job_answers,
    libraries,
    live_answers,
    uploads,
    work_answers,
)
from tinyml.studio.labels import Changed
from tinyml.studio.security import LARGEST_BODY_BYTES, Gate, Rights
from tinyml.studio.studio import Ask, Studio
from tinyml.studio.thumbnails import jpeg_of
from tinyml.studio.turns import Turns

STATIC = Path(__file__).parent / "static"
# Suffixes that every browser shows; other pictures are sent as JPEG.
SHOWN = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
LARGEST_SHOWN_BYTES = 4 << 20
LARGEST_SIDE = 2048
EVENTS_S = 1.0  # between two looks at the jobs

Answer = Callable[[Studio, Ask], object]
Endpoint = Callable[[Request], Awaitable[Response]]
GET: dict[str, Answer] = {
    "state": data_answers.state,
    "pictures": data_answers.pictures,
    "labels": data_answers.labels_of,
    "jobs": job_answers.jobs,
    "runs": work_answers.runs,
    "run": work_answers.run_facts,
    "outputs": work_answers.outputs,
    "suggestions": work_answers.suggestions,
    "check": work_answers.check,
    "boards": board_answers.boards,
    "images": board_answers.images,
    "live": live_answers.state,
    "live/frame": live_answers.frame,
}
POST: dict[str, Answer] = {
    "labels": data_answers.draw,
    "labels/accept": data_answers.accept,
    "delete": data_answers.delete,
    "class": data_answers.set_class,
    "split": data_answers.set_split,
    "split/keep": data_answers.keep_split,
    "undo": data_answers.undo,
    "redo": data_answers.redo,
    "choose": data_answers.choose,
    "take-in": data_answers.take_in,
    "jobs": job_answers.start,
    "jobs/stop": job_answers.stop,
    "runs/remove": work_answers.remove_run,
    "live/begin": live_answers.begin,
    "live/end": live_answers.end,
    "live/look": live_answers.look,
    "live/keep": live_answers.keep,
    "capture": live_answers.capture,
}


def make_app(studio: Studio, rights: Rights) -> Gate:
    """Return the whole server as an ASGI application."""
    routes: list[Route | Mount] = [
        Route("/", _index),
        Route("/api/thumbnail", _caught(studio, _thumbnail)),
        Route("/api/picture", _caught(studio, _picture)),
        Route("/api/upload", _caught(studio, _upload), methods=["POST"]),
        Route("/api/download", _caught(studio, _download)),
        Route("/api/library", _caught(studio, _library)),
        Route("/api/events", _caught(studio, _events)),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    for method, table in (("GET", GET), ("POST", POST)):
        routes += [
            Route(f"/api/{name}", _answers(studio, answer), methods=[method])
            for name, answer in table.items()
        ]
    return Gate(Counted(Starlette(routes=routes), studio.library.turns), rights)


class Counted:
    """ASGI middleware that counts the requests that are being answered, but for events, which are told as long as a page is open."""

    def __init__(self, app: ASGIApp, turns: Turns) -> None:
        self.app, self.turns = app, turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/api/events":
            await self.app(scope, receive, send)
            return
        with self.turns.answering():
            await self.app(scope, receive, send)


async def _index(request: Request) -> Response:
    return FileResponse(STATIC / "index.html", media_type="text/html")


def _answers(studio: Studio, answer: Answer) -> Endpoint:
    async def respond(studio: Studio, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY_BYTES:
                return problem("the request is too large", "reload the page", 413)
        found = await run_in_threadpool(answer, studio, Ask(dict(request.query_params), body))
        if isinstance(found, Response):
            return found
        return Response(msgspec.json.encode(found), media_type="application/json")

    return _caught(studio, respond)


def _caught(studio: Studio, respond: Callable[[Studio, Request], Awaitable[Response]]) -> Endpoint:
    async def caught(request: Request) -> Response:
        try:
            return await respond(studio, request)
        except uploads.TooLarge as error:
            return problem(error.what, error.cure, 413)
        except Changed as error:
            return problem(error.what, error.cure, 409)
        except TinymlError as error:
            return problem(error.what, error.cure)
        except ClientDisconnect:
            return Response(status_code=400)
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            return problem(what, "check the path, its permissions and the space on its disk")

    return caught


def problem(what: str, cure: str, status: int = 400) -> Response:
    """Return an error as the page shows it."""
    return Response(msgspec.json.encode({"error": what, "cure": cure}), status, media_type="application/json")


async def _thumbnail(studio: Studio, request: Request) -> Response:
    def made() -> bytes:
        return studio.thumbnails.get(studio.library.path(request.query_params.get("name", "")))

    data = await run_in_threadpool(made)
    # The address carries the file's time stamp: what it names never changes.
    return Response(
        data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=604800, immutable"}
    )


async def _picture(studio: Studio, request: Request) -> Response:
    path = await run_in_threadpool(studio.library.path, request.query_params.get("name", ""))
    kind = SHOWN.get(path.suffix.lower())
    if kind and path.stat().st_size <= LARGEST_SHOWN_BYTES:
        return FileResponse(path, media_type=kind)
    return Response(await run_in_threadpool(jpeg_of, path, LARGEST_SIDE, 90), media_type="image/jpeg")


async def _events(studio: Studio, request: Request) -> Response:
    """Tell of the jobs whenever something about them changes, as server-sent events."""

    async def told() -> AsyncIterator[bytes]:
        before = b""
        while not await request.is_disconnected():
            now = msgspec.json.encode(await run_in_threadpool(studio.jobs.list))
            if now != before:
                yield b"event: jobs\ndata: " + now + b"\n\n"
                before = now
            await asyncio.sleep(EVENTS_S)

    return StreamingResponse(told(), media_type="text/event-stream")


async def _download(studio: Studio, request: Request) -> Response:
    path = await run_in_threadpool(board_answers.file_of, studio, Ask(dict(request.query_params)))
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


async def _library(studio: Studio, request: Request) -> Response:
    name, data = await run_in_threadpool(libraries.library, studio, Ask(dict(request.query_params)))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/zip", headers=headers)


async def _upload(studio: Studio, request: Request) -> Response:
    query = request.query_params
    written = await studio.drops.receive(query.get("batch", ""), query.get("path", ""), request.stream())
    return Response(msgspec.json.encode({"bytes": written}), media_type="application/json")

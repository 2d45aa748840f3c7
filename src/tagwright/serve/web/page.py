"""The page that people look at, and its twin for programs. It reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from anyio import to_thread
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from tagwright.model import TargetStatus
from tagwright.serve.house import House
from tagwright.serve.web.access import refusal
from tagwright.serve.web.readers import Readers
from tagwright.views import page
from tagwright.views.page.asked import query
from tagwright.views.page.document import pieces
from tagwright.views.page.rendering import text_of
from tagwright.views.page.rows import Watched
from tagwright.views.page.site import POLICY

_HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "private, no-store"}
_PACKED = [Middleware(GZipMiddleware, minimum_size=2_000, compresslevel=4)]


def routes(house: House) -> list[Route]:
    """The page below `/`, for whom `serve.access` lets in."""
    readers = Readers()

    def overview(request: Request) -> Response:
        return _html(page.overview(_watched(house), query(request.query_params)))

    def targets(request: Request) -> Response:
        return _html(page.targets(_watched(house), query(request.query_params)))

    def past(request: Request) -> Response:
        return _html(page.past(_watched(house), query(request.query_params)))

    def image(request: Request) -> Response:
        name = request.path_params["name"]
        watched = _explained(house, name)
        found = page.image(watched, name)
        return _html(found) if found else _html(page.missing(watched, name), 404)

    def status(_: Request) -> Response:
        told = pieces(_watched(house), _verdicts(house))
        return StreamingResponse(readers.stream(told), headers={**_HEADERS, "Content-Type": "application/json"})

    shown = {"/": overview, "/targets": targets, "/history": past, "/images/{name:path}": image, "/status.json": status}
    return [
        *(Route(path, _guarded(house, readers, answer), middleware=_PACKED) for path, answer in shown.items()),
        Route("/page.css", _file("page.css", "text/css; charset=utf-8"), middleware=_PACKED),
        Route("/icon.svg", _file("icon.svg", "image/svg+xml")),
    ]


def _guarded(
    house: House, readers: Readers, answer: Callable[[Request], Response]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        refused = await to_thread.run_sync(refusal, house.config.service.access, request)
        return refused or await readers.answer(partial(answer, request))

    return endpoint


def _file(name: str, media: str) -> Callable[[Request], Response]:
    """A file of ours, the same for everyone; pages name the style by its hash."""

    def endpoint(_: Request) -> Response:
        return Response(text_of(name), headers={"Content-Type": media, "Cache-Control": "max-age=86400"})

    return endpoint


def _html(shown: str, status: int = 200) -> Response:
    return HTMLResponse(shown, status, _HEADERS)


def _watched(house: House) -> Watched:
    """What is known of the targets that are configured now."""
    targets = house.config.targets
    known = house.board.every(targets)
    names = {one.name for one in known}
    return Watched(known, house.now(), tuple(one.name for one in targets if one.name not in names))


def _explained(house: House, image: str) -> Watched:
    """The same, with every verdict where that image is used."""
    watched, verdicts = _watched(house), _verdicts(house)
    using = (any(one.image == image for one in status.images) for status in watched.targets)
    told = (verdicts(status) if uses else status for status, uses in zip(watched.targets, using, strict=True))
    return Watched(tuple(told), watched.now, watched.waiting)


def _verdicts(house: House) -> Callable[[TargetStatus], TargetStatus]:
    """What gives a target the verdicts on its images' tags."""
    targets = {target.name: target for target in house.config.targets}

    def of(status: TargetStatus) -> TargetStatus:
        target = targets.get(status.name)  # the configuration may have changed since
        return (house.board.explained(target) if target else None) or status

    return of

"""POST /announce: a CI job says that it pushed an image, with the token that its CI gave it."""

from __future__ import annotations

import functools
import logging
import os
import threading
from datetime import datetime

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tagwright.announce import Announcers, Refused
from tagwright.model import Announcer
from tagwright.serve.house import House

log = logging.getLogger(__name__)

_AT_ONCE = 8  # threads: a token of an issuer whose keys were not read yet waits for them
_SOURCE, _RESULTS = "announce", {400: "unreadable", 401: "refused", 403: "refused", 503: "unproven"}
_BEARER = 'Bearer realm="tagwright"'


def routes(house: House) -> list[Route]:
    """`/announce`, which answers 202 when the images will be looked at."""
    listening, threads = _Listening(), CapacityLimiter(_AT_ONCE)

    async def announce(request: Request) -> JSONResponse:
        told, body = house.now(), await request.body()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return _refusal(house, Refused(401, "expected Authorization: Bearer and the token of a CI job"))
        heard = functools.partial(_heard, house, listening, token.strip(), body, told)
        try:
            said = await to_thread.run_sync(heard, limiter=threads)
        except Refused as refused:
            known = refused.status not in (400, 401)  # others may send as much as they like
            log.log(logging.WARNING if known else logging.INFO, "an announcement is refused: %s", refused.why)
            return _refusal(house, refused)
        house.metrics.hooked(_SOURCE, "taken")
        return JSONResponse(said, 202)

    return [Route("/announce", announce, methods=["POST"])]


class _Listening:
    """Whom the configuration that holds now believes. What is known of them stays while they stay the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[Announcer, ...] = ()
        self._to = Announcers((), os.environ)

    def to(self, announcers: tuple[Announcer, ...]) -> Announcers:
        with self._lock:
            if announcers != self._of:
                self._of, self._to = announcers, Announcers(announcers, os.environ)
            return self._to


def _heard(house: House, listening: _Listening, token: str, body: bytes, told: datetime) -> dict[str, int]:
    """How many images were announced now, and how many targets will be looked at for them. Raises Refused."""
    images = listening.to(house.config.service.announce).heard(token, body)
    return {"images": len(images), "targets": house.agenda.hint({image.normalised for image in images}, told)}


def _refusal(house: House, refused: Refused) -> JSONResponse:
    house.metrics.hooked(_SOURCE, _RESULTS[refused.status])
    headers = {401: {"WWW-Authenticate": _BEARER}, 503: {"Retry-After": "30"}}.get(refused.status)
    return JSONResponse({"error": refused.said}, refused.status, headers)

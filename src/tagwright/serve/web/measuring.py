"""What Prometheus asks the service for."""

from __future__ import annotations

from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tagwright.serve.house import House
from tagwright.serve.web.access import refusal
from tagwright.serve.web.readers import Readers


def routes(house: House) -> list[Route]:
    """/metrics, open to everyone who reaches it unless `serve.access` has it closed.

    It names targets and hosts, and no image, address or secret.
    """
    house.metrics.watch(lambda: _waiting(house))

    readers = Readers()

    async def metrics(request: Request) -> Response:
        access = house.config.service.access
        refused = await to_thread.run_sync(refusal, access, request) if access and access.metrics else None
        return refused or await readers.answer(partial(_measured, house, request.headers.get("accept", "")))

    return [Route("/metrics", metrics)]


def _measured(house: House, accept: str) -> Response:
    house.metrics.know(house.board.every(house.config.targets))
    body, media = house.metrics.text(accept)
    return Response(body, headers={"Content-Type": media})


def _waiting(house: House) -> tuple[int, float]:
    state = house.agenda.state()
    return int(state["waiting"]), state["late"]

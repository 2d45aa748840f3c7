"""What Prometheus asks the service for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tagwright.serve.house import House
from tagwright.serve.web.access import refusal


def routes(house: House) -> list[Route]:
    """/metrics, open to everyone who reaches it unless `serve.access` has it closed.

    It names targets and hosts, and no image, address or secret.
    """
    house.metrics.watch(lambda: _waiting(house))

    def metrics(request: Request) -> Response:
        access = house.config.service.access
        if access and access.metrics and (refused := refusal(access, request)):
            return refused
        house.metrics.know(house.board.every(house.config.targets))
        body, media = house.metrics.text(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media})

    return [Route("/metrics", metrics)]


def _waiting(house: House) -> tuple[int, float]:
    state = house.agenda.state()
    return int(state["waiting"]), state["late"]

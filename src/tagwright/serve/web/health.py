"""What Kubernetes asks: is it alive, does it take requests?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tagwright.serve.house import House


def routes(house: House) -> list[Route]:
    """/healthz and /readyz, open to everyone; they tell nothing but that."""

    async def healthz(_: Request) -> PlainTextResponse:
        well = house.healthy() or not house.ready  # idle workers end first when it is told to stop
        return PlainTextResponse("ok\n") if well else PlainTextResponse("a worker died\n", 503)

    async def readyz(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok\n") if house.ready else PlainTextResponse("stopping\n", 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]

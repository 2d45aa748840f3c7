"""The web application: the routes of every room, under one edge."""

from __future__ import annotations

from starlette.applications import Starlette

from tagwright.serve import health
from tagwright.serve.house import House


def app(house: House) -> Starlette:
    """What uvicorn serves."""
    return Starlette(routes=[*health.routes(house)])

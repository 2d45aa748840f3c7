"""The web application: the routes of every room, under one edge."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp

from tagwright.serve.house import House
from tagwright.serve.web import announcing, health, hooks, measuring, page
from tagwright.serve.web.edge import Edge

_ROOMS = (health, measuring, announcing, hooks, page)


def app(house: House) -> ASGIApp:
    """What uvicorn serves."""
    inside = Starlette(routes=[route for room in _ROOMS for route in room.routes(house)])
    inside.router.redirect_slashes = False  # it would answer with the Host that a stranger sent
    return Edge(inside, house.strangers)

"""Every conversation with the GitHub on the stage is judged by what GitHub publishes, where that is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.forge_github import FakeGitHub
from tests.support.forge_server import Exchange, FakeForge
from tests.support.parts import published
from tests.support.published import GraphQl, OpenApi


@pytest.fixture(autouse=True)
def as_published(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What was asked and answered in a test is as GitHub describes it; the test fails otherwise."""
    heard: list[Exchange] = []

    def listen(forge: FakeForge, exchange: Exchange) -> None:
        if isinstance(forge, FakeGitHub):
            heard.append(exchange)

    monkeypatch.setattr(FakeForge, "witnesses", [listen])
    yield
    if found := [one for exchange in heard for one in complaints(exchange)]:
        pytest.fail("not as GitHub describes it:\n" + "\n".join(found))


def complaints(exchange: Exchange) -> Iterator[str]:
    """What GitHub's descriptions say against an exchange; nothing where they are not at hand."""
    if exchange.path.endswith("/graphql"):
        graphql = _graphql()
        yield from graphql.complaints(exchange) if graphql else ()
    else:
        openapi = _openapi()
        yield from openapi.complaints(exchange, FakeGitHub.prefix) if openapi else ()


@cache
def _openapi() -> OpenApi | None:
    found = published("api.github.com.json")
    return OpenApi(found) if found else None


@cache
def _graphql() -> GraphQl | None:
    found = published("github.graphql")
    return GraphQl(found) if found else None

"""Challenges, and how long a token is used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tagwright.credentials import Credentials
from tagwright.registries.connections import Ask
from tagwright.registries.http import Trust, Web
from tagwright.registries.origin import parse
from tagwright.registries.tokens import Challenge, Login, challenges
from tests.support.registry import Bearer, FaultyRegistry


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], ()),
        (["Basic"], (Challenge("basic"),)),
        (['Basic realm="a b"'], (Challenge("basic", "a b"),)),
        (["Negotiate", 'Basic realm="r"'], (Challenge("negotiate"), Challenge("basic", "r"))),
        (
            ['Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"'],
            (Challenge("bearer", "https://a/t", "s", "repository:a/b:pull,push"),),
        ),
        (
            ['Bearer realm="https://a/t" , scope=x, Basic realm="r", charset="UTF-8"'],
            (Challenge("bearer", "https://a/t", "", "x"), Challenge("basic", "r")),
        ),
        ([r'Basic realm="say \"hi\", Bearer realm=x"'], (Challenge("basic", 'say "hi", Bearer realm=x'),)),
        (['Bearer realm = "https://a/t",error="invalid_token"'], (Challenge("bearer", "https://a/t"),)),
        (['realm="https://a/t"'], ()),
        (['Bearer realm="unclosed'], (Challenge("bearer"),)),
    ],
)
def test_every_challenge_of_every_header_is_read(headers: list[str], expected: tuple[Challenge, ...]) -> None:
    """RFC 9110: several challenges in one header or in several, quoted or not."""
    assert challenges(headers) == expected


@pytest.fixture
def web() -> Iterator[Web]:
    opened = Web(Trust(), {})
    yield opened
    opened.close()


@pytest.mark.parametrize(("life", "used"), [(300, 289), (60, 49), (None, 49), (8, 5.9)])
def test_a_token_is_used_until_shortly_before_its_end(web: Web, life: float | None, used: float) -> None:
    """expires_in seconds less ten, or less a quarter when it is short; sixty when the server does not say."""
    now, bearer = [1000.0], Bearer(life=life)
    with FaultyRegistry(bearer) as registry:
        login = Login(web, parse(registry.url)[0], lambda: None, clock=lambda: now[0])
        header = f'Bearer realm="{registry.url}/token",service="s"'
        first = login.answer([header], "a/b", "", set())
        now[0] += used
        assert login.header("a/b") == first
        now[0] += 2
        assert login.header("a/b") != first
    assert len(bearer.grants) == 2


def test_an_identity_token_is_exchanged_by_post(web: Web) -> None:
    """docker's identitytoken goes in a form's body (OAuth 2), never in an address."""
    bearer = Bearer("id-s3cret", field="access_token")
    with FaultyRegistry(bearer) as registry:
        login = Login(web, parse(registry.url)[0], lambda: Credentials(identity="id-s3cret"))
        assert login.answer([f'Bearer realm="{registry.url}/token"'], "a/b", "", set()).startswith("Bearer ")
    (asked,) = bearer.grants
    assert (asked.method, "grant_type=refresh_token" in asked.body.decode()) == ("POST", True)
    assert "id-s3cret" in asked.body.decode()
    assert asked.query == {}


def test_a_request_prints_without_what_it_carries() -> None:
    """Neither credentials nor requests show a secret when they are printed."""
    carried = Credentials("u", "p4ss", "t0ken", "id3ntity"), Ask("GET", "/", {}, "Basic s3cret", b"s3cret")
    printed = repr(carried)
    assert not [secret for secret in ("p4ss", "t0ken", "id3ntity", "s3cret") if secret in printed]

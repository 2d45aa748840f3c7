"""Logging in to a registry, where its redirects may lead, and that no secret is told on the way."""

from __future__ import annotations

import base64
import json
import logging

import pytest

from tagwright.errors import (
    RegistryDenied,
    RegistryError,
)
from tagwright.lookup import describe, lookup
from tagwright.model import RegistryCredentials, RegistrySettings, Secret
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, EmbeddedRegistry, refusal
from tests.support.registry import (
    ENVIRON,
    LOGIN,
    PASSWORD,
    TAGS,
    USER,
    Bearer,
    FaultyRegistry,
    authorization,
    basic,
    client,
    instead,
    listed,
    paths,
    running,
)

# ── logging in ───────────────────────────────────────────────────────────────


def test_a_token_is_kept_and_its_realm_remembered() -> None:
    """The first image of a registry costs three requests, the next two, the same again one."""
    bearer = Bearer(authorization())
    with running(bearer) as registry, client(registry.host) as registries:
        registry.add("acme/web", "1")
        member, _ = registries.for_image(f"{registry.host}/acme/api")
        costs = []
        for name in ("acme/api", "acme/web"):
            before = registries.requests
            member.tags(name)
            costs.append(registries.requests - before)
        for name, tag in (("acme/web", "1"), ("acme/api", "1.0.0")):
            before = registries.requests
            member.digest(name, tag)
            costs.append(registries.requests - before)
    assert costs == [3, 2, 1, 1]


def test_a_token_of_any_repository_is_used_for_all() -> None:
    """A scope that names no repository is worth one token: from the second image on, one request each."""
    bearer = Bearer(challenge='Bearer realm="http://{host}/token",service="s",scope="read"', universal=True)
    with running(bearer) as registry, client(registry.host) as registries:
        for number in range(5):
            registry.add(f"acme/{number}", "1")
            lookup([f"{registry.host}/acme/{number}"], registries)
        assert registries.requests == 3 + 4


def test_a_token_that_the_registry_forgot_is_fetched_anew() -> None:
    """A token refused before its time is no denial: the next one is fetched, once for all who wait for it."""
    bearer = Bearer()
    with running(bearer) as registry, client(registry.host) as registries:
        member, repository = registries.for_image(f"{registry.host}/acme/api")
        member.tags(repository)
        bearer.tokens.clear()
        assert len(describe(f"{registry.host}/acme/api", TAGS, registries)) == len(TAGS)
        assert len(bearer.grants) == 2


@pytest.mark.parametrize(
    ("challenge", "field", "life"),
    [
        ('Bearer realm="http://{host}/token",scope="{scope}"', "token", 300),
        ('Bearer realm="http://{host}/token",service="s"', "access_token", None),
        ('Bearer realm="http://{host}/token?x=1",service="s",scope="repository:user/image:pull"', "token", 300),
        ('Bearer realm="http://{host}/token",service="c",scope="{scope}", Basic realm="r"', "token", 300),
        ('Basic realm="r", Bearer service="c" , scope="{scope}",realm="http://{host}/token"', "token", 300),
        ('bearer REALM="http://{host}/token", error="insufficient_scope"', "token", 60),
    ],
)
def test_every_way_of_asking_for_a_token_is_understood(challenge: str, field: str, life: float | None) -> None:
    """No service, no scope, a placeholder for a scope, two challenges in one header, either name for the token."""
    bearer = Bearer(authorization(), challenge=challenge, field=field, life=life)
    with running(bearer) as registry:
        assert listed(registry) == TAGS
    assert all(("service" in asked.query) == ("service=" in challenge) for asked in bearer.grants)
    assert bearer.grants[-1].query["scope"] == "repository:acme/api:pull"


def test_a_token_credential_goes_to_the_realm() -> None:
    """`token_env` is sent as a bearer to the token server, and what that gives to the registry."""
    bearer = Bearer(f"Bearer {PASSWORD}")
    with running(bearer) as registry:
        assert listed(registry, RegistryCredentials(token=Secret(env="P"))) == TAGS
    assert {asked.headers.get("authorization", "") for asked in registry.requests if asked.path != "/token"} == {
        "",
        *(f"Bearer {token}" for token in bearer.tokens),
    }


@pytest.mark.parametrize("header", ['Bearer realm="registry"', 'Basic realm="r"', "Bearer"])
def test_a_realm_that_is_no_address_takes_the_credentials_straight(header: str) -> None:
    """Then the registry itself wants to know us."""
    with running(basic()) as registry:
        assert listed(registry) == TAGS


@pytest.mark.parametrize(
    "realm",
    ["http://tokens.example/token", "http://169.254.169.254/latest", "http://127.0.0.1.evil.example/", "http://[oops"],
)
def test_credentials_go_to_no_token_server_without_tls(realm: str) -> None:
    """Nor does an anonymous request: its answer would go to the registry that named the address."""
    with running(Bearer(challenge=f'Bearer realm="{realm}"')) as registry, pytest.raises(RegistryError) as caught:
        listed(registry)
    assert "token server" in caught.value.message
    assert len(registry.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_token_server_that_refuses_is_a_problem(status: int) -> None:
    """Whatever the token server refuses with: a RegistryError, and a denial where it is one."""
    with running(instead("/token", refusal(status, "X")), Bearer()) as registry, pytest.raises(RegistryError) as caught:
        listed(registry)
    assert isinstance(caught.value, RegistryDenied) == (status in (400, 401, 403))


def test_a_page_for_people_from_the_token_server_is_a_denial_all_the_same() -> None:
    """A 401 in HTML: its status counts, and none of its words is repeated."""
    page = Answer(401, b"<html>no bot s3cret-Pa55 here</html>", (("Content-Type", "text/html"),))
    with running(instead("/token", page), Bearer()) as registry, pytest.raises(RegistryDenied) as caught:
        listed(registry)
    assert "html" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token":""}', b'{"token":"a\\r\\nX: y"}', b'{"token":7}'])
def test_a_token_that_is_none_is_a_problem(body: bytes) -> None:
    """No token, or one that would break the header it goes into."""
    with running(instead("/token", Answer(200, body)), Bearer()) as registry, pytest.raises(RegistryError):
        listed(registry)


@pytest.mark.parametrize("header", ["", "Negotiate", "Digest realm=x", '"""', "Bearer realm"])
def test_a_401_that_offers_no_way_in_is_a_denial(header: str) -> None:
    """One request, then a denial: no guessing with credentials."""
    headers = (("WWW-Authenticate", header),) if header else ()
    with running(instead("tags/list", refusal(401, "X", headers))) as registry:
        with pytest.raises(RegistryDenied):
            listed(registry, RegistryCredentials())
        assert len(registry.requests) == 1


def test_a_stranger_is_not_asked_for_credentials_that_others_have() -> None:
    """Credentials of one prefix are not sent for another one on the same host."""
    settings = (
        RegistrySettings("127.0.0.1:0/acme/private", credentials=LOGIN),
        RegistrySettings("127.0.0.1:0"),
    )
    with running(basic()) as registry:
        own = tuple(
            RegistrySettings(s.prefix.replace("127.0.0.1:0", registry.host), credentials=s.credentials)
            for s in settings
        )
        with open_registries(own, ENVIRON) as registries:
            names = [f"{registry.host}/acme/{name}" for name in ("private", "private/api", "privateer", "api")]
            lookup(names, registries)
        sent = {asked.path.split("/")[3] for asked in registry.requests if "authorization" in asked.headers}
    assert sent == {"private"}


# ── other hosts ──────────────────────────────────────────────────────────────


def test_a_redirect_elsewhere_gets_no_authorization() -> None:
    """A blob that lives on another host is fetched there without our credentials."""
    with EmbeddedRegistry() as store:
        store.add("acme/api", "1.0.0")

        def elsewhere(asked, onward):  # type: ignore[no-untyped-def]
            if "/blobs/" not in asked.path:
                return onward(asked)
            return Answer(307, b"", (("Location", f"{store.url}{asked.path}"),))

        with running(basic(), elsewhere, tags=("1.0.0",)) as registry, client(registry.host) as registries:
            found = describe(f"{registry.host}/acme/api", ["1.0.0"], registries)["1.0.0"]
        assert found.created is not None
        assert [asked.headers.get("authorization") for asked in store.requests] == [None]


def test_where_a_redirect_leads_nobody_asks_who_we_are() -> None:
    """A 401 from the host a redirect led to is a failure, and its realm is never visited."""
    with FaultyRegistry(Bearer()) as thief:
        moved = instead("tags/list", Answer(307, b"", (("Location", f"{thief.url}/v2/acme/api/tags/list"),)))
        with running(moved) as registry, pytest.raises(RegistryError, match="401"):
            listed(registry)
        assert paths(thief) == ["GET /v2/acme/api/tags/list"]


def test_a_redirect_to_a_plain_host_of_this_machine_is_for_this_machine() -> None:
    """Only a registry of this machine may lead to it: else a stranger could have us ask our own services."""
    from tagwright.registries.web.connections import Ask
    from tagwright.registries.web.http import _redirected
    from tagwright.registries.web.origin import Origin

    ask = Ask("GET", "/v2/a/blobs/x", authorization="Basic x")
    far = Origin("https", "registry.example", 443)
    for location in ("http://127.0.0.1:9/x", "http://cdn.example/x", "http://registry.example/x"):
        with pytest.raises(RegistryError, match="not safe"):
            _redirected(far, ask, location)
    there, onward = _redirected(far, ask, "https://cdn.example/x?sig=1")
    assert (there.host, onward.target, onward.authorization) == ("cdn.example", "/x?sig=1", "")
    assert _redirected(far, ask, "/y")[1].authorization == "Basic x"


# ── secrets ──────────────────────────────────────────────────────


def test_no_secret_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails, and though the server repeats what we sent: no message, repr or log holds a secret."""
    caplog.set_level(logging.DEBUG)
    echo = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    said: list[str] = []
    for status in (400, 401, 403, 404, 418, 500):
        body = json.dumps({"errors": [{"code": f"NOT {echo}", "message": f"{PASSWORD} {echo}"}]}).encode()
        answer = Answer(status, body, (("X-Echo", echo),))
        with running(basic(), instead("tags/list|manifests", answer)) as registry, client(registry.host) as registries:
            name = f"{registry.host}/acme/api"
            member, repository = registries.for_image(name)
            said.append(repr(lookup([name], registries)[name]))
            with pytest.raises(RegistryError) as caught:
                member.digest(repository, "1.0.0")
            said += [repr(caught.value), caught.value.hint, repr(vars(caught.value)), repr(member), repr(registries)]
    everything = "\n".join(said) + caplog.text
    assert PASSWORD not in everything
    assert echo not in everything

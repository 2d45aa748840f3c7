"""The way to a registry: whom we believe, which certificate we show to whom, and what a proxy in between can see."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tagwright.errors import Problem, RegistryUnreachable
from tagwright.lookup import lookup
from tagwright.model import RegistrySettings, Secret
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, Asked
from tests.support import certificates
from tests.support.proxy import proxy
from tests.support.real_registry import free_port
from tests.support.registry import (
    ENVIRON,
    LOGIN,
    PASSWORD,
    QUICK,
    TAGS,
    Bearer,
    FaultyRegistry,
    authorization,
    basic,
    running,
    speak_tls,
)

PROXY_LOGIN: dict[str, Any] = {"proxy_username": Secret(env="PU"), "proxy_password": Secret(env="PP")}
WITH_PROXY = {**ENVIRON, "PU": "me", "PP": "pr0xy-s3cret"}


def said(host: str, *settings: RegistrySettings, environ: dict[str, str] | None = None) -> Any:
    """The tags of acme/api, or the problem."""
    with open_registries(settings, ENVIRON if environ is None else environ, patience=QUICK) as registries:
        found = lookup([f"{host}/acme/api"], registries)[f"{host}/acme/api"]
        return found if isinstance(found, Problem) else found.tags


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return certificates.authority(tmp_path)


# ── certificates ─────────────────────────────────────────────────────────────


def test_a_registry_that_wants_a_certificate_is_shown_ours(ca: Path, tmp_path: Path) -> None:
    """mTLS, with the key beside the certificate; without one it is said what is missing."""
    cert, key = str(tmp_path / "server.pem"), str(tmp_path / "server.key")
    with running() as registry:
        speak_tls(registry, tmp_path, certificates=True)
        ours = RegistrySettings(registry.host, ca_file=str(ca), client_cert_file=cert, client_key_file=key)
        assert said(registry.host, ours) == TAGS
        both = tmp_path / "both.pem"
        both.write_bytes((tmp_path / "server.pem").read_bytes() + (tmp_path / "server.key").read_bytes())
        assert said(registry.host, RegistrySettings(registry.host, ca_file=str(ca), client_cert_file=str(both))) == TAGS
        assert "client certificate" in said(registry.host, RegistrySettings(registry.host, ca_file=str(ca))).message


@pytest.mark.parametrize("kind", ["missing", "no key", "locked"])
def test_a_certificate_that_cannot_be_used_is_a_sentence(ca: Path, tmp_path: Path, kind: str) -> None:
    """Nobody is asked for a key's password on a terminal, and no request is sent."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    cert, key = tmp_path / "server.pem", tmp_path / "locked.key"
    locked = serialization.BestAvailableEncryption(b"hidden")
    pem, format_ = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(pem, format_, locked))
    given: dict[str, dict[str, Any]] = {
        "missing": {"client_cert_file": "/nonexistent.pem"},
        "no key": {"client_cert_file": str(cert)},
    }
    given["locked"] = {"client_cert_file": str(cert), "client_key_file": str(key)}
    with running() as registry:
        speak_tls(registry, tmp_path)
        found = said(registry.host, RegistrySettings(registry.host, ca_file=str(ca), **given[kind]))
        assert (found.code, registry.requests) == (RegistryUnreachable.code, [])
    assert "client certificate" in found.message


def test_a_token_server_elsewhere_sees_no_certificate_and_is_believed_by_its_own_entry(
    ca: Path, tmp_path: Path
) -> None:
    """The registry's authority and certificate are for its own host; an entry of the other host says what is for that.

    On the same host, another port, they are for the token server, too.
    """
    cert, key = str(tmp_path / "server.pem"), str(tmp_path / "server.key")
    tokens = Bearer(authorization())
    with ExitStack() as stack:
        server = stack.enter_context(FaultyRegistry(tokens))
        at_tokens = speak_tls(server, tmp_path)
        port = server.host.rpartition(":")[2]
        for name, settings, reached in (
            ("localhost", (), False),
            ("localhost", (RegistrySettings(f"localhost:{port}", ca_file=str(ca)),), True),
            ("127.0.0.1", (), True),
        ):
            tokens.challenge = f'Bearer realm="https://{name}:{port}/token",service="s",scope="{{scope}}"'
            registry = stack.enter_context(running(tokens))
            shown = speak_tls(registry, tmp_path, certificates=True)
            own = RegistrySettings(
                registry.host, ca_file=str(ca), client_cert_file=cert, client_key_file=key, credentials=LOGIN
            )
            at_tokens.clear()
            found = said(registry.host, own, *settings)
            assert (found == TAGS) == reached, found
            assert all(shown)
            if reached:
                assert [bool(one) for one in at_tokens] == [name == "127.0.0.1"]
            else:
                assert "certificate of localhost" in found.message


def test_insecure_is_for_the_registrys_own_host(ca: Path, tmp_path: Path) -> None:
    """TLS that nobody checks is allowed to the registry, not to a token server elsewhere that gets our password."""
    tokens = Bearer(authorization())
    with FaultyRegistry(tokens) as server, running(tokens) as registry:
        speak_tls(server, tmp_path)
        port = server.host.rpartition(":")[2]
        tokens.challenge = f'Bearer realm="https://localhost:{port}/token",service="s",scope="{{scope}}"'
        found = said(registry.host, RegistrySettings(registry.host, insecure=True, credentials=LOGIN))
        assert "is not trusted" in found.message
        assert server.requests == []


def test_what_is_said_of_a_registry_with_mirrors_is_for_its_own_host(tmp_path: Path) -> None:
    """Not for the first of its endpoints: a mirror's certificate authority stands under the mirror's host."""
    from tagwright.registries import Registries

    settings = RegistrySettings("a.example", endpoints=("https://m.example", "https://a.example"), ca_file="/ca.pem")
    with open_registries((settings,), {}) as registries:
        assert isinstance(registries, Registries)
        assert [(one.host, one.ca_file) for one in registries._beyond()] == [("a.example", "/ca.pem")]


# ── proxies ──────────────────────────────────────────────────────────────────


def test_a_proxy_sees_its_own_login_and_a_host(ca: Path, tmp_path: Path) -> None:
    """Through the tunnel to a registry of https goes nothing that can be read; the registry sees no proxy's login."""
    with proxy(wants=authorization("me", "pr0xy-s3cret")) as passing, running(basic()) as registry:
        speak_tls(registry, tmp_path)
        settings = RegistrySettings(registry.host, ca_file=str(ca), credentials=LOGIN, proxy=passing.url, **PROXY_LOGIN)
        assert said(registry.host, settings, environ=WITH_PROXY) == TAGS
        assert {line.rpartition(" ")[0] for line, _ in passing.seen} == {f"CONNECT {registry.host}"}
        assert all("authorization" not in headers for _, headers in passing.seen)
        assert passing.bytes
        assert not any(word.encode() in passing.bytes for word in (PASSWORD, authorization(), "/v2/"))
        assert {name for asked in registry.requests for name in asked.headers if name.startswith("proxy")} == set()
        assert any("authorization" in asked.headers for asked in registry.requests)


def test_a_plain_registry_is_asked_through_its_proxy_by_whole_urls() -> None:
    """Plain http only where it was allowed; the proxy keeps its own login to itself."""
    with proxy(wants=authorization("me", "pr0xy-s3cret")) as passing, running() as registry:
        settings = RegistrySettings(registry.host, proxy=passing.url, **PROXY_LOGIN)
        assert said(registry.host, settings, environ=WITH_PROXY) == TAGS
        assert all(line.startswith(f"GET http://{registry.host}/v2/") for line, _ in passing.seen)
        assert all("proxy-authorization" not in asked.headers for asked in registry.requests)


def test_the_environments_proxy_is_used_where_nothing_else_is_said(ca: Path, tmp_path: Path) -> None:
    """HTTPS_PROXY and NO_PROXY; `proxy: none` goes without, and a registry's own proxy before the environment's."""
    with proxy() as passing, proxy() as other, running() as registry:
        speak_tls(registry, tmp_path)
        host = f"registry.test:{registry.host.rpartition(':')[2]}"
        environ = {"HTTPS_PROXY": passing.url}
        trusting: Callable[..., RegistrySettings] = lambda **more: RegistrySettings(host, ca_file=str(ca), **more)  # noqa: E731
        assert said(host, trusting(), environ=environ) == TAGS
        assert len(passing.seen) == 1
        assert said(host, trusting(proxy=other.url), environ=environ) == TAGS
        assert (len(passing.seen), len(other.seen)) == (1, 1)
        for settings, spared in ((trusting(proxy="none"), ""), (trusting(), "registry.test"), (trusting(), ".test")):
            found = said(host, settings, environ={**environ, "NO_PROXY": spared})
            assert "no address is known for host registry.test" in found.message
        assert (len(passing.seen), len(other.seen)) == (1, 1)


@pytest.mark.parametrize(
    ("tls", "wants", "status", "words"),
    [
        (True, "Basic x", 0, "wants a login: 407"),
        (False, "Basic x", 0, "wants a login: 407"),
        (True, "", 403, "opens no way"),
        (True, "", 503, "opens no way"),
    ],
)
def test_a_proxy_that_refuses_is_a_problem_of_the_proxy(
    ca: Path, tmp_path: Path, tls: bool, wants: str, status: int, words: str
) -> None:
    """Its 407 is told as such, with what to name; nothing reaches the registry, and no secret is in the sentence."""
    with proxy(wants=wants, status=status) as passing, running(basic()) as registry:
        if tls:
            speak_tls(registry, tmp_path)
        own: dict[str, Any] = {"ca_file": str(ca)} if tls else {}
        settings = RegistrySettings(registry.host, proxy=passing.url, credentials=LOGIN, **PROXY_LOGIN, **own)
        found = said(registry.host, settings, environ=WITH_PROXY)
        assert isinstance(found, Problem)
        assert words in found.message
        assert "s3cret" not in repr(found)
        assert registry.requests == []
        assert passing.url.removeprefix("http://") in found.message


def test_a_proxy_that_is_not_there_is_named() -> None:
    """It is the proxy that refuses connections, not the registry."""
    with running() as registry:
        found = said(registry.host, RegistrySettings(registry.host, proxy=f"http://127.0.0.1:{free_port()}"))
    assert found.message.startswith("the proxy 127.0.0.1:")


# ── other hosts ──────────────────────────────────────────────────────────────


def test_a_link_to_another_host_is_not_followed() -> None:
    """Neither with credentials nor without: what it leads to is no part of this list."""
    with FaultyRegistry() as thief:

        def elsewhere(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
            link = (("Link", f'<{thief.url}/v2/acme/api/tags/list?last=1>; rel="next"'),)
            return Answer(200, b'{"name": "acme/api", "tags": ["1"]}', link)

        with running(basic(), elsewhere) as registry:
            found = said(registry.host, RegistrySettings(registry.host, credentials=LOGIN))
        assert "another host" in found.message
        assert thief.requests == []


def test_credentials_go_to_the_token_server_that_their_registry_named() -> None:
    """Two registries with a token server in common: each one's credentials go there for its own repositories alone."""
    tokens = Bearer()
    with FaultyRegistry(tokens) as server, running(tokens) as one, running(tokens) as other:
        tokens.challenge = f'Bearer realm="{server.url}/token",service="{{host}}",scope="{{scope}}"'
        settings = (RegistrySettings(one.host, credentials=LOGIN), RegistrySettings(other.host))
        with open_registries(settings, ENVIRON, patience=QUICK) as registries:
            lookup([f"{one.host}/acme/api", f"{other.host}/acme/api"], registries)
        sent = {asked.query["service"]: asked.headers.get("authorization") for asked in server.requests}
        assert sent == {one.host: authorization(), other.host: None}

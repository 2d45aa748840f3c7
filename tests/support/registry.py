"""The embedded registry with faults put before it.

A fault is a function of the request and of whoever answers after it; `FaultyRegistry(basic(), paged(10))` asks the
first first. Real registries are in `real_registry.py`.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tagwright.model import RegistryCredentials, RegistrySettings, Secret
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import OCI_INDEX, OCI_MANIFEST, Answer, Asked, EmbeddedRegistry, answer_json, refusal
from tagwright.registries.web.patience import Patience

Fault = Callable[[Asked, Callable[[Asked], Answer]], Answer]
USER, PASSWORD = "bot", "s3cret-Pa55"


class FaultyRegistry(EmbeddedRegistry):
    """The embedded registry behind faults, the first one given outermost."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = list(faults)

    def answer(self, asked: Asked) -> Answer:
        return self._through(self.faults, asked)

    def _through(self, faults: list[Fault], asked: Asked) -> Answer:
        if not faults:
            return super().answer(asked)
        return faults[0](asked, lambda onward: self._through(faults[1:], onward))


QUICK = Patience(tries=3, base=0.01, budget=2.0, timeout=1.0, whole=1.0)
LOGIN = RegistryCredentials(username=Secret(env="U"), password=Secret(env="P"))
ENVIRON = {"U": USER, "P": PASSWORD}
TAGS = tuple(f"1.0.{number}" for number in range(10))


@contextmanager
def running(*faults: Fault, tags: tuple[str, ...] = TAGS) -> Iterator[FaultyRegistry]:
    """A registry with acme/api and its tags, behind faults."""
    with FaultyRegistry(*faults) as registry:
        for tag in tags:
            registry.add("acme/api", tag)
        yield registry


def client(host: str, credentials: RegistryCredentials = LOGIN, patience: Patience = QUICK) -> Registries:
    """Our client, impatient, with the bot's credentials."""
    return open_registries((RegistrySettings(host, credentials=credentials),), ENVIRON, patience=patience)


def listed(registry: EmbeddedRegistry, credentials: RegistryCredentials = LOGIN) -> tuple[str, ...]:
    """The tags of acme/api; raises what the client raises."""
    with client(registry.host, credentials) as registries:
        member, repository = registries.for_image(f"{registry.host}/acme/api")
        return member.tags(repository).tags


def paths(registry: EmbeddedRegistry) -> list[str]:
    """What was asked so far."""
    return [f"{asked.method} {asked.path}" for asked in registry.requests]


@contextmanager
def trickling(start: bytes) -> Iterator[str]:
    """A host that answers `start` and then a byte every 50 ms, until it is closed; gives its address."""
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(start)
            while not over.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while not over.is_set():
                    answer(server.accept()[0])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def speak_tls(registry: EmbeddedRegistry, folder: Path, *, certificates: bool = False) -> list[object]:
    """From now on a registry speaks TLS, with server.pem and server.key of the folder.

    Who connects may show a certificate of ca.pem, and must with `certificates`; those shown are in the list returned.
    """
    server = registry._server
    assert server
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED if certificates else ssl.CERT_OPTIONAL
    server.socket = context.wrap_socket(server.socket, server_side=True)
    shown: list[object] = []
    accept: Callable[[], tuple[Any, Any]] = server.get_request

    def get_request() -> tuple[Any, Any]:
        connection, address = accept()
        shown.append(connection.getpeercert())
        return connection, address

    server.get_request = get_request  # type: ignore[method-assign]
    return shown


def joined(registry: EmbeddedRegistry, repository: str, tag: str, images: Mapping[str, str]) -> str:
    """Push an index of images that are there (platform -> digest) under a tag; its digest."""
    kept = registry.repositories[repository]
    entries = []
    for platform, digest in images.items():
        system, architecture = platform.split("/")
        size = len(kept.manifests[digest].body) if digest in kept.manifests else 2
        named = {"os": system, "architecture": architecture}
        entries.append({"mediaType": OCI_MANIFEST, "digest": digest, "size": size, "platform": named})
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    kept.tags[tag] = kept.keep(kept.manifests, OCI_INDEX, json.dumps(index).encode())
    return kept.tags[tag]


# ── logging in ───────────────────────────────────────────────────────────────


def authorization(user: str = USER, password: str = PASSWORD) -> str:
    """The Basic header of a user."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def basic(accepted: str | None = None) -> Fault:
    """Only who sends `accepted` (the bot's Basic header by default) comes in."""
    accepted = accepted or authorization()

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.headers.get("authorization") == accepted:
            return onward(asked)
        return refusal(401, "UNAUTHORIZED", (("WWW-Authenticate", 'Basic realm="test"'),))

    return fault


class Bearer:
    """A registry and its token server in one; what it gave out and was asked is kept in `grants`.

    `accepted` is the Authorization the token server wants, "" for anyone. `challenge` is the WWW-Authenticate header,
    with {host}, {repository} and {scope}. Tokens are worth their own scope for `life` seconds by `clock`; `universal`
    ones open every door.
    """

    def __init__(
        self,
        accepted: str = "",
        *,
        challenge: str = 'Bearer realm="http://{host}/token",service="test",scope="{scope}"',
        life: float | None = 300,
        field: str = "token",
        universal: bool = False,
    ) -> None:
        self.accepted, self.challenge, self.life, self.field, self.universal = (
            accepted,
            challenge,
            life,
            field,
            universal,
        )
        self.grants: list[Asked] = []
        self.tokens: dict[str, tuple[str, float]] = {}
        self.clock = time.monotonic

    def __call__(self, asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.path == "/token":
            return self._grant(asked)
        repository = re.sub(r"^/v2/|/(tags/list|manifests/[^/]*|blobs/[^/]*)$", "", asked.path)
        scope = f"repository:{repository}:pull"
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        worth, until = self.tokens.get(token, ("", 0))
        if until > self.clock() and (self.universal or worth == scope):
            return onward(asked)
        header = self.challenge.format(host=asked.headers["host"], repository=repository, scope=scope)
        return refusal(401, "UNAUTHORIZED", (("WWW-Authenticate", header),))

    def _grant(self, asked: Asked) -> Answer:
        self.grants.append(asked)
        if (
            self.accepted
            and asked.headers.get("authorization") != self.accepted
            and self.accepted not in str(asked.body)
        ):
            return refusal(401, "UNAUTHORIZED")
        token = secrets.token_hex(8)
        self.tokens[token] = (asked.query.get("scope", ""), self.clock() + (self.life or 60))
        return answer_json({self.field: token, **({"expires_in": self.life} if self.life is not None else {})})


# ── listing ──────────────────────────────────────────────────────────────────


def paged(size: int, link: str = '<{target}>; rel="next"') -> Fault:
    """Never more than `size` tags a page. `link` is the Link header, with {target} and {host}; "" sends none."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if not asked.path.endswith("/tags/list"):
            return onward(asked)
        answer = onward(replace(asked, query={**asked.query, "n": str(size)}))
        found = dict(answer.headers).pop("Link", "")
        kept = tuple(pair for pair in answer.headers if pair[0] != "Link")
        target = found[1 : found.find(">")]
        header = link.format(target=target, host=asked.headers["host"])
        return replace(answer, headers=(*kept, ("Link", header)) if found and header else kept)

    return fault


def instead(pattern: str, answer: Answer, times: int | None = None) -> Fault:
    """Requests "METHOD /path" that match get this answer, only the first `times` of them when given."""
    left = [times if times is not None else 1 << 30]
    lock = threading.Lock()

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        query = f"?{urlencode(asked.query)}" if asked.query else ""
        with lock:
            hit = left[0] > 0 and re.search(pattern, f"{asked.method} {asked.path}{query}") is not None
            left[0] -= hit
        return answer if hit else onward(asked)

    return fault


def without(header: str) -> Fault:
    """Answers lack a header."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        answer = onward(asked)
        return replace(answer, headers=tuple(pair for pair in answer.headers if pair[0].lower() != header.lower()))

    return fault


def slow(seconds: float) -> Fault:
    """Every answer takes so long."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        time.sleep(seconds)
        return onward(asked)

    return fault

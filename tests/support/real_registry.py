"""Others' registries on this machine, filled over their own API, and the token server that one of them can ask.

Debian's docker-registry (CNCF distribution 2.8), distribution 3, zuul-registry and crane's `registry serve`.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tagwright.registries.embedded import Answer, Asked, Blob, EmbeddedRegistry, answer_json, refusal
from tests.support import certificates
from tests.support.parts import require
from tests.support.registry import PASSWORD, USER, authorization


@contextmanager
def docker_registry(folder: Path, extra: str = "", *, tls: bool = False, version: int = 2) -> Iterator[str]:
    """Run distribution with its data in memory and `extra` configuration; gives "127.0.0.1:PORT" once it answers.

    `version` 2 is Debian's package, 3 the project's own build. `tls` wants server.pem and server.key in the folder.
    """
    program = require("docker-registry", "registry") if version == 2 else require("registry-3", "registry-3")
    port = free_port()
    keys = f", tls: {{certificate: {folder}/server.pem, key: {folder}/server.key}}" if tls else ""
    config = folder / "registry.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{inmemory: {{}}}}\nhttp: {{addr: '127.0.0.1:{port}', secret: test{keys}}}\n{extra}"
    )
    quiet = {"OTEL_TRACES_EXPORTER": "none"} if version == 3 else {}  # else it looks for a collector of traces
    with _served([program, "serve", str(config)], port, quiet) as host:
        yield host


@contextmanager
def crane_registry() -> Iterator[str]:
    """go-containerregistry's `crane registry serve`, in memory."""
    program, port = require("crane", "crane"), free_port()
    with _served([program, "registry", "serve", "--address", f"127.0.0.1:{port}"], port) as host:
        yield host


@contextmanager
def zuul_registry(folder: Path) -> Iterator[tuple[str, str]]:
    """zuul-registry, where only the bot may read; gives its host and an Authorization that may push."""
    program, port = require("zuul-registry", "zuul"), free_port()
    settings = {
        "address": "127.0.0.1", "port": port, "public-url": f"http://127.0.0.1:{port}", "secret": "x" * 32,
        "storage": {"driver": "filesystem", "root": str(folder / "data")},
        "users": [
            {"name": USER, "pass": PASSWORD, "access": "write"}, {"name": "reader", "pass": "r", "access": "read"}
        ],
    }  # fmt: skip
    config = folder / "zuul.yaml"
    config.write_text(json.dumps({"registry": settings}))
    with _served([program, "-c", str(config), "serve"], port) as host:
        query = urlencode({"scope": "repository:acme/api:pull,push"})
        asked = urllib.request.Request(f"http://{host}/auth/token?{query}", headers={"Authorization": authorization()})
        with urllib.request.urlopen(asked, timeout=10) as reply:
            yield host, f"Bearer {json.load(reply)['token']}"


@contextmanager
def _served(command: list[str], port: int, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a server until the end of the block; gives "127.0.0.1:PORT" once it listens."""
    silence = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=silence, stderr=silence, env={**os.environ, **(environ or {})})
    try:
        wait_for_port(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, seconds: float = 10) -> None:
    """Return when something listens there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    raise TimeoutError(f"nothing listens on port {port}")


class Pusher:
    """Copies what an embedded registry holds into a real one, by the API's own uploads."""

    def __init__(
        self, host: str, *, context: ssl.SSLContext | None = None, login: str | Callable[[str], str] = ""
    ) -> None:
        self._connection = (
            http.client.HTTPSConnection(host, context=context) if context else http.client.HTTPConnection(host)
        )
        self._login = login

    def push(self, source: EmbeddedRegistry) -> None:
        """Every repository: blobs, manifests by digest (an index after its images), then tags."""
        for name, kept in source.repositories.items():
            for digest, blob in kept.blobs.items():
                self._blob(name, digest, blob.body)
            for digest, manifest in sorted(kept.manifests.items(), key=lambda item: b'"manifests"' in item[1].body):
                self._manifest(name, digest, manifest)
            for tag, digest in kept.tags.items():
                self._manifest(name, tag, kept.manifests[digest])
        self._connection.close()

    def _manifest(self, name: str, reference: str, manifest: Blob) -> None:
        headers = {"Content-Type": manifest.media_type}
        self._ask(name, "PUT", f"/v2/{name}/manifests/{reference}", manifest.body, headers)

    def _blob(self, name: str, digest: str, body: bytes) -> None:
        upload = self._ask(name, "POST", f"/v2/{name}/blobs/uploads/", b"", {}).partition("/v2/")[2]
        joint = "&" if "?" in upload else "?"
        self._ask(name, "PUT", f"/v2/{upload}{joint}{urlencode({'digest': digest})}", body, {})

    def _ask(self, name: str, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> str:
        login = self._login if isinstance(self._login, str) else self._login(name)
        sent = {**headers, **({"Authorization": login} if login else {})}
        self._connection.request(method, target, body, sent)
        reply = self._connection.getresponse()
        said = reply.read()
        assert reply.status in (201, 202), (method, target, reply.status, said[:200])
        return reply.headers.get("Location") or ""


class TokenServer(EmbeddedRegistry):
    """Signs tokens that docker-registry believes (distribution's token specification): all scopes, for the bot only."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._key = certificates.signer(folder)
        self._chain = [certificates.body(folder / "token.pem")]

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != authorization():
            return refusal(401, "UNAUTHORIZED")
        return answer_json({"token": self.token(asked.query.get("scope", "")), "expires_in": 300})

    def token(self, scope: str) -> str:
        """A token for "repository:NAME:actions"."""
        import jwt

        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        now = int(time.time())
        claims = {
            "iss": "test-issuer", "sub": "bot", "aud": "test-registry", "jti": uuid.uuid4().hex,
            "iat": now, "nbf": now - 10, "exp": now + 300,
            "access": [{"type": kind, "name": name, "actions": actions.split(",")}] if name else [],
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"x5c": self._chain})

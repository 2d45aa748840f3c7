"""An issuer of tokens for CI, on this machine: discovery, keys that rotate, and every way in which it can fail."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

AUDIENCE = "https://tagwright.example.com"
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"

GITHUB = {
    "sub": "repo:acme/api:ref:refs/heads/main",
    "repository": "acme/api",
    "repository_id": "74",
    "repository_owner": "acme",
    "repository_owner_id": "65",
    "ref": "refs/heads/main",
    "ref_type": "branch",
    "ref_protected": "true",
    "event_name": "push",
    "workflow_ref": "acme/api/.github/workflows/release.yaml@refs/heads/main",
    "job_workflow_ref": "acme/api/.github/workflows/release.yaml@refs/heads/main",
    "runner_environment": "github-hosted",
}
"""The claims of a job on GitHub (docs.github.com, "OpenID Connect reference")."""

GITLAB = {
    "sub": "project_path:acme/api:ref_type:branch:ref:main",
    "namespace_path": "acme",
    "project_id": "22",
    "project_path": "acme/api",
    "user_login": "someone",
    "pipeline_source": "push",
    "ref": "main",
    "ref_type": "branch",
    "ref_path": "refs/heads/main",
    "ref_protected": "true",
    "ci_config_ref_uri": "gitlab.example.com/acme/api//.gitlab-ci.yml@refs/heads/main",
}
"""The claims of a job on GitLab (docs.gitlab.com, "ID token authentication")."""


Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass
class Issuer:
    """One that runs at `url`. `asked` are the paths it was asked for, `claims` go over those of every token, `more`
    stands among its keys; the rest is how it behaves."""

    url: str
    asked: list[str] = field(default_factory=list)
    private: dict[str, Private] = field(default_factory=dict)
    more: list[Any] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    padding: int = 0
    seconds: float = 0.0
    redirect: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    over: Event = field(default_factory=Event)

    def rotate(self, kid: str, curve: bool = False) -> None:
        """Sign with a new key; the former ones are no longer told."""
        self.private = {
            kid: ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, 2048)
        }

    def times(self, path: str) -> int:
        """How often it was asked for a path."""
        return self.asked.count(path)

    def token(self, claims: dict[str, Any] | None = None, kid: str = "", key: Any = None, **headers: Any) -> str:
        """A token as a job gets it, with `claims` over the usual ones; None takes one away."""
        now = int(time.time())
        whole = {"iss": self.url, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300, "jti": str(time.time_ns())}
        whole = {
            name: value for name, value in {**whole, **(claims or GITHUB), **self.claims}.items() if value is not None
        }
        kid, known = kid or next(iter(self.private)), next(iter(self.private.values()))
        algorithm = headers.pop("alg", "ES256" if isinstance(known, ec.EllipticCurvePrivateKey) else "RS256")
        return jwt.encode(whole, known if key is None else key, algorithm=algorithm, headers={"kid": kid, **headers})

    def jwk(self, kid: str) -> dict[str, Any]:
        """A public key as the issuer lists it (RFC 7517)."""
        return {**_jwk(self.private[kid]), "kid": kid, "use": "sig"}

    def public_pem(self) -> bytes:
        """The public key as text, which everybody may read."""
        public = next(iter(self.private.values())).public_key()
        return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def answer(self, path: str) -> bytes:
        """The document at a path."""
        if path == DISCOVERY:
            return json.dumps({"issuer": self.url, "jwks_uri": self.url + KEYS, **self.document}).encode()
        if path.startswith("/token?"):  # where a job on GitHub asks for its own
            return json.dumps({"value": self.token()}).encode()
        listed = [*self.more, *map(self.jwk, self.private)]
        return json.dumps({"keys": listed, "padding": "x" * self.padding}).encode()


def _jwk(key: Private) -> dict[str, Any]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "alg": "ES256"}
    return {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "alg": "RS256"}


@contextmanager
def issuer() -> Iterator[Issuer]:
    """Run one on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one.asked.append(self.path)
            if one.redirect and not self.path.startswith("/elsewhere"):
                self.send_response(302)
                self.send_header("Location", one.redirect)
                self.end_headers()
                return
            body = one.answer(self.path)
            self.send_response(one.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for byte in (body[:10], body[10:]):
                one.over.wait(one.seconds)
                self.wfile.write(byte)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    one = Issuer(f"http://127.0.0.1:{server.server_port}")
    one.rotate("first")
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield one
    finally:
        one.over.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""A GitHub App on the stage: what GitHub knows of it, checked as GitHub does (docs.github.com/rest/apps/apps)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.forge_server import Answer, Request

_MAY = {"contents": "write", "metadata": "read", "pull_requests": "write"}
_BORN = "2026-01-02T03:04:05Z"


class StageApp:
    """An app that is installed everywhere; `lifetime` in seconds is its tokens'. `pem` is its private key."""

    def __init__(self, ident: str = "12345", installation: int = 678, lifetime: float = 3600.0) -> None:
        self.ident, self.installation, self.lifetime = ident, installation, lifetime
        self.issued: list[str] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    def knows(self, token: str) -> bool:
        """Whether it is a token of an installation."""
        return token in self.issued

    def signed(self, request: Request) -> bool:
        """Whether the app itself asks: its JWT, signed within the last ten minutes."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            said = jwt.decode(token, self._key.public_key(), algorithms=["RS256"], issuer=self.ident)
        except jwt.PyJWTError:
            return False
        return kind == "Bearer" and said["exp"] - said["iat"] <= 660

    def look_up(self, api: str, owner: dict[str, Any]) -> Answer:
        """GET /repos/{owner}/{repo}/installation."""
        here = f"{api}/app/installations/{self.installation}"
        addresses = {
            "access_tokens_url": f"{here}/access_tokens",
            "repositories_url": f"{api}/installation/repositories",
            "html_url": here,
        }
        of = {"account": owner, "target_id": owner["id"], "target_type": "Organization"}
        may: dict[str, Any] = {
            "permissions": _MAY,
            "events": [],
            "repository_selection": "all",
            "single_file_name": None,
        }
        when = {"created_at": _BORN, "updated_at": _BORN, "suspended_at": None, "suspended_by": None}
        who = {"id": self.installation, "app_id": 12345, "app_slug": "tagwright"}
        return Answer(200, {**who, **addresses, **of, **may, **when})

    def issue(self, request: Request, installation: str) -> Answer:
        """POST /app/installations/{installation_id}/access_tokens."""
        if int(installation) != self.installation:
            return Answer(404, {"message": "Not Found"})
        self.issued.append(f"ghs_{len(self.issued):036d}")
        ends = datetime.fromtimestamp(time.time() + self.lifetime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = {"token": self.issued[-1], "expires_at": ends, "permissions": _MAY, "repository_selection": "all"}
        return Answer(201, told)

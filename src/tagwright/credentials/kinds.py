"""What credentials are, and where they were found."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

_VISIBLE = re.compile(r"[!-~]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Credentials:
    """One of: a user name and password, or a token of some kind. Nothing secret is ever printed.

    `token` is sent as a bearer to the registry's token server (or, where it has none, to the registry); `straight` as a
    bearer to the registry itself (docker's `registrytoken`); `identity` is exchanged at the token server by OAuth 2
    (docker's `identitytoken`); `entra` is an access token that an Azure registry's /oauth2/exchange makes an identity.
    They end at `until`, in seconds of the epoch; infinity when nobody says.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    straight: str = field(default="", repr=False)
    entra: str = field(default="", repr=False)
    until: float = field(default=float("inf"), compare=False)

    @property
    def sendable(self) -> bool:
        """Can they stand in a request? No token of two lines can, nor bytes that are no text (PEP 383)."""
        encoded = f"{self.username}{self.password}{self.identity}{self.entra}"
        return _VISIBLE.fullmatch(self.token + self.straight) is not None and not _SURROGATE.search(encoded)

    @property
    def authorization(self) -> str:
        """The Authorization header to send: Basic, or Bearer; "" for what must be exchanged first."""
        if bearer := self.straight or self.token:
            return f"Bearer {bearer}"
        if self.identity or self.entra:
            return ""
        return f"Basic {base64.b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Found:
    """Credentials, and the place they come from in words: "docker config /run/x.json, key ghcr.io"."""

    credentials: Credentials
    place: str


def user_and_password(text: str) -> Credentials | None:
    """What "user:password" says; None when one of them is missing."""
    username, colon, password = text.strip("\r\n").partition(":")
    return Credentials(username, password) if username and colon and password else None

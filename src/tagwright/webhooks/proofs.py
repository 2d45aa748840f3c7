"""How a sender proves itself: by a signature of the body, a secret in a header or in the address, or Google's token.

Secrets and signatures are compared in constant time, and every one of the secrets that count is tried.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_STALE = 300  # seconds, standard-webhooks/spec "Verifying webhook authenticity"
_SIGNING_SECRET = "whsec_"  # noqa: S105 - how one begins
_MOST_SIGNATURES = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What a proof looks at: `headers` by their names in lower case, and the secret that the address held.

    `clock` is the time now in seconds since 1970.
    """

    headers: Mapping[str, str]
    body: bytes
    in_url: str = ""
    clock: float = 0.0


@dataclass(frozen=True, slots=True)
class Signature:
    """An HMAC of the body in hexadecimal digits; with `bare` its header may hold the secret itself instead."""

    header: str
    digest: str = "sha256"
    prefix: str = ""
    bare: bool = False

    def holds(self, request: Request, secrets: Iterable[str]) -> bool:
        """Was the body signed with one of the secrets?"""
        given = request.headers.get(self.header.lower(), "")
        return _any(
            [
                _same(given, self.sign(request.body, secret)) | (self.bare and _same(given, secret))
                for secret in secrets
                if secret
            ]
        )

    def signed(self, _request: Request) -> bool:
        """Whether it is the body that is signed, so that one that comes again is a replay."""
        return True

    def sign(self, body: bytes, secret: str) -> str:
        """What the header of a body holds."""
        return self.prefix + hmac.new(secret.encode(), body, self.digest).hexdigest()


@dataclass(frozen=True, slots=True)
class InHeader:
    """The secret in a header: all of it, or after "Bearer"; after "Basic", with a user's name before it or without.

    A secret that begins with whsec_ is a key: it signs instead (standardwebhooks.com; GitLab since 18.11).
    """

    header: str = "Authorization"

    def holds(self, request: Request, secrets: Iterable[str]) -> bool:
        """Does the header hold one of the secrets?"""
        given = _shown(request.headers.get(self.header.lower(), ""))
        return _any([_standard(request, secret) if _is_key(secret) else _one_of(given, secret) for secret in secrets])

    def signed(self, request: Request) -> bool:
        """Whether it is a signature that was given."""
        return "webhook-signature" in request.headers


@dataclass(frozen=True, slots=True)
class InUrl:
    """The secret in the address, of senders that can do nothing else."""

    def holds(self, request: Request, secrets: Iterable[str]) -> bool:
        """Was one of the secrets in the address?"""
        return _any([_same(request.in_url, secret) for secret in secrets])

    def signed(self, _request: Request) -> bool:
        """It is no signature."""
        return False


@dataclass(frozen=True, slots=True)
class GoogleToken:
    """An OpenID Connect token that Google signs for a service account; who holds the keys checks it."""

    def holds(self, _request: Request, _secrets: Iterable[str]) -> bool:
        """No secret proves anything here."""
        return False

    def signed(self, _request: Request) -> bool:
        """It signs nothing of the body."""
        return False


Proof = Signature | InHeader | InUrl | GoogleToken


def _shown(given: str) -> tuple[str, ...]:
    """What a header may say: as it stands, and without a scheme before it."""
    scheme, blank, rest = given.partition(" ")
    if not blank or scheme.lower() not in ("bearer", "basic"):
        return (given,)
    if scheme.lower() == "bearer":
        return given, rest.strip()
    try:
        login = b64decode(rest.strip(), validate=True).decode()
    except (NotBase64, ValueError):
        return (given,)
    return given, login, login.partition(":")[2]


def _is_key(secret: str) -> bool:
    return secret.startswith(_SIGNING_SECRET)


def _standard(request: Request, secret: str) -> bool:
    """A signature of id, time and body (standard-webhooks/spec); an old one is none."""
    try:
        key = b64decode(secret.removeprefix(_SIGNING_SECRET), validate=True)
        name, when = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        fresh = abs(request.clock - int(when)) <= _STALE
    except (KeyError, ValueError):
        return False
    made = hmac.new(key, f"{name}.{when}.".encode() + request.body, "sha256").digest()
    given = request.headers.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    return fresh and bool(key) and _any([_same(one, f"v1,{b64encode(made).decode()}") for one in given])


def _one_of(given: tuple[str, ...], secret: str) -> bool:
    return _any([_same(one, secret) for one in given])


def _same(given: str, wanted: str) -> bool:
    """In constant time; an empty secret is nobody's."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()) and bool(wanted)


def _any(outcomes: list[bool]) -> bool:
    """Of a list, so that all were tried."""
    return any(outcomes)

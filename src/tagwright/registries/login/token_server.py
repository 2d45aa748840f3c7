"""The server that a registry sends us to for a token: the distribution project's token specification, and OAuth 2.

`GET realm?service=…&scope=…` with our credentials, or `POST` for an identity token (docker's `identitytoken`), which
the answer may replace by a newer one. Where POST is not understood, GET is tried as containerd does, with the identity
as the password of nobody (its authorizer.go: "Registries without support for POST may return 404").
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard
from urllib.parse import urlencode

from tagwright.credentials import Credentials
from tagwright.errors import RegistryDenied, RegistryError
from tagwright.registries.web.connections import Ask, Reply
from tagwright.registries.web.http import Web
from tagwright.registries.web.origin import Origin, parse

_TOKEN = re.compile(r"[!-~]{1,32768}")  # several times what most registries take for a header
_LIMIT = 1 << 20  # bytes of an answer
_DEFAULT_LIFE = 60.0  # token specification: expires_in, "for compatibility … 60 seconds"
_LONGEST_LIFE = 86_400.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_NO_POST = (404, 405)
_REFUSED = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class Way:
    """How a registry wants to be asked, as its last challenge said. `scope` may hold {repository}."""

    realm: str = ""
    service: str = ""
    scope: str = ""

    def for_repository(self, repository: str) -> Way:
        """The same way, to one repository."""
        return replace(self, scope=self.scope.replace("{repository}", repository))


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and for how many seconds from when it was asked for."""

    text: str = field(repr=False)
    life: float


class Refused(RegistryDenied):
    """The token server gives us no token."""


class TokenServer:
    """Where one registry's tokens are. Safe to use from many threads."""

    def __init__(self, web: Web, origin: Origin) -> None:
        self._web, self._origin = web, origin
        self._lock = threading.Lock()
        self._identities: dict[Credentials, str] = {}

    def fetch(self, way: Way, who: Credentials | None) -> Token:
        """A new token. Raises Refused when we may have none, RegistryError for everything else that goes wrong."""
        realm, target = self.realm_of(way)
        if who and (who.identity or who.entra):
            reply = self._by_identity(realm, target, way, who)
        else:
            reply = self._get(realm, target, way, who.authorization if who else "")
        said = _success(reply, self._place(realm))
        if who and (newer := said.get("refresh_token")) and _is_token(newer):
            with self._lock:
                self._identities[who] = newer
        token = said.get("token") or said.get("access_token")
        if not _is_token(token):
            raise RegistryError(f"{self._place(realm)} gives no token", hint="expected JSON with token or access_token")
        return Token(token, _life(said, reply))

    def realm_of(self, way: Way) -> tuple[Origin, str]:
        """Where tokens are. A realm elsewhere must be https: it gets our secret, and its answer goes to the registry.

        Plain http is for a registry that itself is asked so, on the same host or within this machine.
        """
        try:
            origin, target = parse(way.realm)
        except ValueError:
            raise RegistryError(f"{self._origin.address} names a token server that is no address") from None
        near = origin.host == self._origin.host or (origin.loopback and self._origin.loopback)
        if origin.scheme == "http" and not (near and self._origin.scheme == "http"):
            raise RegistryDenied(
                f"{self._origin.address} sends us to a token server without TLS ({origin.address})",
                hint="credentials go only over https; check the endpoint of this registry",
            )
        return origin, target

    def _get(self, realm: Origin, target: str, way: Way, authorization: str) -> Reply:
        query = [*_service(way), *(("scope", scope) for scope in way.scope.split())]
        joint = "&" if "?" in target else "?"
        return self._web.ask(realm, Ask("GET", target + joint + urlencode(query), {}, authorization, limit=_LIMIT))

    def _by_identity(self, realm: Origin, target: str, way: Way, who: Credentials) -> Reply:
        """With the newest identity token that came of `who`; the first one again where the newest is refused."""
        with self._lock:
            newest = self._identities.get(who, "")
        if newest:
            reply = self._post(realm, target, way, newest)
            if reply.status not in _REFUSED:
                return reply
            with self._lock:
                self._identities.pop(who, None)
        identity = who.identity or self._exchanged(realm, way, who)
        reply = self._post(realm, target, way, identity)
        if reply.status in _NO_POST:
            return self._get(realm, target, way, Credentials("", identity).authorization)
        return reply

    def _post(self, realm: Origin, target: str, way: Way, identity: str) -> Reply:
        scope = [("scope", way.scope)] if way.scope else []
        form = [("grant_type", "refresh_token"), ("refresh_token", identity), ("client_id", "tagwright")]
        return self._form(realm, target, [*form, *_service(way), *scope])

    def _exchanged(self, realm: Origin, way: Way, who: Credentials) -> str:
        """An Azure registry's identity token for an access token of Entra (Azure/acr, docs/AAD-OAuth.md)."""
        if realm.host != self._origin.host:
            raise RegistryDenied(f"{self._origin.address} is no Azure registry: its tokens are at {realm.address}")
        service = way.service or self._origin.host
        form = [("grant_type", "access_token"), ("service", service), ("access_token", who.entra)]
        reply = self._form(realm, "/oauth2/exchange", form)
        identity = _success(reply, self._place(realm)).get("refresh_token")
        if not _is_token(identity):
            raise RegistryError(f"{self._place(realm)} exchanges no token", hint="is it an Azure registry?")
        with self._lock:
            self._identities[who] = identity
        return identity

    def _form(self, realm: Origin, target: str, form: Sequence[tuple[str, str]]) -> Reply:
        return self._web.ask(realm, Ask("POST", target, _FORM, body=urlencode(form).encode(), limit=_LIMIT))

    def _place(self, realm: Origin) -> str:
        return f"the token server of {self._origin.address} ({realm.address})"


def _service(way: Way) -> list[tuple[str, str]]:
    return [("service", way.service)] if way.service else []


def _success(reply: Reply, place: str) -> dict[str, Any]:
    """What a 200 says; its JSON is nobody's guess, and an error's text is not repeated."""
    if reply.status in _REFUSED:
        raise Refused(place)
    if reply.status != 200:
        raise RegistryError(f"{place} answers {reply.status}", hint="try again later, or check the endpoint")
    said = None
    with suppress(ValueError, RecursionError):
        said = json.loads(reply.body)
    if not isinstance(said, dict):
        raise RegistryError(f"{place} gives no token", hint="expected JSON with token or access_token")
    return said


def _is_token(text: object) -> TypeGuard[str]:
    """Is it one that cannot break the header it goes into?"""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def _life(said: dict[str, Any], reply: Reply) -> float:
    """`expires_in` seconds counted from `issued_at`, by the server's own clock; sixty where it says nothing usable."""
    life = _DEFAULT_LIFE
    with suppress(ValueError, TypeError, OverflowError):
        life = float(said.get("expires_in") or 0)
    if not (math.isfinite(life) and life > 0):
        life = _DEFAULT_LIFE
    return max(0.0, min(life, _LONGEST_LIFE) - _age(said.get("issued_at"), reply.headers.get("Date")))


def _age(issued: object, date: str | None) -> float:
    """How many seconds old a token is when it comes: some servers keep them. Our own clock has no say in it."""
    try:
        age = parsedate_to_datetime(date or "") - datetime.fromisoformat(str(issued))
    except (ValueError, TypeError):
        return 0.0
    return max(0.0, age / timedelta(seconds=1))

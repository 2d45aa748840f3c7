"""The public keys of an issuer: read over HTTP, kept by their id, and read again before they are old.

Where they are says the issuer's own document (OpenID Connect Discovery 1.0, section 4), and only a place on the
issuer's own host is believed. PyJWT brings a client of its own, but that one follows redirects anywhere, reads answers
of any size and asks the issuer anew for every key it does not know, at the pleasure of whoever invents ids.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import jwt

from tagwright.announce.refusals import IssuerAway, Refused
from tagwright.errors import TagwrightError
from tagwright.model import Announcer
from tagwright.registries.web.connections import Ask
from tagwright.registries.web.http import Trust, Web
from tagwright.registries.web.origin import parse
from tagwright.registries.web.patience import Patience

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that only the issuer has; with HS256 anybody who reads the public key could sign (RFC 8725)."""

_FRESH = 3600.0  # seconds: issuers tell keys at least a day before they sign with them
_STALE = 86400.0  # while an issuer is away
_PAUSE = 30.0  # between two looks, whatever ids strangers invent
_PATIENCE = Patience(tries=1, timeout=5.0, whole=10.0, budget=10.0)
_MOST_BYTES, _MOST_KEYS = 1 << 18, 100


class Keys:
    """One issuer's keys. Safe to use from many threads, of which one looks while the others use what there is."""

    def __init__(
        self,
        announcer: Announcer,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
        patience: Patience = _PATIENCE,
    ) -> None:
        self._of, self._environ, self._clock, self._patience = announcer, environ, clock, patience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = self._looked_at = float("-inf")
        self._why = "its keys were not read yet"
        self._looking = threading.Lock()

    def key(self, kid: str) -> jwt.PyJWK:
        """The key of an id. Raises Refused (401) for one the issuer does not have, IssuerAway without any keys."""
        if not self._fresh(kid):
            self._look_again(kid)
        found = self._keys.get(kid)
        if self._clock() - self._read_at > _STALE or (found is None and self._why):
            raise IssuerAway(f"{self._of.issuer}: {self._why}")
        if found is None:
            why = f"{self._of.issuer} has no key {kid[:60]!r}"
            raise Refused(401, "the token is signed with a key that its issuer does not name", why)
        return found

    def _fresh(self, kid: str) -> bool:
        return kid in self._keys and self._clock() - self._read_at <= _FRESH

    def _look_again(self, kid: str) -> None:
        """Read the keys anew, one thread at a time and not too often; without any keys the others wait for it."""
        if not self._looking.acquire(blocking=not self._keys):
            return
        try:
            if not self._fresh(kid) and self._clock() - self._looked_at >= _PAUSE:
                self._look()
        finally:
            self._looking.release()

    def _look(self) -> None:
        self._looked_at = self._clock()
        try:
            self._keys, self._why = self._read(), ""
            self._read_at = self._clock()
        except (TagwrightError, ValueError) as error:
            self._why = f"its keys cannot be read: {error}"

    def _read(self) -> dict[str, jwt.PyJWK]:
        with closing(self._web()) as web:
            url = self._of.keys_url or self._discovered(web)
            listed = _json(web, url).get("keys")
        if not isinstance(listed, list):
            raise ValueError(f"{url} holds no list of keys")
        found = dict(filter(None, map(_usable, listed[:_MOST_KEYS])))
        if not found:
            raise ValueError(f"{url} holds no key that we could use")
        return found

    def _web(self) -> Web:
        """Connections of its own for each look: a host that was away is asked again the next time."""
        origin, _ = parse(self._of.keys_url or self._of.issuer)
        return Web(Trust(ca_file=self._of.ca_file, host=origin.host), self._environ, patience=self._patience)

    def _discovered(self, web: Web) -> str:
        """Where the issuer says that its keys are. Raises ValueError where that is not to be believed."""
        told = _json(web, self._of.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if told.get("issuer") != self._of.issuer:
            raise ValueError("the document of the issuer names another issuer")
        url = str(told.get("jwks_uri"))
        if parse(url)[0] != parse(self._of.issuer)[0]:
            raise ValueError("the issuer's keys are said to be on another host: name it as keys_url if that is right")
        return url


def _json(web: Web, url: str) -> dict[str, Any]:
    """One document. Redirects are not followed: whoever may redirect there may not be the issuer."""
    origin, target = parse(url)
    if origin.scheme != "https" and not origin.loopback:
        raise ValueError(f"{origin} is not asked in the clear")
    reply = web.host(origin).ask(Ask("GET", target, {"Accept": "application/json"}, limit=_MOST_BYTES))
    if reply.status != 200:
        raise ValueError(f"{origin} answers {reply.status}")
    try:
        found = json.loads(reply.body)
    except RecursionError:
        raise ValueError(f"{origin} answers with JSON that nests too deep") from None
    if not isinstance(found, dict):
        raise ValueError(f"{origin} answers with something that is no JSON object")
    return found


def _usable(jwk: object) -> tuple[str, jwt.PyJWK] | None:
    """A key with its id, when it is for signatures and of a kind we accept."""
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or jwk.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(jwk)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    return (jwk["kid"], key) if key.algorithm_name in ALGORITHMS else None

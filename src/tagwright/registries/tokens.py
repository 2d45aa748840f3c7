"""Logging in to a registry: what a 401 asks for, and tokens kept until they run out.

The conversation is the distribution project's token specification: a 401 names a realm, a service and a scope, the
realm gives a token for them. Once a realm is known the next image's token is fetched before it is asked for, so a
repository costs one request with a token at hand and two without.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from tagwright.credentials import Credentials
from tagwright.errors import RegistryDenied, RegistryError
from tagwright.registries.connections import Ask
from tagwright.registries.http import Web
from tagwright.registries.origin import Origin, parse

_PARAMETER = re.compile(r'[\s,]*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"[\s,]*([A-Za-z][\w-]*)(?=\s|,|$)")
_TOKEN = re.compile(r"[!-~]+")
_DEFAULT_LIFE = 60.0  # token specification: expires_in, "for compatibility … 60 seconds"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in that a WWW-Authenticate header offers (RFC 9110, 11.6.1); `scheme` in lower case."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


def challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge of every header; one header may hold several."""
    return tuple(challenge for header in headers for challenge in _challenges(header))


def _challenges(header: str) -> Iterable[Challenge]:
    position, found = 0, Challenge("")
    while position < len(header):
        if match := _PARAMETER.match(header, position):
            name, value = match[1].lower(), re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
            if name in ("realm", "service", "scope"):
                found = replace(found, **{name: value})
        elif match := _SCHEME.match(header, position):
            if found.scheme:
                yield found
            found = Challenge(match[1].lower())
        else:
            break
        position = match.end()
    if found.scheme:
        yield found


@dataclass(frozen=True, slots=True)
class Way:
    """How this registry wants to be asked, as its last challenge said. `scope` may hold {repository}."""

    realm: str = ""
    service: str = ""
    scope: str = ""

    def for_repository(self, repository: str) -> Way:
        """The same way, to one repository."""
        return replace(self, scope=self.scope.replace("{repository}", repository))


@dataclass(slots=True)
class _Kept:
    """A token and when it should no longer be used; the lock lets one thread fetch it for all."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = field(default="", repr=False)
    until: float = 0.0


class Login:
    """One registry's way in, learned from its first 401 and kept for the rest of the run.

    `credentials` is asked once, and only when the registry wants to know who we are.
    """

    def __init__(
        self,
        web: Web,
        origin: Origin,
        credentials: Callable[[], Credentials | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web, self._origin, self._ask_credentials, self._clock = web, origin, credentials, clock
        self._lock = threading.Lock()
        self._credentials: tuple[Credentials | None] | None = None
        self._way: Way | None = None
        self._tokens: dict[Way, _Kept] = {}

    @property
    def way(self) -> Way | None:
        """How the registry wanted to be asked the last time; None when it let everyone in so far."""
        return self._way

    @property
    def credentials(self) -> str:
        """Our credentials as an Authorization of their own, "" for none. Raises RegistryDenied."""
        who = self._who()
        return who.authorization if who else ""

    def header(self, repository: str) -> str:
        """The Authorization to send unasked, as learned so far; "" for none. Raises RegistryError."""
        if self._way is None:
            return ""
        return self._header(self._way.for_repository(repository), repository)

    def answer(self, headers: Iterable[str], repository: str, refused: str, tried: set[Way]) -> str:
        """The Authorization to try after a 401. `tried` collects, over one request, the ways refused when fresh.

        A scope that the registry names is used as it is; if it does not open the door, the repository's own is
        (some registries name a placeholder). Raises RegistryDenied when there is nothing left to try.
        """
        way = self._choose(challenges(headers), repository)
        own = replace(way, scope=f"repository:{repository}:pull")
        for candidate in (way, own) if way.realm else (way,):
            if candidate not in tried:
                tried.add(candidate)
                authorization = self._header(candidate, repository, refused)
                if authorization != refused:
                    template = candidate.scope.replace(f"repository:{repository}:", "repository:{repository}:")
                    self._way = replace(candidate, scope=template)
                    return authorization
        raise self._denied(repository)

    def _choose(self, offered: tuple[Challenge, ...], repository: str) -> Way:
        """Bearer with a usable realm, else Basic. A realm that is no URL means: send the credentials straight."""
        for challenge in offered:
            if challenge.scheme == "bearer" and challenge.realm.startswith(("https://", "http://")):
                scope = challenge.scope or f"repository:{repository}:pull"
                return Way(challenge.realm, challenge.service, scope)
        who = self._who()
        if who and who.authorization and any(challenge.scheme in ("basic", "bearer") for challenge in offered):
            return Way()
        raise self._denied(repository)

    def _header(self, way: Way, repository: str, refused: str = "") -> str:
        if way.realm:
            return f"Bearer {self._token(way, repository, refused)}"
        who = self._who()
        return who.authorization if who else ""

    def _who(self) -> Credentials | None:
        with self._lock:
            if self._credentials is None:
                self._credentials = (self._ask_credentials(),)
            return self._credentials[0]

    def _token(self, way: Way, repository: str, refused: str) -> str:
        """A token that lives: the kept one unless it is `refused` or about to expire, else a new one."""
        with self._lock:
            kept = self._tokens.setdefault(way, _Kept())
        with kept.lock:
            if not kept.token or f"Bearer {kept.token}" == refused or self._clock() >= kept.until:
                asked = self._clock()
                kept.token, life = self._fetch(way, repository)
                kept.until = asked + life - min(10.0, life / 4)
            return kept.token

    def _fetch(self, way: Way, repository: str) -> tuple[str, float]:
        realm, target = self.realm_of(way)
        where = f"the token server of {self._origin.address} ({realm.address})"
        reply = self._web.ask(realm, self._request(target, way))
        if reply.status in (400, 401, 403):
            raise self._denied(repository, where)
        if reply.status != 200:
            raise RegistryError(f"{where} answers {reply.status}", hint="try again later, or check the endpoint")
        try:
            said = json.loads(reply.body)
            token, life = said.get("token") or said["access_token"], float(said.get("expires_in") or _DEFAULT_LIFE)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RegistryError(f"{where} gives no token", hint="expected JSON with token or access_token") from None
        if not (isinstance(token, str) and _TOKEN.fullmatch(token)):
            raise RegistryError(f"{where} gives a token that is none")
        return token, life

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

    def _request(self, target: str, way: Way) -> Ask:
        """GET with Basic or a token, or OAuth 2's POST for an identity token (docker's `identitytoken`)."""
        who, service = self._who(), [("service", way.service)] if way.service else []
        query = service + [("scope", scope) for scope in way.scope.split()]
        if who and who.identity:
            form = [("grant_type", "refresh_token"), ("refresh_token", who.identity), ("client_id", "tagwright")]
            body = urlencode([*form, *service, ("scope", way.scope)]).encode()
            return Ask("POST", target, {"Content-Type": "application/x-www-form-urlencoded"}, body=body)
        joint = "&" if "?" in target else "?"
        return Ask("GET", target + joint + urlencode(query), {}, who.authorization if who else "")

    def _denied(self, repository: str, where: str = "") -> RegistryDenied:
        where = where or self._origin.address
        if self._who():
            hint = "check the credentials configured for it, and that they may pull"
            return RegistryDenied(f"{where} refuses our credentials for {repository}", hint=hint)
        hint = "it is private, or does not exist; give credentials under registries: or in docker's config.json"
        return RegistryDenied(f"{where} does not show {repository} to strangers", hint=hint)

"""Logging in to a registry: from its first 401, with tokens kept until they run out.

A 401 names a realm, a service and a scope; the realm gives a token for them (token_server.py). Once a realm is known
the next image's token is fetched before it is asked for, so a repository costs one request with a token at hand and two
without. A registry met for the first time is asked one thing alone, so that all others know the way.

Some registries' tokens open every repository, whatever scope was asked for. It is learned without asking anything:
two scopes that were given the same token say so (GitHub's are made of the user's own), and ghcr.io is known for it:
Homebrew reads all of its public images with one (Homebrew/brew, pull request 11066). Several scopes in one request are
not asked for: where one of them is refused, servers differ in what they give for the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tagwright.credentials import Credentials, Found, Wallet
from tagwright.errors import RegistryDenied, TagwrightError
from tagwright.registries.login.challenges import Challenge, challenges
from tagwright.registries.login.token_server import Refused, TokenServer, Way
from tagwright.registries.web.connections import Ask, Reply
from tagwright.registries.web.http import Web
from tagwright.registries.web.origin import Origin

_UNIVERSAL = ("ghcr.io",)
_MEETING = 2.0  # seconds that others wait at most for the first answer of a registry
_Account = tuple[str, str, Credentials | None]


@dataclass(slots=True)
class _Kept:
    """A token and when it should no longer be used; the lock lets one thread fetch it for all."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = field(default="", repr=False)
    until: float = 0.0


@dataclass(slots=True)
class _Talk:
    """One request and its repetitions: about what, who we said we are, and which ways were refused when fresh."""

    repository: str
    kind: str
    who: tuple[Found | None] | None = None
    tried: set[Way] = field(default_factory=set)
    place: str = ""
    refusal: Challenge | None = None
    lent: bool = False

    @property
    def scope(self) -> str:
        """What must be allowed to read the repository; nothing for the registry itself."""
        return f"repository:{self.repository}:pull" if self.repository else ""

    @property
    def subject(self) -> str:
        """What it is about, for people."""
        return self.repository or "its API"


class Login:
    """One registry's way in, learned from its first 401 and kept for the rest of the run.

    The wallet is asked only when the registry wants to know who we are.
    """

    def __init__(self, web: Web, origin: Origin, wallet: Wallet, clock: Callable[[], float] = time.monotonic) -> None:
        self._web, self._origin, self._wallet, self._clock = web, origin, wallet, clock
        self._server = TokenServer(web, origin)
        self._lock = threading.Lock()
        self._meeting, self._met = threading.Lock(), threading.Event()
        self._ways: dict[str, Way] = {}
        self._tokens: dict[tuple[Way, Credentials | None], _Kept] = {}
        self._last: dict[_Account, _Kept] = {}
        self._universal: set[_Account] = set()
        self._visits: dict[str, tuple[str, str]] = {}

    @property
    def way(self) -> Way | None:
        """How the registry wanted to be asked; None when it let everyone in so far."""
        return next(iter(tuple(self._ways.values())), None)

    @property
    def credentials(self) -> str:
        """Our credentials as an Authorization of their own, "" for none. Raises RegistryDenied."""
        found = self._wallet.find()
        return found.credentials.authorization if found else ""

    def realm_of(self, way: Way) -> Origin:
        """Where tokens are. Raises RegistryError when it is no place to go with credentials."""
        return self._server.realm_of(way)[0]

    @property
    def visits(self) -> Mapping[str, str]:
        """Which credentials were shown, in words ("anonymous" for none), and what went wrong first, "" for nothing."""
        told: dict[str, str] = {}
        for place, problem in tuple(self._visits.values()):
            told[place] = told.get(place) or problem
        return told

    def greet(self) -> None:
        """Ask the registry itself whether it lets us in (OCI Distribution Specification, end-1), unless it was asked
        before. Raises RegistryError."""
        if not self._visits:
            self.ask(Ask("GET", "/v2/"), "")

    def ask(self, ask: Ask, repository: str) -> Reply:
        """Ask, and after a 401 log in as told and ask again. Raises RegistryDenied when that leads nowhere.

        Credentials that are refused are read anew once: they may have been changed, or given, while we run.
        """
        if not self._met.is_set():
            if self._meeting.acquire(blocking=False):
                try:
                    return self._persistently(ask, repository)
                finally:
                    self._met.set()
            self._met.wait(_MEETING)
        return self._persistently(ask, repository)

    def stranger(self, origin: Origin, ask: Ask) -> Reply:
        """Ask somebody else, who does not get to know us."""
        return self._web.ask(origin, ask)

    def _persistently(self, ask: Ask, repository: str) -> Reply:
        talk = _Talk(repository, "tags" if ask.target.partition("?")[0].endswith("/tags/list") else "content")
        try:
            return self._noted(ask, talk)
        except RegistryDenied:
            if not talk.who or self._wallet.again(repository) == talk.who[0]:
                raise
        return self._noted(ask, _Talk(talk.repository, talk.kind))

    def _noted(self, ask: Ask, talk: _Talk) -> Reply:
        problem = ""
        try:
            return self._converse(ask, talk)
        except TagwrightError as error:
            problem = error.message
            raise
        finally:
            self._visits[talk.repository] = talk.place or "anonymous", problem

    def _converse(self, ask: Ask, talk: _Talk) -> Reply:
        authorization = self._unasked(talk)
        while True:
            reply = self._web.ask(self._origin, replace(ask, authorization=authorization))
            if reply.origin != self._origin:  # where a redirect led must not ask who we are
                return reply
            if talk.lent and reply.status in (401, 403, 404):
                authorization = self._unasked(talk)
            elif reply.status == 401:
                authorization = self._answer(reply, talk, authorization)
            elif reply.status == 403:
                raise self._forbidden(reply, talk)
            else:
                return reply

    def _unasked(self, talk: _Talk) -> str:
        """The Authorization to send as learned so far; "" for none. What is lent is not tried twice."""
        way = self._ways.get(talk.kind) or self.way
        if way is None:
            return ""
        own = way.for_repository(talk.repository)
        lent = "" if talk.lent or own == way else self._lent(own, talk)
        talk.lent = bool(lent)
        return lent or self._header(own, talk)

    def _lent(self, way: Way, talk: _Talk) -> str:
        """Another repository's token, where that opens all doors and this one has none."""
        account = self._account(way, talk)
        with self._lock:
            own = self._tokens.get((way, account[2]))
            last = self._last.get(account)
        universal = account in self._universal or self._origin.host in _UNIVERSAL
        if not universal or not last or (own and own.token) or self._clock() >= last.until:
            return ""
        return f"Bearer {last.token}"

    def _answer(self, reply: Reply, talk: _Talk, refused: str) -> str:
        """The Authorization to try after a 401.

        A scope that the registry names is used as it is; if it does not open the door, the repository's own is
        (some registries name a placeholder). Raises RegistryDenied when there is nothing left to try.
        """
        offered = challenges(reply.headers.get_all("WWW-Authenticate") or [])
        way = self._choose(offered, talk)
        talk.refusal = next((one for one in offered if one.error == "insufficient_scope"), None)
        own = replace(way, scope=talk.scope)
        for candidate in (way, own) if way.realm else (way,):
            if candidate not in talk.tried:
                talk.tried.add(candidate)
                authorization = self._header(candidate, talk, refused)
                if authorization != refused:
                    template = candidate.scope.replace(f"repository:{talk.repository}:", "repository:{repository}:")
                    self._ways[talk.kind] = replace(candidate, scope=template)
                    return authorization
        raise self._denied(talk)

    def _choose(self, offered: tuple[Challenge, ...], talk: _Talk) -> Way:
        """Bearer with a usable realm, else Basic. A realm that is no URL means: send the credentials straight.

        So does a token that is for the registry itself.
        """
        found = self._who(talk)
        for challenge in () if found and found.credentials.straight else offered:
            if challenge.scheme == "bearer" and challenge.realm.startswith(("https://", "http://")):
                return Way(challenge.realm, challenge.service, challenge.scope or talk.scope)
        if found and found.credentials.authorization and any(one.scheme in ("basic", "bearer") for one in offered):
            return Way()
        raise self._denied(talk)

    def _header(self, way: Way, talk: _Talk, refused: str = "") -> str:
        if way.realm:
            return f"Bearer {self._token(way, talk, refused)}"
        found = self._who(talk)
        return found.credentials.authorization if found else ""

    def _who(self, talk: _Talk) -> Found | None:
        if talk.who is None:
            talk.place = self._wallet.place
            talk.who = (self._wallet.find(talk.repository),)
            talk.place = talk.who[0].place if talk.who[0] else ""
        return talk.who[0]

    def _account(self, way: Way, talk: _Talk) -> _Account:
        found = self._who(talk)
        return way.realm, way.service, found.credentials if found else None

    def _token(self, way: Way, talk: _Talk, refused: str) -> str:
        """A token that lives: the kept one unless it is `refused` or about to expire, else a new one."""
        account = self._account(way, talk)
        with self._lock:
            kept = self._tokens.setdefault((way, account[2]), _Kept())
        with kept.lock:
            if not kept.token or f"Bearer {kept.token}" == refused or self._clock() >= kept.until:
                asked = self._clock()
                try:
                    fetched = self._server.fetch(way, account[2])
                except Refused as refusal:
                    raise self._denied(talk, refusal.message) from None
                kept.token, kept.until = fetched.text, asked + fetched.life - min(10.0, fetched.life / 4)
                self._learn(account, kept)
            return kept.token

    def _learn(self, account: _Account, kept: _Kept) -> None:
        with self._lock:
            last = self._last.get(account)
            if last and last is not kept and last.token == kept.token:
                self._universal.add(account)
            self._last[account] = kept

    def _denied(self, talk: _Talk, where: str = "") -> RegistryDenied:
        where = where or self._origin.address
        found = talk.who[0] if talk.who else None
        if talk.refusal and found:
            scope = talk.refusal.scope or talk.scope
            hint = "whose they are needs the right to read it"
            return RegistryDenied(
                f"{where} wants {scope}, which our credentials ({found.place}) do not give", hint=hint
            )
        if found:
            hint = f"check the credentials configured for it ({found.place}), and that they may pull"
            return RegistryDenied(f"{where} refuses our credentials for {talk.subject}", hint=hint)
        hint = "it is private, or does not exist; give credentials under registries: or in docker's config.json"
        return RegistryDenied(f"{where} does not show {talk.subject} to strangers", hint=hint)

    def _forbidden(self, reply: Reply, talk: _Talk) -> RegistryDenied:
        offered = challenges(reply.headers.get_all("WWW-Authenticate") or [])
        scope = next((one.scope for one in offered if one.scope), "")
        found = talk.who[0] if talk.who else None
        named = f" ({found.place})" if found else ""
        hint = f"check the credentials configured for it{named}, and that they may pull"
        missing = f": it wants {scope}" if scope else ""
        return RegistryDenied(f"{self._origin.address} forbids us to read {talk.subject}{missing}", hint=hint)

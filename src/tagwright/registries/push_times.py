"""When tags were pushed, as far as a registry's own API tells.

A courtesy, never a duty: where nobody tells, or something else is said, nothing is known, and the ledger in Git counts.
Who could tell and fails to (429, 5xx, no answer) is an error, for policies that have nothing else to go by.
The first question of a run is asked alone; when it fails, the registry is not asked again. A repository that is refused
is not asked about again.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from tagwright.errors import RegistryError
from tagwright.registries.login.tokens import Login
from tagwright.registries.native import NativeApi, api_of
from tagwright.registries.native.base import Push
from tagwright.registries.web.connections import Ask
from tagwright.registries.web.http import Web
from tagwright.registries.web.origin import Origin, parse

log = logging.getLogger(__name__)

_JSON = {"Accept": "application/json"}
_MOST_PAGES = 300
_MOST_PUSHES = 100_000  # as many tags as are judged; a page may hold more than it was asked for


class PushTimes:
    """One registry's times of pushes. `host` is how images spell it; `path` is put before every repository.

    `web` is how the registry is asked, `abroad` how a product's own host is, which a firewall may swallow.
    """

    def __init__(
        self, web: Web, abroad: Web, host: str, origin: Origin, login: Login, moved: bool, path: str = ""
    ) -> None:
        self._web, self._abroad, self._host, self._origin, self._login = web, abroad, host, origin, login
        self._moved, self._path = moved, path
        self._lock = threading.Lock()
        self._answers = False
        self._failure: RegistryError | None = None
        self._refused: set[str] = set()
        self._lists: dict[str, Mapping[str, Push]] = {}

    def pushed(self, repository: str, tag: str, digest: str) -> datetime | None:
        """Since when the tag points at this digest; None when nobody tells. Raises RegistryError."""
        there = self._at(repository)
        found = self._lists.get(there, {}).get(tag)
        api = None if found else self._api()
        if api:
            said = self._ask(api, there, api.one(there, tag, digest))
            found = next((push for push in api.read(said) if push.tag == tag), None)
        return found.when if found and found.digest == digest else None

    def pushes(self, repository: str) -> Mapping[str, Push]:
        """Every tag's push, by tag; empty when nobody tells of all. Raises RegistryError."""
        there = self._at(repository)
        api = self._api()
        if there not in self._lists and api:
            self._lists[there] = {push.tag: push for push in self._all(api, there)}
        return self._lists.get(there, {})

    def _all(self, api: NativeApi, there: str) -> Iterator[Push]:
        found: list[Push] = []
        for number in range(1, _MOST_PAGES + 1):
            said = self._ask(api, there, api.page(there, number))
            if said is None:
                return
            found += api.read(said)
            if len(found) > _MOST_PUSHES:
                return
            if not api.more(said):
                yield from found
                return

    def _at(self, repository: str) -> str:
        return f"{self._path}/{repository}" if self._path else repository

    def _api(self) -> NativeApi | None:
        return api_of(self._host, self._moved, self._login.way)

    def _ask(self, api: NativeApi, there: str, target: str) -> Any:
        """The answer's JSON, or None. Until one answer came, questions wait for one another. Raises RegistryError."""
        with nullcontext() if self._answers else self._lock:
            if self._failure:
                raise self._failure
            if there in self._refused:
                return None
            try:
                web = self._abroad if api.home else self._web
                reply = web.ask(self._home(api), Ask("GET", target, _JSON, self._authorization(api)))
                said = json.loads(reply.body) if reply.status == 200 else None
            except RegistryError as error:
                log.info("%s does not tell when tags were pushed: %s", self._host, error.message)
                self._failure = error
                raise
            except (ValueError, RecursionError):
                said = None
            if said is None:
                log.info("%s does not tell when tags of %s were pushed", self._host, there)
                self._refused.add(there)
            else:
                self._answers = True
            return said

    def _home(self, api: NativeApi) -> Origin:
        """The product's own host, else where its tokens are: our credentials are known there."""
        if api.home:
            return parse(api.home)[0]
        way = self._login.way
        return self._login.realm_of(way) if way and way.realm else self._origin

    def _authorization(self, api: NativeApi) -> str:
        own = self._login.credentials if api.login else ""
        return own if own.startswith("Basic ") else ""

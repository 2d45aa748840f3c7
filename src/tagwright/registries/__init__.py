"""Who answers for an image: one file for what is common, one for each registry that differs.

    distribution/     the OCI distribution API, which every registry speaks: lists of tags, manifests
    login/            logging in: challenges, tokens, token servers
    web/              HTTP: hosts, proxies, patience, pace, accounts
    push_times.py     when tags were pushed, by the registry's own API;  native/  a file a product
    kept.py           lists beside what earlier runs saw: one that shrank is a problem
    stretches.py      of a long list only what begins with a prefix, where that is surely all of it
    endpoints.py      several mirrors of one registry, one after the other
    once.py           each question is asked once a run, and counted
    embedded.py       a small real server, for `tagwright demo` and the tests

A run that asks no registry loads none of them. Registries are told apart by their host. Docker Hub is the one whose API
lives elsewhere than its images' names say.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from tagwright.cache import Cache
from tagwright.errors import ImageError, Problem, TagwrightError, UsageError
from tagwright.hosts import DOCKER_HUB
from tagwright.image import DEFAULT_REGISTRY
from tagwright.image import parse as parse_image
from tagwright.model import ImageCost, RegistryCredentials, RegistrySettings
from tagwright.registries.web.accounts import Accounts

if TYPE_CHECKING:
    from tagwright.model import Visited
    from tagwright.registries.base import Registry
    from tagwright.registries.kept import Accepted, KeptLists, Longest, Reuse
    from tagwright.registries.login.tokens import Login
    from tagwright.registries.web.http import Trust, Web
    from tagwright.registries.web.origin import Origin
    from tagwright.registries.web.pace import Paces
    from tagwright.registries.web.patience import Patience
    from tagwright.registries.web.proxies import Via

ENDPOINTS = {DEFAULT_REGISTRY: "https://registry-1.docker.io"}


def open_registries(
    settings: tuple[RegistrySettings, ...] = (),
    environ: Mapping[str, str] | None = None,
    *,
    concurrency: int = 16,
    patience: Patience | None = None,
    cache: Cache | None = None,
    accepted: Accepted | None = None,
    paces: Paces | None = None,
    urgent: bool = False,
    reuse: Reuse | None = None,
) -> Registries:
    """The registries of one run. `concurrency` is the most requests at once to one host.

    Runs that share `paces` (and then its number of requests at once) take turns at each host, the urgent ones first.
    `cache` knows what earlier runs saw of them, `accepted` which lists may have shrunk since, and with `reuse` which
    lists need not be asked for again.
    `environ` (proxies, credentials, DOCKER_CONFIG, HOME) is the process's own when not given.
    """
    import os

    environ = os.environ if environ is None else environ
    return Registries(settings, environ, concurrency, patience, cache, accepted, paces, urgent, reuse)


class Registries:
    """Every registry of a run, made when first needed. Safe to use from many threads at once."""

    def __init__(
        self,
        settings: tuple[RegistrySettings, ...],
        environ: Mapping[str, str],
        concurrency: int,
        patience: Patience | None,
        cache: Cache | None,
        accepted: Accepted | None,
        paces: Paces | None = None,
        urgent: bool = False,
        reuse: Reuse | None = None,
    ) -> None:
        self._settings = tuple((_prefix(setting.prefix), setting) for setting in settings)
        self._environ, self._patience = environ, patience
        self.cache, self._accepted = cache or Cache(), accepted
        self._lock = threading.Lock()
        self._webs: dict[tuple[Trust, Via, Patience | None], Web] = {}
        self._hosts: tuple[Trust, ...] | None = None
        self._logins: list[tuple[str, str, Login]] = []
        self._lists: list[KeptLists] = []
        self._members: dict[tuple[str, str], Registry] = {}
        self.concurrency, self._paces, self._urgent, self._reuse = concurrency, paces, urgent, reuse
        self.accounts = Accounts()

    @property
    def requests(self) -> int:
        """HTTP requests sent so far, logins, retries and redirects included."""
        return self.accounts.requests

    @property
    def answered(self) -> Mapping[str, str]:
        """Which endpoint answered for an image, by its normalised name, where a registry has endpoints configured."""
        from tagwright.registries.endpoints import FirstToAnswer

        return {
            f"{host}/{repository}": endpoint
            for (host, _), member in tuple(self._members.items())
            if isinstance(member, FirstToAnswer)
            for repository, endpoint in member.answered.items()
        }

    def spent(self) -> tuple[ImageCost, ...]:
        """What each image cost, the dearest first, and who answered for it."""
        answered = self.answered
        return tuple(replace(one, answered=answered.get(one.image, "")) for one in self.accounts.images())

    @property
    def reused(self) -> Mapping[str, datetime]:
        """The images whose lists of tags were not asked for, because they had just been read, and when."""
        return {image: read for lists in tuple(self._lists) for image, read in lists.reused.items()}

    @property
    def visited(self) -> tuple[Visited, ...]:
        """Every registry asked so far, with the credentials it was shown."""
        from tagwright.model import Visited

        found = [
            Visited(host, endpoint, place, problem)
            for host, endpoint, login in tuple(self._logins)
            for place, problem in login.visits.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.registry, one.endpoint, one.credentials)))

    def greet(self) -> tuple[Problem, ...]:
        """Ask registries with credentials of their own, if not asked yet, whether they let us in; what went wrong."""
        problems = []
        for prefix, settings in self._settings:
            if settings.credentials == RegistryCredentials():
                continue
            known = len(self._logins)
            try:
                self.for_image(f"{prefix}/any")
                for _, _, login in self._logins[known:]:
                    login.greet()
            except TagwrightError as error:
                problems.append(error.problem(prefix))
        return tuple(problems)

    def for_image(self, name: str) -> tuple[Registry, str]:
        """Who answers for an image repository, and the repository's path there.

        Raises ImageError for a name that is none, UsageError for an endpoint that is no URL, RegistryUnreachable for
        a CA file that cannot be read.
        """
        image = parse_image(name)
        settings = self._settings_for(image.normalised)
        with self._lock:
            key = (image.registry, settings.prefix if settings else "")
            if key not in self._members:
                self._members[key] = self._open(image.registry, settings)
            return self._members[key], image.repository

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; also at the end of a `with`."""
        for web in tuple(self._webs.values()):
            web.close()

    def _settings_for(self, name: str) -> RegistrySettings | None:
        """The settings of the longest prefix, matched on whole host and path parts."""
        fitting = [(prefix, setting) for prefix, setting in self._settings if f"{name}/".startswith(f"{prefix}/")]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None

    def _open(self, host: str, settings: RegistrySettings | None) -> Registry:
        if settings is None or not settings.endpoints:
            return self._endpoint(host, settings)
        from tagwright.registries.endpoints import FirstToAnswer

        several = len(settings.endpoints) > 1
        each = [self._one_of(host, url, settings) if several else settings for url in settings.endpoints]
        endpoints = [(str(address(host, one)[0]), self._endpoint(host, one)) for one in each]
        return FirstToAnswer(endpoints, self._longest(host, f"whoever answers for {host}/", settings))

    def _longest(self, host: str, asked: str, settings: RegistrySettings | None) -> Longest:
        """The longest lists seen there; the names of where secrets are tell logins apart, and are no secrets."""
        from tagwright.registries.kept import Accepted, Longest

        accepted = Accepted(lambda _: True) if settings and settings.accept_shrunk else self._accepted or Accepted()
        return Longest(host, f"{asked} {settings.credentials if settings else ''}", self.cache, accepted)

    def _one_of(self, host: str, url: str, settings: RegistrySettings) -> RegistrySettings:
        """The settings of one of several endpoints: the registry's own, or those of the mirror's host."""
        own = replace(settings, endpoints=())
        there, path = address(host, replace(own, endpoints=(url,), insecure=True))
        if there == address(host, own)[0]:
            return replace(own, endpoints=(url,) if path else ())
        mirror = self._settings_for(f"{there.address}/{path}") or RegistrySettings(there.address)
        return replace(mirror, endpoints=(url,), accept_shrunk=mirror.accept_shrunk or settings.accept_shrunk)

    def _endpoint(self, host: str, settings: RegistrySettings | None) -> Registry:
        from tagwright.credentials import Wallet
        from tagwright.registries.distribution.conversation import Conversation
        from tagwright.registries.distribution.lists import TagLists
        from tagwright.registries.distribution.manifests import Manifests
        from tagwright.registries.kept import KeptLists
        from tagwright.registries.login.tokens import Login
        from tagwright.registries.once import AskedOnce
        from tagwright.registries.push_times import PushTimes
        from tagwright.registries.routes import own_trust, via_of
        from tagwright.registries.stretches import Stretches
        from tagwright.registries.web.http import Trust
        from tagwright.registries.web.patience import Patience

        origin, path = address(host, settings)
        trust, via = own_trust(origin, settings, self._beyond()), via_of(settings, self._environ)
        web = self._web(trust, via, self._patience)
        web.pace(origin).limit(settings.requests_per_second if settings else 0)
        moved = bool(settings and settings.endpoints)
        asked = origin.address if moved else host
        login = Login(web, origin, Wallet(asked, settings, self._environ))
        self._logins.append((host, f"{origin}/{path}".rstrip("/"), login))
        courtesy = self._patience or Patience(tries=2, budget=10.0, timeout=5.0, whole=20.0)
        push_times = PushTimes(web, self._web(Trust(), via, courtesy), host, origin, login, moved, path)
        conversation = Conversation(origin, login, path)
        life = settings.tags_max_age if settings else None
        tag_lists, longest = TagLists(conversation), self._longest(host, f"{origin}/{path}", settings)
        lists = KeptLists(tag_lists, longest, life, self._reuse)
        self._lists.append(lists)
        stretches = None if life else Stretches(tag_lists, longest)
        return AskedOnce(host, lists, stretches, Manifests(conversation), push_times)

    def _web(self, trust: Trust, via: Via, patience: Patience | None) -> Web:
        from tagwright.registries.web.http import Web
        from tagwright.registries.web.pace import Paces, Urgency

        key = trust, via, patience
        self._paces = self._paces or Paces(self.concurrency)
        if key not in self._webs:
            self._webs[key] = Web(
                trust,
                self._environ,
                patience=patience,
                via=via,
                beyond=self._beyond(),
                accounts=self.accounts,
                paces=self._paces,
                urgency=Urgency.NOW if self._urgent else Urgency.SCHEDULED,
            )
        return self._webs[key]

    def _beyond(self) -> tuple[Trust, ...]:
        """What is said of whole hosts, for registries that lead there: a company's token server has its CA, too."""
        if self._hosts is None:
            from tagwright.registries.routes import trust_of

            found = []
            for prefix, settings in self._settings:
                own = settings if len(settings.endpoints) < 2 else replace(settings, endpoints=())
                with suppress(ImageError, UsageError):  # it is said when it is asked
                    if "/" not in prefix:
                        found.append(trust_of(address(prefix, own)[0], own))
            self._hosts = tuple(found)
        return self._hosts


def _prefix(written: str) -> str:
    host, slash, path = written.strip("/").partition("/")
    return f"{DEFAULT_REGISTRY if host in DOCKER_HUB else host}{slash}{path}"


def address(host: str, settings: RegistrySettings | None) -> tuple[Origin, str]:
    """Where to ask for images of a host, and the path to put before their repositories.

    TLS, except on this machine and where plain http was allowed: by `insecure` without an endpoint that says https.
    """
    from tagwright.registries.web.origin import parse

    endpoint = settings.endpoints[0] if settings and settings.endpoints else ""
    insecure = settings.insecure if settings else False
    try:
        if not endpoint and host not in ENDPOINTS:
            plain, _ = parse(f"http://{host}")
            endpoint = f"http://{host}" if insecure or (plain.loopback and not _own_ca(settings)) else f"https://{host}"
        origin, path = parse(endpoint or ENDPOINTS[host])
    except ValueError as error:
        wrong = UsageError if settings and settings.endpoints else ImageError  # its text may hold a secret
        raise wrong(f"there is no registry at the address for {host}", hint=str(error)) from None
    if origin.scheme == "http" and not (insecure or origin.loopback):
        hint = "write https://, or insecure: true if that is meant"
        raise UsageError(f"the endpoint of {host} is plain http ({origin})", hint=hint)
    return origin, path.partition("?")[0].strip("/")


def _own_ca(settings: RegistrySettings | None) -> bool:
    return settings is not None and bool(settings.ca_file or settings.client_cert_file)

"""Who keeps the pull requests; one forge a file, all of them in MEMBERS."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagwright.forges.base import Forge, Site
from tagwright.forges.site import locate
from tagwright.forges.traffic import Traffic
from tagwright.model import ForgeSettings, HostCost

if TYPE_CHECKING:
    from tagwright.forges.github_app import Installation

log = logging.getLogger(__name__)


class Forges:
    """The forges of one pass: what a token may still ask, and what an app's tokens are, is one for all its targets."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._traffic = Traffic()
        self._lock = threading.Lock()
        self._installations: dict[tuple[str, str, str], Installation] = {}
        self._noticed: set[str] = set()

    def open(self, settings: ForgeSettings, repository_url: str) -> Forge:
        """The forge that serves a repository; nothing is asked of it yet.

        `repository_url` is any Git URL. Kind and address come from the settings, else from
        the URL's host; the token as `tokens` says. Raises UsageError where one cannot be told.
        """
        site = self._located(settings, repository_url)
        with self._lock:
            if site.notice and site.notice not in self._noticed:
                self._noticed.add(site.notice)
                log.warning("%s", site.notice)
        return MEMBERS[site.kind](site, self)

    def git_token(self, settings: ForgeSettings, repository_url: str) -> str:
        """The token of a GitHub App for Git over https, as the password of x-access-token; "" without an app.

        Raises UsageError, ForgeError.
        """
        return self.installation(self._located(settings, repository_url)).token() if settings.app else ""

    def installation(self, site: Site) -> Installation:
        """The app's installation for the site's repository; the same for its API and its Git."""
        from tagwright.forges.github_app import Installation

        assert site.app is not None
        with self._lock:
            return self._installations.setdefault((site.api, site.project, site.app.id), Installation(site, site.app))

    def hosts(self) -> tuple[HostCost, ...]:
        """What each host was sent so far."""
        return self._traffic.hosts()

    def _located(self, settings: ForgeSettings, repository_url: str) -> Site:
        site = locate(settings, repository_url, self._environ)
        shown = f"{site.app.id} {site.project}" if site.app else site.token
        return replace(site, account=self._traffic.account(urlsplit(site.api).netloc, shown))


def _github(site: Site, forges: Forges) -> Forge:
    from tagwright.forges.github import GitHub

    return GitHub(site, forges.installation(site) if site.app else None)


def _gitlab(site: Site, _: Forges) -> Forge:
    from tagwright.forges.gitlab import GitLab

    return GitLab(site)


def _gitea(site: Site, _: Forges) -> Forge:
    from tagwright.forges.gitea import Gitea

    return Gitea(site)


MEMBERS: Mapping[str, Callable[[Site, Forges], Forge]] = {"GitHub": _github, "GitLab": _gitlab, "Gitea": _gitea}

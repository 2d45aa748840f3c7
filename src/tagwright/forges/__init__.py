"""Who keeps the pull requests; one forge a file, all of them in MEMBERS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from tagwright.forges.base import Forge, Site
from tagwright.forges.site import locate
from tagwright.forges.traffic import Traffic
from tagwright.model import ForgeSettings


def _github(site: Site) -> Forge:
    from tagwright.forges.github import GitHub

    return GitHub(site)


def _gitlab(site: Site) -> Forge:
    from tagwright.forges.gitlab import GitLab

    return GitLab(site)


def _gitea(site: Site) -> Forge:
    from tagwright.forges.gitea import Gitea

    return Gitea(site)


MEMBERS: Mapping[str, Callable[[Site], Forge]] = {"GitHub": _github, "GitLab": _gitlab, "Gitea": _gitea}


def open_forge(
    settings: ForgeSettings, repository_url: str, environ: Mapping[str, str], traffic: Traffic | None = None
) -> Forge:
    """The forge that serves a repository; nothing is asked of it yet.

    `repository_url` is any Git URL. Kind and address come from the settings, else from
    the URL's host; the token as `site` says. `traffic` is the pass's, whose limits all its
    targets share. Raises UsageError where one cannot be told.
    """
    site = locate(settings, repository_url, environ)
    account = (traffic or Traffic()).account(urlsplit(site.api).netloc, site.token)
    return MEMBERS[site.kind](replace(site, account=account))

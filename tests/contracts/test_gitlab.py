"""GitLab's registry: its token server is GitLab itself, on another host, and a token opens one repository.

Source: docs.gitlab.com, "Authenticate with the container registry" (deploy tokens, job tokens, five minutes), and
gitlab.com/gitlab-org/gitlab work item 19470: `service=container_registry`, no token for all repositories. The token's
answer holds nothing but the token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tagwright.errors import Problem
from tagwright.lookup import lookup
from tagwright.model import RegistryCredentials, RegistrySettings, Secret, TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, Asked
from tests.support.registry import QUICK, Bearer, FaultyRegistry, authorization, paths

JOB = RegistryCredentials(username=Secret(env="CI_REGISTRY_USER"), password=Secret(env="CI_REGISTRY_PASSWORD"))
ENVIRON = {"CI_REGISTRY_USER": "gitlab-ci-token", "CI_REGISTRY_PASSWORD": "glcbt-64_s3cret"}
ACCEPTED = authorization("gitlab-ci-token", "glcbt-64_s3cret")


@contextmanager
def gitlab(accepted: str = ACCEPTED) -> Iterator[tuple[FaultyRegistry, FaultyRegistry]]:
    """GitLab and its registry, with two projects' images."""
    bearer = Bearer(accepted, life=None)

    def tokens(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        return bearer(replace(asked, path="/token"), onward) if asked.path == "/jwt/auth" else onward(asked)

    with FaultyRegistry(tokens) as site, FaultyRegistry(bearer) as registry:
        bearer.challenge = f'Bearer realm="{site.url}/jwt/auth",service="container_registry",scope="{{scope}}"'
        for name in ("group/sub/project", "group/sub/project/worker"):
            registry.add(name, "1.0.0")
        yield site, registry


def listed(registry: FaultyRegistry, *names: str) -> list[TagList | Problem]:
    settings = (RegistrySettings(registry.host, credentials=JOB),)
    with open_registries(settings, ENVIRON, patience=QUICK) as registries:
        return list(lookup([f"{registry.host}/{name}" for name in names], registries).values())


def test_a_job_s_token_reads_each_image_with_a_token_of_its_own() -> None:
    """The secret goes to GitLab alone, with the service and one repository's scope; the registry sees tokens."""
    with gitlab() as (site, registry):
        found = listed(registry, "group/sub/project", "group/sub/project/worker")
    assert [isinstance(one, TagList) and one.tags for one in found] == [("1.0.0",), ("1.0.0",)]
    assert {(one.query["service"], one.query["scope"]) for one in site.requests} == {
        ("container_registry", "repository:group/sub/project:pull"),
        ("container_registry", "repository:group/sub/project/worker:pull"),
    }
    assert {one.headers["authorization"] for one in site.requests} == {ACCEPTED}
    assert ACCEPTED not in {one.headers.get("authorization") for one in registry.requests}


@pytest.mark.parametrize("accepted", ["nobody", ACCEPTED])
def test_a_project_that_the_token_may_not_read_is_a_denial(accepted: str) -> None:
    """GitLab refuses a wrong secret; a right one without the right gets a token that opens nothing: both are told."""
    with gitlab(accepted) as (_, registry):
        for fault in registry.faults:
            assert isinstance(fault, Bearer)
            fault.tokens = _Worthless()
        (found,) = listed(registry, "group/sub/project")
        assert isinstance(found, Problem)
        assert found.code == "registry-denied"
        assert "s3cret" not in repr(found)
        assert len(paths(registry)) <= 4


class _Worthless(dict[str, tuple[str, float]]):
    """Every token is for nothing, as GitLab's are for who has no access."""

    def __setitem__(self, token: str, worth: tuple[str, float]) -> None:
        super().__setitem__(token, ("", worth[1]))

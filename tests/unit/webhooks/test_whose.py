"""A forge names a repository in its own ways; a target in another: they find each other, and nobody else."""

from __future__ import annotations

import pytest

from tagwright.model import ForgeSettings, Moved, Target
from tagwright.serve.web import whose

GITHUB = ("https://github.com/acme/deploy.git", "git@github.com:acme/deploy.git", "https://github.com/acme/deploy")
SAME = [
    "https://github.com/acme/deploy.git",
    "https://github.com/acme/deploy",
    "https://github.com/Acme/Deploy.git/",
    "https://bot@github.com/acme/deploy.git",
    "https://github.com:443/acme/deploy.git",
    "git@github.com:acme/deploy.git",
    "github.com:acme/deploy",
    "ssh://git@github.com/acme/deploy.git",
    "ssh://git@github.com:22/acme/deploy.git",
]
OTHERS = [
    "https://github.com/acme/deploy2.git",
    "https://github.com/acme/sub/deploy.git",
    "https://github.com/mallory/deploy.git",
    "/srv/git/acme",
    "",
]


def found(address: str, branch: str = "main", head: str = "") -> bool:
    target = Target("deploy", address, branch=branch)
    heads = {"deploy": head} if head else {}
    return bool(list(whose.moved(Moved(GITHUB, "main"), (target,), heads)))


@pytest.mark.parametrize("address", SAME)
def test_one_repository_has_many_addresses(address: str) -> None:
    """With or without a login, a port, .git and a final slash, in any case, by any way to reach it."""
    assert found(address)
    assert list(whose.same(GITHUB, (Target("deploy", address),)))


@pytest.mark.parametrize("address", OTHERS)
def test_another_repository_is_another(address: str) -> None:
    """A part of the path more or less is another repository."""
    assert not found(address)
    assert not list(whose.same(GITHUB, (Target("deploy", address),)))


def test_only_the_targets_branch() -> None:
    """The one configured, or where none is the one it was last seen at; never seen, any."""
    address = SAME[0]
    assert not found(address, "release")
    assert found(address, "", "main")
    assert not found(address, "", "release")
    assert found(address, "")


def test_a_push_is_heard_whatever_the_forge_is_called_there() -> None:
    """Inside a cluster it has another name; a look too many costs little."""
    assert found("http://gitea.svc:3000/acme/deploy.git")


def test_a_command_only_from_the_targets_own_forge() -> None:
    """Whoever has the same name at another forge is another person; the forge's own address may be named."""
    elsewhere = Target("deploy", "http://gitea.svc:3000/acme/deploy.git")
    assert not list(whose.same(GITHUB, (elsewhere,)))
    named = Target(
        "deploy", "http://gitea.svc:3000/acme/deploy.git", forge=ForgeSettings("gitea", "https://github.com/")
    )
    assert list(whose.same(GITHUB, (named,)))


@pytest.mark.parametrize("address", ["", "://", "[", "https://[::1/acme", "@:", "a" * 5000, "https://"])
def test_an_address_that_is_none(address: str) -> None:
    """What a sender calls an address matches nothing, and breaks nothing: two that are empty are not the same."""
    assert not list(whose.moved(Moved((address,), "main"), (Target("folder", folder="/x"),), {}))
    assert not list(whose.same((address,), (Target("folder", folder="/x"),)))

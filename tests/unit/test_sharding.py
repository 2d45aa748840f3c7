"""Which shard a worker is, as its surroundings say it, and what one repository is, however its address is spelt."""

from __future__ import annotations

import pytest

from tagwright.errors import UsageError
from tagwright.sharding import Shard, identity, owner, shard

KUBERNETES = {"JOB_COMPLETION_INDEX": "2"}
GITLAB = {"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4"}


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.com/acme/deploy.git",
        "https://git.example.com/acme/deploy",
        "https://git.example.com/acme/deploy/",
        "https://git.example.com/acme/deploy.git/",
        "https://git.example.com//acme/./deploy.git",
        "https://git.example.com:443/acme/deploy.git",
        "https://git.example.com:8443/acme/deploy.git",
        "http://git.example.com/acme/deploy.git",
        "HTTPS://GIT.Example.COM/acme/deploy.git",
        "https://git.example.com/Acme/Deploy.git",
        "https://me@git.example.com/acme/deploy.git",
        "https://git.example.com/%61cme/deploy.git",
        "ssh://git@git.example.com/acme/deploy.git",
        "ssh://git@git.example.com:2222/acme/deploy",
        "git@git.example.com:acme/deploy.git",
        "git.example.com:/acme/deploy.git",
    ],
)
def test_a_repository_is_the_same_however_its_address_is_spelt(address: str) -> None:
    """Scheme, login, port, letter case, .git and slashes say nothing about which repository it is."""
    assert identity(address) == "git.example.com/acme/deploy"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://git.example.com/acme/deploy", "https://git.example.com/acme/deploys"),
        ("https://git.example.com/acme/deploy", "https://git.example.org/acme/deploy"),
        ("https://git.example.com/acme/deploy", "https://git.example.com/deploy"),
        ("/srv/git/a.git", "/srv/git/b.git"),
        ("/srv/a@h:x.git", "/srv/b@h:x.git"),
        ("https://git.example.com/a.git/b", "https://git.example.com/a/b"),
    ],
)
def test_other_repositories_are_others(one: str, other: str) -> None:
    """Host and path tell them apart, wherever something like a login or .git stands within."""
    assert identity(one) != identity(other)


@pytest.mark.parametrize(
    "address", ["", "/", "://", "https://", "[::1", "\udcff:x", "ssh://git@[::1]:22/x", "a" * 9999]
)
def test_any_address_has_an_owner(address: str) -> None:
    """What is no address is a problem of its target, not of the choice."""
    assert 0 <= owner(address, 3) < 3


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("0/1", {}, Shard(0, 1)),
        ("3/4", {}, Shard(3, 4)),
        ("1/4", KUBERNETES | GITLAB, Shard(1, 4)),
        ("auto/4", KUBERNETES, Shard(2, 4)),
        ("auto", GITLAB, Shard(0, 4)),
        ("auto", GITLAB | {"CI_NODE_INDEX": "4"}, Shard(3, 4)),
        ("auto/4", GITLAB, Shard(0, 4)),
        ("auto", {"CI_NODE_TOTAL": "1"}, Shard(0, 1)),
    ],
)
def test_a_shard_is_what_is_written_or_what_the_surroundings_say(
    text: str, environ: dict[str, str], expected: Shard
) -> None:
    """Kubernetes counts from 0, GitLab from 1; a job of GitLab without `parallel:` is the only one."""
    assert shard(text, environ) == expected


@pytest.mark.parametrize(
    ("text", "environ", "words"),
    [
        ("4/4", {}, ["'4/4'", "0 to N-1"]),
        ("0/0", {}, ["'0/0'"]),
        ("1", {}, ["'1'", "0/4"]),
        ("-1/4", {}, ["'-1/4'"]),
        ("²/4", {}, ["'²/4'"]),
        ("1/4/2", {}, ["'1/4/2'"]),
        ("0/1025", {}, ["'0/1025'", "1,024"]),
        ("auto/", KUBERNETES, ["'auto/'"]),
        ("auto/0", KUBERNETES, ["'auto/0'"]),
        ("auto/x", KUBERNETES, ["'auto/x'"]),
        ("Auto", {}, ["'Auto'"]),
        ("auto", {}, ["nothing says which shard", "JOB_COMPLETION_INDEX", "CI_NODE_INDEX", "completionMode: Indexed"]),
        ("auto/4", {"JOB_COMPLETION_INDEX": ""}, ["nothing says which shard"]),
        ("auto", KUBERNETES, ["auto/N", "completions"]),
        ("auto/2", KUBERNETES, ["JOB_COMPLETION_INDEX is '2' of 2"]),
        ("auto/4", {"JOB_COMPLETION_INDEX": "two"}, ["JOB_COMPLETION_INDEX is 'two'"]),
        ("auto/8", GITLAB, ["'auto/8'", "CI_NODE_TOTAL '4'"]),
        ("auto", GITLAB | {"CI_NODE_INDEX": "0"}, ["CI_NODE_INDEX is '0'"]),
        ("auto", GITLAB | {"CI_NODE_INDEX": "5"}, ["CI_NODE_INDEX is '5'"]),
        ("auto", {"CI_NODE_INDEX": "1"}, ["CI_NODE_TOTAL ''"]),
    ],
)
def test_what_says_no_shard_is_told(text: str, environ: dict[str, str], words: list[str]) -> None:
    """What was read where, and what was expected: nobody works on everything, or on nothing, by mistake."""
    with pytest.raises(UsageError) as raised:
        shard(text, environ)
    told = raised.value.message + raised.value.hint
    assert [word for word in words if word not in told] == [], told

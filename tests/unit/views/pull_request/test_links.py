"""Links to the source: in the shape of each forge, and only of parts that cannot be anything else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.model import Details
from tagwright.views.pull_request.links import comparison, named, release, source

OLD, NEW = "1" * 40, "abcdef0"
GITHUB = "https://github.com/acme/api"


def image(repository: str = GITHUB, revision: str = NEW, version: str = "1.2.1") -> Details:
    """An image with the labels that say where it is from."""
    said = {"source": repository, "revision": revision, "version": version}
    return Details(labels=tuple((f"org.opencontainers.image.{key}", value) for key, value in said.items()))


@pytest.mark.parametrize(
    ("repository", "compared", "notes"),
    [
        (GITHUB, f"{GITHUB}/compare/{OLD}...{NEW}", f"{GITHUB}/releases/tag/1.2.1"),
        (
            "https://gitlab.com/acme/team/api",
            f"https://gitlab.com/acme/team/api/-/compare/{OLD}...{NEW}",
            "https://gitlab.com/acme/team/api/-/releases/1.2.1",
        ),
        (
            "https://codeberg.org/acme/api",
            f"https://codeberg.org/acme/api/compare/{OLD}...{NEW}",
            "https://codeberg.org/acme/api/releases/tag/1.2.1",
        ),
        (
            "https://gitlab.example.com:8443/acme/api",
            f"https://gitlab.example.com:8443/acme/api/-/compare/{OLD}...{NEW}",
            "https://gitlab.example.com:8443/acme/api/-/releases/1.2.1",
        ),
        (
            "https://code.example.com/acme/api",
            f"https://code.example.com/acme/api/compare/{OLD}...{NEW}",
            "https://code.example.com/acme/api/releases/tag/1.2.1",
        ),
    ],
)
def test_each_forge_has_its_shape(repository: str, compared: str, notes: str) -> None:
    """GitHub, GitLab with groups below groups, Gitea, a host of one's own that its name or the configuration tells."""
    forges = {"code.example.com": "gitea"}
    assert comparison(image(repository, OLD), image(repository), forges) == compared
    assert release(image(repository), "1.2.1", forges) == notes


@pytest.mark.parametrize("spelled", [f"{GITHUB}.git", f"{GITHUB}/", f"git+{GITHUB}", "git@github.com:acme/api.git"])
def test_one_repository_is_spelled_in_many_ways(spelled: str) -> None:
    """It is the same source."""
    assert comparison(image(spelled, OLD), image(GITHUB), {}) == f"{GITHUB}/compare/{OLD}...{NEW}"


@pytest.mark.parametrize(
    "repository",
    [
        "",
        "http://github.com/acme/api",
        "https://user:pass@github.com/acme/api",
        "https://github.com@evil.com/acme/api",
        "https://github.com/acme",
        "https://github.com/acme/api/tree/main",
        "https://github.com/acme/../api",
        "https://github.com/acme/api?x=1",
        "https://github.com/acme/api#main",
        "https://github.com/acme/a%2Fpi",
        "https://github.com/acme/api)[x](//evil.com",
        "https://github.com/acme/api\n",
        "https://git.unknown.example/acme/api",
        "https://evil.com/github.com/acme",
        "javascript:alert(1)",
        "https://github.com/acme/" + "a" * 300,
    ],
)
def test_what_is_no_plain_repository_of_a_known_forge_gets_no_link(repository: str) -> None:
    """Neither of the two."""
    assert source(image(repository), {}) is None
    assert comparison(image(repository, OLD), image(repository), {}) == ""
    assert release(image(repository), "1.2.1", {}) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (image(revision=NEW), image()),
        (image(revision="main"), image()),
        (image(revision=OLD), image(revision="../../x")),
        (image(revision=OLD), image(revision="ABCDEF0")),
        (image(revision=OLD), image(revision="")),
        (image("https://github.com/acme/other", OLD), image()),
    ],
)
def test_two_commits_of_one_source_are_compared_and_nothing_else(old: Details, new: Details) -> None:
    """The same commit, no commit, or one of another repository."""
    assert comparison(old, new, {}) == ""


@pytest.mark.parametrize(
    ("said", "tag", "link"),
    [("v1.2.1", "1.2.1", "v1.2.1"), ("1.2.1", "v1.2.1", "1.2.1"), ("1.2.2", "1.2.1", ""), ("main", "main", "")],
)
def test_a_release_is_that_of_the_tag(said: str, tag: str, link: str) -> None:
    """As the image spells it, which is as its repository does; a version that is another is none."""
    assert release(image(version=said), tag, {}) == (f"{GITHUB}/releases/tag/{link}" if link else "")


PIECES = st.sampled_from(
    [
        "https://",
        "git@",
        "github.com",
        "gitlab.com",
        "/",
        ":",
        "acme",
        ".",
        "..",
        ".git",
        "@",
        "#",
        "?",
        ")",
        "%2F",
        "-",
    ]
)
TEXT = st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=20)


@given(TEXT, TEXT, TEXT, TEXT)
def test_a_link_holds_nothing_that_ends_it(repository: str, old: str, new: str, version: str) -> None:
    """Letters, figures and five signs, whatever labels say, and never another host than the source's."""
    one, two = image(repository, old, version), image(repository, new, version)
    for link in (comparison(one, two, {}), release(two, version, {})):
        assert set(link) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:")
        assert not link or link.startswith(("https://github.com/", "https://gitlab.com/"))


@pytest.mark.parametrize(
    "text", ["a" * 200, "https://" + "a." * 90, "https://a.b/" + "a/" * 90, "https://a.b/" + "a." * 90]
)
def test_no_label_takes_long_to_read(text: str) -> None:
    """What cannot be a source is told at once."""
    start = time.process_time()
    details: Any = image(text + "!")
    for _ in range(20):
        assert source(details, {}) is None
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("github.com", "[compare]"),
        ("acme.ghe.com", "[compare]"),
        ("code.example.com", "[compare]"),
        ("github.com.evil.example", "[compare at `github.com.evil.example`]"),
        ("gitlab.evil.example:8443", "[compare at `gitlab.evil.example:8443`]"),
        ("github.com:8443", "[compare at `github.com:8443`]"),
    ],
)
def test_a_host_that_only_looks_like_a_forge_is_named(host: str, shown: str) -> None:
    """Its publisher leads the reviewer there, under a word that promises a comparison."""
    link = f"https://{host}/acme/api/compare/{OLD}...{NEW}"
    assert named("compare", link, {"code.example.com": "gitea"}) == f"{shown}({link})"

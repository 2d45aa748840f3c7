"""What a sender calls an image is a hint only where it is a name, at a registry that is one."""

from __future__ import annotations

import pytest

from tagwright.model.hints import Moved, Pushed
from tagwright.webhooks.base import Unreadable, gathered, named, pushed, spelled

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(("registry", "repository", "name"), [
    ("docker.io", "nginx", "docker.io/library/nginx"),
    ("index.docker.io", "library/nginx", "docker.io/library/nginx"),
    ("GHCR.io", "Acme/API", "ghcr.io/acme/api"),
    ("nexus.example.com:8443", "app1/alpine", "nexus.example.com:8443/app1/alpine"),
    ("nexus.example.com/docker-hosted", "alpine", "nexus.example.com/docker-hosted/alpine"),
    ("localhost", "api", "localhost/api"),
])  # fmt: skip
def test_a_name_is_the_one_that_references_have(registry: str, repository: str, name: str) -> None:
    """Normalised, in lower case."""
    assert list(named(registry, repository, ("1",))) == [Pushed(name, ("1",))]


@pytest.mark.parametrize(("registry", "repository"), [
    ("harbor", "acme/api"),  # a word is no host, and would be a path of Docker Hub
    ("ghcr.io", ""),
    ("ghcr.io", "acme/api:1"),
    ("ghcr.io", f"acme/api@{DIGEST}"),
    ("ghcr.io", "acme//api"),
    ("ghcr.io", "../api"),
    ("ghcr.io", "a" * 300),
    ("https://ghcr.io", "acme/api"),
    ("ghcr.io?x=", "acme/api"),
])  # fmt: skip
def test_what_is_no_name_is_no_hint(registry: str, repository: str) -> None:
    """Nothing of it is kept."""
    assert list(named(registry, repository, ("1",))) == []


@pytest.mark.parametrize("tag", ["", DIGEST, "-x", ".x", "a b", "a" * 129, "sha256__" + "a" * 64, "ä"])
def test_what_is_no_tag_is_left_out(tag: str) -> None:
    """And a push of nothing else is none."""
    assert list(pushed("ghcr.io", "acme/api", (tag,))) == []
    assert list(pushed("ghcr.io", "acme/api", (tag, "1.0", tag, "1.0"))) == [Pushed("ghcr.io/acme/api", ("1.0",))]


@pytest.mark.parametrize("digest", ["", "sha256:ab", DIGEST.upper(), f"ghcr.io/acme/api@{DIGEST}"])
def test_what_is_no_digest_is_left_out(digest: str) -> None:
    """The rest of the hint stays."""
    assert list(pushed("ghcr.io", "acme/api", ("1",), digest)) == [Pushed("ghcr.io/acme/api", ("1",))]


def test_an_image_as_people_write_it() -> None:
    """With a tag, a digest, both or neither; a URL is none."""
    assert list(spelled("nginx")) == [Pushed("docker.io/library/nginx")]
    assert list(spelled(f"ghcr.io/acme/api:1@{DIGEST}")) == [Pushed("ghcr.io/acme/api", ("1",), DIGEST)]
    assert list(spelled("https://ghcr.io/acme/api")) == []


def test_a_registry_that_is_not_known_is_told() -> None:
    """Whoever set the webhook up can say which."""
    with pytest.raises(Unreadable, match="registry"):
        list(named("", "acme/api", ("1",)))


def test_hints_at_one_image_are_one() -> None:
    """With all tags, and the last digest that is known; others once each."""
    api, web = Pushed("ghcr.io/acme/api", ("1",), DIGEST), Pushed("ghcr.io/acme/web", ("1",))
    later, moved = Pushed("ghcr.io/acme/api", ("2", "1")), Moved(("x",), "main")
    assert gathered([api, moved, web, later, moved]) == (Pushed("ghcr.io/acme/api", ("1", "2"), DIGEST), web, moved)

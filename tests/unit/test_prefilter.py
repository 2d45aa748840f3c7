"""The prefilter never lets a file go that refers to one of the images."""

from __future__ import annotations

import pytest

from tagwright import prefilter

NAMES = ["nginx", "docker.io/library/redis", "ghcr.io/acme/api", "ghcr.io/acme/api-gateway", "localhost:5000/x/y"]


@pytest.mark.parametrize(
    "text",
    [
        "image: nginx:1",
        "image: docker.io/library/nginx",
        "image: redis",
        "registry: ghcr.io\nrepository: acme/api\n",
        "acme/api-gateway",
        "mirror.example.com/x/y",
        r'{"image": "ghcr.io\/acme\/web"}',
        '"ghcr.io/ac\\\n  me/web"',
        r'"\x61cme/web"',
        "registry: ghcr.io/acme\nrepository: api\n",
        "{registry: 'ghcr.io/acme', repository: api}",
        "hub: acme\nrepository: api-gateway",
        "imageRegistry: *r\nimageRepository: api",
        "registry: # ours\n  ghcr.io/acme\nname: api",
    ],
)
def test_a_file_that_could_refer_is_kept(text: str) -> None:
    """With or without registry, with `library/` or not, whole or apart, and whatever escapes may hide."""
    assert prefilter.compile(NAMES).search(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "image: acme/web",
        "ghcr.io/acme/ap",
        "library/",
        "localhost:5000",
        "registry: ghcr.io/acme\nrepository: apis",
        "registry: ghcr.io\nrepository: api",
        "registry: docker.io\nimage: api-gateway\nurl: a/b",
        "registry:\n  enabled: true\nname: api",
        "github: a/b\nname: api",
    ],
)
def test_a_file_that_cannot_refer_is_let_go(text: str) -> None:
    """The filter is worth something."""
    assert not prefilter.compile(NAMES).search(text.encode())


def test_without_names_only_escapes_are_kept() -> None:
    """Nothing is looked for, nothing is found."""
    assert not prefilter.compile([]).search(b"image: nginx")

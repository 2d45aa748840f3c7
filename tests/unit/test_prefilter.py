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
        "API_REGISTRY=ghcr.io/acme\nAPI_IMAGE=api",
        "export API_HUB='acme'\nAPI_IMAGE=api",
        "IMAGE_REGISTRY: ghcr.io/acme\nIMAGE_NAME: api",
        'registry = "ghcr.io/acme"\nrepository = "api"',
        'registry = "acme"; repository = "api";',
        "- {name: image.registry, value: ghcr.io/acme}\n- {name: image.repository, value: api}",
        "- name: image.registry\n  value: ghcr.io/acme\n- name: image.repository\n  value: api",
        'set {\n name = "image.registry"\n value = "ghcr.io/acme"\n}\nset {\n value = "api"\n}',
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


@pytest.mark.parametrize("line", ["FROM ${REG}/api:1", "from ghcr.io/$ORG/api:1", "FROM acme/a${X}i:1 AS x"])
def test_a_name_that_a_dockerfile_puts_together_hides_nowhere(line: str) -> None:
    """Its letters stand in several places."""
    assert prefilter.compile(["ghcr.io/acme/api"]).search(f"ARG X=p\n{line}\n".encode())
    assert not prefilter.compile(["ghcr.io/acme/api"]).search(b"FROM redis:7\nRUN echo $X from $Y\n")

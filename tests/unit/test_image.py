"""Image names."""

from __future__ import annotations

import pytest

from tagwright import image
from tagwright.errors import ImageError

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "normalised", "tag", "digest"),
    [
        ("nginx", "docker.io/library/nginx", None, None),
        ("bitnami/redis:7.2", "docker.io/bitnami/redis", "7.2", None),
        ("docker.io/nginx:1", "docker.io/library/nginx", "1", None),
        ("index.docker.io/nginx:1", "docker.io/library/nginx", "1", None),
        ("localhost:5000/app", "localhost:5000/app", None, None),
        ("[::1]:5000/app:2", "[::1]:5000/app", "2", None),
        (f"ghcr.io/acme/api:1.2@{DIGEST}", "ghcr.io/acme/api", "1.2", DIGEST),
    ],
)
def test_an_image_has_one_identity_and_prints_as_written(
    text: str, normalised: str, tag: str | None, digest: str | None
) -> None:
    """However a name is spelled, it normalises to one identity and prints back unchanged."""
    found = image.parse(text)
    assert (found.normalised, found.tag, found.digest, str(found)) == (normalised, tag, digest, text)


@pytest.mark.parametrize(
    "text", ["", "foo:", "acme/API:1", "app@sha256:beef", "a b", "http://ghcr.io/a:1", "a:1:2", "-a"]
)
def test_what_docker_refuses_is_refused(text: str) -> None:
    """The judge is distribution/reference: no upper case, no empty tag, no short digest."""
    with pytest.raises(ImageError):
        image.parse(text)

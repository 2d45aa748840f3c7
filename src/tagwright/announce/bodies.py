"""What is announced: an image, or a list of them, as JSON. Pure."""

from __future__ import annotations

import json

from tagwright import image
from tagwright.announce.refusals import Refused
from tagwright.image import DIGEST, Image

_MOST = 1000  # images of one announcement
_EXPECTED = 'expected {"image": "ghcr.io/acme/api:1.4.2", "digest": "sha256:…"}, or a list of such'


def read(body: bytes) -> tuple[Image, ...]:
    """The images of an announcement, with tag or digest or both. Raises Refused (400), echoing nothing."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, f"the body is no JSON: {_EXPECTED}") from None
    listed = said if isinstance(said, list) else [said]
    if not listed or len(listed) > _MOST:
        raise Refused(400, f"expected between one and {_MOST} images")
    return tuple(_image(one, index) for index, one in enumerate(listed))


def _image(said: object, index: int) -> Image:
    name, digest = (said.get("image"), said.get("digest")) if isinstance(said, dict) else (None, None)
    found = image.read(name) if isinstance(name, str) else None
    if found is None or not found.name:
        raise Refused(400, f"item {index}: {_EXPECTED}")
    if digest is not None and not (isinstance(digest, str) and DIGEST.fullmatch(digest)):
        raise Refused(400, f"item {index}: the digest is none: {_EXPECTED}")
    if digest and found.digest and digest != found.digest:
        raise Refused(400, f"item {index}: the image and the digest beside it name different contents")
    if not (found.tag or found.digest or digest):
        raise Refused(400, f"item {index}: an image without a tag and a digest announces nothing")
    return Image(found.name, found.tag, digest or found.digest)

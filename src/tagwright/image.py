"""Image names: parse, normalise, print. The judge is the grammar of distribution/reference.

written                              name                           registry    repository
nginx:1.25                           nginx                          docker.io   library/nginx
ghcr.io/acme/api:1.2.0@sha256:…      ghcr.io/acme/api               ghcr.io     acme/api
localhost:5000/app                   localhost:5000/app             localhost:5000   app
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tagwright.errors import ImageError

DEFAULT_REGISTRY = "docker.io"

# distribution/reference v0.6 regexp.go: domain, path-component, tag, digest.
_LABEL = r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_PART}(?:/{_PART})*)")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}")


@dataclass(frozen=True, slots=True)
class Image:
    """An image reference that prints as it was written.

    `name` is everything before the tag, as spelled ("nginx", "ghcr.io/acme/api");
    empty when only a tag or digest is known.
    """

    name: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

    @property
    def registry(self) -> str:
        """The registry's host[:port], "docker.io" where none is written."""
        return _split(self.name)[0]

    @property
    def repository(self) -> str:
        """The repository's path in the registry, "library/" included for Docker Hub."""
        return _split(self.name)[1]

    @property
    def normalised(self) -> str:
        """The identity of the image repository: "docker.io/library/nginx" for "nginx"; "" without a name."""
        return "/".join(_split(self.name)) if self.name else ""


def parse(text: str) -> Image:
    """Parse "name[:tag][@digest]". Raises ImageError for anything distribution/reference refuses."""
    rest, at, digest = text.partition("@")
    if at and not DIGEST.fullmatch(digest):
        raise ImageError(f"{text!r} has no digest after '@'", hint="expected sha256: and 64 hexadecimal digits")
    match = _NAME.match(rest)
    if not match:
        raise ImageError(f"{text!r} is no image name", hint="expected registry/repository:tag in lower case")
    name, rest = rest[: match.end()], rest[match.end() :]
    if rest and not (rest[0] == ":" and TAG.fullmatch(rest[1:])):
        raise ImageError(f"{text!r} is no image reference", hint="expected registry/repository:tag")
    return Image(name, rest[1:] or None, digest or None)


def normalise(name: str) -> str:
    """The identity of an image repository's name, as `Image.normalised`."""
    return Image(name).normalised


def _split(name: str) -> tuple[str, str]:
    """Registry and repository. A first part is a host when it has a dot, a colon or is "localhost" (Docker's rule)."""
    first, slash, rest = name.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first or first != first.lower()):
        registry = DEFAULT_REGISTRY if first in ("index.docker.io", "registry-1.docker.io") else first
    else:
        registry, rest = DEFAULT_REGISTRY, name
    if registry == DEFAULT_REGISTRY and "/" not in rest:
        rest = f"library/{rest}"
    return registry, rest

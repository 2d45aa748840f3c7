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
_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_NAME = rf"(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*"
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
# go-digest algorithm.go: what it does not know it refuses, and of what it knows only lower case at full length.
DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_REFERENCE = re.compile(rf"(?P<name>{_NAME})(?::(?P<tag>{TAG.pattern}))?(?:@(?P<digest>{DIGEST.pattern}))?")
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")  # refused, as it could be an image's identifier
_LONGEST_REPOSITORY = 255


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
    found = read(text)
    if found is None:
        raise _refusal(text)
    return found


def read(text: str) -> Image | None:
    """The same where most texts are none and nobody asks why: None for what `parse` refuses."""
    match = _REFERENCE.fullmatch(text)
    if not match:
        return None
    found = Image(match["name"], match["tag"], match["digest"])
    # Only a long text can be an identifier or hold a name that is too long.
    if len(text) >= 64 and (_IDENTIFIER.fullmatch(text) or len(found.repository) > _LONGEST_REPOSITORY):
        return None
    return found


def _refusal(text: str) -> ImageError:
    """What is wrong with a text that is no reference, as exactly as can be told."""
    shown = repr(text if len(text) <= 100 else f"{text[:99]}…")
    rest, at, digest = text.partition("@")
    if at and not DIGEST.fullmatch(digest):
        return ImageError(f"{shown} has no digest after '@'", hint="expected sha256: and 64 hexadecimal digits")
    if "://" in text:
        return ImageError(f"{shown} is a URL, not an image name", hint="leave the scheme away")
    if _IDENTIFIER.fullmatch(text):
        return ImageError(f"{shown} could be an image's identifier", hint="64 hexadecimal digits are no name")
    if _REFERENCE.fullmatch(text):
        return ImageError(f"{shown} is too long", hint=f"a repository has at most {_LONGEST_REPOSITORY} characters")
    if _REFERENCE.fullmatch(rest.lower()):
        return ImageError(f"{shown} has upper case in its name", hint="a repository's name is in lower case")
    return ImageError(f"{shown} is no image reference", hint="expected registry/repository:tag")


def normalise(name: str) -> str:
    """The identity of an image repository's name, as `Image.normalised`."""
    return Image(name).normalised


def _split(name: str) -> tuple[str, str]:
    """Registry and repository, as distribution/reference normalize.go splits them.

    A first part is a host when it is "localhost" or has a dot, a colon or upper case. Only
    the Hub's old name is another spelling of it; its API's host, registry-1.docker.io, is a
    registry like any other.
    """
    first, slash, rest = name.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first or first != first.lower()):
        registry = DEFAULT_REGISTRY if first == "index.docker.io" else first
    else:
        registry, rest = DEFAULT_REGISTRY, name
    if registry == DEFAULT_REGISTRY and "/" not in rest:
        rest = f"library/{rest}"
    return registry, rest

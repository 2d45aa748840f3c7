"""Image references inside longer text: arguments, scripts, strings of other languages.

A word is `name:tag`, `name@sha256:…` or both, with nothing beside it that could belong to it: no
scheme but the ones images have (`docker://`, `oci://`), no template, no further path, no variable
but one whose default it is (`${API:-ghcr.io/acme/api:1.2}`).
What spells a registry's host (`ghcr.io/acme/api:1.2`, `localhost:5000/api:1.2`), or a digest, is
*certain*: nothing else is written like that. `redis:7.2` alone could be a host and its port, a key
and its value: it takes a place that speaks of images to say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tagwright.image import Image
from tagwright.locators.base import Found, Piece, parsed
from tagwright.model import Part, Style
from tagwright.yaml_spans import Path, Scalar

_SCHEMES = r"(?:docker|docker-daemon|docker-image|docker-pullable|containers-storage|oci|registry)://|oci::"
_SCHEME = re.compile(_SCHEMES)
# Possessive, so that a long word without a tag costs one look.
_WORD = re.compile(
    rf"""(?<![\w./:@$%~{{}}+*?&#-])(?:(?P<default>\$\{{\w++:?-)|{_SCHEMES})?
    (?P<word>(?:[\w.-]++(?:[:]\d++(?=/))?|\[[0-9a-fA-F:]++\](?:[:]\d++)?)(?:/[\w.-]++)*+(?:[:]\w++(?:[.-]++\w++)*+)?+(?:@sha\d{{3}}:[0-9a-f]++)?+)
    (?(default)(?=\}})|(?!-|[.]*[\w/:@$%{{}}*+(-]|\\[^nrt"'\s]))""",
    re.VERBOSE,
)
PROMISING = re.compile(r"[\w\]]:\w|@sha\d")
# Algorithms of digests, and versions: v1.2.0@sha256:… is a tag and its digest.
_NO_NAME = re.compile(r"sha1|sha256|sha384|sha512|md5|v?\d+(?:[._-][^/]*)?")
# What stands before the kind of an object: acme.io/v1beta1:Deployment.
_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d+)?")
# Labels (app.kubernetes.io/name), and services of a cluster, whose colon is a port's.
_NO_REGISTRY = re.compile(r"(?<!registry)\.kubernetes\.io$|^kubernetes\.io$|\.svc(?:\.cluster\.local)?$")
# Hosts of code, whose paths are followed by a colon and a line or a branch.
_NO_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "golang.org"})
# localhost, a port, an address, or a top level domain: `python3.9/site-packages:x` is none.
_HOST = re.compile(r"localhost|\[.*|.*[A-Za-z.].*:\d+|(?:\d+\.){3}\d+|.+\.[A-Za-z][A-Za-z0-9-]+")
_IMAGE_KEY = re.compile(r"images?(?:[_.-]?(?:names?|ref|reference|repo|ur[li]|path))?$", re.IGNORECASE)
_TELLING = re.compile(r"[/@\d]")
_NUMBERED_OR_OWNED = re.compile(r"/|:.*\d")
_MENTIONS = 5_000  # of one text: nobody writes more, and each costs memory
_LONGEST = 600  # no reference is longer: 255 for the name, 128 for the tag, 136 for the digest


@dataclass(frozen=True, slots=True)
class Word:
    """An image reference and the range [start, end) of the text that spells it; `schemed`: behind `docker://`."""

    image: Image
    start: int
    end: int
    schemed: bool = False

    @property
    def certain(self) -> bool:
        """Is there nothing else this could be? `latest@sha256:…` could be a tag and its digest."""
        host, slash, _ = self.image.name.partition("/")
        if self.schemed or (self.image.digest and (slash or self.image.tag)):
            return True
        known = bool(slash and _HOST.fullmatch(host)) and host not in _NO_HOSTS and not host.startswith(".")
        return known and not _NO_REGISTRY.search(host) and not self._is_kind

    @property
    def _is_kind(self) -> bool:
        """Is it an object's version and kind: acme.io/v1:Deployment?"""
        _, _, path = self.image.name.partition("/")
        return _VERSION.fullmatch(path) is not None and (self.image.tag or "")[:1].isupper()

    @property
    def numbered(self) -> bool:
        """Could it be a host and its port?"""
        tag = self.image.tag or ""
        return "/" not in self.image.name and not self.image.digest and tag.isdigit() and len(tag) > 1


def words(text: str, start: int = 0, end: int | None = None, *, telling: bool = False) -> Iterator[Word]:
    """The references with a tag or a digest in a stretch of text, in its order. `telling`: no `name:tag` without a
    scheme, an owner or a number, of which a text may be full."""
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        first, last = match.span("word")
        if telling and match.start() == first and not _TELLING.search(text, first, last):
            continue
        if PROMISING.search(text, first, last):
            if text[first - 1 : first] == "\\" and text[first] in "nrt":
                first += 1  # an escape inside quotes: "…\nghcr.io/acme/api:1.2"
            image = parsed(text[first:last])
            if image and (image.tag or image.digest) and not _NO_NAME.fullmatch(image.name):
                schemed = match.start() < match.start("word") and not match["default"]
                yield Word(image, first, last, schemed)


def whole(text: str, start: int, end: int) -> Word | None:
    """The reference with a tag or a digest that a stretch of text spells, all of it but a scheme."""
    if end - start > _LONGEST:
        return None
    if text.find(":", start, end) < 0 and text.find("@", start, end) < 0:
        return None
    scheme = _SCHEME.match(text, start, end)
    first = scheme.end() if scheme else start
    image = parsed(text[first:end])
    return Word(image, first, end, scheme is not None) if image and (image.tag or image.digest) else None


def means_image(key: str) -> bool:
    """Is a value under this key an image: `image`, `BASE_IMAGE`, `imageName`, `builder-image`, `images`?"""
    return _IMAGE_KEY.search(key) is not None


def mentioned(kind: str, text: str, start: int = 0, end: int | None = None) -> Iterator[Found]:
    """The words of a stretch of text as references; those that could be something else, not certain."""
    told = 0
    for word in words(text, start, end, telling=True):
        if word.certain:
            yield found(kind, word, text, ())
        elif told < _MENTIONS and not word.numbered and _NUMBERED_OR_OWNED.search(text, word.start, word.end):
            told += 1
            yield replace(found(kind, word, text, ()), certain=False)


def found(kind: str, word: Word, text: str, path: Path) -> Found:
    """A word as a reference."""
    raw = text[word.start : word.end]
    piece = Piece(Part.IMAGE, Scalar(raw, word.start, word.end, raw, Style.RAW), path)
    return Found(kind, word.image, raw, (piece,))

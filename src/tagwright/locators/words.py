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
from dataclasses import dataclass

from tagwright.image import Image
from tagwright.locators.base import Found, Piece, parsed
from tagwright.model import Part, Style
from tagwright.yaml_spans import Path, Scalar

_SCHEMES = r"(?:docker|docker-daemon|containers-storage|oci)://|docker-image://|oci::"
# Possessive, so that a long word without a tag costs one look.
_WORD = re.compile(
    rf"""(?<![\w./:@$%~{{}}+*?&#-])(?:(?P<default>\$\{{\w++:?-)|{_SCHEMES})?
    (?P<word>(?:[\w.-]++(?:[:]\d++(?=/))?|\[[0-9a-fA-F:]++\](?:[:]\d++)?)(?:/[\w.-]++)*+(?:[:]\w++(?:[.-]++\w++)*+)?+(?:@sha\d{{3}}:[0-9a-f]++)?+)
    (?(default)(?=\}})|(?!-|[.]*[\w/:@$%{{}}*+(-]|\\[^nrt"'\s]))""",
    re.VERBOSE,
)
PROMISING = re.compile(r"[\w\]]:\w|@sha\d")
# Names of files and places of code that are followed by a colon and a number or a branch.
# Algorithms of digests, and versions: v1.2.0@sha256:… is a tag and its digest.
_NO_NAME = re.compile(r"sha1|sha256|sha384|sha512|md5|v?\d+(?:[._-][^/]*)?")
_NO_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "golang.org"})


@dataclass(frozen=True, slots=True)
class Word:
    """An image reference and the range [start, end) of the text that spells it."""

    image: Image
    start: int
    end: int

    @property
    def certain(self) -> bool:
        """Is there nothing else this could be?"""
        host, slash, _ = self.image.name.partition("/")
        if not slash or not ("." in host or ":" in host or host == "localhost"):
            return bool(self.image.digest)
        return host not in _NO_HOSTS and not host.startswith(".")

    @property
    def numbered(self) -> bool:
        """Could it be a host and its port?"""
        tag = self.image.tag or ""
        return "/" not in self.image.name and not self.image.digest and tag.isdigit() and len(tag) > 1


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """The references with a tag or a digest in a stretch of text, in its order."""
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        first, last = match.span("word")
        if PROMISING.search(text, first, last):
            if text[first - 1 : first] == "\\" and text[first] in "nrt":
                first += 1  # an escape inside quotes: "…\nghcr.io/acme/api:1.2"
            image = parsed(text[first:last])
            if image and (image.tag or image.digest) and not _NO_NAME.fullmatch(image.name):
                yield Word(image, first, last)


def found(kind: str, word: Word, text: str, path: Path) -> Found:
    """A word as a reference."""
    raw = text[word.start : word.end]
    piece = Piece(Part.IMAGE, Scalar(raw, word.start, word.end, raw, Style.RAW), path)
    return Found(kind, word.image, raw, (piece,))

"""Images spelled over several keys side by side: in Helm's values, and in whatever is set like them.

Values whose keys begin alike belong together, with or without the word "image" between:
`web_image` or `webImageRepository`, and `web_tag` or `webImageTag`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from tagwright.image import DIGEST, TAG, Image
from tagwright.locators.base import Found, Piece, inside, parsed, tagged
from tagwright.locators.text.words import Word
from tagwright.model import Form, Part
from tagwright.yaml_spans import Path, Scalar

Words = tuple[str, ...]
_NAMES = (("repository",), ("image",), ("image", "name"), ("image", "repository"))
_REGISTRIES = (("registry",), ("hub",), ("image", "registry"))
_TAGS = (("tag",), ("image", "tag"))
_VERSIONS = (("version",), ("image", "version"))
_DIGESTS = tuple((*before, word) for word in ("digest", "sha", "sha256") for before in ((), ("image",)))
_BEHIND = sorted((*_TAGS, *_VERSIONS, *_DIGESTS), key=len, reverse=True)
_LAST = {role[-1] for role in (*_NAMES, *_REGISTRIES, *_BEHIND)}
READS = frozenset(_LAST | {f"*{word}" for word in _LAST})

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_HEXADECIMAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A scalar, the words of its own key, and all the keys that lead to it."""

    key: Words
    scalar: Scalar
    path: Path


@lru_cache(maxsize=10_000)
def words(key: str) -> Words:
    """The words of a key in lower case: web_image, webImage, WEB_IMAGE are web and image."""
    return tuple(word.lower() for word in _WORD.findall(key))


def stems(keys: Iterable[Words]) -> list[Words]:
    """What stands before a tag, a version or a digest in these keys, in the order of the alphabet."""
    return sorted({key[: -len(role)] for key in keys if (role := _behind(key))})


def speaks(key: Words) -> bool:
    """Could a key be one of an image's?"""
    return bool(key) and key[-1] in _LAST


@lru_cache(maxsize=10_000)
def _behind(key: Words) -> Words:
    return next((role for role in _BEHIND if key[-len(role) :] == role), ())


@dataclass(frozen=True, slots=True)
class Apart:
    """The entries whose keys begin with `stem`, of all that stand side by side.

    `path` are the keys above, `registry` is the one that the document sets for images without a host.
    """

    kind: str
    entries: dict[Words, Entry]
    stem: Words
    path: Path
    registry: str = ""

    def images(self) -> Iterator[Found]:
        """The image they spell; with a whole one the tag that stands beside it."""
        name = self._name()
        whole = parsed(name.scalar.value) if name and not name.scalar.templated else None
        tag = self._first(_TAGS) or self._version(name, whole)
        read = tagged(tag.scalar) if tag else Image("")
        digest = self._digest()
        if read is None or not (tag or _read_digest(digest)):
            return
        if name and whole and (whole.tag or whole.digest):
            yield from _beside(self.kind, name, whole, tag, read)
            return
        spelled = self._spelled(name)
        if spelled or (spelled == "" and self._nameless(tag)):
            image = Image(spelled, read.tag, read.digest or _read_digest(digest))
            registry = self._first(_REGISTRIES)
            alias = name.scalar.value if name and spelled != name.scalar.value and not _said(registry) else ""
            pieces = (
                (Part.TAG, tag),
                (Part.DIGEST, digest),
                (Part.NAME, _said(name)),
                (Part.REGISTRY, _said(registry)),
            )
            written = tuple(Piece(part, one.scalar, one.path, _form(part, one)) for part, one in pieces if one)
            yield Found(self.kind, image, str(image), written, alias=alias)

    def _first(self, roles: tuple[Words, ...]) -> Entry | None:
        for role in roles:
            if entry := self.entries.get((*self.stem, *role)):
                return entry
        return None

    def _name(self) -> Entry | None:
        """The entry that names the image. `git_repository` beside `git_tag` needs a registry's host to be one."""
        bare = () if self.stem or not speaks_of_images(self.path) else (("name",),)
        entry = self._first((*_NAMES, *bare))
        image = parsed(entry.scalar.value) if entry and self.stem else None
        spoken = not entry or not self.stem or "image" in entry.key
        return entry if spoken or (image and Word(image, 0, 0).certain) else None

    def _version(self, name: Entry | None, whole: Image | None) -> Entry | None:
        """`version:` is a tag beside what is surely an image: below `…image:`, or the name has a host or an owner."""
        entry = self._first(_VERSIONS)
        if not (entry and name and whole and TAG.fullmatch(entry.scalar.text)):
            return None
        if not self.stem and speaks_of_images(self.path[-1:], last=True):
            return entry
        imaged = "image" in name.key
        return entry if Word(whole, 0, 0).certain or (imaged and "/" in whole.name) else None

    def _digest(self) -> Entry | None:
        """The entry with the digest, or with the empty place for one under a key that says in which form."""
        entry = self._first(_DIGESTS)
        if entry is None or entry.scalar.templated:
            return None
        empty = not entry.scalar.text and entry.key[-1:] == ("digest",)
        return entry if empty or _read_digest(entry) else None

    def _spelled(self, name: Entry | None) -> str | None:
        """The repository's name with its registry; "" where none is written, None where it cannot be known."""
        registry = self._first(_REGISTRIES)
        if (name and name.scalar.templated) or (registry and registry.scalar.templated):
            return None
        if not _said(name) or name is None:
            return ""
        written = name.scalar.value
        host = registry.scalar.text if registry else ""
        if not host and not Word(Image(written), 0, 0).certain:
            host = self.registry
        spelled = f"{host}/{written}" if host else written
        image = parsed(spelled)
        return spelled if image and image.name == spelled else None

    def _nameless(self, tag: Entry | None) -> bool:
        """Is it a tag alone whose key, or the one above, says that it is an image's?"""
        if tag is None or tag is self._first(_VERSIONS):
            return False
        apart = tag is self.entries.get((*self.stem, "image", "tag"))
        return bool(tag.scalar.text) if apart else not self.stem and speaks_of_images(self.path[-1:])


def _beside(kind: str, name: Entry, whole: Image, tag: Entry | None, read: Image) -> Iterator[Found]:
    """Where the name's value holds a digest, the tag beside it; where it holds a tag, the same one repeated, maybe
    without its "v" (https://prometheus-operator.dev: `version` beside `image`)."""
    if tag is None or read.digest or not read.tag:
        return
    image, repeated = Piece(Part.IMAGE, name.scalar, name.path), Piece(Part.TAG, tag.scalar, tag.path, Form.ALONE)
    digest = inside(name.scalar, whole.digest) if whole.digest else None
    if whole.tag in (read.tag, f"v{read.tag}"):
        form = Form.ALONE if read.tag == whole.tag else Form.BARE
        yield Found(kind, whole, name.scalar.value, (image, replace(repeated, form=form)))
    elif not whole.tag and digest:
        both = Image(whole.name, read.tag, whole.digest)
        yield Found(kind, both, str(both), (repeated, Piece(Part.DIGEST, digest, name.path)))
        yield Found(kind, Image(""), name.scalar.value, (image,), ignored=True)


def _said(entry: Entry | None) -> Entry | None:
    return entry if entry and entry.scalar.text else None


def _read_digest(entry: Entry | None) -> str | None:
    """The digest an entry holds; one that is written as 64 digits alone too."""
    value = entry.scalar.value if entry and not entry.scalar.templated else ""
    if _HEXADECIMAL.fullmatch(value):
        return f"sha256:{value}"
    return value if DIGEST.fullmatch(value) else None


def _form(part: Part, entry: Entry) -> Form:
    bare = part is Part.DIGEST and _HEXADECIMAL.fullmatch(entry.scalar.value)
    return Form.HEXADECIMAL if bare else Form.AS_IS


def speaks_of_images(path: Path, *, last: bool = False) -> bool:
    """Does a key on the way here say "image"? `last`: does it end so?"""
    steps = [step.lower() for step in path if isinstance(step, str)]
    return any(step.endswith("image") if last else "image" in step for step in steps)

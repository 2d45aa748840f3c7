"""Values that name no image, bound to one by a line of the configuration.

    references:
      - {image: ghcr.io/acme/api, files: [prod.env], key: API_TAG}
      - {image: ghcr.io/acme/api, files: ["apps/*/values.yaml"], key: "services.*.tag"}
      - {image: "ghcr.io/acme/{name}", files: ["image-tags/*"]}        the file is the tag

`key` is the end of the way to a value as `scan` shows it, its last key or more of them, with `*` for
any step and `**` for several; without one the whole file is the tag. `{name}` is the file's name without
its extension, `{folder}` that of its folder. A value is a tag, tag@digest, or ends in one behind a
name that a template makes (`{{ registry }}/api:1.2.0`). What names its image itself is none of this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from tagwright import globs
from tagwright.image import Image
from tagwright.locators.base import Found, parsed, tag_of
from tagwright.locators.beside.values import Values
from tagwright.model import Binding, Reference, Style
from tagwright.yaml_spans import Path, Scalar, Source

_STEP = re.compile(r"[./]|\[(\d+)\]")
_TAG_ALONE = re.compile(r"\s*([\w][\w.-]*(?:@sha\d{3}:[0-9a-f]+)?)\s*")


def bind(source: Source, every: Iterable[Values], found: list[Found], bindings: Iterable[Binding]) -> list[Found]:
    """What was found, with the names that bindings give, and the values that only a binding names."""
    bindings = tuple(bindings)
    names: dict[str, str] = {}
    for one in bindings:
        if one.key and (image := _image(one, source)):
            names.setdefault(one.key, image)
    some = globs.compile(tuple(map(_pattern, names)))
    named = list(found)
    bound: set[int] = set()
    for values in every:
        for value in values.all:
            way = _way(value.path)
            name = _first(names, way) if some(way) else ""
            known = values.known.get(value.scalar.start)
            if name and known is not None:
                named[known] = _named(named[known], name)
            elif name and value.scalar.start not in bound:
                bound.add(value.scalar.start)
                named += tag_of("bound", name, value.scalar, value.path)
    return named + _whole(source, bindings)


def binds(binding: Binding, reference: Reference) -> bool:
    """Is this reference, of a file that the binding means, one that it names?"""
    name = _image_for(binding, reference.path)
    if name != reference.image.name:
        return False
    return globs.compile((_pattern(binding.key or "**"),))(_STEP.sub(r"/\1", reference.where).replace("//", "/"))


def _named(found: Found, name: str) -> Found:
    return found if found.image.name else replace(found, image=replace(found.image, name=name))


def _whole(source: Source, bindings: tuple[Binding, ...]) -> list[Found]:
    """The tag that the file is."""
    match = _TAG_ALONE.fullmatch(source.text)
    name = next((image for one in bindings if not one.key and (image := _image(one, source))), "")
    if not (match and name):
        return []
    scalar = Scalar(match[1], match.start(1), match.end(1), match[1], Style.RAW)
    return list(tag_of("bound", name, scalar, ()))


def _image(binding: Binding, source: Source) -> str:
    """The image a binding names for this file; "" where the file's name makes none."""
    return _image_for(binding, source.path)


def _image_for(binding: Binding, path: str) -> str:
    folders, _, file = path.rpartition("/")
    folder = folders.rpartition("/")[2]
    name = binding.image.replace("{name}", file.partition(".")[0]).replace("{folder}", folder)
    return name if parsed(name) == Image(name) else ""


def _first(names: dict[str, str], way: str) -> str:
    """The image of the binding that stands first of those which mean this value."""
    return next(name for key, name in names.items() if globs.compile((_pattern(key),))(way))


@lru_cache(maxsize=4096)
def _pattern(key: str) -> str:
    """The glob for the ways that end so."""
    wanted = _STEP.sub(lambda match: f"/{match[1] or ''}", key).replace("//", "/")
    return f"**/{wanted}"


def _way(path: Path) -> str:
    return "/".join(_STEP.sub("/", str(step)) for step in path)

"""What a manifest and an image configuration say, read as data. All pure; what is foreign is passed over.

OCI Image Specification v1.1: "Image Configuration", "Annotations", "Guidelines for Artifact Usage". Publishers write
what they like here, so everything is cut to a sane length and of the type it must be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from tagwright.model import Details
from tagwright.registries.documents import moment, platform_of

_IMAGE_CONFIGS = frozenset({
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",  # what Docker's first pushes of schema 2 called it
})  # fmt: skip
_IMAGE_LAYER = re.compile(r"application/(vnd\.oci\.image\.layer\.|vnd\.docker\.image\.rootfs\.|octet-stream).*")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")
_MOST, _LONGEST, _ROOM = 200, 4096, 32_768  # entries; characters of one, and of all

Json = Mapping[str, Any]


def artifact(manifest: Json) -> str | None:
    """The media type of what a manifest holds when that is no image; None for images and what does not tell.

    A manifest is an image's if its configuration and a layer of it are; charts, signatures and bills of materials say
    otherwise by `artifactType`, their configuration or their layers. An index is judged by its own `artifactType`.
    """
    config = manifest.get("config")
    said = _media_type(config.get("mediaType")) if isinstance(config, dict) else None
    kind = _media_type(manifest.get("artifactType"))
    if said and said not in _IMAGE_CONFIGS:
        return kind or said
    if not isinstance(config, dict):
        return kind
    types = [_media_type(layer.get("mediaType")) for layer in _objects(manifest.get("layers"))]
    foreign = [one for one in types if one and not _IMAGE_LAYER.fullmatch(one)]
    return (kind or foreign[0]) if foreign and len(foreign) == len(types) else None


def details(manifest: Json, config: Json, index: Json | None = None) -> Details:
    """What an image says of itself; `index` is the one that it was reached by."""
    ran = config.get("config")
    ran = ran if isinstance(ran, dict) else {}
    layers = list(_objects(manifest.get("layers")))
    annotations = {**dict(_pairs((index or {}).get("annotations"))), **dict(_pairs(manifest.get("annotations")))}
    return Details(
        platform=platform_of(config),
        created=date.isoformat() if (date := moment(config.get("created"))) else "",
        size=_size([*layers, *_objects([manifest.get("config")])]),
        layers=len(layers),
        labels=tuple(sorted(_pairs(ran.get("Labels")))),
        annotations=tuple(sorted(annotations.items())),
        user=_text(ran.get("User")),
        entrypoint=_words(ran.get("Entrypoint")),
        command=_words(ran.get("Cmd")),
        folder=_text(ran.get("WorkingDir")),
        ports=_names(ran.get("ExposedPorts")),
        volumes=_names(ran.get("Volumes")),
        environment=tuple(sorted({word.partition("=")[0] for word in _words(ran.get("Env"))})),
    )


def _media_type(said: object) -> str | None:
    return said if isinstance(said, str) and len(said) <= 255 and _MEDIA_TYPE.fullmatch(said) else None


def _objects(said: object) -> Iterator[Json]:
    return (one for one in said if isinstance(one, dict)) if isinstance(said, list) else iter(())


def _size(parts: list[Json]) -> int | None:
    """The sum of the sizes; None when one is not told."""
    sizes = [part.get("size") for part in parts]
    told = [size for size in sizes if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 1 << 60]
    return sum(told) if told and len(told) == len(sizes) else None


def _text(said: object) -> str:
    return said[:_LONGEST] if isinstance(said, str) else ""


def _words(said: object) -> tuple[str, ...]:
    return _fitting(word for word in said[:_MOST] if isinstance(word, str)) if isinstance(said, list) else ()


def _names(said: object) -> tuple[str, ...]:
    """The keys of an object, which is how configurations spell sets."""
    return tuple(sorted(_fitting(list(said)[:_MOST]))) if isinstance(said, dict) else ()


def _pairs(said: object) -> Iterator[tuple[str, str]]:
    told = list(said.items())[:_MOST] if isinstance(said, dict) else ()
    texts = _fitting(text for pair in told if isinstance(pair[1], str) for text in pair)
    return zip(texts[::2], texts[1::2], strict=False)


def _fitting(texts: Iterable[str]) -> tuple[str, ...]:
    """Each cut to its length, as many as there is room for: an image is kept beside thousands of others."""
    cut = tuple(map(_text, texts))
    return tuple(text for text, size in zip(cut, accumulate(map(len, cut)), strict=True) if size <= _ROOM)

"""Intents: images that should stand, as `set` is told them on the command line or in a batch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from tagwright import image as images
from tagwright.errors import ImageError, UsageError
from tagwright.globs import compile as matches
from tagwright.image import Image
from tagwright.model import Reference, Ruled


@dataclass(frozen=True, slots=True)
class Intent:
    """An image that should stand: where its repository is referenced, or where a Flux marker of `policy` stands.

    An `image.digest` of "" says that none shall stand; None leaves that open. `files` are globs (none =
    every file), `from_tag` the tag or digest a reference must be at now, `order` the rank of this image where
    nothing else orders it.
    """

    image: Image
    files: tuple[str, ...] = ()
    from_tag: str = ""
    order: int | None = None
    policy: str = ""

    def names(self, reference: Reference, ruled: Ruled) -> bool:
        """Is this the image meant, in a file that was asked for?

        A tag alone has the image that a marker or rule binds to it; kustomize finds what it
        replaces by an entry's `name`, whatever the entry makes of it.
        """
        if self.policy:
            named = bool(reference.marker and reference.marker.policy == self.policy)
        else:
            named = self.image.normalised in (ruled.image, images.normalise(reference.alias))
        return named and (not self.files or matches(self.files)(reference.path))

    def starts_at(self, standing: Image) -> bool:
        """Is this the tag or digest that a reference must be at to be moved?"""
        return not self.from_tag or self.from_tag in (standing.tag, standing.digest)

    def is_true_of(self, standing: Image) -> bool:
        """Does a reference say already what should stand?"""
        same = standing.tag == self.image.tag if self.image.tag else True
        return same and (self.image.digest is None or (self.image.digest or None) == standing.digest)


def about(intents: Iterable[Intent]) -> Callable[[Reference, Ruled], list[Intent]]:
    """Which of many intents may concern a reference, in their order; found by name, since files of hundreds of
    references meet batches of hundreds."""
    known: dict[str, list[tuple[int, Intent]]] = {}
    for place, intent in enumerate(intents):
        known.setdefault(intent.policy or intent.image.normalised, []).append((place, intent))

    def named(reference: Reference, ruled: Ruled) -> list[Intent]:
        names = {ruled.image, images.normalise(reference.alias), reference.marker.policy if reference.marker else ""}
        found = [pair for name in names for pair in known.get(name, ())]
        return [intent for _, intent in sorted(found, key=lambda pair: pair[0])]

    return named


def parse(text: str, *, drop_digest: bool = False, **settings: Any) -> Intent:
    """ "IMAGE:TAG[@DIGEST]" as an intent. Raises UsageError where the tag and the digest are both missing, or where a
    digest is given and shall be dropped."""
    try:
        wanted = _marked(text) if settings.get("policy") else images.parse(_plain(text))
    except ImageError as error:
        raise UsageError(error.message, hint=error.hint) from error
    if not (wanted.tag or wanted.digest):
        raise UsageError(f"{text!r} names no tag", hint="write IMAGE:TAG, for example ghcr.io/acme/api:1.4.2")
    if drop_digest and (wanted.digest or not wanted.tag):
        raise UsageError(
            f"{text!r} gives a digest that shall be dropped", hint="give the tag alone, or keep the digest"
        )
    return Intent(replace(wanted, digest="") if drop_digest else wanted, **settings)


def _plain(text: str) -> str:
    """An image without the scheme that people write before charts, and their versions' "+" as tags have it."""
    chart = text.removeprefix("oci://")
    return text if chart == text else chart.replace("+", "_")


def _marked(text: str) -> Image:
    """An image for markers, which bind one part of a name: its tag may be one that no registry takes ("-1")."""
    name, colon, tag = text.rpartition(":")
    if colon and re.fullmatch(r"[-.][\w.-]{0,127}", tag):
        return replace(images.parse(name), tag=tag)
    return images.parse(text)


BATCH_KEYS = {"image": str, "files": list, "from_tag": str, "order": int, "policy": str, "drop_digest": bool}


def parse_batch(text: str, where: str, **defaults: Any) -> tuple[Intent, ...]:
    """JSON (an object or a list of them) or JSON lines; `defaults` hold where an entry says nothing.

    Raises UsageError with the line or index of the first mistake.
    """
    try:
        whole = json.loads(text)
        items = [
            (f"{where}[{index}]", item) for index, item in enumerate(whole if isinstance(whole, list) else [whole])
        ]
    except ValueError:
        items = [
            (f"{where}:{n}", _json(line, f"{where}:{n}")) for n, line in enumerate(text.splitlines(), 1) if line.strip()
        ]
    return tuple(_from_json(item, at, defaults) for at, item in items)


def _json(line: str, at: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(
            f"{at}: not JSON: {error}", hint='expected {"image": "ghcr.io/acme/api:1.4.2"} a line'
        ) from error


def _from_json(item: Any, at: str, defaults: dict[str, Any]) -> Intent:
    if not isinstance(item, dict) or not isinstance(item.get("image"), str):
        raise UsageError(
            f"{at}: expected an object with an image", hint='for example {"image": "ghcr.io/acme/api:1.4.2"}'
        )
    for key, value in item.items():
        if key not in BATCH_KEYS:
            raise UsageError(f"{at}: unknown key {key!r}", hint=f"expected one of {', '.join(BATCH_KEYS)}")
        if not isinstance(value, BATCH_KEYS[key]) or (isinstance(value, bool) and BATCH_KEYS[key] is not bool):
            raise UsageError(f"{at}: {key} is {value!r}", hint=f"expected a {BATCH_KEYS[key].__name__}")
    settings = {**defaults, **{key: value for key, value in item.items() if key != "image"}}
    return parse(item["image"], **{**settings, "files": tuple(settings.get("files", ()))})

"""What changes inside the images: the old and the new one's own words, side by side, and only what differs.

Of environment variables the names alone, as values may be secrets. All of it is the publisher's text.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator

from tagwright.image import Image
from tagwright.model import Candidate, Details, Told
from tagwright.views.described import size
from tagwright.views.escape import code
from tagwright.views.pull_request.links import comparison, named, release
from tagwright.views.pull_request.parts import Part
from tagwright.views.updates import Update, short, short_version, version

_MOST_NAMES = 12  # added or removed, each; there may be hundreds

_TEXTS: tuple[tuple[str, Callable[[Details], str]], ...] = (
    ("entrypoint", lambda one: shlex.join(one.entrypoint)),
    ("command", lambda one: shlex.join(one.command)),
    ("working directory", lambda one: one.folder),
)
_NAMES: tuple[tuple[str, Callable[[Details], tuple[str, ...]]], ...] = (
    ("exposed ports", lambda one: one.ports),
    ("environment variables", lambda one: one.environment),
    ("volumes", lambda one: one.volumes),
)


def known(told: Told, one: Update, image: Image) -> Candidate | None:
    """What is told of one of an update's two images."""
    return told.images.get((one.identity, version(image)))


def changes(changed: tuple[Update, ...], told: Told) -> Part:
    """A line for each pair of images of which both are known, with what differs below it."""
    lines = dict.fromkeys(line for one in changed for line in _image(one, told))
    return Part("**What changes in the images**\n\n", tuple(lines), "images")


def _image(one: Update, told: Told) -> Iterator[str]:
    old, new = known(told, one, one.old), known(told, one, one.new)
    if old is None or new is None or old.details is None or new.details is None:
        return
    compared, notes = (
        comparison(old.details, new.details, told.forges),
        release(new.details, one.new.tag or "", told.forges),
    )
    links = [named(words, link, told.forges) for words, link in (("compare", compared), ("release", notes)) if link]
    head = f"- {code(one.name)} {code(short_version(one.old))} → {code(short_version(one.new))}"
    differences = tuple(_differences(old, old.details, new, new.details)) or ("no difference in its configuration",)
    yield "\n".join([": ".join(filter(None, (head, " · ".join(links)))), *(f"  - {line}" for line in differences)])


def _differences(before: Candidate, old: Details, after: Candidate, new: Details) -> Iterator[str]:
    if old.user != new.user:
        warning = " ⚠ **now runs as root**" if _is_root(new.user) and not _is_root(old.user) else ""
        yield f"user: {_moved(old.user or 'root', new.user or 'root')}{warning}"
    for what, text in _TEXTS:
        if text(old) != text(new):
            yield f"{what}: {_moved(text(old), text(new))}"
    for what, names in _NAMES:
        yield from _set(what, names(old), names(new))
    if before.platforms and after.platforms:
        lost = "" if set(before.platforms) <= set(after.platforms) else " ⚠ **a platform is lost**"
        yield from (line + lost for line in _set("platforms", before.platforms, after.platforms))
    if _base(old) != _base(new):
        yield f"base image: {_moved(_base(old), _base(new))}"
    if old.size and new.size and old.size != new.size and old.platform == new.platform:
        yield f"size: {_moved(size(old.size), size(new.size))}"


def _moved(old: str, new: str) -> str:
    return f"{code(old) if old else 'none'} → {code(new) if new else 'none'}"


def _set(what: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[str]:
    """What was added to a set, and what is gone from it."""
    added, gone = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    parts = [f"{verb} {_named(names)}" for verb, names in (("added", added), ("removed", gone)) if names]
    if parts:
        yield f"{what}: {'; '.join(parts)}"


def _named(names: Iterable[str]) -> str:
    shown = [code(name) for name in names]
    rest = f" and {len(shown) - _MOST_NAMES} more" if len(shown) > _MOST_NAMES else ""
    return ", ".join(shown[:_MOST_NAMES]) + rest


def _is_root(user: str) -> bool:
    """OCI image configuration, "User": a name or a number, with a group or without; none is root."""
    return user.partition(":")[0] in ("", "0", "root")


def _base(details: Details) -> str:
    """The image it is built on, as far as it says: name, and digest cut short."""
    return "@".join(filter(None, (details.told("base.name"), short(details.told("base.digest")))))

"""What a registry offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Flag, auto

from tagwright.errors import Problem


class Fact(Flag):
    """What may be asked of a tag beyond its name, the dearer the further down."""

    DIGEST = auto()
    PUSHED = auto()
    PLATFORMS = auto()
    DETAILS = auto()
    CREATED = auto()


_LABEL_SCHEMA = {"source": "vcs-url", "revision": "vcs-ref", "version": "version", "created": "build-date"}


@dataclass(frozen=True, slots=True)
class Details:
    """What an image says of itself, in its publisher's words: hostile text, cut to a sane length.

    Of an index, it is one image's (`platform`). `created` is as RFC 3339 has it, "" for not told. `size` is what a
    pull transfers, in bytes: the layers as they are packed, and the configuration. `environment` holds names alone,
    as values may be secrets.
    """

    platform: str | None = None
    created: str = ""
    size: int | None = None
    layers: int = 0
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    folder: str = ""
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    def told(self, name: str) -> str:
        """`org.opencontainers.image.<name>` ("source", "revision", "version"): the annotation, else the label; "".

        Older images say it as `org.label-schema.vcs-url` and the like.
        """
        keys = [f"org.opencontainers.image.{name}"]
        keys += [f"org.label-schema.{_LABEL_SCHEMA[name]}"] if name in _LABEL_SCHEMA else []
        found = {**dict(self.labels), **dict(self.annotations)}
        return next((found[key] for key in keys if found.get(key)), "")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tag, and what is known of it. None = not asked, or not told; never 'absent'.

    `described` tells the two apart: the registry was asked for what is needed, and answered; a field that is None
    was not told.
    Three clocks: `created` is the publisher's, `pushed` the registry's, `first_seen` our own; the latter two are
    of the tag under this very digest. `before` is the digest under which the tag was seen before, if it was;
    `earlier` are all of them, with the time when each was first seen.
    `artifact` is what the tag is when it is no image (a chart, a signature), as a media type.
    `unread` is why a tag that the registry lists could not be read: what was asked and is None then is not known.
    """

    tag: str
    digest: str | None = None
    created: datetime | None = None
    pushed: datetime | None = None
    platforms: tuple[str, ...] | None = None
    described: bool = False
    first_seen: datetime | None = None
    before: str | None = None
    earlier: tuple[tuple[str, datetime], ...] = ()
    artifact: str | None = None
    details: Details | None = None
    unread: Problem | None = None


@dataclass(frozen=True, slots=True)
class TagList:
    """Every tag of one image repository, in the registry's order; or those that begin with `prefix`, of about `among`.

    `fingerprint` changes when the list does (a hash of the bodies): the key under
    which a choice may be remembered. `etag` is what the registry knows this list by, "" where it gives no such name
    or it is not to be relied on. `stride` is how many tags a page had, where there were several and all in byte order.
    """

    image: str
    tags: tuple[str, ...]
    fingerprint: str
    etag: str = ""
    prefix: str = ""
    among: int = 0
    stride: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What registries tell of the images of a change, for the people who review it: by repository and version.

    A version is "tag", "tag@sha256:…" or "sha256:…"; what could not be had is not there. `forges` are the kinds of
    forges that the configuration names, by the host of their web pages.
    """

    images: Mapping[tuple[str, str], Candidate] = field(default_factory=dict)
    forges: Mapping[str, str] = field(default_factory=dict)

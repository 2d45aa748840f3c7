"""The updates of a change, read for people: which image, where, from what, to what."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from tagwright.image import Image, normalise
from tagwright.model import Decision, Ruling
from tagwright.trailers import Landed
from tagwright.views.escape import plain


@dataclass(frozen=True, slots=True)
class Update:
    """A decision that writes."""

    decision: Decision
    old: Image
    new: Image

    @property
    def path(self) -> str:
        """The file it edits."""
        return self.decision.reference.path

    @property
    def line(self) -> int:
        """Where in it."""
        return self.decision.reference.line

    @property
    def folder(self) -> str:
        """The file's folder, which is what most repositories keep an environment in; "" at the top."""
        return posixpath.dirname(self.path)

    @property
    def identity(self) -> str:
        """The normalised name of the image repository."""
        return self.decision.ruled.image or normalise(self.old.name)

    @property
    def name(self) -> str:
        """The image's name as it will be written; where only a tag is, what that is a tag of. Hostile text."""
        return self.new.name or self.old.name or self.decision.ruled.image

    @property
    def moves_digest_alone(self) -> bool:
        """Does the tag stay?"""
        return self.old.tag == self.new.tag and self.old.digest != self.new.digest

    @property
    def policy(self) -> str:
        """What rules it: "semver >=1.2 <2", or "request". Hostile text."""
        spec = self.decision.ruled.policy
        return f"{spec.kind.value} {spec.argument}".strip() if spec else "request"

    @property
    def source(self) -> str:
        """Where that is said; "" where it is not."""
        return self.decision.ruled.source

    @property
    def rulings(self) -> tuple[Ruling, ...]:
        """Every tag with its verdict."""
        return self.decision.rulings()


def updates(decisions: Iterable[Decision]) -> tuple[Update, ...]:
    """Those that write, by place."""
    writing = [Update(one, one.reference.image, one.new) for one in decisions if one.new is not None]
    return tuple(sorted(writing, key=lambda one: (one.path, one.line, one.decision.reference.column)))


def landed(updates: Iterable[Update]) -> tuple[Landed, ...]:
    """What they move, as commits and bodies say it to machines."""
    return tuple(Landed(one.identity, version(one.old), version(one.new), one.decision.order) for one in updates)


def names(updates: tuple[Update, ...]) -> list[str]:
    """One name an image repository, as the first reference spells it; plain text."""
    return list({one.identity: plain(one.name) for one in reversed(updates)}.values())


def version(image: Image) -> str:
    """ "tag", "tag@digest", "digest" or ""."""
    return str(Image("", image.tag, image.digest)).lstrip(":@")


def short_version(image: Image) -> str:
    """As `version`, the digest cut short: "1.2.0@sha256:4f5e6d7c8b9a"."""
    return version(image)[: -len(image.digest)] + short(image.digest) if image.digest else version(image)


def short(digest: str) -> str:
    """A digest with its first twelve figures, as everyone else shortens one: "sha256:4f5e6d7c8b9a"."""
    kind, colon, figures = digest.partition(":")
    return f"{kind}{colon}{figures[:12]}"

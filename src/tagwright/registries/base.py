"""What a registry is to Tagwright: a list of tags, and facts about one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from tagwright.model import Candidate, Fact, TagList


class Registry(Protocol):
    """One registry's conversation. Safe to use from many threads at once.

    Every method raises a `RegistryError`; a list is whole or an error, never a part.
    `repository` is the path inside the registry ("acme/api", "library/nginx").
    """

    def tags(self, repository: str, prefix: str = "") -> TagList:
        """Every tag, all pages; or at least those that begin with `prefix`, where that surely spares requests."""

    def digest(self, repository: str, tag: str) -> str:
        """The digest a tag points at now (the index's, where there is one)."""

    def describe(self, repository: str, tag: str, facts: Fact) -> Candidate:
        """What is known of one tag or digest: its digest, and of platforms and creation date what `facts` asks."""

    def pushed(self, repository: str, tag: str, digest: str) -> datetime | None:
        """Since when the tag points at this digest. None when the registry does not tell."""

    def pushes(self, repository: str) -> Mapping[str, datetime]:
        """When every tag was pushed. Empty when the registry does not tell of all."""

"""Quay: `start_ts` of /api/v1/repository/…/tag/, the second since which a tag points at its manifest.

Source: docs.quay.io/api/swagger, `listRepoTags`. Private repositories want an OAuth token, which registry credentials
are not, and answer 401: they have no push time here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagwright.registries.native.base import PAGE, Push, objects, push


class Quay:
    """Active tags of a repository."""

    home = ""
    login = False

    def one(self, repository: str, tag: str, digest: str) -> str:  # noqa: ARG002
        """One tag."""
        return f"/api/v1/repository/{repository}/tag/?specificTag={tag}&onlyActiveTags=true"

    def page(self, repository: str, number: int) -> str:
        """Tags, the last moved first."""
        return f"/api/v1/repository/{repository}/tag/?limit={PAGE}&page={number}&onlyActiveTags=true"

    def read(self, said: Any) -> Iterator[Push]:
        """The tags of an answer; a tag that ended points at nothing."""
        if isinstance(said, dict):
            for tag in objects(said.get("tags")):
                if not tag.get("end_ts"):
                    yield from push(tag.get("name"), tag.get("manifest_digest"), tag.get("start_ts"))

    def more(self, said: Any) -> bool:
        """`has_additional`."""
        return isinstance(said, dict) and said.get("has_additional") is True

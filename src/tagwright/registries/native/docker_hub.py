"""Docker Hub: `tag_last_pushed` of hub.docker.com/v2/namespaces/…/repositories/…/tags.

Source: docs.docker.com/reference/api/hub/latest, "Read repository tag" and "List repository tags". Private repositories
want a login of Hub's own kind there, which registry credentials are not, and answer 404: they have no push time here.
`digest` is the index's, or the image's where there is no index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagwright.registries.native.base import PAGE, Push, objects, push


class DockerHub:
    """Tags of namespaces and repositories."""

    home = "https://hub.docker.com"
    login = False

    def one(self, repository: str, tag: str, digest: str) -> str:  # noqa: ARG002
        """One tag."""
        return f"{_tags(repository)}/{tag}"

    def page(self, repository: str, number: int) -> str:
        """Tags, the last updated first."""
        return f"{_tags(repository)}?page_size={PAGE}&page={number}"

    def read(self, said: Any) -> Iterator[Push]:
        """A tag, or the results of a page."""
        if isinstance(said, dict):
            for tag in objects(said.get("results", [said])):
                yield from push(tag.get("name"), tag.get("digest"), tag.get("tag_last_pushed"))

    def more(self, said: Any) -> bool:
        """`next` is the next page's address."""
        return isinstance(said, dict) and bool(said.get("next"))


def _tags(repository: str) -> str:
    namespace, _, name = repository.partition("/")
    return f"/v2/namespaces/{namespace}/repositories/{name}/tags"

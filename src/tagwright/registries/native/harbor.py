"""Harbor: `push_time` of an artifact's tags, /api/v2.0/projects/…/repositories/…/artifacts.

Source: goharbor/harbor api/v2.0/swagger.yaml, `getArtifact` and `listArtifacts`: a repository's name is encoded twice
where it holds slashes. Robot accounts may read artifacts with the login they pull with. In a proxy cache it is the time
when Harbor fetched the tag, which is later than its push.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tagwright.registries.native.base import PAGE, Push, objects, push


class Harbor:
    """Artifacts of a project's repositories, with their tags."""

    home = ""
    login = True

    def one(self, repository: str, tag: str, digest: str) -> str:  # noqa: ARG002
        """The artifact of a digest."""
        return f"{_artifacts(repository)}/{digest}?with_tag=true"

    def page(self, repository: str, number: int) -> str:
        """Artifacts, the last pushed first."""
        return f"{_artifacts(repository)}?with_tag=true&sort=-push_time&page_size={PAGE}&page={number}"

    def read(self, said: Any) -> Iterator[Push]:
        """The tags of an artifact, or of all on a page."""
        for artifact in objects(said if isinstance(said, list) else [said]):
            for tag in objects(artifact.get("tags")):
                yield from push(tag.get("name"), artifact.get("digest"), tag.get("push_time"))

    def more(self, said: Any) -> bool:
        """A full page may have a next one."""
        return isinstance(said, list) and len(said) >= PAGE


def _artifacts(repository: str) -> str:
    project, _, name = repository.partition("/")
    return f"/api/v2.0/projects/{project}/repositories/{quote(quote(name, safe=''), safe='')}/artifacts"

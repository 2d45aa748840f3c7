"""Pipelines: the images that jobs run in, where they are no `image:` of their own.

    jobs: {build: {container: "node:20"}}         GitHub workflows, Azure Pipelines
    steps: [{uses: "docker://alpine:3.8"}]        GitHub; also `image:` of an action
    image: {name: "node:20", entrypoint: [""]}    GitLab CI
    services: ["docker:24-dind", {name: "postgres:16"}]
    image: "${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/node:20"      which GitLab fetches from Docker Hub

A list of `services:` is GitLab's in its files and beside a job's `script`, `stage` or `image`, and under
`default`; one in another place holds mentions at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.base import Found, Piece, inside, named
from tagwright.model import Part
from tagwright.yaml_spans import Mapping, Path, Scalar

# What may stand before an image; the variables are https://docs.gitlab.com/user/packages/dependency_proxy/
_BEFORE = re.compile(r"docker://|\$\{?CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\}?/")


class Pipelines:
    """`container`, `uses`, `services`, and `image` with a `name`."""

    kind = "pipeline"
    keys = frozenset({"container", "uses", "services", "image"})
    reads = frozenset({"name", "script", "stage"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The images of a job or a step."""
        path = mapping.path
        if path[:1] == ("jobs",) or path[:1] == ("stages",):
            yield from self._whole(mapping.scalar("container"), (*path, "container"))
        for key in ("uses", "image"):
            yield from self._behind(mapping.scalar(key), (*path, key))
        image = mapping.mapping("image")
        if image:
            yield from self._whole(image.scalar("name"), (*image.path, "name"))
        services = mapping.sequence("services")
        if services and _is_job(mapping):
            for place, item in services:
                one = item.scalar("name") if isinstance(item, Mapping) else item
                yield from self._whole(one, (*place, "name") if isinstance(item, Mapping) else place)

    def _whole(self, scalar: Scalar | None, path: Path) -> Iterator[Found]:
        """A value that names an image with a tag or a digest."""
        image = named(scalar)
        if scalar and image and (image.tag or image.digest):
            yield Found(self.kind, image, scalar.value, (Piece(Part.IMAGE, scalar, path),))
        else:
            yield from self._behind(scalar, path)

    def _behind(self, scalar: Scalar | None, path: Path) -> Iterator[Found]:
        """An image with something before it that is no part of its name."""
        before = _BEFORE.match(scalar.value) if scalar and not scalar.templated else None
        inner = inside(scalar, scalar.value[before.end() :]) if scalar and before else None
        if inner and not _BEFORE.match(inner.value):
            yield from self._whole(inner, path)


def _is_job(mapping: Mapping) -> bool:
    if "gitlab-ci" in mapping.tree.source.path or mapping.path == ("default",):
        return True
    return not mapping.names().isdisjoint({"script", "stage", "image"}) and not mapping.document.text("kind")

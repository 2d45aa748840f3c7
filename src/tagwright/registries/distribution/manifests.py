"""Manifests and image configurations: digests, dates, platforms.

OCI Distribution Specification v1.1, pulling manifests and blobs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from tagwright import image
from tagwright.errors import RegistryError, TagUnknown
from tagwright.model import Candidate, Fact
from tagwright.registries.distribution.conversation import NO_REGISTRY, Conversation
from tagwright.registries.distribution.details import artifact, details
from tagwright.registries.documents import moment, platforms_of
from tagwright.registries.web.connections import Reply

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# Without all four, distribution answers 404 for OCI images and rewrites Docker's to schema 1, with another digest.
_ACCEPT = {"Accept": ", ".join(MANIFESTS)}
_MOST_IMAGES = 256  # of one index: each costs two requests, and its publisher would say how many
_Json = Mapping[str, Any]


class Manifests:
    """What the tags and digests of one registry point at."""

    def __init__(self, registry: Conversation) -> None:
        self._registry = registry

    def digest(self, repository: str, tag: str) -> str:
        """The digest that a tag points at now: the index's, where there is one."""
        there = self._registry.at(repository)
        reply = self._manifest("HEAD", there, tag)
        digest = reply.headers.get("Docker-Content-Digest", "") if reply.status == 200 else ""
        if reply.status == 404:
            raise self._no_tag(there, tag)
        return digest if image.DIGEST.fullmatch(digest) else self._read(there, tag)[0]

    def describe(self, repository: str, tag: str, facts: Fact) -> Candidate:
        """What is known of a tag or a digest, as far as `facts` asks. An index is as old as the latest of its images.

        The date is the image configuration's `created`; Go's zero time means that it was not told. Attestations in
        an index (platform unknown/unknown) are no platforms. Images that an index names and the registry has not
        (mirrors copy parts) say nothing; where it has none of them, or not the configuration of the only image, the
        tag is `unread`. Details are those of linux/amd64, else of the first image there is.
        """
        if not facts & (Fact.PLATFORMS | Fact.CREATED | Fact.DETAILS):
            return Candidate(tag, self.digest(repository, tag), described=True)
        there = self._registry.at(repository)
        digest, manifest = self._read(there, tag)
        listed, unread = platforms_of(manifest), None
        if len(listed) > _MOST_IMAGES:
            message = f"{self._registry.place(there)}: {tag} is an index of {len(listed):,} images"
            raise RegistryError(message, hint=f"of at most {_MOST_IMAGES} each is looked at")
        if listed:
            images = list(self._images(there, listed, facts))
            if facts & (Fact.CREATED | Fact.DETAILS) and not images:
                unread = self._no_part(there, "any of its images").problem(self._registry.place(there))
            told = details(*images[0], manifest) if images else None
            platforms: tuple[str, ...] | None = tuple(listed)
        else:
            config: _Json = {}
            try:
                config = {} if artifact(manifest) else self._config(there, manifest)
            except TagUnknown as error:
                unread = error.problem(self._registry.place(there))
            images = [(manifest, config)]
            told = details(manifest, config)
            platforms = (told.platform,) if told.platform else None
        created = max(filter(None, (moment(config.get("created")) for _, config in images)), default=None)
        return Candidate(
            tag,
            digest,
            created if facts & Fact.CREATED or not listed else None,
            platforms=platforms,
            described=True,
            artifact=artifact(manifest),
            details=told if facts & Fact.DETAILS or not listed else None,
            unread=unread,
        )

    def _images(self, there: str, listed: Mapping[str, str], facts: Fact) -> Iterator[tuple[_Json, _Json]]:
        """Manifests and configurations of an index's images, as many as the facts need; linux/amd64 is the first."""
        for digest in dict.fromkeys(sorted(listed.values(), key=lambda one: one != listed.get("linux/amd64"))):
            if not facts & (Fact.CREATED | Fact.DETAILS):
                return
            with suppress(TagUnknown):
                manifest = self._read(there, digest)[1]
                yield manifest, self._config(there, manifest)
                facts &= ~Fact.DETAILS

    def _read(self, there: str, reference: str) -> tuple[str, dict[str, Any]]:
        """A manifest and its digest. Raises TagUnknown, or RegistryError when the bytes are not what was promised."""
        reply = self._manifest("GET", there, reference)
        if reply.status == 404:
            raise self._no_tag(there, reference)
        self._registry.checked(reply, there)
        promised = reference if ":" in reference else reply.headers.get("Docker-Content-Digest", "")
        if not image.DIGEST.fullmatch(promised):
            promised = f"sha256:{hashlib.sha256(reply.body).hexdigest()}"
        place = f"{self._registry.place(there)}: the manifest of {reference}"
        if not _is(promised, reply.body):
            raise RegistryError(f"{place} is not the one of its digest")
        found = self._registry.object(reply, there)
        if not {"schemaVersion", "mediaType"} & found.keys():  # any JSON would have a digest that could be written
            raise RegistryError(f"{place} is none", hint=NO_REGISTRY)
        return promised, found

    def _manifest(self, method: str, there: str, reference: str) -> Reply:
        if not (image.TAG.fullmatch(reference) or image.DIGEST.fullmatch(reference)):
            raise TagUnknown(f"{reference!r} is neither a tag nor a digest")
        return self._registry.ask(method, there, f"/v2/{there}/manifests/{reference}", _ACCEPT)

    def _config(self, there: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """The image configuration; empty when none is named (other artifacts). Raises TagUnknown when it is gone."""
        config = manifest.get("config")
        digest = config.get("digest") if isinstance(config, dict) else None
        if not isinstance(digest, str) or not image.DIGEST.fullmatch(digest):
            return {}
        reply = self._registry.ask("GET", there, f"/v2/{there}/blobs/{digest}", {})
        if reply.status == 404:
            raise self._no_part(there, f"its configuration {digest}")
        found = self._registry.object(reply, there)
        if not _is(digest, reply.body):
            raise RegistryError(f"{self._registry.place(there)}: what came for {digest} is not the one of its digest")
        return found

    def _no_part(self, there: str, part: str) -> TagUnknown:
        return TagUnknown(f"{self._registry.place(there)} lists an image and has not {part}", hint="push it again")

    def _no_tag(self, there: str, tag: str) -> TagUnknown:
        return TagUnknown(f"{self._registry.place(there)} has no tag {tag}", hint="check the tag, and the image's name")


def _is(digest: str, body: bytes) -> bool:
    algorithm, _, value = digest.partition(":")
    return hashlib.new(algorithm, body).hexdigest() == value

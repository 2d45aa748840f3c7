"""Registries' own APIs put before the embedded registry: Docker Hub's, Quay's and Harbor's, as they word their answers.

Each speaks what its product's documentation (named in `tagwright.registries.native`) shows, from what the registry
holds; `times` says when a tag was pushed. Entries that the products have beside are there too, to be passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from tagwright.registries.embedded import Answer, Asked, answer_json, refusal
from tests.support.registry import Bearer, FaultyRegistry, authorization

PUSHED = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
HARBOR = 'Bearer realm="http://{host}/service/token",service="harbor-registry",scope="{scope}"'
QUAY = 'Bearer realm="http://{host}/v2/auth",service="{host}",scope="{scope}"'


class NativeRegistry(FaultyRegistry):
    """A registry that also speaks the API of `product`; `times` by (repository, tag), PUSHED where it says nothing."""

    def __init__(self, product: str) -> None:
        super().__init__()
        self.product = product
        self.times: dict[tuple[str, str], datetime] = {}
        self.broken: Answer | None = None
        self.page = 100
        challenge, self.realm = {
            "docker-hub": ("", ""), "quay": (QUAY, "/v2/auth"), "harbor": (HARBOR, "/service/token")
        }[product]  # fmt: skip
        self.bearer = Bearer(authorization(), challenge=challenge) if challenge else None

    def answer(self, asked: Asked) -> Answer:
        speak: Callable[[Asked], Answer | None] = getattr(self, f"_{self.product.replace('-', '_')}")
        if asked.path.startswith(("/api/", "/v2/namespaces/")):
            return self.broken or speak(asked) or answer_json({"message": "not found"}, 404)
        if self.bearer and asked.path == self.realm:
            return self.bearer(Asked(asked.method, "/token", asked.query, asked.headers, asked.body), super().answer)
        return self.bearer(asked, super().answer) if self.bearer else super().answer(asked)

    @property
    def asked_natively(self) -> list[Asked]:
        """The requests to the product's own API."""
        return [one for one in self.requests if one.path.startswith(("/api/", "/v2/namespaces/"))]

    def _pushed(self, repository: str, tag: str) -> datetime:
        return self.times.get((repository, tag), PUSHED)

    def _latest_first(self, repository: str) -> list[str]:
        found = self.repositories.get(repository)
        tags = sorted(found.tags) if found else []
        return sorted(tags, key=lambda tag: self._pushed(repository, tag), reverse=True)

    def _paged(self, entries: list[Any], asked: Asked) -> tuple[list[Any], bool]:
        number = int(asked.query.get("page", "1"))
        return entries[(number - 1) * self.page : number * self.page], len(entries) > number * self.page

    # ── Docker Hub ───────────────────────────────────────────────────────────

    def _docker_hub(self, asked: Asked) -> Answer | None:
        parts = asked.path.strip("/").split("/")
        repository = f"{parts[2]}/{parts[4]}"
        if repository not in self.repositories:
            return None
        entries = [self._hub_tag(repository, tag) for tag in self._latest_first(repository)]
        if len(parts) == 7:
            return next((answer_json(entry) for entry in entries if entry["name"] == parts[6]), None)
        page, more = self._paged(entries, asked)
        return answer_json({"count": len(entries), "next": "https://…" if more else None, "results": page})

    def _hub_tag(self, repository: str, tag: str) -> dict[str, Any]:
        when = self._pushed(repository, tag).isoformat().replace("+00:00", ".123456Z")
        return {
            "creator": 7, "id": 1, "images": [{"architecture": "amd64", "digest": "sha256:0", "last_pushed": when}],
            "last_updated": when, "name": tag, "tag_status": "active", "tag_last_pulled": None,
            "tag_last_pushed": when, "digest": self.repositories[repository].tags[tag],
        }  # fmt: skip

    # ── Quay ─────────────────────────────────────────────────────────────────

    def _quay(self, asked: Asked) -> Answer | None:
        repository = asked.path.removeprefix("/api/v1/repository/").removesuffix("/tag/")
        if repository not in self.repositories:
            return None
        only = asked.query.get("specificTag")
        tags = [tag for tag in self._latest_first(repository) if only in (None, tag)]
        page, more = self._paged([self._quay_tag(repository, tag) for tag in tags], asked)
        return answer_json({"tags": page, "page": 1, "has_additional": more})

    def _quay_tag(self, repository: str, tag: str) -> dict[str, Any]:
        when = self._pushed(repository, tag)
        return {
            "name": tag, "reversion": False, "start_ts": int(when.timestamp()), "is_manifest_list": False,
            "last_modified": f"{when:%a, %d %b %Y %H:%M:%S -0000}",
            "manifest_digest": self.repositories[repository].tags[tag],
        }  # fmt: skip

    # ── Harbor ───────────────────────────────────────────────────────────────

    def _harbor(self, asked: Asked) -> Answer | None:
        if asked.headers.get("authorization") != authorization():
            return refusal(401, "UNAUTHORIZED")
        parts = asked.path.strip("/").split("/")
        once = unquote(parts[5])  # its router decodes once, and a slash then is another path
        repository = f"{parts[3]}/{unquote(once)}"
        if "/" in once or repository not in self.repositories:
            return None
        artifacts = self._artifacts(repository)
        if len(parts) == 8:
            return next((answer_json(one) for one in artifacts if one["digest"] == unquote(parts[7])), None)
        return answer_json(self._paged(artifacts, asked)[0])

    def _artifacts(self, repository: str) -> list[dict[str, Any]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for tag in self._latest_first(repository):
            when = self._pushed(repository, tag).isoformat().replace("+00:00", "Z")
            entry = {"artifact_id": 5, "id": 9, "immutable": False, "name": tag, "push_time": when}
            found.setdefault(self.repositories[repository].tags[tag], []).append(entry)
        return [
            {"digest": digest, "type": "IMAGE", "push_time": tags[0]["push_time"], "tags": tags}
            for digest, tags in found.items()
        ] + [{"digest": "sha256:0", "tags": None}]

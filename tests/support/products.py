"""How the products' lists of tags differ, put before the embedded registry: pages, Links, refusals, extra keys.

Each says where its facts are from. What is common (logging in, manifests) is in `registry.py`; push times of the
products' own APIs are in `native.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tagwright.registries.embedded import Answer, Asked, EmbeddedRegistry, answer_json, refusal
from tests.support.registry import Fault

_UNKNOWN = refusal(404, "NAME_UNKNOWN")
_STRANGER = refusal(401, "UNAUTHORIZED", (("WWW-Authenticate", 'Bearer realm="http://{host}/token",scope="x"'),))


def _relative(path: str, query: str, host: str) -> str:
    return f'<{path}?{query}>; rel="next"'


def _ordered(path: str, query: str, host: str) -> str:
    return f'<{path}?{query}&orderby=>; rel="next"'


def _absolute(path: str, query: str, host: str) -> str:
    return f'<http://{host}{path}?{query}>; rel="next"'


def _without_folder(path: str, query: str, host: str) -> str:
    return f'</v2/{path.removeprefix("/v2/").partition("/")[2]}?{query}>; rel="next"'


@dataclass(frozen=True, slots=True)
class Product:
    """One product's way with lists.

    `default` tags come without `n` (0: all), at most `most` with it; more is answered `too_many`, or cut to `most`.
    `cursor` is the query key of the next page: "last" with a tag, or a token of the product's own (`sealed`).
    `pushed` keeps the order of pushes instead of sorting. `link` writes the header; None sends none.
    """

    default: int = 0
    most: int = 1 << 30
    too_many: Answer | None = None
    cursor: str = "last"
    sealed: Callable[[int, str], str] = lambda _, tag: tag
    link: Callable[[str, str, str], str] | None = _relative
    pushed: bool = False
    unknown: Answer = _UNKNOWN
    extra: Mapping[str, Any] | None = None
    digests: bool = False


PRODUCTS: dict[str, Product] = {
    # docs.docker.com/reference/api/registry: n and last as in the specification; 401 for what is private or not there.
    "Docker Hub": Product(unknown=_STRANGER),
    # CNCF distribution 2.8, measured: neither n nor last, no Link, not sorted.
    "distribution 2": Product(pushed=True, link=None, cursor=""),
    # distribution 3.1, registry/handlers/tags.go: n is cut to the configured maximum (1000), Link is relative.
    "distribution 3": Product(most=1000),
    # github.com/opencontainers/distribution-spec, as registries with a limit that they enforce word it.
    "refuses large pages": Product(default=100, most=500, too_many=refusal(400, "PAGINATION_NUMBER_INVALID")),
    # github.com/google/go-containerregistry/issues/681: 405 above 1000; migrator/issues/96: 100 by default.
    # The next page is Amazon's own token, in base64, under `last`.
    "Amazon ECR": Product(
        default=100,
        most=1000,
        too_many=refusal(405, "UNSUPPORTED"),
        sealed=lambda number, tag: base64.b64encode(f"{number}/{tag}?>~".encode()).decode() + "==",
        pushed=True,
    ),
    # renovatebot/renovate/pull/36103: oldest first; smg-project/smg/pull/2348: 100 by default, more with n.
    "GitHub": Product(default=100, most=1000, pushed=True),
    # quay/quay endpoints/v2/__init__.py, oci_tag_paginate: 100 at most, an unknown repository is 401.
    "Quay": Product(default=100, most=100, link=_absolute, unknown=_STRANGER),
    # TritonDataCenter/node-docker-registry-client/issues/12: Quay before that, 50 a page and tokens under `next_page`.
    "Quay with tokens": Product(
        default=50,
        most=50,
        cursor="next_page",
        sealed=lambda number, _: f"gAAAAABYF4Xl{number}-_w==",
        unknown=_STRANGER,
    ),
    # goharbor/harbor src/server/registry/util: any n, Link relative; src/lib/http/error.go: 404 is NOT_FOUND.
    "Harbor": Product(unknown=refusal(404, "NOT_FOUND")),
    # google/go-containerregistry pkg/v1/google/list.go: no pages, and keys of its own.
    "Google Artifact Registry": Product(
        link=None,
        cursor="",
        extra={"child": ["nested"], "manifest": {"sha256:" + "0" * 64: {"tag": ["9.9.9"], "timeCreatedMs": "1"}}},
    ),
    # learn.microsoft.com, "Azure Container Registry REST": Link has an orderby of its own; Azure/acr/issues/749.
    "Azure": Product(default=100, most=1000, link=_ordered),
    # renovatebot/renovate/issues/15080: `last` counts, and the Link leaves a folder out (RTFACT-18971);
    # containers/skopeo/issues/2346: digests among the tags.
    "Artifactory": Product(
        default=0,
        sealed=lambda number, _: str(number),
        link=_without_folder,
        digests=True,
        unknown=Answer(404, b"<html>"),
    ),
    # gitlab.com/gitlab-org/container-registry, a fork of distribution 3: n is cut to 1000, Link is relative; its tokens
    # come from GitLab itself (docs.gitlab.com, "Authenticate with the container registry").
    "GitLab": Product(default=100, most=1000),
    # sonatype/nexus-public/issues/209: cut at n, and no Link.
    "Nexus": Product(link=None),
    # pulp-container 2.30, measured: 100 by default, absolute Links, 401 for what is not there.
    "Pulp": Product(default=100, link=_absolute, unknown=_STRANGER),
}


def selling(product: Product, registry: EmbeddedRegistry) -> Fault:
    """The registry answers lists of tags as the product does."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.path == "/token":
            return answer_json({"token": "anyone-s"})
        if not asked.path.endswith("/tags/list"):
            return onward(asked)
        name = asked.path.removeprefix("/v2/").removesuffix("/tags/list")
        kept = registry.repositories.get(name)
        if kept is None:
            headers = tuple(
                (key, value.replace("{host}", asked.headers["host"])) for key, value in product.unknown.headers
            )
            return Answer(product.unknown.status, product.unknown.body, headers)
        tags = list(kept.tags) if product.pushed else sorted(kept.tags)
        if product.digests:
            tags += sorted(kept.manifests)
        return _page(product, asked, name, tags)

    return fault


def _page(product: Product, asked: Asked, name: str, tags: list[str]) -> Answer:
    size = int(asked.query["n"]) if "n" in asked.query and product.cursor else product.default
    if size > product.most and product.too_many:
        return product.too_many
    size = min(size or len(tags), product.most, len(tags))
    seals = [product.sealed(number, tag) for number, tag in enumerate(tags, 1)]
    cursor = asked.query.get(product.cursor)
    start = seals.index(cursor) + 1 if cursor in seals else 0
    page = tags[start : start + size]
    headers: tuple[tuple[str, str], ...] = ()
    if product.link and start + size < len(tags):
        query = urlencode({product.cursor: seals[start + size - 1], "n": size})
        headers = (("Link", product.link(asked.path, query, asked.headers["host"])),)
    return answer_json({"name": name, "tags": page, **(product.extra or {})}, headers=headers)

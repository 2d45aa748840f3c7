"""The OCI distribution API, as every registry speaks it: lists of tags, digests, manifests, image configurations.

OCI Distribution Specification v1.1: content discovery (tags/list, paging by Link, RFC 8288) and pulling manifests.
What real servers do beside it is here too, each with its reason.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin

from tagwright import image
from tagwright.errors import RegistryDenied, RegistryError, RepositoryUnknown, TagUnknown
from tagwright.model import Candidate, Fact, TagList
from tagwright.registries.connections import Ask, Reply
from tagwright.registries.documents import moment, only_tags, platform_of, platforms_of
from tagwright.registries.http import Web
from tagwright.registries.origin import Origin, parse
from tagwright.registries.tokens import Login, Way

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# Without all four, distribution answers 404 for OCI images and rewrites Docker's to schema 1, with another digest.
_ACCEPT = {"Accept": ", ".join(MANIFESTS)}
_JSON = {"Accept": "application/json"}
_PAGE = 999  # Amazon ECR refuses more than 1000; an odd number tells a cut list from one that happens to be round
_MOST_PAGES = 2000
_PAGE_LIMIT, _LIST_LIMIT = 16 << 20, 64 << 20  # bytes; 100,000 tags take about 3 MB
_LINK = re.compile(r'\s*<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)\s*(?:,|$)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next)\s*(?:;|$)', re.IGNORECASE)
Page = tuple[Reply, list[str]]
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


class Distribution:
    """One registry at one address. `path` ("" or "a/b") is put before every repository: a mirror's own folder."""

    def __init__(self, web: Web, origin: Origin, login: Login, path: str = "") -> None:
        self._web, self._origin, self._login, self._path = web, origin, login, path
        self._sized = True

    def tags(self, repository: str) -> TagList:
        """Every tag, all pages, in the registry's order. Entries that are no tags by the grammar are left out."""
        there = self._at(repository)
        pages = self._whole_list(there)
        fingerprint = hashlib.sha256()
        for reply, _ in pages:
            fingerprint.update(reply.body)
        tags = pages[0][1] if len(pages) == 1 else list(dict.fromkeys(tag for _, page in pages for tag in page))
        return TagList(self._place(there), only_tags(tags), fingerprint.hexdigest())

    def digest(self, repository: str, tag: str) -> str:
        """The digest that a tag points at now: the index's, where there is one."""
        there = self._at(repository)
        reply = self._manifest("HEAD", there, tag)
        digest = reply.headers.get("Docker-Content-Digest", "") if reply.status == 200 else ""
        if reply.status == 404:
            raise self._no_tag(there, tag)
        return digest if image.DIGEST.fullmatch(digest) else self._read(there, tag)[0]

    def describe(self, repository: str, tag: str, facts: Fact) -> Candidate:
        """What is known of a tag or a digest, as far as `facts` asks. An index is as old as the latest of its images.

        The date is the image configuration's `created`; Go's zero time means that it was not told. Attestations in
        an index (platform unknown/unknown) are no platforms. Images that an index names and the registry has not
        (mirrors copy parts) say nothing.
        """
        if not facts & (Fact.PLATFORMS | Fact.CREATED):
            return Candidate(tag, self.digest(repository, tag), described=True)
        there = self._at(repository)
        digest, manifest = self._read(there, tag)
        images = platforms_of(manifest)
        if images:
            created = self._latest(there, images.values()) if facts & Fact.CREATED else None
            return Candidate(tag, digest, created, None, tuple(images), described=True)
        config = self._config(there, manifest)
        own = platform_of(config)
        return Candidate(tag, digest, moment(config.get("created")), None, (own,) if own else None, described=True)

    def _latest(self, there: str, digests: Iterable[str]) -> datetime | None:
        """The latest date of some images."""
        dates = []
        for digest in dict.fromkeys(digests):
            with suppress(TagUnknown):
                dates.append(moment(self._config(there, self._read(there, digest)[1]).get("created")))
        return max((date for date in dates if date), default=None)

    # ── lists of tags ────────────────────────────────────────────────────────

    def _whole_list(self, there: str) -> list[Page]:
        """All pages. Large pages are asked for, and done without where that is not understood (and from then on).

        zuul-registry answers 404 to any `n`, others 400 or 405; crane's registry cuts at `n` and sends no Link, so
        a single page of exactly that many tags may be half a list.
        """
        plain = f"/v2/{there}/tags/list"
        if self._sized:
            pages = self._pages(there, f"{plain}?n={_PAGE}")
            if pages and (len(pages) > 1 or len(pages[0][1]) != _PAGE):
                return pages
        pages = self._pages(there, plain)
        if not pages:
            raise self._unknown(there)
        self._sized = False
        return pages

    def _pages(self, there: str, target: str) -> list[Page]:
        """The pages from `target` on; none when the first is refused in a way that may be about its `n`."""
        pages: list[Page] = []
        seen: set[str] = set()
        while target:
            if target in seen or len(seen) >= _MOST_PAGES or sum(len(page.body) for page, _ in pages) > _LIST_LIMIT:
                raise RegistryError(f"{self._place(there)}: its list of tags pages in circles, or has no end")
            seen.add(target)
            reply = self._ask("GET", there, target, _JSON, _PAGE_LIMIT)
            if reply.status == 404 and _code(reply) == "NAME_UNKNOWN":
                raise self._unknown(there)
            if reply.status in (400, 404, 405) and not pages:
                return []
            pages.append((reply, _tags(self._checked(reply, there), self._place(there), there)))
            target = _following(reply, self._origin, target, self._place(there))
        return pages

    # ── manifests and blobs ──────────────────────────────────────────────────

    def _read(self, there: str, reference: str) -> tuple[str, dict[str, Any]]:
        """A manifest and its digest. Raises TagUnknown, or RegistryError when the bytes are not what was promised."""
        reply = self._manifest("GET", there, reference)
        if reply.status == 404:
            raise self._no_tag(there, reference)
        self._checked(reply, there)
        digest = f"sha256:{hashlib.sha256(reply.body).hexdigest()}"
        promised = reference if ":" in reference else reply.headers.get("Docker-Content-Digest", "")
        if _SHA256.fullmatch(promised) and promised != digest:
            raise RegistryError(f"{self._place(there)}: the manifest of {reference} is not the one of its digest")
        return promised if image.DIGEST.fullmatch(promised) else digest, self._object(reply, there)

    def _manifest(self, method: str, there: str, reference: str) -> Reply:
        if not (image.TAG.fullmatch(reference) or image.DIGEST.fullmatch(reference)):
            raise TagUnknown(f"{reference!r} is neither a tag nor a digest")
        return self._ask(method, there, f"/v2/{there}/manifests/{reference}", _ACCEPT)

    def _config(self, there: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """The image configuration; empty when there is none (other artifacts, images whose blob is gone)."""
        config = manifest.get("config")
        digest = config.get("digest") if isinstance(config, dict) else None
        if not isinstance(digest, str) or not image.DIGEST.fullmatch(digest):
            return {}
        reply = self._ask("GET", there, f"/v2/{there}/blobs/{digest}", {})
        return {} if reply.status == 404 else self._object(self._checked(reply, there), there)

    # ── one request ──────────────────────────────────────────────────────────

    def _ask(self, method: str, there: str, target: str, headers: Mapping[str, str], limit: int = 8 << 20) -> Reply:
        """Ask; after a 401 log in as told and ask again. Raises RegistryDenied when that leads nowhere."""
        authorization, tried = self._login.header(there), set[Way]()
        while True:
            reply = self._web.ask(self._origin, Ask(method, target, headers, authorization, limit=limit))
            if reply.status != 401 or reply.origin != self._origin:  # where a redirect led must not ask who we are
                break
            authorization = self._login.answer(
                reply.headers.get_all("WWW-Authenticate") or [], there, authorization, tried
            )
        if reply.status == 403:
            hint = "check the credentials configured for it, and that they may pull"
            raise RegistryDenied(f"{self._origin.address} forbids us to read {there}", hint=hint)
        return reply

    def _checked(self, reply: Reply, there: str) -> Reply:
        if reply.status != 200:
            code = f" ({_code(reply)})" if _code(reply) else ""
            raise RegistryError(f"{self._place(there)}: unexpected answer {reply.status}{code}", hint=_WRONG)
        return reply

    def _object(self, reply: Reply, there: str) -> dict[str, Any]:
        return _object(reply.body, self._place(there))

    def _at(self, repository: str) -> str:
        return quote(f"{self._path}/{repository}" if self._path else repository, safe="/")

    def _place(self, there: str) -> str:
        return f"{self._origin.address}/{there}"

    def _unknown(self, there: str) -> RepositoryUnknown:
        hint = "check the image's name, and the endpoint"
        return RepositoryUnknown(f"{self._origin.address} knows no repository {there}", hint=hint)

    def _no_tag(self, there: str, tag: str) -> TagUnknown:
        return TagUnknown(f"{self._place(there)} has no tag {tag}", hint="check the tag, and the image's name")


_WRONG = "is this a registry? check the endpoint"


def _object(body: bytes, place: str) -> dict[str, Any]:
    """A JSON object. Raises RegistryError for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RegistryError(f"{place}: the answer is no JSON object", hint=_WRONG)
    return found


def _tags(reply: Reply, place: str, repository: str) -> list[str]:
    """A page's tags; `null` and no list at all are what empty repositories answer.

    Mirrors may know the repository by a longer or a shorter path than ours: then one name ends in the other.
    """
    said = _object(reply.body, place)
    name, tags = said.get("name"), said.get("tags") or []
    ours, theirs = f"/{repository}", f"/{name}"
    if name is not None and not (ours.endswith(theirs) or theirs.endswith(ours)):
        raise RegistryError(f"{place}: the answer is about another repository", hint=_WRONG)
    if not isinstance(tags, list) or set(map(type, tags)) - {str}:
        raise RegistryError(f"{place}: the answer holds no list of tags", hint=_WRONG)
    return tags


def _following(reply: Reply, origin: Origin, target: str, place: str) -> str:
    """The next page's target by the Link header (RFC 8288), "" when there is none.

    Raises RegistryError for a Link that cannot be read or leads to another host: what follows it would be missing.
    Servers behind a proxy say http for https of the same host; the connection we have is kept.
    """
    links = ", ".join(reply.headers.get_all("Link") or [])
    if not links:
        return ""
    position = 0
    while position < len(links):
        link = _LINK.match(links, position)
        if not link:
            raise RegistryError(f"{place}: its next page's Link cannot be read, so the list is not whole")
        if _NEXT.search(link[2]):
            return _same_host(link[1], origin, target, place)
        position = link.end()
    return ""


def _same_host(link: str, origin: Origin, target: str, place: str) -> str:
    try:
        there, following = parse(urljoin(f"{origin}{target}", link))
    except ValueError:
        raise RegistryError(f"{place}: its next page's Link is no address, so the list is not whole") from None
    if there.address != origin.address:  # an address leaves out the scheme, and the port where it is the scheme's own
        raise RegistryError(
            f"{place}: its next page is on another host, so the list is not whole",
            hint="name that host as endpoint, or tell the registry its own address",
        )
    return following


def _code(reply: Reply) -> str:
    """The error's code ("NAME_UNKNOWN"); not its message, which may echo anything."""
    try:
        code = json.loads(reply.body)["errors"][0]["code"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code) else ""

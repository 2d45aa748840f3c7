"""Lists of tags: all pages, or an error.

OCI Distribution Specification v1.1, content discovery: tags/list, paging by Link (RFC 8288). What real servers do
beside it is here too, each with its reason.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urljoin

from tagwright.errors import RegistryError, RepositoryUnknown
from tagwright.model import TagList
from tagwright.registries.connections import Reply
from tagwright.registries.distribution.conversation import NO_REGISTRY, Conversation, error_code
from tagwright.registries.documents import only_tags
from tagwright.registries.origin import Origin, parse

_JSON = {"Accept": "application/json"}
_PAGE = 999  # Amazon ECR refuses more than 1000; an odd number tells a cut list from one that happens to be round
_MOST_PAGES = 2000
_PAGE_LIMIT, _LIST_LIMIT = 16 << 20, 64 << 20  # bytes; 100,000 tags take about 3 MB
_LINK = re.compile(r'\s*<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)\s*(?:,|$)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next)\s*(?:;|$)', re.IGNORECASE)
Page = tuple[Reply, list[str]]


class TagLists:
    """The lists of tags of one registry."""

    def __init__(self, registry: Conversation) -> None:
        self._registry = registry
        self._sized = True

    def tags(self, repository: str) -> TagList:
        """Every tag, all pages, in the registry's order. Entries that are no tags by the grammar are left out."""
        there = self._registry.at(repository)
        pages = self._whole_list(there)
        fingerprint = hashlib.sha256()
        for reply, _ in pages:
            fingerprint.update(reply.body)
        tags = pages[0][1] if len(pages) == 1 else list(dict.fromkeys(tag for _, page in pages for tag in page))
        return TagList(self._registry.place(there), only_tags(tags), fingerprint.hexdigest())

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
        place = self._registry.place(there)
        while target:
            if target in seen or len(seen) >= _MOST_PAGES or sum(len(page.body) for page, _ in pages) > _LIST_LIMIT:
                raise RegistryError(f"{place}: its list of tags pages in circles, or has no end")
            seen.add(target)
            reply = self._registry.ask("GET", there, target, _JSON, _PAGE_LIMIT)
            if reply.status == 404 and error_code(reply) == "NAME_UNKNOWN":
                raise self._unknown(there)
            if reply.status in (400, 404, 405) and not pages:
                return []
            pages.append((reply, _tags(self._registry.object(reply, there), place, there)))
            target = _following(reply, self._registry.origin, target, place)
        return pages

    def _unknown(self, there: str) -> RepositoryUnknown:
        hint = "check the image's name, and the endpoint"
        return RepositoryUnknown(f"{self._registry.origin.address} knows no repository {there}", hint=hint)


def _tags(said: dict[str, Any], place: str, repository: str) -> list[str]:
    """A page's tags; `null` and no list at all are what empty repositories answer.

    Mirrors may know the repository by a longer or a shorter path than ours: then one name ends in the other.
    """
    name, tags = said.get("name"), said.get("tags") or []
    ours, theirs = f"/{repository}", f"/{name}"
    if name is not None and not (ours.endswith(theirs) or theirs.endswith(ours)):
        raise RegistryError(f"{place}: the answer is about another repository", hint=NO_REGISTRY)
    if not isinstance(tags, list) or set(map(type, tags)) - {str}:
        raise RegistryError(f"{place}: the answer holds no list of tags", hint=NO_REGISTRY)
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

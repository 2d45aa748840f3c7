"""Lists of tags: all pages, or an error.

OCI Distribution Specification v1.1, content discovery: tags/list, paging by Link (RFC 8288). What real servers do
beside it is here too, each with its reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urljoin

from tagwright import image
from tagwright.errors import RegistryError, RepositoryUnknown
from tagwright.model import TagList
from tagwright.registries.distribution.conversation import NO_REGISTRY, Conversation, error_code
from tagwright.registries.distribution.manifests import MANIFESTS
from tagwright.registries.documents import ETAG, only_tags
from tagwright.registries.web.connections import Reply
from tagwright.registries.web.origin import Origin, parse

_JSON = {"Accept": "application/json", "Accept-Encoding": "gzip"}
_PAGE = 999  # Amazon ECR refuses more than 1000; an odd number tells a cut list from one that happens to be round
_MOST_PAGES, _MOST_READINGS = 2000, 3
_SURE_PAGES = 3  # fewer in byte order may be so by chance
_PAGE_LIMIT, _LIST_LIMIT = 16 << 20, 64 << 20  # bytes; 100,000 tags take about 3 MB
# Possessive: a header of many blanks would else be tried in as many ways as it can be cut, and nothing runs meanwhile.
_PARAMETER = r'\s*+;\s*+([\w!#$&+.^`|~*-]++)\s*+(?:=\s*+(?:"([^"]*+)"|([^\s",;]++)))?+'
_LINK = re.compile(rf"\s*+<([^>]*+)>((?:{_PARAMETER})*+)\s*+(?:,|$)")
_PARAMETERS = re.compile(_PARAMETER)
Page = tuple[Reply, list[str]]
Next = tuple[Origin, str]
"""Where to ask for a page, and the request's target there."""


class Unchanged(Exception):
    """The list is still the one of the validator that was named (304)."""


class TagLists:
    """The lists of tags of one registry."""

    def __init__(self, registry: Conversation) -> None:
        self._registry = registry
        self._sized = True

    def tags(self, repository: str, etag: str = "") -> TagList:
        """Every tag once, all pages, in the registry's order. Entries that are no tags by the grammar are left out.

        `etag` is what a list we have is known by; raises Unchanged when it is still the same.
        """
        there = self._registry.at(repository)
        pages = self._unmoved(there, lambda: self._whole_list(there, etag))
        fingerprint = hashlib.sha256()
        for reply, _ in pages:
            fingerprint.update(reply.body)
        tags = pages[0][1] if len(pages) == 1 else [tag for _, page in pages for tag in page]
        stride = len(pages[0][1]) if len(pages) >= _SURE_PAGES and tags == sorted(tags) else 0
        if len(set(tags)) < len(tags):
            tags, stride = list(dict.fromkeys(tags)), 0
        place = self._registry.place(there)
        return TagList(place, only_tags(tags), fingerprint.hexdigest(), _etag(pages), stride=stride)

    def after(self, repository: str, last: str, enough: Callable[[list[str]], bool]) -> list[list[str]]:
        """The pages of what the registry lists after `last`, as they came, to the first that is `enough` or to the end.

        None at all where such a question is refused. Whether they are what was asked for is for the caller to see.
        """
        there = self._registry.at(repository)
        target = f"/v2/{there}/tags/list?{urlencode({'n': _PAGE, 'last': last})}"
        return [tags for _, tags in self._unmoved(there, lambda: self._pages(there, target, "", enough))]

    def _unmoved(self, there: str, read: Callable[[], list[Page]]) -> list[Page]:
        """All pages, read again when the place of the next page was gone before it was asked for."""
        for _ in range(_MOST_READINGS):
            pages = read()
            if not self._lost(pages, there):
                return pages
        place = self._registry.place(there)
        raise RegistryError(f"{place}: its list of tags changes while it is read", hint="try again later")

    def _lost(self, pages: list[Page], there: str) -> bool:
        """Did the list end because the tag after which it goes on was deleted meanwhile?

        Servers that look for that tag, and do not compare, find nothing after one that is not there any more: a page
        without tags and without a Link. So does a list that ended exactly with a page; there the tag still is.
        """
        if len(pages) < 2 or pages[-1][1] or not pages[-2][1]:
            return False
        last = pages[-2][1][-1]
        return bool(image.TAG.fullmatch(last)) and self._gone(there, last)

    def _gone(self, there: str, tag: str) -> bool:
        accepted = {"Accept": ", ".join(MANIFESTS)}
        return self._registry.ask("HEAD", there, f"/v2/{there}/manifests/{tag}", accepted).status == 404

    def _whole_list(self, there: str, etag: str) -> list[Page]:
        """All pages. Large pages are asked for, and done without where they are not given (and from then on).

        zuul-registry answers 404 to any `n`, others 400 or 405; crane's registry and Sonatype Nexus cut at `n` and send
        no Link, so a single page of exactly that many tags may be half a list.
        """
        plain = f"/v2/{there}/tags/list"
        sized = self._pages(there, f"{plain}?n={_PAGE}", etag) if self._sized else []
        if sized and (len(sized) > 1 or len(sized[0][1]) != _PAGE):
            return sized
        pages = self._pages(there, plain, "" if self._sized else etag)
        if not pages:
            raise self._unknown(there)
        found = {tag for _, page in pages for tag in page}
        if sized and not found.issuperset(sized[0][1]):
            place = self._registry.place(there)
            raise RegistryError(f"{place}: its list of tags is cut, and no Link says where it goes on")
        self._sized = bool(sized) and len(found) == _PAGE
        return pages

    def _pages(
        self, there: str, target: str, etag: str, enough: Callable[[list[str]], bool] = lambda _: False
    ) -> list[Page]:
        """The pages from `target` on, to one that is `enough`; none when the first is refused as if about its `n`."""
        pages: list[Page] = []
        seen: set[Next] = set()
        place = self._registry.place(there)
        following: Next | None = (self._registry.origin, target)
        while following:
            if following in seen or len(seen) >= _MOST_PAGES or sum(len(page.body) for page, _ in pages) > _LIST_LIMIT:
                raise RegistryError(f"{place}: its list of tags pages in circles, or has no end")
            seen.add(following)
            origin, target = following
            known = {"If-None-Match": etag} if etag and not pages else {}
            reply = self._registry.ask("GET", there, target, _JSON | known, _PAGE_LIMIT, origin)
            if known and reply.status == 304:
                raise Unchanged
            if not pages and reply.status == 404 and error_code(reply) == "NAME_UNKNOWN":
                raise self._unknown(there)
            if not pages and (reply.status == 404 or (reply.status in (400, 405) and "?n=" in target)):
                return []
            pages.append((reply, _tags(self._registry.object(reply, there), place, there, first=not pages)))
            following = None if enough(pages[-1][1]) else _following(reply, self._registry.origin, there, place)
        return pages

    def _unknown(self, there: str) -> RepositoryUnknown:
        hint = "check the image's name, and the endpoint"
        return RepositoryUnknown(f"{self._registry.origin.address} knows no repository {there}", hint=hint)


def _etag(pages: list[Page]) -> str:
    """What the list is known by, where all of it is one page, and surely so.

    A page's validator says nothing of the pages after it: a list as long as a page (they are round numbers) may grow by
    another while its first stays the same.
    """
    reply, tags = pages[0]
    etag = reply.headers.get("ETag", "")
    sure = len(pages) == 1 and len(tags) % 10 and len(tags) != _PAGE
    return etag if sure and ETAG.fullmatch(etag) else ""


def _tags(said: dict[str, Any], place: str, repository: str, *, first: bool) -> list[str]:
    """A page's tags; `null` is what an empty page has, and empty repositories answer no list at all.

    Mirrors may know the repository by a longer or a shorter path than ours: then one name ends in the other.
    """
    name, tags = said.get("name"), said.get("tags")
    ours, theirs = f"/{repository}", f"/{name}"
    if name is not None and not (ours.endswith(theirs) or theirs.endswith(ours)):
        raise RegistryError(f"{place}: the answer is about another repository", hint=NO_REGISTRY)
    if tags is None and ("tags" in said or (first and (name is not None or not said))) and "errors" not in said:
        return []
    if not isinstance(tags, list) or not _words(tags):
        raise RegistryError(f"{place}: the answer holds no list of tags", hint=NO_REGISTRY)
    return tags


def _words(listed: list[Any]) -> bool:
    """Are all of them texts? Asked of what joins nothing else: a quarter of the time of looking at each."""
    try:
        "".join(listed)
    except TypeError:
        return False
    return True


def _following(reply: Reply, asked: Origin, repository: str, place: str) -> Next | None:
    """Where the next page is by the Link header (RFC 8288), None when there is none.

    Raises RegistryError for a Link that cannot be read or leads to another host: what follows it would be missing.
    """
    links = ", ".join(reply.headers.get_all("Link") or [])
    position = 0
    while position < len(links):
        link = _LINK.match(links, position)
        if not link:
            raise RegistryError(f"{place}: its next page's Link cannot be read, so the list is not whole")
        if _leads_on(link[2]):
            return _next(link[1], reply, asked, repository, place)
        position = link.end()
    return None


def _leads_on(parameters: str) -> bool:
    """Is one of a Link's relations "next"? A relation may stand among others."""
    said = _PARAMETERS.findall(parameters)
    return any(name.lower() == "rel" and "next" in (quoted or bare).lower().split() for name, quoted, bare in said)


def _next(link: str, reply: Reply, asked: Origin, repository: str, place: str) -> Next:
    """A Link is relative to who answered (after a redirect not who was asked), and leads nowhere else.

    Servers behind a proxy say http for https of the same host; the connection we have is kept.
    """
    try:
        there, target = parse(urljoin(f"{reply.origin}{reply.target}", link))
    except ValueError:
        raise RegistryError(f"{place}: its next page's Link is no address, so the list is not whole") from None
    for known in (reply.origin, asked):
        if there.address == known.address:  # leaves out the scheme, and the port where it is the scheme's own
            return known, _own(target, reply.target, repository)
    raise RegistryError(
        f"{place}: its next page is on another host, so the list is not whole",
        hint="name that host as endpoint, or tell the registry its own address",
    )


def _own(target: str, asked: str, repository: str) -> str:
    """The Link's target; where only the first parts of our path are missing in it, our path with the Link's query.

    Artifactory's virtual repositories leave their own name out (RTFACT-18971), as do proxies that put a folder before
    another registry's paths.
    """
    path, question, query = target.partition("?")
    ours = asked.partition("?")[0]
    linked = path.removeprefix("/v2/").removesuffix("/tags/list")
    shorter = linked != repository and f"/{repository}".endswith(f"/{linked}") and linked != path
    return f"{ours}{question}{query}" if shorter else target

"""A page as a browser reads it: html5lib, which knows every error that the HTML standard names, and what it leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib

LANDMARKS = ("header", "nav", "main", "footer")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


def parsed(page: str) -> Element:
    """The tree of a page. Raises html5lib's ParseError for whatever the standard calls an error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(page)
    assert isinstance(tree, Element)
    return tree


def elements(tree: Element) -> Iterator[tuple[str, Element]]:
    """Every element with its name, in order; those of SVG by their bare names."""
    for one in tree.iter():
        if isinstance(one.tag, str):
            yield one.tag.rpartition("}")[2], one


def skeleton(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements of a page with the names of their attributes: all that is no text."""
    return [(name, tuple(sorted(map(str, one.attrib)))) for name, one in elements(parsed(page))]


def words(page: str) -> str:
    """What a reader reads."""
    return " ".join(" ".join(parsed(page).itertext()).split())


def mistakes(page: str) -> list[str]:
    """What is wrong with a page although it parses: for people who do not see it, and for a strict policy."""
    tree = parsed(page)
    found = list(elements(tree))
    return [*_policy(found), *_references(found), *_tables(found), *_headings(found), *_landmarks(found)]


def _policy(found: list[tuple[str, Element]]) -> Iterator[str]:
    for name, one in found:
        if name in ("script", "iframe", "object", "embed", "base", "img"):
            yield f"<{name}>"
        yield from (f"{name} {key}=" for key in one.attrib if key == "style" or key.startswith("on"))
        address = one.get("href", "")
        if address.startswith(("http:", "https:")) and "noreferrer" not in one.get("rel", ""):
            yield f"a link to {address} that tells where it comes from"
        if name == "a" and address.partition(":")[0].lower() in ("javascript", "data", "vbscript", "file"):
            yield f"a link to {address}"


def _references(found: list[tuple[str, Element]]) -> Iterator[str]:
    ids = Counter(one.get("id", "") for _, one in found if one.get("id"))
    yield from (f"{count} elements with the id {name}" for name, count in ids.items() if count > 1)
    labelled = {one.get("for") for name, one in found if name == "label"}
    for name, one in found:
        for key in ("aria-labelledby", "aria-describedby", "list", "for"):
            yield from (f"{key}={wanted} leads nowhere" for wanted in one.get(key, "").split() if wanted not in ids)
        address = one.get("href", "")
        if address.startswith("#") and address[1:] not in ids:
            yield f"{address} leads nowhere"
        if name in ("input", "select") and one.get("type") != "hidden" and one.get("id") not in labelled:
            yield f"<{name}> without a label"


def _tables(found: list[tuple[str, Element]]) -> Iterator[str]:
    for name, one in found:
        if name == "table" and one.find("caption") is None:
            yield "a table without a caption"
        if name == "th" and one.get("scope") not in ("row", "col"):
            yield "a heading cell without a scope"
        if name == "svg" and one.get("aria-hidden") != "true" and one.get("role") != "img":
            yield "a drawing that is neither hidden nor named"


def _headings(found: list[tuple[str, Element]]) -> Iterator[str]:
    levels = [_HEADINGS[name] for name, _ in found if name in _HEADINGS]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} headings of the first level"
    yield from (f"a heading of level {after} below one of level {before}"
                for before, after in pairwise(levels) if after > before + 1)  # fmt: skip


def _landmarks(found: list[tuple[str, Element]]) -> Iterator[str]:
    names = Counter(name for name, _ in found)
    yield from (f"no <{name}>" for name in LANDMARKS if not names[name])
    if not any(name == "a" and one.get("href") == "#main" for name, one in found):
        yield "no link to skip what stands before the content"
    html = next(one for name, one in found if name == "html")
    if html.get("lang") != "en":
        yield "no language"

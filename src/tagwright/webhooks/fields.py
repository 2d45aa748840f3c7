"""Parts of a JSON document of unknown shape: nothing here raises, whatever stands there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

LONGEST = 2048  # characters of a text that is read
MOST = 5000  # entries of a list that are read


def at(document: object, *way: str) -> object:
    """What stands at the end of the way, None where it ends before."""
    for key in way:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def text(document: object, *way: str) -> str:
    """The text there; "" for none, and for one that is too long to be a name."""
    found = at(document, *way)
    return found if isinstance(found, str) and len(found) <= LONGEST else ""


def first(document: object, *keys: str) -> str:
    """The text under the first of the keys that has one."""
    return next((found for key in keys if (found := text(document, key))), "")


def number(document: object, *way: str) -> int:
    """The number there; 0 for none."""
    found = at(document, *way)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1 << 53 else 0


def entries(document: object, *way: str) -> Iterator[object]:
    """What the list there holds; nothing where there is none."""
    found = at(document, *way)
    if isinstance(found, list):
        yield from found[:MOST]


def texts(document: object, *way: str) -> Iterator[str]:
    """The texts of the list there."""
    for one in entries(document, *way):
        if isinstance(one, str) and len(one) <= LONGEST:
            yield one


def host(address: str) -> str:
    """The host[:port] of an address, with or without a scheme; "" where there is none."""
    try:
        return urlsplit(address if "://" in address else f"//{address}").netloc.rpartition("@")[2]
    except ValueError:
        return ""

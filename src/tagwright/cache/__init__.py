"""What one pass leaves for the next, all of it safe to lose.

    base.py     what a store is: bytes by name
    sqlite.py   one file in the cache folder
    redis.py    a server that many workers share
    nouns.py    frozen values as JSON and back

Nothing here is a source of truth. What is missing, broken, or was written by another version reads as nothing, and the
next pass looks again. A run without a cache loads none of the stores.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.cache.nouns import decoder, parts

if TYPE_CHECKING:
    from tagwright.cache.base import Store

Noun = TypeVar("Noun")


class Cache:
    """A folder kept between runs, or (with None) nothing kept at all. Safe to use from many threads at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self._stores: tuple[Store, ...] = ()
        if folder is not None:
            from tagwright.cache.sqlite import Sqlite

            self._stores = (Sqlite(folder / "tagwright.sqlite"),)

    def behind(self, shared: Store) -> Cache:
        """A cache that asks `shared` first and this one where it has nothing, and keeps everything in both."""
        both = Cache()
        both._stores = (shared, *self._stores)
        return both

    def load(self, noun: type[Noun], key: str) -> Noun | None:
        """What was saved under `key`, or None."""
        kind: Any = noun
        decode = decoder(kind)
        for store in self._stores:
            try:
                found: Noun = decode(json.loads(store.get(_name(noun, key)) or b""))
            except (ValueError, TypeError, ArithmeticError, RecursionError):
                continue
            return found
        return None

    def save(self, value: object, key: str) -> None:
        """Keep `value` under `key`, whole or not at all."""
        if self._stores:
            body = json.dumps(value, separators=(",", ":"), default=parts, check_circular=False).encode()
            for store in self._stores:
                store.put(_name(type(value), key), body)


def _name(noun: type, key: str) -> str:
    """What a value is called in a store; a key may hold an address with a login, a name never does."""
    return f"{noun.__name__.lower()}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"

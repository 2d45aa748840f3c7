"""Which keys are worth keeping, by their names or by their last words."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

MERGE = "<<"
_LAST_WORD = re.compile(r"(?:[^A-Za-z0-9]|(?<=[a-z0-9])(?=[A-Z]))([A-Z]?[a-z0-9]+|[A-Z0-9]+)\Z")
_MEMORY = 20_000  # keys; more are of one file that is up to no good


@lru_cache(maxsize=10_000)
def ending(key: str) -> str:
    """The last word of a key of several, as locators name it: "*tag" of web_tag, webTag, web.tag, WEB_TAG; else ""."""
    match = _LAST_WORD.search(key)
    return f"*{match[1].lower()}" if match else ""


class Wanted(dict[str, int]):
    """What a key is worth, worked out once: 2, its mapping is looked at; 1, its value is read anywhere; 0, nothing.

    `keys` and `reads` hold names, and endings such as "*tag". `worth`: is a value with a colon or an `@` in it worth
    a look, whatever its key?
    """

    def __init__(self, keys: frozenset[str], reads: frozenset[str], worth: Callable[[str], object] = bool) -> None:
        super().__init__()
        self.looked_at, self.read, self.worth = keys | {MERGE}, reads, worth

    def __missing__(self, key: str) -> int:
        if len(self) > _MEMORY:
            self.clear()
        names = {key, ending(key)}
        self[key] = 1 if names & self.read else 0
        if names & self.looked_at:
            self[key] = 2
        return self[key]

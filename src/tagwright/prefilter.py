"""Which files can hold one of these images at all? One regular expression over bytes, built from a trie.

A trie shares the beginnings of names, so that hundreds of names cost little more than one; a flat
alternation tries each name at each byte. Registries are left out, since a file may write them
apart (`registry:` beside `repository:`) or not at all; so is `library/`, which Docker Hub implies.
Names written with escapes hide from bytes: text with `\\` before a slash, an `x`, a `u` or a line
end is kept too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tagwright.image import Image

# What a quoted YAML or JSON scalar can hide letters behind.
_ESCAPED = rb"\\[/xuU\r\n]"

_Trie = dict[str, Any]
_END = ""


def compile(names: Iterable[str]) -> re.Pattern[bytes]:
    """A pattern that is found in every file that could refer to one of `names`, as written or normalised."""
    trie: _Trie = {}
    for name in names:
        node = trie
        for letter in Image(name).repository.removeprefix("library/"):
            node = node.setdefault(letter, {})
        node[_END] = {}
    return re.compile((_expression(trie) + "|").encode() + _ESCAPED if trie else _ESCAPED)


def _expression(trie: _Trie) -> str:
    """The trie as a regular expression. Where a name ends, a longer one that begins so needs no look."""
    text = ""
    while len(trie) == 1 and _END not in trie:
        ((letter, trie),) = trie.items()
        text += re.escape(letter)
    if _END in trie:
        return text
    branches = [re.escape(letter) + _expression(child) for letter, child in sorted(trie.items())]
    return f"{text}(?:{'|'.join(branches)})"

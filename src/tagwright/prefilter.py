"""Which files can hold one of these images at all? A look at bytes, mostly one regular expression built from a trie.

A trie shares the beginnings of names, so that hundreds of names cost little more than one; a flat
alternation tries each name at each byte. Registries are left out, since a file may write them
apart (`registry:` beside `repository:`) or not at all; so is `library/`, which Docker Hub implies.
Where the value of `registry:` holds the first parts of the path too (`ghcr.io/acme`, or `acme` on
Docker Hub), the last part of a name is looked for, as a word of its own: wherever a name is cut in
two, that part stays whole. A Dockerfile may put a name together of variables, cut anywhere. Names
written with escapes hide from bytes: text with `\\` before a slash, an `x`, a `u` or a line end is
kept too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tagwright.image import Image

# What a quoted YAML or JSON scalar can hide letters behind.
_ESCAPED = rb"\\[/xuU\r\n]"

_WORD = re.compile(rb"[a-z0-9._-]+")
# A registry with a part of a path in it: a slash, a word that is no host, or a value of which more must be read to
# tell (an anchor, alias, tag, comment or block). No host is longer than 253 characters. It follows its key, or as a
# `value` the name that it sets (parameters of Argo CD, `set` blocks of Terraform).
_PATH_IN_REGISTRY = rb"""["']?\s*+(?:\#|(?:,?\s*+["']?value["']?\s*+)?[:?]?[:=]\s*+
    (?:[^\s/]{0,300}/|["']?[a-z0-9_-]+["']?(?=[\s,;}]|\Z)|[&*!\#|>]))"""
# Expressions that begin with letters are many times faster than those that look behind first.
_APART = [
    (b"egistry", re.compile(b"egistry" + _PATH_IN_REGISTRY, re.VERBOSE)),
    (b"EGISTRY", re.compile(b"EGISTRY" + _PATH_IN_REGISTRY, re.VERBOSE)),
    (b"oci:", re.compile(b"oci:")),
    (b"repoURL", re.compile(b"repoURL")),
    (b"HelmRelease", re.compile(b"HelmRelease")),
    (b"hub", re.compile(b"hub(?<![A-Za-z]hub)" + _PATH_IN_REGISTRY, re.VERBOSE)),
    (b"HUB", re.compile(b"HUB(?<![A-Za-z]HUB)" + _PATH_IN_REGISTRY, re.VERBOSE)),
]
_MAY_BE_PUT_TOGETHER = [(word, re.compile(word + rb"[ \t][^\n]{0,1000}\$")) for word in (b"FROM", b"from", b"From")]
_PUT_TOGETHER = re.compile(rb"(?i:^[ \t]*(?:ONBUILD[ \t]+)?FROM)(?=[ \t])[^\n]*\$", re.MULTILINE)

_Trie = dict[str, Any]
_END = ""


@dataclass(frozen=True, slots=True)
class Prefilter:
    """Names as one pattern, and the last parts of those that can be written apart."""

    whole: re.Pattern[bytes]
    last: frozenset[bytes]

    def search(self, data: bytes) -> bool:
        """Could the file refer to one of the names?"""
        if self.whole.search(data) or _is_put_together(data):
            return True
        apart = any(key in data and pattern.search(data) for key, pattern in _APART)
        return apart and not self.last.isdisjoint(_WORD.findall(data))


def _is_put_together(data: bytes) -> bool:
    """Does a Dockerfile's FROM hold a variable?"""
    made = b"$" in data and any(word in data and pattern.search(data) for word, pattern in _MAY_BE_PUT_TOGETHER)
    return made and _PUT_TOGETHER.search(data) is not None


def compile(names: Iterable[str]) -> Prefilter:
    """What says yes to every file that could refer to one of `names`, as written or normalised."""
    paths = {Image(name).repository.removeprefix("library/") for name in names}
    trie: _Trie = {}
    for path in paths:
        node = trie
        for letter in path:
            node = node.setdefault(letter, {})
        node[_END] = {}
    whole = re.compile((_expression(trie) + "|").encode() + _ESCAPED if trie else _ESCAPED)
    return Prefilter(whole, frozenset(path.rpartition("/")[2].encode() for path in paths if "/" in path))


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

"""What every tag that policies could take begins with: then nothing else of a long list need be read.

It is read off the regular expressions of `filter` and `allow`, and only where nothing about them is in doubt: `^`, then
letters, digits and signs that stand for themselves, and no `|` outside a group. `^main-[a-f0-9]+$` says "main-".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from tagwright.model import PolicyKind, PolicySpec

_LITERAL = re.compile(r"\^((?:[A-Za-z0-9_-]|\\[.-])*)([?*+{]?)")
_CLASS, _GROUP = re.compile(r"\[\^?[^][\\]+\]"), re.compile(r"\([^()]*\)")


def common_prefix(policies: Iterable[PolicySpec]) -> str:
    """What begins every tag that one of the policies could take; "" where any of them wants to see all tags.

    Policies that go by dates do, and one that follows a tag, which asks for no list at all but what stands in it.
    """
    return _common(_prefix(policy) for policy in policies)


def _prefix(policy: PolicySpec) -> str:
    """A tag must pass the filter, and one of `allow`: what either says is true of all."""
    if policy.kind in (PolicyKind.NEWEST, PolicyKind.DIGEST):
        return ""
    filtered = literal(policy.filter.pattern) if policy.filter else ""
    return max(filtered, _common(map(literal, policy.allow)), key=len)


def _common(texts: Iterable[str]) -> str:
    columns = zip(*texts, strict=False)
    return "".join(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))


def literal(pattern: str) -> str:
    r"""What every text begins with in which an RE2 pattern is found; "" where that is not plain to see.

    The last letter may be repeated no times: `^v?` says nothing. `\Q…\E` quotes what reads as syntax here.
    """
    begun = _LITERAL.match(pattern)
    if begun is None or r"\Q" in pattern or ("|" in pattern and _has_branches(pattern)):
        return ""
    signs = re.findall(r"\\?(.)", begun[1])
    return "".join(signs[:-1] if begun[2] else signs)


def _has_branches(pattern: str) -> bool:
    """Is there a `|` outside all groups, or might there be? What is in classes and behind a backslash is none."""
    bare = _CLASS.sub("", re.sub(r"(?s)\\.", "_", pattern))
    while bare != (bare := _GROUP.sub("", bare)):
        pass
    return bool(re.search(r"[][|()\\]", bare))

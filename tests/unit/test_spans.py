"""Expressions are asked by RE2's binding itself, and answer as its wrapper does."""

from __future__ import annotations

from typing import Any

import pytest
import re2

from tagwright import policies
from tagwright.model import Filter, PolicyKind, PolicySpec
from tagwright.policies import filters

TEXTS = ("", "main-abc-12", "1.2.3-alpine", "ä-1", "x" * 128, "aaa", "a\nb", "\udcff-1")
PATTERNS = (
    r"^main-[a-f0-9]+-(?P<ts>[0-9]+)$",
    "(a)|(b)",
    "",
    "$",
    r"(é|ä)-(\d)",
    "(x*)(y)?",
    "a+?",
    "(?i)ALPINE",
    ".*b",
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_binding_answers_as_its_wrapper(pattern: str) -> None:
    """The same places, for the whole match and each group, where one took part and where none did."""
    regex = re2.compile(pattern.encode())
    quick, promised = filters._spans(regex), filters._spans_of_wrapper(regex)
    for text in (text.encode("utf-8", "surrogateescape") for text in TEXTS):
        assert list(quick(text)) == list(promised(text)) or quick(text)[0] == promised(text)[0] == (-1, -1)


def test_a_wrapper_that_hides_its_binding_filters_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release of the library may be built otherwise: then its promises are enough."""

    class Wrapper:
        def __init__(self, regex: Any) -> None:
            self.search, self.groups, self.groupindex = regex.search, regex.groups, regex.groupindex

    compiled = filters._regex
    monkeypatch.setattr(filters, "_regex", lambda pattern, key: Wrapper(compiled(pattern, key)))
    _, gates = policies.build.__wrapped__(
        PolicySpec(
            PolicyKind.NUMERICAL, "ascending", filter=Filter("^main-(?P<ts>[0-9]+)(-x)?$", "$ts$2"), allow=("7",)
        )
    )
    assert gates.extract
    assert [gates.extract(tag) for tag in ("main-71-x", "main-8", "dev-1")] == ["71-x", "8", None]
    assert (gates.refuse("main-71"), gates.refuse("main-8")) == (None, gates.other)

"""What all tags begin with that a policy could take: read off expressions, never wrongly."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tagwright.model import Filter, PolicyKind, PolicySpec
from tagwright.policies.prefixes import common_prefix, literal


def spec(*allow: str, pattern: str = "", kind: PolicyKind = PolicyKind.ALPHABETICAL) -> PolicySpec:
    """A policy with these expressions."""
    return PolicySpec(kind, "ascending", Filter(pattern) if pattern else None, allow)


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [
        ("^main-[a-f0-9]+$", "main-"),
        (r"^v1\.2\.(?P<n>\d+)$", "v1.2."),
        ("^main-(a|b)$", "main-"),
        ("^main-[a|b]$", "main-"),
        (r"^main-\|x", "main-"),
        ("^main-?", "main"),
        ("^main-*", "main"),
        ("^main-+", "main"),
        ("^main-{0,1}", "main"),
        ("^m?", ""),
        ("main-", ""),
        ("", ""),
        ("^", ""),
        ("^^main-", ""),
        ("^*main-", ""),
        ("(?i)^main-", ""),
        ("^(?i)main-", ""),
        ("^main-(?i)x", "main-"),
        (r"\Amain-", ""),
        (r"^\Qmain-\E", ""),
        (r"^main-\Q(\E|x", ""),
        ("^main-|x", ""),
        ("^main-(a)|x", ""),
        ("^main-[)]|x", ""),
        ("^main-[[:alpha:](]|x", ""),
        ("^main-[](]|x", ""),
        ("^main-[^](]|x", ""),
        (r"^main-\(|x", ""),
        (r"^main-[\]|]", "main-"),
        ("^.*", ""),
    ],
)
def test_only_what_is_plain_to_see_is_a_prefix(pattern: str, begins: str) -> None:
    """Anchored, literal, without a branch around it, and not what may be missing."""
    assert literal(pattern) == begins


pieces = st.lists(
    st.sampled_from(
        [
            *"ab1-|()[]^$?*+{}.:\\",
            "^",
            "^ab",
            "(?i)",
            "(?:",
            "(?m)",
            r"\Q",
            r"\E",
            r"\A",
            "[[:alpha:]",
            "[^",
            "{0}",
            "a|b",
        ]
    ),
    max_size=12,
)


@given(pieces.map("".join), pieces.map("".join), st.text("abAB1-|()[]^.x", max_size=8))
def test_whatever_an_expression_finds_begins_with_its_prefix(begin: str, rest: str, text: str) -> None:
    """Of any expression that RE2 reads, and any text in which it finds anything."""
    pattern = f"^{begin}{rest}"
    try:
        found = re2.compile(pattern, _options())
    except re2.error:
        return
    begun = literal(pattern)
    for one in (text, begun + text, begun[:-1] + text, text + begun):
        assert not found.search(one) or one.startswith(begun), pattern


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


def test_all_rules_of_an_image_must_share_it() -> None:
    """The longest they have in common; one that wants more wants all."""
    main, release = spec("^main-[0-9]+$"), spec(pattern="^main-rc[0-9]+$")
    assert common_prefix([main]) == common_prefix([main, release]) == "main-"
    assert common_prefix([release]) == "main-rc"
    assert common_prefix([main, spec("^dev-")]) == common_prefix([main, spec()]) == common_prefix([]) == ""


def test_of_allow_one_must_match_and_the_filter_too() -> None:
    """Several of `allow` are alternatives; with a filter beside them both are true."""
    assert common_prefix([spec("^main-a", "^main-b")]) == "main-"
    assert common_prefix([spec("^main-a", "b")]) == ""
    assert common_prefix([spec("^main-", "^mainx", pattern="^main-1")]) == "main-1"


@pytest.mark.parametrize("kind", [PolicyKind.NEWEST, PolicyKind.DIGEST])
def test_policies_that_go_by_more_than_names_see_all(kind: PolicyKind) -> None:
    """What they are told of a tag may hang on others."""
    assert common_prefix([spec("^main-", kind=kind)]) == ""

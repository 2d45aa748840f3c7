"""Policies that cannot be say so, and templates are filled as written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tagwright import policies
from tagwright.choose import choose
from tagwright.errors import PolicyError
from tagwright.model import Candidate, Choice, Filter, PolicyKind, PolicySpec

NOW = datetime(2026, 1, 10, tzinfo=UTC)
SEMVER = PolicySpec(PolicyKind.SEMVER, "*")


@pytest.mark.parametrize(
    ("kind", "argument", "got", "expected"),
    [
        ("semver", ">=x1", "'>=x1' is no version range: at character 4, '1' stands", "expected comparisons"),
        ("compatible", "huge", "'huge' is no level", "patch, minor, major or any"),
        ("calver", "YYYY.XX", "'YYYY.XX' is no calendar format: at character 6, 'XX' stands", "YYYY.MM.DD"),
        ("calver", "1.2", "'1.2' is no calendar format: at character 1, '1.2' stands", "YYYY.MM.DD"),
        ("calver", "", "'' is no calendar format: at character 1, it ends", "YYYY.MM.DD"),
        ("calver", "yyyy.mm", "at character 1, 'yyyy.mm' stands where a token", "did you mean 'YYYY.MM'?"),
        ("calver", "YYYY.MM.D", "at character 9, 'D' stands", "YYYY.MM.DD"),
        ("calver", "YYYY.0Y", "at character 6, '0Y' stands where a token that is not there yet", "YYYY.MM.DD"),
        ("calver", "MAJORMINOR", "at character 6, 'MINOR' stands where a sign that parts two numbers", "YYYY.MM.DD"),
        ("numerical", "up", "'up' is no order of numerical", "ascending or descending"),
        ("alphabetical", "", "'' is no order of alphabetical", "ascending or descending"),
        ("newest", "built", "'built' is no date of newest", "created or pushed"),
        ("digest", "a:b", "'a:b' is no tag to follow", "one tag"),
    ],
)
def test_arguments(kind: str, argument: str, got: str, expected: str) -> None:
    """A bad argument says what was got, and what was expected."""
    with pytest.raises(PolicyError) as caught:
        policies.check(PolicySpec(PolicyKind(kind), argument))
    assert got in caught.value.message
    assert expected in caught.value.hint


@pytest.mark.parametrize(
    ("gates", "got"),
    [
        (
            replace(SEMVER, filter=Filter("^(a")),
            "'^(a' in filter.pattern is no regular expression: at character 4, missing )",
        ),
        (replace(SEMVER, filter=Filter("a[)]b)")), "at character 6, unexpected )"),
        (replace(SEMVER, filter=Filter("^v(?!a)")), "at character 3, invalid perl operator (?!"),
        (replace(SEMVER, allow=("^x[=",)), "'^x[=' in allow is no regular expression: at character 3, missing ] [="),
        (replace(SEMVER, ignore=("re:(",)), "'(' in ignore is no regular expression: at character 2"),
        (replace(SEMVER, allow=(r"(a)\1",)), "at character 4, invalid escape sequence"),
        (replace(SEMVER, allow=("a" * 2001,)), "a regular expression in allow has 2,001 characters"),
        (replace(SEMVER, ignore=("a",) * 101), "ignore lists 101 patterns"),
        (
            replace(SEMVER, filter=Filter("(?P<ts>a)", "$ts00")),
            "'$ts00' in filter.extract names the group 'ts00' at character 1",
        ),
        (replace(SEMVER, filter=Filter("(a)", "$2")), "names the group '2'"),
    ],
)
def test_gates(gates: PolicySpec, got: str) -> None:
    """A bad expression or template says which key has it."""
    with pytest.raises(PolicyError) as caught:
        policies.check(gates)
    assert got in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        ("(?!a)", "RE2 has no look-around"),
        ("a(?<=b)", "RE2 has no look-around"),
        (r"(a)\1", "RE2 has no back-references"),
        ("(?P<a>b)(?P=a)", "RE2 has no back-references"),
        ("(?>a)", "needs no atomic groups"),
        ("a++", "no possessive repetition"),
        (r"a\Z", "write $ for the end"),
        ("*-alpine", ".* means anything"),
    ],
)
def test_what_re2_has_not(pattern: str, instead: str) -> None:
    """The hint says what to write instead."""
    with pytest.raises(PolicyError) as caught:
        policies.check(replace(SEMVER, filter=Filter(pattern)))
    assert instead in caught.value.hint


def test_a_name_that_swallowed_what_follows() -> None:
    """The template that was meant is spelled."""
    with pytest.raises(PolicyError) as caught:
        policies.check(replace(SEMVER, filter=Filter("(?P<ts>a)", "1.$ts00")))
    assert "did you mean '1.${ts}00'?" in caught.value.hint


@pytest.mark.parametrize(
    ("pattern", "extract", "tag", "seen"),
    [
        (r"^v(\d+)-(\d+)$", "$2.$1", "v1-2", "2.1"),
        (r"(?P<ts>\d+)", "$ts", "main-12", "12"),
        (r"(?P<ts>\d+)", "${ts}00", "main-12", "1200"),
        (r"(\d+)", "${1}0", "main-12", "120"),
        (r"(\d+)", "$$1", "main-12", "$1"),
        (r"(\d+)", "$0", "main-12", "12"),
        (r"(a)?(b)", "$1$2", "b", "b"),
        (r"\d", "", "main-12", "main-12"),
        (r"^\d", "$0", "main-12", None),
    ],
)
def test_templates(pattern: str, extract: str, tag: str, seen: str | None) -> None:
    """What the policy sees of a tag."""
    _, gates = policies.build(replace(SEMVER, filter=Filter(pattern, extract)))
    assert gates.extract is not None
    assert seen == gates.extract(tag)


def test_a_hostile_expression_is_matched_in_no_time() -> None:
    """Expressions come from repositories: time grows with the tag, not with its powers."""
    _, gates = policies.build(replace(SEMVER, filter=Filter("([a-z0-9]+)+$"), ignore=("*" * 50 + "x",)))
    assert gates.extract is not None
    assert gates.extract("a" * 120 + "!") is None
    assert gates.refuse("a" * 128) is None


@pytest.mark.parametrize(
    ("current", "why"),
    [
        ("latest", "the current latest is no version"),
        ("main-abc1234", "the current main-abc1234 names a commit, and a commit does not say how old it is"),
        ("dependabot-npm-lodash-4.17.21", "names a branch that a bot made for one update"),
        ("1.2.3", ""),
    ],
)
def test_what_stands_in_the_way_of_all_is_said(current: str, why: str) -> None:
    """Of `compatible` it is the current tag where nothing can be compared with it, else the tags themselves."""
    spec = PolicySpec(PolicyKind.COMPATIBLE, "minor", ignore=("1.*",))
    choice = choose(spec, current, [Candidate(current), Candidate("1.9.0")], NOW, offline=True)
    assert isinstance(choice, Choice)
    assert choice.detail.startswith("no tag may be taken")
    assert (why in choice.detail) if why else choice.detail == "no tag may be taken"


def test_by_date_it_is_dates_that_are_spoken_of() -> None:
    """Not versions; and of a current tag without its date, that it is not known."""
    spec = PolicySpec(PolicyKind.NEWEST, "created")
    offered = [Candidate(tag, created=NOW - timedelta(days=age), described=True) for tag, age in (("a", 2), ("b", 2))]
    offered.append(Candidate("c", created=NOW - timedelta(days=9), described=True))
    choice = choose(spec, "a", offered, NOW)
    assert isinstance(choice, Choice)
    assert [ruling.detail for ruling in choice.rulings()[1:]] == [
        "was created when the current a was",
        "was created before the current a",
    ]
    unknown = choose(spec, "x", [Candidate("x", described=True), *offered], NOW)
    assert isinstance(unknown, Choice)
    assert unknown.detail == "no tag may be taken: when x was created is not known"

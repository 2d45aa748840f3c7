"""What is right and hardly meant is warned of; what is near to it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tagwright import footguns
from tagwright.image import Image
from tagwright.model import (
    Access,
    Delivery,
    Filter,
    Mode,
    PolicyKind,
    PolicySpec,
    Reference,
    Rule,
    Secret,
    Service,
    Target,
)


def spec(kind: str, argument: str, **gates: Any) -> PolicySpec:
    """A policy that stands on line 7."""
    return PolicySpec(PolicyKind(kind), argument, **gates, source="tagwright.yaml:7")


def codes(policy: PolicySpec) -> list[str]:
    """What is said of it, at its line and with a hint."""
    found = list(footguns.of_policy(policy))
    assert all((one.path, one.line, bool(one.hint)) == ("tagwright.yaml", 7, True) for one in found)
    return [one.code for one in found]


def filtered(pattern: str, extract: str = "") -> Filter:
    return Filter(pattern, extract)


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (spec("semver", ">2 <1"), "range-empty"),
        (spec("semver", ">=1 <2 || >3 <3"), "range-empty"),
        (spec("semver", "*", prereleases=True), "prereleases-unbounded"),
        (spec("semver", ">=0", prereleases=True), "prereleases-unbounded"),
        (spec("newest", "created"), "newest-unbounded"),
        (spec("newest", "pushed", ignore=("*-debug",)), "newest-unbounded"),
        (spec("semver", "^1", filter=filtered("v[0-9.]+")), "filter-unanchored"),
        (spec("semver", "^1", filter=filtered("^v(.*)$", "v1")), "extract-constant"),
        (spec("newest", "created", filter=filtered("^main-(.*)$", "$1")), "extract-unused"),
        (spec("digest", "latest", filter=filtered("^(.*)$", "$1"), pin_digest=True), "extract-unused"),
        (spec("numerical", "ascending", filter=filtered("^main-[a-f0-9]+-(?P<ts>[0-9]+)$")), "extract-missing"),
        (spec("digest", "latest", minimum_age=timedelta(days=3), pin_digest=True), "age-of-moving-tag"),
        (spec("newest", "pushed", allow=("^main-",), allow_downgrade=True), "newest-downgrade"),
        (spec("semver", "^1", ignore=("*",)), "rule-without-effect"),
        (spec("semver", "^1", ignore=("re:.*",)), "rule-without-effect"),
        (spec("semver", "^1", allow=("^v1",), ignore=("re:^v1",)), "rule-without-effect"),
        (spec("semver", "^1", allow=(r"^1\.2-debug$",), ignore=("*-debug",)), "rule-without-effect"),
    ],
)
def test_a_foot_gun_is_warned_of(policy: PolicySpec, code: str) -> None:
    """One word, at the policy's own line, with what to write instead."""
    assert codes(policy) == [code]


@pytest.mark.parametrize(
    "policy",
    [
        spec("semver", ">1 <2"),
        spec("semver", ">=1.2.3-rc.1 <1.2.3"),
        spec("semver", "^1 || ^3"),
        spec("semver", "*"),
        spec("semver", "^1", prereleases=True),
        spec("semver", "<2", prereleases=True),
        spec("newest", "created", filter=filtered("^main-")),
        spec("newest", "pushed", allow=("^main-",)),
        spec("semver", "^1", filter=filtered("^v[0-9.]+")),
        spec("semver", "^1", filter=filtered("(?i)^v")),
        spec("semver", "^1", filter=filtered("-alpine$")),
        spec("semver", "^1", filter=filtered(".*-alpine.*")),
        spec("semver", "^1", filter=filtered(r"\..*\.")),
        spec("semver", "^1", filter=filtered("^(.*)-alpine$", "$1")),
        spec("numerical", "ascending", filter=filtered("^[0-9]+$")),
        spec("numerical", "ascending", filter=filtered("^(?:[0-9]{8})$")),
        spec("numerical", "ascending", filter=filtered("^main-([0-9]+)$", "$1")),
        spec("digest", "latest", pin_digest=True),
        spec("semver", "^1", minimum_age=timedelta(days=3)),
        spec("semver", "^1", allow_downgrade=True),
        spec("semver", "^1", ignore=("*-debug", "re:^sha-")),
        spec("semver", "^1", allow=(r"^1\.2$",), ignore=("*-debug",)),
        spec("semver", "^1", allow=("^v1", "^v2"), ignore=("re:^v1",)),
        spec("semver", "not a range"),
    ],
)
def test_what_is_near_to_it_is_not(policy: PolicySpec) -> None:
    """Bounded, anchored, ordered, or somebody's plain intention."""
    assert codes(policy) == []


def rules(*images: str | tuple[str, str]) -> list[Rule]:
    """Rules on lines 1, 2, …: an image glob, or that and a glob of files."""
    pairs = [(one, "") if isinstance(one, str) else one for one in images]
    return [
        Rule((image,), spec("semver", "^1"), (files,) if files else (), path="t.yaml", line=line)
        for line, (image, files) in enumerate(pairs, 1)
    ]


@pytest.mark.parametrize(
    ("first", "second", "shadows"),
    [
        ("**", "ghcr.io/acme/api", True),
        ("ghcr.io/acme/*", "ghcr.io/acme/api", True),
        ("ghcr.io/acme/*", "ghcr.io/acme/api-*", True),
        ("ghcr.io/**", "ghcr.io/acme/*", True),
        ("ghcr.io/acme/*", ("ghcr.io/acme/api", "apps/**"), True),
        (("**", "apps/**"), ("ghcr.io/acme/api", "apps/prod/**"), True),
        ("ghcr.io/acme/api", "ghcr.io/acme/*", False),
        ("ghcr.io/acme/*", "ghcr.io/acme/**", False),
        ("ghcr.io/acme/api-*", "ghcr.io/acme/*", False),
        (("**", "apps/**"), "ghcr.io/acme/api", False),
        (("**", "apps/*"), ("**", "apps/**"), False),
        ("ghcr.io/acme/a*", "ghcr.io/acme/[ab]", False),
        ("ghcr.io/acme/x*", "ghcr.io/acme/*x", False),
        ("ghcr.io/*x/*y*", "ghcr.io/**", False),
    ],
)
def test_a_rule_that_can_never_match_is_told(first: Any, second: Any, shadows: bool) -> None:
    """The one before it takes all; the other way round both have their use."""
    found = list(footguns.shadowed(rules(first, second)))
    assert [(one.code, one.line) for one in found] == [("rule-shadowed", 2)] * shadows


@pytest.mark.parametrize(
    ("mode", "level", "warned"),
    [
        (Mode.COMMIT, "major", True),
        (Mode.COMMIT, "any", True),
        (Mode.COMMIT, "minor", False),
        (Mode.PULL_REQUEST, "any", False),
    ],
)
def test_a_leap_nobody_reviews_is_told(mode: Mode, level: str, warned: bool) -> None:
    """A new major version committed without a pull request."""
    target = Target("deploy", defaults=spec("compatible", level), delivery=Delivery(mode=mode))
    assert [one.code for one in footguns.of_target(target)] == ["unreviewed-major"] * warned


@pytest.mark.parametrize(
    ("written", "policy", "warned"),
    [
        (Image("x", "latest"), spec("compatible", "minor"), True),
        (Image("x", "main"), None, True),
        (Image("x"), None, True),
        (Image("x", "latest"), spec("digest", "latest", pin_digest=True), False),
        (Image("x", "latest", "sha256:" + "0" * 64), spec("digest", "latest"), False),
        (Image("x", "main-1234"), None, False),
        (Image("x", "1.2"), None, False),
        (Image("", "latest"), None, False),
    ],
)
def test_a_tag_that_moves_is_told_unless_it_is_pinned(written: Image, policy: PolicySpec | None, warned: bool) -> None:
    """`latest`, `main` and their like, and no tag at all, which is latest."""
    reference = Reference("k8s.yaml", 3, 1, (0, 1), "kubernetes", "image", written, str(written), ())
    found = list(footguns.of_reference(reference, policy))
    assert [(one.code, one.path, one.line) for one in found] == [("mutable-tag", "k8s.yaml", 3)] * warned


@pytest.mark.parametrize(
    ("argument", "tags", "code", "said"),
    [
        ("^3", "1.0.0 2.1.0 latest", "range-unsatisfied", "the highest is 2.1.0"),
        ("^3", "latest main", "range-unsatisfied", "none of them is a version"),
        (">=1.2", "1.2.3 20240815 1.3.0", "numeric-tags", "outranks 1.3.0"),
        ("*", "20240815 20240816", "numeric-tags", "bare number"),
        (">=1", "v1.2.0 v20240815", "numeric-tags", "outranks v1.2.0"),
        (">=1.2", "1.2.3 1.3.0 latest", "", ""),
        (">=1.2 <2", "1.2.3 20240815", "", ""),
        (">=16", "16 16.1 17 17.2", "", ""),
        (">=16", "16 16.1 17 17.0.1 18", "", ""),
        ("^3", "", "range-unsatisfied", "has no tag"),
    ],
)
def test_what_tags_say_of_a_range(argument: str, tags: str, code: str, said: str) -> None:
    """None of them is in it; or a date or a build's number is above every version."""
    found = list(footguns.of_tags(spec("semver", argument), "ghcr.io/acme/api", tags.split()))
    assert [one.code for one in found] == [code] * bool(code)
    assert all(said in f"{one.message} {one.hint}" for one in found)
    assert list(footguns.of_tags(spec("numerical", "ascending"), "ghcr.io/acme/api", tags.split())) == []


def test_a_filter_that_lets_no_tag_through_is_named_as_that() -> None:
    """It is not the range that is wrong."""
    spec = PolicySpec(PolicyKind.SEMVER, "^1", source="t.yaml:1", filter=Filter("^api-", ""))
    (found,) = footguns.of_tags(spec, "ghcr.io/acme/api", ["1.0.0", "1.1.0"])
    assert (found.code, found.hint) == ("range-unsatisfied", "filter, allow and ignore leave none of its 2 tags")


@pytest.mark.parametrize(
    ("service", "warned"),
    [
        (Service(), False),
        (Service("localhost:80"), False),
        (Service("[::1]:8080"), False),
        (Service("0.0.0.0:8080"), True),
        (Service("[::]:8080"), True),
        (Service("tagwright.example.com:80"), True),
        (Service("0.0.0.0:8080", access=Access(Secret(env="T"))), False),
    ],
)
def test_a_page_that_a_network_may_read_is_told(service: Service, warned: bool) -> None:
    """It names targets and images."""
    assert [one.code for one in footguns.of_service(service)] == ["open-page"] * warned

"""`choose` agrees with the answers of others on their own tables, save where differences.yaml says why not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tagwright import policies, version
from tagwright.decide import choose, order
from tagwright.errors import PolicyError
from tagwright.model import Candidate, Choice, Filter, PolicyKind, PolicySpec, Reason
from tests.vectors.reading import NOW
from tests.vectors.test_differences import vectors

ORDERS = {"": "ascending", "asc": "ascending", "desc": "descending"}
Case = tuple[str, Callable[[], None]]


def chosen(spec: PolicySpec, current: str | None, tags: list[Any]) -> str | None:
    """The tag that stands after a pass: the chosen one, None when there is none or the policy cannot be."""
    offered = [tag if isinstance(tag, Candidate) else Candidate(tag) for tag in tags]
    try:
        choice = choose(spec, current, offered, NOW, offline=True)
    except PolicyError:
        return None
    assert isinstance(choice, Choice)
    return choice.chosen.tag if choice.chosen else None


def agree(cases: list[Case], differences: dict[str, str]) -> None:
    """Every case passes but the listed differences, and those all still differ."""
    failed = {}
    for name, run in cases:
        try:
            run()
        except AssertionError as error:
            failed[name] = str(error)
    assert set(differences) == set(failed), {name: failed.get(name) for name in set(failed) ^ set(differences)}


def expect(name: str, want: Any, spec: PolicySpec, current: str | None, tags: list[Any]) -> Case:
    """One entry as a case."""

    def run() -> None:
        assert want == chosen(spec, current, tags), f"{name}: {spec.kind} {spec.argument!r} of {tags}"

    return name, run


# ── Flux ─────────────────────────────────────────────────────────────────────


def flux_spec(policy: dict[str, str], wanted: dict[str, str] | None) -> PolicySpec:
    """Flux orders, ranges and filters are ours; its semver sees only tags with two dots, which `allow` says."""
    filtered = Filter(wanted["pattern"], wanted["extract"]) if wanted else None
    if policy["kind"] == "semver":
        return PolicySpec(PolicyKind.SEMVER, policy["range"], filter=filtered, allow=(r"\..*\.",))
    order = ORDERS.get(policy["order"], policy["order"])
    return PolicySpec(PolicyKind(policy["kind"]), order, filter=filtered)


def test_flux_policies(shared: Path) -> None:
    """Every choice in Flux's policy tests."""
    entries = json.loads((shared / "vectors/flux-policy.json").read_text())
    cases = [expect(e["name"], e["expect"], flux_spec(e["policy"], e["filter"]), None, e["tags"]) for e in entries]
    agree(cases, vectors("flux-policy"))


def test_flux_filters(shared: Path) -> None:
    """What a policy sees behind a filter is what it sees in Flux."""
    for entry in json.loads((shared / "vectors/flux-filter.json").read_text()):
        spec = PolicySpec(PolicyKind.ALPHABETICAL, "ascending", filter=Filter(**entry["filter"]))
        _, gates = policies.build(spec)
        assert gates.extract is not None
        seen = [gates.extract(tag) for tag in entry["tags"]]
        assert entry["expect_items"] == sorted(text for text in seen if text is not None), entry["name"]
        choice = choose(spec, None, [Candidate(tag) for tag in entry["tags"]], NOW)
        assert isinstance(choice, Choice)
        out = [ruling.tag for ruling in choice.rulings() if ruling.reason is Reason.FILTERED]
        assert [tag for tag, text in zip(entry["tags"], seen, strict=True) if text is None] == out


def test_flux_exclusions(shared: Path) -> None:
    """Exclusion lists work as `ignore` does; signatures stay out also where a list of one's own replaced Flux's."""
    for entry in json.loads((shared / "vectors/flux-misc.json").read_text())["exclusion"]:
        spec = PolicySpec(
            PolicyKind.ALPHABETICAL, "ascending", ignore=tuple(f"re:{pattern}" for pattern in entry["exclude"] or ())
        )
        if entry["error"]:
            with pytest.raises(PolicyError):
                policies.check(spec)
            continue
        _, gates = policies.build(spec)
        left = [tag for tag in entry["tags"] if not gates.refuse(tag)]
        assert [tag for tag in entry["expect"] if not tag.endswith(".sig")] == left, entry["name"]


# ── Masterminds ──────────────────────────────────────────────────────────────


def masterminds_case(number: int, entry: dict[str, Any]) -> Case:
    """A check is a choice among one tag; parsing and comparing are asked of the version module."""
    name = f"{number} {entry}"
    if entry["kind"] == "check":
        spec = PolicySpec(PolicyKind.SEMVER, entry["constraint"])
        return expect(name, entry["version"] if entry["expect"] else None, spec, None, [entry["version"]])

    def run() -> None:
        if entry["kind"] == "parse-constraint":
            assert entry["valid"] == is_range(entry["constraint"]), name
        elif entry["kind"] == "parse-version":
            assert entry["valid"] == (version.parse(entry["version"]) is not None), name
        else:
            assert -entry["expect"] == order(None, entry["a"], entry["b"]), name

    return name, run


def is_range(text: str) -> bool:
    """Whether a semver policy takes the text."""
    try:
        policies.check(PolicySpec(PolicyKind.SEMVER, text))
    except PolicyError:
        return False
    return True


def test_masterminds(shared: Path) -> None:
    """Versions and ranges mean what they mean to users of Masterminds."""
    entries = json.loads((shared / "vectors/masterminds-semver.json").read_text())
    agree([masterminds_case(number, entry) for number, entry in enumerate(entries)], vectors("masterminds-semver"))


# ── Argo CD Image Updater ────────────────────────────────────────────────────


def argo_spec(entry: dict[str, Any]) -> PolicySpec:
    """Strategies are kinds; an allow that is no `regexp:` allows nothing there, and is no policy here."""
    kinds = {"semver": "semver", "alphabetical": "alphabetical", "latest": "newest", "digest": "digest"}
    kind = PolicyKind(kinds[entry["strategy"].lower()])
    argument = {"semver": entry["constraint"] or "*", "newest": "created", "digest": entry["constraint"]}
    function, _, pattern = (entry["allow"] or "any").partition(":")
    allow = {"any": (), "regexp": (pattern,)}.get(function.lower(), ("[",))
    return PolicySpec(kind, argument.get(kind, "ascending"), allow=allow, ignore=tuple(entry["ignore"]))


def argo_tag(tag: dict[str, Any]) -> Candidate:
    """Dates there are seconds."""
    created = datetime.fromtimestamp(tag["created"], UTC) if "created" in tag else None
    return Candidate(tag["name"], digest=tag.get("digest"), created=created, described=True)


def test_argo(shared: Path) -> None:
    """Every choice of the image updater's strategies."""
    cases = []
    for entry in json.loads((shared / "vectors/argo-version-constraints.json").read_text()):
        currents = entry["current"] if isinstance(entry["current"], list) else [entry["current"]]
        for current in currents:
            tag = (current or "").partition("@")[0] or None
            tags = [argo_tag(tag) for tag in entry["tags"]]
            cases.append(expect(entry["name"], entry["expect"], argo_spec(entry), tag, tags))
    agree(cases, vectors("argo-version-constraints"))


def test_argo_allow(shared: Path) -> None:
    """What `allow-tags` lets through, `allow` does."""
    entries = json.loads((shared / "vectors/argo-misc.json").read_text())
    allowing = [entry for entry in entries if entry["kind"] == "allow-tags"]
    assert len(allowing) > 3
    for entry in allowing:
        spec = argo_spec({"strategy": "alphabetical", "constraint": "", "allow": entry["allow"], "ignore": []})
        assert (entry["tag"] if entry["expect"] else None) == chosen(spec, None, [entry["tag"]]), entry


# ── Renovate ─────────────────────────────────────────────────────────────────


def renovate_spec(entry: dict[str, Any], level: str) -> PolicySpec:
    """`docker` is `compatible`, `semver` and `loose` are ranges, a `regex:` is a filter that spells a version."""
    scheme, _, pattern = entry["versioning"].partition(":")
    if scheme == "regex":
        return regex_spec(pattern, entry["current"])
    if scheme != "docker":
        return PolicySpec(PolicyKind.SEMVER, {"semver": "*", "loose": "*-0"}[scheme])
    allowed = entry.get("allowedVersions", "")
    if allowed.startswith("!/"):
        return PolicySpec(PolicyKind.COMPATIBLE, level, ignore=(f"re:{allowed[2:-1]}",))
    return PolicySpec(PolicyKind.SEMVER, allowed) if allowed else PolicySpec(PolicyKind.COMPATIBLE, level)


def regex_spec(pattern: str, current: str) -> PolicySpec:
    """The compatibility of the current tag becomes literal; the numbers become a version with the build behind it."""
    pattern = pattern.replace("(?<", "(?P<")
    match = re.search(pattern, current)
    assert match
    same = re.escape(match["compatibility"])
    literal = re.sub(r"\(\?P<compatibility>[^()]*\)", lambda _: f"(?P<compatibility>{same})", pattern)
    names = [name for name in ("major", "minor", "patch", "build") if name in match.groupdict()]
    extract = ".".join(f"${{{name}}}" for name in names if name != "build") + ("-${build}" if "build" in names else "")
    return PolicySpec(PolicyKind.SEMVER, "*-0", filter=Filter(literal, extract))


def stays(found: str | None, current: str) -> str | None:
    """Renovate says None where there is no update."""
    return None if found == current else found


def renovate_case(entry: dict[str, Any]) -> Case:
    """Its two default buckets are the levels minor and any."""

    def run() -> None:
        for level, want in (("any", "expect"), ("minor", "expect_non_major")):
            if want not in entry or (
                level == "minor" and renovate_spec(entry, level).kind is not PolicyKind.COMPATIBLE
            ):
                continue
            found = chosen(renovate_spec(entry, level), entry["current"], entry["candidates"])
            assert entry[want] == stays(found, entry["current"]), f"{entry['note']}: {level}"

    return entry["note"], run


def test_renovate_newest(shared: Path) -> None:
    """Every choice of its docker versioning that is no fault named by its note."""
    entries = json.loads((shared / "vectors/renovate-docker-versioning.json").read_text())["newest"]
    agree([renovate_case(entry) for entry in entries], vectors("renovate-docker-versioning"))


def test_renovate_order(shared: Path) -> None:
    """Where two tags are of one make, the greater is the one that replaces the other; else neither does."""
    for entry in json.loads((shared / "vectors/renovate-docker-versioning.json").read_text())["compare"]:
        spec = PolicySpec(PolicyKind.COMPATIBLE, "any")
        a, b = entry["a"], entry["b"]
        ways = chosen(spec, a, [a, b]) == b and a != b, chosen(spec, b, [a, b]) == a and a != b
        assert ways in ((entry["cmp"] < 0, entry["cmp"] > 0), (False, False)), entry


def test_renovate_validity(shared: Path) -> None:
    """What is a version there has a place in the order of `compatible`, and nothing else has."""
    for entry in json.loads((shared / "vectors/renovate-docker-versioning.json").read_text())["validity"]:
        place = policies.build(PolicySpec(PolicyKind.COMPATIBLE, "any"))[0]
        assert entry["valid"] == (place.position(entry["version"]) is not None), entry


def test_renovate_compatibility(shared: Path) -> None:
    """A compatible tag is taken from the current one, but for a changed `v` and an unasked prerelease."""
    for entry in json.loads((shared / "vectors/renovate-docker-versioning.json").read_text())["compatibility"]:
        spec = PolicySpec(PolicyKind.COMPATIBLE, "any", prereleases=True)
        taken = chosen(spec, entry["current"], [entry["version"]]) is not None
        flips = entry["version"].startswith("v") != entry["current"].startswith("v")
        assert (entry["compatible"] and not flips) == taken, entry

"""What is wanted of tags: policies and their gates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class PolicyKind(StrEnum):
    """How tags are ordered and which are allowed; each is a file in `policies/`."""

    SEMVER = "semver"
    COMPATIBLE = "compatible"
    CALVER = "calver"
    NUMERICAL = "numerical"
    ALPHABETICAL = "alphabetical"
    NEWEST = "newest"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Filter:
    """Tags must match `pattern` (RE2); the policy sees `extract` ("$ts", "$1"), or the whole tag."""

    pattern: str
    extract: str = ""


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """One policy as configured: exactly one kind and its argument, and the gates around it.

    `argument` is the range, level, format, direction, date or tag that the kind takes,
    as written. Built by `config.policy_spec`, never by hand outside tests. `source` is where it stands
    ("tagwright.yaml:12"), and no part of what it asks for.
    """

    kind: PolicyKind
    argument: str
    filter: Filter | None = None
    allow: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    prereleases: bool = False
    minimum_age: timedelta | None = None
    wait: timedelta | None = None
    trust_created: bool = False
    platforms: tuple[str, ...] = ()
    pin_digest: bool = False
    allow_downgrade: bool = False
    source: str = field(default="", compare=False, repr=False)

"""What a policy can say: its kinds, and the gates around it. A part of `options`, and all that `choose` needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tagwright import policies
from tagwright.config import checks
from tagwright.config.nodes import Place, node_of
from tagwright.config.shapes import Choice, Duration, Flag, Keys, Many, Option, Text
from tagwright.errors import ConfigError, PolicyError
from tagwright.model import Filter, PolicyKind, PolicySpec

_ORDER = Choice(("ascending", "descending"))

KINDS: dict[str, Option] = {
    "semver": Option(Text("a range such as '>=1.2 <2' or '^1.2'"), "versions in a range: ^ ~ x - || , and space"),
    "compatible": Option(
        Choice(("patch", "minor", "major", "any")), "same prefix, suffix and number of parts; at most this big a step"
    ),
    "calver": Option(Text("a format such as YYYY.MM.DD"), "dates as versions, in the tokens of calver.org"),
    "numerical": Option(_ORDER, "numbers of any length; ascending = the largest wins"),
    "alphabetical": Option(_ORDER, "text order; ascending = the last wins"),
    "newest": Option(Choice(("created", "pushed")), "by date: when the image was built, or pushed"),
    "digest": Option(Text("a tag such as latest", checks.tag), "follow one tag that moves"),
}

_FILTER = Keys(
    {
        "pattern": Option(Text("a regular expression (RE2)"), "a tag must match it (RE2)"),
        "extract": Option(Text("such as $1 or $name"), "what of the match the policy sees; absent = all of the tag"),
    },
    build=lambda values, _at: Filter(values["pattern"], values.get("extract", "")),
    required=("pattern",),
)

_GATES: dict[str, Option] = {
    "filter": Option(_FILTER, "judge only tags that match a pattern, by a part of them"),
    "allow": Option(Many(Text("a regular expression (RE2)")), "a tag must match one of these regular expressions"),
    "ignore": Option(Many(Text("a glob, or re: and a regex")), "tags never taken"),
    "prereleases": Option(Flag(), "true admits all pre-releases; false leaves it to the range"),
    "minimum_age": Option(Duration(), "a tag must be known for this long"),
    "wait": Option(Duration(), "the best tag must be known for this long before anything moves: a burst is one update"),
    "trust_created": Option(Flag(), "let the publisher's own date count for minimum_age", operator=True),
    "platforms": Option(Many(Text("such as linux/amd64", checks.platform)), "a tag must have all of these"),
    "pin_digest": Option(Flag(), "write tag@digest"),
    "allow_downgrade": Option(Flag(), "a lower version than the current one may be chosen", operator=True),
}


def _build_policy(values: dict[str, Any], at: Place) -> PolicySpec:
    kind = next(kind for kind in KINDS if kind in values)
    gates = {key: value for key, value in values.items() if key in _GATES}
    _check(PolicySpec(PolicyKind(kind), values[kind]), at.key(kind))
    for key in ("filter", "allow", "ignore"):
        if key in gates:
            _check(PolicySpec(PolicyKind.ALPHABETICAL, "ascending", **{key: gates[key]}), at.key(key))
    return PolicySpec(PolicyKind(kind), values[kind], **gates, source=f"{at.file}:{at.line}")


def _check(spec: PolicySpec, at: Place) -> None:
    """Note what the policies themselves find wrong with one key's value: a range, a format, an expression."""
    try:
        policies.check(spec)
    except PolicyError as error:
        at.mistake(error.message, error.hint)


POLICY = Keys({**KINDS, **_GATES}, build=_build_policy, one_of=tuple(KINDS))


def policy_spec(mapping: Mapping[str, Any], where: str) -> PolicySpec:
    """One policy from plain data; `where` names its origin in messages. Raises ConfigError."""
    at = Place(where)
    spec = POLICY.read(node_of(mapping), at)
    if at.mistakes or not isinstance(spec, PolicySpec):
        raise ConfigError(at.sorted())
    return spec

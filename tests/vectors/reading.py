"""Policies as a configuration writes them -> PolicySpec, for tables of vectors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tagwright.model import Candidate, Filter, PolicyKind, PolicySpec

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def spec(policy: dict[str, Any]) -> PolicySpec:
    """One kind and the keys around it. Asserts that nothing is left over."""
    keys = dict(policy)
    (kind,) = [kind for kind in PolicyKind if kind.value in keys]
    argument = str(keys.pop(kind.value))
    age = str(keys.pop("minimum_age", ""))
    filtered = keys.pop("filter", None)
    return PolicySpec(
        kind,
        argument,
        filter=Filter(**filtered) if filtered else None,
        allow=tuple(keys.pop("allow", ())),
        ignore=tuple(keys.pop("ignore", ())),
        platforms=tuple(keys.pop("platforms", ())),
        minimum_age=timedelta(seconds=int(age[:-1]) * _UNITS[age[-1]]) if age else None,
        **keys,
    )


def candidate(tag: Any) -> Candidate:
    """A tag alone is not described; an object is: what it does not say could not be had."""
    if not isinstance(tag, dict):
        return Candidate(str(tag))
    facts = dict(tag)
    for date in ("created", "pushed"):
        if facts.get(date):
            facts[date] = datetime.fromisoformat(facts[date])
    if "platforms" in facts:
        facts["platforms"] = tuple(facts["platforms"])
    return Candidate(described=True, **facts)

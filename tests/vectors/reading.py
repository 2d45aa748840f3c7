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
    age, wait = str(keys.pop("minimum_age", "")), str(keys.pop("wait", ""))
    filtered = keys.pop("filter", None)
    return PolicySpec(
        kind,
        argument,
        filter=Filter(**filtered) if filtered else None,
        allow=tuple(keys.pop("allow", ())),
        ignore=tuple(keys.pop("ignore", ())),
        platforms=tuple(keys.pop("platforms", ())),
        minimum_age=_duration(age),
        wait=_duration(wait),
        **keys,
    )


def _duration(text: str) -> timedelta | None:
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]]) if text else None


def candidate(tag: Any) -> Candidate:
    """A tag alone is not described; an object is: what it does not say could not be had."""
    if not isinstance(tag, dict):
        return Candidate(str(tag))
    facts = dict(tag)
    for date in ("created", "pushed", "first_seen"):
        if facts.get(date):
            facts[date] = datetime.fromisoformat(facts[date])
    if "platforms" in facts:
        facts["platforms"] = tuple(facts["platforms"])
    return Candidate(described=True, **facts)

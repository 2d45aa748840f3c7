"""What a host still allows, as its answers say.

Sources: draft-ietf-httpapi-ratelimit-headers, which said `RateLimit-Remaining: 50` and `RateLimit-Reset: 30` up to its
sixth version, `RateLimit: limit=100, remaining=50, reset=30` in its seventh, `RateLimit: "default";r=50;t=30` since;
the X- forms before it, whose reset is a moment (seconds since 1970); and docs.docker.com/docker-hub/usage/pulls:
Docker Hub's `ratelimit-remaining: 76;w=21600` counts what gets a manifest, a HEAD costs nothing, and no reset is said.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPMessage

_ITEM = re.compile(r'(?:^|,)\s*(?:"[^"]*"|[\w*.-]+)\s*;([^,]*)')
_NUMBER = re.compile(r"(?:^|[;,\s])(\w+)\s*=\s*([0-9]{1,12})(?![\w.])")
_LEADING = re.compile(r"\s*([0-9]{1,12})\s*(?:[;,].*)?", re.DOTALL)
_MOMENT = 1_000_000_000  # a reset above is no length of time


@dataclass(frozen=True, slots=True)
class Allowance:
    """`remaining` requests are left until `reset` seconds from now (for `pulls`, the longest that it can take).

    With `pulls` only requests for manifests count, and of them no HEAD.
    """

    remaining: int
    reset: float
    pulls: bool = False

    def counts(self, method: str, target: str) -> bool:
        """Does such a request take of it?"""
        return not self.pulls or (method != "HEAD" and "/manifests/" in target)


def allowance(headers: HTTPMessage, now: float | None = None) -> Allowance | None:
    """What an answer says of it; the scarcest where it says several; None where it says nothing that can be read."""
    names = [name for name in headers.keys() if "ratelimit" in name.lower()]  # noqa: SIM118 (a message, no mapping)
    if not names:
        return None
    said = {name.lower(): headers[name] for name in names}
    found = [*_items(said.get("ratelimit", "")), *_fields(said, "", now), *_fields(said, "x-", now)]
    return min(found, key=lambda one: one.remaining, default=None)


def _items(value: str) -> list[Allowance]:
    """The one header of the later drafts."""
    parts = [item[1] for item in _ITEM.finditer(value)] or [value]
    named = [{name: int(number) for name, number in _NUMBER.findall(part)} for part in parts]
    return [
        Allowance(one.get("r", one.get("remaining", 0)), float(one.get("t", one.get("reset", 0))))
        for one in named
        if {"r", "t"} <= one.keys() or {"remaining", "reset"} <= one.keys()
    ]


def _fields(said: Mapping[str, str], prefix: str, now: float | None) -> list[Allowance]:
    """A header for each number."""
    remaining = _LEADING.fullmatch(said.get(f"{prefix}ratelimit-remaining", ""))
    reset = _LEADING.fullmatch(said.get(f"{prefix}ratelimit-reset", ""))
    if not remaining:
        return []
    if reset:
        moment = int(reset[1])
        seconds = moment - (time.time() if now is None else now) if moment > _MOMENT else moment
        return [Allowance(int(remaining[1]), max(0.0, seconds))]
    window = dict(_NUMBER.findall(said[f"{prefix}ratelimit-remaining"])).get("w")
    return [Allowance(int(remaining[1]), float(window), pulls=True)] if window else []

"""`minimum_age`, `platforms` and digests: gates that need more of a tag than its name.

`minimum_age: 3d` takes a tag only so long after it was pushed (`too-young` before, with the time it becomes
eligible). The time is the registry's; the publisher's own date counts only with `trust_created: true`, for
it can be set to anything. `platforms: [linux/amd64, linux/arm64]` takes a tag only if it has all of them
(`platform-missing`); `linux/arm` is met by every variant. What could not be had is `metadata-unavailable`.

The gates are asked lazily, of tags that would win, and never of the tag that stands in Git already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tagwright.model import Candidate, PolicySpec, Reason
from tagwright.policies.base import Refusal

_DEFAULT_VARIANTS = {"linux/arm64/v8": "linux/arm64", "linux/amd64/v1": "linux/amd64"}  # as containerd has it


@dataclass(frozen=True, slots=True)
class TooYoung(Refusal):
    """Refused until `eligible`."""

    eligible: datetime | None = None


def missing(spec: PolicySpec, candidate: Candidate, *, digest: bool) -> bool:
    """Whether a fact that the gates (or, with `digest`, the edit) need is not known of the tag."""
    return (
        (spec.minimum_age is not None and _time(spec, candidate) is None)
        or (bool(spec.platforms) and candidate.platforms is None)
        or (digest and candidate.digest is None)
    )


def refuse(spec: PolicySpec, candidate: Candidate, now: datetime, *, digest: bool) -> Refusal | None:
    """Why the gates keep a described tag out; None when they let it through."""
    return next(_refusals(spec, candidate, now, digest), None)


def _refusals(spec: PolicySpec, candidate: Candidate, now: datetime, digest: bool) -> Iterator[Refusal]:
    if spec.platforms:
        yield from _platforms(spec.platforms, candidate)
    if spec.minimum_age is not None:
        yield from _age(spec.minimum_age, _time(spec, candidate), now)
    if digest and candidate.digest is None:
        yield Refusal(Reason.METADATA_UNAVAILABLE, "its digest could not be had")


def _platforms(wanted: tuple[str, ...], candidate: Candidate) -> Iterator[Refusal]:
    if candidate.platforms is None:
        yield Refusal(Reason.METADATA_UNAVAILABLE, "its platforms could not be had")
        return
    have = {_plain(platform) for platform in candidate.platforms}
    absent = [name for name in wanted if not any(f"{one}/".startswith(f"{_plain(name)}/") for one in have)]
    if absent:
        yield Refusal(Reason.PLATFORM_MISSING, f"has not {', '.join(absent)}")


def _plain(platform: str) -> str:
    return _DEFAULT_VARIANTS.get(platform.lower(), platform.lower())


def _time(spec: PolicySpec, candidate: Candidate) -> datetime | None:
    return candidate.pushed or (candidate.created if spec.trust_created else None)


def _age(wanted: timedelta, since: datetime | None, now: datetime) -> Iterator[Refusal]:
    if since is None:
        yield Refusal(Reason.METADATA_UNAVAILABLE, "when it was pushed is not known, so its age is not")
    elif since + wanted > now:
        eligible = since + wanted
        when = eligible.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        yield TooYoung(Reason.TOO_YOUNG, f"is younger than the minimum age; eligible from {when}", eligible)

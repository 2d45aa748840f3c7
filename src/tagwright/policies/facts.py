"""`minimum_age`, `wait`, `platforms` and digests: gates that need more of a tag than its name.

`minimum_age: 3d` takes a tag only so long after it was pushed (`too-young` before, with the time it becomes
eligible). The clock is the registry's time of the push, else the time when the ledger in Git first saw the tag
under its digest. The publisher's own date counts only with `trust_created: true`, for it can be set to anything. A
tag that points elsewhere than before starts its clock anew and is `mutated` until then; under `digest`, which
follows a tag that moves, it is just young.

`wait: 15m` makes one update of a burst of builds. The best tag must have been there for so long, by the same clocks;
until then nothing moves, lower tags are not taken meanwhile, and the verdict is `pending`. Where builds never
pause, the best is taken once one of the tags above the current one has waited four times as long; under `digest`,
once the followed tag has not come to rest for so long since it left the digest that stands in Git.

`platforms: [linux/amd64, linux/arm64]` takes a tag only if it has all of them (`platform-missing`); `linux/arm` is
met by every variant. What could not be had is `metadata-unavailable`; where the tag could not be read, nothing lower is
taken in its stead.

The gates are asked lazily, of tags that would win, and never of the tag that stands in Git already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tagwright.model import Candidate, PolicyKind, PolicySpec, Reason
from tagwright.policies.base import Refusal

STARVED = 4
"""How many times `wait` a tag waits for others, before the best is taken though it came just now."""

_DEFAULT_VARIANTS = {"linux/arm64/v8": "linux/arm64", "linux/amd64/v1": "linux/amd64"}  # as containerd has it


@dataclass(frozen=True, slots=True)
class TooYoung(Refusal):
    """Refused until `eligible`."""

    eligible: datetime | None = None


def missing(spec: PolicySpec, candidate: Candidate, *, digest: bool) -> bool:
    """Whether a fact that the gates (or, with `digest`, the edit) need is not known of the tag."""
    aged = spec.minimum_age is not None or spec.wait is not None
    return (
        (aged and clock(spec, candidate) is None)
        or (bool(spec.platforms) and candidate.platforms is None)
        or (digest and candidate.digest is None)
    )


def refuse(spec: PolicySpec, candidate: Candidate, now: datetime, *, digest: bool) -> Refusal | None:
    """Why the gates keep a described tag out; None when they let it through."""
    return next(_refusals(spec, candidate, now, digest), None)


def _refusals(spec: PolicySpec, candidate: Candidate, now: datetime, digest: bool) -> Iterator[Refusal]:
    if candidate.artifact:
        yield Refusal(Reason.NOT_AN_IMAGE, f"is no image but {candidate.artifact}")
    if spec.platforms:
        yield from _platforms(spec.platforms, candidate)
    if spec.minimum_age is not None or spec.wait is not None:
        yield from _age(spec, candidate, now)
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


def clock(spec: PolicySpec, candidate: Candidate) -> tuple[datetime, str] | None:
    """Since when the tag is known, and who says so; None when nobody does whom the policy believes."""
    if candidate.pushed:
        return candidate.pushed, f"was pushed {_minute(candidate.pushed)}, says the registry"
    if candidate.created and spec.trust_created:
        return candidate.created, f"was created {_minute(candidate.created)}, says its publisher (trust_created)"
    if candidate.first_seen:
        return candidate.first_seen, f"was first seen by us {_minute(candidate.first_seen)}"
    return None


def _age(spec: PolicySpec, candidate: Candidate, now: datetime) -> Iterator[Refusal]:
    told = clock(spec, candidate)
    if told is None:
        yield Refusal(Reason.METADATA_UNAVAILABLE, _NO_CLOCK)
    elif spec.minimum_age is not None and told[0] + spec.minimum_age > now:
        yield _too_young(spec, candidate, told[1], told[0] + spec.minimum_age)


_NO_CLOCK = "its age is not known: the registry does not say when it was pushed, and no ledger when it was first seen"


def _too_young(spec: PolicySpec, candidate: Candidate, said: str, eligible: datetime) -> TooYoung:
    when = f"eligible from {_minute(eligible)}"
    if candidate.before and spec.kind is not PolicyKind.DIGEST:
        moved = f"was {candidate.before} and is {candidate.digest} now"
        return TooYoung(Reason.MUTATED, f"{moved}, which {said}; {when}", eligible)
    return TooYoung(Reason.TOO_YOUNG, f"{said}, and is younger than the minimum age; {when}", eligible)


def waits(spec: PolicySpec, best: Candidate, now: datetime) -> TooYoung | None:
    """Why the best tag is not taken just yet though nothing else stands against it: more builds may follow."""
    told = clock(spec, best)
    if spec.wait is None or told is None or told[0] + spec.wait <= now:
        return None
    eligible = told[0] + spec.wait
    detail = f"{told[1]}, and waits for a burst of builds to end; eligible from {_minute(eligible)}"
    return TooYoung(Reason.TOO_YOUNG, detail, eligible)


def starved(spec: PolicySpec, candidate: Candidate, now: datetime) -> bool:
    """Whether the tag has waited long enough for any burst to end."""
    told = clock(spec, candidate)
    return spec.wait is not None and told is not None and told[0] + STARVED * spec.wait <= now


def _minute(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

"""Why these versions, and why not the ones a person might have expected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC

from tagwright.model import Reason, Ruling
from tagwright.views.escape import code
from tagwright.views.pull_request.parts import Part
from tagwright.views.updates import Update, short_version

SHOWN_PASSED_OVER = 5  # tags named one by one, a line

_TELLING = (
    Reason.OUT_OF_RANGE,
    Reason.LEVEL,
    Reason.PRERELEASE,
    Reason.NOT_ALLOWED,
    Reason.TOO_YOUNG,
    Reason.FROZEN,
    Reason.MUTATED,
    Reason.PLATFORM_MISSING,
    Reason.HELD,
    Reason.REJECTED,
    Reason.UNVERIFIED,
    Reason.METADATA_UNAVAILABLE,
)


def why(changed: tuple[Update, ...]) -> Part:
    """A line for all references that are ruled alike and stood at the same version."""
    alike = {(one.identity, one.old, one.new, one.decision.ruled): one for one in reversed(changed)}
    return Part("**Why**\n\n", tuple(map(_reason, reversed(alike.values()))), "reasons")


def _reason(one: Update) -> str:
    spec = one.decision.ruled.policy
    policy = code(f"{spec.kind.value}: {spec.argument}") if spec else "request"
    source = f", said in {code(one.source)}" if one.source else ""
    passed_over = ", ".join(_passed_over(one.rulings))
    newest = f"; newest not taken: {passed_over}" if passed_over else ""
    return f"- {code(one.name)} {code(short_version(one.old))}: {policy}{source}{newest}"


def _passed_over(rulings: tuple[Ruling, ...]) -> Iterator[str]:
    """The tags a person might have expected, each with its reason.

    No counts, and an order of its own: a body that changed with every tag a registry gains, or with the order it
    lists them in, would be sent again on every run.
    """
    expected = sorted((one for one in rulings if one.reason in _TELLING), key=lambda one: _natural(one.tag))
    for one in expected[: -SHOWN_PASSED_OVER - 1 : -1]:
        until = (
            f" until {one.eligible.astimezone(UTC):%Y-%m-%d}" if one.reason is Reason.TOO_YOUNG and one.eligible else ""
        )
        yield f"{code(one.tag)} ({one.reason}{until})"


def _natural(tag: str) -> tuple[tuple[int, str], ...]:
    """Figures by their value, the rest by its letters: 1.10 after 1.9."""
    return tuple((len(part.lstrip("0")) if part.isdigit() else 0, part.lstrip("0")) for part in re.split(r"(\d+)", tag))

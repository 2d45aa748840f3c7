"""How tags are chosen; one kind a file, and the explicit table of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from tagwright.model import PolicyKind, PolicySpec
from tagwright.policies.alphabetical import Alphabetical
from tagwright.policies.base import Policy, Ranker
from tagwright.policies.calver import Calver
from tagwright.policies.compatible import Compatible
from tagwright.policies.digest import Digest
from tagwright.policies.filters import Gates
from tagwright.policies.newest import Newest
from tagwright.policies.numerical import Numerical
from tagwright.policies.semver import Semver

__all__ = ["POLICIES", "Gates", "Policy", "Ranker", "build", "check"]

POLICIES: dict[PolicyKind, Callable[[str, PolicySpec], Policy]] = {
    PolicyKind.SEMVER: Semver,
    PolicyKind.COMPATIBLE: Compatible,
    PolicyKind.CALVER: Calver,
    PolicyKind.NUMERICAL: Numerical,
    PolicyKind.ALPHABETICAL: Alphabetical,
    PolicyKind.NEWEST: Newest,
    PolicyKind.DIGEST: Digest,
}


@lru_cache(maxsize=4096)
def build(spec: PolicySpec) -> tuple[Policy, Gates]:
    """The policy a specification means and the gates around it, made once. Raises PolicyError for a bad argument."""
    return POLICIES[spec.kind](spec.argument, spec), Gates(spec)


def check(spec: PolicySpec) -> None:
    """Raise PolicyError when the specification cannot be: a bad range, level, format, expression or template."""
    build(spec)

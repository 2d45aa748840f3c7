"""How tags are chosen; one kind a file, and the explicit table of them."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from tagwright.model import PolicyKind, PolicySpec
from tagwright.policies.base import Policy, Ranker
from tagwright.policies.filters import Gates

__all__ = ["POLICIES", "Gates", "Policy", "Ranker", "build", "check"]

POLICIES = {
    PolicyKind.SEMVER: "Semver",
    PolicyKind.COMPATIBLE: "Compatible",
    PolicyKind.CALVER: "Calver",
    PolicyKind.NUMERICAL: "Numerical",
    PolicyKind.ALPHABETICAL: "Alphabetical",
    PolicyKind.NEWEST: "Newest",
    PolicyKind.DIGEST: "Digest",
}


@lru_cache(maxsize=4096)
def build(spec: PolicySpec) -> tuple[Policy, Gates]:
    """The policy a specification means and the gates around it, made once. Raises PolicyError for a bad argument.

    The file of a kind is loaded when a policy of that kind is first built.
    """
    kind = getattr(import_module(f"{__name__}.{spec.kind}"), POLICIES[spec.kind])
    return kind(spec.argument, spec), Gates(spec)


def check(spec: PolicySpec) -> None:
    """Raise PolicyError when the specification cannot be: a bad range, level, format, expression or template."""
    build(spec)

"""Updates and change sets of few words, for tests of what is said about them."""

from __future__ import annotations

from tagwright.image import Image, normalise
from tagwright.model import ChangeSet, Decision, PolicyKind, PolicySpec, Reference, Ruled, Ruling, Verdict

OLD_DIGEST, NEW_DIGEST = "sha256:" + "1" * 64, "sha256:" + "abcdef123456" + "2" * 52
SEMVER = PolicySpec(PolicyKind.SEMVER, ">=1.2 <2")


def decision(
    name: str = "ghcr.io/acme/api",
    old: str | None = "1.2.0",
    new: str | None = "1.2.1",
    *,
    path: str = "apps/api.yaml",
    line: int = 3,
    digests: tuple[str | None, str | None] = (None, None),
    rulings: tuple[Ruling, ...] = (),
) -> Decision:
    """An update of one reference."""
    reference = Reference(path, line, 12, (40, 60), "kubernetes", "", Image(name, old, digests[0]), "", ())
    ruled = Ruled(SEMVER, "tagwright.yaml:12, rule 2", normalise(name))
    return Decision(reference, ruled, Verdict.UPDATE, new, Image(name, new, digests[1]), rulings=lambda: rulings)


def change(*decisions: Decision, beside: tuple[Decision, ...] = (), key: str = "k") -> ChangeSet:
    """A change set of these."""
    return ChangeSet(key, "tagwright/k", "main", decisions, (), "t", "m", beside=beside)

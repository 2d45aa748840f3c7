"""What a choice makes of versions that people took back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tagwright.choose import choose
from tagwright.decide import decide
from tagwright.image import parse
from tagwright.model import (
    Candidate,
    Choice,
    Decision,
    PolicyKind,
    PolicySpec,
    Reason,
    Reference,
    Rejection,
    Ruled,
    Verdict,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")
SEMVER = PolicySpec(PolicyKind.SEMVER, ">=1")
FOLLOW = PolicySpec(PolicyKind.DIGEST, "latest", pin_digest=True)


def taken_back(version: str) -> Rejection:
    return Rejection(version, "0123456789abcdef", "A Person", "2026-11-20")


def chosen(spec: PolicySpec, current: str, tags: list[str], *versions: str) -> Choice:
    found = choose(spec, current, [Candidate(tag) for tag in tags], NOW, rejected=[taken_back(v) for v in versions])
    assert isinstance(found, Choice)
    return found


def test_nothing_at_or_below_what_was_taken_back_is_chosen() -> None:
    """Everything between the present version and the highest one taken back waits, with its reason."""
    choice = chosen(SEMVER, "1.0.0", ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"], "1.3.0", "1.1.0")
    assert choice.chosen == Candidate("1.4.0")
    reasons = {one.tag: one.reason for one in choice.rulings()}
    assert reasons == {
        "1.0.0": Reason.SAME,
        "1.1.0": Reason.REJECTED,
        "1.2.0": Reason.REJECTED,
        "1.3.0": Reason.REJECTED,
        "1.4.0": None,
    }


def test_what_cannot_be_compared_is_not_below() -> None:
    """Who goes from a release back to builds of a branch gets the branch's later builds."""
    any_step = PolicySpec(PolicyKind.COMPATIBLE, "any")
    builds = ["main-abc1234-1712345678", "main-abd1234-1712345688"]
    assert chosen(any_step, builds[0], builds, "9.2.3").chosen == Candidate(builds[1])
    assert chosen(any_step, builds[0], builds, builds[1]).verdict is Verdict.REJECTED


def test_what_was_taken_back_need_not_be_offered_any_more() -> None:
    """A bad image that was deleted from the registry still bars what is below it."""
    choice = chosen(SEMVER, "1.0.0", ["1.0.0", "1.1.0"], "1.3.0")
    assert (choice.verdict, choice.chosen) == (Verdict.REJECTED, None)


def test_a_better_tag_that_is_only_young_is_pending() -> None:
    """Time will clear it, so that is what is said, not the rollback below it."""
    spec = PolicySpec(PolicyKind.SEMVER, ">=1", minimum_age=timedelta(days=3))
    offered = [Candidate("1.0.0"), Candidate("1.1.0"), Candidate("1.2.0", pushed=NOW, described=True)]
    choice = choose(spec, "1.0.0", offered, NOW, rejected=[taken_back("1.1.0")])
    assert isinstance(choice, Choice)
    assert choice.verdict is Verdict.PENDING


def test_what_stands_needs_no_leave() -> None:
    """The present tag is no candidate: a digest that was taken off it says nothing against it."""
    choice = chosen(SEMVER, "1.0.0", ["1.0.0"], f"1.0.0@{ONE}")
    assert (choice.verdict, choice.chosen) == (Verdict.CURRENT, Candidate("1.0.0"))


def decided(written: str, spec: PolicySpec, offered: Candidate, *versions: str) -> Decision:
    image = parse(written)
    reference = Reference("a.yaml", 1, 1, (0, 1), "value", "image", image, written, ())
    rejected = tuple(map(taken_back, versions))
    found = decide(reference, Ruled(spec, "", image.normalised, rejected=rejected), [offered], NOW)
    assert isinstance(found, Decision)
    return found


def test_a_followed_tag_waits_for_another_digest() -> None:
    """What was taken back under a tag that moves is its digest, not the tag."""
    back = f"latest@{TWO}"
    still = decided(f"app:latest@{ONE}", FOLLOW, Candidate("latest", digest=TWO, described=True), back)
    assert (still.verdict, still.new) == (Verdict.REJECTED, None)
    moved = decided(f"app:latest@{ONE}", FOLLOW, Candidate("latest", digest=THREE, described=True), back)
    assert (moved.verdict, moved.new) == (Verdict.UPDATE, parse(f"app:latest@{THREE}"))


def test_a_reference_that_is_a_digest_alone_waits_too() -> None:
    """It follows the tag to any digest but the one taken back."""
    back = decided(f"app@{ONE}", FOLLOW, Candidate("latest", digest=TWO, described=True), TWO)
    assert (back.verdict, back.new) == (Verdict.REJECTED, None)
    moved = decided(f"app@{ONE}", FOLLOW, Candidate("latest", digest=THREE, described=True), TWO)
    assert moved.new == parse(f"app@{THREE}")


def test_a_digest_that_was_taken_off_is_not_pinned_again() -> None:
    """pin_digest does not put back the digest that a person removed from the same tag."""
    pinned = PolicySpec(PolicyKind.SEMVER, ">=1", pin_digest=True)
    offered = Candidate("1.0.0", digest=ONE, described=True)
    assert decided("app:1.0.0", pinned, offered).verdict is Verdict.UPDATE
    assert decided("app:1.0.0", pinned, offered, f"1.0.0@{ONE}").verdict is Verdict.REJECTED

"""What becomes of a reference: holds, digests, failures, and what may be written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tagwright import image
from tagwright.choose import choose
from tagwright.decide import decide, order
from tagwright.errors import Problem
from tagwright.model import (
    Candidate,
    Choice,
    Decision,
    Filter,
    Hold,
    PolicyKind,
    PolicySpec,
    Reason,
    Reference,
    Ruled,
    Verdict,
    Wanted,
)
from tagwright.offer import Offer

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
OLD, NEW = "sha256:" + "0" * 64, "sha256:" + "1" * 64
SEMVER = PolicySpec(PolicyKind.SEMVER, "^1")
PINNED = PolicySpec(PolicyKind.SEMVER, "^1", pin_digest=True)
LATEST = PolicySpec(PolicyKind.DIGEST, "latest")
PINNED_LATEST = PolicySpec(PolicyKind.DIGEST, "latest", pin_digest=True)
PROBLEM = Problem("ghcr.io/acme/api", "registry-denied", "401 from ghcr.io")


def reference(written: str) -> Reference:
    """A mention of an image as a file spells it."""
    return Reference("k8s/api.yaml", 3, 5, (0, 1), "kubernetes", "image", image.parse(written), written, ())


def ruled(policy: PolicySpec | None, hold: Hold | None = None, problem: Problem | None = None) -> Ruled:
    """What rules it."""
    return Ruled(policy, "tagwright.yaml:3", "ghcr.io/acme/api", hold=hold, problem=problem)


def decided(written: str, policy: PolicySpec | None, *offered: str | Candidate) -> Decision:
    """The decision about a reference when these tags are offered and nothing more is wanted."""
    tags = [Candidate(tag) if isinstance(tag, str) else tag for tag in offered]
    decision = decide(reference(written), ruled(policy), tags, NOW)
    assert isinstance(decision, Decision)
    return decision


def known(tag: str, digest: str | None = NEW) -> Candidate:
    """A tag the registry was asked about."""
    return Candidate(tag, digest=digest, described=True)


class TestTags:
    """A tag alone is replaced by the tag chosen."""

    def test_update(self) -> None:
        """The new image is the old one with the chosen tag."""
        decision = decided("ghcr.io/acme/api:1.2.0", SEMVER, "1.2.0", "1.3.0")
        assert (decision.verdict, decision.chosen) == (Verdict.UPDATE, "1.3.0")
        assert str(decision.new) == "ghcr.io/acme/api:1.3.0"

    def test_current(self) -> None:
        """Nothing new, nothing to write."""
        decision = decided("ghcr.io/acme/api:1.2.0", SEMVER, "1.2.0", "1.1.0")
        assert (decision.verdict, decision.chosen, decision.new) == (Verdict.CURRENT, "1.2.0", None)

    def test_no_rule(self) -> None:
        """Without a rule it is left alone, whatever the registry says."""
        assert decide(reference("app:1"), ruled(None), PROBLEM, NOW) == decided("app:1", None)
        assert decided("app:1", None).verdict is Verdict.UNMANAGED

    def test_untagged_stands_at_latest(self) -> None:
        """An image without a tag is no version: compatible leaves it, a range gives it a tag."""
        assert decided("app", PolicySpec(PolicyKind.COMPATIBLE, "any"), "1.0.0").verdict is Verdict.NONE
        assert str(decided("app", SEMVER, "1.0.0").new) == "app:1.0.0"


class TestDigests:
    """A digest stands beside its own tag, or is not written."""

    def test_kept(self) -> None:
        """A digest that stands there is replaced with the tag."""
        decision = decided(f"app:1.2.0@{OLD}", SEMVER, "1.2.0", known("1.3.0"))
        assert str(decision.new) == f"app:1.3.0@{NEW}"

    def test_wanted(self) -> None:
        """It is asked of the chosen tag alone."""
        wanted = decide(reference(f"app:1.2.0@{OLD}"), ruled(SEMVER), Offer(["1.2.0", "1.3.0", "1.2.5"]), NOW)
        assert Wanted(("1.3.0",)) == wanted

    def test_unknown(self) -> None:
        """A tag whose digest could not be had is not taken beside a digest."""
        decision = decided(f"app:1.2.0@{OLD}", SEMVER, "1.2.0", known("1.3.0", None))
        assert (decision.verdict, decision.new) == (Verdict.CURRENT, None)
        assert Reason.METADATA_UNAVAILABLE in {ruling.reason for ruling in decision.rulings()}

    def test_pinned(self) -> None:
        """pin_digest writes one where there is none, also beside a tag that stays."""
        assert str(decided("app:1.2.0", PINNED, "1.2.0", known("1.3.0")).new) == f"app:1.3.0@{NEW}"
        assert str(decided("app:1.2.0", PINNED, known("1.2.0")).new) == f"app:1.2.0@{NEW}"
        assert Wanted(("1.2.0",)) == decide(reference("app:1.2.0"), ruled(PINNED), Offer(["1.2.0"]), NOW)

    def test_pin_that_cannot_be(self) -> None:
        """A pin that cannot be had is a problem of that image, not silence."""
        decision = decided("app:1.2.0", PINNED, known("1.2.0", None))
        assert decision.verdict is Verdict.ERROR
        assert decision.problem is not None
        assert decision.problem.code == "digest-unknown"

    @pytest.mark.parametrize("policy", [SEMVER, PINNED])
    def test_moved_under_a_release(self, policy: PolicySpec) -> None:
        """A release whose digest moved is left as it is."""
        assert decided(f"app:1.2.0@{OLD}", policy, known("1.2.0")).verdict is Verdict.CURRENT

    def test_alone(self) -> None:
        """A digest alone says no version: nothing is comparable with it."""
        decision = decided(f"app@{OLD}", SEMVER, "1.2.0", "1.3.0")
        assert decision.verdict is Verdict.NONE
        assert [ruling.reason for ruling in decision.rulings()] == [Reason.NOT_COMPARABLE] * 2


class TestFollowing:
    """`digest: latest` follows what the tag points at."""

    def test_moved(self) -> None:
        """The digest is replaced, the tag stays; where only a digest is written, it stays alone."""
        assert str(decided(f"app:latest@{OLD}", LATEST, known("latest")).new) == f"app:latest@{NEW}"
        assert str(decided(f"app@{OLD}", LATEST, known("latest")).new) == f"app@{NEW}"

    @pytest.mark.parametrize("written", [f"app:latest@{NEW}", f"app@{NEW}"])
    def test_unmoved(self, written: str) -> None:
        """Nothing moved, nothing to write; age and platforms have no say about what stands there."""
        strict = PolicySpec(PolicyKind.DIGEST, "latest", minimum_age=timedelta(days=3), platforms=("linux/s390x",))
        assert decided(written, strict, known("latest")).verdict is Verdict.CURRENT

    def test_too_young(self) -> None:
        """A digest that moved an hour ago waits."""
        strict = PolicySpec(PolicyKind.DIGEST, "latest", minimum_age=timedelta(days=3))
        young = Candidate("latest", digest=NEW, pushed=NOW - timedelta(hours=1), described=True)
        assert decided(f"app:latest@{OLD}", strict, young).verdict is Verdict.PENDING

    def test_bare(self) -> None:
        """A bare tag is written only with pin_digest, and nothing is asked for it without."""
        decision = decided("app:latest", LATEST, "latest")
        assert (decision.verdict, decision.new) == (Verdict.CURRENT, None)
        assert "pin_digest" in decision.detail
        assert str(decided("app:latest", PINNED_LATEST, known("latest")).new) == f"app:latest@{NEW}"

    def test_other_tag(self) -> None:
        """A reference at another tag goes to the followed one."""
        assert str(decided("app:1.2.0", LATEST, "latest", "1.2.0").new) == "app:latest"


class TestHolds:
    """What is held is left alone until the day."""

    def held(self, until: date | None, policy: PolicySpec | None = SEMVER) -> Decision:
        """The decision about a held reference."""
        tags = [Candidate("1.2.0"), Candidate("1.3.0"), Candidate("2.0.0")]
        decision = decide(reference("app:1.2.0"), ruled(policy, Hold("INC-12", until)), tags, NOW)
        assert isinstance(decision, Decision)
        return decision

    def test_for_good(self) -> None:
        """What would be taken says `held`, with the reason given; the rest say their own."""
        decision = self.held(None)
        assert (decision.verdict, decision.chosen, decision.new) == (Verdict.HELD, None, None)
        assert "INC-12" in decision.detail
        reasons = {ruling.tag: ruling.reason for ruling in decision.rulings()}
        assert reasons == {"1.2.0": Reason.SAME, "1.3.0": Reason.HELD, "2.0.0": Reason.OUT_OF_RANGE}

    def test_until(self) -> None:
        """`until` is the first day it may move again."""
        assert self.held(date(2026, 1, 11)).verdict is Verdict.HELD
        assert self.held(date(2026, 1, 10)).verdict is Verdict.UPDATE

    def test_without_a_policy(self) -> None:
        """A hold alone holds every tag."""
        reasons = {ruling.tag: ruling.reason for ruling in self.held(None, None).rulings()}
        assert reasons == {"1.2.0": Reason.SAME, "1.3.0": Reason.HELD, "2.0.0": Reason.HELD}
        assert self.held(date(2026, 1, 10), None).verdict is Verdict.UNMANAGED

    def test_no_registry(self) -> None:
        """A registry that does not answer is no matter for what is held."""
        decision = decide(reference("app:1"), ruled(SEMVER, Hold("")), PROBLEM, NOW)
        assert isinstance(decision, Decision)
        assert (decision.verdict, decision.rulings()) == (Verdict.HELD, ())


class TestFailures:
    """An error is a verdict with its problem, never "no update"."""

    @pytest.mark.parametrize("candidates", [PROBLEM, [Candidate("1.0.0")]])
    def test_rule(self, candidates: Problem | list[Candidate]) -> None:
        """A rule that cannot be comes first."""
        problem = Problem("app", "policy", "two markers on one value")
        decision = decide(reference("app:1"), ruled(SEMVER, Hold(""), problem), candidates, NOW)
        assert isinstance(decision, Decision)
        assert (decision.verdict, decision.problem) == (Verdict.ERROR, problem)

    def test_registry(self) -> None:
        """A list that could not be had."""
        decision = decide(reference("app:1"), ruled(SEMVER), PROBLEM, NOW)
        assert isinstance(decision, Decision)
        assert (decision.verdict, decision.problem, decision.new) == (Verdict.ERROR, PROBLEM, None)

    def test_policy(self) -> None:
        """A policy that cannot be is a problem at the reference's line."""
        decision = decided("app:1.0.0", PolicySpec(PolicyKind.SEMVER, "latest"), "1.0.0")
        assert decision.problem is not None
        assert (decision.problem.code, decision.problem.path, decision.problem.line) == ("policy", "k8s/api.yaml", 3)


@pytest.mark.parametrize(
    ("policy", "a", "b", "want"),
    [
        (None, "1.2.0", "1.10.0", 1),
        (None, "v1.2.0", "1.2", 0),
        (None, "1.2.0", "1.2.0-rc.1", -1),
        (None, "latest", "1.2.0", None),
        (None, "latest", "latest", 0),
        (SEMVER, "2.0.0", "1.9.0", -1),
        (PolicySpec(PolicyKind.NUMERICAL, "descending"), "10", "9", 1),
        (PolicySpec(PolicyKind.ALPHABETICAL, "ascending"), "build-10", "build-9", 1),
        (PolicySpec(PolicyKind.NUMERICAL, "ascending", Filter("-([0-9]+)$", "$1")), "main-a-9", "main-b-10", 1),
        (PolicySpec(PolicyKind.NUMERICAL, "ascending", Filter("-([0-9]+)$", "$1")), "1.2.0", "1.1.0", -1),
        (PolicySpec(PolicyKind.NEWEST, "created"), "1.2.0", "1.3.0", 1),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "1.2.3.4", "2.0.0.0", 1),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "3.7.0b10", "3.7.0b9", -1),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "1.2.3-alpine", "1.2.3-debian", 0),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "main-abc1234-1712345678", "main-0f0f0f0-1712345999", 1),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "main-abc1234-1712345678", "dev-0f0f0f0-1712345999", None),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "main-abc1234-1712345678", "main-57", None),
        (
            PolicySpec(PolicyKind.COMPATIBLE, "minor"),
            "RELEASE.2024-08-03T04-33-23Z",
            "RELEASE.2024-01-01T00-00-00Z",
            -1,
        ),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "sha-abc1234", "sha-0f0f0f0", None),
        (PolicySpec(PolicyKind.COMPATIBLE, "minor"), "1.9.0", "2024.1.0", 1),
        (LATEST, "latest", "stable", None),
    ],
)
def test_order(policy: PolicySpec | None, a: str, b: str, want: int | None) -> None:
    """Newer by the policy, else by version, else not comparable."""
    assert want == order(policy, a, b)
    assert order(policy, b, a) == (None if want is None else -want)


def test_an_offer_is_a_sequence_of_candidates() -> None:
    """Tags with facts about some, as any other sequence of candidates."""
    offer = Offer(["1.0.0", "1.1.0"], [known("1.1.0")])
    assert [Candidate("1.0.0"), known("1.1.0")] == list(offer)
    assert (known("1.1.0"),) == offer[1:]
    assert known("1.0.0") == offer.with_facts([known("1.0.0")])[0]
    assert offer is Offer.made_of(offer)


def test_ten_thousand_signatures_do_not_hide_the_image() -> None:
    """A list of nothing but signatures and one image has one choice."""
    tags = [f"sha256-{number:064x}.sig" for number in range(2000)] + ["main"]
    choice = choose(PolicySpec(PolicyKind.ALPHABETICAL, "ascending"), None, Offer(tags), NOW)
    assert isinstance(choice, Choice)
    assert choice.chosen == Candidate("main")

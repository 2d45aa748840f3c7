"""A decision is remembered exactly as long as nothing it rests on has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tagwright import answers
from tagwright.answers import Remembered
from tagwright.cache import Cache
from tagwright.decide import Offer
from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.model import Candidate, Decision, Hold, PolicyKind, PolicySpec, Reference, Ruled, Verdict

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NAME = "ghcr.io/acme/api"
REFERENCE = Reference("a.yaml", 1, 8, (7, 30), "kubernetes", "image", Image(NAME, "1.0.0", None), f"{NAME}:1.0.0", ())
RULED = Ruled(PolicySpec(PolicyKind.SEMVER, "^1"), "a test", NAME)
OLD, NEW = Offer(("1.0.0",)), Offer(("1.0.0", "1.1.0"))


def decided(
    folder: Path,
    offer: Offer | Problem = NEW,
    fingerprint: str = "same",
    reference: Reference = REFERENCE,
    ruled: Ruled = RULED,
) -> Decision:
    """What a pass with that cache folder decides; the fingerprint is ours to lie about."""
    memory = Remembered(Cache(folder), "target")
    decision = memory.decide(reference, ruled, offer, fingerprint, NOW)
    memory.keep()
    assert isinstance(decision, Decision)
    return decision


def test_the_same_list_is_not_judged_again(tmp_path: Path) -> None:
    """Told that nothing changed, the next pass repeats the answer, even of a list it never looked at."""
    first = decided(tmp_path, NEW)
    assert (first.verdict, first.chosen) == (Verdict.UPDATE, "1.1.0")
    assert decided(tmp_path, OLD) == first


def test_rulings_of_a_remembered_decision_are_made_when_asked_for(tmp_path: Path) -> None:
    """`explain` after a warm pass says what it says after a cold one."""
    assert decided(tmp_path).rulings() == decided(tmp_path).rulings()
    assert len(decided(tmp_path).rulings()) == 2


def test_a_changed_list_is_judged(tmp_path: Path) -> None:
    """Another fingerprint, another decision."""
    assert decided(tmp_path, OLD, "old").verdict is Verdict.CURRENT
    assert decided(tmp_path, NEW, "new").chosen == "1.1.0"


@pytest.mark.parametrize(
    ("reference", "ruled"),
    [
        (replace(REFERENCE, image=Image(NAME, "1.1.0", None)), RULED),
        (REFERENCE, replace(RULED, policy=PolicySpec(PolicyKind.SEMVER, "1.0.x"))),
        (REFERENCE, replace(RULED, policy=PolicySpec(PolicyKind.SEMVER, "^1", ignore=("1.1.*",)))),
        (REFERENCE, replace(RULED, hold=Hold("frozen"))),
        (REFERENCE, replace(RULED, policy=None)),
    ],
)
def test_another_question_is_answered_anew(tmp_path: Path, reference: Reference, ruled: Ruled) -> None:
    """Another current tag, another policy, a hold: what was remembered is not asked."""
    decided(tmp_path, NEW)
    assert decided(tmp_path, NEW, reference=reference, ruled=ruled).verdict is not Verdict.UPDATE


def test_another_version_of_ours_decides_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that a release mends must not live on in a cache."""
    decided(tmp_path, NEW)
    monkeypatch.setattr(answers, "__version__", "another")
    assert decided(tmp_path, OLD).verdict is Verdict.CURRENT


@pytest.mark.parametrize(
    "policy",
    [
        PolicySpec(PolicyKind.SEMVER, "^1", minimum_age=timedelta(days=1)),
        PolicySpec(PolicyKind.SEMVER, "^1", platforms=("linux/amd64",)),
        PolicySpec(PolicyKind.SEMVER, "^1", pin_digest=True),
        PolicySpec(PolicyKind.NEWEST, "created"),
        PolicySpec(PolicyKind.DIGEST, "latest"),
    ],
)
def test_what_names_alone_do_not_decide_is_never_remembered(tmp_path: Path, policy: PolicySpec) -> None:
    """Dates, platforms and digests change under the same list of names."""
    long_ago = NOW - timedelta(days=30)
    facts = [
        Candidate(
            tag, f"sha256:{number:064x}", long_ago + timedelta(number), long_ago, ("linux/amd64",), described=True
        )
        for number, tag in enumerate(("1.0.0", "1.1.0", "latest"))
    ]
    memory = Remembered(Cache(tmp_path), "target")
    offer = Offer(("1.0.0", "1.1.0", "latest"), facts)
    decision = memory.decide(REFERENCE, replace(RULED, policy=policy), offer, "same", NOW)
    assert isinstance(decision, Decision)
    memory.keep()
    assert list(tmp_path.rglob("*.json")) == []


def test_an_error_is_never_remembered(tmp_path: Path) -> None:
    """A registry that was down for one pass is asked and believed in the next."""
    down = Problem(NAME, "registry", "down")
    assert decided(tmp_path, down, "").verdict is Verdict.ERROR
    assert decided(tmp_path, NEW, "").verdict is Verdict.UPDATE


def test_a_list_without_a_fingerprint_is_judged_each_time(tmp_path: Path) -> None:
    """Where facts were asked beside the list, the list alone says too little."""
    decided(tmp_path, NEW, "")
    assert decided(tmp_path, OLD, "").verdict is Verdict.CURRENT

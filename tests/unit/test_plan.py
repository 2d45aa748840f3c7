"""Decisions become change sets: grouped, proven, and built on one another only where they are pushed together."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from tagwright.errors import ConfigError
from tagwright.image import Image
from tagwright.model import Decision, Delivery, Mode, PolicyKind, PolicySpec, Ruled, Verdict
from tagwright.plan import Original, Plan, branch_name, branch_of, plan
from tagwright.proof import prove
from tagwright.scan import scan_file

TEXT = b"a:\n  image: ghcr.io/acme/one:1.0.0\nb:\n  image: ghcr.io/acme/two:2.0.0 # two\n"
POLICY = PolicySpec(PolicyKind.COMPATIBLE, "minor")


def updates(path: str = "k8s/all.yaml", text: bytes = TEXT, tag: str = "9.9.9") -> list[Decision]:
    """Every reference of a file, to be updated to one tag."""
    return [
        Decision(
            reference,
            Ruled(POLICY, "test", reference.image.normalised),
            Verdict.UPDATE,
            tag,
            Image(reference.image.name, tag),
        )
        for reference in scan_file(path, text).references
    ]


def planned(decisions: list[Decision], delivery: Delivery, text: bytes = TEXT) -> Plan:
    originals = {decision.reference.path: Original("100644", text) for decision in decisions}
    return plan(decisions, originals, "main", delivery, lambda key, _, __: (f"Update {key}", f"Update {key}\n"))


def test_pull_requests_each_start_from_the_base() -> None:
    """Two images in one file: each change set holds its own change alone."""
    one, two = planned(updates(), Delivery(mode=Mode.PULL_REQUEST)).changes
    assert one.files[0].after == TEXT.replace(b"1.0.0", b"9.9.9")
    assert two.files[0].after == TEXT.replace(b"2.0.0", b"9.9.9")
    assert {one.base, two.base} == {"main"}
    assert len({one.branch, two.branch, "main"}) == 3


def test_direct_commits_build_on_one_another() -> None:
    """Pushed together, the second starts from the first."""
    one, two = planned(updates(), Delivery(mode=Mode.COMMIT)).changes
    assert two.files[0].before == one.files[0].after
    assert two.files[0].after == TEXT.replace(b"1.0.0", b"9.9.9").replace(b"2.0.0", b"9.9.9")
    assert (one.branch, two.branch) == ("main", "main")


@pytest.mark.parametrize(
    ("group", "keys"),
    [
        ("image", ["ghcr.io/acme/one", "ghcr.io/acme/two"]),
        ("directory", ["dev", "prod"]),
        ("all", ["all"]),
    ],
)
def test_groups(group: str, keys: list[str]) -> None:
    """One change set an image, a directory, or for all."""
    decisions = [*updates("dev/a.yaml"), *updates("prod/a.yaml")]
    assert [change.key for change in planned(decisions, Delivery(group=group)).changes] == keys


def test_a_rules_label_groups_before_anything_else() -> None:
    """`group:` of a rule gathers what it rules, whatever the delivery says."""
    decisions = [replace(one, ruled=replace(one.ruled, group="backend")) for one in updates()]
    assert [change.key for change in planned(decisions, Delivery(group="image")).changes] == ["backend"]


def test_an_edit_that_cannot_be_made_is_refused_alone() -> None:
    """A stale digest would stay beside the new tag: that reference is an error, its neighbour is updated."""
    pinned = TEXT.replace(b":1.0.0", b":1.0.0@sha256:" + b"a" * 64)
    result = planned(updates(text=pinned), Delivery(group="all"), pinned)
    refused, taken = result.decisions
    assert (refused.verdict, taken.verdict) == (Verdict.ERROR, Verdict.UPDATE)
    assert refused.problem is not None
    assert refused.problem.line == 2
    assert result.changes[0].files[0].after == pinned.replace(b"2.0.0", b"9.9.9")


def test_few_refused_edits_among_many_cost_few_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose edits cannot be proven together is halved until the refused one stands alone."""
    text = b"".join(b"a%d: {image: ghcr.io/acme/app-%d:1.0.0}\n" % (n, n) for n in range(64))
    decisions = updates(text=text)
    decisions[40] = replace(decisions[40], new=Image("ghcr.io/acme/other", "no tag"))
    proofs: list[int] = []

    def counted(*arguments: Any) -> None:
        proofs.append(len(arguments[3]))
        prove(*arguments)

    monkeypatch.setattr("tagwright.plan.prove", counted)
    result = planned(decisions, Delivery(), text)
    assert [n for n, one in enumerate(result.decisions) if one.verdict is Verdict.ERROR] == [40]
    assert len(proofs) <= 2 * 7


def test_what_is_no_update_changes_nothing() -> None:
    """Current, held, pending and failed references are in no change set."""
    idle = [replace(one, verdict=verdict, new=None) for verdict in Verdict for one in updates() if verdict != "update"]
    assert planned(idle, Delivery()).changes == ()


def test_branch_names_are_legal_stable_and_distinct() -> None:
    """The same base and key always give the same name; keys that look alike once cleaned stay apart."""
    names = [branch_name("tagwright/", "main", key) for key in ("a/b", "a.b", "a b", "ü", "..lock", "x" * 300)]
    assert names == [branch_name("tagwright/", "main", key) for key in ("a/b", "a.b", "a b", "ü", "..lock", "x" * 300)]
    assert len(set(names)) == len(names)
    assert all(name.startswith("tagwright/") and ".." not in name and len(name) < 90 for name in names)
    assert branch_name("tagwright/", "main", "a") != branch_name("tagwright/", "next", "a")


@pytest.mark.parametrize(
    ("template", "start"),
    [
        ("", "bots/ghcr-io-acme-api-"),
        ("{{ name }}", "bots/api-"),
        ("images/{{ base }}/{{ group }}", "bots/images/main/ghcr-io/acme/api-"),
        ("..//.lock/~^:? {{ name }}", "bots/lock/api-"),
        ("/", "bots/updates-"),
    ],
)
def test_a_branch_is_called_as_the_delivery_wants_it(template: str, start: str) -> None:
    """A legal ref whatever the template says, that other bases and groups do not share."""
    delivery = Delivery(branch_prefix="bots/", branch=template)
    name = branch_of("ghcr.io/acme/api", "main", delivery)
    assert re.fullmatch(re.escape(start) + "[0-9a-f]{8}", name)
    assert subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True).returncode == 0
    others = (branch_of("ghcr.io/acme/api", "next", delivery), branch_of("ghcr.io/acme-api", "main", delivery))
    assert len({name, *others}) == 3


def test_a_branch_knows_no_version() -> None:
    """It stays while versions change, so a template that names one is a mistake."""
    with pytest.raises(ConfigError, match=r"delivery\.branch"):
        branch_of("ghcr.io/acme/api", "main", Delivery(branch="{{ new.tag }}"))

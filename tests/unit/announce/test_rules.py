"""Which job may announce which image: every condition, what it accepts and what it must not."""

from __future__ import annotations

from typing import Any

import pytest

from tagwright.announce import bodies, rules
from tagwright.announce.refusals import Refused
from tagwright.announce.seen import Seen
from tagwright.image import Image
from tagwright.model import AnnounceRule, IssuerKind
from tests.support.issuer import GITHUB, GITLAB

ANY = ("**",)
OWN = AnnounceRule(ANY, "acme/api")


def rule(**more: Any) -> AnnounceRule:
    """A rule about acme/api that says more."""
    return AnnounceRule(ANY, **{"repository": "acme/api", **more})


def fits(one: AnnounceRule, kind: IssuerKind, **claims: Any) -> bool:
    """Does a rule fit a usual job with some claims of its own?"""
    usual = {IssuerKind.GITHUB: GITHUB, IssuerKind.GITLAB: GITLAB, IssuerKind.OIDC: {}}[kind]
    return not rules.misfit(one, rules.caller(kind, {**usual, **claims}))


SHARED = "acme/flows/.github/workflows/build.yaml@refs/tags/v1"
FROM_PULL = {"ref": "refs/pull/7/merge", "event_name": "pull_request"}


@pytest.mark.parametrize(
    ("one", "claims", "good"),
    [
        (OWN, {}, True),
        (OWN, {"repository": "acme/api2"}, False),
        (OWN, {"repository": "Acme/api"}, False),
        (OWN, {"repository": "evil/acme/api"}, False),
        (OWN, {"repository": None}, False),
        (OWN, {"repository": ["acme/api"]}, False),
        (OWN, {"ref": "refs/tags/v1"}, True),
        (rule(refs=("refs/heads/main",)), {}, True),
        (rule(refs=("refs/heads/main",)), {"ref": "refs/heads/main2"}, False),
        (rule(refs=("refs/heads/main",)), {"ref": "refs/heads/x/refs/heads/main"}, False),
        (rule(refs=("refs/heads/main",)), {"ref": ""}, False),
        (rule(refs=("refs/heads/release-*", "refs/tags/v*")), {"ref": "refs/tags/v1.2"}, True),
        (rule(refs=("refs/heads/release-*",)), {"ref": "refs/heads/release-1/x"}, False),
        # what runs for a pull request
        (OWN, FROM_PULL, False),
        (OWN, {"event_name": "pull_request_target"}, False),
        (rule(refs=("refs/heads/main",)), {"event_name": "pull_request_target"}, False),
        (rule(refs=("**",)), FROM_PULL, False),
        (rule(refs=("refs/**",)), FROM_PULL, False),
        (rule(refs=("refs/pull/*/merge",)), FROM_PULL, True),
        (rule(refs=("refs/pull/*/merge",)), {}, False),
        (rule(claims=(("event_name", ("pull_request",)),)), FROM_PULL, False),
        (rule(claims=(("event_name", ("pull_request_target",)),)), {"event_name": "pull_request_target"}, True),
        # workflows
        (rule(workflows=(".github/workflows/release.yaml",)), {}, True),
        (rule(workflows=(".github/workflows/other.yaml",)), {}, False),
        (rule(workflows=(".github/workflows/release.yaml",)), {"job_workflow_ref": SHARED}, False),
        (rule(workflows=(SHARED,)), {"job_workflow_ref": SHARED}, True),
        (rule(workflows=("acme/flows/.github/workflows/build.yaml@refs/tags/*",)), {"job_workflow_ref": SHARED}, True),
        (rule(workflows=(SHARED,)), {"job_workflow_ref": SHARED + "2"}, False),
        (rule(workflows=(SHARED,)), {}, False),
        (rule(workflows=(".github/workflows/release.yaml",)), {"job_workflow_ref": None}, True),
        (rule(workflows=(".github/workflows/release.yaml",)), {"job_workflow_ref": None, "workflow_ref": None}, False),
        # environments and what else is claimed
        (rule(environment="production"), {"environment": "production"}, True),
        (rule(environment="production"), {"environment": "productions"}, False),
        (rule(environment="production"), {}, False),
        (rule(claims=(("repository_id", ("74",)),)), {}, True),
        (rule(claims=(("repository_id", ("74",)),)), {"repository_id": 74}, True),
        (rule(claims=(("repository_id", ("74",)),)), {"repository_id": "741"}, False),
        (rule(claims=(("repository_id", ("74",)), ("repository_owner_id", ("66", "67")))), {}, False),
        (rule(claims=(("repository_id", ("74",)), ("repository_owner_id", ("65", "66")))), {}, True),
        (rule(claims=(("nothing", ("None",)),)), {}, False),
        (rule(claims=(("runner_environment", ("self-hosted",)),)), {}, False),
    ],
)
def test_a_job_of_github(one: AnnounceRule, claims: dict[str, Any], good: bool) -> None:
    """Every condition must hold; what runs for a pull request needs a rule that says so."""
    assert fits(one, IssuerKind.GITHUB, **claims) is good


OF_MERGE = {"pipeline_source": "merge_request_event"}


@pytest.mark.parametrize(
    ("one", "claims", "good"),
    [
        (OWN, {}, True),
        (OWN, {"project_path": "evil/api"}, False),
        (OWN, {"repository": "acme/api", "project_path": "evil/api"}, False),
        (rule(refs=("refs/heads/main",)), {}, True),
        (rule(refs=("refs/heads/main",)), {"ref_path": "refs/tags/main"}, False),
        (rule(refs=("refs/heads/main",)), {"ref_path": None}, True),
        (rule(refs=("refs/heads/main",)), {"ref_path": None, "ref_type": "tag"}, False),
        (rule(refs=("refs/heads/main",)), {"ref_path": None, "ref_type": None}, False),
        # a fork's main asks to be merged: its ref is refs/heads/main
        (rule(refs=("refs/heads/main",)), OF_MERGE, False),
        (rule(claims=(("pipeline_source", ("merge_request_event",)),)), OF_MERGE, True),
        (OWN, {"pipeline_source": "external_pull_request_event"}, False),
        (OWN, {"ref_protected": "false"}, False),
        (OWN, {"ref_protected": None}, False),
        (OWN, {"ref_protected": True}, True),
        (rule(claims=(("ref_protected", ("true", "false")),)), {"ref_protected": "false"}, True),
        (rule(workflows=(".gitlab-ci.yml",)), {}, True),
        (rule(workflows=("gitlab-ci.yml",)), {}, False),
        (rule(workflows=(".gitlab-ci.yml",)), {"ci_config_ref_uri": None}, False),
        (rule(workflows=(".gitlab-ci.yml",)), {"ci_config_ref_uri": "h/evil/acme/api2//.gitlab-ci.yml@x"}, False),
        (rule(workflows=("gitlab.example.com/acme/api//.gitlab-ci.yml@refs/heads/*",)), {}, True),
        (rule(environment="production"), {"environment": "production"}, True),
    ],
)
def test_a_job_of_gitlab(one: AnnounceRule, claims: dict[str, Any], good: bool) -> None:
    """It must run for a protected ref and not for a merge request, unless the rule names that."""
    assert fits(one, IssuerKind.GITLAB, **claims) is good


def test_another_issuer_is_known_by_its_claims() -> None:
    """Its names are its own; nothing is guessed."""
    one = AnnounceRule(ANY, claims=(("sub", ("system:serviceaccount:ci:builder",)),))
    assert fits(one, IssuerKind.OIDC, sub="system:serviceaccount:ci:builder")
    assert not fits(one, IssuerKind.OIDC, sub="system:serviceaccount:ci:other")
    assert not fits(one, IssuerKind.OIDC)


DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("body", "images"),
    [
        ('{"image": "ghcr.io/acme/api:1.4.2"}', [Image("ghcr.io/acme/api", "1.4.2")]),
        (f'{{"image": "nginx:1", "digest": "{DIGEST}", "more": 1}}', [Image("nginx", "1", DIGEST)]),
        (f'{{"image": "nginx", "digest": "{DIGEST}"}}', [Image("nginx", None, DIGEST)]),
        (f'{{"image": "nginx@{DIGEST}"}}', [Image("nginx", None, DIGEST)]),
        ('[{"image": "a:1"}, {"image": "b:1", "digest": null}]', [Image("a", "1"), Image("b", "1")]),
    ],
)
def test_an_announcement_is_read(body: str, images: list[Image]) -> None:
    """One image or a list of them, with a tag or a digest or both."""
    assert list(bodies.read(body.encode())) == images


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"null", b"[]", b"1", b'"nginx:1"', b"{}", b'{"image": 1}', b'{"image": ""}', b'{"image": "A:1"}',
        b'{"image": "nginx"}', b'{"image": ":1"}', b'{"image": "nginx:1", "digest": "sha256:1"}',
        b'{"image": "nginx:1", "digest": 1}', b'{"image": "https://evil.example/nginx:1"}', b"[" * 100_000,
        b"[" + b",".join([b'{"image": "a:1"}'] * 1001) + b"]",
        f'{{"image": "nginx@{DIGEST}", "digest": "sha256:{"b" * 64}"}}'.encode(),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    """With 400, and without an echo."""
    with pytest.raises(Refused) as refused:
        bodies.read(body)
    assert refused.value.status == 400
    assert "evil" not in refused.value.said


def test_what_was_seen_is_forgotten_when_its_token_dies() -> None:
    """And never more than ten thousand are kept."""
    now = [0.0]
    seen = Seen(lambda: now[0])
    assert not seen.before("i", "j", b"x", 10)
    assert seen.before("i", "j", b"x", 10)
    assert not seen.before("i", "", b"x", 10)
    assert not seen.before("i", "", b"x", 10)
    now[0] = 11
    assert not seen.before("i", "j", b"x", 20)
    for number in range(30_000):
        seen.before("i", str(number), b"x", 100)
    assert len(seen._until) <= 10_001
    assert seen.before("i", "29999", b"x", 100)

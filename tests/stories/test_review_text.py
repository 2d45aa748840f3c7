"""What reviewers read is asked of registries once, sent once, and never in the way of a pull request."""

from __future__ import annotations

from tagwright.views.pull_request import marks
from tests.support.reviewed import DEFAULTS, Reviewed, outcomes


def released(reviewed: Reviewed, tag: str, user: str) -> str:
    """A version of an image, run by a user; the image's name."""
    reviewed.registry.add("acme/api", tag, runs={"User": user, "Env": ["TOKEN=s3cret"]})
    return f"{reviewed.registry.host}/acme/api"


def manifests(reviewed: Reviewed) -> int:
    """How many manifests the registry was asked for so far."""
    return sum("/manifests/" in asked.path for asked in reviewed.registry.requests)


def proposed(reviewed: Reviewed, delivery: str = "labels: [images]") -> str:
    """A pull request from a version that a user runs to one that root does; its body."""
    image = released(reviewed, "1.2.0", "app")
    released(reviewed, "1.2.1", "root")
    reviewed.deploys(f"{image}:1.2.0")
    reviewed.configured(DEFAULTS, delivery=delivery)
    assert reviewed.runs("tagwright run").code == 0
    (pull,) = reviewed.pulls
    return pull.body


def test_it_says_what_changes_inside_and_is_asked_for_once(reviewed: Reviewed) -> None:
    """A second run asks the registry for no manifest, and writes nothing to the forge."""
    text = proposed(reviewed)
    assert "  - user: `app` → `root` ⚠ **now runs as root**" in text
    assert "s3cret" not in text

    before = manifests(reviewed)
    ran, methods = reviewed.asked("tagwright run --json")
    assert outcomes(ran) == {"api": "unchanged"}
    assert set(methods) <= {"GET"}
    assert manifests(reviewed) == before
    assert reviewed.pulls[0].body == text


def test_a_newer_version_is_described_in_its_place(reviewed: Reviewed) -> None:
    """The same pull request, and what is true of what it proposes now."""
    proposed(reviewed)
    released(reviewed, "1.2.2", "web")
    assert reviewed.runs("tagwright run").code == 0
    (pull,) = reviewed.pulls
    assert "  - user: `app` → `web`\n" in pull.body.replace("\r\n", "\n")
    assert [one.new for one in marks.proposed(pull.body)] == ["1.2.2"]


def test_details_can_be_left_out(reviewed: Reviewed) -> None:
    """For who pays by the manifest."""
    assert "runs as root" not in proposed(reviewed, "details: false")
    assert manifests(reviewed) == 0


def test_a_registry_that_fails_costs_the_section_alone(reviewed: Reviewed) -> None:
    """The pull request is opened, and nothing of it is a failure."""
    image = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    for blob in reviewed.registry.repositories.values():
        blob.blobs.clear()
    reviewed.deploys(f"{image}:1.2.0")
    reviewed.configured()
    assert reviewed.runs("tagwright run").code == 0
    (pull,) = reviewed.pulls
    assert "| Image |" in pull.body
    assert "What changes" not in pull.body


def test_a_template_lays_it_out_and_the_next_run_knows_it_again(reviewed: Reviewed) -> None:
    """An operator's words around the parts, a branch of their naming, one pull request still."""
    delivery = 'body: "Dear ops,\\n\\n{{ table }}", branch: "{{ name }}"'
    text = proposed(reviewed, delivery)
    assert text.replace("\r\n", "\n").startswith("Dear ops,\n\n| Image |")
    assert reviewed.pulls[0].head.startswith("tagwright/api-")
    assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}
    released(reviewed, "1.2.2", "web")
    assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}
    assert len(reviewed.pulls) == 1

"""A registry holds more than images under one name: charts and signatures are never written where an image stands."""

from __future__ import annotations

import pytest

from tests.contracts.test_manifests import CHART, artifact
from tests.support.story import DEPLOYMENT, Story


@pytest.mark.parametrize("gate", ["platforms: [linux/amd64]", "platforms: [linux/amd64], pin_digest: true"])
def test_a_chart_under_the_same_name_is_passed_over(story: Story, gate: str) -> None:
    """Where a policy asks what a tag is, the best version that is an image is taken, and the report says why."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    artifact(story.registry.repositories["acme/api"], "1.4.0", (CHART, b"name: api"), ("application/x-tar", b"tar"))
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured(f"defaults: {{policy: {{compatible: minor, {gate}}}}}\ndelivery: {{mode: commit}}\n")
    told = story.runs("tagwright run --json")
    (decision,) = told.json["targets"][0]["decisions"]
    assert (told.code, decision["chosen"]) == (0, "1.3.0")
    (refused,) = (ruling for ruling in decision["rulings"] if ruling["tag"] == "1.4.0")
    assert (refused["reason"], refused["detail"]) == ("not-an-image", f"is no image but {CHART}")
    assert f"{api}:1.3.0" in story.remote.show("api.yaml")


def test_a_question_about_a_chart_says_that_it_is_one(story: Story) -> None:
    """`explain IMAGE:TAG` tells the kind, whatever the policy asks."""
    api = story.offers("acme/api", "1.2.0")
    artifact(story.registry.repositories["acme/api"], "1.4.0", (CHART, b"name: api"), ("application/x-tar", b"tar"))
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured("defaults: {policy: {compatible: minor}}\n")
    assert f"kind no image but {CHART}" in " ".join(story.runs(f"tagwright explain {api}:1.4.0").out.split())

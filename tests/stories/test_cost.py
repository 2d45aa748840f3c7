"""What a run asked of registries, told with its report."""

from __future__ import annotations

import json

from tests.support.git_server import Remote
from tests.support.story import DEPLOYMENT, Story

TWO_TARGETS = """version: 1
registries: [{{prefix: docker.io, endpoint: "http://{host}"}}]
targets:
  - {{name: one, repository: {one}, branch: main}}
  - {{name: two, repository: {two}, branch: main}}
delivery: {{mode: commit}}
rules:
  - {{name: front, images: ["**/nginx"], files: ["front/**"], policy: {{semver: "^1"}}}}
  - {{name: rest, images: ["**"], policy: {{compatible: minor}}}}
"""


def test_targets_and_rules_share_what_they_ask(story: Story) -> None:
    """Two repositories spell one image in four ways under two rules: one request, and each rule's line has it."""
    story.registry.add("library/nginx", "1.25.0")
    other = Remote(story.folder / "other.git")
    story.remote.commit(
        {
            "front/a.yaml": DEPLOYMENT.format(image="nginx:1.25.0"),
            "back/b.yaml": DEPLOYMENT.format(image="docker.io/library/nginx:1.25.0"),
        }
    )
    other.commit(
        {
            "front/a.yaml": DEPLOYMENT.format(image="index.docker.io/library/nginx:1.25.0"),
            "back/b.yaml": DEPLOYMENT.format(image="library/nginx:1.25.0"),
        }
    )
    config = TWO_TARGETS.format(host=story.registry.host, one=story.remote.path, two=other.path)
    (story.folder / "tagwright.yaml").write_text(config, "utf-8")

    said = story.runs("tagwright run --json")

    assert said.code == 0, said
    assert [asked.path for asked in story.registry.requests] == ["/v2/library/nginx/tags/list"]
    cost = said.json["cost"]
    assert cost["requests"] == 1
    assert [(host["host"], host["requests"]) for host in cost["hosts"]] == [(story.registry.host, 1)]
    assert [(image["image"], image["lists"]) for image in cost["images"]] == [("docker.io/library/nginx", 1)]
    assert {rule["source"].rpartition(", ")[2]: rule["requests"] for rule in cost["rules"]} == {
        "rule front": 1,
        "rule rest": 1,
    }


def test_a_line_says_what_a_run_cost(story: Story) -> None:
    """The last line, for `run`, `plan` and `explain`; none with --quiet, every rule with --verbose."""
    image = story.offers("acme/api", "1.0.0", "1.1.0")
    story.remote.commit({"a.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    story.configured()
    line = f"registries: 1 request: {story.registry.host} 1"

    assert story.runs("tagwright plan").out.splitlines()[-1] == line
    assert story.runs("tagwright explain").out.splitlines()[-1] == line
    assert "registries:" not in story.runs("tagwright plan --quiet").out
    assert any(said.endswith("1 request, 1 image") for said in story.runs("tagwright plan --verbose").out.splitlines())
    assert story.runs("tagwright run").out.splitlines()[-1] == line


def test_an_expensive_rule_is_warned_about(story: Story) -> None:
    """`newest: created` over a hundred tags reads them all: the report says what that cost and what to write."""
    image = story.offers("acme/api", *(f"main-{number}" for number in range(60)))
    story.remote.commit({"a.yaml": DEPLOYMENT.format(image=f"{image}:main-1")})
    story.configured("defaults: {policy: {newest: created}}\ndelivery: {mode: commit}\n")

    said = story.runs("tagwright plan --json").json["cost"]

    assert said["requests"] == len(story.registry.requests)
    (warning,) = said["warnings"]
    assert warning["code"] == "expensive-rule"
    assert image in warning["message"]
    assert "filter" in warning["hint"]
    assert "[expensive-rule]" in story.runs("tagwright plan").out


def test_checking_online_and_setting_say_it_too(story: Story) -> None:
    """`check --online` lists tags, `set --verify` reads one; `set` alone asks nobody and says nothing."""
    image = story.offers("acme/api", "1.0.0", "1.1.0")
    story.remote.commit({"a.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    story.configured()
    config = story.folder / "tagwright.yaml"
    assert json.loads(story.runs(f"tagwright check --json --online --config {config}").out)["cost"]["requests"] == 1
    assert json.loads(story.runs(f"tagwright check --json --config {config}").out)["cost"] is None
    said = story.runs(f"tagwright set {image}:1.1.0 --verify --dry-run --repo {story.remote.path} --json").json
    assert [one["tags"] for one in said["cost"]["images"]] == [1]
    said = story.runs(f"tagwright set {image}:1.1.0 --dry-run --repo {story.remote.path} --json").json
    assert said["cost"] == {"requests": 0, "hosts": [], "rules": [], "images": [], "warnings": [], "forges": []}

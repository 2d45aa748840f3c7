"""A mirror before a registry: references keep their spelling, and it is said who was asked."""

from __future__ import annotations

from tagwright.registries.embedded import Answer
from tests.support.registry import FaultyRegistry, instead
from tests.support.story import Story


def test_the_report_says_who_answered(story: Story) -> None:
    """Of each image whose registry has endpoints, for people and for scripts; of others nothing is said."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    with FaultyRegistry(instead("tags/list", Answer(404))) as mirror:
        story.remote.commit({"api.yaml": "image: ghcr.io/acme/api:1.2.0\n", "own.yaml": f"image: {api}:1.2.0\n"})
        endpoints = f"registries: [{{prefix: ghcr.io, endpoint: ['{mirror.url}', '{story.registry.url}']}}]\n"
        story.configured(endpoints + "defaults: {policy: {compatible: minor}}\n")
        told = story.runs("tagwright plan --json").json["cost"]["images"]
        assert {one["image"]: one["answered"] for one in told} == {"ghcr.io/acme/api": story.registry.url, api: ""}
        assert f"answered by {story.registry.url}" in story.runs("tagwright plan --verbose").out

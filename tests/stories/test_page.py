"""The page of a running service: what its passes found, and what they wrote."""

from __future__ import annotations

import json
import signal
from urllib.request import urlopen

import pytest

from tests.support.markup import mistakes, words
from tests.support.serving import Serving, until
from tests.support.story import DEPLOYMENT, Story

CALM = "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\nserve: {interval: 1h}\n"


def test_the_page_tells_what_a_pass_found_and_wrote(story: Story) -> None:
    """First that nothing was looked at; then current, newest and why not; the commit that moved it; and each ruling.

    Once the service has ended, `report` tells the same from its cache.
    """
    api = story.offers("acme/api", "1.0.0", "1.1.0", "2.0.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.0.0")})
    story.configured(CALM)
    config, cache = story.folder / "tagwright.yaml", story.folder / "cache"
    with Serving(config, "--cache", str(cache)) as service:

        def page(path: str) -> str:
            with urlopen(service.url + path, timeout=30) as answer:
                text: str = answer.read().decode()
            assert mistakes(text) == []
            return words(text)

        assert "History" in page("/")
        until(lambda: f"update {api} 1.0.0 → 1.1.0 deploy" in page("/history"), lambda: service.text)
        assert f"current {api} deploy · api.yaml:10 1.1.0 1.1.0 2.0.0 level" in page("/")
        assert "2.0.0 level" in page(f"/images/{api}")
        assert "1.1.0 chosen" in page(f"/images/{api}")
        assert str(story.remote.tip())[:10] in page("/history")
        with urlopen(service.url + "/status.json", timeout=30) as answer:
            told = json.loads(answer.read())
        service.signalled(signal.SIGTERM)
        assert service.ends() == 0
    story.registry.stop()
    ran = story.runs(f"tagwright report --config {config} --cache {cache} --json")
    assert ran.code == 0, ran
    assert {**ran.json, "now": ""} == {**told, "now": ""}


def test_a_page_that_a_network_may_read_is_warned_of_when_it_starts(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it is said who may see it."""
    story.configured(CALM)
    config = story.folder / "tagwright.yaml"
    with Serving(config, "--listen", "0.0.0.0:0") as service:
        assert service.gets("/") == 200
        assert "shows the names of targets and images to everyone who reaches it" in service.text
    story.configured(CALM.replace("interval: 1h", "interval: 1h, access: {token_env: PAGE_TOKEN}"))
    monkeypatch.setenv("PAGE_TOKEN", "s3cret")
    service = Serving(config.rename(config.with_name("closed.yaml")), "--listen", "0.0.0.0:0")
    with service:
        assert service.gets("/") == 401
        assert "everyone who reaches it" not in service.text

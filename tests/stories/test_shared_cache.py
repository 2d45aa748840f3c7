"""Workers with folders of their own share what registries said, through the command line."""

from __future__ import annotations

import pytest

from tests.support.real_redis import raw, serving
from tests.support.story import DEPLOYMENT, Story

PASSWORD = "s3cret-Pa55"


def test_a_list_that_shrank_is_noticed_by_another_worker(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker with an empty folder knows from the shared cache how long the list was; one confirmation is for all."""
    image = story.offers("acme/api", *(f"1.0.{number}" for number in range(10)))
    story.configured()
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.9")})
    with serving(story.folder) as port:
        monkeypatch.setenv("TAGWRIGHT_SHARED_CACHE", f"redis://127.0.0.1:{port}")
        assert story.runs(f"tagwright run --cache {story.folder}/one").code == 0
        for number in range(9):
            story.registry.remove("acme/api", f"1.0.{number}")
        assert story.runs(f"tagwright run --json --cache {story.folder}/two").code == 1
        assert story.runs(f"tagwright run --accept-shrunk {image}").code == 0
        assert story.runs(f"tagwright run --cache {story.folder}/one").code == 0
        kept = raw(f"redis://127.0.0.1:{port}").keys()
    assert {key.split(b":")[2] for key in kept} == {b"seen"}, "what was found in Git is no one else's"


@pytest.mark.parametrize("url", [f"redis://:{PASSWORD}@127.0.0.1", f"redis://127.0.0.1?password={PASSWORD}"])
def test_a_password_on_the_command_line_is_refused(story: Story, url: str) -> None:
    """And not repeated; the hint says where it may stand."""
    story.configured()
    done = story.runs(f"tagwright run --shared-cache {url}")
    assert (done.code, "TAGWRIGHT_SHARED_CACHE_PASSWORD" in done.err) == (2, True)
    assert PASSWORD not in done.out + done.err


def test_a_list_that_another_worker_just_read_is_told_as_such(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """One request for two workers where the operator allows it; explain says when it was read, check asks anew."""
    image = story.offers("acme/api", "1.0.0", "1.1.0")
    story.configured(
        f"registries: [{{prefix: '{story.registry.host}', tags_max_age: 1h}}]\n"
        "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n"
    )
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    with serving(story.folder) as port:
        monkeypatch.setenv("TAGWRIGHT_SHARED_CACHE", f"redis://127.0.0.1:{port}")
        assert story.runs("tagwright run").code == 0
        assert len(story.registry.requests) == 1
        told = story.runs("tagwright explain api --json").json
        assert [one["image"] for one in told["reused"]] == [image]
        for flag in ("", "--markdown"):
            assert "from the cache, read at 20" in story.runs(f"tagwright explain api {flag}").out
        assert len(story.registry.requests) == 1
        config = story.folder / "tagwright.yaml"
        assert story.runs(f"tagwright check --online --config {config}").code == 0
        assert len(story.registry.requests) > 1

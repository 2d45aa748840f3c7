"""The service: it looks by its timetable, stops when it is told to, and a death costs it nothing."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.git_http import GitHttp, Handler
from tests.support.git_server import Remote
from tests.support.killing import shim
from tests.support.serving import Serving, until
from tests.support.story import DEPLOYMENT, Story

OFTEN = "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\nserve: {interval: 1s, jitter: 1s}\n"


@pytest.fixture
def image(story: Story) -> str:
    """An image at 1.0.0 in api.yaml, of which the registry has 1.0.0 alone, and a service that looks each second."""
    image = story.offers("acme/api", "1.0.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    story.configured(OFTEN)
    return image


def serving(story: Story, *arguments: str, **environ: str) -> Serving:
    """The service over the story's configuration, with a cache."""
    return Serving(story.folder / "tagwright.yaml", "--cache", str(story.folder / "cache"), *arguments, environ=environ)


def test_a_new_tag_is_written_at_the_next_look(story: Story, image: str) -> None:
    """Nobody tells it of the tag; once, and then it is calm again."""
    with serving(story) as service:
        assert service.gets("/healthz") == 200
        assert service.gets("/readyz") == 200
        story.registry.add("acme/api", "1.1.0")
        until(lambda: f"{image}:1.1.0" in story.remote.show("api.yaml"), lambda: service.text)
        asked = len(story.registry.requests)
        until(lambda: len(story.registry.requests) > asked + 2)  # two more looks
        assert story.remote.log() == [f"Update {image} to 1.1.0", "Seed"]
        service.signalled(signal.SIGTERM)
        assert service.ends() == 0
    assert "Traceback" not in service.text


def test_it_stops_at_once_when_nothing_is_under_way(story: Story, image: str) -> None:
    """Also before its first look is over, and by Ctrl-C; the exit code is 0, and no temporary folder stays."""
    story.configured(OFTEN.replace("interval: 1s", "interval: 1h"))
    temporary = story.folder / "tmp"
    temporary.mkdir()
    with Serving(story.folder / "tagwright.yaml", environ={"TMPDIR": str(temporary)}) as service:
        assert service.gets("/readyz") == 200
        service.signalled(signal.SIGINT)
        assert service.ends(20) == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("patient", [True, False])
def test_a_pass_under_way_ends_or_is_left(tmp_path: Path, patient: bool) -> None:
    """Told to stop, it takes no new request; the pass has the grace period, and what is not done then is not half."""
    remote = Remote(tmp_path / "deploy.git")
    before = remote.commit({"a.yaml": "image: nginx:1.0.0\n"})
    asked, go = threading.Event(), threading.Event()

    def wait(handler: Handler) -> bool:
        asked.set()
        go.wait(60)
        return False

    with GitHttp(tmp_path) as site:
        site.answer = wait
        grace = "20s" if patient else "1s"
        (tmp_path / "tagwright.yaml").write_text(
            f"version: 1\ndelivery: {{mode: commit}}\nserve: {{grace: {grace}}}\n"
            f"targets: [{{repository: '{site.url('deploy.git')}'}}]\n"
        )
        with Serving(tmp_path / "tagwright.yaml") as service:
            assert service.gets("/healthz") == 200
            assert asked.wait(30)
            service.signalled(signal.SIGTERM)
            until(lambda: "stopping" in service.text)
            if patient:
                assert (service.gets("/readyz"), service.gets("/healthz")) == (503, 200)
                assert service.process.poll() is None
                go.set()
            assert service.ends() == 0
        go.set()
    assert ("were left" in service.text) == (not patient)
    assert "Traceback" not in service.text
    assert remote.tip() == before


def test_a_registry_that_never_answers_holds_nobody_up(story: Story) -> None:
    """What cannot be told to stop is left: the process ends all the same, and its folder is gone."""
    asked, gone = threading.Event(), threading.Event()
    temporary = story.folder / "tmp"
    temporary.mkdir()

    def hang(handler: Handler) -> bool:
        asked.set()
        gone.wait(60)
        return handler.reply(503)

    with GitHttp(story.folder) as site:
        site.answer = hang
        story.remote.commit({"a.yaml": f"image: {site.host}/acme/api:1.0.0\n"})
        story.configured(OFTEN.replace("interval: 1s", "grace: 1s"))
        with Serving(story.folder / "tagwright.yaml", environ={"TMPDIR": str(temporary)}) as service:
            assert asked.wait(30)
            service.signalled(signal.SIGTERM)
            assert service.ends(20) == 0
        gone.set()
    assert "were left" in service.text
    assert list(temporary.iterdir()) == []


def test_a_changed_configuration_is_gone_by(story: Story, image: str) -> None:
    """Once its file says something else, or a signal tells; one with a mistake is not taken, and said."""
    story.configured(OFTEN.replace("compatible: minor", "compatible: patch").replace("interval: 1s", "interval: 1h"))
    story.registry.add("acme/api", "1.1.0")
    with serving(story) as service:
        until(lambda: bool(story.registry.requests), lambda: service.text)
        service.signalled(signal.SIGHUP)  # also where nothing changed: a secret's file may have
        until(lambda: "was read again" in service.text, lambda: service.text)
        good = (story.folder / "tagwright.yaml").read_text()
        (story.folder / "tagwright.yaml").write_text(good + "nonsense: 1\n")
        until(lambda: "nonsense" in service.text, lambda: service.text)
        assert service.gets("/readyz") == 200
        assert story.remote.log() == ["Seed"]
        (story.folder / "tagwright.yaml").write_text(good.replace("compatible: patch", "compatible: minor"))
        service.signalled(signal.SIGHUP)
        until(lambda: f"{image}:1.1.0" in story.remote.show("api.yaml"), lambda: service.text)


@pytest.mark.parametrize(("at", "how"), [(1, "before"), (4, "before"), (5, "after"), (7, "after")])
def test_killed_during_a_pass_it_goes_on_after_the_next_start(
    story: Story, image: str, tmp_path: Path, at: int, how: str
) -> None:
    """At whatever git process: nothing is lost, nothing is done twice, and the cache works."""
    story.registry.add("acme/api", "1.1.0")
    with serving(story, PATH=shim(tmp_path / "shim", at, how)) as service:
        assert service.ends() == -9
    story.remote.check()
    with serving(story) as service:
        until(lambda: f"{image}:1.1.0" in story.remote.show("api.yaml"), lambda: service.text)
        story.registry.add("acme/api", "1.2.0")
        until(lambda: f"{image}:1.2.0" in story.remote.show("api.yaml"), lambda: service.text)
        service.signalled(signal.SIGTERM)
        assert service.ends() == 0
    assert story.remote.log() == [f"Update {image} to 1.2.0", f"Update {image} to 1.1.0", "Seed"]
    story.remote.check()


def test_an_address_that_is_taken_is_said(story: Story, image: str) -> None:
    """Before anything is looked at: exit 2, with what to try."""
    with serving(story) as service:
        address = service.url.removeprefix("http://")
        other = Serving(story.folder / "tagwright.yaml", "--listen", address)
        assert other.ends() == 2
        assert f"cannot listen at {address}" in other.text


def test_two_of_them_beside_each_other_lose_and_double_nothing(story: Story, image: str) -> None:
    """Git's compare-and-swap alone keeps them apart."""
    text = (story.folder / "tagwright.yaml").read_text()
    (story.folder / "second.yaml").write_text(text)
    with serving(story) as one, Serving(story.folder / "second.yaml") as two:
        assert one.gets("/readyz") == two.gets("/readyz") == 200
        for minor in range(1, 6):
            story.registry.add("acme/api", f"1.{minor}.0")
            tag = f"{image}:1.{minor}.0"
            until(lambda tag=tag: tag in story.remote.show("api.yaml"), lambda: one.text + two.text)  # type: ignore[misc]
    assert story.remote.log() == [*(f"Update {image} to 1.{minor}.0" for minor in range(5, 0, -1)), "Seed"]


def test_a_tag_is_written_as_soon_as_it_is_old_enough(story: Story, image: str) -> None:
    """Long before the next look of the timetable."""
    often = OFTEN.replace("compatible: minor", "compatible: minor, minimum_age: 3s")
    story.configured(often.replace("interval: 1s, jitter: 1s", "interval: 1h"))
    story.registry.add("acme/api", "1.1.0")
    with serving(story) as service:
        until(lambda: f"{image}:1.1.0" in story.remote.show("api.yaml"), lambda: service.text)
    assert story.remote.log() == [f"Update {image} to 1.1.0", "Seed"]


def test_one_push_that_many_repositories_want_is_asked_for_few_times(story: Story, image: str) -> None:
    """They are all written, and do not ask the registry each for itself."""
    remotes = [Remote(story.folder / f"{number}.git") for number in range(12)]
    for remote in remotes:
        remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    targets = "".join(f"- {{repository: {remote.path}}}\n" for remote in remotes)
    hook = "webhooks: [{name: ci, kind: json, unauthenticated: true}]"
    often = OFTEN.replace("interval: 1s, jitter: 1s", f"interval: 1h, {hook}")
    (story.folder / "tagwright.yaml").write_text(f"version: 1\n{often}targets:\n{targets}")
    with serving(story) as service:
        until(lambda: metric(service, "tagwright_runs_total") == len(remotes), lambda: service.text)
        story.registry.add("acme/api", "1.1.0")
        story.registry.requests.clear()
        body = json.dumps({"image": f"{image}:1.1.0"}).encode()
        assert service.posts("/hooks/ci", body, {"Content-Type": "application/json"}) == 202
        until(lambda: all(f"{image}:1.1.0" in remote.show("api.yaml") for remote in remotes), lambda: service.text)
        lists = [one for one in story.registry.requests if one.path.endswith("/tags/list")]
        assert len(lists) <= len(remotes) // 2


def metric(service: Serving, name: str) -> float:
    """The sum of a metric over its labels."""
    with urlopen(f"{service.url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_the_file_system_may_be_read_only_but_for_the_cache(story: Story, image: str) -> None:
    """Home and working folder are nobody's; the temporary folder alone is written."""
    folder = story.folder / "nowhere"
    folder.mkdir()
    folder.chmod(0o500)
    story.registry.add("acme/api", "1.1.0")
    before = set(os.listdir(story.folder))
    with serving(story, HOME=str(folder)) as service:
        until(lambda: f"{image}:1.1.0" in story.remote.show("api.yaml"), lambda: service.text)
    assert set(os.listdir(story.folder)) - before == {"cache", "tagwright.said"}

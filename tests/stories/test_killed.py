"""A run that is killed, at whatever step: the server is whole, and the next run with the same cache ends the work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.git_http import GitHttp
from tests.support.git_server import Remote
from tests.support.killing import WRITING, hook, runs, shim

IMAGE = "ghcr.io/acme/api"


class Killed:
    """A repository where `set` has something to do, and the command that does it."""

    def __init__(self, folder: Path, cache: str) -> None:
        self.folder = folder
        self.remote = Remote(folder / "srv" / "deploy.git")
        self.url = f"file://{self.remote.path}"
        self.kept = ["--cache", str(folder / "cache")] if cache != "none" else []
        self.remote.commit({"api.yaml": f"image: {IMAGE}:1.0.0\n", "web.yaml": "image: ghcr.io/acme/web:1.0.0\n"})
        (folder / "tmp").mkdir()
        self.environ = {"TMPDIR": str(folder / "tmp")}
        if cache == "warm":
            assert self.sets("ghcr.io/acme/web:1.1.0") == 0
            self.remote.commit({"other.yaml": "a: b\n"}, "Moved on")

    def sets(self, image: str = f"{IMAGE}:1.1.0", **environ: str) -> int:
        """`set` an image; the exit code."""
        given = ["set", image, "--repo", self.url, "--retry-for", "1s", *self.kept]
        return runs(given, self.environ | environ, self.folder / "said")

    @property
    def said(self) -> str:
        """What the last command said."""
        return (self.folder / "said").read_text("utf-8")

    def heals(self) -> None:
        """The next run does what is left to do, once, and leaves a cache that works."""
        self.remote.check()
        before = self.remote.log()
        assert before.count(f"Update {IMAGE} to 1.1.0") <= 1
        assert self.sets() == 0, self.said
        assert self.remote.show("api.yaml") == f"image: {IMAGE}:1.1.0"
        assert self.remote.log().count(f"Update {IMAGE} to 1.1.0") == 1
        self.remote.check()
        assert not list((self.folder / "cache").rglob("*.lock"))
        assert list((self.folder / "tmp").iterdir()) == [] or not self.kept


@pytest.fixture(params=["none", "new", "warm"])
def killed(request: pytest.FixtureRequest, tmp_path: Path) -> Killed:
    """A world with one kind of cache."""
    return Killed(tmp_path / "world", request.param)


@pytest.mark.parametrize("halfway", [False, True])
def test_killed_at_any_git_process(killed: Killed, halfway: bool) -> None:
    """Looking, fetching, reading, remembering, committing, pushing: before git reads, and while or after it writes."""
    snapshot = killed.folder.with_name("snapshot")
    shutil.copytree(killed.folder, snapshot)
    assert killed.sets(PATH=shim(killed.folder / "shim", 0, "before")) == 0, killed.said
    calls = [line.split(" ")[0] for line in (killed.folder / "shim" / "calls").read_text("utf-8").splitlines()]
    assert {"ls-remote", "fetch", "fast-import", "push"} <= set(calls)
    for at, call in enumerate(calls, 1):
        if halfway and (call not in WRITING or not killed.kept):
            continue
        how = "before" if call not in WRITING else "during" if halfway else "after"
        shutil.rmtree(killed.folder)
        shutil.copytree(snapshot, killed.folder)
        assert killed.sets(PATH=shim(killed.folder / "shim", at, how)) == -9, (at, call, killed.said)
        killed.heals()


@pytest.mark.parametrize("name", ["pre-receive", "update", "post-receive"])
def test_a_power_cut_while_the_server_takes_the_push(killed: Killed, name: str) -> None:
    """Client and server die together, before the branch moved or after it: nothing is half there."""
    world = killed
    world.remote.hook(name, hook(world.folder / "shim"))
    assert world.sets(PATH=shim(world.folder / "shim", 0, "after")) == -9
    (world.remote.path / "hooks" / name).unlink()
    landed = world.remote.log()[0] == f"Update {IMAGE} to 1.1.0"
    assert landed == (name == "post-receive")
    world.heals()


def test_a_lock_that_the_server_died_with_is_said_as_one(killed: Killed) -> None:
    """Git leaves it for a person to clear: until then it is a problem that names it, and then the work goes on."""
    world = killed
    world.remote.hook("reference-transaction", hook(world.folder / "shim", "prepared"))
    assert world.sets(PATH=shim(world.folder / "shim", 0, "after")) == -9
    (world.remote.path / "hooks" / "reference-transaction").unlink()
    assert world.sets() == 1
    assert "is locked on the server" in world.said
    assert "main.lock" in world.said
    for lock in (world.remote.path / "refs" / "heads" / "main.lock", world.remote.path / "HEAD.lock"):
        lock.unlink()
    world.heals()


def test_a_client_that_dies_while_the_server_goes_on(tmp_path: Path) -> None:
    """The push lands without anybody to hear of it; the next run finds it there."""
    world = Killed(tmp_path / "world", "new")
    world.remote.hook("pre-receive", f"kill -9 $(cat {world.folder}/shim/client)\n")
    with GitHttp(tmp_path / "world" / "srv") as site:
        world.url = site.url("deploy.git")
        assert world.sets(PATH=shim(world.folder / "shim", 0, "after")) == -9
        (world.remote.path / "hooks" / "pre-receive").unlink()
        world.heals()

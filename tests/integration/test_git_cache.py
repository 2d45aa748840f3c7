"""The mirror between runs: what it saves, what it survives, and what it is deaf to."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tagwright.errors import BranchUnknown, GitError
from tagwright.git.mirror import Mirror, open_mirror
from tagwright.model import GitAccess, Head
from tests.support.git_server import Remote, git, shim

BOT = ("tagwright", "tagwright@example.test")
NOBODY = GitAccess()


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """A repository with one commit."""
    made = Remote(tmp_path / "srv" / "deploy.git")
    made.commit({"app.yaml": "tag: 1\n", "other.yaml": "x\n"}, "Seed")
    return made


def repository_in(cache: Path) -> Path:
    """The bare repository kept in a cache folder."""
    (found,) = cache.glob("git/*/repository")
    return found


def read_all(mirror: Mirror) -> dict[str, bytes]:
    """Look, fetch and read every file."""
    head = mirror.head()
    mirror.fetch(head)
    entries = mirror.files(head.commit)
    contents = dict(mirror.read(entry.oid for entry in entries))
    return {entry.path: contents[entry.oid] for entry in entries}


def deliver(mirror: Mirror, content: bytes) -> Head:
    """A whole delivery; the branch afterwards."""
    head = mirror.head()
    mirror.fetch(head)
    commit = mirror.commit(head.commit, {"app.yaml": ("100644", content)}, "Update", BOT)
    mirror.push(commit, head.branch, expected=head.commit)
    return Head(head.branch, commit)


def calls(tmp_path: Path) -> list[str]:
    """The git processes since the last question, by their sub-command."""
    log = tmp_path / "git-calls"
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    ours = [line.split(" ") for line in lines]
    return [
        words[0] for words in ours if words[0] not in ("upload-pack", "receive-pack") and "pack-objects" not in words
    ]


SEED = {"app.yaml": b"tag: 1\n", "other.yaml": b"x\n"}


# ── what it saves ────────────────────────────────────────────────────────────


def test_each_step_is_one_git_process(remote: Remote, tmp_path: Path) -> None:
    """A cold pass, a warm pass, a delivery: counted."""
    environ, cache = {"PATH": shim(tmp_path)}, tmp_path / "cache"
    with open_mirror(str(remote.path), NOBODY, cache, environ) as mirror:
        read_all(mirror)
        helpers = ("index-pack", "unpack-objects", "rev-list")
        cold = [call for call in calls(tmp_path) if call not in helpers]
    assert cold == ["ls-remote", "init", "fetch", "ls-tree", "cat-file"]
    with open_mirror(str(remote.path), NOBODY, cache, environ) as mirror:
        mirror.fetch(mirror.head())
        assert calls(tmp_path) == ["ls-remote"]
        head = deliver(mirror, b"tag: 2\n")
        assert [call for call in calls(tmp_path) if call not in helpers] == ["ls-remote", "fast-import", "push"]
    with open_mirror(str(remote.path), NOBODY, cache, environ) as mirror:
        assert mirror.head() == head
        mirror.fetch(head)
        assert calls(tmp_path) == ["ls-remote"]


def test_a_process_that_only_looks_starts_git_once(remote: Remote, tmp_path: Path) -> None:
    """Importing the Git library starts none."""
    script = (
        "import os, sys, pathlib; from tagwright.git.mirror import open_mirror; from tagwright.model import GitAccess\n"
        "with open_mirror(sys.argv[1], GitAccess(), pathlib.Path(sys.argv[2]), os.environ) as mirror: mirror.head()\n"
        "assert not [name for name in os.environ if name.startswith('GIT_PYTHON')]"
    )
    environ = os.environ | {"PATH": shim(tmp_path)}
    command = [sys.executable, "-c", script, str(remote.path), str(tmp_path / "cache")]
    subprocess.run(command, env=environ, check=True)
    assert calls(tmp_path) == ["ls-remote"]


def test_only_what_changed_is_fetched(remote: Remote, tmp_path: Path) -> None:
    """The second fetch brings one commit, one tree and one blob, not the repository again."""
    for number in range(200):
        remote.commit({f"f{number}.yaml": f"{number}\n"})
    cache = tmp_path / "cache"
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        read_all(mirror)
    before = _objects(cache)
    remote.commit({"app.yaml": "tag: 2\n"})
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        assert read_all(mirror)["app.yaml"] == b"tag: 2\n"
    assert _objects(cache) - before == 3


def _objects(cache: Path) -> int:
    counted = dict(line.split(": ") for line in git("count-objects", "-v", cwd=repository_in(cache)).splitlines())
    return int(counted["count"]) + int(counted["in-pack"])


def test_a_delivery_leaves_no_index_and_no_work_tree(remote: Remote, tmp_path: Path) -> None:
    """An index in a bare repository would break later commands; there is none, nor any file of the tree."""
    cache = tmp_path / "cache"
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        deliver(mirror, b"tag: 2\n")
    left = {path.name for path in repository_in(cache).iterdir()}
    assert left <= {"HEAD", "config", "objects", "refs", "shallow", "description"}
    git("fsck", "--strict", "--no-dangling", cwd=repository_in(cache))


def test_without_a_cache_nothing_is_left(remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary folder is gone at the end, also after an error."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    with open_mirror(str(remote.path), NOBODY, None, os.environ) as mirror:
        deliver(mirror, b"tag: 2\n")
    with pytest.raises(BranchUnknown), open_mirror(str(remote.path), NOBODY, None, os.environ) as mirror:
        mirror.head("nope")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_two_repositories_do_not_share_a_mirror(remote: Remote, tmp_path: Path) -> None:
    """Each address has its own folder in the cache."""
    other = Remote(tmp_path / "srv" / "other.git")
    other.commit({"other.yaml": "y\n"})
    for path, want in ((remote.path, SEED), (other.path, {"other.yaml": b"y\n"})):
        with open_mirror(str(path), NOBODY, tmp_path / "cache", os.environ) as mirror:
            assert read_all(mirror) == want
    assert len(list((tmp_path / "cache" / "git").iterdir())) == 2


# ── what it survives ─────────────────────────────────────────────────────────


def _empty(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"")


def _empty_objects(repository: Path) -> None:
    for path in repository.glob("objects/??/*"):
        _empty(path)


def _lose_objects(repository: Path) -> None:
    for path in [*repository.glob("objects/??/*"), *repository.glob("objects/pack/*")]:
        path.unlink()


def _lose_blobs(repository: Path) -> None:
    for oid in git("ls-tree", "--format=%(objectname)", "refs/seen/" + _only_ref(repository), cwd=repository).split():
        (repository / "objects" / oid[:2] / oid[2:]).unlink()


def _only_ref(repository: Path) -> str:
    (ref,) = (repository / "refs" / "seen").iterdir()
    return ref.name


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a lock on the shallow file": lambda repository: (repository / "shallow.lock").touch(),
    "a lock on a ref": lambda repository: (repository / "refs/seen/x.lock").touch(),
    "empty objects": _empty_objects,
    "lost objects": _lose_objects,
    "lost blobs": _lose_blobs,
    "garbage in the configuration": lambda repository: (repository / "config").write_text("[core\n"),
    "garbage in HEAD": lambda repository: (repository / "HEAD").write_text("garbage\n"),
    "no HEAD": lambda repository: (repository / "HEAD").unlink(),
    "garbage in shallow": lambda repository: (repository / "shallow").write_text("garbage\n"),
    "an empty ref": lambda repository: _empty(repository / "refs/seen" / _only_ref(repository)),
    "an index": lambda repository: (repository / "index").touch(),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("moved", [False, True], ids=["same head", "new head"])
def test_a_broken_mirror_is_thrown_away_and_made_again(
    remote: Remote, tmp_path: Path, damage: str, moved: bool
) -> None:
    """Whatever a kill or a full disk left behind: the next pass reads and delivers all the same."""
    cache = tmp_path / "cache"
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        read_all(mirror)
    DAMAGES[damage](repository_in(cache))
    if moved:
        remote.commit({"third.yaml": "z\n"})
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        assert read_all(mirror) == SEED | ({"third.yaml": b"z\n"} if moved else {})
        deliver(mirror, b"tag: 2\n")
    assert remote.show("app.yaml") == "tag: 2"
    remote.check()


def test_a_mirror_lost_while_in_use_is_made_again(remote: Remote, tmp_path: Path) -> None:
    """Even in the middle of reading: the rest is read from the new one, nothing twice."""
    with open_mirror(str(remote.path), NOBODY, tmp_path / "cache", os.environ) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        entries = mirror.files(head.commit)
        _lose_objects(repository_in(tmp_path / "cache"))
        assert [data for _, data in mirror.read(entry.oid for entry in entries)] == list(SEED.values())
        _lose_objects(repository_in(tmp_path / "cache"))
        deliver(mirror, b"tag: 2\n")
    assert remote.show("app.yaml") == "tag: 2"


def test_an_unreachable_remote_costs_no_mirror(remote: Remote, tmp_path: Path) -> None:
    """Only damage of our own throws the mirror away, not a bad moment of the network."""
    cache = tmp_path / "cache"
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        read_all(mirror)
    held = _objects(cache)
    remote.path.rename(tmp_path / "away")
    with (
        open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror,
        pytest.raises(Exception, match="no Git repository"),
    ):
        mirror.fetch(Head("main", "1" * 40))
    assert _objects(cache) == held


def test_a_second_run_on_the_same_cache_works_beside_the_first(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither waits nor disturbs: it uses a temporary folder."""
    cache = tmp_path / "cache"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    with (
        open_mirror(str(remote.path), NOBODY, cache, os.environ) as first,
        open_mirror(str(remote.path), NOBODY, cache, os.environ) as second,
    ):
        assert read_all(first) == SEED
        deliver(second, b"tag: 2\n")
        assert len(list((tmp_path / "tmp").glob("*/repository"))) == 1
        deliver(first, b"tag: 3\n")
    assert remote.log() == ["Update", "Update", "Seed"]
    assert len(list((cache / "git").iterdir())) == 1


def test_a_killed_run_frees_the_cache(remote: Remote, tmp_path: Path) -> None:
    """The lock goes with the process that held it, however it ends."""
    script = (
        "import os, sys, pathlib, signal\n"
        "from tagwright.git.mirror import open_mirror; from tagwright.model import GitAccess\n"
        "with open_mirror(sys.argv[1], GitAccess(), pathlib.Path(sys.argv[2]), os.environ) as mirror:\n"
        "    mirror.fetch(mirror.head()); os.kill(os.getpid(), signal.SIGKILL)"
    )
    cache = tmp_path / "cache"
    subprocess.run([sys.executable, "-c", script, str(remote.path), str(cache)], check=False)
    with open_mirror(str(remote.path), NOBODY, cache, {"PATH": shim(tmp_path)}) as mirror:
        assert read_all(mirror) == SEED
    assert calls(tmp_path) == ["ls-remote", "ls-tree", "cat-file"]


def test_many_fetches_do_not_pile_up(remote: Remote, tmp_path: Path) -> None:
    """A mirror of many small packs is made anew, one commit deep."""
    cache = tmp_path / "cache"
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        read_all(mirror)
    for number in range(110):
        (repository_in(cache) / "objects" / "pack" / f"pack-{number}.pack").touch()
    with open_mirror(str(remote.path), NOBODY, cache, os.environ) as mirror:
        assert read_all(mirror) == SEED
    assert not list(repository_in(cache).glob("objects/pack/pack-*.pack"))


# ── what it is deaf to ───────────────────────────────────────────────────────


def test_the_surroundings_of_git_have_no_say(remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """User and system settings, hooks, URL rewriting, GIT_* variables and the current folder change nothing."""
    trap = tmp_path / "trap"
    trap.mkdir()
    settings = (
        f'[core]\n\thooksPath = {trap}\n\tfsmonitor = "touch {trap}/sprung; false"\n'
        f'[url "file://{tmp_path}/nowhere"]\n\tinsteadOf = file://{remote.path.parent}\n'
        f'[credential]\n\thelper = "!touch {trap}/sprung; false"\n[protocol]\n\tallow = never\n'
    )
    for name in ("pre-push", "reference-transaction", "post-update"):
        (trap / name).write_text(f"#!/bin/sh\ntouch {trap}/sprung\nexit 1\n")
        (trap / name).chmod(0o755)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text(settings)
    here = tmp_path / "checkout"
    git("init", "--quiet", str(here), cwd=tmp_path)
    (here / ".git" / "config").write_text("[core]\n\trepositoryformatversion = 0\n" + settings)
    monkeypatch.chdir(here)
    for name, value in {
        "HOME": str(tmp_path / "home"),
        "GIT_DIR": "/nowhere",
        "GIT_WORK_TREE": "/nowhere",
        "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
        "GIT_CONFIG_PARAMETERS": "'core.bare'='banana'",
        "GIT_CONFIG_GLOBAL": str(tmp_path / "home" / ".gitconfig"),
        "GIT_CONFIG_SYSTEM": str(tmp_path / "home" / ".gitconfig"),
        "GIT_ASKPASS": str(trap / "pre-push"),
        "GIT_NAMESPACE": "elsewhere",
        "GIT_TRACE": str(trap / "sprung"),
        "GIT_EXTERNAL_DIFF": str(trap / "pre-push"),
    }.items():
        monkeypatch.setenv(name, value)
    with open_mirror(str(remote.path), NOBODY, tmp_path / "cache", os.environ) as mirror:
        deliver(mirror, b"tag: 2\n")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    assert remote.show("app.yaml") == "tag: 2"
    assert not (trap / "sprung").exists()


def test_a_repository_of_another_owner_is_read_and_written(remote: Remote, tmp_path: Path) -> None:
    """The operator named it: git's question about its owner is answered."""
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    for path in [remote.path, *remote.path.rglob("*")]:
        os.chown(path, 12345, 12345)
    with open_mirror(str(remote.path), NOBODY, None, os.environ) as mirror:
        head = deliver(mirror, b"tag: 2\n")
        assert mirror.head() == head


def test_the_cache_is_for_our_eyes_only(remote: Remote, tmp_path: Path) -> None:
    """Private repositories stay private on a shared machine."""
    with open_mirror(str(remote.path), NOBODY, tmp_path / "cache", os.environ) as mirror:
        mirror.fetch(mirror.head())
    assert repository_in(tmp_path / "cache").parent.stat().st_mode & 0o077 == 0


# ── where it is kept ─────────────────────────────────────────────────────────


def test_a_relative_cache_folder_counts_from_where_we_are(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git runs elsewhere, and finds the mirror all the same."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        with open_mirror(str(remote.path), NOBODY, Path("cache"), os.environ) as mirror:
            assert read_all(mirror) == SEED
            deliver(mirror, b"tag: 1\n")
    assert repository_in(tmp_path / "cache").is_dir()


@pytest.mark.parametrize("blocked", ["cache", "cache/git"])
def test_a_cache_that_cannot_be_written_is_done_without(remote: Remote, tmp_path: Path, blocked: str) -> None:
    """A file where a folder should be: the mirror stands in a temporary folder, and is gone afterwards."""
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text("in the way")
    with open_mirror(str(remote.path), NOBODY, tmp_path / "cache", os.environ) as mirror:
        assert read_all(mirror) == SEED
        temporary = Path(mirror._folder)
    assert not temporary.exists()
    assert (tmp_path / blocked).read_text() == "in the way"


def test_a_machine_without_a_temporary_folder_says_so(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to set is named."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(GitError, match="temporary folder") as raised, open_mirror(str(remote.path), NOBODY, None, {}):
        pass
    assert "TMPDIR" in raised.value.hint


def test_a_failure_on_the_mirror_alone_says_nothing_of_the_remote(remote: Remote, tmp_path: Path) -> None:
    """The remote was there: whatever git says of its own folder, the address and the login are not to blame."""
    with open_mirror(str(remote.path), NOBODY, tmp_path / "cache", os.environ) as mirror:
        read_all(mirror)
        with pytest.raises(GitError) as raised:
            mirror.files("0" * 40)
        assert raised.value.code == GitError.code
        assert "copy of" in raised.value.message
        assert "login" not in raised.value.hint

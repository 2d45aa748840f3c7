"""Read a commit, write a commit, push it: against a bare repository by file://."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tagwright.errors import BranchMoved
from tagwright.git import open_mirror
from tagwright.model import GitAccess
from tests.support.git_server import Remote

BOT = ("tagwright", "tagwright@example.test")


def test_a_commit_is_read_changed_and_pushed_without_a_work_tree(tmp_path: Path) -> None:
    """One file changes, its mode stays, everything else is as it was, and the remote has one more commit."""
    remote = Remote(tmp_path / "deploy.git")
    remote.commit({"app.yaml": "tag: 1\n", "run.sh": "one\n"}, modes={"run.sh": "100755"})
    with open_mirror(str(remote.path), GitAccess(), None, os.environ) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        entries = {entry.path: entry for entry in mirror.files(head.commit)}
        contents = dict(mirror.read([entry.oid for entry in entries.values()]))
        assert contents[entries["app.yaml"].oid] == b"tag: 1\n"

        mode = entries["run.sh"].mode
        commit = mirror.commit(head.commit, {"run.sh": (mode, b"two\n")}, "Update run.sh", BOT)
        mirror.push(commit, head.branch, expected=head.commit)

    assert remote.tip() == commit
    assert remote.touched() == ["run.sh"]
    assert remote.show("run.sh") == "two"
    assert remote.mode("run.sh") == "100755"
    assert remote.log() == ["Update run.sh", "Seed"]
    remote.check()


def test_whoever_is_slower_is_invited_to_look_again(tmp_path: Path) -> None:
    """A push onto a branch that moved raises BranchMoved and changes nothing."""
    remote = Remote(tmp_path / "deploy.git")
    remote.commit({"app.yaml": "tag: 1\n"})
    with open_mirror(str(remote.path), GitAccess(), None, os.environ) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        commit = mirror.commit(head.commit, {"app.yaml": ("100644", b"tag: 2\n")}, "Update", BOT)
        theirs = remote.commit({"other.yaml": "x\n"}, "A person was faster")
        with pytest.raises(BranchMoved):
            mirror.push(commit, head.branch, expected=head.commit)
    assert remote.tip() == theirs

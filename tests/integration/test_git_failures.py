"""What goes wrong on the way to a repository: each a sentence with what, where, and what to try."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from tagwright.errors import BranchMoved, BranchUnknown, GitError, NotARepository
from tagwright.git.mirror import open_mirror
from tagwright.model import GitAccess, Head
from tests.support.git_http import GitHttp
from tests.support.git_server import Remote, git


def failure(url: str, branch: str = "", timeout: float = 60, path: str = "") -> GitError:
    """The error of one look."""
    environ = {"PATH": path or os.environ["PATH"]}
    with open_mirror(url, GitAccess(), None, environ, timeout) as mirror, pytest.raises(GitError) as caught:
        mirror.head(branch)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("url", ["https://nowhere.invalid/a.git", "ssh://git@nowhere.invalid/a.git"])
def test_an_unknown_host(url: str) -> None:
    """The name does not resolve."""
    error = failure(url)
    assert (error.code, error.message.split(" (")[0]) == ("git-unknown-host", f"the host of {url} is not known")


@pytest.mark.parametrize("scheme", ["http", "ssh"])
def test_nobody_listens(scheme: str) -> None:
    """The connection is refused."""
    assert failure(f"{scheme}://127.0.0.1:{closed_port()}/a.git").code == "git-unreachable"


def test_no_such_repository(tmp_path: Path) -> None:
    """404 over http, nothing at a path."""
    with GitHttp(tmp_path) as site:
        error = failure(site.url("missing.git"))
    assert isinstance(error, NotARepository)
    assert site.url("missing.git") in error.message
    assert isinstance(failure(str(tmp_path / "missing")), NotARepository)


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    """Something is there, but not Git."""
    (tmp_path / "notes.txt").write_text("x")
    assert isinstance(failure(str(tmp_path)), NotARepository)
    assert isinstance(failure(str(tmp_path / "notes.txt")), NotARepository)


def test_a_web_page_is_no_repository(tmp_path: Path) -> None:
    """A login page that answers 200 to everything."""
    with GitHttp(tmp_path) as site:
        page = b"<!DOCTYPE html>\n<title>Sign in</title>\n"
        site.answer = lambda handler: handler.reply(200, page, Content_Type="text/html")
        assert isinstance(failure(site.url("a.git")), NotARepository)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble(tmp_path: Path, status: int) -> None:
    """5xx is the server's trouble, not a missing repository."""
    with GitHttp(tmp_path) as site:
        site.answer = lambda handler: handler.reply(status, b"<html>")
        assert failure(site.url("a.git")).code == "git-unreachable"


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    """The time-out ends git and its helpers, and is said."""
    gone = threading.Event()
    with GitHttp(tmp_path) as site:
        site.answer = lambda _: gone.wait(30)
        error = failure(site.url("a.git"), timeout=0.5)
        gone.set()
    assert error.code == "git-timeout"
    assert "in time" in error.message


def test_an_empty_repository(tmp_path: Path) -> None:
    """It has no branch yet: the hint says what to do."""
    remote = Remote(tmp_path / "empty.git")
    error = failure(str(remote.path))
    assert isinstance(error, BranchUnknown)
    assert "first commit" in error.hint
    assert isinstance(failure(str(remote.path), branch="main"), BranchUnknown)


def test_a_head_that_points_nowhere(tmp_path: Path) -> None:
    """Branches exist, but not the default one: the hint names the flag."""
    remote = Remote(tmp_path / "a.git")
    remote.commit({"a": "b"}, branch="other")
    assert "--branch" in failure(str(remote.path)).hint


def test_a_detached_head(tmp_path: Path) -> None:
    """HEAD that is a commit names no branch to push to."""
    remote = Remote(tmp_path / "a.git")
    git("update-ref", "--no-deref", "HEAD", remote.commit({"a": "b"}), cwd=remote.path)
    assert "--branch" in failure(str(remote.path)).hint


def test_a_commit_that_is_gone_is_an_invitation_to_look_again(tmp_path: Path) -> None:
    """Between the look and the fetch the branch was replaced and the old commit pruned."""
    remote = Remote(tmp_path / "a.git")
    remote.commit({"a": "b"})
    with open_mirror(str(remote.path), GitAccess(), None, os.environ) as mirror, pytest.raises(BranchMoved):
        mirror.fetch(Head("main", "1" * 40))


def test_a_machine_without_git(tmp_path: Path) -> None:
    """The one program that is needed is named."""
    assert "no git on this machine" in failure("/srv/a.git", path=str(tmp_path)).message

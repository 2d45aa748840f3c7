"""A push that is refused, raced or left without an answer: what it means, and what is on the remote afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tagwright.errors import BranchMoved, BranchProtected, GitDenied, GitError
from tagwright.git.mirror import Mirror, open_mirror
from tagwright.model import GitAccess, Head
from tests.support.git_http import GitHttp
from tests.support.git_server import Place, Remote, git, place

BOT = ("tagwright", "tagwright@example.test")
_NOBODY = GitAccess()


@pytest.fixture(params=["file", "http", "ssh"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A repository with one commit, in each way."""
    with place(request.param, tmp_path) as found:
        found.remote.commit({"app.yaml": "tag: 1\n"}, "Seed")
        yield found


@pytest.fixture
def over_http(tmp_path: Path) -> Iterator[tuple[GitHttp, Remote, Mirror]]:
    """A repository with one commit behind a server whose answers a test may lose."""
    remote = Remote(tmp_path / "srv" / "deploy.git")
    remote.commit({"app.yaml": "tag: 1\n"}, "Seed")
    with GitHttp(tmp_path / "srv") as site, open_mirror(site.url("deploy.git"), _NOBODY, None, {}) as mirror:
        yield site, remote, mirror


def deliver(mirror: Mirror, content: bytes = b"tag: 2\n", branch: str = "") -> str:
    """Look, commit, push; the commit."""
    head = mirror.head()
    commit = prepared(mirror, head, content)
    mirror.push(commit, branch or head.branch, expected=None if branch else head.commit)
    return commit


def prepared(mirror: Mirror, head: Head, content: bytes = b"tag: 2\n") -> str:
    """Fetch and commit, without pushing."""
    mirror.fetch(head)
    return mirror.commit(head.commit, {"app.yaml": ("100644", content)}, "Update", BOT)


# ── protected branches ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        "error: GH006: Protected branch update failed for refs/heads/main.",
        "error: GH013: Repository rule violations found for refs/heads/main.",
        "GitLab: You are not allowed to push code to protected branches on this project.",
        "Gitea: Not allowed to push to protected branch main",
        "Forgejo: Not allowed to push to protected branch main",
        "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
        "No pushes on a Friday.",
    ],
)
@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_protected_branch_is_said_in_the_servers_own_words(tmp_path: Path, words: str, hook: str) -> None:
    """A hook that declines means: not on this branch. Its words are in the message, the hint names the way out."""
    with place("file", tmp_path) as served:
        before = served.remote.commit({"app.yaml": "tag: 1\n"}, "Seed")
        served.remote.hook(hook, f"echo '{words}' >&2; exit 1\n")
        with (
            open_mirror(served.url, served.access, None, served.environ) as mirror,
            pytest.raises(BranchProtected) as caught,
        ):
            deliver(mirror)
    assert words in caught.value.message
    assert "pull request" in caught.value.hint
    assert served.remote.tip() == before


def test_a_protected_branch_still_takes_other_branches(served: Place) -> None:
    """Where main is protected, a branch of our own lands, by every transport."""
    served.remote.hook("update", '[ "$1" != refs/heads/main ] || { echo "GH006: Protected branch" >&2; exit 1; }\n')
    with open_mirror(served.url, served.access, None, served.environ) as mirror:
        with pytest.raises(BranchProtected, match="GH006"):
            deliver(mirror)
        commit = deliver(mirror, branch="tagwright/app")
    assert served.remote.tip("tagwright/app") == commit


def test_a_branch_that_is_checked_out_there_is_explained(tmp_path: Path) -> None:
    """An ordinary repository can be read, but its current branch takes no push."""
    git("init", "--quiet", "--initial-branch=main", str(tmp_path / "work"), cwd=tmp_path)
    git("commit", "--quiet", "--allow-empty", "--message=Seed", cwd=tmp_path / "work")
    with open_mirror(str(tmp_path / "work"), _NOBODY, None, {}) as mirror:
        with pytest.raises(BranchProtected, match="checked out"):
            deliver(mirror)
        assert deliver(mirror, branch="other")


def test_a_branch_name_that_cannot_be_is_no_race(served: Place) -> None:
    """`main/x` beside `main` can never be made: an error, not an invitation to try for ever."""
    with open_mirror(served.url, served.access, None, served.environ) as mirror, pytest.raises(GitError) as caught:
        deliver(mirror, branch="main/x")
    assert not isinstance(caught.value, BranchMoved)


# ── races ────────────────────────────────────────────────────────────────────

_FASTER = """
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
[ -e raced ] && exit 0
touch raced
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@y GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@y
git update-ref refs/heads/main $(git commit-tree main^{tree} -p main -m 'Faster')
"""


def test_someone_faster_between_the_look_and_the_update_is_a_race_too(served: Place) -> None:
    """The server took our push and then could not move the branch: look again, and the next one lands."""
    served.remote.hook("pre-receive", _FASTER)
    with open_mirror(served.url, served.access, None, served.environ) as mirror:
        with pytest.raises(BranchMoved):
            deliver(mirror)
        deliver(mirror)
    assert served.remote.log() == ["Update", "Faster", "Seed"]


# ── lost answers ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lost", [1, 2])
def test_a_push_whose_answer_was_lost_has_landed(over_http: tuple[GitHttp, Remote, Mirror], lost: int) -> None:
    """The push arrives, the answer does not (nor that of the request git repeats by itself): it is a success."""
    site, remote, mirror = over_http
    site.lose_answers = lost
    commit = deliver(mirror)
    assert site.lose_answers == 0
    assert remote.tip() == commit


def test_a_lost_answer_is_found_below_newer_commits(over_http: tuple[GitHttp, Remote, Mirror]) -> None:
    """Someone built on our commit before we looked: it has landed all the same."""
    site, remote, mirror = over_http
    remote.hook("post-receive", _BUILD_ON_IT)
    site.lose_answers = 2
    deliver(mirror)
    assert remote.log() == ["On top", "On top", "Update", "Seed"]


_BUILD_ON_IT = """
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@y GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@y
for i in 1 2; do git update-ref refs/heads/main $(git commit-tree main^{tree} -p main -m 'On top'); done
"""


def test_a_push_that_never_arrived_is_a_failure(over_http: tuple[GitHttp, Remote, Mirror]) -> None:
    """The server hangs up before git sees the push: the branch is where it was, and we say so."""
    site, remote, mirror = over_http
    before = remote.tip()
    head = mirror.head()
    commit = prepared(mirror, head)
    site.answer = lambda handler: handler.command == "POST" and handler.reply(503)
    with pytest.raises(GitError) as caught:
        mirror.push(commit, head.branch, expected=head.commit)
    assert caught.value.code == "git-unreachable"
    assert remote.tip() == before


def test_a_login_that_may_only_read_is_told_apart(over_http: tuple[GitHttp, Remote, Mirror]) -> None:
    """403 for the push service: rights are missing, not the branch."""
    site, _, mirror = over_http
    head = mirror.head()
    commit = prepared(mirror, head)
    site.answer = lambda handler: "git-receive-pack" in handler.path and handler.reply(403)
    with pytest.raises(GitDenied, match="may not do this"):
        mirror.push(commit, head.branch, expected=head.commit)


# ── several branches at once ─────────────────────────────────────────────────


def test_branches_are_begun_in_one_push_and_none_is_moved(served: Place, tmp_path: Path) -> None:
    """Those that did not exist are there; one that somebody made meanwhile, or a hook refuses, is as it was."""
    served.remote.hook("update", '[ "$1" != refs/heads/tagwright/no ]\n')
    with open_mirror(served.url, served.access, None, served.environ) as mirror:
        head = mirror.head()
        commit = prepared(mirror, head)
        theirs = served.remote.commit({"mine": "x"}, branch="tagwright/theirs")

        begun = mirror.begin({f"tagwright/{name}": commit for name in ("one", "two", "theirs", "no")})

    assert begun == {"tagwright/one": commit, "tagwright/two": commit}
    assert [served.remote.tip(f"tagwright/{name}") for name in ("one", "two", "theirs", "no")] == [
        commit, commit, theirs, None,
    ]  # fmt: skip
    served.remote.check()


def test_a_push_that_is_refused_whole_begins_nothing(over_http: tuple[GitHttp, Remote, Mirror]) -> None:
    """No branch counts as begun that nobody confirmed."""
    _, remote, mirror = over_http
    head = mirror.head()
    commit = prepared(mirror, head)
    remote.hook("pre-receive", "exit 1\n")
    assert mirror.begin({"tagwright/one": commit, "tagwright/two": commit}) == {}
    assert remote.branches() == ["main"]

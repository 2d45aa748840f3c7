"""What servers say when they refuse a push, and what it means: look again, propose it instead, or neither.

The answers are those people quote in issues and documentation, and those in the servers' sources: github.com's
"Troubleshooting required status checks" and "Push protection", GitLab's `lib/gitlab/checks`, `git_access.rb` and push
rules, Gitea's and Forgejo's `routers/private/hook_pre_receive.go`, Bitbucket's branch permissions, Azure Repos' TF and
VS numbers; as read in November 2026.
"""

from __future__ import annotations

import re

import pytest

from tagwright.errors import BranchMoved, BranchProtected, GitDenied, GitError
from tagwright.git.access import Login
from tagwright.git.address import parse_remote
from tagwright.git.refusals import refused

REMOTE = parse_remote("https://git.example.test/acme/deploy.git")
DECLINED = "[remote rejected] (pre-receive hook declined)"
RULES = "[remote rejected] (push declined due to repository rule violations)"
CLASSIC = "[remote rejected] (protected branch hook declined)"
STALE = "[remote rejected] (failed to update ref)"
GH013 = (
    "error: GH013: Repository rule violations found for refs/heads/main.",
    "Review all repository rules at https://github.com/acme/deploy/rules?ref=refs%2Fheads%2Fmain",
    "",
)
GH006 = "error: GH006: Protected branch update failed for refs/heads/main."

PROTECTED = {
    "github pull request": (RULES, *GH013, "- Changes must be made through a pull request."),
    "github checks": (RULES, *GH013, "- 2 of 2 required status checks are expected."),
    "github merge queue": (RULES, *GH013, "- Changes must be made through the merge queue"),
    "github signatures": (RULES, *GH013, "- Commits must have verified signatures."),
    "github classic": (CLASSIC, GH006, "error: Required status check \"ci-build\" is expected."),
    "github review": (CLASSIC, GH006, "error: At least 1 approving review is required by reviewers with write access."),
    "github lock": (CLASSIC, GH006, "", "- Cannot change this locked branch"),
    "gitlab": (DECLINED, "GitLab: You are not allowed to push code to protected branches on this project."),
    "gitea": (DECLINED, "", "Gitea: Not allowed to push to protected branch main"),
    "forgejo": (DECLINED, "", "Forgejo: Not allowed to push to protected branch main"),
    "gitea file": (DECLINED, "", "Gitea: branch main is protected from changing file api.yaml"),
    "gitea signature": (DECLINED, "", "Gitea: branch main is protected from unverified commit 0123"),
    "bitbucket cloud": (DECLINED, "Permission denied to update branch main."),
    "bitbucket server": (
        DECLINED,
        "            %%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
        "----------------------------------------------------",
        "Branch refs/heads/main can only be modified through pull requests.",
        "Check your branch permissions configuration with the project administrator.",
    ),
    "azure": (
        "[remote rejected] (TF402455: Pushes to this branch are not permitted; you must use a pull request to update "
        "this branch.)",
    ),
    "azure, on a branch": (
        "[remote rejected] (TF401027: You need the Git 'GenericContribute' permission to perform this action. "
        "Details: identity 'Build\\x', scope 'branch'.)",
    ),
    "a hook": (DECLINED, "No pushes on a Friday."),
    "a silent hook": ("[remote rejected] (hook declined)",),
}  # fmt: skip

NO_WAY_ROUND = {
    "github secrets": (RULES, GH013[0], "- GITHUB PUSH PROTECTION", "  - Push cannot contain secrets"),
    "github secrets, once": (DECLINED, "error: GH009: Secrets detected! This push failed."),
    "azure secrets": ("[remote rejected] (VS403654: The push was rejected because it contains one or more secrets.)",),
    "github size": (
        DECLINED,
        "error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.",
        "error: File big.yaml is 119.52 MB; this exceeds GitHub's file size limit of 100.00 MB",
    ),
    "git size": ("[remote rejected] (unpacker error)", "fatal: pack exceeds maximum allowed size"),
    "gitlab size": (
        DECLINED,
        "GitLab: Your push has been rejected, because this repository has exceeded its size limit of 10 GB by 1 MB.",
    ),
    "forgejo quota": (DECLINED, "", "Forgejo: Quota exceeded"),
    "github address": (DECLINED, "error: GH007: Your push would publish a private email address."),
    "gitlab message": (DECLINED, "GitLab: Commit message does not follow the pattern '^JIRA-'"),
    "gitlab author": (DECLINED, "GitLab: Committer's email 'a@b' does not follow the pattern '@acme'"),
    "gitlab read-only": (DECLINED, "GitLab: The repository is temporarily read-only. Please try again later."),
    "a full disk": ("[remote rejected] (unpacker error)", "error: unable to write file: No space left on device"),
    "a server that died": ("[remote failure] (remote failed to report status)",),
}

DENIED = {
    "gitlab": (DECLINED, "GitLab: You are not allowed to push code to this project."),
    "gitlab key": (DECLINED, "GitLab: This deploy key does not have write access to this project."),
    "azure": (
        "[remote rejected] (TF401027: You need the Git 'GenericContribute' permission to perform this action. "
        "Details: identity 'Build\\x', scope 'repository'.)",
    ),
    "github workflow": (
        "[remote rejected] (refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` "
        "without `workflows` permission)",
    ),
}

MOVED = {
    "before sending": ("[rejected] (fetch first)",),
    "lease": ("[rejected] (stale info)",),
    "at the ref": (STALE, "error: cannot lock ref 'refs/heads/main': is at 1111 but expected 2222"),
    "gitlab": ("[remote rejected] (incorrect old value provided)",),
    "azure": (
        "[remote rejected] (TF401028: The reference 'refs/heads/main' has already been updated by another client, so "
        "you cannot update it. Please try again.)",
    ),
    "a lock": (
        STALE,
        "error: cannot lock ref 'refs/heads/main': Unable to create '/srv/a.git/refs/heads/main.lock': File exists",
    ),
}


def meaning(answer: tuple[str, ...], branch: str = "main") -> GitError:
    """The error behind a reason and what the server said."""
    reason, *said = answer
    told = "".join(f"remote: {line}        \n" for line in said)
    stderr = f"{told}error: failed to push some refs to '{REMOTE.url}'\n"
    return refused([reason], stderr, REMOTE, branch, Login("bot", "s3cret"))


@pytest.mark.parametrize("server", PROTECTED)
def test_a_protected_branch_has_a_way_round(server: str) -> None:
    """It is said in the server's own words, and the hint names the pull request."""
    error = meaning(PROTECTED[server])
    assert (type(error), error.code) == (BranchProtected, "branch-protected")
    assert "--auto" in error.hint
    last = PROTECTED[server][-1].strip() if server != "bitbucket server" else PROTECTED[server][3]
    assert last.strip("- ")[:60] in error.message


@pytest.mark.parametrize("server", NO_WAY_ROUND)
def test_what_a_pull_request_would_meet_as_well_is_no_protected_branch(server: str) -> None:
    """Secrets, sizes, quotas, rules for messages, a server in trouble: nobody is sent round."""
    error = meaning(NO_WAY_ROUND[server])
    assert (type(error), error.code in ("push-refused", "git-unreachable")) == (GitError, True)
    assert error.hint
    words = NO_WAY_ROUND[server][-1].removeprefix("[remote failure] ").removeprefix("[remote rejected] ")
    assert words.strip("-() ")[:50] in error.message


@pytest.mark.parametrize("server", DENIED)
def test_rights_that_are_missing_everywhere_are_no_protected_branch(server: str) -> None:
    """A login that may not write, or not to workflows, may not write to another branch either."""
    assert isinstance(meaning(DENIED[server]), GitDenied)


@pytest.mark.parametrize("server", MOVED)
def test_someone_faster_is_an_invitation(server: str) -> None:
    """Whoever says it, and however."""
    assert isinstance(meaning(MOVED[server]), BranchMoved)


def test_a_lock_that_stays_is_said_as_one() -> None:
    """Tried again as a race is; when patience ends, the reader learns that nobody was faster."""
    error = meaning(MOVED["a lock"])
    assert "is locked on the server" in error.message
    assert "died on the server" in error.hint


def test_a_name_below_a_branch_can_never_be_made() -> None:
    """No race, however often it is tried."""
    error = meaning((STALE, "error: cannot lock ref 'refs/heads/main/x': 'refs/heads/main' exists; cannot create"))
    assert type(error) is GitError


def test_no_answer_is_quoted_with_a_secret_or_on_two_lines() -> None:
    """Whatever is quoted is one line, and bounded."""
    error = meaning((DECLINED, "no s3cret here\x1b[31m", "x" * 5000))
    assert "s3cret" not in error.message
    assert not re.search(r"[\x00-\x1f]", error.message)
    assert len(error.message) < 700

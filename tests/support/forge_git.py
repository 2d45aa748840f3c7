"""Plain git in bare repositories, as a forge's server does it: branch tips, merges without a work tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

NOBODY = {
    "GIT_AUTHOR_NAME": "forge",
    "GIT_AUTHOR_EMAIL": "forge@localhost",
    "GIT_COMMITTER_NAME": "forge",
    "GIT_COMMITTER_EMAIL": "forge@localhost",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


def git(repository: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Plain git in a repository, without the machine's configuration."""
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, env=NOBODY, capture_output=True, text=True, check=check)


def tip(repository: Path, branch: str) -> str | None:
    """The commit a branch stands at, or None."""
    found = git(repository, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}", check=False)
    return found.stdout.strip() or None


def is_ancestor(repository: Path, one: str, other: str) -> bool:
    """Whether `other` contains all of `one`."""
    return git(repository, "merge-base", "--is-ancestor", one, other, check=False).returncode == 0


def merged_tree(repository: Path, base: str, head: str) -> str | None:
    """The tree of a merge of two commits, or None when they conflict."""
    done = git(repository, "merge-tree", "--write-tree", base, head, check=False)
    return done.stdout.split()[0] if done.returncode == 0 else None


def merge(repository: Path, base: str, head: str, message: str) -> str | None:
    """Merge branch `head` into branch `base` in a bare repository; the new commit, or None on a conflict."""
    ours, theirs = tip(repository, base), tip(repository, head)
    tree = merged_tree(repository, ours, theirs) if ours and theirs else None
    if tree is None or ours is None or theirs is None:
        return None
    commit = git(repository, "commit-tree", tree, "-p", ours, "-p", theirs, "-m", message).stdout.strip()
    git(repository, "update-ref", f"refs/heads/{base}", commit, ours)
    return commit

"""Plain git in bare repositories, as a forge's server does it: branch tips, merges and commits without a work tree."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
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
NOTHING = "0" * 40


def git(
    repository: Path, *arguments: str, check: bool = True, environ: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Plain git in a repository, without the machine's configuration."""
    command = ["git", "-C", str(repository), *arguments]
    environment = {**NOBODY, **(environ or {})}
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=check)


def branches(repository: Path) -> dict[str, str]:
    """Every branch and the commit it stands at."""
    listed = git(repository, "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads").stdout
    return {name: commit for commit, _, name in (line.partition(" ") for line in listed.splitlines())}


def tip(repository: Path, branch: str) -> str | None:
    """The commit a branch stands at, or None."""
    found = git(repository, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}", check=False)
    return found.stdout.strip() or None


def commit_of(repository: Path, name: str) -> str | None:
    """The commit that a branch's or tag's name, or an id, stands for, or None."""
    found = git(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
    return found.stdout.strip() or None


def move(repository: Path, branch: str, new: str, old: str) -> bool:
    """Put a branch at commit `new`, if it stands at `old` (NOTHING: if there is none); whether that was done."""
    return git(repository, "update-ref", f"refs/heads/{branch}", new, old, check=False).returncode == 0


@cache
def is_ancestor(repository: Path, one: str, other: str) -> bool:
    """Whether commit `other` contains all of commit `one`."""
    return git(repository, "merge-base", "--is-ancestor", one, other, check=False).returncode == 0


@cache
def merged_tree(repository: Path, base: str, head: str) -> str | None:
    """The tree of a merge of two commits, or None when they conflict."""
    done = git(repository, "merge-tree", "--write-tree", base, head, check=False)
    return done.stdout.split()[0] if done.returncode == 0 else None


@cache
def changes(repository: Path, base: str, head: str) -> tuple[int, int, int, int]:
    """Commits, changed files, added and removed lines of `head` since it left `base`."""
    commits = int(git(repository, "rev-list", "--count", f"{base}..{head}", check=False).stdout or "0")
    lines = git(repository, "diff", "--numstat", f"{base}...{head}", check=False).stdout.splitlines()
    counts = [line.split("\t")[:2] for line in lines]
    added, removed = (sum(int(one[side]) for one in counts if one[side].isdigit()) for side in (0, 1))
    return commits, len(lines), added, removed


def merge(repository: Path, base: str, head: str, message: str) -> str | None:
    """Merge commit `head` into branch `base` in a bare repository; the new commit, or None on a conflict."""
    ours, theirs = tip(repository, base), commit_of(repository, head)
    tree = merged_tree(repository, ours, theirs) if ours and theirs else None
    if tree is None or ours is None or theirs is None:
        return None
    commit = git(repository, "commit-tree", tree, "-p", ours, "-p", theirs, "-m", message).stdout.strip()
    git(repository, "update-ref", f"refs/heads/{base}", commit, ours)
    return commit


def commit_files(
    repository: Path, parent: str | None, message: str, files: Mapping[str, tuple[str, bytes] | None], **identity: str
) -> str:
    """A commit on `parent` (None: the first of all) with files written (mode and content) or deleted (None).

    No branch is moved. `identity` are variables of git, as GIT_AUTHOR_NAME="…".
    """
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if parent:
            git(repository, "read-tree", parent, environ=index)
        for path, entry in files.items():
            if entry is None:
                git(
                    repository, "update-index", "--force-remove", "--", path, environ={**index, "GIT_WORK_TREE": folder}
                )
            else:
                mode, content = entry
                blob = _blob(repository, content)
                git(repository, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", environ=index)
        tree = git(repository, "write-tree", environ=index).stdout.strip()
    parents = ("-p", parent) if parent else ()
    return git(repository, "commit-tree", tree, *parents, "-F", "-", environ=identity, stdin=message).stdout.strip()


def mode_of(repository: Path, commit: str, path: str) -> str | None:
    """A file's mode in a commit, or None where it has none of that name."""
    listed = git(repository, "ls-tree", commit, "--", path, check=False).stdout
    return listed.split(" ", 1)[0] or None


def content_of(repository: Path, commit: str, path: str) -> bytes | None:
    """A file's content in a commit, or None."""
    command = ["git", "-C", str(repository), "cat-file", "blob", f"{commit}:{path}"]
    found = subprocess.run(command, env=NOBODY, capture_output=True, check=False)
    return found.stdout if found.returncode == 0 else None


def told(repository: Path, commit: str) -> dict[str, str]:
    """A commit's id, parents, tree, message, author and dates (ISO 8601)."""
    authored = "parents %P%ntree %T%nauthor %an%nemail %ae%nauthored %aI"
    form = f"{authored}%ncommitter %cn%ncommitter_email %ce%ncommitted %cI%nmessage %B"
    shown = git(repository, "log", "-1", f"--format=id %H%n{form}", commit).stdout
    head, _, message = shown.partition("\nmessage ")
    return {**dict(line.split(" ", 1) for line in head.splitlines()), "message": message.rstrip("\n")}


def _blob(repository: Path, content: bytes) -> str:
    command = ["git", "-C", str(repository), "hash-object", "-w", "--stdin"]
    made = subprocess.run(command, env=NOBODY, input=content, capture_output=True, check=True)
    return made.stdout.decode().strip()

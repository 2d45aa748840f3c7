"""Real Git remotes on this machine: bare repositories with seeded files, and the servers that offer them.

`Remote` is a bare repository to look into and to disturb. It is made and read with plain git, never with the code
under test.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tagwright.model import GitAccess, Secret
from tests.support.git_http import GitHttp
from tests.support.git_ssh import asyncssh_server, openssh_server

CLEAN = {
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.test",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.test",
    "LC_ALL": "C",
}


def git(*arguments: str, cwd: Path, stdin: bytes = b"", environ: Mapping[str, str] | None = None) -> str:
    """Plain git, free of the machine's settings; its output without the last line break. Fails loudly."""
    return raw(*arguments, cwd=cwd, stdin=stdin, environ=environ).decode("utf-8", "surrogateescape").rstrip("\n")


def raw(*arguments: str, cwd: Path, stdin: bytes = b"", environ: Mapping[str, str] | None = None) -> bytes:
    """The same, every byte."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | CLEAN
    environment |= environ or {}
    done = subprocess.run(["git", *arguments], cwd=cwd, input=stdin, capture_output=True, env=environment, check=False)
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class Remote:
    """A bare repository: `path`, and what a person or another bot may do to it."""

    def __init__(self, path: Path, branch: str = "main") -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        git("init", "--quiet", "--bare", f"--initial-branch={branch}", str(path), cwd=path.parent)
        git("config", "http.receivepack", "true", cwd=path)

    def commit(
        self,
        files: Mapping[str, str | bytes],
        message: str = "Seed",
        branch: str = "main",
        modes: Mapping[str, str] | None = None,
        onto: str | None = None,
        alone: bool = False,
    ) -> str:
        """A person's commit of `files` (path -> content) on top of `branch`; its id.

        `onto` is the commit the person has before them: when the branch has moved on from it, this fails. `alone`:
        no other file is left.
        """
        tip = onto or self.tip(branch)
        stream = [
            f"commit refs/heads/{branch}\ncommitter A Person <person@example.test> now\n".encode(),
            _data(message),
        ]
        stream += [f"from {tip}\n".encode()] if tip else []
        stream += [b"deleteall\n"] if alone else []
        for path, content in files.items():
            stream += [f"M {(modes or {}).get(path, '100644')} inline {path}\n".encode(), _data(content)]
        git("fast-import", "--quiet", "--date-format=now", cwd=self.path, stdin=b"".join(stream))
        return self.tip(branch) or ""

    def tip(self, branch: str = "main") -> str | None:
        """The commit a branch is at."""
        return git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}", cwd=self.path) or None

    def branches(self) -> list[str]:
        """The names of all branches."""
        return git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads", cwd=self.path).splitlines()

    def show(self, path: str, branch: str = "main") -> str:
        """A file's content at a branch."""
        return git("cat-file", "blob", f"{branch}:{path}", cwd=self.path)

    def mode(self, path: str, branch: str = "main") -> str:
        """A file's mode at a branch."""
        return git("ls-tree", branch, "--", path, cwd=self.path).split(" ")[0]

    def log(self, branch: str = "main", form: str = "%s") -> list[str]:
        """One line for each commit, newest first."""
        return git("log", f"--format={form}", branch, "--", cwd=self.path).splitlines()

    def touched(self, branch: str = "main") -> list[str]:
        """The paths the last commit of a branch changed."""
        out = git("diff-tree", "-r", "--root", "--no-commit-id", "--name-only", branch, cwd=self.path)
        return out.splitlines()

    def reset(self, branch: str, commit: str) -> None:
        """A person moves a branch by force."""
        git("update-ref", f"refs/heads/{branch}", commit, cwd=self.path)

    def hook(self, name: str, script: str) -> None:
        """Put a hook in: `script` is the body of a sh script."""
        path = self.path / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + script, "utf-8")
        path.chmod(0o755)

    def check(self) -> None:
        """git's own examination; fails on any damage."""
        git("fsck", "--strict", "--no-dangling", cwd=self.path)


def _data(content: str | bytes) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return b"data %d\n%b\n" % (len(raw), raw)


@dataclass(frozen=True, slots=True)
class Place:
    """A repository and how to reach it: the same one by file, http or ssh."""

    remote: Remote
    url: str
    access: GitAccess
    environ: Mapping[str, str]


@contextmanager
def place(kind: str, folder: Path, name: str = "deploy.git") -> Iterator[Place]:
    """An empty repository, served as `kind` says: file, http (with a login), ssh (asyncssh) or sshd (OpenSSH)."""
    remote = Remote(folder / "srv" / name)
    environ = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    if kind == "file":
        yield Place(remote, f"file://{remote.path}", GitAccess(), environ)
    elif kind == "http":
        with GitHttp(folder / "srv", {"bot": "s3cret-token"}) as site:
            access = GitAccess(token=Secret(env="DEPLOY_TOKEN"), username=Secret(env="DEPLOY_USER"))
            login = {"DEPLOY_TOKEN": "s3cret-token", "DEPLOY_USER": "bot"}
            yield Place(remote, site.url(name), access, environ | login)
    else:
        serve = openssh_server if kind == "sshd" else asyncssh_server
        with serve(folder / "srv", folder / "ssh") as server:
            access = GitAccess(ssh_key_file=str(server.key), known_hosts=str(server.known_hosts))
            yield Place(remote, server.url(name), access, environ)


def shim(folder: Path) -> str:
    """A PATH on which `git` writes its arguments to `folder`/git-calls, a line a process, and then is git."""
    (folder / "shim").mkdir()
    script = folder / "shim" / "git"
    script.write_text(f'#!/bin/sh\necho "$*" >> {folder}/git-calls\nPATH={os.environ["PATH"]} exec git "$@"\n', "utf-8")
    script.chmod(0o755)
    return f"{folder}/shim:{os.environ['PATH']}"

"""Git commands on one bare repository, through GitPython: the processes, their environment and their end.

The only import of GitPython; a command is started in a closed environment (`access.environment`), answers nothing
on a terminal, and takes everything it started with it when it ends.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from tagwright.errors import GitError
from tagwright.git.access import strays
from tagwright.git.errors import TIMED_OUT
from tagwright.git.processes import watched
from tagwright.tracing import span

if TYPE_CHECKING:
    from git import Git

_import_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Commands:
    """How git is run on `repository` (it need not be there yet): with which variables, and how long, in seconds."""

    repository: Path
    environment: Mapping[str, str]
    timeout: float

    def run(self, *arguments: str, stdin: bytes = b"", local: bool = True) -> tuple[int, bytes, str]:
        """One git process to its end, within the time-out: (exit status, output, messages)."""
        with span(_named(arguments)), self.process(*arguments, stdin=subprocess.PIPE, local=local) as process:
            try:
                out, err = process.communicate(stdin, self.timeout)
            except subprocess.TimeoutExpired:
                return -1, b"", TIMED_OUT
            return process.returncode, out, err.decode("utf-8", "replace")

    @contextmanager
    def process(self, *arguments: str, stdin: BinaryIO | int, local: bool = True) -> Iterator[subprocess.Popen[bytes]]:
        """One git process while it runs. Whatever is left of it and its helpers at the end of the block is killed.

        It has a session of its own: nothing can ask a question on the terminal, and all of it can be ended at once.
        """
        variables = {**self.environment, "GIT_DIR": str(self.repository) if local else os.devnull}
        taken = [part for name in strays(os.environ, variables) for part in ("-u", name)]
        command = ["env", *taken, "git", *arguments] if taken else ["git", *arguments]
        git, not_found = _gitpython()
        try:
            running = git(self.repository.parent).execute(
                command, as_process=True, istream=stdin, env=variables, start_new_session=True
            )
        except not_found:
            raise GitError("there is no git on this machine", hint="install git 2.32 or newer") from None
        with cast("subprocess.Popen[bytes]", running.proc) as process, watched(process):
            yield process


def _named(arguments: tuple[str, ...]) -> str:
    """The command of git's that it is, by its name alone."""
    return "git " + next(part for part in arguments if not part.startswith("-") and "=" not in part)


@cache
def _gitpython() -> tuple[type[Git], type[Exception]]:
    """GitPython's command class and its "there is no git", imported when first needed.

    Its import runs `git version`, which would double the processes of a pass that finds nothing to do. Told to be
    quiet about a git it cannot run, it goes without.
    """
    silence = {"GIT_PYTHON_GIT_EXECUTABLE": os.devnull, "GIT_PYTHON_REFRESH": "quiet"}
    with _import_lock:
        before = {name: os.environ.get(name) for name in silence}
        os.environ.update(silence)
        try:
            from git import Git, GitCommandNotFound
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
    return Git, GitCommandNotFound

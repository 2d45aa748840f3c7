"""Commands that are killed at a chosen git process: before it, while it writes, after it, or inside the server.

The commands are started from a fork server that has loaded the program already, so that dozens of them are cheap, and a
`kill -9` meets nothing but the one process.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

_LOADED = ["tagwright.cli", "tagwright.outside", "tagwright.make_true", "tagwright.run", "tagwright.git.mirror"]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([*_LOADED, "tagwright.recall.moves", "tagwright.publish.direct", "git", "ruamel.yaml"])

WRITING = ("init", "fetch", "fast-import", "push")
"""What git does that leaves something, which can be half there."""

_SHIM = """#!/bin/sh
PATH={path}
case "$1" in *-pack) exec git "$@";; esac
echo $PPID > {folder}/client
echo "$*" >> {folder}/calls
[ "$(wc -l < {folder}/calls)" = {at} ] || exec git "$@"
case {how} in
  before) ;;
  after) git "$@" ;;
  during)
    git "$@" <&0 & running=$!
    while kill -0 $running 2> /dev/null; do
      [ -z "$(find "$GIT_DIR" -name 'tmp_*' -o -name '*.lock' 2> /dev/null)" ] || break
    done
    kill -9 $running 2> /dev/null ;;
esac
kill -9 $PPID
"""


def shim(folder: Path, at: int, how: str) -> str:
    """A PATH on which a command ends with its `at`th git process (0: with none), "before", "after" or "during" it.

    `folder`/calls lists them, one a line.
    """
    folder.mkdir()
    script = folder / "git"
    script.write_text(_SHIM.format(path=os.environ["PATH"], folder=folder, at=at, how=how), "utf-8")
    script.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def hook(folder: Path, when: str = "") -> str:
    """The body of a server's hook that kills everything that has to do with the push, as a power cut would."""
    return f"[ '{when}' = '' ] || [ \"$1\" = '{when}' ] || exit 0\nkill -9 $(cat {folder}/client)\nkill -9 0\n"


def runs(arguments: list[str], environ: dict[str, str], said: Path) -> int:
    """A command in a process of its own; its exit code, -9 when it was killed. What it said is in the file `said`."""
    process = _FORKS.Process(target=_command, args=(arguments, environ, str(said)))
    process.start()
    process.join(120)
    assert process.exitcode is not None, "not over after two minutes"
    return process.exitcode


def _command(arguments: list[str], environ: dict[str, str], said: str) -> None:
    from tagwright.cli import main

    os.environ.update(environ)
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.exit(main(arguments))

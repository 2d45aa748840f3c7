"""The git processes that are running, so that all of them can be ended at once.

Each has a session of its own (`git.Mirror`), so no signal to us reaches it.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tagwright.errors import GitError

_running: set[subprocess.Popen[bytes]] = set()
_ended = False


@contextmanager
def watched(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """One git process while it is needed. Whatever is left of it and its helpers at the end is killed."""
    _running.add(process)
    try:
        if _ended:
            raise GitError("this process is being stopped", code="stopped")
        yield process
    finally:
        _running.discard(process)
        _kill(process)


def end_all() -> None:
    """Kill every git process, now and from now on: this process is on its way out. Fit for a signal handler."""
    global _ended
    _ended = True
    for process in tuple(_running):
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

"""What a signal does: git is ended, and the command stops where it waits.

A thread that git keeps waiting goes on to its end then, and takes its temporary folder away. What else keeps a
thread waiting (a registry that never answers) gets some seconds, and is left.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 5.0  # seconds


@contextmanager
def on_signals() -> Iterator[None]:
    """SIGTERM and SIGINT raise SystemExit (143) and KeyboardInterrupt in the block, where it is the main thread's.

    A signal that is ignored, as nohup and the shell's background jobs have it, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: handler for number in numbers if (handler := signal.getsignal(number)) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: object) -> None:
    if processes := sys.modules.get("tagwright.git.processes"):  # where no git was started it is not loaded
        processes.end_all()
    code = 128 + number
    last = threading.Timer(PATIENCE, os._exit, (code,))
    last.daemon = True
    last.start()
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(code)

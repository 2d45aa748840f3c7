"""A thread that sends notifications, so that no pass waits for a chat that is slow."""

from __future__ import annotations

import logging
import threading
from typing import Self

from tagwright.notify import Notifier

log = logging.getLogger(__name__)

LOOKS = 1.0  # seconds
_PATIENCE = 10.0  # seconds for what is being sent at the end


class Telling:
    """Tells what is due while it is entered, and once at the end, without another try."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier, self._over = notifier, threading.Event()
        self._thread = threading.Thread(target=self._tell, name="notifications", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            self._once(tries=1)

    def _tell(self) -> None:
        while not self._over.wait(LOOKS):
            self._once(tries=2)

    def _once(self, tries: int) -> None:
        try:
            self._notifier.tell(tries)
        except Exception:
            log.exception("a bug in Tagwright, met at a notification")

"""A time limit for whole exchanges. A socket's own is for one silence; a server that trickles never falls silent."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Watch:
    """Breaks off exchanges that last longer than `seconds`: one thread for all connections of a run."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[http.client.HTTPConnection, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        """Break the connection when what is done with it here lasts too long."""
        with self._lock:
            self._ends[connection] = time.monotonic() + self._seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._ends[connection]

    def close(self) -> None:
        """End the thread."""
        self._over.set()
        if self._thread:
            self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(min(1.0, self._seconds / 4)):
            now = time.monotonic()
            with self._lock:
                late = [connection.sock for connection, end in self._ends.items() if now > end]
            for sock in filter(None, late):
                with suppress(OSError):  # it broke by itself meanwhile
                    # Not TLS's own shutdown: the thread that reads uses its state.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

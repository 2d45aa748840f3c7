"""A TCP proxy that does to a connection what networks do: refuses, resets, ends, stalls, delays and slows down.

It stands before any server, over real sockets. Faults count the bytes that went back to clients through it, over all
connections, so that one number says at which byte of a whole conversation something happens.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time: close() sends RST
_TICK = 0.02


@dataclass(frozen=True, slots=True)
class Toxic:
    """What goes wrong. `at` is the byte, counted over all answers, at which `way` happens to a connection.

    `way`: "refuse" (from the first byte), "reset", "end" (as if the answer were over) or "stall". `once` leaves every
    later connection alone. `rate` is in bytes a second, `delay` in seconds before each piece.
    """

    way: str = ""
    at: int = 0
    once: bool = True
    rate: float = 0.0
    delay: float = 0.0


class FaultProxy:
    """Start it before `upstream` ("127.0.0.1:PORT") and talk to `host`. `carried` counts the bytes that came back."""

    def __init__(self, upstream: str, toxic: Toxic | None = None, *, version: int = 4) -> None:
        address, _, port = upstream.rpartition(":")
        self._upstream = (address, int(port))
        self.toxic = toxic or Toxic()
        self.carried, self.connections = 0, 0
        self._done = False
        self._over = threading.Event()
        self._lock = threading.Lock()
        here, family = ("::1", socket.AF_INET6) if version == 6 else ("127.0.0.1", socket.AF_INET)
        self._server = socket.create_server((here, 0), family=family)
        self.host = f"{f'[{here}]' if version == 6 else here}:{self._server.getsockname()[1]}"
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown(socket.SHUT_RDWR)
        for one in tuple(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client = self._server.accept()[0]
            except OSError:
                return
            self.connections += 1
            if self.toxic.way == "refuse" and self._hits(0, 1) is not None:
                _reset(client)
                continue
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._upstream) as server:
            self._open |= {client, server}
            up = threading.Thread(target=self._pump_up, args=(client, server), daemon=True)
            up.start()
            with suppress(OSError):
                self._pump_down(server, client)
            for one in (server, client):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            up.join()
            self._open -= {client, server}

    def _pump_up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(65536):
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _pump_down(self, server: socket.socket, client: socket.socket) -> None:
        while piece := server.recv(65536):
            if self.toxic.delay:
                self._over.wait(self.toxic.delay)
            with self._lock:
                before = self.carried
                cut = self._hits(before, len(piece))
                self.carried += len(piece)
            self._send(client, piece if cut is None else piece[:cut])
            if cut is not None:
                self._harm(client)
                return

    def _hits(self, before: int, size: int) -> int | None:
        """How much of a piece still goes through before the fault; None when it does not happen here."""
        toxic = self.toxic
        if not toxic.way or (self._done and toxic.once) or toxic.at >= before + size:
            return None
        self._done = True
        return max(0, toxic.at - before)

    def _send(self, client: socket.socket, piece: bytes) -> None:
        if not self.toxic.rate:
            client.sendall(piece)
            return
        step = max(1, int(self.toxic.rate * _TICK))
        for start in range(0, len(piece), step):
            client.sendall(piece[start : start + step])
            if self._over.wait(_TICK):
                return

    def _harm(self, client: socket.socket) -> None:
        if self.toxic.way == "stall":
            self._over.wait()
        elif self.toxic.way == "reset":
            _reset(client)


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    client.close()

"""A store in one file: SQLite, for many threads and many processes, on one machine or on a shared volume.

No write-ahead log: its shared memory does not work on network file systems (https://sqlite.org/wal.html), and one
small transaction a value is as fast without. Nothing waits for the disk (`synchronous` off): a process that is killed
leaves a journal that the next one rolls back, and what a power cut breaks is made anew.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

log = logging.getLogger(__name__)

VERSION = 1
WAIT = 2.0  # seconds for another process's lock: theirs take milliseconds
REST = 300.0  # seconds after an error in which nothing is asked of it, or written
MOST = 256 << 20  # bytes
_NEVER = float("-inf")
_DAY = 86_400
_KEEP = 90 * _DAY  # seconds since a value was last used
_PAGE = 8192
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TABLE = (
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, used INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX by_use ON kept (used)",
    f"PRAGMA user_version = {VERSION}",
)
_GET = "SELECT used, body FROM kept WHERE name = ? AND length(body) <= ?"
_PUT = (
    "INSERT INTO kept (name, used, body) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET used = excluded.used, body = excluded.body"
)
_OLDER_HALF = "SELECT id FROM kept ORDER BY used, id LIMIT (SELECT (count(*) + 1) / 2 FROM kept)"
T = TypeVar("T")


class Sqlite:
    """Opened by the first question. After an error it is left alone for a while: a run is over before that, and a
    service outlives a disk that was full, or a folder that somebody removed.
    """

    def __init__(self, path: Path, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._most, self._clock = path, most, clock
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._close: Callable[[], object] = lambda: None
        self._resting, self._unwritten = _NEVER, _NEVER  # until when nothing is asked of it, or written

    def get(self, name: str) -> bytes | None:
        """As `Store.get`."""
        return self._tried(lambda file: self._read(file, name))

    def put(self, name: str, body: bytes) -> None:
        """As `Store.put`."""
        self._tried(lambda file: self._write(file, name, body))

    def _tried(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Work on the file; a broken one is made anew, once."""
        with self._lock:
            for again in (True, False):
                if self._clock() < self._resting:
                    return None
                try:
                    return work(self._open())
                except (sqlite3.Error, OSError) as error:
                    self._forget()
                    broken = isinstance(error, sqlite3.DatabaseError) and _code(error) in _BROKEN
                    if not (broken and again and self._removed()):
                        self._resting = self._clock() + REST
                        log.warning("the cache %s cannot be used: %s", self._path, error)
            return None

    def _open(self) -> sqlite3.Connection:
        """The file; another one where writing to it failed a while ago, for it may have been removed."""
        if _NEVER < self._unwritten <= self._clock():
            self._unwritten = _NEVER
            self._forget()
        self._file = self._file or self._opened()
        return self._file

    def _forget(self) -> None:
        self._close()
        self._file = None

    def _read(self, file: sqlite3.Connection, name: str) -> bytes | None:
        row = file.execute(_GET, (name, self._most // 4)).fetchone()
        if row is None or not (isinstance(row[0], int) and isinstance(row[1], bytes)):
            return None  # columns hold values of any kind, whatever they are declared as
        if row[0] < time.time() - _DAY:
            self._write_if_it_can(file, "UPDATE kept SET used = ? WHERE name = ?", (int(time.time()), name))
        return row[1]

    def _write(self, file: sqlite3.Connection, name: str, body: bytes) -> None:
        if len(body) <= self._most // 4:
            self._write_if_it_can(file, _PUT, (name, int(time.time()), body))

    def _write_if_it_can(self, file: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> None:
        """One transaction, or none; where it grew too big, the older half goes first."""
        if self._clock() < self._unwritten:
            return
        try:
            try:
                file.execute(statement, values)
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_FULL:
                    raise
                file.execute(f"DELETE FROM kept WHERE id IN ({_OLDER_HALF})")  # noqa: S608 (our own text)
                file.execute(statement, values)
        except sqlite3.OperationalError as error:
            self._unwritten = self._clock() + REST
            log.warning("nothing is written to the cache %s for a while: %s", self._path, error)

    def _opened(self) -> sqlite3.Connection:
        """The file, with our table in it."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(OSError):  # one that may only be read is read
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOCTTY, 0o600))
        file = sqlite3.connect(self._path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        self._close = weakref.finalize(self, file.close)
        file.execute(f"PRAGMA page_size = {_PAGE}")
        file.execute("PRAGMA synchronous = OFF")
        file.execute(f"PRAGMA max_page_count = {self._most // _PAGE}")
        if _version(file) != VERSION:
            _make_anew(file)
        old = int(time.time()) - _KEEP
        if file.execute("SELECT 1 FROM kept WHERE used < ? LIMIT 1", (old,)).fetchone():
            self._write_if_it_can(file, "DELETE FROM kept WHERE used < ?", (old,))
        return file

    def _removed(self) -> bool:
        """Take a broken file away."""
        with suppress(OSError):
            self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
            return True
        return False


def _version(file: sqlite3.Connection) -> int:
    found: int = file.execute("PRAGMA user_version").fetchone()[0]
    return found


def _make_anew(file: sqlite3.Connection) -> None:
    """Our table alone, whatever another version left; two processes that come at once make it once."""
    file.execute("BEGIN IMMEDIATE")
    try:
        if _version(file) != VERSION:
            tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            for (name,) in tables.fetchall():
                quoted = str(name).replace('"', '""')
                file.execute(f'DROP TABLE "{quoted}"')
            for statement in _TABLE:
                file.execute(statement)
        file.execute("COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            file.execute("ROLLBACK")
        raise


def _code(error: sqlite3.Error) -> int:
    """The primary result code, 0 where there is none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF

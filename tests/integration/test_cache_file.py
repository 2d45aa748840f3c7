"""The cache's file under what happens to files: other processes, broken bytes, full disks, kills. Never an error."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tagwright.cache import sqlite
from tagwright.cache.sqlite import REST, Sqlite

BODY = b"what was learned"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is: in a folder that is not there yet."""
    return tmp_path / "cache" / "tagwright.sqlite"


def keeps(path: Path) -> bool:
    """Whether a new process's store keeps a value for the next one."""
    Sqlite(path).put("new", BODY)
    return Sqlite(path).get("new") == BODY


def test_what_is_put_is_there_for_the_next_process(path: Path) -> None:
    """The last value by its name, and nothing by another name."""
    first = Sqlite(path)
    first.put("a", b"1")
    first.put("a", b"2")
    assert (Sqlite(path).get("a"), Sqlite(path).get("b")) == (b"2", None)


def test_only_we_may_read_it(path: Path) -> None:
    """Names of images and decisions are nobody else's business: the file is 0600, a new folder 0700."""
    Sqlite(path).put("a", BODY)
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)]
    assert modes == [0o600, 0o700]


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database" * 1000)


def _torn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:] = os.urandom(len(data) - 100)
    path.write_bytes(bytes(data))


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DROP TABLE kept")
        file.execute('CREATE TABLE "more ""than"" that" (x)')
        file.execute(f"PRAGMA user_version = {sqlite.VERSION + 1}")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_garbage, _torn, _cut, _newer, _empty])
def test_a_spoilt_file_is_made_anew(path: Path, spoil: object) -> None:
    """Garbage, half a file, another version's schema: nothing is read from it, and the next run keeps again."""
    for number in range(200):
        Sqlite(path).put(f"{number}", BODY * 10)
    assert callable(spoil)
    spoil(path)
    assert Sqlite(path).get("0") in (None, BODY * 10)
    assert keeps(path) or keeps(path)


def test_a_file_that_breaks_while_it_is_open_is_no_error(path: Path) -> None:
    """A run that is under way goes on without it."""
    store = Sqlite(path)
    store.put("a", BODY)
    _torn(path)
    store.put("b", BODY * 1000)
    assert store.get("a") in (None, BODY)
    assert keeps(path) or keeps(path)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_something_else_in_its_place_keeps_nothing(path: Path, make: object) -> None:
    """A folder or a pipe of that name is left alone, and nothing waits for it."""
    path.parent.mkdir()
    assert callable(make)
    make(path)
    store = Sqlite(path)
    store.put("a", BODY)
    assert store.get("a") is None
    assert not path.is_file()


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").write_text("")
    assert not keeps(tmp_path / "file" / "tagwright.sqlite")


@pytest.fixture
def locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file with a value in it that another process holds, and little patience of ours."""
    monkeypatch.setattr(sqlite, "WAIT", 0.05)
    Sqlite(path).put("a", BODY)
    holds = "import sqlite3, sys; f = sqlite3.connect(sys.argv[1]); f.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()"  # noqa: E501
    with subprocess.Popen(
        [sys.executable, "-c", holds, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        yield path
        other.communicate("")


def test_a_file_that_another_process_holds_is_waited_for_once(locked: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After one wait the run goes on as without a cache, and says so once."""
    store = Sqlite(locked)
    for _ in range(50):
        assert store.get("a") is None
        store.put("b", BODY)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_it_comes_back_a_while_after_the_other_lets_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not sooner, and not never: a service lives on."""
    monkeypatch.setattr(sqlite, "WAIT", 0.05)
    Sqlite(path).put("a", BODY)
    times = [0.0]
    store = Sqlite(path, clock=lambda: times[0])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert store.get("a") is None
    assert store.get("a") is None
    times[0] = REST
    assert store.get("a") == BODY
    store.put("b", BODY)
    assert store.get("b") == BODY


def test_a_folder_that_is_removed_while_it_is_open_is_made_again(path: Path) -> None:
    """A while after the first write that failed."""
    times = [0.0]
    store = Sqlite(path, clock=lambda: times[0])
    store.put("a", BODY)
    shutil.rmtree(path.parent)
    store.put("b", BODY)
    assert store.get("b") is None
    times[0] = REST
    store.put("c", BODY)
    assert store.get("c") == Sqlite(path).get("c") == BODY


def test_many_threads_and_processes_share_it(path: Path) -> None:
    """Eight processes of eight threads each put and get at once: all is there, and nobody was refused."""
    works = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tagwright.cache.sqlite import REST, Sqlite
store, mine = Sqlite(Path(sys.argv[1])), sys.argv[2]
def work(number):
    store.put(f"{mine} {number}", mine.encode() * 1000)
    store.put("everyone's", mine.encode() * 5000)
    return store.get(f"{mine} {number}") == mine.encode() * 1000 and len(set(store.get("everyone's"))) == 1
with ThreadPoolExecutor(8) as threads:
    sys.exit(not all(threads.map(work, range(20))))
"""
    with ThreadPoolExecutor(8) as side_by_side:
        codes = side_by_side.map(
            lambda name: subprocess.run([sys.executable, "-c", works, path, name], capture_output=True), "abcdefgh"
        )
        assert [(done.returncode, done.stderr) for done in codes] == [(0, b"")] * 8
    assert all(Sqlite(path).get(f"{name} 19") for name in "abcdefgh")


def test_a_kill_in_the_middle_of_writing_leaves_whole_values(path: Path) -> None:
    """Whenever it comes: every value that is there is whole, and the next run keeps on."""
    writes = """
import sys
from pathlib import Path
from tagwright.cache.sqlite import REST, Sqlite
store, number = Sqlite(Path(sys.argv[1])), 0
while True:
    store.put("a", bytes([number % 251]) * 200_000)
    number += 1
    print(number, flush=True)
"""
    for lines in (1, 2, 5, 9, 14):
        with subprocess.Popen([sys.executable, "-c", writes, path], stdout=subprocess.PIPE) as other:
            assert other.stdout
            for _ in range(lines):
                assert other.stdout.readline()
            other.send_signal(signal.SIGKILL)
        value = Sqlite(path).get("a")
        assert value is not None
        assert (len(value), len(set(value))) == (200_000, 1)
    assert keeps(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_no_error(tmp_path: Path) -> None:
    """On a disk of one megabyte what fits is kept, and the rest is not."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        store = Sqlite(disk / "tagwright.sqlite")
        for number in range(100):
            store.put(f"{number}", os.urandom(50_000))
            assert len(store.get(f"{number}") or bytes(50_000)) == 50_000
        assert Sqlite(disk / "tagwright.sqlite").get("nothing") is None
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_a_file_that_may_only_be_read_is_read(path: Path) -> None:
    """What stands there serves; nothing is written, and nothing fails."""
    Sqlite(path).put("a", BODY)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    for folder in path.parents:
        if not os.access(folder, os.X_OK) or not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o055)
        if folder.name.startswith("pytest-of"):
            break
    reads = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from tagwright.cache.sqlite import REST, Sqlite
store = Sqlite(Path(sys.argv[1]))
os.setuid(65534)
store.put("b", b"x")
assert store.get("a") == {BODY!r}, store.get("a")
assert store.get("b") is None
"""
    done = subprocess.run([sys.executable, "-c", reads, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_it_stays_small(path: Path) -> None:
    """Beyond its size the older half goes; the latest stays."""
    store = Sqlite(path, most=2 << 20)
    for number in range(200):
        store.put(f"{number}", os.urandom(50_000))
        assert store.get(f"{number}"), number
    assert path.stat().st_size <= 2 << 20
    assert store.get("0") is None
    store.put("huge", bytes(1 << 20))
    assert store.get("huge") is None


def test_what_nobody_used_for_long_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is read now and then stays; one that is not is gone after its time."""
    clock = [time.time()]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    Sqlite(path).put("used", BODY)
    Sqlite(path).put("forgotten", BODY)
    for _ in range(4):
        clock[0] += 30 * 86_400
        assert Sqlite(path).get("used") == BODY
    assert Sqlite(path).get("forgotten") is None

"""Blobs and commits out of a repository, one at a time, by one `git cat-file --batch`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from tagwright.errors import GitError
from tagwright.git.commands import Commands
from tagwright.git.text import LONGEST

_CHUNK = 1 << 20  # bytes


def blobs(git: Commands, oids: Sequence[str], limit: int) -> Iterator[tuple[str, bytes]]:
    """Each blob in the order asked, of each the first `limit` bytes. Raises GitError for one that is not whole."""
    if oids:
        with _batch(git, oids) as output:
            for oid in oids:
                yield oid, _next(output, oid, limit)


def commit_objects(git: Commands, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Those of these commits that are here, of each the first LONGEST bytes."""
    with _batch(git, oids, tempfile.gettempdir()) as output:
        for oid in oids:
            header = output.readline().split()
            if len(header) == 3:
                raw = _content(output, oid, int(header[2]), LONGEST)
                if header[1] == b"commit":
                    yield oid, raw


@contextmanager
def _batch(git: Commands, oids: Sequence[str], folder: Path | str = "") -> Iterator[IO[bytes]]:
    """What git answers to these names. They go by a file in `folder`, or beside the repository."""
    with tempfile.TemporaryFile(dir=folder or git.repository.parent) as names:
        names.write("".join(f"{oid}\n" for oid in oids).encode("ascii"))
        names.seek(0)
        with git.process("cat-file", "--batch", "--buffer", stdin=cast(BinaryIO, names)) as process:
            yield cast(IO[bytes], process.stdout)


def _next(output: IO[bytes], oid: str, limit: int) -> bytes:
    header = output.readline().split()
    if len(header) != 3 or header[1] != b"blob":
        raise GitError(f"the blob {oid} is missing in a mirror")
    return _content(output, oid, int(header[2]), limit)


def _content(output: IO[bytes], oid: str, size: int, limit: int) -> bytes:
    data = output.read(min(size, limit))
    left = size + 1 - len(data)  # a line feed ends it
    while left and (passed := output.read(min(left, _CHUNK))):
        left -= len(passed)
    if left:
        raise GitError(f"the object {oid} is cut short in a mirror")
    return data

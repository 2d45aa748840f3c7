"""Blobs out of a repository, one at a time, by one `git cat-file --batch`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, BinaryIO, cast

from tagwright.errors import GitError
from tagwright.git.commands import Commands

_CHUNK = 1 << 20  # bytes


def blobs(git: Commands, oids: Sequence[str], limit: int) -> Iterator[tuple[str, bytes]]:
    """Each blob in the order asked, of each the first `limit` bytes. Raises GitError for one that is not whole."""
    if not oids:
        return
    with tempfile.TemporaryFile(dir=git.repository.parent) as names:
        names.write("".join(f"{oid}\n" for oid in oids).encode("ascii"))
        names.seek(0)
        with git.process("cat-file", "--batch", "--buffer", stdin=cast(BinaryIO, names)) as process:
            output = cast(IO[bytes], process.stdout)
            for oid in oids:
                yield oid, _next(output, oid, limit)


def _next(output: IO[bytes], oid: str, limit: int) -> bytes:
    header = output.readline().split()
    if len(header) != 3 or header[1] != b"blob":
        raise GitError(f"the blob {oid} is missing in a mirror")
    size = int(header[2])
    data = output.read(min(size, limit))
    left = size + 1 - len(data)  # a line feed ends it
    while left and (passed := output.read(min(left, _CHUNK))):
        left -= len(passed)
    if left:
        raise GitError(f"the blob {oid} is cut short in a mirror")
    return data

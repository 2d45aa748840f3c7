"""A folder as a place to work on: read its files, write some of them back. Nothing is committed."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tagwright.errors import FileUnreadable, TagwrightError, UsageError
from tagwright.model import FileChange, Head, TreeEntry


class Folder:
    """The files below a folder, by path; a file's `oid` is its path.

    Symbolic links are neither followed nor listed: one could lead out of the folder.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UsageError(f"{root} is not a folder", hint="give --path a folder that exists")
        self.root = root

    def head(self, branch: str = "", beside: Iterable[str] = ()) -> Head:  # noqa: ARG002
        """A folder has neither branch nor commit."""
        return Head("", "")

    def fetch(self, head: Head) -> None:
        """A folder is always at hand."""

    def files(self, commit: str) -> tuple[TreeEntry, ...]:  # noqa: ARG002
        """Every regular file, sorted by path; a `.git` is passed over. Raises FileUnreadable."""
        return tuple(sorted(self._walk(self.root, ""), key=lambda entry: entry.path))

    def links(self, commit: str) -> tuple[str, ...]:  # noqa: ARG002
        """The paths of symbolic links."""
        walked = ((Path(folder), (*folders, *files)) for folder, folders, files in os.walk(self.root))
        found = (folder / name for folder, names in walked for name in names)
        return tuple(path.relative_to(self.root).as_posix() for path in found if path.is_symlink())

    def read(self, oids: Iterable[str], limit: int = -1) -> Iterator[tuple[str, bytes]]:
        """The bytes of each file, the first `limit` of them unless it is negative. Raises FileUnreadable."""
        for path in oids:
            yield path, self._bytes(path, limit)

    def _bytes(self, path: str, limit: int = -1) -> bytes:
        with _named(path, "read"), (self.root / path).open("rb") as file:
            return file.read(limit)

    def write(self, files: Iterable[FileChange]) -> None:
        """Replace each file at once (a new file renamed over the old), keeping its permissions.

        Raises UsageError, before the first is written, when one is no longer what was read;
        TagwrightError where one cannot be written.
        """
        files = tuple(files)
        for change in files:
            if self._bytes(change.path) != change.before:
                raise UsageError(f"{change.path} changed while it was being edited", hint="run the command again")
        for change in files:
            with _named(change.path, "written"):
                self._replace(self.root / change.path, change.after)

    def _replace(self, path: Path, data: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tagwright-")
        try:
            with os.fdopen(handle, "wb") as temporary:
                temporary.write(data)
            Path(name).chmod(stat.S_IMODE(path.stat().st_mode))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _walk(self, folder: Path, prefix: str) -> Iterator[TreeEntry]:
        with _named(prefix or ".", "read"), os.scandir(folder) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        yield from self._walk(Path(entry.path), f"{path}/")
                elif entry.is_file(follow_symlinks=False):
                    yield TreeEntry(path, "100644", path)


@contextmanager
def _named(path: str, what: str) -> Iterator[None]:
    """An error of the operating system as one that says where, and what could not be done."""
    try:
        yield
    except OSError as error:
        reason = f"{path} cannot be {what}: {error.strerror}"
        if what == "read":
            raise FileUnreadable(reason, hint="make it readable for this user") from error
        raise TagwrightError(reason, hint="its folder must be writable for this user", code="unwritable") from error

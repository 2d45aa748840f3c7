"""Where mirrors are kept: a locked sub-folder of the cache, else a temporary folder.

Two runs may share a cache folder. The second does not wait for the first, it works in a temporary folder; so does
a run that may not write to the cache. A mirror
that was left half-written by a kill (git's own lock files tell), or that grew by many fetches, is thrown away:
one commit deep, it is cheaper to fetch again than to repack.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tagwright.errors import GitError

log = logging.getLogger(__name__)

_MANY_PACKS = 100
_MANY_LOOSE = 30  # in one of the 256 folders of loose objects, as git's own gc.auto counts


@contextmanager
def kept_folder(cache: Path | None, url: str) -> Iterator[Path]:
    """An absolute folder for the mirror of `url`, this process's alone until the block ends.

    Raises GitError where not even a temporary folder can be made.
    """
    lock = _locked(cache.absolute() / "git" / hashlib.sha256(url.encode()).hexdigest()[:20]) if cache else None
    if lock is not None:
        with lock:
            folder = Path(lock.name).parent
            for repository in (folder / "repository", folder / "history"):
                _discard_if_stale(repository)
            yield folder
    else:
        with _temporary_folder() as name:
            yield Path(name)


def _locked(folder: Path) -> TextIO | None:
    """The open lock file of `folder`, which is made, or None where another has it or nothing can be written.

    The kernel takes the lock back however the process ends.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (folder / "lock").open("w")
    except OSError as error:
        log.warning("the cache cannot be used: %s: %s", error.filename, error.strerror)
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="tagwright-git-", ignore_cleanup_errors=True)
    except OSError as error:
        raise GitError(
            f"no temporary folder can be made: {error.strerror}",
            hint="make room, or name a folder by TMPDIR",
            code="git-no-space",
        ) from error


def _discard_if_stale(repository: Path) -> None:
    locks = [*repository.glob("*.lock"), *repository.glob("refs/**/*.lock"), *repository.glob("objects/pack/*.lock")]
    packs = sum(1 for _ in repository.glob("objects/pack/*.pack"))
    loose = sum(1 for _ in repository.glob("objects/17/*"))
    if locks or packs > _MANY_PACKS or loose > _MANY_LOOSE:
        shutil.rmtree(repository, ignore_errors=True)

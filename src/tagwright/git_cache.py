"""Where mirrors are kept: a locked sub-folder of the cache, else a temporary folder.

Two runs may share a cache folder. The second does not wait for the first, it works in a temporary folder. A mirror
that was left half-written by a kill (git's own lock files tell), or that grew by many fetches, is thrown away:
one commit deep, it is cheaper to fetch again than to repack.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MANY_PACKS = 100
_MANY_LOOSE = 30  # in one of the 256 folders of loose objects, as git's own gc.auto counts


@contextmanager
def kept_folder(cache: Path | None, url: str) -> Iterator[Path]:
    """A folder for the mirror of `url`, this process's alone until the block ends."""
    if cache is not None:
        folder = cache / "git" / hashlib.sha256(url.encode()).hexdigest()[:20]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(folder / "lock") as ours:
            if ours:
                _discard_if_stale(folder / "repository")
                yield folder
                return
    with tempfile.TemporaryDirectory(prefix="tagwright-git-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether this process got the lock; the kernel takes it back however the process ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _discard_if_stale(repository: Path) -> None:
    locks = [*repository.glob("*.lock"), *repository.glob("refs/**/*.lock"), *repository.glob("objects/pack/*.lock")]
    packs = sum(1 for _ in repository.glob("objects/pack/*.pack"))
    loose = sum(1 for _ in repository.glob("objects/17/*"))
    if locks or packs > _MANY_PACKS or loose > _MANY_LOOSE:
        shutil.rmtree(repository, ignore_errors=True)

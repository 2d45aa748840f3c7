"""The files of a head, read once: what they hold, and what the repository says of itself.

With a cache, only what changed since the last head is read again; when nothing did, nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tagwright import scan
from tagwright.cache import Cache
from tagwright.errors import FileUnreadable, GitError, Problem
from tagwright.folder import Folder
from tagwright.globs import selects
from tagwright.model import Changed, FileSelection, Head, Scanned, TreeEntry

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror

SETTINGS = ".tagwright.yaml"

Worth = Callable[[bytes], bool]
"""A look at a file's bytes: is it worth parsing?"""


Place: TypeAlias = "Mirror | Folder"
"""Somewhere to work on."""


@dataclass(frozen=True, slots=True)
class FileFound:
    """A file that holds something, and what."""

    entry: TreeEntry
    scanned: Scanned


@dataclass(frozen=True, slots=True)
class Survey:
    """A head, looked over. `settings` is the repository's own configuration, if it has one."""

    commit: str
    reading: str
    found: tuple[FileFound, ...]
    settings: str | None

    @property
    def scanned(self) -> Scanned:
        """Everything found, as one; what stands in several files (Flux policies) is joined."""
        return scan.join(file.scanned for file in self.found)


def survey(
    place: Place, head: Head, selection: FileSelection, cache: Cache, key: str, worth: Worth | None = None
) -> Survey:
    """Look over `head`. `key` names the place in the cache; `worth` (a look at the bytes) narrows what is parsed.

    A narrowed survey holds only a part, so it is never remembered.
    """
    reading = f"{scan.VERSION} {selection}"
    known = cache.load(Survey, key)
    if known and known.reading != reading:
        known = None
    place.fetch(head)  # nothing where it is here; but what is remembered may come from a run with another mirror
    if known and known.commit == head.commit and head.commit:
        return known
    changed = _changed(place, known, head)
    if known is None or changed is None:
        looked = _look(place, place.files(head.commit), selection, worth)
    else:
        gone = {*changed.gone, *(entry.path for entry in changed.there)}
        kept = tuple(file for file in known.found if file.entry.path not in gone)
        fresh = _look(place, changed.there, selection, worth)
        settings = fresh.settings if SETTINGS in gone else known.settings
        looked = _Looked(tuple(sorted((*kept, *fresh.found), key=lambda file: file.entry.path)), settings)
    result = Survey(head.commit, reading, looked.found, looked.settings)
    if worth is None and head.commit:
        cache.save(result, key)
    return result


def _changed(place: Place, known: Survey | None, head: Head) -> Changed | None:
    """What changed since the head we know, or None where there is no telling."""
    if known is None or isinstance(place, Folder):
        return None
    try:
        return place.changed(known.commit, head.commit)
    except GitError:
        return None


@dataclass(frozen=True, slots=True)
class _Looked:
    found: tuple[FileFound, ...]
    settings: str | None


def _look(place: Place, entries: Iterable[TreeEntry], selection: FileSelection, worth: Worth | None) -> _Looked:
    """Read and scan those entries that the selection and the locators want; blobs pass through one at a time."""
    selected = selects(selection)
    wanted: dict[str, list[TreeEntry]] = {}
    for entry in entries:
        if entry.path == SETTINGS or (scan.wants(entry.path) and selected(entry.path)):
            wanted.setdefault(entry.oid, []).append(entry)
    found: list[FileFound] = []
    settings = None
    for oid, data in _read(place, wanted):
        for entry in wanted[oid]:
            if isinstance(data, Problem):
                found.append(FileFound(entry, Scanned(problems=(data,))))
            elif entry.path == SETTINGS:
                settings = data.decode("utf-8", "surrogateescape")
            elif worth is None or len(data) > scan.MAX_BYTES or worth(data):
                scanned = scan.scan_file(entry.path, data)
                if scanned != Scanned():
                    found.append(FileFound(entry, scanned))
    return _Looked(tuple(found), settings)


def _read(place: Place, oids: Iterable[str]) -> Iterator[tuple[str, bytes | Problem]]:
    """The bytes of each file, or why a file of a folder cannot be read; settings that cannot are an error."""
    if not isinstance(place, Folder):
        yield from place.read(oids, scan.MAX_BYTES + 1)
        return
    for path in oids:
        try:
            yield from place.read([path], scan.MAX_BYTES + 1)
        except FileUnreadable as error:
            if path == SETTINGS:
                raise
            yield path, error.problem(path, path=path)

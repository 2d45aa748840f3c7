"""The files of a head, read once: what they hold, and what the repository says of itself.

With a cache, only what changed since the last head is read again; when nothing did, nothing is. The first
survey of a branch reads what differs from the latest one of any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from tagwright import scan
from tagwright.cache import Cache
from tagwright.config.rules import bindings_of
from tagwright.errors import FileUnreadable, GitError, Problem
from tagwright.folder import Folder
from tagwright.globs import selects
from tagwright.model import Binding, Changed, Head, Scanned, Target, TreeEntry

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


@dataclass(frozen=True, slots=True)
class Latest:
    """Under which key the latest survey of a repository is remembered, of whatever branch."""

    key: str


def survey(place: Place, head: Head, target: Target, cache: Cache, key: str, worth: Worth | None = None) -> Survey:
    """Look over `head`. `key` names the place in the cache; `worth` (a look at the bytes) narrows what is parsed.

    A narrowed survey holds only a part, so it is never remembered.
    """
    reading = f"{scan.VERSION} {target.files} {target.references} {target.allow_repository_config}"
    known = _known(cache, key, reading)
    place.fetch(head)  # nothing where it is here; but what is remembered may come from a run with another mirror
    if known and known.commit == head.commit and head.commit:
        return known
    known = known or _of_another_branch(cache, target.repository, reading)
    changed = _changed(place, known, head)
    gone = {*changed.gone, *(entry.path for entry in changed.there)} if changed else {SETTINGS}
    if known is None or changed is None or SETTINGS in gone:
        entries = place.files(head.commit)
        settings = _settings(place, entries)
        found = _look(place, entries, _bound(target, settings), worth)
    else:
        settings = known.settings
        kept = (file for file in known.found if file.entry.path not in gone)
        fresh = _look(place, changed.there, _bound(target, settings), worth)
        found = tuple(sorted((*kept, *fresh), key=lambda file: file.entry.path))
    result = Survey(head.commit, reading, found, settings)
    if worth is None and head.commit:
        cache.save(result, key)
        cache.save(Latest(key), target.repository)
    return result


def _known(cache: Cache, key: str, reading: str) -> Survey | None:
    """What is remembered, unless it was read by other rules."""
    known = cache.load(Survey, key)
    return known if known and known.reading == reading else None


def _of_another_branch(cache: Cache, repository: str, reading: str) -> Survey | None:
    """The latest survey of the repository: a branch that is new shares most of its files with another."""
    latest = cache.load(Latest, repository)
    return _known(cache, latest.key, reading) if latest else None


def _changed(place: Place, known: Survey | None, head: Head) -> Changed | None:
    """What changed since the head we know, or None where there is no telling."""
    if known is None or isinstance(place, Folder):
        return None
    try:
        return place.changed(known.commit, head.commit)
    except GitError:
        return None


def _settings(place: Place, entries: Iterable[TreeEntry]) -> str | None:
    """The repository's own configuration."""
    for entry in entries:
        if entry.path == SETTINGS:
            return next(place.read([entry.oid], scan.MAX_BYTES + 1))[1].decode("utf-8", "surrogateescape")
    return None


def _bound(target: Target, settings: str | None) -> Target:
    """The target with the `references` that its repository's own configuration adds."""
    if settings is None or not target.allow_repository_config:
        return target
    from tagwright.config.loading import own_references

    own = own_references(settings.encode("utf-8", "surrogateescape"))
    return replace(target, references=(*own, *target.references))


def _look(place: Place, entries: Iterable[TreeEntry], target: Target, worth: Worth | None) -> tuple[FileFound, ...]:
    """Read and scan those entries that the selection and the locators want; blobs pass through one at a time."""
    selected = selects(target.files)
    wanted: dict[str, list[tuple[TreeEntry, tuple[Binding, ...]]]] = {}
    for entry in entries:
        bindings = bindings_of(target, entry.path)
        if (bindings or scan.wants(entry.path)) and entry.path != SETTINGS and selected(entry.path):
            wanted.setdefault(entry.oid, []).append((entry, bindings))
    found: list[FileFound] = []
    for oid, data in _read(place, wanted):
        for entry, bindings in wanted[oid]:
            if isinstance(data, Problem):
                found.append(FileFound(entry, Scanned(problems=(data,))))
            elif bindings or worth is None or len(data) > scan.MAX_BYTES or worth(data):
                scanned = scan.scan_file(entry.path, data, bindings)
                if scanned is not scan.NOTHING and scanned != scan.NOTHING:
                    found.append(FileFound(entry, scanned))
    return tuple(found)


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

"""The ledger's place in Git: `refs/tagwright/ledger`, or the branch `tagwright-ledger` where the server wants one.

A chain of commits beside the repository's own history. Reading looks at both places with one `ls-remote`; writing
adds lines to what is there and pushes by compare-and-swap: whoever loses a race fetches what won, adds the same
lines to that, and pushes again, so nothing is lost. Nothing is fetched, and nothing asked, before the first question.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Mapping

from tagwright.errors import BranchMoved, BranchProtected
from tagwright.git.mirror import Mirror
from tagwright.ledger import BRANCH, LIMIT, PLACES, REF, content_of, lines_of
from tagwright.model import Head

log = logging.getLogger(__name__)

_TRIES = 12
_PAUSE = 0.05  # seconds, at first


class GitLedger:
    """The ledger of one remote. `author` is (name, e-mail); every method raises GitError or one of its children."""

    def __init__(self, mirror: Mirror, author: tuple[str, str]) -> None:
        self._mirror, self._author = mirror, author
        self._tips: dict[str, str] | None = None
        self._entries: dict[str, dict[str, str]] = {}
        self._refused = False

    def lines(self, path: str) -> frozenset[str]:
        """The lines of a file, in either place; none where there is no such file."""
        return frozenset().union(*(self._lines(place, path) for place in self._places()))

    def add(self, lines: Mapping[str, Iterable[str]], message: str) -> None:
        """Add lines to files, by path. When this returns they are on the remote."""
        for tried in range(_TRIES):
            try:
                self._add(lines, message)
                return
            except BranchMoved:
                if tried + 1 == _TRIES:
                    raise
                log.info("the ledger moved, adding to it again")
                time.sleep(random.uniform(0, _PAUSE * 2 ** min(tried, 6)))  # noqa: S311 - spreads writers
                self._tips = None

    def _add(self, lines: Mapping[str, Iterable[str]], message: str) -> None:
        place = self._place()
        before = {path: self._lines(place, path) for path in lines}
        after = {path: before[path].union(added) for path, added in lines.items()}
        files = {path: ("100644", content_of(after[path])) for path in lines if after[path] != before[path]}
        if not files:
            return
        tip = self._places().get(place)
        commit = self._mirror.commit(tip, files, message, self._author)
        try:
            self._mirror.push(commit, place, tip)
        except BranchProtected:
            if place == BRANCH:
                raise
            self._refused = True
            self._add(lines, message)
        else:
            self._tips = {**self._places(), place: commit}
            self._entries.pop(place, None)

    def _place(self) -> str:
        """Where to write: the branch where only that is there, or the server refused the ref."""
        return BRANCH if self._refused or tuple(self._places()) == (BRANCH,) else REF

    def _places(self) -> dict[str, str]:
        """Where the ledger is, and the commit it is at there."""
        if self._tips is None:
            found = self._mirror.refs(*PLACES)
            self._tips = {place.removeprefix("refs/heads/"): commit for place, commit in found.items()}
            self._entries = {}
        return self._tips

    def _lines(self, place: str, path: str) -> frozenset[str]:
        commit = self._places().get(place)
        if commit is None:
            return frozenset()
        if place not in self._entries:
            self._mirror.fetch(Head(place, commit))
            self._entries[place] = {entry.path: entry.oid for entry in self._mirror.files(commit)}
        oid = self._entries[place].get(path)
        if oid is None:
            return frozenset()
        return lines_of(next(self._mirror.read([oid], LIMIT + 1))[1], path)

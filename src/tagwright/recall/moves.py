"""How a reference moved in the past, and which of its versions people took back.

A version was taken back when a commit that is not ours moved the reference away from what we had written there, to
something that is not newer (a revert, an edit by hand, a reverted pull request); when any commit that says it is a
revert did so, whoever had written it (a squash merge may have lost our words); and when somebody asked `set` for a
downgrade. It counts while it is above what stands now, and until somebody says "go on": the trailer
`Tagwright: resume` in the same or a later commit, or a marker `resume` put beside the value since.

A reference is found again by its image and the way to it inside the file, not by its line; in a file that was moved,
by the name that is most alike. Only commits that can matter are looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from tagwright.decide import order
from tagwright.model import Binding, Reference, Rejection, Ruled
from tagwright.recall.chronicle import Chronicle, Word
from tagwright.scan import MAX_BYTES, scan_file

if TYPE_CHECKING:
    from tagwright.git.history import History
    from tagwright.git.text import PastCommit

_FIRST_STEPS = 8
"""How many commits are looked into at once, first; a revert mostly follows soon."""

_WORDS = 64
"""Of how many of our commits the paths are looked at, at once."""

_MOST = 200
"""How many of the latest reverts, and of our own latest commits, are looked into; each once, however much it says."""


@dataclass(frozen=True, slots=True)
class State:
    """What a reference was at a commit: `version` as `Rejection` has it; `resumes` when its marker said "go on"."""

    version: str
    resumes: bool


def state_of(reference: Reference) -> State:
    """What a reference is."""
    image, marker = reference.image, reference.marker
    version = "@".join(part for part in (image.tag, image.digest) if part)
    return State(version, marker is not None and any(key == "resume" for key, _ in marker.settings))


@dataclass(slots=True)
class Moves:
    """Reads the past of references at the head of a chronicle. `bindings_of` is the configuration's, by path."""

    chronicle: Chronicle
    history: History
    bindings_of: Callable[[str], tuple[Binding, ...]]
    _read: dict[tuple[str, str], tuple[Reference, ...]] = field(default_factory=dict)
    _touched: dict[str, frozenset[str]] = field(default_factory=dict)
    _gone: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def taken_back(self, reference: Reference, ruled: Ruled) -> tuple[Rejection, ...]:
        """What people took back of this reference and is above what stands; each version once, the latest first."""
        found: dict[str, Rejection] = {}
        for rejection in self._all(_Asked(reference, ruled)):
            found.setdefault(rejection.version, rejection)
        return tuple(found.values())

    def can_tell(self, reference: Reference, ruled: Ruled) -> bool:
        """Whether enough of the past is in sight: all, or a word of ours about this file, or somebody's "go on".

        Of a commit whose parent is out of sight nobody knows which files it touched: there its word must be true here.
        """
        asked, words = _Asked(reference, ruled), self.chronicle.words.get(ruled.image, ())
        if not self.chronicle.is_cut or self.chronicle.resumes(ruled.image):
            return True
        return any(
            self._touches(asked, words, at)
            or (self.chronicle.parent(word.commit) is None and word.landed.new == asked.version)
            for at, word in enumerate(words)
        )

    def _all(self, asked: _Asked) -> Iterator[Rejection]:
        settled, looked_into = False, set[tuple[str, str]]()

        def once(what: str, commit: PastCommit) -> bool:
            before = len(looked_into)
            if before < _MOST:
                looked_into.add((what, commit.oid))
            return len(looked_into) > before

        words = self.chronicle.words.get(asked.ruled.image, ())
        for at, word in enumerate(words):
            new, old = word.landed.new, word.landed.old
            here = not settled and new == asked.version
            above = asked.newer(asked.version, new) or (not settled and asked.is_above(new))
            down = asked.newer(new, old) and not asked.may_go_down
            if not (here or above or down) or not self._touches(asked, words, at):
                continue
            settled = settled or here
            if above:
                left = self._left_behind(asked, word) if once("above", word.commit) else None
                settled = settled or left is not None
                yield from left or ()
            elif down and once("down", word.commit):
                yield from self._stepped_back(asked, word.commit)
        for commit in self._reverts(asked):
            yield from self._stepped_back(asked, commit)

    def _touches(self, asked: _Asked, words: Sequence[Word], at: int) -> bool:
        """Whether this commit of ours touched the reference's file, or one that has gone since."""
        oid = words[at].commit.oid
        if oid not in self._touched:
            self._note(word.commit for word in words[at : at + _WORDS])
        return asked.reference.path in self._touched[oid] or bool(self._gone[oid])

    def _reverts(self, asked: _Asked) -> Iterator[PastCommit]:
        """The latest reverts that touched the reference's file, or one that has gone since."""
        pairs = [(self.chronicle.parent(commit), commit) for commit in self.chronicle.reverts[:_MOST]]
        known = [(parent, commit) for parent, commit in pairs if parent]
        files = self.history.files((one for pair in known for one in pair), asked.paths) if known else {}
        path = asked.reference.path
        self._note(commit for _, commit in known if (commit.oid, path) not in files)
        for parent, commit in known:
            if files.get((parent.oid, path)) != files.get((commit.oid, path)) or self._gone.get(commit.oid):
                yield commit

    def _stepped_back(self, asked: _Asked, commit: PastCommit) -> Iterator[Rejection]:
        """What this one commit moved the reference away from."""
        parent = self.chronicle.parent(commit)
        if parent is None:
            return
        old, new = self._states(self._in_former_file(asked, commit), (parent, commit))
        if old and new and old.version != new.version:
            yield from self._rejected(asked, old, new, commit)

    def _left_behind(self, asked: _Asked, word: Word) -> list[Rejection] | None:
        """What the branch moved away from since this commit of ours, until our next; None where we wrote elsewhere."""
        parent = self.chronicle.parent(word.commit)
        asked = self._in_former_file(asked, word.commit)
        before, state = self._states(asked, (parent, word.commit)) if parent else (None, None)
        if state is None or (before and state.version == before.version):
            return None
        found: list[Rejection] = []
        link = self.chronicle.entry(word.commit)
        others = {self.chronicle.entry(one) for one in self._later_words(asked, word)}
        for at, commit, then in self._onwards(asked, link):
            if then is None or then.version == state.version:
                continue
            if at in others:
                break
            found += self._rejected(asked, state, then, commit)
            state = then
        return found

    def _later_words(self, asked: _Asked, word: Word) -> Iterator[PastCommit]:
        at = self.chronicle.at[word.commit.oid]
        for one in self.chronicle.words[asked.ruled.image]:
            if self.chronicle.at[one.commit.oid] < at:
                yield one.commit

    def _rejected(self, asked: _Asked, old: State, new: State, commit: PastCommit) -> Iterator[Rejection]:
        """The version that was left, if that was a step back and nobody said "go on" since."""
        if asked.newer(old.version, new.version) or not asked.is_above(old.version):
            return
        marked = asked.now.resumes and not new.resumes
        if not marked and not self.chronicle.resumed_since(commit.oid, asked.ruled.image):
            yield Rejection(old.version, commit.oid, commit.author, commit.day)

    # ── looking into commits ─────────────────────────────────────────────────

    def _onwards(self, asked: _Asked, link: int) -> Iterator[tuple[int, PastCommit, State | None]]:
        """The branch from one link of its chain to its head: (link, commit, what the reference was)."""
        links, many = iter(range(link, -1, -1)), _FIRST_STEPS
        while some := tuple(islice(links, many)):
            commits = [self.chronicle.chain[at] for at in some]
            yield from zip(some, commits, self._states(asked, commits), strict=True)
            many *= 4

    def _states(self, asked: _Asked, commits: Iterable[PastCommit]) -> list[State | None]:
        """What the reference was at each commit; None where it was not there."""
        head, commits = self.chronicle.commits[0], tuple(commits)
        files = self.history.files(dict.fromkeys((head, *commits)), asked.paths)
        self._scan({(oid, path) for (_, path), oid in files.items()})
        beside = self._references(head, asked.reference.path, files)
        return [self._state(asked, beside, commit, files) for commit in commits]

    def _state(
        self, asked: _Asked, beside: tuple[Reference, ...], commit: PastCommit, files: Mapping[tuple[str, str], str]
    ) -> State | None:
        for path in asked.paths:
            found = _same(asked.reference, beside, self._references(commit, path, files))
            if found:
                return state_of(found)
        return None

    def _references(self, commit: PastCommit, path: str, files: Mapping[tuple[str, str], str]) -> tuple[Reference, ...]:
        oid = files.get((commit.oid, path))
        return self._read[oid, path] if oid else ()

    def _scan(self, wanted: set[tuple[str, str]]) -> None:
        missing = sorted(wanted - self._read.keys())
        data = dict(self.history.read((oid for oid, _ in missing), MAX_BYTES + 1))
        for oid, path in missing:
            self._read[oid, path] = scan_file(path, data[oid], self.bindings_of(path)).references

    def _in_former_file(self, asked: _Asked, commit: PastCommit) -> _Asked:
        """The same question about the file as this commit knew it, if it had another name."""
        path = asked.reference.path
        if self.history.files((commit,), (path,)):
            return asked
        self._note((commit,))
        for name in sorted(self._gone[commit.oid], key=lambda name: _alike(name, path), reverse=True):
            moved = _Asked(asked.reference, asked.ruled, (path, name))
            if self._states(moved, (commit,))[0]:
                return moved
        return asked

    def _note(self, commits: Iterable[PastCommit]) -> None:
        """Find out which files each commit touched, and which of them the head has not got."""
        unknown = [one for one in dict.fromkeys(commits) if one.oid not in self._gone]
        if not unknown:
            return
        touched = self.history.changed((self.chronicle.parent(one) or one, one) for one in unknown)
        head = self.chronicle.commits[0]
        there = {name for _, name in self.history.files((head,), {name for some in touched for name in some})}
        for commit, names in zip(unknown, touched, strict=True):
            self._touched[commit.oid] = frozenset(names)
            self._gone[commit.oid] = tuple(name for name in names if name not in there)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question about one reference. `paths` are the names its file may have had, the present one first."""

    reference: Reference
    ruled: Ruled
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "paths", self.paths or (self.reference.path,))

    @property
    def now(self) -> State:
        return state_of(self.reference)

    @property
    def version(self) -> str:
        return self.now.version

    @property
    def may_go_down(self) -> bool:
        """Whether a step back of ours may be the policy's own doing."""
        return self.ruled.policy is not None and self.ruled.policy.allow_downgrade

    def newer(self, old: str, new: str) -> bool:
        """Whether `new` is known to be newer than `old`."""
        return order(self.ruled.policy, _tag(old), _tag(new)) == 1

    def is_above(self, version: str) -> bool:
        """Whether a version is another than what stands, and not known to be older."""
        return version not in ("", self.version) and not self.newer(version, self.version)


def _tag(version: str) -> str:
    return version.partition("@")[0]


def _same(reference: Reference, beside: tuple[Reference, ...], among: tuple[Reference, ...]) -> Reference | None:
    """The reference as another version of its file has it; `beside` is what stands in its own.

    At the same place: of several documents in the one with the same number. Else, where as many references of
    its image stand, the one with the same number among them; or the only one.
    """
    now, then = ([one for one in some if _is_alike(one, reference)] for some in (beside, among))
    placed_now, placed = ([one for one in some if _place(one) == _place(reference)] for some in (now, then))
    for mine, theirs in ((placed_now, placed), (now, then) if len(now) == len(then) else ([], [])):
        number = next((at for at, one in enumerate(mine) if one.line == reference.line), 0)
        if number < len(theirs):
            return theirs[number]
    return then[0] if len(then) == 1 and not placed else None


def _place(reference: Reference) -> tuple[str, str]:
    return reference.kind, reference.where


def _is_alike(one: Reference, other: Reference) -> bool:
    """The same image; what a file alone does not say (a tag alone, a chart's registry) may be any."""
    return not one.image.name or bool(one.source) or one.image.normalised == other.image.normalised


def _alike(name: str, path: str) -> tuple[int, int]:
    """How many parts two paths share, from their ends and from their beginnings."""
    one, other = name.split("/"), path.split("/")
    return _shared(one[::-1], other[::-1]), _shared(one, other)


def _shared(one: list[str], other: list[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

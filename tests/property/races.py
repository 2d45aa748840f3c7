"""Small worlds in which writers race: what each wants, what people do meanwhile, and the judge of what came out.

The judge reads files and messages by itself, with nothing of the code it judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.support.git_model import Commit

HOST = "ghcr.io/acme"
VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "1.10.0")
BUILDS = {"c0ffee1": 1, "c0ffee2": 2, "c0ffee3": 3}
_FIRST = {"a": "1.0.0", "b": "1.0.0", "c": "seed000"}
_ALL = "".join(f"{image}: {{image: {HOST}/{image}:{tag}}}\n" for image, tag in _FIRST.items())
SEED = {"all.yaml": _ALL.encode(), "apps/a.yaml": f"image: {HOST}/a:1.0.0\n".encode()}
_TAGGED = re.compile(rf"{HOST}/(\w):([\w.]+)")
_WORD = re.compile(rf"^Tagwright-Image: {HOST}/c \S+ -> (\w+)\nTagwright-Order: (\d+)$", re.M)


@dataclass(frozen=True, slots=True)
class Want:
    """One image that shall stand, with a rank or without."""

    image: str
    tag: str
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A `set` of one image or several, in some files or all."""

    wants: tuple[Want, ...]
    files: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """A `run`, to which the registry offers these versions of a and b."""

    newest: str = VERSIONS[-1]


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody does by hand: note, move, delete, write, or revert."""

    does: str
    image: str = "a"
    tag: str = VERSIONS[0]
    number: int = 0


Actor = Pipeline | Pass | Person


def wants() -> st.SearchStrategy[Want]:
    """A version of a or b, or a build of c, half of these with a rank."""
    versioned = st.builds(Want, st.sampled_from("ab"), st.sampled_from(VERSIONS[1:]))
    built = st.sampled_from(sorted(BUILDS.items()))
    ranked = built.map(lambda one: Want("c", *one))
    return versioned | ranked | built.map(lambda one: Want("c", one[0]))


def writers() -> st.SearchStrategy[Pipeline | Pass]:
    """A command somebody's job runs."""
    files = st.sampled_from(["", "", "", "all.yaml", "apps/**"])
    batches = st.lists(wants(), min_size=1, max_size=3, unique_by=lambda one: one.image)
    pipeline = st.builds(Pipeline, batches.map(tuple), files)
    return pipeline | pipeline | st.builds(Pass, st.sampled_from(VERSIONS[1:]))


def people() -> st.SearchStrategy[Person]:
    """A person's commit."""
    does = st.sampled_from(["note", "move", "delete", "write", "revert"])
    return st.builds(Person, does, st.sampled_from("aabc"), st.sampled_from(VERSIONS), st.integers(0, 99))


def act(person: Person, chain: Sequence[Commit]) -> tuple[dict[str, bytes], str]:
    """A person's files after the last commit of a chain, and what they say of it. Perhaps nothing changes."""
    tip = chain[-1]
    files, path = dict(tip.files), next(iter(sorted(tip.files)), "all.yaml")
    if person.does == "note":
        files[path] = files.get(path, b"") + f"# note {person.number}\n".encode()
    elif person.does == "move" and files.get("all.yaml"):
        files[f"moved-{person.number}.yaml"] = files.pop("all.yaml")
    elif person.does == "delete":
        kept = [
            line for line in files.get("all.yaml", b"").splitlines(True) if f"/{person.image}:" not in line.decode()
        ]
        files["all.yaml"] = b"".join(kept)
    elif person.does == "write" and person.image != "c":
        spelled = rf"({HOST}/{person.image}):[\w.]+".encode()
        files = {at: re.sub(spelled, rb"\g<1>:" + person.tag.encode(), data) for at, data in files.items()}
    elif person.does == "revert" and len(chain) > 1 and tip.author == "tagwright":
        return dict(chain[-2].files), f'Revert "x"\n\nThis reverts commit {tip.oid}.\n'
    return files, f"A person's {person.does}"


# ── the judge ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Said:
    """What a writer said of one reference: where, the verdict, and the tag chosen."""

    path: str
    line: int
    verdict: str
    chosen: str | None


@dataclass(slots=True)
class Outcome:
    """How a writer ended: the commit it read first ("": unknown) and last, what it said, and the commits it pushed."""

    writer: Pipeline | Pass
    first: str = ""
    last: str = ""
    said: tuple[Said, ...] = ()
    pushed: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    code: int = 0
    attempts: int = 0


@dataclass(slots=True)
class Judge:
    """The promises, asked of a chain of commits (oldest first, on a base) and of what every writer said."""

    chain: Sequence[Commit]
    outcomes: Iterable[Outcome]
    by_oid: Mapping[str, Commit] = field(init=False)

    def __post_init__(self) -> None:
        self.by_oid = {one.oid: one for one in self.chain}

    def judge(self) -> None:
        """Every promise."""
        outcomes = tuple(self.outcomes)
        ours = [one for one in self.chain[1:] if one.author == "tagwright"]
        pushed = {oid for outcome in outcomes for oid in outcome.pushed}
        # Two who want the same in the same second make the same commit: both are told so, and it is there once.
        assert sorted(pushed) == sorted(one.oid for one in ours), "a commit was lost, doubled, or made by nobody"
        assert all(len(outcome.pushed) <= 1 for outcome in outcomes), "more than one commit for one wish"
        for commit in ours:
            self._changes_tags_alone(commit)
        for outcome in outcomes:
            self._only_forward(outcome)
            if isinstance(outcome.writer, Pipeline):
                self._is_told_of_every_reference(outcome, outcome.writer)
        self._respects_rollbacks()

    def _before(self, commit: Commit) -> Commit:
        assert commit.parent
        return self.by_oid[commit.parent]

    def _changes_tags_alone(self, commit: Commit) -> None:
        before = self._before(commit)
        assert before.files.keys() == commit.files.keys()
        assert before.files != commit.files, "an empty commit"
        for path, data in commit.files.items():
            assert _masked(data) == _masked(before.files[path]), "a line of somebody else's was touched"

    def _only_forward(self, outcome: Outcome) -> None:
        """A version grows; so does a rank where both are known; and what nothing orders had been seen by its writer."""
        for oid in outcome.pushed:
            commit = self.by_oid[oid]
            for (path, line), (image, old, new) in _moved(self._before(commit), commit).items():
                if image != "c":
                    assert _version(new) > _version(old), f"{image} went from {old} to {new} in {path}:{line}"
                    continue
                ranks, own = self._ranks(commit), dict(_WORD.findall(commit.message))
                if old in ranks and new in own:
                    assert int(own[new]) > ranks[old], f"rank {own[new]} over {ranks[old]}"
                elif outcome.first:
                    first = {tag for name, tag in _tags(self.by_oid[outcome.first]).values() if name == "c"}
                    assert old in first, f"{old} was overwritten unseen by {new}"

    def _ranks(self, commit: Commit) -> dict[str, int]:
        """The ranks that commits before this one gave builds; the newest word counts."""
        ranks: dict[str, int] = {}
        for one in self.chain[: [link.oid for link in self.chain].index(commit.oid)]:
            ranks |= {tag: int(rank) for tag, rank in _WORD.findall(one.message)}
        return ranks

    def _is_told_of_every_reference(self, outcome: Outcome, writer: Pipeline) -> None:
        """Each reference it concerns at the commit it read last has a verdict, and the verdict is true there."""
        wanted = {one.image: one for one in writer.wants}
        standing = _tags(self.by_oid[outcome.last])
        concerned = {
            at: found for at, found in standing.items() if found[0] in wanted and _selects(writer.files, at[0])
        }
        told = {(one.path, one.line): one for one in outcome.said}
        assert told.keys() == concerned.keys(), "a reference that nothing was said of, or none that is there"
        missing = wanted.keys() - {image for image, _ in concerned.values()}
        assert {name.rpartition("/")[2].partition(":")[0] for name in outcome.unmatched} == missing
        for at, said in told.items():
            self._is_true(said, concerned[at][1], wanted[concerned[at][0]], outcome)
        refused = any(one.verdict == "conflict" for one in told.values())
        assert outcome.code == (1 if refused else 4 if missing else 0), outcome.problems

    def _is_true(self, said: Said, standing: str, want: Want, outcome: Outcome) -> None:
        if said.verdict == "update":
            (oid,) = outcome.pushed
            assert said.chosen == want.tag
            assert _tags(self.by_oid[oid])[said.path, said.line] == (want.image, want.tag)
        elif said.verdict == "current":
            assert standing == want.tag
        elif said.verdict == "superseded" and want.image != "c":
            assert _version(standing) > _version(want.tag)
        elif said.verdict == "superseded":
            assert self._ranks_at(outcome.last)[standing] > (want.order or 0)
        elif said.verdict == "conflict":
            assert (want.image, outcome.first != outcome.last) == ("c", True)
        else:
            assert said.verdict == "rejected", said
            assert any(one.author != "tagwright" for one in self.chain[1:])

    def _ranks_at(self, oid: str) -> dict[str, int]:
        commit = self.by_oid[oid]
        return self._ranks(commit) | {tag: int(rank) for tag, rank in _WORD.findall(commit.message)}

    def _respects_rollbacks(self) -> None:
        """What a person lowers right after we raised it is not raised to that again by us, until a person does."""
        refused: dict[tuple[str, int], str] = {}
        ours: set[tuple[str, int]] = set()
        for commit in self.chain[1:]:
            for at, (image, old, new) in _moved(self._before(commit), commit).items():
                if image == "c":
                    continue
                if commit.author == "tagwright":
                    assert at not in refused or _version(new) > _version(refused[at]), f"{new} came back at {at}"
                    ours.add(at)
                    refused.pop(at, None)
                    continue
                refused.pop(at, None)
                if _version(new) < _version(old) and at in ours:
                    refused[at] = old
                ours.discard(at)
            if commit.author != "tagwright" and self._before(commit).files.keys() != commit.files.keys():
                refused.clear()  # lines that moved are followed by nobody here
                ours.clear()


def _tags(commit: Commit) -> dict[tuple[str, int], tuple[str, str]]:
    """(path, line) -> image and tag."""
    return {
        (path, number): (found[1], found[2])
        for path, data in commit.files.items()
        for number, line in enumerate(data.decode().splitlines(), 1)
        if (found := _TAGGED.search(line))
    }


def _moved(before: Commit, after: Commit) -> dict[tuple[str, int], tuple[str, str, str]]:
    """(path, line) -> image, old tag and new tag of the lines where only a tag differs."""
    old = _tags(before)
    return {
        at: (image, old[at][1], tag)
        for at, (image, tag) in _tags(after).items()
        if at in old and old[at][0] == image and old[at][1] != tag
    }


def _masked(data: bytes) -> str:
    return _TAGGED.sub(rf"{HOST}/\1:", data.decode())


def _version(tag: str) -> tuple[int, ...]:
    return tuple(map(int, tag.split(".")))


def _selects(files: str, path: str) -> bool:
    return not files or path == files or (files == "apps/**" and path.startswith("apps/"))

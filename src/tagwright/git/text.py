"""What git prints and reads, as data: listings, logs, push answers, and the stream fast-import takes. All pure.

Paths are bytes in Git and text here: what is not UTF-8 becomes surrogates (PEP 383) and goes back unharmed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tagwright.model import Changed, TreeEntry

SCRATCH = "refs/tagwright/scratch"
_PAIR = re.compile(rb"[0-9a-f]{40,64} [0-9a-f]{40,64}\n((?::[^\0]*\0[^\0]+\0)*)")
_FILE_MODES = ("100644", "100755")

_LONGEST_SUBJECT = 500  # characters

LAST_MOMENT = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""

LONGEST = 1 << 20
"""The most bytes that are read of a commit's name, people and message."""


def tree_entries(listing: bytes) -> Iterator[TreeEntry]:
    """The files in the output of `ls-tree -r -z`; symlinks and submodules are left out."""
    for record in listing.split(b"\0")[:-1]:
        meta, _, path = record.partition(b"\t")
        mode, _, oid = meta.decode("ascii").split(" ")
        if mode in _FILE_MODES:
            yield TreeEntry(os.fsdecode(path), mode, oid)


def tree_links(listing: bytes) -> Iterator[str]:
    """The paths of the symlinks and submodules in the output of `ls-tree -r -z`."""
    for record in listing.split(b"\0")[:-1]:
        meta, _, path = record.partition(b"\t")
        if meta.decode("ascii").partition(" ")[0] not in _FILE_MODES:
            yield os.fsdecode(path)


def changed_entries(listing: bytes) -> Changed:
    """What the output of `diff-tree -r -z --no-renames` says."""
    fields = listing.split(b"\0")[:-1]
    there, gone = [], []
    for meta, path in zip(fields[::2], fields[1::2], strict=True):
        _, mode, _, oid, _ = meta.decode("ascii").split(" ")
        if mode in _FILE_MODES:
            there.append(TreeEntry(os.fsdecode(path), mode, oid))
        else:
            gone.append(os.fsdecode(path))
    return Changed(tuple(there), tuple(gone))


def tree_listings(listing: bytes) -> list[tuple[TreeEntry, ...]]:
    """What each pair of trees given to `diff-tree --stdin -r -z --no-renames` says is there in the second."""
    pairs: list[re.Match[bytes]] = []
    while pair := _PAIR.match(listing, pairs[-1].end() if pairs else 0):
        pairs.append(pair)
    return [changed_entries(pair[1]).there for pair in pairs]


def default_branch(listing: str) -> tuple[str, str] | None:
    """(branch, commit) of HEAD in the output of `ls-remote --symref`."""
    branch = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", listing, re.MULTILINE)
    commit = re.search(r"^([0-9a-f]{40,64})\tHEAD$", listing, re.MULTILINE)
    return (branch[1], commit[1]) if branch and commit else None


def refs(listing: str) -> dict[str, str]:
    """ref -> commit, from the output of `ls-remote`."""
    pairs = (line.partition("\t") for line in listing.split("\n") if line)  # a name may hold what else ends a line
    return {ref: oid for oid, _, ref in pairs}


def log_entries(listing: bytes) -> list[tuple[str, str]]:
    """(commit, message) from the output of `log -z --format=%H%n%B`."""
    records = (record.partition("\n") for record in listing.decode("utf-8", "replace").split("\0") if record)
    return [(oid, message) for oid, _, message in records]


@dataclass(frozen=True, slots=True)
class PastCommit:
    """A commit without its files: `day` is its committer's date as 2026-11-21, `author` a name.

    Of its message only the lines that may be about us, or a revert; so many commits cost little memory.
    """

    oid: str
    parents: tuple[str, ...]
    tree: str
    day: str
    author: str
    message: str


def past_commits(chunks: Iterable[bytes]) -> Iterator[PastCommit]:
    """The output of `log -z --format=%H%n%P%n%T%n%cs%n%an%n%B`, as it comes; of a commit no more than LONGEST bytes."""
    for record in _records(chunks):
        oid, parents, tree, day, author, *message = _fields(record, 5)
        yield PastCommit(oid, tuple(parents.split()), tree, day, author, _telling(message))


@dataclass(frozen=True, slots=True)
class Said:
    """A commit as `PastCommit` is one, told more of: `when` in seconds since 1970, whose it is, and its first line."""

    oid: str
    parents: tuple[str, ...]
    tree: str
    when: int
    author: str
    email: str
    subject: str
    message: str


def said(chunks: Iterable[bytes]) -> Iterator[Said]:
    """The output of `log -z --format=%H%n%P%n%T%n%ct%n%an%n%ae%n%B`, as it comes."""
    for record in _records(chunks):
        oid, parents, tree, when, author, email, *message = _fields(record, 6)
        subject = next((line.strip() for line in message if line.strip()), "")[:_LONGEST_SUBJECT]
        yield Said(oid, tuple(parents.split()), tree, moment(when), author, email, subject, _telling(message))


def moment(seconds: str) -> int:
    """A commit's time in seconds since 1970, no later than a calendar goes; 0 where it has none that can be read.

    A commit may name the year 3170843, or no time at all: git prints that, or nothing.
    """
    found = seconds.strip()
    return min(int(found), LAST_MOMENT) if re.fullmatch(r"[0-9]{1,20}", found) else 0


def _fields(record: bytes, most: int) -> list[str]:
    """The lines of a commit, of which the first `most` are there at least."""
    lines = record.decode("utf-8", "replace").split("\n")
    return lines + [""] * (most - len(lines))


def _telling(message: Iterable[str]) -> str:
    return "\n".join(line.removesuffix("\r") for line in message if "agwright" in line or "evert" in line)


def _records(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What each NUL ends."""
    begun = b""
    for chunk in chunks:
        first, *more = chunk.split(b"\0")
        begun += first[: LONGEST - len(begun)]
        for following in more:
            yield begun
            begun = following[:LONGEST]


def push_refusals(answer: bytes) -> list[str]:
    """The reasons in the output of `push --porcelain`, as "[rejected] (stale info)"; empty when nobody answered."""
    return re.findall(r"^!\t\S+\t(.*)$", answer.decode("utf-8", "replace"), re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NewCommit:
    """What a commit puts in: `files` (path -> mode, content) over those of its parent; and what it says.

    Without a `parent` it follows the one before it.
    """

    files: Mapping[str, tuple[str, bytes]]
    message: str
    parent: str = ""


def push_landed(answer: bytes) -> frozenset[str]:
    """The refs that are where the push wanted them, in the output of `push --porcelain`."""
    return frozenset(re.findall(r"^[ +*=]\t[^\t:]*:(\S+)\t", answer.decode("utf-8", "replace"), re.MULTILINE))


def fast_import(
    parent: str | None, commits: Iterable[NewCommit], people: tuple[tuple[str, str], tuple[str, str]], when: datetime
) -> bytes:
    """The stream by which git-fast-import(1) makes commits, and prints the id of each.

    The first is on `parent`, each other on the one before, unless it says another.
    `people` are author and committer, each (name, e-mail).
    """
    author, committer = (_person(one, when) for one in people)
    stream, asked, before = [], b"", parent
    for number, commit in enumerate(commits, 1):
        stream += [f"commit {SCRATCH}\nmark :{number}\nauthor {author}committer {committer}".encode()]
        stream += [_data(commit.message.rstrip("\n").encode() + b"\n")]
        stream += [f"from {commit.parent or before}\n".encode("ascii")] if commit.parent or before else []
        for path, (mode, content) in commit.files.items():
            stream += [f"M {mode} inline ".encode("ascii"), _quoted(os.fsencode(path)), b"\n", _data(content)]
        before = f":{number}"
        asked += f"get-mark {before}\n".encode("ascii")
    return b"".join([*stream, asked, b"done\n"])


def _person(person: tuple[str, str], when: datetime) -> str:
    name, mail = (re.sub(r"[<>\x00-\x1f\x7f]", "", part).strip() for part in person)
    return f"{name} <{mail}> {int(when.timestamp())} +0000\n"


@dataclass(frozen=True, slots=True)
class CommitObject:
    """What a commit changes and says: its tree, its parents, its message; and whether somebody signed it.

    The first line of the message stands in a paragraph of its own, as forges write it.
    """

    tree: str
    parents: tuple[str, ...]
    message: str
    signed: bool


def commit_object(raw: bytes) -> CommitObject:
    """A commit as `cat-file commit` prints it."""
    head, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    fields = [line.partition(" ") for line in head.split("\n")]
    tree = next((value for key, _, value in fields if key == "tree"), "")
    parents = tuple(value for key, _, value in fields if key == "parent")
    signed = any(key.startswith("gpgsig") for key, _, _ in fields)
    title, _, rest = message.replace("\r\n", "\n").strip().partition("\n")
    return CommitObject(tree, parents, f"{title}\n\n{rest.lstrip()}".strip(), signed)


def on_parent(raw: bytes, parent: str) -> bytes:
    """A commit object with its one parent replaced by another; one without any stays as it is."""
    return re.sub(rb"\A(tree \S+\nparent )\S+", lambda found: found[1] + parent.encode("ascii"), raw)


def with_signature(raw: bytes, signature: str, sha256: bool) -> bytes:
    """A commit object with a signature of its other bytes, as the last of its headers (gitformat-signature(5))."""
    head, gap, message = raw.partition(b"\n\n")
    name = "gpgsig-sha256" if sha256 else "gpgsig"
    lines = signature.strip().replace("\n", "\n ")
    return head + f"\n{name} {lines}".encode("ascii") + gap + message


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _quoted(path: bytes) -> bytes:
    return b'"' + path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'

"""Which of many workers looks after a repository: rendezvous hashing, so that they need not speak with each other.

Each shard draws a number for the repository, and the highest wins (D. Thaler and C. Ravishankar, "Using name-based
mappings to increase hit rates", 1998). A shard more wins one repository in so many, and every other stays where it was;
a repository more or less moves none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import unquote

from tagwright.errors import UsageError

MOST = 1024
"""Shards; each draws a number for each repository."""
T = TypeVar("T")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.IGNORECASE | re.DOTALL)
_SCP = re.compile(r"(?:[^@/:]+@)?(\[[^]]*\]|[^@:/]+):(.*)", re.DOTALL)
_EXPECTED = "I/N with I from 0 to N-1, for example 0/4; auto/N in an Indexed Job of Kubernetes; or auto in GitLab CI"


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` shards, counted from 0."""

    index: int
    count: int

    def holds(self, repository: str) -> bool:
        """Whether a repository, by its address, is this shard's."""
        return owner(repository, self.count) == self.index

    def part(self, everything: Iterable[T], repository: Callable[[T], str]) -> list[T]:
        """What is this shard's, in the order given, but begun at another place by each shard.

        What stands side by side uses the same images. So workers that start together do not ask for the same ones at
        the same moment, and find what another has read before.
        """
        own = [one for one in everything if self.holds(repository(one))]
        begin = len(own) * self.index // self.count
        return own[begin:] + own[:begin]


def owner(repository: str, count: int) -> int:
    """The shard, of `count`, that looks after a repository; the same for every spelling of its address."""
    name = identity(repository).encode("utf-8", "surrogateescape")
    return max(range(count), key=lambda shard: blake2b(name, digest_size=8, salt=shard.to_bytes(8)).digest())


def identity(repository: str) -> str:
    """What all addresses of one repository have in common: host and path.

    Scheme, login, port, `.git` and letter case are left out, for GitHub and GitLab take a path in any case, and one
    server answers ssh and https at ports of its own. Two repositories that differ in nothing else share a shard.
    """
    if url := _SCHEME.fullmatch(repository):
        authority, _, path = url[2].partition("/")
        host = re.sub(r":\d*$", "", authority.rpartition("@")[2])
        path = unquote(path)
    elif scp := _SCP.fullmatch(repository):
        host, path = scp[1], scp[2]
    else:
        host, path = "", repository
    path = posixpath.normpath("/" + path).strip("/").removesuffix(".git").rstrip("/")
    return f"{host}/{path}".casefold()


def shard(text: str, environ: Mapping[str, str]) -> Shard:
    """The shard that "I/N", "auto/N" or "auto" means in these surroundings. Raises UsageError."""
    index, slash, count = text.partition("/")
    if slash and _number(index) is not None:
        return _checked(f"--shard is {text!r}", _number(index), _number(count))
    if index != "auto" or (slash and not 0 < (_number(count) or 0) <= MOST):
        raise UsageError(f"--shard is {text[:40]!r}", hint=f"expected {_EXPECTED}")
    return _by_kubernetes(environ, _number(count)) or _by_gitlab(environ, _number(count)) or _unsaid(text)


def _by_kubernetes(environ: Mapping[str, str], count: int | None) -> Shard | None:
    """Of an Indexed Job, which tells its pods their number, but not how many they are."""
    said = environ.get("JOB_COMPLETION_INDEX", "")
    if not said:
        return None
    if count is None:
        hint = "write auto/N with N as the Job's completions"
        raise UsageError(
            "--shard is 'auto', and JOB_COMPLETION_INDEX does not say how many shards there are", hint=hint
        )
    return _checked(f"JOB_COMPLETION_INDEX is {said[:20]!r} of {count}", _number(said), count)


def _by_gitlab(environ: Mapping[str, str], count: int | None) -> Shard | None:
    """Of a job with `parallel:`. Its numbers begin with 1; a job without it is the one of 1."""
    total = environ.get("CI_NODE_TOTAL", "")
    said = environ.get("CI_NODE_INDEX", "") or ("1" if total == "1" else "")
    if not said:
        return None
    where, whole = f"CI_NODE_INDEX is {said[:20]!r} and CI_NODE_TOTAL {total[:20]!r}", _number(total)
    if count is not None and count != whole:
        raise UsageError(f"--shard is 'auto/{count}', but {where}", hint="write auto: GitLab says how many there are")
    number = _number(said)
    return _checked(where, None if number is None else number - 1, whole)


def _unsaid(text: str) -> Shard:
    raise UsageError(
        f"--shard is {text!r}, and nothing says which shard this is",
        hint="that is JOB_COMPLETION_INDEX (a Kubernetes Job with completionMode: Indexed) or CI_NODE_INDEX and "
        "CI_NODE_TOTAL (GitLab CI with parallel:); elsewhere write I/N",
    )


def _checked(said: str, index: int | None, count: int | None) -> Shard:
    if index is None or count is None or not 0 <= index < count <= MOST:
        most = f"; at most {MOST:,} shards" if count and count > MOST else ""
        raise UsageError(said[:120], hint=f"expected {_EXPECTED}{most}")
    return Shard(index, count)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

"""Which targets a Git repository that a forge tells of is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tagwright.model import Moved, Target

_SCP = re.compile(r"(?:[^@/:]+@)?([^/:]+):(?!//)(.*)", re.DOTALL)


def moved(hint: Moved, targets: Iterable[Target], head_of: dict[str, str]) -> Iterator[Target]:
    """The targets whose branch it may be; `head_of` is the branch that each target without one was last seen at.

    By the path of the repository alone: a forge has several names, inside a cluster and outside, and a look too many
    costs little.
    """
    paths = {_parts(address)[1] for address in hint.addresses} - {""}
    for target in targets:
        branch = target.branch or head_of.get(target.name, "")
        if _parts(target.repository)[1] in paths and branch in ("", hint.branch):
            yield target


def same(addresses: Iterable[str], targets: Iterable[Target]) -> Iterator[Target]:
    """The targets that are this very repository, or have it at the forge that is named for them.

    By host and path: who may write there is asked of the target's forge, by the name they have at this one.
    """
    known = {(host, path) for host, path in map(_parts, addresses) if host and path}
    for target in targets:
        host, path = _parts(target.repository)
        if {(host, path), (_parts(target.forge.url)[0], path)} & known:
            yield target


def _parts(address: str) -> tuple[str, str]:
    """Host and path of an address as people and forges write it, in lower case, without what differs between ways to
    reach it: login, port, ".git"."""
    scheme, separator, rest = address.strip().lower().partition("://")
    scp = None if separator else _SCP.fullmatch(scheme)
    if scp:
        host, path = scp[1], scp[2]
    else:
        host, _, path = (rest if separator else "").partition("/")
        host = host.rpartition("@")[2]
        host = host.partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return host, path.strip("/").removesuffix(".git")

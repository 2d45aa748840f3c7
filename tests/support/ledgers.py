"""Time passes: the ledger of a remote is made older by plain git, as if what it saw had been seen earlier."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tests.support.git_server import Remote, git

REF = "refs/tagwright/ledger"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def files(remote: Remote, ref: str = REF) -> dict[str, str]:
    """The ledger's files, by path."""
    if not git("for-each-ref", ref, cwd=remote.path):
        return {}
    paths = git("ls-tree", "-r", "--name-only", ref, cwd=remote.path).splitlines()
    return {path: git("cat-file", "blob", f"{ref}:{path}", cwd=remote.path) for path in paths}


def passes(remote: Remote, duration: timedelta, ref: str = REF) -> None:
    """Let so much time pass since everything in the ledger was seen."""
    write(remote, {path: _TIME.sub(lambda found: _earlier(found[0], duration), text)
                   for path, text in files(remote, ref).items()}, ref)  # fmt: skip


def write(remote: Remote, contents: dict[str, str], ref: str = REF) -> None:
    """Put a ledger there that holds these files alone."""
    stream = [f"commit {ref}\ncommitter A Person <person@example.test> now\ndata 4\nTime\ndeleteall\n".encode()]
    for path, text in contents.items():
        raw = text.rstrip("\n").encode("utf-8", "surrogateescape") + b"\n"
        stream.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(raw), raw))
    git("fast-import", "--quiet", "--force", "--date-format=now", cwd=remote.path, stdin=b"".join(stream))


def _earlier(text: str, duration: timedelta) -> str:
    return f"{datetime.fromisoformat(text) - duration:%Y-%m-%dT%H:%M:%SZ}"

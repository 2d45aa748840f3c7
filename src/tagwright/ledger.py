"""The ledger: what Tagwright must remember and no commit carries, as lines of text kept in Git.

A tree of files in which lines are only ever added. So any two states of it have one union, in whatever order their
lines came, and writers that race lose nothing. Each kind of line has a folder of its own:

    first-seen/ghcr.io%2Facme%2Fapi     tag TAB digest TAB time     sorted; the earliest time of a (tag, digest) counts
    answers/ghcr.io%2Facme%2Fapi        time TAB no|yes TAB version TAB base TAB path TAB commit TAB address
                                        of a pull request that was closed unmerged, or opened again; the latest counts

One file an image, its normalised name percent-encoded, so that no name can be a path; so are base, path and address.
Times are RFC 3339 in UTC.
Whoever may push to the repository may write here: what is no such line is passed over and kept, a time in the
future was never seen, and a file that is too long to be a ledger's is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from tagwright import image
from tagwright.errors import GitError

REF = "refs/tagwright/ledger"
BRANCH = "tagwright-ledger"
"""Where the ledger is when the server refuses refs that are neither branches nor tags."""

PLACES = (REF, f"refs/heads/{BRANCH}")

LIMIT = 8 << 20
"""The most bytes of a file: some 70,000 tags."""

_SEEN = re.compile(rf"({image.TAG.pattern})\t({image.DIGEST.pattern})\t(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(?:\t.*)?")
_SKEW = timedelta(minutes=5)
"""How far two clocks that are both right may be apart."""

_VERSION = rf"{image.TAG.pattern}(?:@{image.DIGEST.pattern})?|{image.DIGEST.pattern}"
_ANSWER = re.compile(
    rf"(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\t(no|yes)\t({_VERSION})\t(\S+)\t(\S+)\t([0-9a-f]{{40,64}})\t(\S+)(?:\t.*)?"
)

FirstSeen = Mapping[str, Mapping[str, datetime]]
"""Of each tag of an image, the digests it had, and when it was first seen under them."""


def first_seen_path(name: str) -> str:
    """The file of an image."""
    return f"first-seen/{quote(name, safe='')}"


def first_seen_line(tag: str, digest: str, when: datetime) -> str:
    """One tag of an image, as it pointed then."""
    return f"{tag}\t{digest}\t{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def first_seen(lines: Iterable[str], now: datetime) -> FirstSeen:
    """What a file's lines say, as far as they can be believed at `now`."""
    found: dict[str, dict[str, datetime]] = {}
    for match in filter(None, map(_SEEN.fullmatch, lines)):
        when = _time(match[3])
        if when and when <= now + _SKEW:
            digests = found.setdefault(match[1], {})
            digests[match[2]] = min(when, digests.get(match[2], when))
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person made of a pull request that proposed `version` for the image in `path` of the branch `base`.

    `accepted` is False where it was closed unmerged, and True where it was opened again. `commit` is where the base
    was when we saw it, at `when`; `url` is the pull request's address.
    """

    version: str
    base: str
    path: str
    accepted: bool
    commit: str
    when: datetime
    url: str


def is_version(text: str) -> bool:
    """Is it one that an answer can be about: a tag, a digest, or both?"""
    return bool(re.fullmatch(_VERSION, text))


def answers_path(name: str) -> str:
    """The file of an image."""
    return f"answers/{quote(name, safe='')}"


def answer_line(answer: Answer) -> str:
    """One answer."""
    said = "yes" if answer.accepted else "no"
    base, path, url = (_word(part) for part in (answer.base, answer.path, answer.url))
    when = f"{answer.when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return "\t".join((when, said, answer.version, base, path, answer.commit, url))


def answers(lines: Iterable[str], now: datetime) -> tuple[Answer, ...]:
    """What a file's lines say, as far as they can be believed at `now`: the latest of each version, base and path."""
    latest: dict[tuple[str, str, str], Answer] = {}
    for match in filter(None, map(_ANSWER.fullmatch, sorted(lines))):
        when = _time(match[1])
        if when and when <= now + _SKEW:
            base, path, url = (unquote(match[at], errors="surrogateescape") for at in (4, 5, 7))
            latest[match[3], base, path] = Answer(match[3], base, path, match[2] == "yes", match[6], when, url)
    return tuple(latest.values())


def _word(text: str) -> str:
    return quote(text, safe="/:@._+-", errors="surrogateescape") or "-"


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def lines_of(content: bytes, path: str) -> frozenset[str]:
    """The lines of a file; bytes that are no text survive. Raises GitError for one that is too long."""
    if len(content) > LIMIT:
        raise GitError(
            f"{path} in the ledger has more than {LIMIT >> 20} MiB",
            hint=f"see who wrote it; delete {REF} to start the clocks anew",
            code="ledger",
        )
    return frozenset(content.decode("utf-8", "surrogateescape").split("\n")) - {""}


def content_of(lines: Iterable[str]) -> bytes:
    """A file with these lines: the same lines are the same bytes."""
    return "".join(f"{line}\n" for line in sorted(set(lines))).encode("utf-8", "surrogateescape")

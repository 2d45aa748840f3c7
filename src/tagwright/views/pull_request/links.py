"""Links to what changed in the source: a comparison of two revisions, and the notes of a release.

They come from an image's labels, which are hostile text: a link is built of parts that are nothing but what they must
be (a host, a path of names, hexadecimal revisions, a version), over https, in a shape that a forge answers:

    GitHub           https://github.com/acme/api/compare/OLD...NEW      …/releases/tag/1.2.1
    GitLab           https://gitlab.com/acme/api/-/compare/OLD...NEW    …/-/releases/1.2.1
    Gitea, Forgejo   https://codeberg.org/acme/api/compare/OLD...NEW    …/releases/tag/1.2.1
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tagwright.hosts import KNOWN_FORGES, forge_of
from tagwright.model import Details
from tagwright.views.escape import code

_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?"
_SOURCE = re.compile(
    rf"(?:(?:git\+)?https://(?P<host>{_HOST}(?::[0-9]{{1,5}})?)/|git@(?P<ssh>{_HOST}):)"
    rf"(?P<path>{_NAME}(?:/{_NAME}){{1,5}})"
)
_REVISION = re.compile(r"[0-9a-f]{7,64}")
_VERSION = re.compile(r"v?[0-9][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Source:
    """Where an image is made from: a forge's kind, and the address of the repository's page."""

    kind: str
    page: str


def source(details: Details, forges: Mapping[str, str]) -> Source | None:
    """The source repository that an image names, where it is on a forge whose ways are known."""
    told = details.told("source").removesuffix("/").removesuffix(".git")
    match = _SOURCE.fullmatch(told) if len(told) <= _LONGEST else None
    if match is None:
        return None
    host = match["host"] or match["ssh"]
    kind = forges.get(host) or forge_of(host.partition(":")[0])
    if not kind or (kind != "gitlab" and match["path"].count("/") != 1):
        return None
    return Source(kind, f"https://{host}/{match['path']}")


def named(words: str, link: str, forges: Mapping[str, str]) -> str:
    """The link as Markdown. It says where it leads, unless all the world or the configuration knows that forge:

    a host is taken for a forge by its first part, and anyone can have a "github.com.example.org".
    """
    host = link.removeprefix("https://").partition("/")[0]
    known = host in KNOWN_FORGES or host in forges or host.endswith(".ghe.com")
    return f"[{words}]({link})" if known else f"[{words} at {code(host)}]({link})"


def comparison(old: Details, new: Details, forges: Mapping[str, str]) -> str:
    """What was committed between two images of one source; "" where they do not tell."""
    before, after = old.told("revision"), new.told("revision")
    here = source(new, forges)
    if here is None or here != source(old, forges) or before == after:
        return ""
    if not (_REVISION.fullmatch(before) and _REVISION.fullmatch(after)):
        return ""
    return f"{here.page}{'/-' if here.kind == 'gitlab' else ''}/compare/{before}...{after}"


def release(new: Details, tag: str, forges: Mapping[str, str]) -> str:
    """The notes of the version that an image says it is, if its tag says so too; "" where they do not agree."""
    version, here = new.told("version"), source(new, forges)
    if here is None or not _VERSION.fullmatch(version) or tag.removeprefix("v") != version.removeprefix("v"):
        return ""
    return f"{here.page}/{'-/releases' if here.kind == 'gitlab' else 'releases/tag'}/{version}"

"""A configuration file as a tree of nodes that know their lines, and the mistakes found in it.

No value is ever echoed that could be a secret: see `shown`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tagwright.errors import Problem

_NULL = {"", "~", "null", "Null", "NULL"}
# The prefixes GitHub, GitLab, Docker Hub, AWS and Slack give their tokens; a private key; a URL with a password, or,
# over http, with any login (a token may stand as the user). ssh://git@host names no secret.
_SECRET_TEXT = re.compile(
    r"gh[a-z]_\w{16}|github_pat_|gl[a-z]{2,4}-[\w-]{16}|dckr_(?:pat|oat)_|AKIA[0-9A-Z]{16}|xox[a-z]-|-----BEGIN"
    r"|https?://[^/\s]*@|://[^/\s@]*:(?![0-9]+/)\S*@|[?&][a-z_]*(?:token|password|secret)="
)


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the line it, or its key, stands on: a scalar as written, None, a list or a mapping."""

    value: str | tuple[Node, ...] | dict[str, Node] | None
    line: int = 0
    plain: bool = True  # a scalar without quotes: only such can be a number, a truth or nothing


def node_of(data: object, line: int = 0) -> Node:
    """Plain Python data, from JSON or a command line, as a tree of nodes."""
    if isinstance(data, Mapping):
        return Node({str(key): node_of(value, line) for key, value in data.items()}, line)
    if isinstance(data, (list, tuple)):
        return Node(tuple(node_of(item, line) for item in data), line)
    if isinstance(data, bool):
        return Node(str(data).lower(), line)
    return Node(None if data is None else str(data), line, plain=not isinstance(data, str))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document we are, and the mistakes of the whole document so far.

    `repository` is true in a file that comes with the repository, which is trusted with less.
    `inside` are the nodes of the mapping that stands here.
    """

    file: str
    path: str = ""
    line: int = 0
    repository: bool = False
    inside: Mapping[str, Node] = field(default_factory=dict)
    mistakes: list[Problem] = field(default_factory=list)

    def key(self, name: str) -> Place:
        """The place of a mapping's value."""
        path = f"{self.path}.{name}" if self.path else name
        node = self.inside.get(name, Node(None))
        inside = node.value if isinstance(node.value, dict) else {}
        return replace(self, path=path, line=node.line or self.line, inside=inside)

    def item(self, index: int, line: int) -> Place:
        """The place of a list's item."""
        return replace(self, path=f"{self.path}[{index}]", line=line or self.line)

    def mistake(self, message: str, hint: str = "") -> None:
        """Note a mistake here."""
        text = f"{self.path}: {message}" if self.path else message
        self.mistakes.append(Problem(self.file, "config", text, hint, path=self.file, line=self.line))

    def sorted(self) -> tuple[Problem, ...]:
        """The mistakes so far, each once, in the order of the file."""
        return tuple(sorted(dict.fromkeys(self.mistakes), key=lambda found: found.line))

    def marred(self) -> bool:
        """Whether a mistake was noted here or below."""
        return any(found.message.startswith(self.path) for found in self.mistakes)

    def wrong(self, node: Node, expected: str, hint: str = "") -> None:
        """Note that this node is not what was expected here."""
        self.mistake(f"got {shown(node)}, expected {expected}", hint)


def shown(node: Node) -> str:
    """A value for an error message: short, and never one that looks like a secret."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, tuple):
        return "a list"
    if node.value is None or is_nothing(node):
        return "nothing"
    if looks_secret(node.value):
        return "something that looks like a secret"
    return repr(node.value if len(node.value) <= 60 else node.value[:57] + "…")


def is_nothing(node: Node) -> bool:
    """Whether a value is YAML's null, or not there."""
    return node.value is None or (node.plain and node.value in _NULL)


def looks_secret(text: str) -> bool:
    """Whether a text looks like a token, a private key or a URL with a login in it."""
    return bool(_SECRET_TEXT.search(text))


def suggestion(word: str, known: Sequence[str]) -> str:
    """A hint for a misspelt word, or the list of words there are."""
    import difflib

    close = difflib.get_close_matches(word.lower(), known, 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else "known here: " + ", ".join(sorted(known))

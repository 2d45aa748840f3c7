"""Globs, the same everywhere: files of a rule, `files:`, `--files`, image names of a rule.

    *       anything within a part (between slashes), also nothing
    **      anything across parts; `**/` also no part at all: `**/x.yaml` matches `x.yaml`
    ?       one character of a part
    [a-f]   one character of a set; [!a-f] one that is not
    {a,b}   a or b
    apps/   the same as apps/**

A pattern matches the whole path, from its first part on. Patterns may come from a hostile
repository, so each compiles to a regular expression that cannot backtrack from one
wildcard into an earlier one: an atomic group settles each at its leftmost match, which for
globs is never worse (the argument `fnmatch` makes too).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from tagwright import image
from tagwright.errors import UsageError

if TYPE_CHECKING:
    from tagwright.model import FileSelection

_MOST_ALTERNATIVES = 100
_TOKEN = re.compile(r"(?:(?<=/)|^)\*\*/+|\*{2,}|\*|\?|\[!?\]?[^\]/]*\]|[^*?[]+|.", re.DOTALL)
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_WILD = re.compile(r"[*?\[{]")


def selects(files: FileSelection) -> Callable[[str], bool]:
    """Whether a path is to be read: included, not excluded, and within the operator's selection too."""
    included, excluded = compile(files.include), compile(files.exclude)
    if files.within:
        allowed = selects(files.within)
        return lambda path: included(path) and not excluded(path) and allowed(path)
    if files.exclude:
        return lambda path: included(path) and not excluded(path)
    return included


def compile(patterns: Sequence[str]) -> Callable[[str], bool]:
    """A function that says whether a path matches one of the patterns. Raises UsageError for one that cannot be."""
    return _compiled(tuple(patterns))


def is_wild(pattern: str) -> bool:
    """Whether a pattern has a wildcard; without one it names one thing."""
    return bool(_WILD.search(pattern))


def image_pattern(pattern: str) -> str:
    """A pattern for image names, spelled for the normalised name as Docker would spell it.

    "bitnami/*" is "docker.io/bitnami/*" and "nginx" "docker.io/library/nginx". A lone "*" is "**":
    every image, which is what whoever writes it means.
    """
    first, slash, rest = pattern.partition("/")
    if pattern == "*":
        return "**"
    if "**" in first or (slash and first == "*"):
        return pattern
    if "**" in rest:  # may stand for many parts, so only what is before it says where it belongs
        return image.normalise(f"{first}/x/x").removesuffix("x/x") + rest
    return image.normalise(pattern)


@lru_cache(maxsize=4096)
def _compiled(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    plain = [text for pattern in patterns for text in _alternatives(pattern)]
    if "**" in plain:
        return lambda _path: True
    try:
        matches = re.compile("|".join(map(_regex, plain)) or r"(?!)", re.DOTALL).fullmatch
    except re.error as error:  # a set whose range runs backwards, [z-a]
        raise UsageError(f"the glob {' or '.join(patterns)[:60]!r} has a set that cannot be: {error.msg}") from None
    return lambda path: matches(path) is not None


def _alternatives(pattern: str) -> list[str]:
    """The pattern without braces, once for each alternative."""
    found, done = [pattern], []
    while found:
        match = _BRACES.search(text := found.pop())
        if match:
            found += [text[: match.start()] + word + text[match.end() :] for word in match[1].split(",")]
        else:
            done.append(text)
        if len(found) + len(done) > _MOST_ALTERNATIVES:
            raise UsageError(f"the glob {pattern[:60]!r} has too many alternatives in braces")
    return done


def _regex(pattern: str) -> str:
    pattern = pattern.removeprefix("./").lstrip("/")
    pieces = list(_pieces(f"{pattern}**" if pattern.endswith("/") else pattern))
    return "(?:" + "".join(pieces) + ")"


def _pieces(pattern: str) -> Iterator[str]:
    """The pattern cut before each ** into stretches; all but the last settle at their leftmost match."""
    stretches: list[tuple[str, list[str]]] = [("", [])]
    for token in _TOKEN.findall(pattern):
        if token.startswith("**"):
            stretches.append((r"(?:[^/]+/)*?" if token.endswith("/") else ".*?", []))
        else:
            stretches[-1][1].append(token)
    for index, (across, tokens) in enumerate(stretches):
        stretch = across + _within(tokens)
        yield stretch if index == len(stretches) - 1 else f"(?>{stretch})"


def _within(tokens: list[str]) -> str:
    """A stretch without **: literals, ?, sets, and stars that settle before the next star."""
    regex, open_star = "", False
    for token in tokens:
        if token == "*":  # noqa: S105 (a glob's star is no password)
            regex += ")(?>[^/]*?" if open_star else "(?>[^/]*?"
            open_star = True
        elif open_star and "/" in token:
            before, _, rest = token.partition("/")
            regex += re.escape(before) + "/)" + re.escape(rest)
            open_star = False
        else:
            regex += _single(token)
    if not open_star:
        return regex
    # The last star of a stretch must be free to look further on: what follows is not its own.
    head, _, tail = regex.rpartition("(?>")
    return f"{head}(?:{tail})"


def _single(token: str) -> str:
    if token == "?":  # noqa: S105 (nor is a question mark)
        return "[^/]"
    if token.startswith("[") and token not in ("[", "[]", "[!]"):
        inverted, body = token[1] == "!", token[2 if token[1] == "!" else 1 : -1]
        body = re.sub(r"([\\\[\]^&~|])", r"\\\1", body)
        return f"[^/{body}]" if inverted else f"(?!/)[{body}]"
    return re.escape(token)

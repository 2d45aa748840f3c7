"""YAML by ruamel.yaml: pure Python, of another ancestry than libyaml. Its events drop comments: what stands
between two scalars is searched for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tagwright.proof.leaf import Leaf, Unreadable

_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_COMMENT = re.compile(r"(?<![^\s\ufeff])#[^\r\n]*")
# Tabs before a comment or a line's end, which libyaml reads and ruamel.yaml refuses.
_TABS = re.compile(r"(?<![ \t])[ \t]++(?=#|$)", re.MULTILINE)
# What ruamel.yaml lets through: a character no number has, a version no int holds, a version it does not know.
_FAULTS = (ValueError, OverflowError, AssertionError)
_LINE_END = re.compile(r"[\r\n]|\Z")


def documents(text: str) -> list[tuple[int, int]]:
    """The ranges of a text's documents. No scalar of any style reaches over a `---` at the start of a line."""
    return list(pairwise(sorted({0, len(text), *(match.start() for match in _SEPARATOR.finditer(text))})))


def read(text: str) -> Iterator[Leaf]:
    """The events of a text, and its comments, in its order. Raises Unreadable."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import ScalarEvent

    if "\t" in text:
        text = _TABS.sub(lambda match: match[0].replace("\t", " "), text)
    place = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
            if not isinstance(event, ScalarEvent):
                yield Leaf((type(event).__name__, anchor, str(tag), getattr(event, "flow_style", None)))
                continue
            start, end = event.start_mark.index, event.end_mark.index
            if not event.value and not event.style:
                start = _behind(text, place, start)
                end = max(start, end) if anchor or tag else start
            yield from _comments(text, place, start)
            if event.style in ("|", ">"):
                yield from _comments(text, start, _line_end(text, start))
            place = end
            yield Leaf(
                ("scalar", anchor, str(tag)), event.value, start, end, event.style or "", not event.style and not tag
            )
    except (YAMLError, *_FAULTS) as error:
        raise Unreadable(str(error)) from None
    yield from _comments(text, place, len(text))


def is_collection(text: str) -> bool:
    """Is this text, a value of another, YAML with something in it?"""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import CollectionStartEvent, ScalarEvent

    if not (":" in text or "-" in text or "[" in text):
        return False
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if isinstance(event, (CollectionStartEvent, ScalarEvent)):
                return isinstance(event, CollectionStartEvent)
    except (YAMLError, *_FAULTS):
        pass
    return False


def types(plain: str) -> frozenset[str]:
    """What YAML 1.1 or 1.2 takes a value without quotes for; nothing where it is text to both."""
    from ruamel.yaml.resolver import implicit_resolvers

    return frozenset(
        tag
        for _, tag, pattern, firsts in implicit_resolvers
        if (plain[:1] in firsts or None in firsts) and pattern.match(plain)
    )


def _comments(text: str, start: int, end: int) -> Iterator[Leaf]:
    for match in _COMMENT.finditer(text, start, end):
        yield Leaf(("comment",), match[0][1:], match.start() + 1, match.end(), "#")


def _behind(text: str, start: int, end: int) -> int:
    """Right behind the colon, dash or comma that an empty value follows: not where the next token stands."""
    return start + len(_COMMENT.sub(lambda match: " " * len(match[0]), text[start:end]).rstrip())


def _line_end(text: str, start: int) -> int:
    match = _LINE_END.search(text, start)
    assert match is not None
    return match.start()

"""A judge of updates that knows neither our reader nor our writer.

A text is written with its image references *planted*: between two signs that stand in no text. What the
signs enclose may change, and nothing else: the bytes say so, and two parsers of pure Python, PyYAML's
and ruamel.yaml, which read the planted text and the updated one side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import ruamel.yaml
import yaml

FIRST, LAST, END = 0xE100, 0xE900, "\ue000"  # of the private use area: signs that mean nothing to anybody
_PLANT = re.compile(f"([\ue100-\ue900])([^{END}]*){END}")
_COUNT = re.compile("0|[1-9][0-9]*")
_COMMENT = re.compile(r"(?<!\S)#.*")

Leaf = tuple[Any, str | None, str]
"""What an event is, the value it has, and its quotes."""

Reader = Callable[[str], Iterator[Leaf]]


def planted(index: int, text: str) -> str:
    """The text as the plant of this number."""
    return f"{chr(FIRST + index)}{text}{END}"


def plain(text: str) -> str:
    """A planted text as it is written."""
    return _PLANT.sub(r"\2", text)


def plants(text: str) -> list[tuple[int, str]]:
    """The number of every plant of a text and what it reads, in the order of the text."""
    return [(ord(match[1]) - FIRST, match[2]) for match in _PLANT.finditer(text)]


class Damage(AssertionError):
    """What an update did that it should not."""


@dataclass(frozen=True)
class Judge:
    """`text` is planted, `new` says what the plant of each number shall become; the others stay."""

    text: str
    new: Mapping[int, str]

    @cached_property
    def readers(self) -> list[Reader]:
        """The parsers that can read the text before it is updated."""
        return [parse for parse in (by_pyyaml, by_ruamel) if _readable(parse, self.text)]

    def is_a_value(self) -> bool:
        """Is a plant the whole of a value, to both parsers?"""
        values = [[leaf[1] for leaf in parse(self.text) if leaf[0] != "comment"] for parse in self.readers]
        return len(values) == 2 and all(any(_PLANT.fullmatch(one or "") for one in each) for each in values)

    def judges(self, after: bytes) -> None:
        """Raise Damage unless every byte, every value, every type and every comment is what it should be."""
        self._bytes(after)
        text = after.decode("utf-8")
        for parse in self.readers:
            if not _readable(parse, text):
                raise Damage(f"{parse.__name__} could read it before")
            self._values(parse, list(parse(self.text)), list(parse(text)))

    def _bytes(self, after: bytes) -> None:
        """Outside the plants everything is as it was, and putting the old texts back gives the first bytes again."""
        found = self._pattern.fullmatch(after.decode("utf-8"))
        if not found:
            raise Damage("a byte changed outside the planted values, or one of them is not what it should be")
        back, place = "", 0
        for index, (_, text) in enumerate(plants(self.text), 1):
            back += found[0][place : found.start(index)] + text
            place = found.end(index)
        if (back + found[0][place:]).encode() != plain(self.text).encode():
            raise Damage("undoing does not give the first bytes again")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What the text may be afterwards, with a group for each plant."""
        pattern, place = "", 0
        for match in _PLANT.finditer(self.text):
            pattern += re.escape(self.text[place : match.start()]) + self._becomes(match)
            place = match.end()
        return re.compile(pattern + re.escape(self.text[place:]))

    def _becomes(self, match: re.Match[str]) -> str:
        new = self.new.get(ord(match[1]) - FIRST)
        if new is None:
            return f"({re.escape(match[2])})"
        quoted = "" if "/" in new else f"""|"{re.escape(new)}"|'{re.escape(new)}'"""
        return f"({re.escape(new)}{quoted})"

    def _values(self, parse: Reader, first: list[Leaf], second: list[Leaf]) -> None:
        if [leaf[0] for leaf in first] != [leaf[0] for leaf in second]:
            raise Damage(f"another structure to {parse.__name__}")
        for (_, was, quotes), (_, now, others) in zip(first, second, strict=True):
            if was is None or now is None or not _PLANT.search(was):
                if (plain(was) if was else was, quotes) != (now, others):
                    raise Damage(f"{was!r} reads {now!r}")
            else:
                self._value(parse, was, quotes, now, others)

    def _value(self, parse: Reader, was: str, quotes: str, now: str, others: str) -> None:
        """A value with plants: text, or the number that is written; where it is a text with values, those."""
        whole = _PLANT.fullmatch(was)
        if not whole and _is_collection(parse, was):
            self._values(parse, list(parse(was)), list(parse(now)))
            return
        wanted = _PLANT.sub(lambda match: self.new.get(ord(match[1]) - FIRST, match[2]), was)
        if now != wanted:
            raise Damage(f"{plain(was)!r} reads {now!r} and not {wanted!r}")
        if others != quotes and (quotes or not whole):
            raise Damage(f"{now!r} stands in other quotes")
        numbers = _COUNT.fullmatch(plain(was)) and _COUNT.fullmatch(now)
        changed = plain(was) != now
        if changed and not others and not is_text(now) and not numbers:
            raise Damage(f"{now!r} is no text any more")


def by_pyyaml(text: str) -> Iterator[Leaf]:
    """The events of PyYAML's own parser, and the comments it passes over."""
    place = 0
    parse: Callable[..., Iterator[Any]] = yaml.parse
    for event in parse(text, Loader=yaml.SafeLoader):
        yield from _leaves(event, isinstance(event, yaml.ScalarEvent), text, place)
        if isinstance(event, yaml.ScalarEvent) and event.value and event.end_mark:
            place = event.end_mark.index
    yield from (("comment", plain(one), "") for one in _COMMENT.findall(text[place:]))


def by_ruamel(text: str) -> Iterator[Leaf]:
    """The events of ruamel.yaml's parser."""
    for event in ruamel.yaml.YAML(typ="safe", pure=True).parse(text):
        yield from _leaves(event, isinstance(event, ruamel.yaml.ScalarEvent), "", 0)


def _leaves(event: Any, scalar: bool, text: str, place: int) -> Iterator[Leaf]:
    shape = (type(event).__name__, getattr(event, "anchor", None), str(getattr(event, "tag", None)))
    if scalar and event.value:
        between = text[place : event.start_mark.index]
        yield from (("comment", plain(one), "") for one in _COMMENT.findall(between))
    yield (shape, event.value if scalar else None, (event.style or "") if scalar else "")


def _readable(parse: Reader, text: str) -> bool:
    try:
        return sum(1 for _ in parse(text)) > 0
    except (yaml.YAMLError, ruamel.yaml.error.YAMLError, ValueError, AssertionError):
        return False


def _is_collection(parse: Reader, text: str) -> bool:
    return _readable(parse, text) and any(
        leaf[0][0] in ("MappingStartEvent", "SequenceStartEvent") for leaf in parse(text)
    )


@cache
def is_text(value: str) -> bool:
    """Is a value without quotes text to YAML 1.1 (https://yaml.org/type/bool.html: `y` is none) and to YAML 1.2?"""
    resolvers: tuple[Any, Any] = (yaml.SafeLoader(""), ruamel.yaml.YAML(typ="safe", pure=True).resolver)
    nodes: tuple[Any, Any] = (yaml.ScalarNode, ruamel.yaml.ScalarNode)
    tags = {one.resolve(node, value, (True, False)) for one, node in zip(resolvers, nodes, strict=True)}
    return value not in ("y", "Y", "n", "N") and {str(tag) for tag in tags} == {"tag:yaml.org,2002:str"}

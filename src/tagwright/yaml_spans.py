"""YAML text as scalars that know where they stand. The only door to PyYAML.

One pass over libyaml's events builds nested lists of events, nothing more: views (`Mapping`,
`Scalar`) are made only of what a locator looks at. JSON is read by the same parser.

Positions are code points of the whole text, a byte order mark included (libyaml counts without
it). A scalar's span leaves out its quotes, anchor and tag. Text that does not parse is tried again
with every `{{ … }}` masked by filler of the same length, then document by document; what still
does not parse is a `Failure`. libyaml's dialect is the right judge: the parser that Kubernetes
tools use is a port of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from tagwright.model import Style

MAX_DEPTH = 200  # libyaml is quadratic in the depth of flow collections; nobody writes 200 levels
Path = tuple[str | int, ...]

_STYLES = {"'": Style.SINGLE, '"': Style.DOUBLE, "|": Style.BLOCK, ">": Style.BLOCK}
# An anchor or tag stands before the value, maybe with line ends and comments between.
_PROPERTIES = re.compile(r"(?:!<[^>\s]*>|[&!][^\s,\[\]{}]*|[ \t\r\n]+(?:#[^\r\n]*)?)*")
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NOT_NEWLINE = re.compile(r"[^\r\n]")
_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)


class Branch(list[Any]):
    """A mapping (key, value, key, value, …) or sequence of events and branches; `value` is None as no key's is."""

    __slots__ = ("event", "is_mapping")
    value = None
    event: Any
    is_mapping: bool


class TooDeep(ValueError):
    """Nesting beyond MAX_DEPTH."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A stretch of text that is no YAML: where it begins and ends, the line of the fault, and what the parser said."""

    start: int
    end: int
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """One scalar: its value as read, and the range [start, end) of the text that spells it.

    `raw` is that slice. `templated`: a masked `{{ … }}` reaches into it. `shared`: reached through an alias.
    """

    value: str
    start: int
    end: int
    raw: str
    style: Style
    templated: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a document: the keys that lead to it, its scalar, and where it stands (an alias: not the scalar's)."""

    path: Path
    scalar: Scalar
    start: int
    end: int


@dataclass(frozen=True)
class Source:
    """A file: its path from the root, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def at(self, position: int) -> tuple[int, int]:
        """Line and column of a position, both from 1, columns in code points (a byte order mark is none)."""
        line = bisect_right(self._line_starts, position)
        bom = 1 if line == 1 and self.text.startswith("\ufeff") else 0
        return line, position - self._line_starts[line - 1] + 1 - bom

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", self.text))]


@dataclass(slots=True)
class Tree:
    """The documents of one text that parsed, and the mappings that hold a key looked for, in the order of the text."""

    source: Source
    shift: int
    end: int
    masked: list[tuple[int, int]] = field(default_factory=list)
    roots: list[Branch] = field(default_factory=list)
    hits: list[tuple[Branch, list[tuple[Branch, int]]]] = field(default_factory=list)

    def mappings(self) -> Iterator[Mapping]:
        """The mappings that hold a key looked for."""
        self.hits.sort(key=lambda hit: int(hit[0].event.start_mark.index))
        for branch, trail in self.hits:
            yield Mapping(self, branch, tuple(trail))

    def values(self) -> list[Value]:
        """Every value that is no mapping or sequence, in the order of the text; an alias stands for what it names."""
        found = []
        for root in self.roots:
            for path, event in _values(root[0], ()):
                named = event if hasattr(event, "value") else self.anchored(event, root[0])
                if named is not None and not isinstance(named, Branch):
                    scalar = self.scalar(named, shared=named is not event)
                    here = scalar if named is event else None
                    start = here.start if here else event.start_mark.index + self.shift
                    found.append(Value(path, scalar, start, here.end if here else event.end_mark.index + self.shift))
        return found

    def scalar(self, event: Any, *, shared: bool = False) -> Scalar:
        """The view of a scalar event."""
        start, end = event.start_mark.index + self.shift, event.end_mark.index + self.shift
        if event.anchor is not None or event.tag is not None:
            match = _PROPERTIES.match(self.source.text, start, end)
            start = match.end() if match else start
        style = _STYLES.get(event.style or "", Style.PLAIN)
        if style is Style.PLAIN and start == end:
            style = Style.NULL
            start = end = self._behind(start)
        elif style in (Style.SINGLE, Style.DOUBLE):
            start, end = start + 1, end - 1
        templated = any(first < end and start < last for first, last in self.masked)
        return Scalar(event.value, start, end, self.source.text[start:end], style, templated, shared)

    def _behind(self, position: int) -> int:
        """Right behind the colon, dash or property that an empty value follows."""
        while position and self.source.text[position - 1] in " \t\r\n":
            position -= 1
        return position

    def anchored(self, alias: Any, root: Branch) -> Any:
        """The last event or branch before the alias that carries its anchor; None where there is none."""
        found: Any = None
        limit = alias.start_mark.index
        todo: list[Any] = [root]
        while todo:
            node = todo.pop()
            event = node.event if isinstance(node, Branch) else node
            if event.start_mark.index >= limit:
                continue
            if event is not alias and event.anchor == alias.anchor and hasattr(event, "implicit"):
                best = found.event if isinstance(found, Branch) else found
                found = node if best is None or best.start_mark.index < event.start_mark.index else found
            if isinstance(node, Branch):
                todo.extend(node)
        return found


@dataclass(frozen=True)
class Mapping:
    """A mapping with the way that leads to it. Of a key written twice the last counts, as in every loader."""

    tree: Tree
    branch: Branch
    trail: tuple[tuple[Branch, int], ...]

    @cached_property
    def path(self) -> Path:
        """Keys and indices from the document down to this mapping."""
        steps: list[str | int] = []
        for parent, index in self.trail:
            steps.append(_text(parent[index - 1]) if parent.is_mapping else index)
        return tuple(steps)

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return int(self.branch.event.start_mark.index) + self.tree.shift

    @property
    def document(self) -> Mapping:
        """The mapping at the top of the document (this one, where the top is none)."""
        root = self.trail[0][0] if self.trail else self.branch
        return Mapping(self.tree, root, ()) if root.is_mapping else self

    def keys(self) -> set[str]:
        """The keys that are scalars."""
        return {_text(key) for key in self.branch[::2]}

    def scalar(self, key: str) -> Scalar | None:
        """The scalar under a key, through an alias too; None where there is none."""
        node = self._node(key)[1]
        shared = node is not None and not hasattr(node, "value")
        if shared:
            node = self.tree.anchored(node, self.trail[0][0] if self.trail else self.branch)
        if node is None or isinstance(node, Branch):
            return None
        return self.tree.scalar(node, shared=shared)

    def mapping(self, key: str) -> Mapping | None:
        """The mapping under a key; None where there is none."""
        index, node = self._node(key)
        if isinstance(node, Branch) and node.is_mapping:
            return Mapping(self.tree, node, (*self.trail, (self.branch, index)))
        return None

    def text(self, key: str) -> str:
        """The value of the scalar under a key, empty where there is none or a template makes it."""
        scalar = self.scalar(key)
        return "" if scalar is None or scalar.templated else scalar.value

    def _node(self, key: str) -> tuple[int, Any]:
        for index in range(len(self.branch) - 2, -1, -2):
            if _text(self.branch[index]) == key:
                return index + 1, self.branch[index + 1]
        return -1, None


def read(source: Source, keys: frozenset[str]) -> tuple[tuple[Tree, ...], tuple[Failure, ...]]:
    """Read a file: the trees of what parses, and the stretches that do not. Raises TooDeep."""
    shift, end = (1 if source.text.startswith("\ufeff") else 0), len(source.text)
    tree, failure = _attempt(source, shift, end, keys)
    if tree is not None:
        return (tree,), ()
    cuts = sorted({shift, end, *(match.start() for match in _SEPARATOR.finditer(source.text))})
    if len(cuts) <= 2:
        return (), (failure,) if failure else ()
    parts = [_attempt(source, first, last, keys) for first, last in pairwise(cuts)]
    return tuple(tree for tree, _ in parts if tree), tuple(failure for _, failure in parts if failure)


def _attempt(source: Source, start: int, end: int, keys: frozenset[str]) -> tuple[Tree | None, Failure | None]:
    """Parse a stretch as it is, then with templates masked."""
    from yaml import YAMLError

    text = source.text[start:end]
    try:
        return _parse(Tree(source, start, end), text, keys), None
    except YAMLError as error:
        fault = error
    if "{{" in text:
        text, ranges = mask(text)
        tree = Tree(source, start, end, [(first + start, last + start) for first, last in ranges])
        try:
            return _parse(tree, text, keys), None
        except YAMLError as error:
            fault = error
    mark = getattr(fault, "problem_mark", None)
    line = source.at(start)[0] + (mark.line if mark else 0)
    what = getattr(fault, "problem", None) or getattr(fault, "reason", None) or "no YAML"
    return None, Failure(start, end, line, str(what))


def mask(source: str) -> tuple[str, list[tuple[int, int]]]:
    """Every `{{ … }}` replaced by filler of the same length, line ends kept: `#` alone on its line, else `x`."""
    ranges: list[tuple[int, int]] = []

    def fill(match: re.Match[str]) -> str:
        ranges.append(match.span())
        before = source[source.rfind("\n", 0, match.start()) + 1 : match.start()]
        end = source.find("\n", match.end())
        after = source[match.end() : end if end >= 0 else len(source)]
        alone = not _TEMPLATE.sub("", before + after).strip()
        return _NOT_NEWLINE.sub("#" if alone else "x", match.group())

    return _TEMPLATE.sub(fill, source), ranges


def _parse(tree: Tree, source: str, keys: frozenset[str]) -> Tree:
    """The event loop: append, descend, ascend. What it does not do here is not paid for every scalar."""
    import yaml
    from yaml._yaml import CParser

    scalar, mapping, sequence = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
    mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
    document, stream_end, alias = yaml.DocumentStartEvent, yaml.StreamEndEvent, yaml.AliasEvent
    parser = CParser(source)
    get_event = parser.get_event
    unwanted = keys.isdisjoint
    top = Branch()
    stack: list[Branch] = []
    while True:
        event = get_event()
        kind = event.__class__
        if kind is scalar or kind is alias:
            top.append(event)
        elif kind is mapping or kind is sequence:
            branch = Branch()
            branch.event, branch.is_mapping = event, kind is mapping
            top.append(branch)
            stack.append(top)
            top = branch
            if len(stack) > MAX_DEPTH:
                raise TooDeep(f"nested deeper than {MAX_DEPTH} levels")
        elif kind is mapping_end:
            if not unwanted([getattr(key, "value", None) for key in top[::2]]):
                tree.hits.append((top, [(parent, len(parent) - 1) for parent in stack[1:]]))
            top = stack.pop()
        elif kind is sequence_end:
            top = stack.pop()
        elif kind is document:
            top = Branch()
            top.event, top.is_mapping = event, False
            tree.roots.append(top)
        elif kind is stream_end:
            return tree


def _values(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The scalars and aliases below a node that are no keys, with their paths."""
    if not isinstance(node, Branch):
        yield path, node
    elif node.is_mapping:
        for index in range(0, len(node), 2):
            yield from _values(node[index + 1], (*path, _text(node[index])))
    else:
        for index, child in enumerate(node):
            yield from _values(child, (*path, index))


def _text(key: Any) -> str:
    return getattr(key, "value", None) or ""

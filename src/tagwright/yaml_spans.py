"""YAML text as scalars that know where they stand. The only door to PyYAML.

One pass over libyaml's events keeps only what locators read: an event that is let go costs next to
nothing, one that is kept costs as much as parsing it. Texts with markers are kept whole.
Views (`Mapping`, `Scalar`) are made of what is looked at. JSON is read by the same parser.

Positions are code points of the whole text, a byte order mark included (libyaml counts without
it). A scalar's span leaves out its quotes, anchor and tag. Text that does not parse is tried again
with every `{{ … }}` masked by filler of the same length, then document by document; what still
does not parse is a `Failure`. libyaml's dialect is the right judge: the parser that Kubernetes
tools use is a port of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from tagwright.model import Style

MAX_DEPTH = 200  # libyaml is quadratic in the depth of flow collections; nobody writes 200 levels
_LARGE = 20_000  # from here on a table of lines is cheaper than counting them for every reference
Path = tuple[str | int, ...]

_STYLES = {"'": Style.SINGLE, '"': Style.DOUBLE, "|": Style.BLOCK, ">": Style.BLOCK}
# An anchor or tag stands before the value, maybe with line ends and comments between.
_PROPERTIES = re.compile(r"(?:!<[^>\s]*>|[&!][^\s,\[\]{}]*|[ \t\r\n]+(?:#[^\r\n]*)?)*")
_BEFORE = (": ", "- ", ", ")  # what stands before a quoted value
_NULLS = ("~", "null", "Null", "NULL")
_NOT_NEWLINE = re.compile(r"[^\r\n]")
_MERGE = "<<"
_LAST_WORD = re.compile(r"(?:[^A-Za-z0-9]|(?<=[a-z0-9])(?=[A-Z]))([A-Z]?[a-z0-9]+|[A-Z0-9]+)\Z")
_MEMORY = 20_000  # keys; more are of one file that is up to no good
_INNER_SEPARATOR = re.compile(r"^[ \t]*---[ \t]*\r?$", re.MULTILINE)
_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)


class Branch(list[Any]):
    """A mapping, as (key, node) pairs, or a sequence of nodes; a node is an event or a branch."""

    __slots__ = ("event", "is_mapping", "kept", "table")
    event: Any
    is_mapping: bool
    kept: bool  # of a sequence: are its nodes kept?
    table: dict[str, Any]  # of a mapping that was looked at: its nodes by key, merged ones too


@dataclass(frozen=True, slots=True)
class Shared:
    """An alias or a merge: its event, and the scalar's event or the branch it stands for (None: for nothing)."""

    alias: Any
    node: Any

    @property
    def event(self) -> Any:
        """The event of the scalar it stands for; None where it stands for no scalar."""
        return None if isinstance(self.node, Branch) else self.node


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

    @property
    def text(self) -> str:
        """The value; empty for a null, written or not."""
        return "" if self.style is Style.PLAIN and self.value in _NULLS else self.value


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
        text = self.text
        if len(text) > _LARGE:
            line = bisect_right(self._line_starts, position)
            start = self._line_starts[line - 1]
        else:
            line, start = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position) + 1
        bom = 1 if line == 1 and text.startswith("\ufeff") else 0
        return line, position - start + 1 - bom

    def places(self, positions: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        """Line, column and byte of ascending positions, each counted on from the one before."""
        text, ascii_only = self.text, self.text.isascii()
        line, start, last, size = 1, 1 if self.text.startswith("\ufeff") else 0, 0, 0
        for position in positions:
            if new := text.count("\n", last, position):
                line, start = line + new, text.rfind("\n", last, position) + 1
            size += position - last if ascii_only else len(text[last:position].encode())
            last = position
            yield line, position - start + 1, size

    @cached_property
    def quote(self) -> str:
        """The quotes that most of its quoted values have; double ones where there is no telling."""
        if "'" not in self.text:
            return '"'
        single, double = (sum(self.text.count(before + quote) for before in _BEFORE) for quote in "'\"")
        return "'" if single > double else '"'

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]


@dataclass(slots=True)
class Tree:
    """The documents of one text that parsed, and the mappings that hold a key looked for, in the order of the text.

    `loose` are the scalars that are worth a look whatever their key, and the way that leads to each.
    `merged` holds by the identity of a branch what `<<:` brings into it, of the keys that locators read,
    `views` by that of an event its scalar, once it was asked for.
    """

    source: Source
    shift: int
    end: int
    masked: list[tuple[int, int]] = field(default_factory=list)
    roots: list[Branch] = field(default_factory=list)
    hits: list[tuple[Branch, Path, Branch]] = field(default_factory=list)
    loose: list[tuple[Path, Any]] = field(default_factory=list)
    merged: dict[int, dict[str, Any]] = field(default_factory=dict)
    views: dict[int, Scalar] = field(default_factory=dict)

    def mappings(self) -> Iterator[Mapping]:
        """The mappings that hold a key looked for."""
        once = {id(branch): Mapping(self, branch, path, root) for branch, path, root in self.hits}
        yield from sorted(once.values(), key=lambda mapping: mapping.start)

    def values(self) -> list[Value]:
        """Every value that is no mapping or sequence, in the order of the text; an alias stands for what it names."""
        found = []
        for root in self.roots:
            for path, node in _values(root, ()):
                if isinstance(node, Shared):
                    if node.event is not None:
                        first, last = node.alias.start_mark.index, node.alias.end_mark.index
                        scalar = self.scalar(node.event, shared=True)
                        found.append(Value(path, scalar, first + self.shift, last + self.shift))
                else:
                    scalar = self.scalar(node)
                    found.append(Value(path, scalar, scalar.start, scalar.end))
        return found

    def scalars(self) -> Iterator[tuple[Path, Scalar]]:
        """The loose scalars, in the order of the text."""
        for path, event in self.loose:
            yield path, self.scalar(event)

    def scalar(self, event: Any, *, shared: bool = False) -> Scalar:
        """The view of a scalar event."""
        view = self.views.get(id(event))
        if view is None:
            view = self.views[id(event)] = self._view(event)
        return replace(view, shared=True) if shared else view

    def _view(self, event: Any) -> Scalar:
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
        return Scalar(event.value, start, end, self.source.text[start:end], style, self._templated(start, end))

    def _templated(self, start: int, end: int) -> bool:
        """Of the ranges that are masked, in their order, does the last that begins before the end reach into it?"""
        before = bisect_left(self.masked, (end,)) if self.masked else 0
        return before > 0 and self.masked[before - 1][1] > start

    def _behind(self, position: int) -> int:
        """Right behind the colon, dash or property that an empty value follows."""
        while position and self.source.text[position - 1] in " \t\r\n":
            position -= 1
        return position


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping and the way that leads to it. Of a key written twice the last counts, as in every loader;
    what stands in it goes before what it merges (https://yaml.org/type/merge.html)."""

    tree: Tree
    branch: Branch
    path: Path
    root: Branch

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return int(self.branch.event.start_mark.index) + self.tree.shift

    @property
    def document(self) -> Mapping:
        """The mapping at the top of the document; without keys where the top is a list."""
        return Mapping(self.tree, self.root if self.root.is_mapping else Branch(), (), self.root)

    def names(self) -> Set[str]:
        """Those of its keys that some locator reads, merged ones too."""
        return self._table.keys()

    def keys(self) -> set[str]:
        """Those keys, and their endings."""
        return {*self._table, *map(ending, self._table)}

    def scalar(self, key: str) -> Scalar | None:
        """The scalar under a key, through an alias or a merge too; None where there is none."""
        node = self._node(key)
        if node is None or isinstance(node, Branch):
            return None
        if isinstance(node, Shared):
            return self.tree.scalar(node.event, shared=True) if node.event else None
        return self.tree.scalar(node)

    def mapping(self, key: str) -> Mapping | None:
        """The mapping under a key; None where there is none."""
        node = self._node(key)
        if isinstance(node, Branch) and node.is_mapping:
            return Mapping(self.tree, node, (*self.path, key), self.root)
        return None

    def sequence(self, key: str) -> tuple[tuple[Path, Mapping | Scalar], ...]:
        """The mappings and scalars of the list under a key with their paths; none where there is no list.

        What an alias brings is left out where it is no scalar: it is seen where it stands.
        """
        node = self._node(key)
        if not isinstance(node, Branch) or node.is_mapping:
            return ()
        return tuple(self._items(node, key))

    def _items(self, branch: Branch, key: str) -> Iterator[tuple[Path, Mapping | Scalar]]:
        for index, node in enumerate(branch):
            path = (*self.path, key, index)
            if isinstance(node, Shared):
                if node.event:
                    yield path, self.tree.scalar(node.event, shared=True)
            elif not isinstance(node, Branch):
                yield path, self.tree.scalar(node)
            elif node.is_mapping:
                yield path, Mapping(self.tree, node, path, self.root)

    def text(self, key: str) -> str:
        """The value of the scalar under a key, empty where there is none or a template makes it."""
        scalar = self.scalar(key)
        return "" if scalar is None or scalar.templated else scalar.value

    @property
    def _table(self) -> dict[str, Any]:
        """Its nodes by key; made once, for a mapping may have a hundred thousand keys."""
        branch = self.branch
        if not hasattr(branch, "table"):
            merged = self.tree.merged.get(id(branch))
            branch.table = merged | dict(branch) if merged else dict(branch)
        return branch.table

    def _node(self, key: str) -> Any:
        return self._table.get(key)


@lru_cache(maxsize=10_000)
def ending(key: str) -> str:
    """The last word of a key of several, as locators name it: "*tag" of web_tag, webTag, web.tag, WEB_TAG; else ""."""
    match = _LAST_WORD.search(key)
    return f"*{match[1].lower()}" if match else ""


class Wanted(dict[str, int]):
    """What a key is worth, worked out once: 2, its mapping is looked at; 1, its value is read anywhere; 0, nothing.

    `keys` and `reads` hold names, and endings such as "*tag". `worth`: is a value with a colon or an `@` in it worth
    a look, whatever its key?
    """

    def __init__(self, keys: frozenset[str], reads: frozenset[str], worth: Callable[[str], object] = bool) -> None:
        super().__init__()
        self.looked_at, self.read, self.worth = keys | {_MERGE}, reads, worth

    def __missing__(self, key: str) -> int:
        if len(self) > _MEMORY:
            self.clear()
        names = {key, ending(key)}
        self[key] = 1 if names & self.read else 0
        if names & self.looked_at:
            self[key] = 2
        return self[key]


def read(source: Source, wanted: Wanted, *, whole: bool = False) -> tuple[tuple[Tree, ...], tuple[Failure, ...]]:
    """Read a file: the trees of what parses, and the stretches that do not. Raises TooDeep.

    `whole`: keep every value, because the file has markers.
    """
    shift, end = (1 if source.text.startswith("\ufeff") else 0), len(source.text)
    tree, failure = _attempt(source, shift, end, wanted, whole)
    if tree is not None:
        return (tree,), ()
    cuts = sorted({shift, end, *(match.start() for match in _SEPARATOR.finditer(source.text))})
    if len(cuts) <= 2:
        return (), (failure,) if failure else ()
    parts = [_attempt(source, first, last, wanted, whole) for first, last in pairwise(cuts)]
    return tuple(tree for tree, _ in parts if tree), tuple(failure for _, failure in parts if failure)


def read_part(source: Source, start: int, end: int, wanted: Wanted) -> Iterator[Tree]:
    """What of a stretch of the text reads as YAML by itself, document by document; an indented `---` parts them too.

    What is nested too deeply reads as nothing."""
    cuts = sorted({start, end, *(match.start() for match in _INNER_SEPARATOR.finditer(source.text, start, end))})
    for first, last in pairwise(cuts):
        match = _INNER_SEPARATOR.match(source.text, first, last)
        with suppress(TooDeep):
            tree, _ = _attempt(source, match.end() if match else first, last, wanted, whole=False)
            if tree:
                yield tree


def _attempt(source: Source, start: int, end: int, wanted: Wanted, whole: bool) -> tuple[Tree | None, Failure | None]:
    """Parse a stretch as it is, then with templates masked."""
    from yaml import YAMLError

    text = source.text[start:end]
    try:
        return _parse(Tree(source, start, end), text, wanted, whole), None
    except YAMLError as error:
        fault = error
    if "{{" in text:
        text, ranges = mask(text)
        tree = Tree(source, start, end, [(first + start, last + start) for first, last in ranges])
        try:
            return _parse(tree, text, wanted, whole), None
        except YAMLError as error:
            fault = error
    mark = getattr(fault, "problem_mark", None)
    line = source.at(start)[0] + (mark.line if mark else 0)
    what = getattr(fault, "problem", None) or getattr(fault, "reason", None) or "no YAML"
    return None, Failure(start, end, line, str(what))


def mask(source: str) -> tuple[str, list[tuple[int, int]]]:
    """Every `{{ … }}` replaced by filler of the same length, line ends kept: `#` alone on its line, else `x`.

    Templates on one line, with or without a value between them, are alone together or not at all.
    """
    ranges: list[tuple[int, int]] = []
    parts, place = [], 0
    for chain in _chains(source):
        first, last = source.rfind("\n", 0, chain[0][0]) + 1, source.find("\n", chain[-1][1])
        edges = [first, *(edge for span in chain for edge in span), last if last >= 0 else len(source)]
        filler = "x" if any(source[i:j].strip() for i, j in zip(edges[::2], edges[1::2], strict=True)) else "#"
        for start, end in chain:
            parts += [source[place:start], _NOT_NEWLINE.sub(filler, source[start:end])]
            place = end
        ranges += chain
    return "".join([*parts, source[place:]]), ranges


def _chains(source: str) -> Iterator[list[tuple[int, int]]]:
    """The ranges of the templates, those together that no line end parts."""
    chain: list[tuple[int, int]] = []
    start = source.find("{{")
    while start >= 0 and (end := source.find("}}", start + 2)) >= 0:
        if chain and "\n" in source[chain[-1][1] : start]:
            yield chain
            chain = []
        chain.append((start, end + 2))
        start = source.find("{{", end + 2)
    if chain:
        yield chain


def _parse(tree: Tree, text: str, wanted: Wanted, whole: bool) -> Tree:
    """The event loop. What it does not do for every scalar is not paid for every scalar."""
    import yaml
    from yaml._yaml import CParser

    scalar, alias, stream_end = yaml.ScalarEvent, yaml.AliasEvent, yaml.StreamEndEvent
    mapping, sequence, document = yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.DocumentStartEvent
    mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
    get_event: Any = CParser(text).get_event
    worth = wanted.worth
    anchors: dict[str, Any] = {}
    anchored = "&" in text
    merging = anchored and _MERGE in text
    digests = "@" in text
    path: Path = ()
    top, in_mapping, key, index = Branch(), False, None, 0
    top.kept = False
    stack: list[tuple[Branch, bool, str | None, int, Path]] = []
    while (kind := (event := get_event()).__class__) is not stream_end:
        node = event
        if kind is scalar:
            if anchored and event.anchor:
                anchors[event.anchor] = event
            value = event.value
            if in_mapping and key is None:
                key = value or ""
                continue
            if (":" in value or (digests and "@" in value)) and worth(value):
                tree.loose.append(((*path, (key or "") if in_mapping else index), event))
        elif kind is mapping or kind is sequence:
            stack.append((top, in_mapping, key, index, path))
            path = (*path, (key or "") if in_mapping else index) if len(stack) > 1 else ()
            kept = whole or (key is not None and wanted[key] > 0)
            top, in_mapping, key, index = Branch(), kind is mapping, None, 0
            top.event, top.is_mapping, top.kept = event, in_mapping, kept
            if anchored and event.anchor:
                anchors[event.anchor] = top
            if len(stack) == 1:
                tree.roots.append(top)
            elif len(stack) > MAX_DEPTH:
                raise TooDeep(f"nested deeper than {MAX_DEPTH} levels")
            continue
        elif kind is mapping_end or kind is sequence_end:
            node = top
            top, in_mapping, key, index, path = stack.pop()
        else:
            if kind is document:
                index, anchors = 0, {}
            if kind is not alias:
                continue
            node = Shared(event, anchors.get(event.anchor))
        if not in_mapping:
            index += 1
            if top.kept or kind is alias:
                top.append(node)
        elif key is None:
            key = ""
        else:
            use = wanted[key]
            if use or whole:
                top.append((key, node))
                if use > 1:
                    tree.hits.append((top, path, tree.roots[-1]))
            key = None
    if merging:
        _merge(tree, wanted)
    return tree


def _merge(tree: Tree, wanted: Wanted) -> None:
    """Note what each mapping merges. What is merged stands before the merge, so the last hit of each gives the order.

    What a mapping offers to others is made once and holds only keys that are read: a merge costs the same
    whatever it merges.
    """
    offered: dict[int, dict[str, Any]] = {}
    for branch in reversed({id(branch): branch for branch, _, _ in reversed(tree.hits)}.values()):
        brought: dict[str, Any] = {}
        for parent in (one for key, node in branch if key == _MERGE for one in _parents(node)):
            name = id(parent.node)
            if name not in offered:
                own = {key: node for key, node in parent.node if key != _MERGE and wanted[key]}
                offered[name] = tree.merged.get(name, {}) | own
            for key, node in offered[name].items():
                brought.setdefault(key, node if isinstance(node, Branch | Shared) else Shared(parent.alias, node))
        if brought:
            tree.merged[id(branch)] = brought


def _parents(node: Any) -> Iterator[Shared]:
    """The mappings behind the value of a `<<:`, the one that goes before the others first."""
    for one in node if isinstance(node, Branch) and not node.is_mapping else (node,):
        if isinstance(one, Shared) and isinstance(one.node, Branch) and one.node.is_mapping:
            yield one


def _values(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The scalars and aliases below a node that are no keys, with their paths."""
    if not isinstance(node, Branch):
        yield path, node
    else:
        for key, child in node if node.is_mapping else enumerate(node):
            yield from _values(child, (*path, key))

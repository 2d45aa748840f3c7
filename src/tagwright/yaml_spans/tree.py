"""What was kept of a text's documents, and views of it: mappings and scalars, made of what is looked at."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from typing import Any

from tagwright.model import Style
from tagwright.yaml_spans.keys import ending
from tagwright.yaml_spans.source import Path, Scalar, Source, Value

_STYLES = {"'": Style.SINGLE, '"': Style.DOUBLE, "|": Style.BLOCK, ">": Style.BLOCK}
# An anchor or tag stands before the value, maybe with line ends and comments between.
_PROPERTIES = re.compile(r"(?:!<[^>\s]*>|[&!][^\s,\[\]{}]*|[ \t\r\n]+(?:#[^\r\n]*)?)*")


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
        if self.tree.masked:
            scalar = self.scalar(key)
            return "" if scalar is None or scalar.templated else scalar.value
        node = self._node(key)
        event = node.event if isinstance(node, Shared) else node
        return "" if event is None or isinstance(event, Branch) else str(event.value)

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


def _values(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The scalars and aliases below a node that are no keys, with their paths."""
    if not isinstance(node, Branch):
        yield path, node
    else:
        for key, child in node if node.is_mapping else enumerate(node):
            yield from _values(child, (*path, key))

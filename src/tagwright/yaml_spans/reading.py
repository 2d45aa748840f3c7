"""The event loop over libyaml, and what it is given: a file whole, document by document, or a stretch of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

from tagwright.yaml_spans.keys import MERGE, Wanted
from tagwright.yaml_spans.masks import mask
from tagwright.yaml_spans.source import Failure, Path, Source
from tagwright.yaml_spans.tree import Branch, Shared, Tree

MAX_DEPTH = 200  # libyaml is quadratic in the depth of flow collections; nobody writes 200 levels
_INNER_SEPARATOR = re.compile(r"^[ \t]*---[ \t]*\r?$", re.MULTILINE)
_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)


class TooDeep(ValueError):
    """Nesting beyond MAX_DEPTH."""


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
    merging = anchored and MERGE in text
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
        for parent in (one for key, node in branch if key == MERGE for one in _parents(node)):
            name = id(parent.node)
            if name not in offered:
                own = {key: node for key, node in parent.node if key != MERGE and wanted[key]}
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

"""`explain` as a document to paste into an issue: a table of references, the newest tags of each image, and all
others folded away by reason. Names, tags and what files hold stand in code spans alone: nothing there is Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.model import Decision, Explained, Ruling
from tagwright.standing import Standing, standing
from tagwright.views.described import told as of_tag
from tagwright.views.escape import LONGEST_BODY, cell, code
from tagwright.views.explain import alike, asked_tags, facts, reused
from tagwright.views.groups import Group, grouped, said

TOP = 10
"""Candidates of each image in a table of their own."""

_HEAD = (
    "| Where | Image | Current | Newest allowed | Newest at all | Verdict |",
    "| --- | --- | --- | --- | --- | --- |",
)


def explained(told: Explained, everything: bool = False) -> str:
    """The whole document. Unless `everything` is asked for it fits into an issue or a comment."""
    groups = [(group, standing(group[0])) for group in alike(d for t in told.report.targets for d in t.decisions)]
    pieces = ["\n".join(f"- {line}" for line in _said(told))] if told.notes or _failed(told) else []
    if groups:
        pieces.append("\n".join([*_HEAD, *(row for group, where in groups for row in _rows(group, where))]))
    pieces += ["\n".join(_section(group, where, told, everything)) for group, where in groups]
    return "\n\n".join(pieces if everything else _fitted(pieces)) or "No reference was found."


def _failed(told: Explained) -> list[str]:
    return [str(found) for target in told.report.targets if not target.decisions for found in target.problems]


def _said(told: Explained) -> Iterator[str]:
    yield from map(code, _failed(told))
    for note in told.notes:
        hint = f" ({code(note.hint)})" if note.hint else ""
        yield f"{code(note.about)}: {code(note.message)}{hint}"


def _rows(group: list[Decision], where: Standing) -> Iterator[str]:
    for one in group:
        image = one.reference.image
        newest = where.newest.tag if where.newest else ""
        cells = (
            f"{one.reference.path}:{one.reference.line}", one.ruled.image or one.reference.written,
            image.tag or image.digest or "", where.allowed or "", newest,
        )  # fmt: skip
        yield f"| {' | '.join(cell(text) if text else '–' for text in cells)} | {one.verdict} |"


def _section(group: list[Decision], where: Standing, told: Explained, everything: bool) -> Iterator[str]:
    first = group[0]
    current = first.reference.image.tag or first.reference.image.digest
    yield f"### {code(first.ruled.image or first.reference.written)}" + (f" {code(current)}" if current else "")
    yield ""
    for sentence in asked_tags(group, told.questions, where.rulings):
        yield f"**{code(sentence)}**\n"
    for label, text in facts(first):
        yield f"- {label}: {code(text)}"
    if where.newest:
        yield f"- newest at all: {code(where.newest.tag)}, by {where.by}"
    for label, text in reused(first, told):
        yield f"- {label}: {code(text)}"
    for one in told.described:
        if one.image == first.ruled.image:
            yield f"- {code(one.tag)}: {'; '.join(f'{label} {code(text)}' for label, text in of_tag(one))}"
    if where.rulings:
        yield "\n| Tag | Verdict | Why |\n| --- | --- | --- |"
        yield from map(_candidate, where.rulings[:TOP])
    for group_ in grouped(where.rulings):
        yield from _folded(group_, everything)


def _candidate(ruling: Ruling) -> str:
    detail = said(ruling)
    return f"| {cell(ruling.tag)} | {ruling.reason or 'chosen'} | {cell(detail) if detail else '–'} |"


def _folded(group: Group, everything: bool) -> Iterator[str]:
    tags = [ruling.tag for ruling in group.rulings] if everything else list(group.tags)
    count = len(group.rulings)
    yield f"\n<details><summary>{group.name}: {count:,} {'tag' if count == 1 else 'tags'}</summary>\n"
    detail = f": {code(group.detail)}" if group.detail else ""
    yield f"{', '.join(tag if tag == '…' else code(tag) for tag in tags)}{detail}"
    yield "\n</details>"


def _fitted(pieces: list[str]) -> list[str]:
    """The pieces for which there is room, and a word about the others."""
    room = LONGEST_BODY
    kept: list[str] = []
    for piece in pieces:
        room -= len(piece) + 2
        if room < 0:
            return [*kept, f"… and {len(pieces) - len(kept)} more; `--all-tags` or `--json` has everything."]
        kept.append(piece)
    return kept

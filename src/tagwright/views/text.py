"""For people at a terminal: what was found, what changes, what went wrong. Plain text; colour only where asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.errors import Problem
from tagwright.model import Decision, FileChange, Reference, Report, Scanned, TargetReport, Verdict
from tagwright.views.printable import shown

if TYPE_CHECKING:
    from tagwright.model import Visited


def report(whole: Report, diffs: bool = False) -> str:
    """Each target: its updates, what was delivered, and every problem; `diffs` shows the changes themselves."""
    return "\n".join(shown(line) for target in whole.targets for line in _target(target, diffs))


def scanned(found: Scanned, unmatched: Iterable[Problem] = ()) -> str:
    """Every reference as path:line, kind, and the image; then what could not be read, and what nothing answers to."""
    rows = [(f"{reference.path}:{reference.line}", reference.kind, _said(reference)) for reference in found.references]
    return "\n".join(shown(line) for line in (*table(rows), *map(str, found.problems), *map(_warning, unmatched)))


def checked(
    what: str, problems: Sequence[Problem], warnings: Iterable[Problem], registries: Iterable[Visited] = ()
) -> str:
    """Every mistake and every warning on a line of its own, then who was asked as whom; a word where there is no
    mistake."""
    lines = [*map(str, problems), *map(_warning, warnings), *map(_visited, registries)]
    return "\n".join(map(shown, lines if problems else [*lines, f"{what}: right"]))


def _visited(one: Visited) -> str:
    how = f"does not work: {one.problem}" if one.problem else "works"
    return f"registry {one.registry} at {one.endpoint} as {one.credentials}: {how}"


def _warning(found: Problem) -> str:
    return f"warning: {found} [{found.code}]"


def _said(reference: Reference) -> str:
    """As it is written where that names the image, else the image whose tag it is."""
    named = reference.image.name in reference.written
    return reference.written if named else str(reference.image)


def diff(change: FileChange) -> str:
    """A unified diff of one file, as `git diff` prints it; bytes that are no UTF-8 are shown escaped."""
    import difflib

    before, after = (_lines(data.decode("utf-8", "backslashreplace")) for data in (change.before, change.after))
    lines = difflib.unified_diff(before, after, _quoted(f"a/{change.path}"), _quoted(f"b/{change.path}"))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows with their columns lined up, two spaces between; the last column is left ragged."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(padded).rstrip()


def _target(target: TargetReport, diffs: bool) -> Iterator[str]:
    yield f"{target.target}: {_counts(target)}"
    rows = [_row(decision) for decision in target.decisions if decision.verdict not in _QUIET]
    yield from (f"  {line}" for line in table(rows))
    if diffs:
        for file in (file for change in target.changes for file in change.files):
            yield from (line.removesuffix("\r") for line in diff(file).split("\n"))
    for published in target.published:
        where = published.url or published.commit[:12]
        detail = f"({published.detail})" if published.detail else ""
        yield "  " + " ".join(filter(None, (f"{published.outcome}:", published.key, where, detail)))
    yield from (f"  {problem}" for problem in _problems((*target.problems, *target.unread, *target.notes)))


_QUIET = (Verdict.CURRENT, Verdict.UNMANAGED)


def _counts(target: TargetReport) -> str:
    """ "12 references: 1 update, 10 current, 1 error"."""
    counts = Counter(decision.verdict for decision in target.decisions)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    noun = "reference" if target.references == 1 else "references"
    return f"{target.references} {noun}" + (f": {verdicts}" if verdicts else "")


def _row(decision: Decision) -> tuple[str, str, str]:
    reference = decision.reference
    current = reference.image.tag or reference.image.digest or ""
    become = f"{current} -> {_new(decision)}" if decision.verdict is Verdict.UPDATE else f"{current} {decision.verdict}"
    if decision.detail:
        become = f"{become}: {decision.detail}"
    return f"{reference.path}:{reference.line}", decision.ruled.image or reference.written, become


def _new(decision: Decision) -> str:
    new = decision.new
    if new is None:
        return decision.chosen or ""
    if new.digest and new.tag in (None, decision.reference.image.tag):
        return new.digest
    return f"{new.tag}@{new.digest[:19]}" if new.digest else new.tag or new.name


def _problems(problems: Iterable[Problem]) -> Iterator[str]:
    """Each problem once, however many references share it; what a hint says to write stands on lines of its own."""
    for problem in dict.fromkeys(problems):
        hint, *lines = problem.hint.split("\n")
        yield f"{problem.code}: {replace(problem, hint=hint)}"
        yield from (f"  {line}" for line in lines)


def _lines(text: str) -> list[str]:
    """Lines with their line feeds, which alone end one for Git."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + [lines[-1]] * bool(lines[-1])


def _quoted(path: str) -> str:
    """A path as git's diffs spell it: between quotes, bytes in octal, where it is not all printable."""
    if path.isprintable() and not {'"', "\\"} & set(path):
        return path
    return '"' + "".join(map(_octal, path)) + '"'


def _octal(char: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    if char in named or char.isprintable():
        return named.get(char, char)
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))

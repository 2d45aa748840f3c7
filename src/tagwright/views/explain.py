"""Why this image is at this tag: every tag with its verdict. Grouped by reason, newest judged first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tagwright.model import Decision, Ruling
from tagwright.views.printable import shown

if TYPE_CHECKING:
    from tagwright.model import Report

FEW = 8
"""Tags shown per reason unless all are asked for: a registry may list ten thousand."""


def explained(report: Report, everything: bool = False, asked: Sequence[str] = ()) -> str:
    """Every decision of a report, the targets that failed, and a word when nothing is what was `asked` for."""
    decisions = [decision for target in report.targets for decision in target.decisions]
    failed = [str(problem) for target in report.targets if not target.decisions for problem in target.problems]
    if not decisions and not failed:
        what = f"of {shown(', '.join(asked))} " if asked else ""
        return f"no reference {what}was found; `tagwright scan` lists them all"
    return "\n\n".join([*map(shown, failed), *([explain(decisions, everything)] if decisions else [])])


def explain(decisions: Iterable[Decision], everything: bool = False) -> str:
    """A paragraph for each image and policy; references that share all of it share one."""
    groups: dict[tuple[str, str, str, str], list[Decision]] = {}
    for decision in decisions:
        tag = decision.reference.image.tag or decision.reference.image.digest or ""
        groups.setdefault((decision.ruled.image, tag, decision.ruled.source, decision.verdict), []).append(decision)
    return "\n\n".join("\n".join(map(shown, _paragraph(group, everything))) for group in groups.values())


def _paragraph(group: list[Decision], everything: bool) -> Iterator[str]:
    first = group[0]
    yield f"{first.ruled.image or first.reference.written}: {_headline(first)}"
    for decision in group:
        yield f"  at {decision.reference.path}:{decision.reference.line} ({decision.reference.kind})"
    policy = first.ruled.policy
    if policy:
        yield f"  policy {policy.kind}: {policy.argument}, from {first.ruled.source}"
    else:
        yield f"  no policy: {first.ruled.source}"
    if first.problem:
        yield f"  {first.problem.code}: {first.problem.message}" + _hint(first.problem.hint)
    yield from (f"  {line}" for line in rulings(first.rulings(), everything))


def rulings(judged: Iterable[Ruling], everything: bool = False) -> Iterator[str]:
    """One line a reason: the tags it keeps back, and what they have in common to say."""
    by_reason: dict[str, list[Ruling]] = {}
    for ruling in judged:
        by_reason.setdefault(ruling.reason or "chosen", []).append(ruling)
    for reason in sorted(by_reason, key=lambda name: name != "chosen"):
        members = by_reason[reason]
        if everything:
            yield from (shown(f"{reason}: {_tag(ruling)}") for ruling in members)
            continue
        few = ", ".join(_tag(ruling, len(members) == 1) for ruling in members[:FEW])
        more = f" and {len(members) - FEW} more" if len(members) > FEW else ""
        yield shown(f"{reason}: {few}{more}")


def _tag(ruling: Ruling, detailed: bool = True) -> str:
    eligible = f", eligible {ruling.eligible:%Y-%m-%d %H:%M}Z" if ruling.eligible else ""
    detail = f"{ruling.detail}{eligible}".removeprefix(", ")
    return f"{ruling.tag} ({detail})" if detail and (detailed or ruling.eligible) else ruling.tag


def _headline(decision: Decision) -> str:
    current = decision.reference.image.tag or decision.reference.image.digest or "no tag"
    if decision.new:
        return f"{current} -> {decision.new.tag or decision.new.digest}"
    return f"{current}, {decision.verdict}" + (f": {decision.detail}" if decision.detail else "")


def _hint(hint: str) -> str:
    return f" ({hint})" if hint else ""

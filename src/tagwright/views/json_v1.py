"""The JSON that scripts rely on, version 1. Frozen views, not dumps of internal types."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from textwrap import indent
from typing import TYPE_CHECKING, Any

from tagwright.errors import Problem
from tagwright.views.described import json_of
from tagwright.views.text import diff

if TYPE_CHECKING:
    from tagwright.model import (
        ChangeSet,
        Choice,
        Cost,
        Decision,
        Explained,
        Hold,
        Published,
        Reference,
        Report,
        Ruling,
        Scanned,
        TargetReport,
        Visited,
    )


def report(whole: Report) -> str:
    """`run`, `plan` and `set`: {"schema": "tagwright/report/v1", "targets": […], "unmatched": […], "summary": {…},
    "cost": {…}}."""
    decisions = [decision for target in whole.targets for decision in target.decisions]
    published = [one for target in whole.targets for one in target.published]
    summary = {
        "targets": len(whole.targets),
        "references": sum(target.references for target in whole.targets),
        "verdicts": dict(sorted(Counter(str(decision.verdict) for decision in decisions).items())),
        "changes": sum(len(target.changes) for target in whole.targets),
        "outcomes": dict(sorted(Counter(str(one.outcome) for one in published).items())),
        "problems": sum(len(target.problems) + len(target.unread) for target in whole.targets),
    }
    targets = [_target(target) for target in whole.targets]
    return _dump("report", targets=targets, unmatched=list(whole.unmatched), summary=summary, cost=cost_of(whole.cost))


def scan(found: Scanned, unmatched: Iterable[Problem] = ()) -> str:
    """`scan`: {"schema": "tagwright/scan/v1", "references": […], "problems": […], "unmatched": […]}."""
    return _dump(
        "scan",
        references=[_reference(reference) for reference in found.references],
        problems=[problem_of(problem) for problem in found.problems],
        unmatched=[problem_of(problem) for problem in unmatched],
    )


def explanation(told: Explained) -> Iterator[str]:
    """`explain`: {"schema": "tagwright/explain/v1", "decisions": […], "notes": […], "problems": […], "described": […],
    "cost": {…}, "reused": [{"image", "read"}]}, piece by piece: a registry may list ten thousand tags, and a
    configuration name hundreds of images."""
    targets = told.report.targets
    yield f'{{\n  "schema": "tagwright/explain/v1",\n  "asked": {json.dumps([one.text for one in told.questions])},\n'
    yield '  "decisions": ['
    separator = ""
    for target in targets:
        for decision in target.decisions:
            said = json.dumps({"target": target.target, **_explained(decision)}, indent=2)
            yield f"{separator}\n{indent(said, '    ')}"
            separator = ","
    notes = [problem_of(found) for found in told.notes]
    found = [problem_of(problem) for target in targets for problem in target.problems]
    described = [json_of(one) for one in told.described]
    cost = cost_of(told.report.cost)
    reused = [{"image": image, "read": read.isoformat()} for image, read in told.reused.items()]
    parts = {"notes": notes, "problems": found, "described": described, "cost": cost, "reused": reused}
    rest = json.dumps(parts, indent=2)
    yield f"\n  ],{rest.removeprefix('{')}"


def checked(
    found: Iterable[Problem],
    warnings: Iterable[Problem],
    unmatched: Iterable[Problem],
    registries: Iterable[Visited],
    cost: Cost | None = None,
) -> str:
    """`check`: {"schema": "tagwright/check/v1", "problems": […], "warnings": […], "unmatched": […], "registries": […],
    "cost": {…}}; what nothing answers to is a warning too."""
    return _dump(
        "check",
        problems=[problem_of(problem) for problem in found],
        warnings=[problem_of(problem) for problem in warnings],
        unmatched=[problem_of(problem) for problem in unmatched],
        registries=[
            {
                "registry": one.registry,
                "endpoint": one.endpoint,
                "credentials": one.credentials,
                "works": not one.problem,
                "problem": one.problem,
            }
            for one in registries
        ],
        cost=cost_of(cost),
    )


def cost_of(cost: Cost | None) -> dict[str, Any] | None:
    """What registries were asked, by host, by rule and by image, and forges by host; null where nothing was counted."""
    if cost is None:
        return None
    return {
        "requests": cost.requests,
        "hosts": [asdict(host) for host in cost.hosts],
        "rules": [asdict(rule) for rule in cost.rules],
        "images": [asdict(image) for image in cost.images],
        "warnings": [problem_of(warning) for warning in cost.warnings],
        "forges": [asdict(host) for host in cost.forges],
    }


def choice(name: str, chosen: Choice) -> str:
    """`choose`: one line for one case."""
    answer = {
        "name": name,
        "verdict": chosen.verdict,
        "chosen": chosen.chosen.tag if chosen.chosen else None,
        "rulings": [ruling_of(ruling) for ruling in chosen.rulings()],
        "error": None,
    }
    return json.dumps(answer)


def choice_error(name: str, code: str, message: str) -> str:
    """`choose`: one line for a case that cannot be judged."""
    error = {"code": code, "message": message}
    return json.dumps({"name": name, "verdict": "error", "chosen": None, "rulings": [], "error": error})


def _dump(schema: str, **content: Any) -> str:
    return json.dumps({"schema": f"tagwright/{schema}/v1", **content}, indent=2)


def _target(target: TargetReport) -> dict[str, Any]:
    return {
        "target": target.target,
        "commit": target.commit or None,
        "references": target.references,
        "decisions": [_decision(decision) for decision in target.decisions],
        "changes": [_change(change) for change in target.changes],
        "published": [_published(one) for one in target.published],
        "problems": [problem_of(problem) for problem in (*target.problems, *target.unread)],
        "notes": [problem_of(note) for note in target.notes],
    }


def _reference(reference: Reference) -> dict[str, Any]:
    marker = reference.marker
    return {
        "path": reference.path,
        "line": reference.line,
        "column": reference.column,
        "span": list(reference.span),
        "kind": reference.kind,
        "where": reference.where,
        "image": reference.image.name or None,
        "written": reference.written,
        "tag": reference.image.tag,
        "digest": reference.image.digest,
        "marker": {
            "family": marker.family,
            "line": marker.line,
            "text": marker.text,
            "policy": marker.policy or None,
            "part": marker.part,
            "settings": dict(marker.settings),
        }
        if marker
        else None,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    policy = decision.ruled.policy
    return {
        "path": decision.reference.path,
        "line": decision.reference.line,
        "image": decision.ruled.image or decision.reference.image.name,
        "current": decision.reference.image.tag or decision.reference.image.digest,
        "written": decision.reference.written,
        "verdict": decision.verdict,
        "chosen": decision.chosen,
        "new": str(decision.new) if decision.new else None,
        "policy": {str(policy.kind): policy.argument} if policy else None,
        "source": decision.ruled.source,
        "detail": decision.detail,
        "opening": decision.opening.isoformat() if decision.opening else None,
        "rulings": [ruling_of(ruling) for ruling in decision.rulings()],
    }


def _explained(decision: Decision) -> dict[str, Any]:
    """A decision with everything known about it; rulings newest first."""
    from tagwright.standing import standing

    where, ruled, reference = standing(decision), decision.ruled, decision.reference
    newest = where.newest
    hold = ruled.hold
    return {
        **_decision(replace(decision, rulings=tuple)),
        "kind": reference.kind,
        "locked": reference.locked or None,
        "hold": _hold(hold) if hold else None,
        "rejected": [
            {"version": one.version, "commit": one.commit, "author": one.author, "day": one.day}
            | ({"pull_request": one.pull_request} if one.pull_request else {})
            for one in ruled.rejected
        ],
        "problem": problem_of(decision.problem) if decision.problem else None,
        "newest_allowed": where.allowed,
        "newest": {"tag": newest.tag, "reason": newest.reason, "by": where.by} if newest else None,
        "rulings": [ruling_of(ruling) for ruling in where.rulings],
    }


def _hold(hold: Hold) -> dict[str, Any]:
    until = hold.until.isoformat() if hold.until else None
    return {"reason": hold.reason, "until": until, "source": hold.source or None}


def ruling_of(ruling: Ruling) -> dict[str, Any]:
    """A tag's verdict."""
    answer: dict[str, Any] = {"tag": ruling.tag, "reason": ruling.reason, "detail": ruling.detail}
    if ruling.eligible:
        answer["eligible"] = ruling.eligible.isoformat()
    return answer


def _change(change: ChangeSet) -> dict[str, Any]:
    return {
        "key": change.key,
        "branch": change.branch,
        "base": change.base,
        "title": change.title,
        "files": [{"path": file.path, "diff": diff(file)} for file in change.files],
        "decisions": [
            {"path": decision.reference.path, "line": decision.reference.line, "new": str(decision.new)}
            for decision in change.decisions
        ],
    }


def _published(one: Published) -> dict[str, Any]:
    told = {"key": one.key, "outcome": one.outcome, "commit": one.commit or None, "url": one.url or None}
    return told | ({"detail": one.detail} if one.detail else {})


def problem_of(problem: Problem) -> dict[str, Any]:
    """A problem, and where it is."""
    return {
        "about": problem.about,
        "path": problem.path or None,
        "line": problem.line or None,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "retry_at": problem.retry_at or None,
    }

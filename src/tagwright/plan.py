"""Decisions -> ChangeSets: what is written, in which commits, on which branches. Pure.

Every file is edited by splicing and then proven by a second reading; an edit that cannot
be proven is refused for its reference alone, and its neighbours go on.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from tagwright import policies, templates, version
from tagwright.edits import for_update, rewrite
from tagwright.errors import EditRefused
from tagwright.model import (
    Binding,
    ChangeSet,
    Decision,
    Delivery,
    Edit,
    FileChange,
    Mode,
    PolicyKind,
    PolicySpec,
    Reason,
    Verdict,
)
from tagwright.proof import prove

MAJOR = " major"
"""How the key of a group ends that has the major updates of another."""

Describe = Callable[[str, tuple[Decision, ...], Delivery], tuple[str, str]]
"""(key, decisions, delivery) -> (title, commit message)."""

_KEPT_BACK = (Verdict.HELD, Verdict.PENDING, Verdict.REJECTED)


@dataclass(frozen=True, slots=True)
class Original:
    """A file as the base commit has it, and the lines of the configuration that bind values of it."""

    mode: str
    data: bytes
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be delivered; `decisions` are those given, the refused ones turned into errors."""

    decisions: tuple[Decision, ...]
    changes: tuple[ChangeSet, ...]


def plan(
    decisions: Iterable[Decision],
    originals: Mapping[str, Original],
    base: str,
    delivery: Delivery,
    describe: Describe,
) -> Plan:
    """Group the updates among `decisions` into change sets; `originals` holds every file they edit.

    Direct commits build on one another in the order given; pull requests each start from the base.
    """
    given = tuple(decisions)
    proven = _prove_each(tuple(early(one, delivery) for one in given), originals)
    updates = [decision for decision in proven if decision.verdict is Verdict.UPDATE]
    waits = {one.reference for one in given if one.verdict is Verdict.PENDING}
    changes: list[ChangeSet] = []
    landed: tuple[Decision, ...] = ()
    waiting = {group_of(one, delivery) for one in proven if one.verdict is Verdict.PENDING and one.chosen}
    for key, members in _grouped(updates, delivery):
        files = _changed_files(landed, members, originals)
        if files:
            group = key.removesuffix(MAJOR)
            title, message = describe(key, members, delivery)
            branch, beside = _branch(key, base, delivery), _beside(proven, group, delivery)
            draft = any(one.reference in waits for one in members)
            changes.append(
                ChangeSet(key, branch, base, members, files, title, message, group in waiting, beside, draft)
            )
        if delivery.mode is Mode.COMMIT:
            landed += members
    decided = (one if one.verdict is Verdict.PENDING else other for one, other in zip(given, proven, strict=True))
    return Plan(tuple(decided), tuple(changes))


def early(decision: Decision, delivery: Delivery) -> Decision:
    """What waits for time alone as the update it will be, where a draft of it is wished."""
    drafts = delivery.draft_while_pending and delivery.mode is Mode.PULL_REQUEST
    if not drafts or decision.verdict is not Verdict.PENDING or decision.awaited is None:
        return decision
    return replace(decision, verdict=Verdict.UPDATE, new=decision.awaited)


def branch_name(prefix: str, base: str, key: str, called: str = "", apart: str = "") -> str:
    """The branch of a group's pull request: always the same for the same base and key, and a legal ref.

    It is `called` so, or by its key; a digest of both keeps keys apart that read the same once unusual characters are
    gone, and targets that are to be kept `apart`.
    """
    parts = (re.sub(r"[^A-Za-z0-9_]+", "-", part).strip("-") for part in (called.split("/") if called else [key]))
    slug = "/".join(filter(None, parts))[:60].rstrip("/") or "updates"
    mark = hashlib.sha256("\0".join((base, key, *filter(None, (apart,)))).encode()).hexdigest()[:8]
    return f"{prefix}{slug}-{mark}"


def branch_of(key: str, base: str, delivery: Delivery) -> str:
    """As `branch_name`, called as the delivery wants it. Raises ConfigError for a template with a mistake."""
    values = {"group": key, "name": key.rpartition("/")[2], "base": base}
    called = templates.render(delivery.branch, values, "delivery.branch") if delivery.branch else ""
    return branch_name(delivery.branch_prefix, base, key, called, delivery.apart)


def _branch(key: str, base: str, delivery: Delivery) -> str:
    return base if delivery.mode is Mode.COMMIT else branch_of(key, base, delivery)


def _grouped(updates: list[Decision], delivery: Delivery) -> list[tuple[str, tuple[Decision, ...]]]:
    """Updates by key, keys in order; within a key in the order of the files."""

    def key(decision: Decision) -> str:
        return _key(decision, delivery)

    return [(name, tuple(members)) for name, members in groupby(sorted(updates, key=key), key)]


def _key(decision: Decision, delivery: Delivery) -> str:
    """The group an update is delivered with; a major one apart from the others, where that is wished."""
    apart = delivery.separate_major and _is_major(decision)
    return group_of(decision, delivery) + MAJOR * apart


def _is_major(decision: Decision) -> bool:
    """Whether the first number changes: of a version, or else of what `compatible` reads."""
    old, new = decision.reference.image.tag or "", (decision.new and decision.new.tag) or ""
    one, other = version.parse(old), version.parse(new)
    if one and other:
        return bool(one[0] != other[0])
    policy, _ = policies.build(PolicySpec(PolicyKind.COMPATIBLE, "minor"))
    return policy.ranker(old)(new) is None and policy.refusal(new, old).reason is Reason.LEVEL


def group_of(decision: Decision, delivery: Delivery) -> str:
    """The group of a decision, with whatever it is delivered."""
    if decision.ruled.group:
        return decision.ruled.group
    if delivery.group == "directory":
        return posixpath.dirname(decision.reference.path) or "."
    return decision.ruled.image if delivery.group == "image" else delivery.group


def _beside(decisions: tuple[Decision, ...], group: str, delivery: Delivery) -> tuple[Decision, ...]:
    """What of a group stays as it is, where a person or time has a part in that."""
    return tuple(one for one in decisions if one.verdict in _KEPT_BACK and group_of(one, delivery) == group)


def _changed_files(
    landed: tuple[Decision, ...], members: tuple[Decision, ...], originals: Mapping[str, Original]
) -> tuple[FileChange, ...]:
    """Each file before (with `landed` in it) and after; edits all count from the original text."""
    changes = []
    for path in sorted({decision.reference.path for decision in members}):
        original = originals[path]
        before = rewrite(path, original.data, _edits(landed, path))
        after = rewrite(path, original.data, _edits(landed + members, path))
        if before != after:
            changes.append(FileChange(path, before, after, original.mode))
    return tuple(changes)


def _edits(decisions: Iterable[Decision], path: str) -> list[Edit]:
    """The edits of those decisions that touch one file."""
    return [
        edit
        for decision in decisions
        if decision.reference.path == path and decision.new
        for edit in for_update(decision.reference, decision.new)
    ]


def _prove_each(decisions: tuple[Decision, ...], originals: Mapping[str, Original]) -> tuple[Decision, ...]:
    """Turn every update that cannot be proven into an error, so that those left of a file are proven together."""
    refused: dict[int, EditRefused] = {}
    by_path: dict[str, list[int]] = {}
    for index, decision in enumerate(decisions):
        if decision.verdict is Verdict.UPDATE:
            by_path.setdefault(decision.reference.path, []).append(index)
    for path, indexes in by_path.items():
        refused |= _sieved(path, decisions, indexes, [], originals[path])
    return tuple(
        _refuse(decision, refused[index]) if index in refused else decision for index, decision in enumerate(decisions)
    )


def _sieved(
    path: str, decisions: tuple[Decision, ...], indexes: list[int], proven: list[int], original: Original
) -> dict[int, EditRefused]:
    """Which of these updates are refused beside those `proven`, to which the others are added.

    They are halved until each half is proven or one alone, for a proof costs a reading of the file.
    """
    refusal = _refusal(path, [decisions[index] for index in (*proven, *indexes)], original)
    if refusal is None:
        proven += indexes
        return {}
    if len(indexes) == 1:
        return {indexes[0]: refusal}
    half = len(indexes) // 2
    first = _sieved(path, decisions, indexes[:half], proven, original)
    return first | _sieved(path, decisions, indexes[half:], proven, original)


def _refusal(path: str, updates: list[Decision], original: Original) -> EditRefused | None:
    """Why these updates cannot be made together in this file, or None when they are proven."""
    try:
        edits = _edits(updates, path)
        after = rewrite(path, original.data, edits)
        new = [decision.new for decision in updates if decision.new]
        prove(path, original.data, after, edits, [decision.reference for decision in updates], new, original.bindings)
    except EditRefused as refusal:
        return refusal
    return None


def _refuse(decision: Decision, refusal: EditRefused) -> Decision:
    """The same decision as an error of its reference."""
    reference = decision.reference
    problem = refusal.problem(decision.ruled.image, path=reference.path, line=reference.line)
    return replace(decision, verdict=Verdict.ERROR, new=None, detail=refusal.message, problem=problem)

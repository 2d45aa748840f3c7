"""Why this image is at this tag, for people at a terminal: what was asked first, then where it stands, then every
tag by reason, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from tagwright.errors import Problem
from tagwright.holds import until_when
from tagwright.model import PolicySpec, Ruling, Verdict, Windows
from tagwright.standing import Standing, standing
from tagwright.views.described import told as of_tag
from tagwright.views.groups import grouped
from tagwright.views.paint import Paint
from tagwright.views.rulings import LABEL, lines

if TYPE_CHECKING:
    from tagwright.model import Decision, Explained, Question

_INDENT = "  "
_UNITS = ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_VERDICTS = {Verdict.UPDATE: "green", Verdict.ERROR: "red", Verdict.CURRENT: "", Verdict.UNMANAGED: "magenta"}


def explained(told: Explained, everything: bool = False, paint: Paint | None = None) -> str:
    """Every decision, what no decision answers, and the targets that failed."""
    paint = paint or Paint()
    inner = replace(paint, width=paint.width - len(_INDENT))
    targets = told.report.targets
    paragraphs = [paint(str(found)) for one in targets if not one.decisions for found in one.problems]
    paragraphs += ["\n".join(note(found, paint)) for found in told.notes]
    decisions = [decision for target in targets for decision in target.decisions]
    paragraphs += ["\n".join(_paragraph(group, told, everything, inner)) for group in alike(decisions)]
    return "\n\n".join(paragraphs) or "no reference was found; `tagwright scan` lists what is read"


def note(found: Problem, paint: Paint) -> Iterator[str]:
    """An answer that is no decision: what was asked, why nothing is decided of it, and what helps."""
    yield f"{paint(found.about, 'bold')}: {paint(found.message)}"
    if found.hint:
        yield from paint.field("try", found.hint, 6, "dim")


def alike(decisions: Iterable[Decision]) -> list[list[Decision]]:
    """References that stand at the same tag of the same image under the same policy, and come to the same end."""
    groups: dict[tuple[str, ...], list[Decision]] = {}
    for one in decisions:
        image = one.reference.image
        key = (one.ruled.image, image.tag or "", image.digest or "", one.ruled.source, one.verdict, one.detail)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def asked_tags(group: Iterable[Decision], questions: Iterable[Question], rulings: Iterable[Ruling]) -> Iterator[str]:
    """A sentence for each tag that a question names: its ruling, or that there is no such tag."""
    wanted = [one.tag for one in questions if one.tag and any(_names(one, decision) for decision in group)]
    known = {ruling.tag: ruling for ruling in rulings}
    for tag in dict.fromkeys(wanted):
        if tag not in known:
            yield f"{tag}: the registry lists no such tag" if known else f"{tag}: nothing was asked of the registry"
        else:
            verdict = f"is not taken ({known[tag].reason})" if known[tag].reason else "is chosen"
            yield f"{tag} {verdict}: {_as_sentence(known[tag].detail)}"


def _as_sentence(detail: str) -> str:
    """What a ruling says of its tag, with a subject where it has none."""
    return f"it {detail}" if detail.startswith(("is ", "has ", "was ", "does ", "matches ")) else detail


def _names(question: Question, decision: Decision) -> bool:
    """Does the question name this image? A file and line could read like an image and a tag."""
    place = (question.path, question.line) == (decision.reference.path, decision.reference.line)
    return not place and decision.ruled.image.endswith(question.name.rpartition("/")[2])


def _paragraph(group: list[Decision], told: Explained, everything: bool, paint: Paint) -> Iterator[str]:
    first, where = group[0], standing(group[0])
    yield f"{paint(first.ruled.image or first.reference.written, 'bold')}: {_headline(first, paint)}"
    for sentence in asked_tags(group, told.questions, where.rulings):
        yield from (paint(line, "bold") for line in paint.field(" ", sentence, 2))
    if first.detail and first.ruled.policy and not (first.verdict is Verdict.HELD or first.problem):
        yield from paint.field(" ", first.detail, 2)
    for decision in group:
        yield paint(f"  at {decision.reference.path}:{decision.reference.line} ({decision.reference.kind})", "dim")
    yield from (_INDENT + line for label, text in facts(first) for line in paint.field(label, text, LABEL, "dim"))
    for label, text in (*stands(first, where), *reused(first, told)):
        yield from (_INDENT + line for line in paint.field(label, text, LABEL, "dim"))
    for one in told.described:
        if one.image == first.ruled.image:
            yield f"  {paint(one.tag, 'bold')}"
            yield from (
                _INDENT * 2 + line for label, text in of_tag(one) for line in paint.field(label, text, LABEL, "dim")
            )
    if where.rulings:
        yield ""
        yield from (_INDENT + line for line in lines(grouped(where.rulings), everything, paint))


def facts(decision: Decision) -> Iterator[tuple[str, str]]:
    """What rules the reference and where that is said, and what stands in the way."""
    ruled, reference = decision.ruled, decision.reference
    if ruled.policy:
        source = "" if ruled.hold else f", from {ruled.source}"
        yield "policy", f"{ruled.policy.kind}: {ruled.policy.argument}{gates(ruled.policy)}{source}"
    elif not decision.problem:
        yield "policy", f"none: {decision.detail or ruled.source}"
    if ruled.hold:
        ended = decision.verdict is not Verdict.HELD and not decision.problem
        word = "ended, and holds nothing since" if ended else "until"
        until = f" {word} {until_when(ruled.hold)}" if ruled.hold.until else ""
        yield "hold", f"{ruled.hold.reason or 'without a reason'}{until}, from {ruled.hold.source or ruled.source}"
    for back in ruled.rejected:
        yield "rejected", str(back)
    if ruled.windows != Windows():
        yield "written", "; ".join(_open(ruled.windows))
    if reference.locked:
        yield "locked", f"not edited: {reference.locked}"
    if decision.problem:
        hint = f" ({decision.problem.hint})" if decision.problem.hint else ""
        yield decision.problem.code, f"{decision.problem.message}{hint}"


def _open(windows: Windows) -> Iterator[str]:
    """When updates may be written, as it is configured."""
    for one in windows.schedules:
        zone = f" ({one.timezone})" if one.timezone else ""
        yield from (
            f"{word} {text}{zone}" for word, texts in (("allow", one.allow), ("deny", one.deny)) for text in texts
        )
    for freeze in windows.freezes:
        why = f" ({freeze.reason})" if freeze.reason else ""
        yield f"frozen {freeze.start:%Y-%m-%d %H:%M %Z} to {freeze.until:%Y-%m-%d %H:%M %Z}{why}"


def gates(policy: PolicySpec) -> str:
    """The gates beside a policy's kind, as they are written."""
    said = [f"filter {policy.filter.pattern}" if policy.filter else ""]
    said += [f"extract {policy.filter.extract}" if policy.filter and policy.filter.extract else ""]
    said += [
        f"{key} {', '.join(getattr(policy, key))}" for key in ("allow", "ignore", "platforms") if getattr(policy, key)
    ]
    said += [f"{key} {_duration(age)}" for key in ("minimum_age", "wait") if (age := getattr(policy, key))]
    said += [key for key in ("prereleases", "pin_digest", "trust_created", "allow_downgrade") if getattr(policy, key)]
    return "".join(f"; {one}" for one in said if one)


def _duration(length: timedelta) -> str:
    """As the configuration spells it: in the largest unit that leaves no rest."""
    seconds = int(length.total_seconds())
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"


def stands(decision: Decision, where: Standing) -> Iterator[tuple[str, str]]:
    """Current, newest allowed, and newest at all."""
    image = decision.reference.image
    if not where.rulings:
        return
    yield "current", f"{image.tag or ''}{'@' + image.digest if image.digest else ''}" or "no tag, which means latest"
    yield "newest allowed", where.allowed or "none"
    if decision.opening:
        yield "next opening", f"{decision.opening.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if where.newest:
        why = f" ({where.newest.reason})" if where.newest.reason else ""
        yield "newest at all", f"{where.newest.tag}, by {where.by}{why}"


def _headline(decision: Decision, paint: Paint) -> str:
    current = decision.reference.image.tag or decision.reference.image.digest or "no tag"
    if decision.new:
        return f"{paint(current)} -> {paint(decision.new.tag or decision.new.digest or '', 'green')}"
    return f"{paint(current)}, {paint(decision.verdict, _VERDICTS.get(decision.verdict, 'yellow'))}"


def reused(decision: Decision, told: Explained) -> Iterator[tuple[str, str]]:
    """That the list of tags was not asked for, and when it was read."""
    if read := told.reused.get(decision.ruled.image):
        yield "list", f"from the cache, read at {read.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC (tags_max_age)"

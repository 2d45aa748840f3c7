"""What a tag is, in lines: for people who ask why it is not taken, and for those who review what replaces it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tagwright.errors import Problem
from tagwright.model import Candidate, Described, Details

_UNITS = ("B", "kB", "MB", "GB", "TB")


def told(one: Described) -> Iterator[tuple[str, str]]:
    """Labels and texts, as far as the registry tells."""
    if isinstance(one.found, Problem):
        yield one.found.code, one.found.message
        return
    if one.found.digest is None:
        yield "digest", "none: the registry has no manifest under this tag"
        return
    yield "digest", one.found.digest
    if one.found.artifact:
        yield "kind", f"no image but {one.found.artifact}"
    if one.found.platforms:
        yield "platforms", ", ".join(one.found.platforms)
    if one.found.pushed:
        yield "pushed", f"{_minute(one.found.pushed)}, says the registry"
    if one.found.details:
        yield from _of(one.found.details)


def _of(details: Details) -> Iterator[tuple[str, str]]:
    if details.created:
        yield "created", f"{_minute(datetime.fromisoformat(details.created))}, says its publisher"
    for name in ("version", "revision", "source"):
        if text := details.told(name):
            yield name, text
    if details.size is not None:
        yield "size", f"{size(details.size)} in {details.layers} {'layer' if details.layers == 1 else 'layers'}"
    runs = " ".join((*details.entrypoint, *details.command))
    user = f"as user {details.user}" if details.user else ""
    ports = f"ports {', '.join(details.ports)}" if details.ports else ""
    if said := ", ".join(filter(None, (runs, user, ports))):
        yield "runs", said


def size(count: int) -> str:
    """Bytes in the unit people read: "512 B", "12.3 MB"; units of a thousand."""
    value, unit = float(count), 0
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{count} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def json_of(one: Described) -> dict[str, Any]:
    """The same for programs; what is not told is null."""
    if isinstance(one.found, Problem):
        return {"image": one.image, "tag": one.tag, "problem": {"code": one.found.code, "message": one.found.message}}
    return {"image": one.image, "tag": one.tag, "problem": None, **_facts(one.found)}


def _facts(found: Candidate) -> dict[str, Any]:
    details = found.details
    return {
        "digest": found.digest,
        "artifact": found.artifact,
        "platforms": list(found.platforms) if found.platforms is not None else None,
        "pushed": found.pushed.isoformat() if found.pushed else None,
        "created": (details.created if details else "") or None,
        "size": details.size if details else None,
        "source": (details.told("source") if details else "") or None,
        "revision": (details.told("revision") if details else "") or None,
        "version": (details.told("version") if details else "") or None,
        "labels": dict(details.labels) if details else {},
        "annotations": dict(details.annotations) if details else {},
    }


def _minute(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

"""What a run cost, for people at a terminal: a line, or every host and rule."""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.model import Cost, HostCost
from tagwright.views.printable import shown
from tagwright.views.text import table

_SHOWN = 20


def told(cost: Cost, in_full: bool = False) -> str:
    """The line and the warnings; `in_full` with the dearest rules and images."""
    return "\n".join(map(shown, _lines(cost, in_full)))


def _lines(cost: Cost, in_full: bool) -> Iterator[str]:
    if cost.hosts:
        yield f"registries: {_count(cost.requests)}: {', '.join(map(_host, cost.hosts))}"
    if cost.forges:
        yield f"forges: {_count(sum(one.requests for one in cost.forges))}: {', '.join(map(_host, cost.forges))}"
    if in_full:
        rules = [(one.source, f"{_count(one.requests)}, {_count(one.images, 'image')}") for one in cost.rules]
        images = [
            (one.image, _count(one.requests) + (f", answered by {one.answered}" if one.answered else ""))
            for one in cost.images
        ]
        for rows in filter(None, (rules, images)):
            yield from (f"  {line}" for line in table(rows[:_SHOWN]))
            if len(rows) > _SHOWN:
                yield f"  and {len(rows) - _SHOWN:,} more"
    yield from (f"warning: {warning} [{warning.code}]" for warning in cost.warnings)


def _host(host: HostCost) -> str:
    said = [f"{host.retries:,} again"] * bool(host.retries)
    said += [f"{host.limited:,} answered 429"] * bool(host.limited)
    said += [f"{host.waited:.1f} s waited"] * (host.waited >= 0.05)
    return f"{host.host} {host.requests:,}" + (f" ({', '.join(said)})" if said else "")


def _count(number: int, noun: str = "request") -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

"""The page's twin for programs: everything that passes left, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tagwright.model import TagRuling, TargetStatus
from tagwright.views.history import event_of
from tagwright.views.json_v1 import problem_of
from tagwright.views.page.rows import WORST_FIRST, Row, Watched, counts
from tagwright.views.page.times import machine

SCHEMA = "tagwright/status/v1"


def document(watched: Watched) -> str:
    """All of it. Lists are in the order of the configuration and of the files; moments in RFC 3339, UTC."""
    return "".join(pieces(watched))


def pieces(
    watched: Watched, explained: Callable[[TargetStatus], TargetStatus] = lambda status: status
) -> Iterator[str]:
    """The same, a target at a time; `explained` gives a target with the verdicts on its tags."""
    counted = counts(watched.rows)
    whole = {
        "schema": SCHEMA,
        "now": machine(watched.now),
        "summary": {str(state): counted[state] for state in WORST_FIRST},
        "waiting": list(watched.waiting),
    }
    yield json.dumps(whole)[:-1] + ', "targets": ['
    for number, target in enumerate(watched.targets):
        yield (",\n" if number else "\n") + json.dumps(_target(explained(target), watched.now))
    yield "]}\n"


def _target(target: TargetStatus, now: datetime) -> dict[str, Any]:
    return {
        "target": target.name,
        "repository": target.repository,
        "branch": target.branch,
        "commit": target.commit,
        "looked": machine(target.looked),
        "seconds": round(target.seconds, 3),
        "changed": _moment(target.changed),
        "images": [_image(Row(target, image, now)) for image in target.images],
        "published": [
            {"key": one.key, "outcome": one.outcome, "url": one.url, "commit": one.commit} for one in target.published
        ],
        "problems": [problem_of(one) for one in target.problems],
        "notes": [problem_of(one) for one in target.notes],
        "events": [event_of(one) for one in target.events],
    }


def _image(row: Row) -> dict[str, Any]:
    one = row.image
    return {
        "image": one.image,
        "path": one.path,
        "line": one.line,
        "state": one.state,
        "verdict": one.verdict,
        "current": one.current,
        "allowed": one.allowed or None,
        "newest": one.newest or None,
        "newest_reason": one.newest_reason or None,
        "newest_detail": one.newest_detail,
        "detail": one.detail,
        "policy": one.policy or None,
        "source": one.source,
        "since": machine(one.since),
        "until": _moment(one.until),
        "published": _moment(one.published),
        "lag_seconds": None if row.lag is None else int(row.lag.total_seconds()),
        "pull_request": one.pull_request or None,
        "rulings": [_ruling(each) for each in one.rulings],
        "others": dict(one.others),
    }


def _ruling(one: TagRuling) -> dict[str, Any]:
    return {"tag": one.tag, "reason": one.reason or None, "detail": one.detail, "eligible": _moment(one.eligible)}


def _moment(found: datetime | None) -> str | None:
    return machine(found) if found else None

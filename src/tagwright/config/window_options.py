"""When updates may be written, and what stays as it is: schedules, freezes and holds. A part of `options`."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from tagwright import globs
from tagwright.config import checks
from tagwright.config.nodes import Place
from tagwright.config.shapes import Keys, Many, Moment, Option, Text
from tagwright.config.times import in_utc
from tagwright.model import Freeze, Held, Hold, Schedule, Windows

IMAGES = Many(Text("a glob such as ghcr.io/acme/*", checks.image_glob))
GLOBS = Many(Text("a glob such as apps/**", checks.file_glob))
_MOST_EXPRESSIONS = 100
_EXPRESSIONS = Many(Text("minutes as cron names them, such as '* 8-16 * * 1-5'", checks.cron))


def _build_schedule(values: dict[str, Any], at: Place) -> Schedule | None:
    for key in ("allow", "deny"):
        if len(values.get(key, ())) > _MOST_EXPRESSIONS:
            at.key(key).mistake(f"holds more than {_MOST_EXPRESSIONS} expressions", "lists and ranges say more in one")
            return None
    return Schedule(**values)


def _build_freeze(values: dict[str, Any], at: Place) -> Freeze | None:
    start, until = _midnight(values["from"]), _midnight(values["until"])
    if (start.tzinfo is None) == (until.tzinfo is None) and start >= until:
        at.key("until").mistake("expected a moment after `from`", "until is the first moment that is open again")
        return None
    return Freeze(start, until, values.get("reason", ""))


def _midnight(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


_SCHEDULE = Keys(
    {
        "allow": Option(_EXPRESSIONS, "minutes in which updates may be written, as cron names them; absent = all"),
        "deny": Option(_EXPRESSIONS, "minutes in which they may not; wins over allow"),
        "timezone": Option(
            Text("a time zone such as Europe/Berlin", checks.time_zone),
            "of the expressions, and of freezes without a zone; absent = that of the scope around, else UTC",
        ),
    },
    build=_build_schedule,
)

_FREEZE = Keys(
    {
        "from": Option(Moment(), "the first moment that is frozen: a date, or a date and time"),
        "until": Option(Moment(), "the first moment that is open again"),
        "reason": Option(Text(), "why; shown with every update that waits"),
    },
    build=_build_freeze,
    required=("from", "until"),
)


def _build_hold(values: dict[str, Any], at: Place) -> Held | None:
    if not values.get("images") and not values.get("files"):
        at.mistake("says neither images nor files", 'images: ["**"] means every image')
        return None
    images = tuple(globs.image_pattern(pattern) for pattern in values.get("images", ("**",)))
    until = in_utc(values["until"]) if "until" in values else None
    return Held(images, values.get("files", ()), Hold(values.get("reason", ""), until, f"{at.file}:{at.line}"))


HOLD = Keys(
    {
        "images": Option(IMAGES, "globs on the normalised repository name"),
        "files": Option(GLOBS, "only in files that match one of these globs"),
        "reason": Option(Text(), "why; shown with every reference that is held"),
        "until": Option(Moment(), "the first day, or the moment, it may move again; absent = for good"),
    },
    build=_build_hold,
)

# What the top level, a target, a rule and a repository can say: an update must be inside all of it.
WINDOWS: dict[str, Option] = {
    "schedule": Option(_SCHEDULE, "when updates may be written; adds to the schedules around it"),
    "freeze": Option(Many(_FREEZE), "when nothing is written, from one moment until another"),
}


def windows(values: dict[str, Any]) -> Windows:
    """The windows among what was read, which are taken out of it."""
    schedule = values.pop("schedule", None)
    return Windows((schedule,) if schedule else (), values.pop("freeze", ()))

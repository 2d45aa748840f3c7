"""What can be said of notifications: to whom, of what, and how often."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from tagwright.config import checks
from tagwright.config.nodes import Place
from tagwright.config.secret_options import secret, secret_options
from tagwright.config.shapes import Choice, Duration, Keys, Many, Number, Option, Text
from tagwright.config.times import DURATION, duration
from tagwright.model import CloudEvents, Digest, Notification, Occasion, Secret

_DAILY = re.compile(r"daily at ([01][0-9]|2[0-3]):([0-5][0-9])")


def _digest(text: str) -> str:
    good = DURATION.fullmatch(text) or _DAILY.fullmatch(text)
    return "" if good else "a duration such as 1h, or a time in UTC such as daily at 08:00"


def _read_digest(text: str) -> Digest:
    at = _DAILY.fullmatch(text)
    if at:
        return Digest(daily=timedelta(hours=int(at[1]), minutes=int(at[2])))
    return Digest(every=duration(text))


def _build_apprise(values: dict[str, Any], at: Place) -> Secret | None:
    found = secret(values, "url", at)
    if found is None:
        at.mistake("says no URL", "name it by url_env or url_file: it holds a secret")
    return found


def _build_cloudevents(values: dict[str, Any], at: Place) -> CloudEvents | None:
    named, url = secret(values, "url", at), values.get("url", "")
    if bool(named) == bool(url):
        at.mistake("expected exactly one of url, url_env, url_file")
        return None
    return CloudEvents(url, named, secret(values, "token", at))


def _build(values: dict[str, Any], at: Place) -> tuple[Notification, Place]:
    if "on" in values:
        values["on"] = tuple(map(Occasion, values["on"]))
        if Occasion.OUTDATED in values["on"] and "outdated_after" not in values:
            at.key("on").mistake("outdated needs to know after how long", "say outdated_after: 7d")
    if "digest" in values:
        values["digest"] = _read_digest(values["digest"])
    return Notification(**values), at


_APPRISE = Keys(
    secret_options("url", "the URL of Apprise (https://github.com/caronc/apprise), such as slack://…"),
    build=_build_apprise,
)

_CLOUDEVENTS = Keys(
    {
        "url": Option(Text("an address such as https://events.example.com", checks.url), "where they are posted"),
        **secret_options("url", "that address, where it is a secret"),
        **secret_options("token", "a bearer token"),
    },
    build=_build_cloudevents,
)

NOTIFICATION = Keys(
    {
        "name": Option(Text("a name", checks.word), "what logs and metrics call it"),
        "apprise": Option(_APPRISE, "Slack, Teams, Discord, Matrix, mail and many more; needs tagwright[notify]"),
        "cloudevents": Option(_CLOUDEVENTS, "CloudEvents 1.0 as JSON over HTTP"),
        "on": Option(Many(Choice(tuple(Occasion))), "of what; absent = of everything"),
        "targets": Option(
            Many(Text("a glob on names of targets", checks.file_glob)), "of which targets (globs); absent = of all"
        ),
        "after": Option(Number(), "tell a failure when so many passes in a row had one; absent = 1"),
        "outdated_after": Option(Duration(), "tell that an allowed version was not taken for so long"),
        "digest": Option(
            Text("a duration such as 1h, or daily at 08:00", _digest),
            "collect, and tell together: so long after the first, or daily at that time (UTC)",
        ),
    },
    build=_build,
    required=("name",),
    one_of=("apprise", "cloudevents"),
)

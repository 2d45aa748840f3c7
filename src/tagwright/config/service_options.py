"""How `tagwright serve` listens, and when it looks. A part of `options`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from tagwright.config import checks, hook_options
from tagwright.config.announce_options import ANNOUNCER
from tagwright.config.nodes import Place
from tagwright.config.secret_options import secret, secret_options
from tagwright.config.shapes import Duration, Flag, Keys, Many, Option, Text
from tagwright.model import Access, Service

_YEAR = timedelta(days=366)
_TOKEN = re.compile(r"[A-Za-z0-9-]{1,100}")
_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")


def _listens(text: str) -> str:
    fits = _LISTEN.fullmatch(text) and int(text.rpartition(":")[2]) < 65_536
    return "" if fits else "an address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080"


def _header(text: str) -> str:
    return "" if _TOKEN.fullmatch(text) else "the name of a header, such as X-Forwarded-User"


def _network(text: str) -> str:
    from ipaddress import ip_network

    try:
        ip_network(text)
    except ValueError:
        return "an address or a network, such as 10.0.0.0/8"
    return ""


def _build(values: dict[str, Any], at: Place) -> Service:
    if "interval" in values and "schedule" in values:
        at.key("schedule").mistake("got interval and schedule, expected one of them")
    for key, shortest in (("interval", timedelta(seconds=1)), ("jitter", timedelta()), ("grace", timedelta())):
        if not shortest <= values.get(key, shortest) <= _YEAR:
            at.key(key).mistake(f"expected {int(shortest.total_seconds())}s to 366d")
    hook_options.apart(values.get("webhooks", ()), at.key("webhooks"))
    return Service(**values)


def _build_access(values: dict[str, Any], at: Place) -> Access | None:
    token, header = secret(values, "token", at), values.get("header", "")
    if bool(token) == bool(header):
        at.mistake("got a token and a header, expected one of them" if token else "says neither a token nor a header")
        return None
    if bool(header) != bool(values.get("trusted_proxies")):
        at.mistake("header and trusted_proxies go together", "anybody can send a header; say from whom it counts")
    return Access(token, header, values.get("trusted_proxies", ()), values.get("metrics", False))


_PROXIES = Many(Text("a network such as 10.0.0.0/8", _network))

ACCESS = Keys(
    {
        **secret_options("token", "what a browser is asked for as a password, and a program sends as a bearer token"),
        "header": Option(
            Text("a header's name, such as X-Forwarded-User", _header), "in which a proxy names the user it logged in"
        ),
        "trusted_proxies": Option(_PROXIES, "the proxies from which that header counts, and from nobody else"),
        "metrics": Option(Flag(), "/metrics asks for the same; absent = it is open to everyone who reaches it"),
    },
    build=_build_access,
)

SERVICE = Keys(
    {
        "listen": Option(Text("an address and a port", _listens), "where it listens; absent = 127.0.0.1:8080"),
        "url": Option(
            Text("an address such as https://tagwright.example.com", checks.url), "where people reach it, for links"
        ),
        "interval": Option(Duration(), "how often every target is looked at; absent = 5m"),
        "schedule": Option(
            Many(Text("minutes as cron names them, such as '*/10 * * * *'", checks.cron), most=100),
            "the minutes in which every target is looked at, instead of an interval",
        ),
        "timezone": Option(
            Text("a time zone such as Europe/Berlin", checks.time_zone), "of the schedule; absent = UTC"
        ),
        "jitter": Option(
            Duration(), "up to so much later, so that not all ask at once; absent = a tenth of the interval"
        ),
        "grace": Option(Duration(), "how long a pass under way may take once it is told to stop; absent = 25s"),
        "trusted_proxies": Option(
            _PROXIES,
            "proxies in front of it, which are believed when they name a client's address (X-Forwarded-For)",
        ),
        "access": Option(ACCESS, "who may see the page; absent = everyone who reaches it"),
        "announce": Option(Many(ANNOUNCER), "whose CI may announce images, by the tokens of its jobs (OpenID Connect)"),
        "webhooks": Option(Many(hook_options.WEBHOOK, most=200), "who tells that something was pushed"),
    },
    build=_build,
)

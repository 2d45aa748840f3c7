"""Templates -> HTML. Whatever a template prints is text of strangers: nothing in it is markup, and nothing in it turns
the direction of what is read or hides.

Jinja2 escapes (autoescape), and before that `printable` makes seen what is not (`finalize`, for every expression
there is). An address becomes a link only where it leads to a web page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tagwright.views.page import times
from tagwright.views.printable import shown

if TYPE_CHECKING:
    from jinja2 import Environment

_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]+")
_ADDRESS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,2000}")
_PULLS = {"merge_requests": "!", "pull": "#", "pulls": "#"}

LONGEST = 3_000
"""Characters of one value that are shown."""


def rendered(template: str, **values: Any) -> str:
    """The template's text."""
    return _environment().get_template(template).render(**values)


@cache
def text_of(name: str) -> str:
    """A file of the page that is no template: its style, its icon."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def hash_of(text: str) -> str:
    """How a Content-Security-Policy names an element's text (CSP 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def link(address: str) -> str:
    """The address where it leads to a web page, is spelled as RFC 3986 has it and holds no login, else ""."""
    try:
        parts = urlsplit(address)
        safe = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        return ""
    return address if safe and _ADDRESS.fullmatch(address) else ""


def short(version: str) -> str:
    """A version with no more of its digest than tells it from others: "1.2.0@sha256:0123456789ab…"."""
    return _DIGEST.sub(r"\1…", version)


def last_part(address: str) -> str:
    """What a link to a pull request is called: "acme/deploy!12", "acme/deploy#12", else the end of its path."""
    parts = [part for part in urlsplit(address).path.split("/") if part]
    number = parts[-1] if parts else ""
    if len(parts) > 3 and number.isdigit() and parts[-2] in _PULLS:
        return f"{'/'.join(part for part in parts[:-2] if part != '-')}{_PULLS[parts[-2]]}{number}"
    return number or address


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("tagwright.views.page"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "link": link,
        "machine": times.machine,
        "people": times.people,
        "lasting": times.lasting,
        "relative": times.relative,
        "moment": times.said,
        "short": short,
        "last_part": last_part,
    }
    return made


def _seen(value: Any) -> Any:
    """What an expression prints; markup that a template made stays as it is."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return shown(value if len(value) <= LONGEST else value[:LONGEST] + "…")

"""What a 401 asks for: the WWW-Authenticate header (RFC 9110, 11.6.1), one way in after another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

_LONGEST = 8192  # characters of a header; a scope is kept as long as its token
_PARAMETER = re.compile(r'[\s,]*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"[\s,]*([A-Za-z][\w-]*)(?=\s|,|$)")
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)")  # Negotiate's and NTLM's, which say nothing to us


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in that a header offers; `scheme` in lower case. `error` is RFC 6750's, such as insufficient_scope."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""
    error: str = ""


def challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge of every header; one header may hold several. One beyond all measure holds none."""
    return tuple(challenge for header in headers if len(header) <= _LONGEST for challenge in _challenges(header))


def _challenges(header: str) -> Iterable[Challenge]:
    position, found = 0, Challenge("")
    while position < len(header):
        if match := _PARAMETER.match(header, position):
            name, value = match[1].lower(), re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
            if name in ("realm", "service", "scope", "error"):
                found = replace(found, **{name: value})
        elif match := _SCHEME.match(header, position):
            if found.scheme:
                yield found
            found = Challenge(match[1].lower())
            match = _TOKEN68.match(header, match.end()) or match
        else:
            break
        position = match.end()
    if found.scheme:
        yield found

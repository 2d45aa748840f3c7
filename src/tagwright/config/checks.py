"""Checks of single configured texts: each returns what was expected instead, or "" for a good one."""

from __future__ import annotations

import re
from typing import Any

from tagwright import globs, image
from tagwright.errors import ImageError, UsageError
from tagwright.image import TAG


def tag(text: str) -> str:
    return "" if TAG.fullmatch(text) else "a tag: letters, digits, _ . - (at most 128)"


def file_glob(text: str) -> str:
    return globbing(text) if text else "a glob such as apps/** or **/values.yaml"


def image_glob(text: str) -> str:
    if not text or "://" in text or text != text.strip():
        return "a glob on image names such as ghcr.io/acme/*"
    if "@" in text or ":" in text.rpartition("/")[2]:
        return "the name of an image repository or a glob on it, without a tag or digest"
    return globbing(globs.image_pattern(text))


def bound_image(text: str) -> str:
    """An image's name, in which {name} and {folder} of the file may stand."""
    name = text.replace("{name}", "x").replace("{folder}", "x")
    try:
        found = image.parse(name)
    except ImageError:
        return "the name of an image repository, such as ghcr.io/acme/api or ghcr.io/acme/{name}"
    return "a name without a tag or digest" if found.tag or found.digest else ""


def globbing(text: str) -> str:
    try:
        globs.compile((text,))
    except UsageError:
        return "a glob: * within a part, ** across, ? [a-f] {a,b}"
    return ""


def platform(text: str) -> str:
    return "" if re.fullmatch(r"[a-z0-9]+/[a-z0-9_]+(/[a-z0-9.]+)?", text) else "os/architecture, such as linux/amd64"


def branch_prefix(text: str) -> str:
    good = re.fullmatch(r"(?!/)(?!.*(\.\.|//|@\{|/\.|\.lock/))[^\s~^:?*\[\\.-][^\s~^:?*\[\\]*", text)
    return "" if good else "the beginning of a branch name, such as tagwright/"


def word(text: str) -> str:
    return "" if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", text) else "a word: letters, digits, . _ / -"


def rule_name(text: str) -> str:
    return "" if re.fullmatch(r"[^\s\"{}]{1,200}", text) else "a name without spaces; ns:name for Flux markers"


def person(text: str) -> str:
    return "" if text.strip() and not set("<>\n\0") & set(text) else "a text without < and >"


def push_option(text: str) -> str:
    return "" if text.isprintable() and text.strip() and len(text) <= 1000 else "one line of at most 1000 characters"


def url(text: str) -> str:
    parts = split(text)
    good = parts and parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    return "" if good else "an address such as https://git.example.com"


def proxy(text: str) -> str:
    parts = split(text)
    good = text == "none" or (parts and parts.scheme == "http" and parts.hostname and parts.path in ("", "/"))
    return "" if good and not (parts and (parts.query or parts.fragment)) else "none or http://host:port"


def prefix(text: str) -> str:
    good = re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]+)?(?:/[a-z0-9._-]+)*/?", text)
    return "" if good else "a registry's host, with the first parts of a path if need be, such as ghcr.io/acme"


def split(url: str) -> Any:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def repository(text: str) -> str:
    return "a Git address (https, ssh, file) or the path of a repository" if not text.strip() or text[0] == "-" else ""


def cron(text: str) -> str:
    from tagwright.windows import expression_mistake

    wrong = expression_mistake(text)
    return f"minutes as cron names them, such as '* 8-16 * * 1-5' ({wrong})" if wrong else ""


def time_zone(text: str) -> str:
    from tagwright.windows import is_zone

    if is_zone(text):
        return ""
    import difflib
    from zoneinfo import available_timezones

    known = {name.lower(): name for name in available_timezones()}
    close = difflib.get_close_matches(text.lower(), known, 1)
    return f"a time zone such as {known[close[0]] if close else 'Europe/Berlin'}"

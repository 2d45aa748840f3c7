"""Comments of text that no parser reads, blanked: nothing in them is found, and every position stays.

A comment sign inside a quoted string is none. Quotes pair within their line and within a thousand
characters, so that an apostrophe in prose hides nothing else. A block comment that is never closed
reaches to the end. Every pattern takes time in proportion to the text.
"""

from __future__ import annotations

import re
from functools import lru_cache

_QUOTED = r"""\\.|"(?:[^"\\\n]|\\.){0,1000}+"|'[^'\n]{0,1000}+'"""
_HASH = r"(?:^|(?<=\s))\#[^\n]*"
_SLASHES = r"(?<![:\S])//[^\n]*|(?<![^\s({,;])/\*(?s:.*?)(?:\*/|\Z)"
_JINJA = r"\{\#(?:[^#{]|\#(?!\})|\{(?!\#))*+\#\}"
_GO = r"\{\{-?[ ]?/\*(?s:.*?)(?:\*/|\Z)"
_NOT_NEWLINE = re.compile(r"[^\r\n]")


def _comments(*kinds: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_QUOTED})++|({'|'.join(kinds)})", re.MULTILINE)


HASH = _comments(_HASH)  # shell, Make, TOML: `#` at the beginning of a word
SEMICOLON = _comments(_HASH.replace(r"\#", "[#;]"))  # INI
SLASHES = _comments(_SLASHES)  # Groovy, Jsonnet, CUE: `//` and `/* … */`, standing apart
MIXED = _comments(_HASH, _SLASHES)  # HCL, Nix
DASHES = _comments(r"--[^\n]*", r"\{-(?s:.*?)(?:-\}|\Z)")  # Dhall
MARKUP = re.compile(r"(<!--(?s:.*?)(?:-->|\Z))")  # XML
TEMPLATE = _comments(_HASH, _JINJA, _GO, r"<%\#[^\n]*")  # YAML that a template makes


@lru_cache(maxsize=1)  # a file of many broken documents asks for the same text once for each
def blanked(text: str, comments: re.Pattern[str]) -> str:
    """The text with its comments as blanks of the same length."""
    kept: list[str] = []
    place = 0
    for match in comments.finditer(text):
        if comment := match[1]:
            blanks = " " * len(comment) if "\n" not in comment else _NOT_NEWLINE.sub(" ", comment)
            kept += (text[place : match.start(1)], blanks)
            place = match.end()
    return "".join([*kept, text[place:]])

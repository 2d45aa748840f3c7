"""How a configured value is read: one small class per shape, each with its words and its JSON schema.

A shape reads one node at a `Place` (nodes.py) and either returns a value or notes a mistake
there and returns None, so that all mistakes of a file come out together. `options.py`
declares what is configured with these.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from tagwright.config.nodes import Node, Place, is_nothing, looks_secret, shown, suggestion
from tagwright.config.times import DURATION, MOMENT, duration, moment
from tagwright.errors import UsageError

_SECRET_KEY = re.compile(r"token|passw|secret|(api|private|access|ssh|signing)_?key$|^key$|^auth$|^username$", re.I)


# ── the shapes ───────────────────────────────────────────────────────────────


class Shape(Protocol):
    """What can be configured: `read` gives the value or notes a mistake; `schema` says the same in JSON Schema."""

    def read(self, node: Node, at: Place) -> Any:
        """The value, or None after noting a mistake."""

    def schema(self) -> dict[str, Any]:
        """JSON Schema (draft 2020-12) of this shape."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Text:
    """A text on one line (unless `lines`), unquoted numbers included as they are written.

    `check` returns what is wrong with it, in words that follow "expected", or "".
    """

    expected: str = "a text"
    check: Callable[[str], str] | None = None
    lines: bool = False

    def read(self, node: Node, at: Place) -> str | None:
        text = node.value
        if not isinstance(text, str) or is_nothing(node):
            at.wrong(node, self.expected)
            return None
        if looks_secret(text):
            at.mistake(f"got {shown(node)}, expected {self.expected}", "secrets are named, never written here")
            return None
        if not self.lines and not text.isprintable():
            at.wrong(node, f"{self.expected}, on one line")
            return None
        if self.check and (expected := self.check(text)):
            at.wrong(node, expected)
            return None
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"]}


class EnvName:
    """The name of an environment variable that holds a secret. Never echoed: it may be the secret itself."""

    def read(self, node: Node, at: Place) -> str | None:
        text = node.value
        if isinstance(text, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) and not looks_secret(text):
            return text
        at.mistake("expected the name of an environment variable", "a secret itself is never written here")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}


class FilePath:
    """The path of a file, from the folder of the file that names it; ~ is the home folder. Never echoed."""

    def read(self, node: Node, at: Place) -> str | None:
        text = node.value
        if isinstance(text, str) and text and text.isprintable() and not looks_secret(text):
            return os.path.join(os.path.dirname(at.file), os.path.expanduser(text))
        at.mistake("expected the path of a file", "a secret itself is never written here")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: Node, at: Place) -> str | None:
        if isinstance(node.value, str) and node.value in self.words:
            return node.value
        at.wrong(node, " or ".join(self.words))
        return None

    def schema(self) -> dict[str, Any]:
        return {"enum": [int(word) if word.isdigit() else word for word in self.words]}


class Flag:
    """true or false, and no other spelling of them."""

    def read(self, node: Node, at: Place) -> bool | None:
        if node.plain and node.value in ("true", "false", "True", "False"):
            return node.value in ("true", "True")
        at.wrong(node, "true or false")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Number:
    """A positive number; a whole one unless `fractions`."""

    fractions: bool = False

    def read(self, node: Node, at: Place) -> float | None:
        pattern = r"[0-9]{1,9}(\.[0-9]{1,9})?" if self.fractions else r"[0-9]{1,9}"
        if node.plain and isinstance(node.value, str) and re.fullmatch(pattern, node.value) and float(node.value) > 0:
            return float(node.value) if self.fractions else int(node.value)
        at.wrong(node, "a number above 0" if self.fractions else "a whole number above 0")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "number" if self.fractions else "integer", "exclusiveMinimum": 0}


class Duration:
    """A number and a unit: 90s 10m 6h 3d 2w."""

    def read(self, node: Node, at: Place) -> timedelta | None:
        try:
            return duration(node.value if isinstance(node.value, str) else "")
        except UsageError:
            at.wrong(node, "a duration such as 90s, 10m, 6h, 3d or 2w")
            return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{DURATION.pattern}$"}


class Moment:
    """A date, or a date and time to the minute: 2030-12-31 or 2030-12-31T08:00+01:00."""

    def read(self, node: Node, at: Place) -> date | None:
        try:
            return moment(node.value if isinstance(node.value, str) else "")
        except UsageError as error:
            at.wrong(node, str(error.hint).removeprefix("expected "))
            return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{MOMENT.pattern}$"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Many:
    """A list of one shape; of at most so many, where `most` says so."""

    of: Shape
    most: int = 0

    def read(self, node: Node, at: Place) -> tuple[Any, ...] | None:
        if not isinstance(node.value, tuple):
            at.wrong(node, "a list", "write it as [one, two], or each on a line after '- '")
            return None
        if self.most and len(node.value) > self.most:
            at.mistake(f"got a list of {len(node.value)}, expected at most {self.most}")
            return None
        read = [self.of.read(item, at.item(index, item.line)) for index, item in enumerate(node.value)]
        return tuple(value for value in read if value is not None)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.of.schema(), **({"maxItems": self.most} if self.most else {})}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OneOrMany:
    """One of a shape, or a list of it; a tuple either way."""

    of: Shape

    def read(self, node: Node, at: Place) -> tuple[Any, ...] | None:
        if isinstance(node.value, tuple):
            return Many(self.of).read(node, at)
        one = self.of.read(node, at)
        return None if one is None else (one,)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.of.schema(), {"type": "array", "items": self.of.schema()}]}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Option:
    """One key of a mapping: its shape and one sentence about it.

    `operator` keys are for the operator's file alone; a repository may at most say False. Where that would loosen what
    the operator wants the key is `settled`, and a repository says nothing of it.
    """

    shape: Shape
    about: str
    operator: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keys:
    """A mapping of known keys. `build` makes the value of what was read, and may note further mistakes.

    `one_of` are keys of which exactly one must be there.
    """

    options: Mapping[str, Option]
    build: Callable[[dict[str, Any], Place], Any]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()

    def read(self, node: Node, at: Place) -> Any:
        if not isinstance(node.value, dict):
            at.wrong(node, "a mapping with " + " or ".join(repr(key) for key in self._important()))
            return None
        at = replace(at, inside=node.value)  # a list's items come without
        values = {}
        for key, value in node.value.items():
            read = self._read_key(key, value, at.key(key))
            if read is not None:
                values[key] = read
        self._complete(node.value, at)
        # Built of what could be read, so that what only the whole can see comes out with the other mistakes.
        return self.build(values, at) if self._buildable(values) else None

    def _important(self) -> tuple[str, ...]:
        return self.required or self.one_of or tuple(self.options)[:4]

    def _buildable(self, values: dict[str, Any]) -> bool:
        return all(key in values for key in self.required) and (
            not self.one_of or sum(key in values for key in self.one_of) == 1
        )

    def _read_key(self, key: str, node: Node, at: Place) -> Any:
        option = self.options.get(key)
        if option is None:
            return self._unknown(key, at)
        if at.repository and option.operator and (option.settled or node.value != "false"):
            at.mistake("only the operator's file may set this", "a repository can tighten, never loosen")
            return None
        return option.shape.read(node, at)

    def _unknown(self, key: str, at: Place) -> None:
        named = [name for name in (f"{key}_env", f"{key}_file") if name in self.options]
        if named or _SECRET_KEY.search(key):
            hint = (
                f"name where it is: {' or '.join(named)}" if named else "name where it is, with a key in _env or _file"
            )
            at.mistake("a secret is never written in this file", hint)
            return None
        if looks_secret(key):
            return replace(at, path=at.path.removesuffix(key).rstrip(".")).mistake("a key that looks like a secret")
        at.mistake("unknown key", suggestion(key, tuple(self.options)))
        return None

    def _complete(self, keys: dict[str, Node], at: Place) -> None:
        for key in self.required:
            if key not in keys:
                at.mistake(f"{key!r} is missing")
        found = [key for key in self.one_of if key in keys]
        misspelt = not found and keys.keys() - self.options.keys()  # said already, with a suggestion
        if self.one_of and len(found) != 1 and not misspelt:
            got = " and ".join(found) or "none"
            at.mistake(f"got {got}, expected exactly one of {', '.join(self.one_of)}")

    def schema(self) -> dict[str, Any]:
        properties = {
            key: {**option.shape.schema(), "description": option.about} for key, option in self.options.items()
        }
        schema: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
        if self.required:
            schema["required"] = list(self.required)
        if self.one_of:
            schema["oneOf"] = [{"required": [key]} for key in self.one_of]
        return schema

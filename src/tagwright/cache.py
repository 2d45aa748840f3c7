"""What one pass leaves for the next: a folder of small JSON files, each safe to lose.

Nothing here is a source of truth. A file that is missing, broken, or written by another
version reads as nothing, and the next pass looks again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Noun = TypeVar("Noun")


class Cache:
    """A folder kept between runs, or (with None) nothing kept at all."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def load(self, noun: type[Noun], key: str) -> Noun | None:
        """What was saved under `key`, or None."""
        kind: Any = noun
        if self.folder is None:
            return None
        decode = decoder(kind)
        try:
            found: Noun = decode(json.loads(self._path(noun, key).read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, IndexError):
            return None
        return found

    def save(self, value: object, key: str) -> None:
        """Keep `value` under `key`, whole or not at all; a folder that cannot be written keeps nothing."""
        if self.folder is None:
            return
        path = self._path(type(value), key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(value, separators=(",", ":"), default=parts, check_circular=False))
            Path(name).replace(path)
        except OSError:
            return

    def _path(self, noun: type, key: str) -> Path:
        assert self.folder is not None
        return self.folder / noun.__name__.lower() / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def parts(value: Any) -> Any:
    """What JSON has no word for: a dataclass is the list of its fields, in order; a duration is its seconds."""
    noun: Any = type(value)
    return value.total_seconds() if noun is timedelta else _fields(noun)(value)


@cache
def _fields(noun: Any) -> Callable[[Any], Any]:
    names = [field.name for field in fields(noun)]
    return attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]


@cache
def decoder(noun: Any) -> Callable[[Any], Any]:
    """The inverse of `parts` for a type: dataclasses, tuples, enums, optionals and plain values."""
    if is_dataclass(noun):
        hints = get_type_hints(noun)
        return _dataclass_decoder(noun, tuple(decoder(hints[field.name]) for field in fields(noun)))
    if get_origin(noun) is UnionType:
        (inner,) = (decoder(argument) for argument in get_args(noun) if argument is not NoneType)
        return lambda data: None if data is None else inner(data)
    if get_origin(noun) is tuple:
        return _tuple_decoder(get_args(noun))
    if isinstance(noun, type) and issubclass(noun, StrEnum):
        return noun
    if noun is timedelta:
        return _seconds
    if noun in (str, int, bool, float) or get_origin(noun) is Literal:
        return _same
    raise TypeError(f"{noun} cannot be kept in a cache")


def _dataclass_decoder(noun: Any, decoders: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], Any]:
    plain = tuple(None if decode is _same else decode for decode in decoders)

    def decode(data: Any) -> Any:
        return noun(*[item if inner is None else inner(item) for inner, item in zip(plain, data, strict=True)])

    return decode


def _tuple_decoder(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if arguments[-1] is Ellipsis:
        inner = decoder(arguments[0])
        return lambda data: tuple([inner(item) for item in data])
    inners = tuple(decoder(argument) for argument in arguments)
    return lambda data: tuple([inner(item) for inner, item in zip(inners, data, strict=True)])


def _seconds(data: Any) -> timedelta:
    return timedelta(seconds=data)


def _same(data: Any) -> Any:
    return data

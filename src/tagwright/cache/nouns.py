"""Frozen values as JSON and back: what is kept in a cache is written and read by the types of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints


def parts(value: Any) -> Any:
    """What JSON has no word for: a dataclass is the list of its fields, in order; a duration is its seconds.

    A date is as RFC 3339 has it, with its zone.
    """
    noun: Any = type(value)
    if noun is timedelta:
        return value.total_seconds()
    return value.isoformat() if noun is datetime else _fields(noun)(value)


@cache
def _fields(noun: Any) -> Callable[[Any], Any]:
    names = [field.name for field in fields(noun)]
    return attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]


@cache
def decoder(noun: Any) -> Callable[[Any], Any]:
    """The inverse of `parts` for a type: dataclasses, tuples, enums, optionals and plain values.

    It raises TypeError, ValueError or ArithmeticError for whatever is not of that type to the last field.
    """
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
    if noun is datetime:
        return _moment
    if noun in (str, int, bool, float):
        return _exactly(noun)
    if get_origin(noun) is Literal:
        return _among(get_args(noun))
    raise TypeError(f"{noun} cannot be kept in a cache")


def _dataclass_decoder(noun: Any, decoders: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], Any]:
    def decode(data: Any) -> Any:
        return noun(*[inner(item) for inner, item in zip(decoders, _list(data), strict=True)])

    return decode


def _tuple_decoder(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if arguments[-1] is Ellipsis:
        inner = decoder(arguments[0])
        return lambda data: tuple([inner(item) for item in _list(data)])
    inners = tuple(decoder(argument) for argument in arguments)
    return lambda data: tuple([inner(item) for inner, item in zip(inners, _list(data), strict=True)])


def _list(data: Any) -> list[Any]:
    if type(data) is list:
        return data
    raise TypeError


def _seconds(data: Any) -> timedelta:
    return timedelta(seconds=data)


def _moment(data: Any) -> datetime:
    found = datetime.fromisoformat(data)
    if found.tzinfo is None or not 1 < found.year < 9000:  # what is added to it must be a date
        raise ValueError
    found.astimezone(UTC)  # whoever shows it does that: what is beyond the calendar there is no date
    return found


def _exactly(noun: type) -> Callable[[Any], Any]:
    def decode(data: Any) -> Any:
        if type(data) is noun:
            return data
        raise TypeError

    return decode


def _among(words: tuple[Any, ...]) -> Callable[[Any], Any]:
    def decode(data: Any) -> Any:
        if data in words:
            return data
        raise ValueError

    return decode

"""Which run a thread works for, and on which target of it: what every line of a log says.

It is of the context (PEP 567), so a thread of a pool knows it only where its work is `carried` there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from types import MappingProxyType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_HERE: ContextVar[Mapping[str, str]] = ContextVar("here", default=MappingProxyType({}))


def here() -> Mapping[str, str]:
    """What is known here: "run", "target", or nothing."""
    return _HERE.get()


@contextmanager
def within(**known: str) -> Iterator[None]:
    """What is done in here is of that run, or that target."""
    token = _HERE.set({**_HERE.get(), **known})
    try:
        yield
    finally:
        _HERE.reset(token)


def a_run() -> str:
    """A new run's id."""
    return secrets.token_hex(4)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """The same work for other threads, side by side, all of them in the context of here and now."""
    context = copy_context()

    def elsewhere(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.copy().run(work, *args, **kwargs)  # a context is entered once at a time

    return elsewhere

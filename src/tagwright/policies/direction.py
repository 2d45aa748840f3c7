"""`ascending` or `descending`: which end of an order wins."""

from __future__ import annotations

from tagwright.errors import PolicyError

_WORDS = {"ascending": False, "asc": False, "descending": True, "desc": True}


def is_descending(kind: str, argument: str) -> bool:
    """Whether the smallest wins. Raises PolicyError for any other word; `asc` and `desc` are Flux's spelling."""
    try:
        return _WORDS[argument.lower()]
    except KeyError:
        raise PolicyError(f"{argument!r} is no order of {kind}", hint="expected ascending or descending") from None

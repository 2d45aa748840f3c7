"""JSON by `json`, which says whether a text is JSON and what its strings say; where they stand is counted here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tagwright.proof.leaf import Leaf, Unreadable

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*+"|[\[\]{}:,]|[-+.\w]++')


def read(text: str) -> Iterator[Leaf]:
    """The values, keys and signs of a text in its order. Raises Unreadable where it is not strictly JSON."""
    try:
        json.loads(text.removeprefix("\ufeff"), parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    for match in _TOKEN.finditer(text):
        if match[0] in "[]{}:,":
            yield Leaf((match[0],))
        else:
            quoted = match[0].startswith('"')
            value = json.loads(match[0]) if quoted else match[0]
            yield Leaf(("value",), value, match.start(), match.end(), '"' if quoted else "", not quoted)

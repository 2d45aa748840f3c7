"""`calver: "YYYY.MM.DD"`: the latest tag of one calendar format.

The tokens are those of calver.org: `YYYY YY 0Y`, `MM 0M`, `WW 0W`, `DD 0D`, `MAJOR MINOR MICRO`, `MODIFIER`;
what stands between them is literal. `MM`, `WW` and `DD` also read zero-padded numbers, `0M`, `0W` and `0D` only
those. A leading `v` is allowed. A tag of another format, or with a month 13, is `not-a-version`.
"""

from __future__ import annotations

import re
from typing import Any

from tagwright.errors import PolicyError
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Policy, Ranker, Refusal
from tagwright.policies.natural import natural

_TOKENS = {
    "YYYY": "[0-9]{4}",
    "YY": "[0-9]{1,3}",
    "0Y": "[0-9]{2,3}",
    "MM": "0?[1-9]|1[0-2]",
    "0M": "0[1-9]|1[0-2]",
    "WW": "0?[1-9]|[1-4][0-9]|5[0-3]",
    "0W": "0[1-9]|[1-4][0-9]|5[0-3]",
    "DD": "0?[1-9]|[12][0-9]|3[01]",
    "0D": "0[1-9]|[12][0-9]|3[01]",
    "MAJOR": "[0-9]{1,64}",
    "MINOR": "[0-9]{1,64}",
    "MICRO": "[0-9]{1,64}",
    "MODIFIER": "[0-9A-Za-z]+(?:[._-][0-9A-Za-z]+)*",
}
_SPLIT = re.compile(f"({'|'.join(_TOKENS)})")


class Calver(Policy):
    """Tags of one calendar format, in its order."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        pieces = _SPLIT.split(argument)
        if len(pieces) < 2 or any(re.search("[A-Za-z0-9]", piece) for piece in pieces[::2]):
            raise PolicyError(
                f"{argument!r} is no calendar format",
                hint=f'expected tokens such as "YYYY.MM.DD" of {", ".join(_TOKENS)}',
            )
        self.shape = re.compile("v?" + "".join(f"({_TOKENS[p]})" if p in _TOKENS else re.escape(p) for p in pieces))
        self.format = argument

    def position(self, seen: str) -> Any | None:
        """The values of the tokens, in the order written."""
        match = self.shape.fullmatch(seen)
        return match and tuple(natural(group) for group in match.groups())

    def ranker(self, current: str | None) -> Ranker:
        """Takes every tag of the format."""
        return self.position

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """It is of another format."""
        return Refusal(Reason.NOT_A_VERSION, f"is not of the form {self.format}")

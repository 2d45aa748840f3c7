"""What a visitor asks of the page: a query string, read so that nothing in it is an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from tagwright.model import State

PAGE = 100
"""Rows of one page."""

SORTS = ("state", "image", "target", "lag", "changed")
DAYS = (30, 90)
_LONGEST = 100  # characters of a text that is searched for


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows, in what order. `q` are words that a row must have; `sort` is a column, with a "-" from the end.

    `page` counts from 1; `days` is how far back a plot goes.
    """

    q: str = ""
    state: str = ""
    target: str = ""
    sort: str = "state"
    page: int = 1
    days: int = DAYS[0]

    @property
    def column(self) -> str:
        """The column that is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def backwards(self) -> bool:
        """Whether the last comes first."""
        return self.sort.startswith("-")

    @property
    def narrows(self) -> bool:
        """Whether it asks for less than everything."""
        return bool(self.q or self.state or self.target)

    def at(self, page: int) -> str:
        """The query string of another page."""
        return replace(self, page=page).text()

    def by(self, column: str) -> str:
        """The query string for an order; the one there is, turned round."""
        turned = f"-{column}" if self.sort == column else column
        return replace(self, sort=turned, page=1).text()

    def back(self, days: int) -> str:
        """The query string for plots that go back this far."""
        return replace(self, days=days).text()

    def only(self, state: str) -> str:
        """The query string for one state."""
        return replace(self, state=state, page=1).text()

    def text(self) -> str:
        """A query string with what differs from the usual; "?" alone where nothing does."""
        plain = Query()
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        unusual = {name: value for name, value in said.items() if value != getattr(plain, name)}
        return "?" + urlencode(unusual, errors="backslashreplace")


def query(given: Mapping[str, str]) -> Query:
    """What a query string asks, as far as it is understood."""
    sort, page, days = given.get("sort", ""), given.get("page", ""), given.get("days", "")
    state = given.get("state", "")
    return Query(
        q=given.get("q", "").strip()[:_LONGEST],
        state=state if state in tuple(State) else "",
        target=given.get("target", "").strip()[:_LONGEST],
        sort=sort if sort.removeprefix("-") in SORTS else "state",
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 8 else 1,
        days=int(days) if days in map(str, DAYS) else DAYS[0],
    )

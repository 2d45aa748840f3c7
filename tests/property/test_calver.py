"""Calendar formats: every token of calver.org reads what it writes, in the order of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from tagwright import policies
from tagwright.model import PolicyKind, PolicySpec

WRITTEN: dict[str, Callable[[date], str]] = {  # as calver.org defines each
    "YYYY": lambda day: f"{day.year}",
    "YY": lambda day: f"{day.year - 2000}",
    "0Y": lambda day: f"{day.year - 2000:02}",
    "MM": lambda day: f"{day.month}",
    "0M": lambda day: f"{day.month:02}",
    "WW": lambda day: f"{day.isocalendar().week}",
    "0W": lambda day: f"{day.isocalendar().week:02}",
    "DD": lambda day: f"{day.day}",
    "0D": lambda day: f"{day.day:02}",
}
days = st.dates(date(2000, 1, 1), date(2199, 12, 31))
years, months, dates = (
    st.sampled_from(["YYYY", "YY", "0Y"]),
    st.sampled_from(["MM", "0M"]),
    st.sampled_from(["DD", "0D"]),
)
signs = st.sampled_from([".", "-", "_", "--"])
orders = st.permutations([0, 1, 2])


def policy(text: str) -> policies.Policy:
    """The policy of a format."""
    return policies.build(PolicySpec(PolicyKind.CALVER, text))[0]


def place(text: str, tag: str) -> tuple[int, ...]:
    """Where the tag stands; it must be of the format."""
    found = policy(text).position(tag)
    assert found is not None, f"{tag!r} is not of the form {text!r}"
    return tuple(found)


class TestDates:
    """A date is read however its tokens are written, and orders as the calendar does."""

    @given(years, months, dates, orders, signs, days, days)
    @example("YY", "MM", "DD", [2, 1, 0], ".", date(2023, 12, 31), date(2024, 1, 1))
    @example("0Y", "0M", "0D", [0, 1, 2], ".", date(2099, 12, 31), date(2100, 1, 1))
    def test_parted(
        self, year: str, month: str, day: str, order: list[int], sign: str, first: date, second: date
    ) -> None:
        """With signs between them, in any order of the tokens."""
        tokens = [(year, month, day)[at] for at in order]
        a, b = (place(sign.join(tokens), sign.join(WRITTEN[token](one) for token in tokens)) for one in (first, second))
        assert (a < b, a == b) == (first < second, first == second)

    @given(st.sampled_from(["YYYY", "0Y"]), st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 10**30))
    def test_joined(self, year: str, day: date, micro: int) -> None:
        """Tokens right behind each other read padded numbers, whichever way they are spelled."""
        tag = WRITTEN[year](day) + f"{day:%m%d}"
        assert (int(WRITTEN[year](day)), day.month, day.day) == place(f"{year}MMDD", tag) == place(f"{year}0M0D", tag)
        assert micro == place(f"{year}MMDD.MICRO", f"{tag}.{micro}")[3]

    @given(years, st.sampled_from(["WW", "0W"]), days)
    def test_weeks(self, year: str, week: str, day: date) -> None:
        """The week of the year is one to 53."""
        assert place(f"{year}.{week}", f"{WRITTEN[year](day)}.{WRITTEN[week](day)}")[1] == day.isocalendar().week

    @given(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32))
    @example(2023, 2, 29)
    @example(1900, 2, 29)
    @example(2024, 4, 31)
    @example(2024, 2, 29)
    def test_a_day_that_never_was(self, year: int, month: int, day: int) -> None:
        """What the calendar has not is refused, and nothing else is."""
        try:
            date(year, month, day)
        except ValueError:
            was = False
        else:
            was = True
        tag = f"{year:04}.{month:02}.{day:02}"
        assert was == (policy("YYYY.0M.0D").position(tag) is not None)
        if not was:
            assert policy("YYYY.0M.0D").refusal(tag, None).detail

    @given(st.text("0123456789.-_vYMDrc", max_size=14))
    def test_any_text(self, tag: str) -> None:
        """What is no date of the format has no place and a reason."""
        if policy("YYYY.MM.DD").position(tag) is None:
            assert policy("YYYY.MM.DD").refusal(tag, None).detail


class TestNumbers:
    """MAJOR, MINOR and MICRO are numbers of any length; a MODIFIER may be missing."""

    @given(st.lists(st.integers(0, 10**40), min_size=6, max_size=6))
    def test_exact(self, numbers: list[int]) -> None:
        """Compared as numbers."""
        a, b = numbers[:3], numbers[3:]
        first, second = (place("MAJOR.MINOR.MICRO", ".".join(map(str, one))) for one in (a, b))
        assert (first < second, first == second) == (a < b, a == b)

    @given(st.integers(0, 99), st.integers(0, 99))
    def test_modifiers(self, a: int, b: int) -> None:
        """In natural order, and below the tag without one."""
        first, second, bare = (
            place("YYYY.MICRO-MODIFIER", tag) for tag in (f"2024.1-rc{a}", f"2024.1-rc{b}", "2024.1")
        )
        assert (first < second) == (a < b)
        assert max(first, second) < bare < place("YYYY.MICRO-MODIFIER", "2024.2-dev")

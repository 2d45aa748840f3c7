"""Lines of the ledger: what they say, what is passed over, and that their union is all there is to merging."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright import ledger
from tagwright.errors import GitError

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
ONE, TWO = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"

entries = st.tuples(
    st.sampled_from(["1.0.0", "1.1.0", "latest"]),
    st.sampled_from([ONE, TWO]),
    st.integers(0, 1000).map(lambda minutes: NOW - timedelta(minutes=minutes)),
)
files = st.lists(entries, max_size=8).map(lambda found: frozenset(ledger.first_seen_line(*entry) for entry in found))


def flat(lines: Iterable[str], now: datetime = NOW) -> dict[tuple[str, str], datetime]:
    """What lines say, by (tag, digest)."""
    found = ledger.first_seen(lines, now)
    return {(tag, digest): when for tag, digests in found.items() for digest, when in digests.items()}


class TestMerging:
    """Any two states of a file have one union, whoever writes first, and the earliest time of each digest counts."""

    @given(files, files)
    def test_order_does_not_matter(self, ours: frozenset[str], theirs: frozenset[str]) -> None:
        """Ours after theirs and theirs after ours are the same bytes, and adding them again changes nothing."""
        both = ledger.content_of([*ours, *theirs])
        assert both == ledger.content_of([*theirs, *ours])
        assert both == ledger.content_of([*ledger.lines_of(both, "x"), *ours])

    @given(files, files)
    def test_the_earliest_counts(self, ours: frozenset[str], theirs: frozenset[str]) -> None:
        """What the union says of a digest is the earlier of what both say; nothing is lost."""
        a, b, merged = (flat(lines) for lines in (ours, theirs, ours | theirs))
        assert merged == {key: min(said[key] for said in (a, b) if key in said) for key in {*a, *b}}


def test_a_line_comes_back_as_it_went() -> None:
    """A tag, its digest and a time in UTC to the second."""
    line = ledger.first_seen_line("1.2.0", ONE, datetime(2026, 1, 10, 14, 0, 7, 999, tzinfo=UTC))
    assert line == f"1.2.0\t{ONE}\t2026-01-10T14:00:07Z"
    assert flat([line], NOW + timedelta(days=1)) == {("1.2.0", ONE): datetime(2026, 1, 10, 14, 0, 7, tzinfo=UTC)}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1.0.0",
        f"1.0.0\t{ONE}",
        f"1.0.0\t{ONE}\tyesterday",
        f"1.0.0\t{ONE}\t2026-13-01T00:00:00Z",
        f"1.0.0\t{ONE}\t2026-01-01T00:00:00+02:00",
        "1.0.0\tsha256:abc\t2026-01-01T00:00:00Z",
        f"no tag\t{ONE}\t2026-01-01T00:00:00Z",
        f"1.0.0\t{ONE}\t2026-01-10T12:06:00Z",  # the future
        "\udcff\udcfe\t\t",
        "<<<<<<< ours",
    ],
)
def test_what_is_no_line_says_nothing_and_stays(line: str) -> None:
    """Whoever may push may write here: nonsense and the future are no evidence, and are not ours to take away."""
    good = ledger.first_seen_line("1.0.0", TWO, NOW)
    assert flat([line, good]) == {("1.0.0", TWO): NOW}
    if line:
        assert line in ledger.lines_of(ledger.content_of([line, good]), "x")


def test_another_version_may_say_more() -> None:
    """Columns after the third are passed over."""
    assert ledger.first_seen([ledger.first_seen_line("1.0.0", ONE, NOW) + "\tby somebody"], NOW)


def test_a_file_that_is_too_long_is_an_error() -> None:
    """Memory is bounded, and half a ledger is none."""
    ledger.lines_of(b"x" * ledger.LIMIT, "x")
    with pytest.raises(GitError) as caught:
        ledger.lines_of(b"x" * (ledger.LIMIT + 1), "first-seen/a")
    assert (caught.value.code, "first-seen/a" in caught.value.message) == ("ledger", True)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ghcr.io/acme/api", "first-seen/ghcr.io%2Facme%2Fapi"),
        ("localhost:5000/a/b", "first-seen/localhost%3A5000%2Fa%2Fb"),
        ("../../etc", "first-seen/..%2F..%2Fetc"),
        ("[::1]:5000/a", "first-seen/%5B%3A%3A1%5D%3A5000%2Fa"),
    ],
)
def test_a_name_is_never_a_path(name: str, path: str) -> None:
    """One flat file an image, so that none stands in the way of another."""
    assert path == ledger.first_seen_path(name)


answers = st.builds(
    ledger.Answer,
    st.sampled_from(["1.0.0", f"1.0.0@{ONE}", ONE]),
    st.sampled_from(["main", "release/1.x", "wei\u00df\t\n"]),
    st.text(min_size=1, max_size=20).filter(lambda path: path != "-"),
    st.booleans(),
    st.sampled_from(["a" * 40, "b" * 64]),
    st.integers(0, 1000).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    st.sampled_from(["https://git.example.com/acme/deploy/pulls/7", "x y"]),
)


class TestAnswers:
    """A person's answer to a pull request is a line; the latest about a version, base and path counts."""

    @given(st.lists(answers, max_size=6))
    def test_the_latest_counts_whatever_order_lines_have(self, said: list[ledger.Answer]) -> None:
        """Of several about the same, the last in time; of two in one second the yes, for it came after a no."""
        found = ledger.answers(map(ledger.answer_line, said), NOW)
        latest = {
            (one.version, one.base, one.path): one for one in sorted(said, key=lambda one: (one.when, one.accepted))
        }
        kept = {(one.version, one.base, one.path): (one.when, one.accepted) for one in found}
        assert kept == {about: (one.when, one.accepted) for about, one in latest.items()}

    @given(answers)
    def test_a_line_comes_back_as_it_went(self, answer: ledger.Answer) -> None:
        """Whatever stands in a path, a branch or an address, it is one line, and nothing of it is lost."""
        line = ledger.answer_line(answer)
        assert "\n" not in line
        assert ledger.answers([line], NOW) == (answer,)

    @pytest.mark.parametrize("column", range(7))
    def test_what_is_no_line_says_nothing(self, column: int) -> None:
        """Each column must be what it is: whoever may push may write here."""
        good = ledger.answer_line(ledger.Answer("1.0.0", "main", "a.yaml", False, "a" * 40, NOW, "https://x/1"))
        parts = good.split("\t")
        parts[column] = " "
        assert ledger.answers([good], NOW)
        assert ledger.answers(["\t".join(parts)], NOW) == ()

    def test_the_future_has_not_answered(self) -> None:
        """A clock that is right may be five minutes off, and no more."""
        later = ledger.Answer("1.0.0", "main", "a", False, "a" * 40, NOW + timedelta(minutes=6), "u")
        assert ledger.answers([ledger.answer_line(later)], NOW) == ()

"""Tags and policies as they are met: versions, calendars, builds, variants, words and noise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tagwright.model import Candidate, Filter, PolicyKind, PolicySpec

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)

_small = st.sampled_from(["0", "1", "2", "3", "4", "9", "10", "11", "01", "2024"])
_numbers = st.lists(_small, min_size=1, max_size=4).map(".".join)
_endings = st.sampled_from(
    ["", "", "", "-rc.1", "-rc.2", "-rc10", "-alpine", "-alpine3.18", "b1", "b10", "_1", "-r4", "-01"]
)
versions = st.builds("{}{}{}".format, st.sampled_from(["", "", "v", "release-", "V"]), _numbers, _endings)
dates = st.dates().map(str) | st.dates().map(lambda day: day.strftime("%Y.%m.%d"))

_branches = st.sampled_from(["main", "main", "dev", "pr-12", "feature-1.2", "rhel8.10"])
_commits = st.sampled_from(["abc1234", "0f0f0f0", "1234567", "9876543210", "20240815", "a" * 40])
_days = [
    "20240815",
    "20240816",
    "20240230",
    "2024081501",
    "2024-08-15",
    "2024-08",
    "2024-13",
    "2024-02-30",
    "v20240815",
]
_clocks = ["1712345678", "1712345679", "1712345678123", "202408151200", "20240815120000", "20240815T120000Z"]
_odd_times = ["20240815-120000", "20240815-999999", "20240815.2", "20240815.1300", "2024-08-15T12-00-00Z", "99999999"]
_times = st.sampled_from([*_days, *_clocks, *_odd_times])
_counts = st.sampled_from(["1", "2", "10", "57", "058", "1234567", "9" * 20])
_parts = st.lists(
    _branches | _commits | _times | _counts | st.sampled_from(["alpine", "r4", "ls12", "rc.1", "1.2"]), max_size=4
)
_signs = st.sampled_from(["-", "-", "-", "_", "."])
builds = (
    st.builds("{}-{}-{}".format, st.sampled_from(["main", "dev"]), _commits, _times | _counts)
    | st.builds("{}-{}".format, st.sampled_from(["main", "build", "pr", "sha"]), _counts | _commits | _times)
    | st.builds("{}-{}".format, _times, _commits)
    | st.builds("RELEASE.{}".format, _times)
    | st.builds("{}-{}".format, st.sampled_from(["1.2.3", "v1.2", "1.3.0", "12"]), _commits | _times | _counts)
    | st.builds(
        "1.2.{}-{}".format,
        _counts,
        st.sampled_from(["debian-12-r4", "debian-12-r10", "ls2", "4-gabc1234", "rc1", "rc10"]),
    )
    | st.builds(lambda sign, parts: sign.join(parts) or "x", _signs, _parts)
)
words = st.sampled_from(["latest", "stable", "1.2.3.sig", "sha256-" + "a" * 64, "sha-abc1234", "1234567", "abcdef1"])
noise = st.text("aZ_09.-", min_size=1, max_size=8)
tags = versions | dates | builds | builds | words | noise
tag_lists = st.lists(tags, max_size=12, unique=True)

_filters = st.sampled_from(
    [
        None,
        None,
        Filter(r"^v?(\d+\.\d+)", "$1.0"),
        Filter(r"^main-[a-f0-9]+-(?P<ts>\d+)$", "$ts"),
        Filter(r"^(.+)-alpine$", "${1}"),
        Filter(r"\d"),
    ]
)
_arguments = {
    PolicyKind.SEMVER: st.sampled_from(["*", "*-0", ">=1.0, <3", "^1.2 || ~3.4", "v1.x", "!=2.0", "1 - 5", "<=4.1-0"]),
    PolicyKind.COMPATIBLE: st.sampled_from(["patch", "minor", "major", "any"]),
    PolicyKind.CALVER: st.sampled_from(["YYYY.MM.DD", "YYYY-0M-0D", "MM.DD.MICRO", "MAJOR.MINOR-MODIFIER"]),
    PolicyKind.NUMERICAL: st.sampled_from(["ascending", "descending"]),
    PolicyKind.ALPHABETICAL: st.sampled_from(["ascending", "descending"]),
    PolicyKind.NEWEST: st.sampled_from(["created", "pushed"]),
    PolicyKind.DIGEST: st.sampled_from(["latest", "1.2", "v1"]),
}


def _specs(kind: PolicyKind) -> st.SearchStrategy[PolicySpec]:
    return st.builds(
        PolicySpec,
        st.just(kind),
        _arguments[kind],
        filter=_filters,
        allow=st.sampled_from([(), (), (r"^v?\d",)]),
        ignore=st.sampled_from([(), (), ("*.1",), ("re:rc", "v*")]),
        prereleases=st.booleans(),
        minimum_age=st.sampled_from([None, None, timedelta(days=3)]),
        trust_created=st.booleans(),
        platforms=st.sampled_from([(), (), ("linux/amd64",)]),
        allow_downgrade=st.booleans(),
    )


specs = st.sampled_from(list(PolicyKind)).flatmap(_specs)

_dates = st.none() | st.integers(0, 200).map(lambda hours: NOW - timedelta(hours=hours))
_platforms = st.sampled_from([None, ("linux/amd64",), ("linux/arm64",), ("linux/amd64", "linux/arm64")])


_described = st.builds(
    Candidate,
    tags,
    created=_dates,
    pushed=_dates,
    platforms=_platforms,
    described=st.just(True),
    first_seen=_dates,
    before=st.sampled_from([None, "sha256:before"]),
)
offers = st.lists(_described, max_size=12, unique_by=lambda candidate: candidate.tag)


@st.composite
def situations(draw: st.DrawFn) -> tuple[str | None, list[Candidate]]:
    """A current tag and what is offered; the current tag often is."""
    offered = draw(offers)
    names = st.sampled_from([candidate.tag for candidate in offered]) if offered else tags
    return draw(st.none() | names | names | tags), offered

"""What changes inside an image: only what differs, in the publisher's words, and never a value of the environment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tagwright.model import Candidate, Decision, Details, Told
from tagwright.views.pull_request import body, fingerprint
from tests.support.changes import change, decision

OLD = Details(
    platform="linux/amd64",
    created="2026-01-02T03:04:05+00:00",
    size=12_300_000,
    user="app",
    entrypoint=("/api",),
    command=("serve", "--port 8080"),
    ports=("8080/tcp",),
    environment=("PATH", "TZ"),
    labels=(
        ("org.opencontainers.image.base.digest", "sha256:" + "1" * 64),
        ("org.opencontainers.image.base.name", "debian:12"),
        ("org.opencontainers.image.revision", "1" * 40),
        ("org.opencontainers.image.source", "https://github.com/acme/api"),
    ),
)
BOTH = ("linux/amd64", "linux/arm64")


def told(old: Candidate | None, new: Candidate | None) -> Told:
    """What is known of the two images of `decision()`."""
    images = {"1.2.0": old, "1.2.1": new}
    return Told({("ghcr.io/acme/api", tag): found for tag, found in images.items() if found})


def section(new: Details, **facts: Any) -> list[str]:
    """The lines below the image's own, for a new image of these details."""
    before = Candidate("1.2.0", "sha256:1", platforms=BOTH, details=OLD)
    after = replace(before, tag="1.2.1", details=new, **facts)
    _, _, rest = body(change(decision()), told(before, after)).partition("**What changes in the images**\n\n")
    return rest.partition("\n\n")[0].split("\n")


@pytest.mark.parametrize(
    ("new", "line"),
    [
        ({"user": "web"}, "user: `app` → `web`"),
        ({"user": "0:0"}, "user: `app` → `0:0` ⚠ **now runs as root**"),
        ({"user": ""}, "user: `app` → `root` ⚠ **now runs as root**"),
        ({"entrypoint": ("/bin/sh", "-c", "a b")}, "entrypoint: `/api` → `/bin/sh -c 'a b'`"),
        ({"command": ()}, "command: `serve '--port 8080'` → none"),
        ({"folder": "/srv"}, "working directory: none → `/srv`"),
        ({"ports": ("9090/tcp",)}, "exposed ports: added `9090/tcp`; removed `8080/tcp`"),
        ({"environment": ("NEW", "PATH")}, "environment variables: added `NEW`; removed `TZ`"),
        ({"volumes": ("/data",)}, "volumes: added `/data`"),
        ({"size": 45_600_000}, "size: `12.3 MB` → `45.6 MB`"),
        (
            {"labels": (("org.opencontainers.image.base.name", "debian:13"),)},
            "base image: `debian:12@sha256:111111111111` → `debian:13`",
        ),
    ],
)
def test_each_difference_is_a_line(new: dict[str, Any], line: str) -> None:
    """And what is the same is none."""
    assert section(replace(OLD, **new))[1:] == [f"  - {line}"]


def test_nothing_differs() -> None:
    """That is worth a line: a reviewer knows that it was looked at."""
    assert section(replace(OLD, created="2026-02-02T00:00:00+00:00", layers=9))[1:] == [
        "  - no difference in its configuration"
    ]


def test_a_lost_platform_is_a_warning() -> None:
    """One more is none."""
    assert section(OLD, platforms=BOTH[:1])[1:] == ["  - platforms: removed `linux/arm64` ⚠ **a platform is lost**"]
    assert section(OLD, platforms=(*BOTH, "linux/s390x"))[1:] == ["  - platforms: added `linux/s390x`"]


def test_root_before_and_after_is_no_news() -> None:
    """Nor is a user instead of root."""
    before = Candidate("1.2.0", "sha256:1", details=replace(OLD, user="root"))
    for user in ("", "0", "app"):
        after = Candidate("1.2.1", "sha256:2", details=replace(OLD, user=user))
        assert "⚠" not in body(change(decision()), told(before, after))


def test_images_of_different_platforms_are_not_weighed() -> None:
    """They differ in size because they differ in platform."""
    assert section(replace(OLD, platform="linux/arm64", size=1))[1:] == ["  - no difference in its configuration"]


def test_hundreds_of_names_are_counted() -> None:
    """A body is no list of variables."""
    (line,) = section(replace(OLD, environment=(*OLD.environment, *(f"N{number:03}" for number in range(200)))))[1:]
    assert line.endswith(" and 188 more")


def test_links_stand_beside_the_image() -> None:
    """What was committed between, and the release's notes."""
    new = {
        **dict(OLD.labels),
        "org.opencontainers.image.revision": "2" * 40,
        "org.opencontainers.image.version": "1.2.1",
    }
    assert section(replace(OLD, labels=tuple(new.items())))[0] == (
        "- `ghcr.io/acme/api` `1.2.0` → `1.2.1`: "
        f"[compare](https://github.com/acme/api/compare/{'1' * 40}...{'2' * 40}) · "
        "[release](https://github.com/acme/api/releases/tag/1.2.1)"
    )


@pytest.mark.parametrize("known", [told(None, None), told(Candidate("1.2.0", details=OLD), None)])
def test_what_is_not_known_is_not_there(known: Told) -> None:
    """A registry that fails costs the section."""
    assert body(change(decision()), known) == body(change(decision()))


class TestPublished:
    """Since when the new image is there: a day, and whose word it is."""

    PUSHED, SEEN = datetime(2026, 3, 4, 23, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("pushed", "seen", "words"),
        [
            (PUSHED, SEEN, "2026-03-04, pushed"),
            (None, SEEN, "2026-03-05, first seen"),
            (None, None, "2026-01-02, created, its publisher says"),
        ],
    )
    def test_the_most_trustworthy_clock_tells(self, pushed: datetime | None, seen: datetime | None, words: str) -> None:
        """The registry's, ours, the publisher's."""
        one = self.of(Candidate("1.2.1", first_seen=seen))
        text = body(change(one), told(None, Candidate("1.2.1", pushed=pushed, details=OLD)))
        assert "| To | Published |\n" in text
        assert f" | `{words}` |\n" in text

    @staticmethod
    def of(found: Candidate) -> Decision:
        """An update of which that is known from deciding."""
        return replace(decision(), facts={"1.2.1": found})


def test_what_is_told_is_no_part_of_the_fingerprint() -> None:
    """It is asked for once, when a body is made; whether one is to be made is told without."""
    before = Candidate("1.2.0", "sha256:1", platforms=BOTH, details=OLD)
    after = replace(before, tag="1.2.1", details=replace(OLD, user="root"))
    text = body(change(decision()), told(before, after))
    assert "runs as root" in text
    assert f"Tagwright-Body: {fingerprint(change(decision()))}\n" in text

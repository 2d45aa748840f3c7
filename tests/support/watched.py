"""Targets as passes leave them, for the page: a company's estate, and as many references as one likes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tagwright.errors import Problem
from tagwright.model import Delivered, Event, Happened, ImageStatus, State, TagRuling, TargetStatus
from tagwright.views.page.rows import Watched

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
FORGE = "https://git.example.com/acme"


def ago(days: float = 0, hours: float = 0) -> datetime:
    """A moment before NOW."""
    return NOW - timedelta(days=days, hours=hours)


def status(image: str, current: str, state: State, **more: Any) -> ImageStatus:
    """A reference that stands somewhere."""
    verdicts = {State.OUTDATED: "update", State.FAILING: "error"}
    said: dict[str, Any] = {
        "path": f"apps/{image.rpartition('/')[2]}/deployment.yaml",
        "line": 21,
        "verdict": verdicts.get(state, str(state)),
        "allowed": current,
        "newest": current,
        "newest_reason": "",
        "newest_detail": "",
        "detail": "",
        "source": "tagwright.yaml:9, rule",
        "policy": "compatible: minor",
        "since": ago(12),
    }
    return ImageStatus(image=image, current=current, state=state, **{**said, **more})


def event(
    image: str, old: str, new: str, when: datetime, commit: str, kind: Happened = Happened.UPDATE, **more: Any
) -> Event:
    """Something that a commit tells."""
    said = {"author": "tagwright", "email": "tagwright@localhost", "subject": f"Update {image} to {new}"}
    return Event(kind, commit, f"{when:%Y-%m-%dT%H:%M:%SZ}", **{**said, **more}, image=image, old=old, new=new)


API, WEB, REDIS = "ghcr.io/acme/api", "ghcr.io/acme/web", "docker.io/library/redis"
POSTGRES, PROXY = "docker.io/library/postgres", "registry.example.com/platform/edge-proxy"
WORKER, GRAFANA = "ghcr.io/acme/worker", "docker.io/grafana/grafana"

API_RULINGS = (
    TagRuling("3.0.0-rc.1", "prerelease", "is a prerelease, and '>=2.3 <3' names none; prereleases: true admits all"),
    TagRuling("2.5.0", "", "is the best that may be taken"),
    TagRuling("2.4.3", "outranked", "2.5.0 comes first"),
    TagRuling("2.4.2", "rejected", "was taken back by Ada Lovelace on 2026-02-27 (4f1c2d9)"),
    TagRuling("2.4.1", "same", "is the current tag"),
    TagRuling("latest", "not-a-version", "is no version (v1.2.3, 1.2 or the like)"),
)


def production() -> TargetStatus:
    """A target with something of everything."""
    images = (
        status(API, "2.4.1", State.OUTDATED, allowed="2.5.0", newest="3.0.0-rc.1", newest_reason="prerelease",
               newest_detail="is a prerelease, and '>=2.3 <3' names none", policy="semver: >=2.3 <3",
               published=ago(9, 4), since=ago(9), pull_request=f"{FORGE}/deploy/pulls/412", rulings=API_RULINGS,
               others=(("not-a-version", 212), ("older", 61))),
        status(WEB, "5.1.0", State.PENDING, allowed="5.2.0", newest="5.2.0", newest_reason="too-young",
               newest_detail="was pushed 20 hours ago, minimum_age is 3d", until=NOW + timedelta(days=2, hours=4),
               published=ago(0, 20), since=ago(0, 19), detail="5.2.0 waits for minimum_age: 3d",
               rulings=(TagRuling("5.2.0", "too-young", "was pushed 20 hours ago", NOW + timedelta(days=2, hours=4)),
                        TagRuling("5.1.0", "same", "is the current tag"))),
        status(REDIS, "7.2.4-alpine", State.HELD, allowed="7.2.4-alpine", newest="8.0.1-alpine",
               newest_reason="level", newest_detail="is a major step, at most minor is allowed",
               until=NOW + timedelta(days=19), detail="INC-2291: latency after 7.4, until 2026-03-31",
               source="apps/redis/deployment.yaml:17, marker"),
        status(POSTGRES, "16.4", State.CURRENT, newest="17.2", newest_reason="level",
               newest_detail="is a major step, at most minor is allowed", path="charts/db/values.yaml", line=8),
        status(PROXY, "1.31.0", State.FAILING, allowed="", newest="", path="base/kustomization.yaml", line=14,
               detail="registry.example.com answered 401 to tags/list as robot$deploy"),
        status(GRAFANA, "12.3.1", State.UNMANAGED, allowed="", newest="", policy="", source="no-rule",
               detail="no rule names it, and there are no defaults"),
    )  # fmt: skip
    problem = Problem(PROXY, "registry-denied", "registry.example.com answered 401 to tags/list as robot$deploy",
                      "renew the robot's token in REGISTRY_PASSWORD; it may read platform/edge-proxy")  # fmt: skip
    note = Problem("apps/web/deployment.yaml", "hold-expired", "the hold of ghcr.io/acme/web ended on 2026-03-01",
                   "remove its line", "apps/web/deployment.yaml", 12)  # fmt: skip
    delivered = Delivered(API, f"Update {API} to 2.5.0", "unchanged", f"{FORGE}/deploy/pulls/412", "9c2f4e1d7a")
    return TargetStatus(
        "production", f"{FORGE}/deploy.git", "main", "9c2f4e1d7ab04c1f8a6c9d1e2f3a4b5c6d7e8f90",
        ago(0, 0.1), 3.42, images, (problem,), (note,), (delivered,), ago(2, 3), _events(),
    )  # fmt: skip


def _events() -> tuple[Event, ...]:
    """Ninety days of updates, with a person's say in between."""
    moves = {
        API: [f"2.{minor}.{patch}" for minor in range(5) for patch in range(8)],
        WEB: [f"{major}.{minor}.0" for major in (3, 4, 5) for minor in range(9)],
        WORKER: [f"0.{minor}.{patch}" for minor in range(14, 20) for patch in range(4)],
        POSTGRES: [f"16.{minor}" for minor in range(5)],
    }  # fmt: skip
    days = {API: 2, WEB: 3, WORKER: 4, POSTGRES: 21}
    told = [
        event(
            image, old, new, ago(2 + back * days[image] + back * back % 3, back % 7), f"{len(image) * 997 + back:040x}"
        )
        for image, tags in moves.items()
        for back, (new, old) in enumerate(pairwise(reversed(tags)))
        if 2 + back * days[image] < 88
    ]
    told.append(event(API, "2.4.2", "2.4.1", ago(13, 2), "4f1c2d9e" * 5, Happened.REVERT, author="Ada Lovelace",
                      subject='Revert "Update ghcr.io/acme/api to 2.4.2"'))  # fmt: skip
    told.append(event(WEB, "", "", ago(6, 5), "77aa12ef" * 5, Happened.RESUME, author="Grace Hopper",
                      subject="Go on with web"))  # fmt: skip
    return tuple(sorted(told, key=lambda one: one.when, reverse=True))


def staging() -> TargetStatus:
    """A target that is ahead."""
    images = (
        status(API, "2.5.0", State.CURRENT, newest="3.0.0-rc.1", newest_reason="prerelease",
               newest_detail="is a prerelease, and '>=2.3 <3' names none", policy="semver: >=2.3 <3"),
        status(WEB, "5.2.0", State.CURRENT),
        status(WORKER, "0.19.2", State.OUTDATED, allowed="0.20.0", newest="0.20.0", published=ago(0, 5),
               since=ago(0, 5), pull_request=f"{FORGE}/staging/pulls/98"),
        status(REDIS, "8.0.1-alpine", State.CURRENT, policy="compatible: major"),
    )  # fmt: skip
    return TargetStatus("staging", f"{FORGE}/staging.git", "main", "1b7d90aa" * 5, ago(0, 0.1), 1.08, images,
                        changed=ago(1, 2))  # fmt: skip


def lost() -> TargetStatus:
    """A target that fails as a whole, with what was known of it."""
    images = (status(WORKER, "0.18.0", State.OUTDATED, allowed="0.20.0", newest="0.20.0", since=ago(34)),)
    problem = Problem("edge", "git-denied", "git.example.com asks for a login, and none was given",
                      "name a token: access: {token_env: …}")  # fmt: skip
    return TargetStatus("edge", f"{FORGE}/edge.git", "main", "00112233" * 5, ago(0, 0.1), 0.2, images, (problem,))


def estate() -> Watched:
    """Three targets."""
    return Watched((production(), staging(), lost()), NOW)


def many(references: int, targets: int = 20) -> Watched:
    """As many references as are asked for, in as many targets."""
    states = tuple(State)
    each = references // targets
    found = tuple(
        TargetStatus(
            f"target-{number:03}", f"{FORGE}/t{number}.git", "main", "ab" * 20, ago(0, 1), 1.0,
            tuple(
                status(f"ghcr.io/acme/service-{one:05}", "1.2.0", states[one % 6], allowed="1.3.0", newest="2.0.0",
                       newest_reason="level", since=ago(one % 200), rulings=API_RULINGS)
                for one in range(number * each, (number + 1) * each)
            ),
            events=production().events[:50],
        )
        for number in range(targets)
    )  # fmt: skip
    return Watched(found, NOW)

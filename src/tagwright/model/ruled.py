"""What rules a reference beside its policy: holds, windows, and what people took back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tagwright.errors import Problem
from tagwright.model.wanted import PolicySpec


@dataclass(frozen=True, slots=True)
class Hold:
    """A person said: leave this alone. `until` is the first day, or the moment, it may move again; None = for good.

    A day begins in UTC, a moment has its zone. `source` is for people ("tagwright.yaml:12").
    """

    reason: str
    until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Minutes in which updates may be written: those that an expression of `allow` names (none = all), less `deny`.

    Five fields of cron each, on the wall clock of `timezone` (a name of the IANA database; "" = not said).
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    """No update is written from `start` until just before `until`, both whole minutes.

    Without a zone they are read in the time zone of the schedule around them; `config` leaves none without.
    """

    start: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Windows:
    """When updates may be written: inside every schedule, outside every freeze."""

    schedules: tuple[Schedule, ...] = ()
    freezes: tuple[Freeze, ...] = ()


ALWAYS = Windows()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A version that a person took back, or did not want: `version` is "tag", "tag@sha256:…" or "sha256:…".

    `commit` is where it was taken back, `author` a name, `day` the committer's date as 2026-11-21. Or `pull_request` is
    the address of the one that somebody closed unmerged; who it was is not known, and `day` is when we saw it.
    """

    version: str
    commit: str
    author: str
    day: str
    pull_request: str = ""

    @property
    def tag(self) -> str:
        """The tag that was taken back; "" for a digest alone."""
        return "" if self.version.startswith("sha256:") else self.version.partition("@")[0]

    def __str__(self) -> str:
        return f"{self.version} {self.how}"

    @property
    def how(self) -> str:
        """What happened to it, as the rest of a sentence."""
        if self.pull_request:
            return f"was turned down: {self.pull_request} was closed, seen on {self.day}"
        return f"was taken back by {self.author} on {self.day} in {self.commit[:10]}"


@dataclass(frozen=True, slots=True)
class Ruled:
    """Which policy rules a reference, and where that is said.

    `policy` is None with neither `hold` nor `problem`: no rule. `image` is the normalised name to ask for: the
    reference's own, or the one a marker or rule binds. `source` is for people
    ("tagwright.yaml:12, rule 2"). `rejected` is what people took back here: nothing up to there is taken.
    """

    policy: PolicySpec | None
    source: str
    image: str
    hold: Hold | None = None
    group: str = ""
    problem: Problem | None = None
    windows: Windows = ALWAYS
    rejected: tuple[Rejection, ...] = ()

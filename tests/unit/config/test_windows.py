"""Schedules, freezes and holds in configuration: where they may be said, how they add up, how they are wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tagwright.config import loading, rules
from tagwright.errors import ConfigError
from tagwright.image import Image
from tagwright.model import Freeze, Marker, Reference, Rule, Schedule, Target, Windows

TARGET = "targets:\n  - repository: https://github.com/acme/deploy\n"


def loaded(folder: Path, text: str, repository: str = "") -> Target:
    """The target of the operator's file, with what its repository says laid over it."""
    (folder / "tagwright.yaml").write_text(text)
    (target,) = loading.load(folder / "tagwright.yaml").targets
    return loading.merge_repository(target, repository.encode()) if repository else target


def inside(target: Target, name: str = "ghcr.io/acme/api", marker: Marker | None = None) -> Windows:
    """The windows of a reference."""
    seen = Reference("a.yaml", 1, 1, (0, 0), "kubernetes", "image", Image(name, "1.0.0"), name, (), marker)
    return rules.rule_for(seen, target, {}).windows


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


EVERYWHERE = f"""\
schedule: {{timezone: Europe/Berlin, allow: ["* 8-16 * * 1-5"]}}
defaults: {{policy: {{compatible: minor}}}}
rules:
  - images: [ghcr.io/acme/api]
    policy: {{semver: ^1}}
    schedule: {{deny: ["* 12 * * *"]}}
{TARGET}    freeze: [{{from: 2026-12-20, until: 2027-01-04T08:00, reason: holidays}}]
"""
OFFICE = Schedule(("* 8-16 * * 1-5",), (), "Europe/Berlin")
LUNCH = Schedule((), ("* 12 * * *",), "Europe/Berlin")
HOLIDAYS = Freeze(utc("2026-12-19T23:00"), utc("2027-01-04T07:00"), "holidays")


def test_windows_of_the_file_the_target_and_the_rule_add_up(tmp_path: Path) -> None:
    """A rule's hold for what it rules alone; what names no time zone takes the one around it."""
    target = loaded(tmp_path, EVERYWHERE)
    assert inside(target, "nginx") == Windows((OFFICE,), (HOLIDAYS,))
    assert inside(target) == Windows((OFFICE, LUNCH), (HOLIDAYS,))


def test_a_marker_changes_the_policy_and_not_the_hour(tmp_path: Path) -> None:
    """The rule that matches still says when."""
    target = loaded(tmp_path, EVERYWHERE)
    assert inside(target, marker=Marker("tagwright", 1, "", settings=(("semver", "*"),))) == inside(target)


def test_a_repository_can_only_tighten(tmp_path: Path) -> None:
    """Its schedule comes on top; a schedule of all minutes opens nothing."""
    nine = 'rules: [{images: ["**"], policy: {semver: "*"}, schedule: {allow: ["* 9 * * *"]}}]'
    own = f'schedule: {{allow: ["* * * * *"]}}\n{nine}'
    target = loaded(tmp_path, EVERYWHERE, own)
    zone = "Europe/Berlin"
    added = (Schedule(("* * * * *",), (), zone), Schedule(("* 9 * * *",), (), zone))
    assert inside(target) == Windows((OFFICE, *added, LUNCH), (HOLIDAYS,))


def test_a_written_zone_counts_and_without_any_it_is_utc(tmp_path: Path) -> None:
    """Of a freeze, whatever the schedule's zone is."""
    text = f"freeze: [{{from: 2026-12-20T10:00+02:00, until: 2026-12-20 10:00}}]\n{TARGET}"
    freeze = Freeze(utc("2026-12-20T08:00"), utc("2026-12-20T10:00"))
    assert loaded(tmp_path, text).windows == Windows((), (freeze,))


def test_without_windows_nothing_is_inside_any(tmp_path: Path) -> None:
    """As before there were any."""
    text = f"rules: [{{images: [nginx], policy: {{semver: '*'}}}}]\n{TARGET}"
    target = loaded(tmp_path, text)
    assert target.windows == Windows()
    assert target.rules[0] == Rule(
        ("docker.io/library/nginx",), target.rules[0].policy, path=target.rules[0].path, line=1
    )


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (
            'schedule:\n  allow:\n    - "* 25 * * *"',
            3,
            "got '* 25 * * *', expected minutes as cron names them, such as '* 8-16 * * 1-5' (bad hour)",
            "",
        ),
        ('schedule: {deny: ["@daily"]}', 1, "(it has five fields: minute, hour, day of the month, month, day of", ""),
        (
            "schedule: {timezone: europe/berlin}",
            1,
            "got 'europe/berlin', expected a time zone such as Europe/Berlin",
            "",
        ),
        ("schedule: {alow: []}", 1, "schedule.alow: unknown key", "did you mean 'allow'?"),
        ("freeze: [{from: 2026-12-20}]", 1, "freeze[0]: 'until' is missing", ""),
        (
            "freeze: [{from: 2026-13-20, until: 2027-01-01}]",
            1,
            "got '2026-13-20', expected a date such as 2030-12-31, or 2030-12",
            "",
        ),
        (
            "freeze:\n  - from: 2027-01-01\n    until: 2026-12-20",
            3,
            "freeze[0].until: expected a moment after `from`",
            "until is the first moment that is open again",
        ),
        ("schedule:\n  allow: [* 8-16 * * 1-5]", 2, "is no YAML", "put quotes around a text that begins with * or &"),
    ],
)
def test_a_mistake_says_where_and_what_would_be_right(
    text: str, line: int, message: str, hint: str, tmp_path: Path
) -> None:
    """File, line, what was expected."""
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, f"{text}\n{TARGET}")
    problem = raised.value.problems[0]
    assert (problem.line, problem.hint) == (line, hint)
    assert message in problem.message


def test_a_list_of_expressions_has_an_end(tmp_path: Path) -> None:
    """A hundred say all there is to say."""
    many = ", ".join(['"* * * * *"'] * 101)
    with pytest.raises(ConfigError, match="holds more than 100 expressions"):
        loaded(tmp_path, f"schedule: {{allow: [{many}]}}\n{TARGET}")


def test_windows_that_never_open_are_warned_of(tmp_path: Path) -> None:
    """The scope, or the rule within it, that excludes itself."""
    weekdays, sundays = '{allow: ["* * * * 1-5"]}', '{allow: ["* * * * SUN"]}'
    rule = f"rules:\n  - images: [nginx]\n    policy: {{semver: '*'}}\n    schedule: {sundays}\n"
    (tmp_path / "tagwright.yaml").write_text(f"schedule: {weekdays}\n{rule}{TARGET}    forge: {{kind: github}}\n")
    (warning,) = loading.load(tmp_path / "tagwright.yaml").warnings
    assert (warning.code, warning.line) == ("never-open", 3)
    assert warning.message == "the rule: no opening within a year, so nothing it rules will be written"

"""/metrics of the service, as Prometheus asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.errors import Problem
from tagwright.model import Access, Config, Secret, Service, Target, TargetReport
from tagwright.serve.agenda import Agenda
from tagwright.serve.house import House
from tagwright.serve.timetable import Timetable
from tagwright.serve.web.listening import Listening

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TARGETS = tuple(Target(name, repository=f"https://bot@git.example.com/{name}") for name in ("one", "two"))


def house(*targets: Target) -> House:
    """A house of these targets, each of which was looked at once."""
    agenda = Agenda(targets, Timetable(Service()), lambda: NOW)
    made = House(Config(targets=targets), agenda, Board(Cache(), lambda: NOW), lambda: NOW)
    for target in targets:
        report = TargetReport(target.name, problems=(Problem(target.name, "git-denied", "no"),))
        made.metrics.posted(made.board.post(target, report), report)
    return made


def asked(at: str, accept: str = "", **headers: str) -> tuple[str, str]:
    """The body of /metrics and its media type."""
    with urlopen(Request(f"{at}/metrics", headers={"Accept": accept, **headers}), timeout=10) as answer:
        return answer.read().decode(), answer.headers["Content-Type"]


def test_both_forms_are_told_and_what_waits_is_of_the_moment() -> None:
    """Text for whoever names nothing, OpenMetrics for who asks for it; targets by name, and those that wait."""
    made = house(*TARGETS)
    with Listening(made, "127.0.0.1:0") as listening:
        made.agenda.due(["one", "two"])
        text, media = asked(listening.address)
        told = {(s.name, *s.labels.values()): s.value for f in text_string_to_metric_families(text) for s in f.samples}
        assert media.startswith("text/plain; version=")
        assert told["tagwright_consecutive_failures", "one"] == 1
        assert told["tagwright_queue_targets",] == 2
        body, media = asked(listening.address, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        assert media.startswith("application/openmetrics-text; version=1.0.0")
        assert body.endswith("# EOF\n")
        assert "git.example.com" not in text + body


def test_a_target_that_left_the_configuration_is_told_of_no_more() -> None:
    """From the next question on."""
    made = house(*TARGETS)
    with Listening(made, "127.0.0.1:0") as listening:
        assert 'target="two"' in asked(listening.address)[0]
        made.config = Config(targets=TARGETS[:1])
        assert 'target="two"' not in asked(listening.address)[0]
        assert 'target="one"' in asked(listening.address)[0]


@pytest.mark.parametrize("closed", [True, False])
def test_it_asks_for_the_token_of_the_page_where_that_is_said(closed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is closed closes the metrics only if it is said so: Prometheus often has no login."""
    monkeypatch.setenv("PAGE_TOKEN", "open-sesame")
    made = house(*TARGETS)
    access = Access(Secret("PAGE_TOKEN"), metrics=closed)
    made.config = Config(targets=TARGETS, service=Service(access=access))
    with Listening(made, "127.0.0.1:0") as listening:
        assert 'target="one"' in asked(listening.address, Authorization="Bearer open-sesame")[0]
        if closed:
            with pytest.raises(HTTPError, match="401"):
                asked(listening.address)
        else:
            assert 'target="one"' in asked(listening.address)[0]

"""CI announces to the service: over a real socket, with the token of an issuer that runs here."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.model import Announcer, AnnounceRule, Config, IssuerKind, Service, Target
from tagwright.serve.agenda import SETTLING, Agenda
from tagwright.serve.house import House
from tagwright.serve.timetable import Timetable
from tagwright.serve.web.app import app
from tests.support.issuer import AUDIENCE, GITHUB, KEYS, Issuer, issuer
from tests.support.listening import asked, listening

API = "ghcr.io/acme/api"
RULE = AnnounceRule((f"{API}",), "acme/api", ("refs/heads/main",), source="tagwright.yaml:7")


@dataclass
class Serving:
    """A service whose clock a test turns, with one target that uses one image and was looked at."""

    house: House
    port: int
    time: list[datetime]

    def announced(self, token: str, body: object, scheme: str = "Bearer") -> tuple[int, dict[str, str], str]:
        """The answer to an announcement."""
        text = body if isinstance(body, str) else json.dumps(body)
        head = f"POST /announce HTTP/1.1\nHost: x\nAuthorization: {scheme} {token}\nContent-Length: {len(text)}"
        return asked(self.port, f"{head}\n\n{text}")

    def looks(self) -> list[frozenset[str] | None]:
        """What is looked at for it, once a burst is over."""
        self.time[0] += SETTLING
        found = []
        while errand := self.house.agenda.ready():
            found.append(None if errand.whole else errand.hinted)
            self.house.agenda.done(errand, errand.hinted)
        return found


@pytest.fixture
def one() -> Iterator[Issuer]:
    """An issuer that works."""
    with issuer() as found:
        yield found


@pytest.fixture
def service(one: Issuer, tmp_path: Path) -> Iterator[Serving]:
    """The whole web application."""
    time = [datetime(2030, 1, 1, tzinfo=UTC)]
    settings = Service(announce=(Announcer(one.url, AUDIENCE, IssuerKind.GITHUB, rules=(RULE,)),))
    config = Config((Target("deploy", "https://git.test/deploy.git"),), service=settings)
    agenda = Agenda(config.targets, Timetable(settings), lambda: time[0])
    house = House(config, agenda, Board(Cache(tmp_path), lambda: time[0]), lambda: time[0])
    with listening(app(house)) as port:
        found = Serving(house, port, time)
        found.looks()  # the first round
        agenda.uses("deploy", [API])
        yield found


def test_an_announced_image_is_looked_at(service: Serving, one: Issuer) -> None:
    """202, and the targets that use it are looked at for it alone; a second time nothing more is done."""
    token, body = one.token(), {"image": f"{API}:1.4.2", "digest": "sha256:" + "a" * 64}
    status, _, said = service.announced(token, body)
    assert (status, json.loads(said)) == (202, {"images": 1, "targets": 1})
    assert service.looks() == [frozenset({API})]
    status, _, said = service.announced(token, body)
    assert (status, json.loads(said)) == (202, {"images": 0, "targets": 0})
    assert service.looks() == []


def test_the_scheme_is_read_in_any_case(service: Serving, one: Issuer) -> None:
    """RFC 9110, 11.1."""
    assert service.announced(one.token(), {"image": f"{API}:1"}, "bearer")[0] == 202


def test_who_may_not_is_told_so_and_the_log_says_why(
    service: Serving, one: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """403; the claim that does not fit stands in our log alone, and no token in either."""
    token = one.token({**GITHUB, "ref": "refs/heads/feature"})
    status, _, said = service.announced(token, {"image": f"{API}:1.4.2"})
    assert (status, json.loads(said)) == (403, {"error": f"no rule lets acme/api announce {API}"})
    assert "tagwright.yaml:7: ref is 'refs/heads/feature'" in caplog.text
    assert token not in caplog.text
    assert service.looks() == []


@pytest.mark.parametrize(("scheme", "token"), [("Bearer", ""), ("Bearer", "x.y.z"), ("Basic", "dTpw"), ("", "")])
def test_who_cannot_say_who_they_are_is_a_stranger(service: Serving, scheme: str, token: str) -> None:
    """401 with the way to do it (RFC 9110, 11.6.1); from the twenty-first on 429, while others are heard."""
    found = [service.announced(token, {"image": f"{API}:1"}, scheme) for _ in range(22)]
    assert [status for status, _, _ in found] == [401] * 20 + [429] * 2
    assert found[0][1]["www-authenticate"] == 'Bearer realm="tagwright"'
    assert service.looks() == []


def test_strangers_keep_nobody_from_announcing(service: Serving, one: Issuer) -> None:
    """A hundred invented keys later the issuer was asked once, and a job is heard."""
    for number in range(100):
        service.announced(one.token(kid=f"invented-{number}"), {"image": f"{API}:1"})
    assert service.announced(one.token(), {"image": f"{API}:1"})[0] == 202
    assert one.times(KEYS) == 1


def test_a_body_that_is_none_is_refused(service: Serving, one: Issuer) -> None:
    """400, with what was expected."""
    status, _, said = service.announced(one.token(), "{")
    assert status == 400
    assert 'expected {"image"' in json.loads(said)["error"]


def test_an_issuer_that_is_away_is_told_of(service: Serving, one: Issuer) -> None:
    """503 with Retry-After, so that the job tries again."""
    one.status = 500
    status, headers, said = service.announced(one.token(), {"image": f"{API}:1"})
    assert (status, headers["retry-after"]) == (503, "30")
    assert one.url not in said


def test_another_configuration_is_gone_by_at_once(
    service: Serving, one: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """A rule that is gone no longer counts."""
    caplog.set_level(logging.INFO, "tagwright")
    assert service.announced(one.token(), {"image": f"{API}:1"})[0] == 202
    settings = replace(service.house.config.service, announce=())
    service.house.config = replace(service.house.config, service=settings)
    assert service.announced(one.token(), {"image": f"{API}:1"})[0] == 401
    assert "is refused: issuer" in caplog.text


def test_only_post_is_heard(service: Serving) -> None:
    """A page for people this is not."""
    assert asked(service.port, "GET /announce HTTP/1.1\nHost: x")[0] == 405

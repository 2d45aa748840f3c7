"""How notices leave: CloudEvents and Apprise towards a server on this machine, patience, digests, secrets."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tagwright.cache import Cache
from tagwright.model import Change, CloudEvents, Digest, Notice, Notification, Occasion, Secret
from tagwright.notify import MOST_WAITING, Notifier, due, wording
from tagwright.notify.base import NotSent
from tagwright.notify.by_cloudevents import TYPES, event
from tagwright.serve.telling import Telling
from tests.support.receiver import Receiver
from tests.unit.notify.pictures import DENIED, MINUTE, NOW, OPENED, UPDATED, passes, target

SECRET = "hunter2-hunter2"
FAILED = passes(target(problems=(DENIED,)))[0]
HOUR = timedelta(hours=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server for one test."""
    with Receiver() as made:
        yield made


class Stage:
    """A notifier whose clock is turned by hand, and what it counted."""

    def __init__(self, *told: Notification, cache: Cache | None = None, environ: dict[str, str] | None = None) -> None:
        self.now, self.pauses, self.counts = NOW, list[float](), list[tuple[str, str, int]]()
        self.notifier = Notifier(
            told,
            cache or Cache(),
            environ or {},
            kept=True,
            page="https://tagwright.example.com",
            now=lambda: self.now,
            pause=self.pauses.append,
            counted=lambda *one: self.counts.append(one),
        )

    def hears(self, *changes: Change) -> None:
        """And tells what is due."""
        for change in changes:
            self.notifier.hear(change)
        self.notifier.tell()


def events_to(receiver: Receiver, **more: Any) -> Notification:
    """A notification by CloudEvents."""
    return Notification("events", cloudevents=CloudEvents(f"http://{receiver.host}/in", None, Secret("TOKEN")), **more)


def test_an_event_is_as_the_specification_has_it(receiver: Receiver) -> None:
    """Structured mode with a bearer token: the attributes that are required, of our types, and the data."""
    Stage(events_to(receiver), environ={"TOKEN": SECRET}).hears(Change(None, target(published=(OPENED,))))
    (got,) = receiver.got
    assert (got.path, got.headers["Content-Type"]) == ("/in", "application/cloudevents+json")
    assert got.headers["Authorization"] == f"Bearer {SECRET}"
    assert got.json == {
        "specversion": "1.0",
        "id": got.json["id"],
        "source": "https://tagwright.example.com",
        "type": "dev.tagwright.update.delivered.v1",
        "subject": "deploy",
        "time": "2026-11-21T12:00:00+00:00",
        "datacontenttype": "application/json",
        "data": {
            "target": "deploy",
            "title": "deploy: update proposed: Update acme/api to 1.1.0",
            "said": [],
            "images": [{"image": "ghcr.io/acme/api", "from": "1.0.0", "to": "1.1.0"}],
            "links": [{"title": "pull request", "url": OPENED.url}],
        },
    }
    assert re.fullmatch("[0-9a-f]{32}", got.json["id"])


@pytest.mark.parametrize("occasion", Occasion)
def test_every_occasion_has_a_type_with_a_version(occasion: Occasion) -> None:
    """So that what listens can tell them apart, and a change of the data gets another type."""
    assert re.fullmatch(r"dev\.tagwright\.[a-z.]+\.v[0-9]+", TYPES[occasion])
    assert len(set(TYPES.values())) == len(Occasion)


def test_an_event_that_is_sent_again_is_the_same_event(receiver: Receiver) -> None:
    """The receiver failed twice: three requests with one id, with pauses between them, and one is counted as sent."""
    receiver.answers = [503, 500]
    stage = Stage(events_to(receiver), environ={"TOKEN": SECRET})
    stage.hears(FAILED)
    assert len({one.json["id"] for one in receiver.got}) == 1
    assert (len(receiver.got), len(stage.pauses)) == (3, 2)
    assert stage.counts == [("events", "sent", 1)]
    assert event(replace(_notice(), title="other"), "")["id"] != event(_notice(), "")["id"]


def test_a_receiver_that_is_down_gets_it_later_once_and_costs_little(receiver: Receiver) -> None:
    """It is rested, longer each time; when it is back, everything comes, the oldest first."""
    receiver.answers = [503] * 6
    stage = Stage(events_to(receiver), environ={"TOKEN": SECRET})
    stage.hears(FAILED)
    stage.hears(Change(None, target(published=(UPDATED,))))
    assert len(receiver.got) == 3, "within a minute nobody asks again"
    stage.now += MINUTE
    stage.hears()
    stage.now += MINUTE
    stage.hears()
    assert len(receiver.got) == 6, "the second rest is longer"
    stage.now += MINUTE
    stage.hears()
    stage.hears()
    assert [one.json["type"] for one in receiver.got[6:]] == [TYPES[Occasion.FAILURE], TYPES[Occasion.UPDATE]]
    assert [one[:2] for one in stage.counts] == [("events", "failed")] * 2 + [("events", "sent")] * 2


def test_a_rest_is_never_longer_than_an_hour_and_ends_with_what_gets_through(receiver: Receiver) -> None:
    """However long it was down; the next trouble begins with a minute."""
    receiver.answers = [503] * 12 + [200, 503]
    stage = Stage(events_to(receiver), environ={"TOKEN": SECRET})
    stage.notifier.hear(FAILED)
    for asked in range(1, 14):
        stage.notifier.tell(1)
        assert len(receiver.got) == asked
        stage.now += HOUR
    stage.notifier.hear(FAILED)
    for asked in (14, 15):
        stage.notifier.tell(1)
        assert len(receiver.got) == asked
        stage.now += MINUTE


def test_what_is_new_at_the_very_end_is_told(receiver: Receiver) -> None:
    """A service that is stopped right after a pass does not keep it until the next start."""
    stage = Stage(events_to(receiver), environ={"TOKEN": SECRET})
    with Telling(stage.notifier):
        stage.notifier.hear(FAILED)
    assert [one.json["type"] for one in receiver.got] == [TYPES[Occasion.FAILURE]]


def test_what_was_not_sent_outlives_the_process(receiver: Receiver, tmp_path: Path) -> None:
    """The outbox is in the cache; and what was sent is not in it any more."""
    receiver.answers = [503] * 3
    Stage(events_to(receiver), cache=Cache(tmp_path), environ={"TOKEN": SECRET}).hears(FAILED)
    for _ in range(2):
        Stage(events_to(receiver), cache=Cache(tmp_path), environ={"TOKEN": SECRET}).hears()
    assert len(receiver.got) == 4


def test_no_redirect_is_followed(receiver: Receiver) -> None:
    """The token is for the address that somebody named."""
    with Receiver() as elsewhere:
        receiver.answers, receiver.location = [307], f"http://{elsewhere.host}/stolen"
        stage = Stage(events_to(receiver), environ={"TOKEN": SECRET})
        stage.hears(FAILED)
        assert (len(receiver.got), elsewhere.got) == (1, [])
    assert stage.counts == [("events", "failed", 1)]


@pytest.mark.parametrize("occasion", [Occasion.FAILURE, Occasion.UPDATE])
def test_on_and_targets_choose(receiver: Receiver, occasion: Occasion) -> None:
    """Only those occasions, and only of targets whose names match."""
    stage = Stage(events_to(receiver, on=(occasion,), targets=("prod-*",)), environ={"TOKEN": SECRET})
    both = target(problems=(DENIED,), published=(UPDATED,))
    stage.hears(*passes(both), *passes(replace(both, name="prod-eu")))
    assert [(one.json["subject"], one.json["type"]) for one in receiver.got] == [("prod-eu", TYPES[occasion])]


def test_a_digest_comes_together_in_one_batch(receiver: Receiver) -> None:
    """An hour after the first of them, and nothing before."""
    stage = Stage(events_to(receiver, digest=Digest(HOUR)), environ={"TOKEN": SECRET})
    for _ in range(3):
        stage.hears(Change(None, target(published=(UPDATED,), looked=stage.now)))
        stage.now += timedelta(minutes=19)
    assert receiver.got == []
    stage.now += timedelta(minutes=19)
    stage.hears()
    (got,) = receiver.got
    assert got.headers["Content-Type"] == "application/cloudevents-batch+json"
    assert [one["type"] for one in got.json] == ["dev.tagwright.update.delivered.v1"] * 3


@given(first=st.integers(0, 10_000), later=st.integers(0, 10_000), at=st.integers(0, 1439))
def test_a_daily_digest_goes_at_its_time(first: int, later: int, at: int) -> None:
    """Due exactly when that time of day has come since the first of what waits."""
    begun, now = NOW + first * MINUTE, NOW + (first + later) * MINUTE
    passed = any(
        (moment.hour * 60 + moment.minute) == at
        for moment in (begun + n * MINUTE for n in range(1, min(later, 1440) + 1))
    )
    assert due((replace(_notice(), when=begun),), Digest(daily=at * MINUTE), now) == passed


def test_a_box_that_nobody_empties_stays_small(receiver: Receiver) -> None:
    """The oldest go."""
    stage = Stage(events_to(receiver, digest=Digest(HOUR)), environ={"TOKEN": SECRET})
    for number in range(MOST_WAITING + 50):
        stage.notifier.hear(Change(None, target(name=f"t{number}", published=(UPDATED,))))
    stage.now += 2 * HOUR
    stage.hears()
    told = [one["subject"] for got in receiver.got for one in got.json]
    assert told == [f"t{number}" for number in range(50, MOST_WAITING + 50)]


# ── Apprise ──────────────────────────────────────────────────────────────────


def by_apprise(**more: Any) -> Notification:
    """A notification by Apprise, whose URL is in APPRISE_URL."""
    return Notification("team", apprise=Secret("APPRISE_URL"), **more)


def test_apprise_tells_several_changes_in_one_message(receiver: Receiver) -> None:
    """What one pass found at many targets is no reason for many messages."""
    stage = Stage(by_apprise(), environ={"APPRISE_URL": f"json://{receiver.host}/{SECRET}"})
    stage.hears(FAILED, Change(None, target(name="other", published=(OPENED,))))
    (got,) = receiver.got
    assert got.path == f"/{SECRET}"
    assert (got.json["title"], got.json["type"]) == ("Tagwright: 2 changes at 2 targets", "failure")
    for word in (
        "deploy: fails",
        DENIED.message,
        "ghcr.io/acme/api",
        OPENED.url,
        "https://tagwright.example.com/images/ghcr.io/acme/api",
    ):
        assert word in got.json["message"]


@pytest.mark.parametrize(
    "url",
    [
        f"json://127.0.0.1:1/{SECRET}?cto=1&rto=1",
        f"jsons://user:{SECRET}@127.0.0.1:1/?cto=1&rto=1",
        f"nonsense://{SECRET}",
        f"slack://{SECRET}",
        SECRET,
        "",
    ],
)
def test_no_secret_of_a_url_is_ever_said(url: str, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    """Whatever is wrong with it: a warning that names the notification alone, nothing by Apprise itself."""
    caplog.set_level(logging.DEBUG)
    stage = Stage(by_apprise(), environ={"APPRISE_URL": url})
    stage.hears(FAILED)
    said = caplog.text + "".join(capfd.readouterr())
    assert "notification team was not sent: " in said
    assert SECRET not in said
    assert stage.counts == [("team", "failed", 1)]


@pytest.mark.parametrize(
    "told",
    [
        Notification("events", cloudevents=CloudEvents("", Secret("HOOK"), Secret("TOKEN"))),
        Notification("events", cloudevents=CloudEvents("", Secret("MISSING"))),
        Notification("events", cloudevents=CloudEvents("", Secret(file="/nowhere/at/all"))),
        Notification("events", cloudevents=CloudEvents("", Secret("NONE"))),
        Notification("events", cloudevents=CloudEvents("", Secret("CONTROL"), Secret("NEWLINE"))),
    ],
)
def test_no_secret_address_or_token_of_events_is_said(told: Notification, caplog: pytest.LogCaptureFixture) -> None:
    """Nor does one that makes no sense, or cannot stand in a header, fail more than itself."""
    caplog.set_level(logging.INFO)
    environ = {
        "HOOK": f"http://127.0.0.1:1/{SECRET}", "TOKEN": SECRET, "NONE": SECRET, "CONTROL": f"http://[{SECRET}/",
        "NEWLINE": f"{SECRET}\n{SECRET}é",
    }  # fmt: skip
    stage = Stage(told, environ=environ)
    stage.hears(FAILED)
    assert "notification events was not sent: " in caplog.text
    assert SECRET not in caplog.text
    assert stage.counts == [("events", "failed", 1)]


def test_the_token_is_for_the_address_and_not_of_a_netrc(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login that lies about in the home folder is not sent to where events go."""
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login bot password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    stage = Stage(Notification("events", cloudevents=CloudEvents(f"http://{receiver.host}/in")))
    stage.hears(FAILED)
    assert "Authorization" not in receiver.got[0].headers


# ── words ────────────────────────────────────────────────────────────────────


def _notice(**more: Any) -> Notice:
    return replace(Notice(Occasion.UPDATE, "deploy", "deploy: updated", NOW), **more)


HOSTILE = st.text(min_size=1, max_size=40) | st.sampled_from(
    [
        "<!channel>",
        "@everyone",
        "[x](https://evil.example.com)",
        "`]] <script>",
        "a\n# b",
        "<https://evil.example.com|x>",
    ]
)


@given(title=HOSTILE, said=HOSTILE, image=HOSTILE, url=HOSTILE, several=st.booleans())
def test_nothing_from_outside_is_markdown(title: str, said: str, image: str, url: str, several: bool) -> None:
    """Names, messages and addresses stand in code, or as links only where they are plain addresses."""
    one = _notice(title=title, said=(said,), moved=((image, said, title),), links=(("pull request", url),))
    text = wording.body((one, one) if several else (one,), "https://tagwright.example.com")
    inline = [token for block in MarkdownIt().parse(text) for token in block.children or ()]
    assert {token.type for token in inline} <= {"text", "code_inline", "softbreak", "link_open", "link_close"}
    links = {token.attrs["href"] for token in inline if token.type == "link_open"}
    page = f"https://tagwright.example.com/images/{quote(image)}"
    assert links <= {page} | ({url} if url.startswith("http") else set())
    assert "<" not in text
    assert {block.tag for block in MarkdownIt().parse(text)} <= {"p", "ul", "li", ""}
    assert "\n" not in wording.title((one,))


def test_a_way_that_is_slow_holds_up_nobody_who_hears() -> None:
    """What passes leave is put into the box while another message is on its way."""
    import threading

    class Slow:
        most = 1

        def __init__(self) -> None:
            self.begun, self.go, self.sent = threading.Event(), threading.Event(), list[str]()

        def send(self, notices: tuple[Notice, ...]) -> None:
            self.begun.set()
            if not self.go.wait(10):
                raise NotSent("late")
            self.sent += [one.target for one in notices]

    stage, slow = Stage(Notification("team", apprise=Secret("X"))), Slow()
    way = stage.notifier._ways["team"]
    stage.notifier._ways["team"] = replace(way, channel=slow)
    stage.notifier.hear(FAILED)
    teller = threading.Thread(target=stage.notifier.tell)
    teller.start()
    assert slow.begun.wait(10)
    begun = time.monotonic()
    stage.notifier.hear(Change(None, target(name="other", published=(UPDATED,))))
    assert time.monotonic() - begun < 5
    slow.go.set()
    teller.join(10)
    stage.notifier.tell()
    assert slow.sent == ["deploy", "other"]

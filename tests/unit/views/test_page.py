"""The page: which rows, in what order, in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tagwright.errors import Problem
from tagwright.model import Happened, State, TargetStatus
from tagwright.views import page
from tagwright.views.page import plots, times
from tagwright.views.page.asked import Query, query
from tagwright.views.page.rendering import last_part, link, short
from tagwright.views.page.rows import Changes, Watched, asked_for, cut, history
from tagwright.views.page.site import File, Served
from tests.support.markup import words
from tests.support.watched import API, NOW, PROXY, REDIS, WEB, WORKER, ago, estate, event, many, production, status


def shown(**asked: str) -> list[tuple[str, str]]:
    """(target, image) of the rows that a query string asks for."""
    rows = asked_for(estate().rows, query(asked), Changes())
    return [(row.target.name, row.image.image) for row in rows]


def test_the_worst_comes_first() -> None:
    """Failing, outdated, pending, held, unmanaged, current; of each the longest behind."""
    states = [row.image.state for row in asked_for(estate().rows, Query(), Changes())]
    assert states == sorted(states, key=["failing", "outdated", "pending", "held", "unmanaged", "current"].index)
    assert shown()[1:4] == [("edge", WORKER), ("production", API), ("staging", WORKER)]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"state": "held"}, [("production", REDIS)]),
        ({"target": "stag", "state": "outdated"}, [("staging", WORKER)]),
        ({"q": "ACME/api prerelease"}, []),
        ({"q": "acme/API 2.4"}, [("production", API)]),
        ({"q": "kustomization"}, [("production", PROXY)]),
        ({"q": "inc-2291"}, [("production", REDIS)]),
        ({"q": "semver: staging"}, [("staging", API)]),
    ],
)
def test_words_narrow_it_down(asked: dict[str, str], wanted: list[tuple[str, str]]) -> None:
    """Every word is somewhere in the target, image, file, tags, policy or detail; capitals do not matter."""
    assert shown(**asked) == wanted


def test_it_is_sorted_as_asked_and_turned_round() -> None:
    """By image, target, lag, last change."""
    assert shown(sort="image") == sorted(shown(), key=lambda one: (one[1], one[0]))
    assert [target for target, _ in shown(sort="-target")] == sorted((t for t, _ in shown()), reverse=True)
    assert shown(sort="lag")[:2] == [("edge", WORKER), ("production", API)]
    assert shown(sort="-lag")[-1] == ("edge", WORKER)
    assert shown(sort="changed")[0][0] == "production"


@pytest.mark.parametrize(
    "asked",
    [{"page": "0"}, {"page": "-1"}, {"page": "x"}, {"page": "9" * 50}, {"page": "²"}, {"sort": "rm -rf"}, {"days": "7"},
     {"state": "<script>"}, {"sort": "--lag"}, {"unknown": "1"}],
)  # fmt: skip
def test_what_is_not_understood_is_as_good_as_not_asked(asked: dict[str, str]) -> None:
    """A query string is never an error."""
    assert query(asked) == Query()


def test_a_query_is_told_as_it_was_asked() -> None:
    """The address of the next page keeps all else; what is usual is not said."""
    asked = {"q": "a&b=c #1", "state": "held", "target": "x", "sort": "-lag", "days": "90"}
    assert query(asked).at(2) == "?q=a%26b%3Dc+%231&state=held&target=x&sort=-lag&page=2&days=90"
    assert Query().text() == "?"
    assert Query(sort="lag", page=3).by("lag") == "?sort=-lag"
    assert Query(sort="-lag").by("lag") == "?sort=lag"
    assert len(query({"q": "x" * 10_000}).q) == 100


def test_pages_hold_everything_once() -> None:
    """One after the other they have each thing, in order; a page beyond the last is the last."""
    things = list(range(257))
    pages = [cut(things, number) for number in (1, 2, 3)]
    assert [thing for one in pages for thing in one.shown] == things
    assert [(one.first, one.last) for one in pages] == [(1, 100), (101, 200), (201, 257)]
    assert cut(things, 99) == pages[2]
    assert (cut([], 1).total, cut([], 1).pages) == (0, 1)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "under a minute"),
        (timedelta(seconds=59), "under a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=1234, hours=23), "1,234 days"),
    ],
)
def test_durations_are_rounded_down(length: timedelta, said: str) -> None:
    """Nothing is called older than it is."""
    assert times.lasting(length) == said
    assert times.relative(NOW - length, NOW) == f"{said} ago"


def test_moments_are_told_in_utc() -> None:
    """Whatever zone they come in."""
    moment = datetime.fromisoformat("2026-03-12T01:30:00+02:00")
    assert (times.people(moment), times.machine(moment)) == ("2026-03-11 23:30", "2026-03-11T23:30:00Z")
    assert times.said("2026-03-11T23:30:00Z") == moment
    assert times.said("2026-03-11T23:30:00") == moment.astimezone(UTC)
    assert times.said("yesterday") is None


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//example.com", "/pulls/1", "ssh://h/x", "",
     "https://", "https://user:secret@example.com/1", "https://exa mple.com", "https://example.com/\x01", "http://[",
     "https://example.com/\u202egpj.exe", "https://example.com/" + "x" * 5000],
)  # fmt: skip
def test_only_web_pages_are_links(address: str) -> None:
    """Over https or http, with a host, without a login, with nothing in it that is not seen."""
    assert link(address) == ""


def test_a_link_says_where_it_leads() -> None:
    """As people of its forge call a pull request."""
    assert link("https://git.example.com/acme/deploy/pulls/412") == "https://git.example.com/acme/deploy/pulls/412"
    assert last_part("https://github.com/acme/deploy/pull/412") == "acme/deploy#412"
    assert last_part("https://gitlab.com/acme/a/deploy/-/merge_requests/9") == "acme/a/deploy!9"
    assert last_part("https://example.com/x/tagwright-api") == "tagwright-api"
    assert last_part("https://example.com") == "https://example.com"


def test_a_digest_is_cut_short() -> None:
    """Twelve digits tell it from others."""
    assert short("1.2.0@sha256:" + "ab" * 32) == "1.2.0@sha256:abababababab…"
    assert short("sha256-of-nothing") == "sha256-of-nothing"


def test_links_lead_to_the_same_place_from_everywhere() -> None:
    """They are relative, so that a proxy may serve the page below any path."""
    assert Served().image("ghcr.io/a/b c?#") == "images/ghcr.io/a/b%20c%3F%23"
    assert Served("../../").home == "../../"
    assert Served().home == "./"
    assert Served().of_target("a b") == "./?target=a+b"
    assert File({"x": "image-1"}).image("x") == "#image-1"
    assert File({"x": "image-1"}).image("y") == "#explained"


def test_what_hides_is_seen() -> None:
    """Direction overrides, zero-width and control characters, lone surrogates stand there as escapes."""
    image = status("ghcr.io/acme/a\u202epi", "1.0\u200b\x07", State.HELD, detail="\udcff\ud800 by\nme")
    watched = Watched((TargetStatus("t\u2066", "/srv", "main", "", NOW, 1.0, (image,)),), NOW)
    text = page.overview(watched, query({}))
    assert "ghcr.io/acme/a\\u202epi" in words(text)
    assert r"1.0\u200b\x07" in text
    assert r"\xff\ud800 by\nme" in text
    assert all(char.isprintable() or char == "\n" for char in text)
    text.encode()


def test_a_failure_says_what_to_try() -> None:
    """Beside the reference it is of."""
    text = words(page.overview(estate(), query({"state": "failing"})))
    assert "answered 401 to tags/list as robot$deploy Try: renew the robot's token" in text


def test_a_target_that_failed_whole_is_said_once_and_its_images_stay() -> None:
    """With what was known of them; one whose images failed is told there alone."""
    text = words(page.overview(estate(), query({"q": "worker"})))
    assert text.count("git.example.com asks for a login") == 1
    assert "edge · apps/worker/deployment.yaml:21" in text
    assert "git-denied" not in words(page.overview(Watched((production(),), NOW), query({})))


def test_lag_is_of_what_may_be_written() -> None:
    """Since it is in the registry, or was first seen; nothing that is current, held or failing has any."""
    lags = {(row.target.name, row.image.image): row.lag for row in estate().rows}
    assert lags["production", API] == timedelta(days=9, hours=4)
    assert lags["edge", WORKER] == timedelta(days=34)
    assert (lags["production", REDIS], lags["production", PROXY], lags["staging", WEB]) == (None, None, None)
    plot = plots.lag(estate().rows)
    assert [(one.label, one.count) for one in plot.columns if one.count] == [("< 1 d", 2), ("1–4 w", 1), ("1–3 mo", 1)]
    assert plot.summary == "4 behind, the longest for 34 days"


def test_updates_are_counted_by_day_in_utc() -> None:
    """Today is the last column; what people took back is no update, and what is older is not counted."""
    events = (
        event(API, "1", "2", ago(0, 1), "a" * 40),
        event(API, "0", "1", ago(29), "b" * 40),
        event(API, "1", "0", ago(0, 2), "c" * 40, Happened.REVERT),
        event(API, "0", "1", ago(30), "d" * 40),
    )
    target = TargetStatus("t", "/srv", "main", "", NOW, 1.0, events=events)
    counts = [column.count for column in plots.updates((target,), 30, NOW).columns]
    assert counts == [1, *[0] * 28, 1]
    assert sum(column.count for column in plots.updates((target,), 90, NOW).columns) == 3


def test_history_is_of_an_image_and_of_what_was_said_of_all() -> None:
    """Newest first; the events of others are not in it."""
    found = history(estate().targets, WEB)
    assert {one.image for _, one in found} == {WEB}
    assert [one.when for _, one in found] == sorted((one.when for _, one in found), reverse=True)
    everywhere = event("*", "", "", ago(1), "e" * 40, Happened.RESUME)
    target = TargetStatus("t", "/srv", "main", "", NOW, 1.0, events=(everywhere,))
    assert [one for _, one in history((target,), WEB)] == [everywhere]


def test_the_page_of_an_image_has_every_place_of_it() -> None:
    """Those that stand alike together, whatever target they are in; nobody else's."""
    text = words(page.image(estate(), WORKER) or "")
    assert "2 references in 2 targets" in text
    assert "edge apps/worker/deployment.yaml:21" in text
    assert "staging apps/worker/deployment.yaml:21" in text
    assert REDIS not in text
    assert page.image(estate(), "ghcr.io/acme/none") is None
    groups = page.alike(many(600, 1).rows)
    assert len(groups) == 6


def test_the_page_of_an_image_says_why_of_every_tag_kept() -> None:
    """And counts the rest by reason; with the rule and where it stands."""
    text = words(page.image(estate(), API) or "")
    for ruling in production().images[0].rulings:
        assert f"{ruling.tag} {ruling.reason or 'chosen'}" in text
    assert "212 more not-a-version" in text
    assert "semver: >=2.3 <3 , from tagwright.yaml:9, rule" in text


def test_a_report_keeps_the_most_urgent() -> None:
    """Of more than it holds, what is current goes first, and it says how many are left out."""
    text = page.report(many(2_400))
    assert "and 400 more that are less urgent" in text
    assert "and 1,900 more images" in text


def test_a_problem_of_a_file_says_where() -> None:
    """With its line, once."""
    note = Problem("a.yaml", "unread", "is no YAML", path="a.yaml", line=3)
    target = TargetStatus("t", "/srv", "main", "", NOW, 1.0, notes=(note,), problems=(Problem("x", "y", "z"),))
    text = words(page.targets(Watched((target,), NOW), query({})))
    assert "unread a.yaml" in text

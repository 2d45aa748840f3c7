"""Golden pages: what is shown of targets in every state, byte for byte; each is HTML without a mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tagwright.model import TargetStatus
from tagwright.views import page, standings
from tagwright.views.page import document
from tagwright.views.page.asked import query
from tagwright.views.page.rows import Watched
from tests.support.markup import mistakes, parsed
from tests.support.watched import API, NOW, PROXY, ago, estate, lost, many

HERE = Path(__file__).parent / "page"
BARE = Watched((TargetStatus("tools", "/srv/tools.git", "main", "0" * 40, ago(0, 1), 0.4),), NOW)

PAGES: dict[str, Callable[[], str]] = {
    "overview": lambda: page.overview(estate(), query({})),
    "filtered": lambda: page.overview(
        estate(), query({"q": "acme", "state": "outdated", "sort": "-lag", "days": "90"})
    ),
    "nothing_matches": lambda: page.overview(estate(), query({"q": "no such thing"})),
    "first_start": lambda: page.overview(Watched((), NOW, ("production", "staging")), query({})),
    "no_targets": lambda: page.overview(Watched((), NOW), query({})),
    "no_references": lambda: page.overview(BARE, query({})),
    "failed_whole": lambda: page.overview(Watched((lost(),), NOW, ("staging",)), query({})),
    "image": lambda: page.image(estate(), API) or "",
    "image_failing": lambda: page.image(estate(), PROXY) or "",
    "image_unknown": lambda: page.missing(estate(), "ghcr.io/acme/none"),
    "targets": lambda: page.targets(estate(), query({})),
    "targets_waiting": lambda: page.targets(Watched((), NOW, ("production",)), query({})),
    "history": lambda: page.past(estate(), query({"q": "acme/web"})),
    "no_history": lambda: page.past(BARE, query({})),
    "report": lambda: page.report(estate()),
    "report_of_nothing": lambda: page.report(Watched((), NOW)),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_its_file_says(name: str, request: pytest.FixtureRequest) -> None:
    """Elements, words and addresses: whoever changes a template sees what else it changes."""
    shown = PAGES[name]()
    file = HERE / f"{name}.html"
    if request.config.getoption("--update-golden"):
        file.write_text(shown, "utf-8")
    assert file.read_text("utf-8") == shown


TEXTS: dict[str, Callable[[], str]] = {
    "status.json": lambda: document.document(estate()),
    "report.txt": lambda: standings.told(estate()) + "\n",
    "report_whole.txt": lambda: standings.told(estate(), everything=True) + "\n",
    "report.md": lambda: standings.markdown(estate()) + "\n",
    "report_of_nothing.txt": lambda: standings.told(Watched((), NOW)) + "\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_what_its_file_says(name: str, request: pytest.FixtureRequest) -> None:
    """The page's twins for programs, terminals and issues."""
    shown = TEXTS[name]()
    file = HERE / name
    if request.config.getoption("--update-golden"):
        file.write_text(shown, "utf-8")
    assert file.read_text("utf-8") == shown


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_mistake(name: str) -> None:
    """By the standard's own errors; and tables are headed, fields labelled, drawings named, landmarks there."""
    assert mistakes(PAGES[name]()) == []


def test_a_page_of_ten_thousand_references_is_bounded() -> None:
    """A hundred rows and a few hundred kilobytes, of whatever order and search; the file of a report some megabytes."""
    watched = many(10_000)
    for asked in ({}, {"sort": "-changed"}, {"q": "service-0"}, {"page": "100"}, {"page": "99999"}):
        shown = page.overview(watched, query(asked))
        assert len(shown) < 300_000
        assert len(parsed(shown).findall(".//table[@role='table']/tbody/tr")) == 100
    assert len(page.report(watched)) < 6_000_000


def test_markdown_is_cut_where_a_forge_would_refuse_it() -> None:
    """And says how much is left out."""
    shown = standings.markdown(many(10_000))
    assert len(shown) < 65_000
    assert "more; `tagwright report --json` has everything." in shown


def test_time_changes_words_alone() -> None:
    """An hour later the same page has the same elements."""
    later = Watched(estate().targets, NOW + timedelta(hours=1))
    tags = [one.tag for one in parsed(page.overview(later, query({}))).iter()]
    assert tags == [one.tag for one in parsed(page.overview(estate(), query({}))).iter()]

"""The page in a real browser without scripts: for people who see it, hear it, or have a keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tagwright.model import Access, Secret, Service
from tagwright.views import page as views
from tagwright.views.page.rows import Watched
from tests.support.browser import CONTRASTS, Scheme, Visit, chromium, visiting
from tests.support.shown import shown
from tests.support.watched import API, estate, many, production, status

pytestmark = pytest.mark.real

PATHS = ("", "targets", "history", f"images/{API}", "?q=none", "images/none")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    """The page of an estate."""
    with shown(estate()) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A window, light."""
    with visiting(browser) as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_complained_of_and_all_can_be_read(browser: Browser, home: str, scheme: Scheme) -> None:
    """No word on the console, nothing refused by the policy, nothing asked for elsewhere; every text in contrast."""
    with visiting(browser, scheme) as visit:
        for path in PATHS:
            visit.page.goto(home + path)
            assert visit.page.evaluate(CONTRASTS) == [], path
        missing = "Failed to load resource: the server responded with a status of 404 (Not Found)"
        assert visit.complaints == [missing]
        assert {address for address in visit.asked if not address.startswith(home)} == set()
        background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}[scheme]


def test_the_keyboard_suffices(visit: Visit, home: str) -> None:
    """Skip to the content, search and filter, sort, open an image; what has the focus is always seen."""
    page = visit.page
    page.goto(home)
    page.keyboard.press("Tab")
    assert visit.focused() == ["Skip to the content", True]
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    order = []
    while "Search" not in order:
        page.keyboard.press("Tab")
        name, seen = visit.focused()
        assert seen, name
        order.append(name)
    assert order[:2] == ["1 failing", "3 outdated"]
    page.keyboard.type("acme/api")
    page.keyboard.press("Tab")
    assert visit.focused() == ["State", True]
    page.keyboard.type("outdated")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{home}?q=acme%2Fapi&state=outdated&target=")
    expect(page.locator("table.images tbody tr")).to_have_count(1)
    page.get_by_role("link", name=API).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{home}images/{API}")
    expect(page.get_by_role("heading", level=1)).to_have_text(API)


def test_columns_are_sorted_by_links_and_say_so(visit: Visit, home: str) -> None:
    """A click sorts, another one turns it round; the heading tells, and the filter stays."""
    visit.page.goto(f"{home}?q=acme")
    for direction, first in (("ascending", "ghcr.io/acme/api"), ("descending", "ghcr.io/acme/worker")):
        visit.page.get_by_role("columnheader", name="Image").get_by_role("link").click()
        expect(visit.page.get_by_role("columnheader", name="Image")).to_have_attribute("aria-sort", direction)
        expect(visit.page.get_by_role("rowheader").first).to_contain_text(first)
    assert "q=acme" in visit.page.url


HEARD = r"""
- link "Skip to the content"
- banner:
  - navigation "Pages of this site":
    - list:
      - listitem:
        - link "Images"
- main:
  - heading "Images" [level=1]
  - region "Summary":
    - list:
      - listitem:
        - link "1 failing"
    - figure:
      - img /Release lag/
  - region "Targets that failed"
  - search:
    - paragraph:
      - searchbox "Search"
    - paragraph:
      - combobox "State"
    - paragraph:
      - combobox "Target"
    - paragraph:
      - button "Show"
  - table "11 references":
    - rowgroup:
      - row:
        - columnheader "State"
        - columnheader "Image"
        - columnheader "Current"
        - columnheader "Newest allowed"
        - columnheader "Newest at all"
        - columnheader "Lag"
        - columnheader "Pull request"
        - columnheader "Last change"
    - rowgroup:
      - row /failing registry.example.com answered 401/
      - row /outdated ghcr.io\/acme\/worker edge · .* 0.18.0 0.20.0 0.20.0 34 days/
- contentinfo
"""


@pytest.mark.parametrize("width", [1280, 360])
def test_it_is_heard_as_it_is_seen(browser: Browser, home: str, width: int) -> None:
    """What a screen reader gets: landmarks, headings, tables with their heads, states in words; on a telephone too."""
    with visiting(browser, width=width) as visit:
        visit.page.goto(home)
        expect(visit.page.locator("body")).to_match_aria_snapshot(HEARD)


@pytest.mark.parametrize("width", [360, 768, 1121, 1280])
def test_nobody_scrolls_sideways(browser: Browser, width: int) -> None:
    """On a telephone, a tablet and a desk, with names that are as long as they get; and the table is a table still."""
    long = status("registry.example.com/" + "a" * 120, "1." + "2" * 100, production().images[0].state,
                  detail="x" * 300, allowed="sha256:" + "c" * 64, newest="9" * 128, path="d/" * 60)  # fmt: skip
    target = replace(production(), name="t" * 100, images=(*production().images, long), repository="https://x/" * 20)
    with shown(Watched((target,), estate().now)) as port, visiting(browser, width=width) as visit:
        for path in (*PATHS, f"images/{long.image}"):
            visit.page.goto(f"http://127.0.0.1:{port}/{path}")
            assert visit.page.evaluate("document.documentElement.scrollWidth") == width, path
        visit.page.goto(f"http://127.0.0.1:{port}/")
        table = visit.page.get_by_role("table", name="7 references")
        expect(table.get_by_role("rowheader")).to_have_count(7)
        expect(table.get_by_role("columnheader")).to_have_count(8)


def test_ten_thousand_references_are_pages(browser: Browser) -> None:
    """A hundred at a time, with links to the next."""
    with shown(many(10_000)) as port, visiting(browser) as visit:
        visit.page.goto(f"http://127.0.0.1:{port}/")
        expect(visit.page.locator("table.images tbody tr")).to_have_count(100)
        visit.page.get_by_role("link", name="Next").click()
        expect(visit.page.get_by_text("Page 2 of 100")).to_be_visible()
        expect(visit.page.get_by_text("101–200 of 10,000")).to_be_visible()


def test_a_browser_asks_for_the_token(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """With it the page comes, with its style; without it not."""
    monkeypatch.setenv("PAGE_TOKEN", "s3cret")
    with shown(estate(), Service(access=Access(Secret(env="PAGE_TOKEN")))) as port:
        home = f"http://127.0.0.1:{port}/"
        with visiting(browser, http_credentials={"username": "me", "password": "s3cret"}) as visit:
            visit.page.goto(home)
            expect(visit.page.get_by_role("heading", level=1)).to_have_text("Images")
            visit.page.get_by_role("link", name="Targets").click()
            expect(visit.page.get_by_role("heading", level=1)).to_have_text("Targets")
        with visiting(browser, http_credentials={"username": "me", "password": "wrong"}) as visit:
            answer = visit.page.goto(home)
            assert answer is not None
            assert (answer.status, "Images" in visit.page.content()) == (401, False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_is_read_from_a_file(browser: Browser, tmp_path: Path, scheme: Scheme) -> None:
    """By file:// and without a server: styled, in contrast, its links lead to places in it, nothing is asked for."""
    file = tmp_path / "report.html"
    file.write_text(views.report(estate()), "utf-8")
    with visiting(browser, scheme) as visit:
        visit.page.goto(file.as_uri())
        assert visit.page.evaluate(CONTRASTS) == []
        visit.page.get_by_role("rowheader", name=API).first.get_by_role("link").click()
        section = visit.page.locator("section.of-image:target")
        expect(section.get_by_role("heading", level=3)).to_have_text(API)
        assert visit.page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "22.4px"
        assert (visit.complaints, visit.asked) == ([], [file.as_uri()])


def test_on_paper_only_what_can_be_read_is_there(visit: Visit, home: str) -> None:
    """No form, no navigation; the table has its head."""
    visit.page.goto(home)
    visit.page.emulate_media(media="print")
    for gone in (".filter", "nav", ".skip"):
        expect(visit.page.locator(gone).first).to_be_hidden()
    expect(visit.page.get_by_role("columnheader", name="Image")).to_be_visible()

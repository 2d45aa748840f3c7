"""A real browser, Debian's Chromium, as Playwright drives it; and what it can tell of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.parts import require

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
              "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage")  # fmt: skip

Scheme = Literal["light", "dark"]

CONTRASTS = """
() => {
  const parse = (text) => {
    const found = text.match(/[\\d.]+/g).map(Number);
    return {rgb: found.slice(0, 3), alpha: found.length > 3 ? found[3] : 1};
  };
  const over = (top, below) => top.rgb.map((part, at) => part * top.alpha + below[at] * (1 - top.alpha));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((s) => s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => element
    ? over(parse(getComputedStyle(element).backgroundColor), ground(element.parentElement)) : [255, 255, 255];
  const poor = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, style = getComputedStyle(element);
    if (!texts.currentNode.data.trim() || !element.getClientRects().length || style.clipPath !== 'none') continue;
    const drawn = element.namespaceURI.endsWith('svg') ? style.fill : style.color;
    const below = ground(element), text = over(parse(drawn), below);
    const [a, b] = [light(text), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const where = element.className.baseVal ?? element.className;
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${where}: ${texts.currentNode.data.trim().slice(0, 40)}`);
  }
  return poor;
}
"""
"""Texts whose contrast is less than WCAG 2.2 asks of level AA (1.4.3), with the ratio."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; without one the test is skipped, or fails where one is required."""
    program = require("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page of a browser with everything it complained of, and every address it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def focused(self) -> Any:
        """What has the focus: its text or its label, and whether that is seen."""
        return self.page.evaluate(
            "() => { const one = document.activeElement, style = getComputedStyle(one);"
            " const named = one.labels?.[0]?.textContent || one.textContent.trim();"
            " return [named, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]; }"
        )


@contextmanager
def visiting(browser: Browser, scheme: Scheme = "light", width: int = 1280, **more: Any) -> Iterator[Visit]:
    """A fresh window without scripts, whose reader likes it light or dark."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=False, **more
    )
    try:
        yield Visit(context.new_page())
    finally:
        context.close()

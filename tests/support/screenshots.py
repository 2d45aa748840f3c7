"""The pictures of the README: `python -m tests.support.screenshots [FOLDER]` makes them anew, of a company's estate."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.browser import chromium, visiting
from tests.support.shown import shown
from tests.support.watched import API, estate

FOLDER = Path(__file__).parent.parent / "golden" / "page"
PICTURES = (("light", "overview", ""), ("dark", "overview", ""), ("light", "image", f"images/{API}"))


def main(folder: Path) -> None:
    """A picture of each page, in each of its colours."""
    with shown(estate()) as port, chromium() as browser:
        for scheme, name, path in PICTURES:
            with visiting(browser, "dark" if scheme == "dark" else "light", width=1200) as visit:
                visit.page.set_viewport_size({"width": 1200, "height": 780})
                visit.page.goto(f"http://127.0.0.1:{port}/{path}")
                visit.page.screenshot(path=folder / f"{name}-{scheme}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)

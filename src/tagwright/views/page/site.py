"""Where the links of the page lead: to other pages of a service, or to places in one file."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from tagwright.views.page.asked import Query
from tagwright.views.page.rendering import hash_of, text_of

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of every page that is served."""


@dataclass(frozen=True, slots=True)
class Served:
    """Pages of a service. Links are relative, so that they hold below any path that a proxy puts before them.

    `root` leads from the page to where they all begin: "", "../" …
    """

    root: str = ""
    style = policy = ""

    @property
    def edition(self) -> str:
        """Which style it is, so that a browser asks for another one and for no other."""
        return hash_of(text_of("page.css"))[7:15].replace("+", "-").replace("/", "_")

    @property
    def home(self) -> str:
        """All images."""
        return self.root or "./"

    @property
    def pages(self) -> tuple[tuple[str, str, str], ...]:
        """(key, words, address) of what the navigation leads to."""
        told = ("targets", "Targets", f"{self.root}targets"), ("history", "History", f"{self.root}history")
        return (("images", "Images", self.home), *told)

    def image(self, name: str) -> str:
        """The page of an image."""
        return f"{self.root}images/{quote(name, safe='/:@', errors='backslashreplace')}" if name else self.home

    def of_target(self, name: str) -> str:
        """All images of a target."""
        return self.home + Query(target=name).text()


@dataclass(frozen=True, slots=True)
class File:
    """One file, which holds everything: `anchors` are the places of images in it, by name."""

    anchors: dict[str, str]
    root = ""
    home = "#images"

    @property
    def style(self) -> str:
        """The style, which stands in the file."""
        from markupsafe import Markup

        return Markup(f"\n{text_of('page.css')}")  # noqa: S704 - a file of our own

    @property
    def policy(self) -> str:
        """What the file says of itself; `frame-ancestors` counts in a header alone (CSP 3, section 3.3)."""
        return f"default-src 'none'; style-src '{hash_of(self.style)}'; form-action 'none'; base-uri 'none'"

    @property
    def pages(self) -> tuple[tuple[str, str, str], ...]:
        """(key, words, address) of what the navigation leads to."""
        places = [("images", "Images"), ("targets", "Targets"), ("explained", "Why"), ("history", "History")]
        return tuple((key, words, f"#{key}") for key, words in (places if self.anchors else places[:1]))

    def anchor(self, name: str) -> str:
        """The place of an image, "" where it has none."""
        return self.anchors.get(name, "")

    def image(self, name: str) -> str:
        """The link there."""
        return f"#{self.anchor(name) or 'explained'}"

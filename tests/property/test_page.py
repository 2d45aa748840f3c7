"""Nothing that strangers write becomes part of the page's structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from tagwright.errors import Problem
from tagwright.model import Delivered, Event, Happened, ImageStatus, State, TagRuling, TargetStatus
from tagwright.views import page
from tagwright.views.page.asked import query
from tagwright.views.page.rows import Watched
from tests.support.markup import mistakes, skeleton
from tests.support.watched import NOW, ago

SHARP = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onfocus='x", "</table></main>", "-->", "]]>",
    "{{ 7 * 7 }}", "{% raw %}", "&lt;b&gt;&#60;", "javascript:alert(1)", "\u202egnp.exe", "\x00\x1b[31m", "</style><b>",
    "</title>", "<!--", "`${x}`", "\ud800", "https://e.example/\"onclick=\"x", "\r\nSet-Cookie: x", "a" * 200,
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(SHARP), st.text(max_size=20)), min_size=1, max_size=3).map("".join)


def watched(text: Callable[[], str]) -> Watched:
    """A target whose every text is somebody else's."""
    ruling = TagRuling(text(), text(), text(), NOW)
    images = tuple(
        ImageStatus(text(), text(), 1, text(), state, text(), text(), text(), text(), text(), text(), text(), text(),
                    ago(1), NOW, ago(2), text(), rulings=(ruling,), others=((text(), 3),))
        for state in (State.FAILING, State.HELD, State.OUTDATED)
    )  # fmt: skip
    images += (replace(images[0], image="ghcr.io/acme/api"),)
    event = Event(Happened.UPDATE, text(), "2026-03-01T00:00:00Z", text(), text(), text(), text(), text(), text())
    problem = Problem(text(), text(), text(), text(), text(), 3, text())
    target = TargetStatus(f"a{text()}", text(), text(), text(), NOW, 1.0, images, (problem,), (problem,),
                          (Delivered(text(), text(), text(), text(), text()),), NOW, (event,))  # fmt: skip
    return Watched((target, replace(target, name=f"b{text()}", images=())), NOW, (text(),))


def pages(found: Watched, words: str) -> Iterator[str]:
    """Every page there is."""
    asked = query({})
    yield page.overview(found, asked)
    yield page.overview(found, replace(asked, q=words, page=1))
    yield page.image(found, "ghcr.io/acme/api") or ""
    yield page.missing(found, words)
    yield page.targets(found, asked)
    yield page.past(found, asked)
    yield page.report(found)


@settings(max_examples=20)
@given(st.data())
def test_the_elements_are_the_same_whatever_the_texts(data: st.DataObject) -> None:
    """As with harmless texts, element by element, attribute by attribute; and no page has a mistake."""
    number = count()

    def mild() -> str:
        return f"text{next(number)}"

    def sharp() -> str:
        return f"{data.draw(TEXTS)}{next(number)}x"

    words = data.draw(TEXTS)
    for wanted, shown in zip(pages(watched(mild), "word"), pages(watched(sharp), f"a{words}/"), strict=True):
        assert skeleton(shown) == skeleton(wanted)
        assert mistakes(shown) == []
        shown.encode()

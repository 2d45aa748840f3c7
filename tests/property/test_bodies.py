"""Nothing that a repository or a registry says becomes Markdown, HTML, a link or a mention in a pull request.

The judge is a renderer of GitHub's Markdown: what it makes of a body with hostile text in every place is what it makes
of one with harmless words there, but for the letters inside of code.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tagwright.image import Image
from tagwright.model import (
    Candidate,
    ChangeSet,
    Details,
    Hold,
    PolicyKind,
    PolicySpec,
    Reason,
    Reference,
    Ruled,
    Ruling,
    Told,
    Verdict,
)
from tagwright.views.pull_request import body
from tests.support.changes import change, decision

JUDGE = MarkdownIt("gfm-like")
PIECES = (
    "`", "``", "```", "|", "\\", "\\|", "\n", "\n\n", "\r", "\t", " ", "@acme/all", "#1", "GH-1", "!2", "&3", "~4",
    "https://evil.com", "www.evil.com", "me@evil.com", "[x](//evil.com)", "![x](//evil.com/p.png)",
    "<img src=//evil.com>", "<!--", "-->", "--!>", "<script>", "</details>", ":smile:", "[^1]", "[^1]: x",
    "/close", "\n/merge\n", "*", "**", "_", "~~", "# x", "- [x] ", "<!-- tagwright:rebuild -->", "> ", "1. ", "---",
    "\u202e", "\u200b", "\x00", "\x1b[31m", "\ud800", "$x$", "{{ x }}", "&lt;", "&#64;", "é", "a",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=20)
PLACES = (
    "name",
    "old",
    "new",
    "folder",
    "file",
    "source",
    "argument",
    "passed",
    "reason",
    "detail",
    "label",
    "workload",
    "group",
)


def change_of(words: dict[str, str]) -> ChangeSet:
    """A change set that says these words in every place where words of others stand."""
    ruled = Ruled(PolicySpec(PolicyKind.SEMVER, words["argument"]), words["source"], f"reg.example/{words['name']}")
    place = Reference(
        f"{words['folder']}/{words['file']}", 3, 1, (0, 1), "kubernetes", "", Image(words["name"], words["old"]), "", ()
    )
    place = replace(place, workload=words["workload"])
    told = (Ruling(words["passed"], Reason.OUT_OF_RANGE, words["detail"]),)
    update = replace(
        decision(), reference=place, ruled=ruled, new=Image(words["name"], words["new"]), rulings=lambda: told
    )
    held = replace(update, ruled=replace(ruled, hold=Hold(words["reason"])), verdict=Verdict.HELD, new=None)
    refused = replace(update, detail=words["detail"], verdict=Verdict.REJECTED, new=None)
    made = change(update, beside=(held, refused), key=words["group"])
    return replace(made, title=words["detail"])


def told_of(words: dict[str, str]) -> Told:
    """Two images that say them wherever a publisher may, and differ in all of it."""
    said = words["label"]
    labels = ("source", "revision", "version", "base.name", "base.digest")
    old = Details(platform=said, created="2026-01-02T03:04:05Z", user="app")
    new = Details(
        platform=said,
        labels=tuple((f"org.opencontainers.image.{name}", said) for name in labels),
        user=said,
        entrypoint=(said, said),
        command=(said,),
        folder=said,
        ports=(said,),
        volumes=(said,),
        environment=(said,),
    )
    image, before = f"reg.example/{words['name']}", Candidate("", platforms=("linux/amd64", said), details=old)
    after = Candidate("", platforms=("linux/amd64",), details=new)
    return Told({(image, words["old"]): before, (image, words["new"]): after})


def skeleton(text: str) -> list[tuple[str, str]]:
    """What the judge makes of a text: every token, with its letters where they are not code's, and links' aims."""
    found = []
    for block in JUDGE.parse(text):
        for token in block.children or [block]:
            inert = token.type in ("code_inline", "fence") or token.content.startswith("<!-- tagwright\n")
            found.append((token.type, "" if inert else token.content + str(token.attrs)))
    return found


TEMPLATE = """Of {{ group }}: {{ summary }}, {{ image.name }} ({{ image.short }}) {{ old.tag }} to {{ new.tag }}.

{% for one in updates %}- {{ one.path }} {{ one.line }} {{ one.policy }} {{ one.source }}
{% endfor %}
{{ changes }}
"""

_X = dict.fromkeys(PLACES, "x") | {"old": "y"}
HARMLESS = {template: skeleton(body(change_of(_X), told_of(_X), template)) for template in ("", TEMPLATE)}


def test_the_judge_sees_what_should_not_be() -> None:
    """Links, images and HTML where text is not in code: else it would prove nothing."""
    kinds = {kind for piece in (*PIECES, "**a**") for kind, _ in skeleton(f"a {piece}")}
    assert {"link_open", "image", "html_inline", "strong_open"} <= kinds
    assert ("link_open", "{'href': 'http://www.evil.com'}") in skeleton("www.evil.com")


@example(dict.fromkeys(PLACES, "`|`\n| a | b |\n\n[x](//evil.com) <b>@all #1"))
@given(st.fixed_dictionaries(dict.fromkeys(PLACES, HOSTILE)))
def test_hostile_words_are_shown_and_nothing_else(words: dict[str, str]) -> None:
    """No link, no image, no HTML, no mention, no cell, no line more than with harmless words; by a template neither."""
    said = {place: f"{harmless}{words[place]}" for place, harmless in _X.items()}
    for template, harmless in HARMLESS.items():
        assert skeleton(body(change_of(said), told_of(said), template)) == harmless


@given(st.fixed_dictionaries(dict.fromkeys(PLACES, HOSTILE)))
def test_no_line_begins_with_a_command(words: dict[str, str]) -> None:
    """GitLab reads lines that begin with a slash, Gitea too where it reads any: none of ours does."""
    lines = body(change_of(words), told_of(words)).split("\n")
    assert not any(line.lstrip().startswith("/") for line in lines)
    assert all(char.isprintable() for line in lines for char in line)

"""The life of a pull request on any server, by the API and Git alone: on the stage's three, and on real ones.

A real GitHub, GitLab or Gitea takes part where the environment names one (tests/support/forge_sites.py); nothing here
knows which of the two it talks to, so that what holds on the stage is what holds there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tagwright.errors import ForgeError
from tagwright.forges.base import PullRequest
from tests.support.forge_sites import FAKES, REAL, Site, real, soon, staged


@pytest.fixture(params=[*FAKES, *(f"real-{kind}" for kind in FAKES)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A project on each server in turn."""
    kind = request.param.removeprefix("real-")
    if kind != request.param and not REAL[kind]["URL"]:
        pytest.skip(f"TAGWRIGHT_TEST_{kind.upper()}_URL names no real {kind}")
    with (staged if kind == request.param else real)(kind, tmp_path) as made:
        yield made


def found(site: Site, head: str, state: str = "open") -> PullRequest:
    """What another run finds of a branch, as soon as it is in that state."""
    seen = soon(lambda: site.forge().find(head, site.base), lambda one: one is not None and one.state == state)
    assert seen is not None
    return seen


def test_what_was_opened_is_found_as_it_was_given(site: Site) -> None:
    """By another run too, and opening it again gives the same."""
    draft, forge = site.draft("api"), site.forge()
    assert forge.find(draft.head, draft.base) is None
    opened = forge.open(draft)
    seen = found(site, draft.head)
    assert (seen.number, seen.title, seen.body.strip(), seen.state) == (opened.number, draft.title, "Why", "open")
    assert site.forge().open(replace(draft, title="Other")).number == opened.number


def test_an_edit_is_there_for_the_next(site: Site) -> None:
    """Title and body, with characters that forges are tempted to change."""
    draft, forge = site.draft("api"), site.forge()
    body = "| `a.yaml:3` | <!-- kept --> |\n\n- [ ] rebuild ✓ & <b>\n"
    forge.edit(forge.open(draft), replace(draft, title="Update api to 3 – ✓", body=body))
    seen = found(site, draft.head)
    assert (seen.title, seen.body.strip()) == ("Update api to 3 – ✓", body.strip())


def test_closed_by_us_with_a_word(site: Site) -> None:
    """The comment is there, the body is the one given, and another may be opened."""
    draft, forge = site.draft("api"), site.forge()
    forge.close(forge.open(draft), "Overtaken.", "Why\n\n<!-- by us -->")
    seen = found(site, draft.head, "closed")
    assert "by us" in seen.body
    assert site.comments(seen.number) == ["Overtaken."]
    assert site.forge().open(draft).number > seen.number


def test_closed_by_a_person(site: Site) -> None:
    """A "no" is found as closed, and as the newest where there are two."""
    draft = site.draft("api")
    site.close(site.forge().open(draft).number)
    first = found(site, draft.head, "closed")
    second = site.forge().open(draft)
    assert found(site, draft.head).number == second.number
    site.close(second.number)
    newest = found(site, draft.head, "closed")
    assert newest.number == second.number > first.number


def test_merged_by_a_person(site: Site) -> None:
    """The base has the change, and the pull request is found as merged, with its branch and without."""
    draft = site.draft("api")
    site.merge(site.forge().open(draft).number)
    assert found(site, draft.head, "merged").state == "merged"
    assert site.shown() == "image: api:2\n"
    site.drop(draft.head)
    assert found(site, draft.head, "merged").head == draft.head


def test_a_branch_that_is_deleted(site: Site) -> None:
    """Its pull request is closed by the forge itself."""
    draft = site.draft("api")
    site.forge().open(draft)
    site.drop(draft.head)
    assert found(site, draft.head, "closed").state == "closed"


def test_a_draft_is_one_until_it_is_made_ready(site: Site) -> None:
    """Its title reads the same either way."""
    draft, forge = site.draft("api", draft=True), site.forge()
    forge.open(draft)
    seen = found(site, draft.head)
    assert (seen.draft, seen.title) == (True, draft.title)
    site.forge().edit(seen, replace(draft, draft=False))
    assert not soon(lambda: found(site, draft.head), lambda one: not one.draft).draft


def test_a_branch_that_is_not_there(site: Site) -> None:
    """An error that names it."""
    draft = replace(site.draft("api"), head=f"{site.mark}/none")
    with pytest.raises(ForgeError, match="/none"):
        site.forge().open(draft)


def test_the_longest_body_that_we_send_is_taken(site: Site) -> None:
    """And comes back whole."""
    draft, forge = site.draft("api"), site.forge()
    text = "ä" * forge.limit
    forge.open(replace(draft, body=text))
    assert found(site, draft.head).body.strip() == text

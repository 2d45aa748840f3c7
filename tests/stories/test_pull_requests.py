"""Updates that people review: one pull request a group, kept current, never doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright.git.history import History
from tagwright.git.text import PastCommit
from tagwright.model import Head
from tests.support.reviewed import PROJECT, TOKEN, Reviewed
from tests.support.story import DEPLOYMENT


def test_a_patch_release_becomes_one_pull_request(reviewed: Reviewed) -> None:
    """A new release is proposed once; looking again writes nothing to the forge and pushes nothing."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})

    ran = reviewed.runs("tagwright run --json")

    assert ran.code == 0, ran
    (published,) = ran.json["targets"][0]["published"]
    assert published["outcome"] == "opened"
    assert published["url"]
    (pull,) = reviewed.forge.pulls("acme/deploy")
    assert pull.title == f"Update {api} to 1.2.1"
    assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml", pull.head)
    assert f"{api}:1.2.0" in reviewed.remote.show("api.yaml")
    assert TOKEN not in ran.out + ran.err

    before = len(reviewed.forge.writes), reviewed.remote.tip(pull.head)
    again = reviewed.runs("tagwright run --json")
    assert again.json["targets"][0]["published"][0]["outcome"] == "unchanged"
    assert (len(reviewed.forge.writes), reviewed.remote.tip(pull.head)) == before


def test_a_newer_tag_replaces_an_open_proposal(reviewed: Reviewed) -> None:
    """The same pull request moves on, by one commit on the base."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    reviewed.runs("tagwright run")
    reviewed.offers("acme/api", "1.3.0")

    assert reviewed.runs("tagwright run").code == 0

    assert reviewed.all_pulls() == [("open", f"Update {api} to 1.3.0")]
    (pull,) = reviewed.forge.pulls("acme/deploy")
    assert f"{api}:1.3.0" in reviewed.remote.show("api.yaml", pull.head)
    assert len(reviewed.remote.log(pull.head)) == 2


def test_each_image_has_its_own_pull_request(reviewed: Reviewed) -> None:
    """Two images in one file: two branches, each with its own change alone."""
    one, two = reviewed.offers("acme/one", "1.0.0", "1.0.1"), reviewed.offers("acme/two", "2.0.0", "2.1.0")
    reviewed.remote.commit({"all.yaml": f"a:\n  image: {one}:1.0.0\nb:\n  image: {two}:2.0.0\n"})

    assert reviewed.runs("tagwright run").code == 0

    first, second = sorted(reviewed.forge.pulls("acme/deploy"), key=lambda pull: pull.title)
    assert reviewed.remote.show("all.yaml", first.head) == f"a:\n  image: {one}:1.0.1\nb:\n  image: {two}:2.0.0"
    assert reviewed.remote.show("all.yaml", second.head) == f"a:\n  image: {one}:1.0.0\nb:\n  image: {two}:2.1.0"


def test_the_base_moved_under_an_open_proposal(reviewed: Reviewed) -> None:
    """The branch is rebuilt on the new base, so it never conflicts."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    reviewed.runs("tagwright run")
    base = reviewed.remote.commit({"api.yaml": "# a new first line\n" + DEPLOYMENT.format(image=f"{api}:1.2.0")})

    assert reviewed.runs("tagwright run").code == 0

    (pull,) = reviewed.forge.pulls("acme/deploy")
    assert reviewed.remote.log(pull.head, "%H")[1] == base
    assert reviewed.remote.show("api.yaml", pull.head).startswith("# a new first line\n")


def test_the_token_is_wrong_and_is_not_shown(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1, a sentence that says what to try, and not a byte of the secret."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    monkeypatch.setenv("FORGE_TOKEN", "wrong-token-0987654321")

    ran = reviewed.runs("tagwright run --verbose")

    assert ran.code == 1
    assert "denied" in ran.out
    assert "wrong-token" not in ran.out + ran.err


def test_auto_falls_back_to_a_pull_request_where_the_branch_refuses(reviewed: Reviewed, tmp_path: Path) -> None:
    """`set --auto` commits where it may, and proposes where it may not."""
    reviewed.remote.commit({"api.yaml": "image: ghcr.io/acme/api:1.2.0\n"})
    reviewed.remote.hook(
        "update",
        '[ "$1" = refs/heads/main ] || exit 0\n'
        "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1\n",
    )
    config = reviewed.folder / "tagwright.yaml"

    refused = reviewed.runs(f"tagwright set ghcr.io/acme/api:1.2.1 --config {config}")
    assert refused.code == 1
    assert "branch-protected" in refused.out
    assert reviewed.all_pulls() == []

    done = reviewed.runs(f"tagwright set ghcr.io/acme/api:1.2.1 --auto --config {config}")
    assert done.code == 0, done
    assert reviewed.all_pulls() == [("open", "Update ghcr.io/acme/api to 1.2.1")]
    assert "1.2.0" in reviewed.remote.show("api.yaml")


FROZEN = "2000-01-01, until: 2999-01-01, reason: audit"


def test_a_window_that_closes_leaves_an_open_pull_request_as_it_is(reviewed: Reviewed) -> None:
    """Neither moved on to a newer tag nor closed; the forge is not even asked. When it opens the same one moves on."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    reviewed.runs("tagwright run")
    (pull,) = reviewed.forge.pulls("acme/deploy")
    tip = reviewed.remote.tip(pull.head)
    reviewed.offers("acme/api", "1.3.0")
    configuration = reviewed.folder / "tagwright.yaml"
    open_ = configuration.read_text()

    configuration.write_text(f"freeze: [{{from: {FROZEN}}}]\n{open_}")
    asked = len(reviewed.forge.exchanges)
    ran = reviewed.runs("tagwright run --json")

    assert ran.code == 0
    assert ran.json["summary"]["verdicts"] == {"pending": 1}
    assert (reviewed.all_pulls(), reviewed.remote.tip(pull.head)) == ([("open", f"Update {api} to 1.2.1")], tip)
    assert len(reviewed.forge.exchanges) == asked

    configuration.write_text(open_)
    assert reviewed.runs("tagwright run").code == 0
    assert reviewed.all_pulls() == [("open", f"Update {api} to 1.3.0")]


def test_a_pull_request_of_several_is_not_rebuilt_without_the_one_that_waits(reviewed: Reviewed) -> None:
    """It holds both; when one of them is frozen it stays, and where there is none yet the other goes ahead."""
    one, two = reviewed.offers("acme/one", "1.0.0", "1.0.1"), reviewed.offers("acme/two", "2.0.0", "2.1.0")
    reviewed.remote.commit({"all.yaml": f"a:\n  image: {one}:1.0.0\nb:\n  image: {two}:2.0.0\n"})
    configuration = reviewed.folder / "tagwright.yaml"
    both = configuration.read_text().replace("delivery: {", "delivery: {group: all, ")
    rule = f"rules: [{{images: ['**/acme/one'], policy: {{compatible: minor}}, freeze: [{{from: {FROZEN}}}]}}]\n"
    configuration.write_text(both)
    reviewed.runs("tagwright run")
    (pull,) = reviewed.forge.pulls("acme/deploy")
    text = f"a:\n  image: {one}:1.0.1\nb:\n  image: {two}:2.1.0"
    reviewed.offers("acme/two", "2.2.0")

    configuration.write_text(rule + both)
    ran = reviewed.runs("tagwright run --json")

    assert ran.json["targets"][0]["published"][0]["outcome"] == "unchanged"
    assert reviewed.remote.show("all.yaml", pull.head) == text

    reviewed.forge.merge(PROJECT, pull.number)
    reviewed.offers("acme/one", "1.0.2")
    reviewed.runs("tagwright run")
    assert reviewed.remote.show("all.yaml", pull.head) == f"a:\n  image: {one}:1.0.1\nb:\n  image: {two}:2.2.0"


def test_a_pull_request_that_stays_open_asks_the_history_once(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cache, what people took back is looked up again when the branch has moved, and not before."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    asked: list[str] = []
    commits = History.commits

    def noted(self: History, head: Head) -> tuple[PastCommit, ...]:
        asked.append(head.commit)
        return commits(self, head)

    monkeypatch.setattr(History, "commits", noted)
    run = f"tagwright run --json --cache {reviewed.folder / 'cache'}"

    for _ in range(3):
        assert reviewed.runs(run).code == 0
    moved = reviewed.remote.commit({"README.md": "more\n"})
    for _ in range(2):
        assert reviewed.runs(run).code == 0

    assert asked[1:] == [moved]
    assert len(reviewed.all_pulls()) == 1

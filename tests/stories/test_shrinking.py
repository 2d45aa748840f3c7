"""A list of tags that lost more than half is reported and not acted on, until a person says that it is right."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.support.story import DEPLOYMENT, Story

TAGS = tuple(f"1.0.{number}" for number in range(10))
NEWER = "1.1.0"


@pytest.fixture
def shrunk(story: Story) -> Story:
    """Ten tags were seen; now the registry has three of them, and one that a policy would take."""
    image = story.offers("acme/api", *TAGS)
    story.configured()
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.9")})
    assert story.runs(f"tagwright run --cache {story.folder}/cache").code == 0
    for tag in TAGS[3:]:
        story.registry.remove("acme/api", tag)
    story.offers("acme/api", NEWER)
    return story


def standing(story: Story) -> str:
    """The tag that the branch names."""
    return story.remote.show("api.yaml").rpartition(":")[2].strip()


def test_nothing_is_written_from_a_list_that_shrank(shrunk: Story) -> None:
    """The reference gets the problem, with the numbers and how to confirm; each run says so again."""
    image = f"{shrunk.registry.host}/acme/api"
    for _ in range(2):
        done = shrunk.runs(f"tagwright run --json --cache {shrunk.folder}/cache")
        (target,) = done.json["targets"]
        (problem,) = target["problems"]
        assert (done.code, problem["code"], problem["about"]) == (1, "list-shrunk", image)
        assert f"{image} lists 4 tags and had 10 on 20" in problem["message"]
        assert f"tagwright run --accept-shrunk {image} " in problem["hint"]
        assert f"TAGWRIGHT_ACCEPT_SHRUNK={image} " in problem["hint"]
        assert target["decisions"][0]["verdict"] == "error"
        assert standing(shrunk) == "1.0.9"


def test_a_person_confirms_once(shrunk: Story) -> None:
    """With the flag the list is believed and is what later runs go by."""
    image = f"{shrunk.registry.host}/acme/api"
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache --accept-shrunk {image}").code == 0
    assert standing(shrunk) == NEWER
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache").code == 0


def test_a_variable_confirms_as_the_flag_does(shrunk: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CronJob gets it for one pass, with globs; what they do not name stays a problem."""
    monkeypatch.setenv("TAGWRIGHT_ACCEPT_SHRUNK", f"ghcr.io/**,{shrunk.registry.host}/other/*")
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache").code == 1
    monkeypatch.setenv("TAGWRIGHT_ACCEPT_SHRUNK", f"ghcr.io/**,{shrunk.registry.host}/acme/*")
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache").code == 0
    assert standing(shrunk) == NEWER


def test_a_registry_whose_tags_come_and_go_is_believed(shrunk: Story) -> None:
    """Where its settings say so, nobody is asked."""
    shrunk.configured(
        f"registries: [{{prefix: '{shrunk.registry.host}', accept_shrunk: true}}]\n"
        "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n"
    )
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache").code == 0
    assert standing(shrunk) == NEWER


def test_a_plan_shows_what_confirming_would_do(shrunk: Story) -> None:
    """It says what would be written, and confirms nothing: the run after it still asks."""
    image = f"{shrunk.registry.host}/acme/api"
    done = shrunk.runs(f"tagwright plan --cache {shrunk.folder}/cache --accept-shrunk {image}")
    assert (done.code, NEWER in done.out) == (0, True)
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache").code == 1
    assert standing(shrunk) == "1.0.9"


def test_a_list_that_grows_back_is_no_problem(shrunk: Story) -> None:
    """The registry is itself again: nobody needs to say anything."""
    shrunk.offers("acme/api", *TAGS)
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache").code == 0
    assert standing(shrunk) == NEWER


def test_an_empty_list_is_the_same_case(shrunk: Story) -> None:
    """Even of an image that never had many tags."""
    image = shrunk.offers("acme/web", "1.0.0")
    shrunk.remote.commit({"web.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache")
    shrunk.registry.remove("acme/web", "1.0.0")
    done = shrunk.runs(f"tagwright plan --json --cache {shrunk.folder}/cache")
    assert f"{image} lists no tag and had 1 on" in " ".join(
        problem["message"] for problem in done.json["targets"][0]["problems"]
    )


def test_without_a_memory_the_list_is_what_it_is(shrunk: Story) -> None:
    """No cache, or one that was lost: the pass acts, and says what Git alone can tell."""
    said = "the registry does not list 1.0.9, which stands"
    assert said in shrunk.runs("tagwright plan").out
    assert said in shrunk.runs("tagwright explain api").out
    assert shrunk.runs("tagwright run").code == 0
    assert standing(shrunk) == NEWER
    assert "does not list" not in shrunk.runs("tagwright explain api").out


def test_what_stands_and_is_not_listed_is_said_where_nothing_is_taken(shrunk: Story) -> None:
    """Also when the list is empty."""
    for tag in (*TAGS[:3], NEWER):
        shrunk.registry.remove("acme/api", tag)
    (decision,) = shrunk.runs("tagwright plan --json").json["targets"][0]["decisions"]
    assert decision["verdict"] == "none"
    assert decision["detail"] == "no tag may be taken; the registry does not list 1.0.9, which stands"


@pytest.mark.parametrize("body", [b'["10","2026-01-01"]', b'[-5,"2026-01-01"]', b'[10,"\\u001b[2J"]', b"[1e999,1]"])
def test_a_memory_that_makes_no_sense_is_none(shrunk: Story, body: bytes) -> None:
    """What stands in the cache is believed only as far as it could be ours."""
    with closing(sqlite3.connect(shrunk.folder / "cache" / "tagwright.sqlite")) as file, file:
        assert file.execute("UPDATE kept SET body = ? WHERE name LIKE 'seen:%'", (body,)).rowcount == 1
    assert shrunk.runs(f"tagwright run --cache {shrunk.folder}/cache").code == 0


def test_a_glob_that_cannot_be_is_said_before_anything_is_done(shrunk: Story) -> None:
    """A mistake of the command line: exit 2."""
    done = shrunk.runs("tagwright run --accept-shrunk 'ghcr.io/[z-a]*'")
    assert (done.code, standing(shrunk)) == (2, "1.0.9")


@pytest.mark.parametrize("spoilt", [b"no database at all" * 999, None])
def test_a_cache_that_cannot_be_used_is_no_failure(shrunk: Story, spoilt: bytes | None) -> None:
    """Garbage, or a folder in its place: the pass does its work as without a cache, and the report is clean."""
    file = shrunk.folder / "cache" / "tagwright.sqlite"
    file.unlink()
    if spoilt is None:
        file.mkdir()
    else:
        file.write_bytes(spoilt)
    done = shrunk.runs(f"tagwright run --json --cache {shrunk.folder}/cache")
    assert (done.code, done.json["targets"][0]["problems"]) == (0, [])
    assert standing(shrunk) == NEWER

"""A scheduled pass over repositories: what lands, what is left alone, and what is said."""

from __future__ import annotations

import shutil

from tests.support.story import DEPLOYMENT, Story


def test_a_patch_release_becomes_one_commit(story: Story) -> None:
    """A new tag becomes one commit that changes the tag's bytes alone; looking again changes nothing."""
    api = story.offers("acme/api", "1.2.0", "1.2.1", "2.0.0", "latest")
    story.remote.commit({"k8s/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()

    assert story.runs("tagwright run").code == 0

    assert story.remote.show("k8s/api.yaml") + "\n" == DEPLOYMENT.format(image=f"{api}:1.2.1")
    assert len(story.remote.log()) == 2
    message = story.remote.log(form="%B")
    assert f"Tagwright-Image: {api} 1.2.0 -> 1.2.1" in message

    assert story.runs("tagwright run").code == 0
    assert len(story.remote.log()) == 2


def test_a_dry_run_decides_what_a_real_run_decides(story: Story) -> None:
    """`plan` shows the diff and touches nothing; `run` then makes exactly that change."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()

    planned = story.runs("tagwright plan --json --exit-code")
    assert planned.code == 10
    assert len(story.remote.log()) == 1

    ran = story.runs("tagwright run --json")
    assert ran.code == 0
    strip = ("rulings", "source")
    for report in (planned.json, ran.json):
        for decision in report["targets"][0]["decisions"]:
            for key in strip:
                decision.pop(key)
    assert ran.json["targets"][0]["changes"] == planned.json["targets"][0]["changes"]
    assert ran.json["targets"][0]["decisions"] == planned.json["targets"][0]["decisions"]


def test_the_registry_is_down_for_one_of_two_images(story: Story) -> None:
    """An image that cannot be asked about is a problem and exit 1; its neighbour is updated all the same."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit(
        {
            "api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"),
            "gone.yaml": DEPLOYMENT.format(image=f"{story.registry.host}/acme/gone:1.0.0"),
        }
    )
    story.configured()

    ran = story.runs("tagwright run")

    assert ran.code == 1
    assert "acme/gone" in ran.out
    assert f"{api}:1.2.1" in story.remote.show("api.yaml")
    assert "gone:1.0.0" in story.remote.show("gone.yaml")


def test_one_of_two_targets_has_no_repository(story: Story) -> None:
    """A target that is not there is reported, and the other is served."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    (story.folder / "tagwright.yaml").write_text(
        "version: 1\n"
        "defaults: {policy: {compatible: minor}}\n"
        "delivery: {mode: commit}\n"
        f"targets: [{{name: lost, repository: {story.folder}/nowhere.git}}, "
        f"{{name: deploy, repository: {story.remote.path}}}]\n"
    )

    ran = story.runs("tagwright run --json")

    assert ran.code == 1
    lost, deploy = ran.json["targets"]
    assert [problem["code"] for problem in lost["problems"]] == ["not-a-repository"]
    assert [one["outcome"] for one in deploy["published"]] == ["pushed"]


def test_a_warm_cache_folder_fetches_nothing_when_nothing_moved(story: Story) -> None:
    """With a cache folder the second pass reads no file, and still sees a new tag on the third."""
    api = story.offers("acme/api", "1.2.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()
    cache = story.folder / "cache"

    assert story.runs(f"tagwright run --cache {cache}").code == 0
    assert story.runs(f"tagwright run --cache {cache}").code == 0
    story.offers("acme/api", "1.2.1")
    assert story.runs(f"tagwright run --cache {cache}").code == 0

    assert f"{api}:1.2.1" in story.remote.show("api.yaml")
    story.remote.commit({"more.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    assert story.runs(f"tagwright run --cache {cache}").code == 0
    assert f"{api}:1.2.1" in story.remote.show("more.yaml")


def test_a_cache_that_lost_its_mirror_is_an_empty_one(story: Story) -> None:
    """What is remembered of the files survives; the commits are fetched again when something is to be written."""
    api = story.offers("acme/api", "1.2.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()
    cache = story.folder / "cache"
    assert story.runs(f"tagwright run --cache {cache}").code == 0
    shutil.rmtree(cache / "git")
    story.offers("acme/api", "1.2.1")

    assert story.runs(f"tagwright run --cache {cache}").code == 0

    assert f"{api}:1.2.1" in story.remote.show("api.yaml")


def test_the_deadline_leaves_targets_unreached_and_says_so(story: Story) -> None:
    """A target whose turn comes after the deadline is reported, not half done."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()

    ran = story.runs("tagwright run --deadline 0s --json")

    assert ran.code == 1
    assert ran.json["targets"][0]["problems"][0]["code"] == "not-reached"
    assert len(story.remote.log()) == 1


def test_two_overlapping_runs_are_safe(story: Story) -> None:
    """Two runs at once on one cache folder make one commit between them."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()
    arguments = ("run", "--config", str(story.folder / "tagwright.yaml"), "--cache", str(story.folder / "cache"))

    runs = [story.starts(*arguments), story.starts(*arguments)]
    ended = [run.ends() for run in runs]
    assert [one.code for one in ended] == [0, 0], ended

    assert len(story.remote.log()) == 2
    assert f"{api}:1.2.1" in story.remote.show("api.yaml")


def test_without_a_policy_nothing_is_written_and_three_lines_are_offered(story: Story) -> None:
    """A first `run` on a repository without configuration says what to write; `plan` shows what it would do."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})

    ran = story.runs(f"tagwright run --repo {story.remote.path}")
    assert ran.code == 2
    assert "    version: 1\n    defaults:\n      policy: {compatible: minor}\n" in ran.out

    planned = story.runs(f"tagwright plan --repo {story.remote.path}")
    assert planned.code == 0
    assert f"+          image:   {api}:1.2.1" in planned.out
    assert len(story.remote.log()) == 1


def test_the_repository_brings_its_own_rules(story: Story) -> None:
    """`.tagwright.yaml` in the repository is enough for `run --repo`."""
    api = story.offers("acme/api", "1.2.0", "1.2.1", "1.3.0")
    story.remote.commit(
        {
            "api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"),
            ".tagwright.yaml": "version: 1\ndefaults:\n  policy: {compatible: patch}\n",
        }
    )

    assert story.runs(f"tagwright run --commit --repo {story.remote.path}").code == 0

    assert f"{api}:1.2.1" in story.remote.show("api.yaml")

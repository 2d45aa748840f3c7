"""What people take back stays back, without a database: it is read from Git."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git_server import git
from tests.support.story import DEPLOYMENT, Story


def rolled_back(story: Story, message: str = "Back to 1.2.0: it crashes") -> str:
    """Tagwright brought 1.2.1, and a person took it back; the image."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"apps/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()
    assert story.runs("tagwright run").code == 0
    assert f"{api}:1.2.1" in story.remote.show("apps/api.yaml")
    story.remote.commit({"apps/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")}, message=message)
    return api


def test_a_rollback_by_hand_is_respected(story: Story) -> None:
    """A version that a person took back is not written again, and the reason names commit, person and day."""
    api = rolled_back(story)
    tip = story.remote.tip() or ""

    ran = story.runs("tagwright run --json")

    (decision,) = ran.json["targets"][0]["decisions"]
    assert (ran.code, decision["verdict"], decision["chosen"]) == (0, "rejected", None)
    assert "1.2.1 was taken back by A Person on 2" in decision["detail"]
    assert tip[:10] in decision["detail"]
    assert {one["tag"]: one["reason"] for one in decision["rulings"]} == {"1.2.0": "same", "1.2.1": "rejected"}
    assert story.remote.tip() == tip
    assert f"{api}:1.2.0" in story.remote.show("apps/api.yaml")


def test_a_newer_version_ends_the_wait(story: Story) -> None:
    """Automation goes on with a version above the one taken back, and takes nothing at or below it."""
    story.offers("acme/api", "1.2.0-rc.1")
    api = rolled_back(story)
    story.offers("acme/api", "1.2.2")
    assert story.runs("tagwright run").code == 0
    assert f"{api}:1.2.2" in story.remote.show("apps/api.yaml")
    story.remote.commit({"apps/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})

    ran = story.runs("tagwright run --json")

    reasons = {one["tag"]: one["reason"] for one in ran.json["targets"][0]["decisions"][0]["rulings"]}
    assert (reasons["1.2.1"], reasons["1.2.2"]) == ("rejected", "rejected")
    assert f"{api}:1.2.0" in story.remote.show("apps/api.yaml")


def test_what_is_kept_between_runs_does_not_forget_a_rollback(story: Story) -> None:
    """With a cache, too, a rollback counts from the run after it, and "go on" from the run after that."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    old = DEPLOYMENT.format(image=f"{api}:1.2.0")
    story.remote.commit({"api.yaml": old})
    story.configured()
    run = f"tagwright run --json --cache {story.folder / 'cache'}"
    assert story.runs(run).json["targets"][0]["decisions"][0]["verdict"] == "update"
    story.remote.commit({"api.yaml": old}, message="Back")
    for _ in range(2):
        assert story.runs(run).json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    story.remote.commit({"README.md": "x"}, message="Go\n\nTagwright: resume")
    assert story.runs(run).json["targets"][0]["decisions"][0]["verdict"] == "update"


def test_a_person_says_go_on(story: Story) -> None:
    """A later commit with the line `Tagwright: resume` sets the version free again."""
    api = rolled_back(story)
    story.remote.commit({"README.md": "fixed\n"}, message="The database is migrated\n\nTagwright: resume\n")

    story.runs("tagwright run")

    assert f"{api}:1.2.1" in story.remote.show("apps/api.yaml")


def test_a_marker_says_go_on(story: Story) -> None:
    """A marker `resume` that was put beside the value after the rollback sets the version free again."""
    api = rolled_back(story)
    marked = DEPLOYMENT.format(image=f"{api}:1.2.0  # tagwright: resume")
    story.remote.commit({"apps/api.yaml": marked})

    story.runs("tagwright run")

    assert f"{api}:1.2.1  # tagwright: resume" in story.remote.show("apps/api.yaml")


def test_a_marker_that_stood_there_at_the_rollback_says_nothing(story: Story) -> None:
    """A `resume` from before does not overrule a rollback that comes later."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    before = DEPLOYMENT.format(image=f"{api}:1.2.0  # tagwright: resume")
    story.remote.commit({"apps/api.yaml": before})
    story.configured()
    story.runs("tagwright run")
    assert "1.2.1" in story.remote.show("apps/api.yaml")
    story.remote.commit({"apps/api.yaml": before})

    story.runs("tagwright run")

    assert story.remote.show("apps/api.yaml") == before.rstrip("\n")


def test_the_rollback_follows_a_moved_file(story: Story) -> None:
    """Whoever moves the file afterwards moves the memory with it."""
    api = rolled_back(story)
    moved = f"M 100644 inline prod/api/deploy.yaml\ndata <<E\n{DEPLOYMENT.format(image=f'{api}:1.2.0')}E\n"
    stream = f"commit refs/heads/main\ncommitter P <p@example.test> now\ndata 4\nMove\nfrom {story.remote.tip()}\n"
    script = f"{stream}D apps/api.yaml\n{moved}"
    git("fast-import", "--quiet", "--date-format=now", cwd=story.remote.path, stdin=script.encode())

    ran = story.runs("tagwright run --json")

    assert ran.json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    assert f"{api}:1.2.0" in story.remote.show("prod/api/deploy.yaml")


def test_only_the_file_that_was_rolled_back_waits(story: Story) -> None:
    """The same image elsewhere goes on: a rollback in one environment says nothing about the others."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    old = DEPLOYMENT.format(image=f"{api}:1.2.0")
    story.remote.commit({"prod/api.yaml": old, "test/api.yaml": old})
    story.configured()
    story.runs("tagwright run")
    story.remote.commit({"prod/api.yaml": old}, message="Production stays on 1.2.0")
    story.remote.commit({"demo/api.yaml": old}, message="One more place")

    story.runs("tagwright run")

    assert "1.2.0" in story.remote.show("prod/api.yaml")
    assert "1.2.1" in story.remote.show("test/api.yaml")
    assert "1.2.1" in story.remote.show("demo/api.yaml")


def test_a_step_up_by_hand_is_no_rollback(story: Story) -> None:
    """A person who goes further than Tagwright took nothing back."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()
    story.runs("tagwright run")
    story.offers("acme/api", "1.3.0", "1.4.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.3.0")})

    story.runs("tagwright run")

    assert "1.4.0" in story.remote.show("api.yaml")


def test_what_was_put_back_by_hand_is_no_longer_taken_back(story: Story) -> None:
    """A rollback that was itself reverted counts no more."""
    api = rolled_back(story)
    story.remote.commit({"apps/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.1")}, message="Forward again")
    story.offers("acme/api", "1.2.2")

    story.runs("tagwright run")

    assert "1.2.2" in story.remote.show("apps/api.yaml")


@pytest.mark.parametrize("keeps", [True, False], ids=["with our words", "without"])
def test_a_reverted_squash_merge(story: Story, keeps: bool) -> None:
    """A pull request that was squashed and reverted by the forge's button is a rollback, even if our words got lost."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    old, new = (DEPLOYMENT.format(image=f"{api}:{tag}") for tag in ("1.2.0", "1.2.1"))
    story.remote.commit({"api.yaml": old})
    words = f"\n\n* Update\n\nTagwright-Image: {api} 1.2.0 -> 1.2.1\n\nCo-authored-by: P <p@example.test>\n"
    story.remote.commit({"api.yaml": new}, message="Update acme/api (#7)" + (words if keeps else ""))
    story.remote.commit({"api.yaml": old}, message='Revert "Update acme/api (#7)" (#8)\n\nReverts acme/deploy#7')
    story.configured()

    ran = story.runs("tagwright run --json")

    assert ran.json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    assert "1.2.0" in story.remote.show("api.yaml")


def test_a_reverted_merge(story: Story, tmp_path: Path) -> None:
    """A merged branch of ours that was reverted on the base is a rollback."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    old, new = (DEPLOYMENT.format(image=f"{api}:{tag}") for tag in ("1.2.0", "1.2.1"))
    base = story.remote.commit({"api.yaml": old})
    remote, clone = story.remote.path, tmp_path / "clone"
    git("update-ref", "refs/heads/tagwright/api", base, cwd=remote)
    story.remote.commit(
        {"api.yaml": new}, message=f"Update\n\nTagwright-Image: {api} 1.2.0 -> 1.2.1", branch="tagwright/api"
    )
    story.remote.commit({"other.txt": "x"}, message="Meanwhile")
    git("clone", "--quiet", str(remote), str(clone), cwd=tmp_path)
    git("merge", "--quiet", "--no-ff", "-m", "Merge #7", "origin/tagwright/api", cwd=clone)
    git("revert", "--no-edit", "-m", "1", "HEAD", cwd=clone)
    git("push", "--quiet", "origin", "main", cwd=clone)
    story.configured()

    ran = story.runs("tagwright run --json")

    assert ran.json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    assert "1.2.0" in story.remote.show("api.yaml")


def test_ci_leaves_what_was_taken_back(story: Story) -> None:
    """`set` respects a rollback too: exit 0, nothing written, unless --override-hold."""
    api = rolled_back(story)
    tip = story.remote.tip()

    said = story.runs(f"tagwright set {api}:1.2.1 --repo {story.remote.path} --json")

    (decision,) = said.json["targets"][0]["decisions"]
    assert (said.code, decision["verdict"]) == (0, "rejected")
    assert "--override-hold" in decision["detail"]
    assert story.remote.tip() == tip
    assert story.runs(f"tagwright set {api}:1.2.1 --repo {story.remote.path} --override-hold").code == 0
    assert "1.2.1" in story.remote.show("apps/api.yaml")


def test_ci_leaves_a_late_build_below_what_was_taken_back(story: Story) -> None:
    """A build that is older than the one taken back does not come in its place: by version, or by its order."""
    api = rolled_back(story)
    early = f"tagwright set {api}:1.2.1-rc.1 --repo {story.remote.path} --json"
    assert story.runs(early).json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    app = story.offers("acme/app", "main-aaa", "main-bbb", "main-ccc")
    story.remote.commit({"app.yaml": DEPLOYMENT.format(image=f"{app}:main-aaa")})
    story.runs(f"tagwright set {app}:main-ccc --order 3 --repo {story.remote.path}")
    story.remote.commit({"app.yaml": DEPLOYMENT.format(image=f"{app}:main-aaa")}, message="Back")

    late = story.runs(f"tagwright set {app}:main-bbb --order 2 --repo {story.remote.path} --json")

    assert late.json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    assert story.runs(f"tagwright set {app}:main-ddd --order 4 --repo {story.remote.path}").code == 0
    assert "main-ddd" in story.remote.show("app.yaml")


def test_a_further_step_back_is_no_business_of_a_rollback(story: Story) -> None:
    """Whoever was rolled back to 1.2.0 may go down to 1.1.0 by `set --allow-downgrade`."""
    api = rolled_back(story)

    assert story.runs(f"tagwright set {api}:1.1.0 --allow-downgrade --repo {story.remote.path}").code == 0

    assert "1.1.0" in story.remote.show("apps/api.yaml")


def test_ci_brings_what_is_newer_than_was_taken_back(story: Story) -> None:
    """A newer build is what the rollback waited for."""
    api = rolled_back(story)

    assert story.runs(f"tagwright set {api}:1.2.2 --repo {story.remote.path}").code == 0

    assert "1.2.2" in story.remote.show("apps/api.yaml")


def test_a_downgrade_by_set_is_a_rollback(story: Story) -> None:
    """Who takes a version back by `set --allow-downgrade` is respected like who edits the file."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.1")})
    story.configured()
    story.runs(f"tagwright set {api}:1.2.0 --allow-downgrade --repo {story.remote.path}")
    assert "1.2.0" in story.remote.show("api.yaml")

    ran = story.runs("tagwright run --json")

    assert ran.json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    assert "1.2.0" in story.remote.show("api.yaml")


def test_a_plan_remembers_what_a_run_remembers(story: Story) -> None:
    """A dry run decides about a rollback as a real run does, and `explain` gives the reason."""
    rolled_back(story)

    planned, explained = story.runs("tagwright plan --json"), story.runs("tagwright explain")

    assert planned.json["targets"][0]["decisions"][0]["verdict"] == "rejected"
    assert planned.json["targets"][0]["changes"] == []
    assert "was taken back by A Person" in explained.out


def test_a_history_that_is_cut_is_a_problem_and_never_no_rollback(story: Story, tmp_path: Path) -> None:
    """In a remote without its history nobody can tell what was taken back, so nothing is written and it is said."""
    api = rolled_back(story)
    shallow = tmp_path / "shallow.git"
    git("clone", "--quiet", "--bare", "--depth=1", f"file://{story.remote.path}", str(shallow), cwd=tmp_path)

    said = story.runs(f"tagwright set {api}:1.2.1 --repo {shallow} --json")

    (problem,) = said.json["targets"][0]["problems"]
    assert (said.code, problem["code"]) == (1, "history-cut")
    assert f"{api}:1.2.0" in git("cat-file", "blob", "main:apps/api.yaml", cwd=shallow)


def test_a_cut_history_that_holds_our_words_is_enough(story: Story, tmp_path: Path) -> None:
    """Where the last word about the image is ours and in sight, a missing past changes nothing."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()
    story.runs("tagwright run")
    shallow = tmp_path / "shallow.git"
    git("clone", "--quiet", "--bare", "--depth=1", f"file://{story.remote.path}", str(shallow), cwd=tmp_path)

    assert story.runs(f"tagwright set {api}:1.2.2 --repo {shallow}").code == 0

    assert f"{api}:1.2.2" in git("cat-file", "blob", "main:api.yaml", cwd=shallow)


def test_our_words_about_one_file_say_nothing_of_another(story: Story, tmp_path: Path) -> None:
    """In a cut history the file that our last words touched goes on; another of the same image is a problem."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    old = DEPLOYMENT.format(image=f"{api}:1.2.0")
    story.remote.commit({"api.yaml": old})
    story.configured()
    story.remote.commit({"b.yaml": old, "api.yaml": old.replace("1.2.0", "1.1.0")})
    story.runs(f"tagwright set {api}:1.2.0 --files api.yaml --repo {story.remote.path}")
    shallow = tmp_path / "shallow.git"
    git("clone", "--quiet", "--bare", "--depth=2", f"file://{story.remote.path}", str(shallow), cwd=tmp_path)

    said = story.runs(f"tagwright set {api}:1.2.2 --repo {shallow} --json")

    assert said.code == 1
    assert [(one["code"], one["path"]) for one in said.json["targets"][0]["problems"]] == [("history-cut", "b.yaml")]
    assert f"{api}:1.2.2" in git("cat-file", "blob", "main:api.yaml", cwd=shallow)
    assert f"{api}:1.2.0" in git("cat-file", "blob", "main:b.yaml", cwd=shallow)

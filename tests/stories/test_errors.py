"""What goes wrong says what, where, and what to try; and the exit code says how badly."""

from __future__ import annotations

import pytest

from tests.support.story import DEPLOYMENT, Story


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("run --config nowhere.yaml", "no configuration"),
        ("plan --repo file:///nowhere --path .", "exclude each other"),
        ("plan --path /nowhere/at/all", "not a folder"),
        ("set --path .", "no image given"),
        ("set ghcr.io/acme/api:1 --path . --retry-for soon", "--retry-for"),
        ("set ghcr.io/acme/api:1 --path . --batch /nowhere", "/nowhere"),
        ("plan --repo https://user:hunter2@git.invalid/x.git", "secret"),
        ("run --config {config} --shard 4/2", "--shard"),
        ("run --config {config} --target nobody", "nobody"),
    ],
)
def test_a_wrong_command_line_is_exit_2(story: Story, line: str, words: str) -> None:
    """A sentence with what was wrong, what to try, and never the secret."""
    story.configured()
    done = story.runs("tagwright " + line.format(config=story.folder / "tagwright.yaml"))
    assert done.code == 2, done
    assert words in done.err + done.out
    assert "hunter2" not in done.err + done.out


@pytest.mark.parametrize(
    ("address", "code"),
    [("file:///nowhere/deploy.git", "not-a-repository"), ("http://127.0.0.1:9/deploy.git", "git")],
)
def test_a_repository_that_is_not_there_is_exit_1(story: Story, address: str, code: str) -> None:
    """The address is named, and the reason."""
    done = story.runs(f"tagwright plan --json --repo {address}")
    assert done.code == 1
    (problem,) = done.json["targets"][0]["problems"]
    assert problem["code"].startswith(code)
    assert "deploy.git" in problem["message"]


def test_an_empty_repository_has_no_branch(story: Story) -> None:
    """Said as that, not as a bug."""
    done = story.runs(f"tagwright plan --json --repo {story.remote.path}")
    assert done.code == 1
    assert done.json["targets"][0]["problems"][0]["code"] == "branch-unknown"


def test_a_protected_branch_says_so(story: Story) -> None:
    """The push is refused, nothing is half done, and the way out is named."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    tip = story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.remote.hook("update", "echo 'GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1\n")
    story.configured()
    done = story.runs("tagwright run --json")
    assert done.code == 1
    target = done.json["targets"][0]
    assert [one["outcome"] for one in target["published"]] == ["failed"]
    assert [one["code"] for one in target["problems"]] == ["branch-protected"]
    assert story.remote.tip() == tip


def test_a_repository_with_a_broken_configuration_is_exit_2(story: Story) -> None:
    """Every mistake with its line, and nothing is written."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    tip = story.remote.commit(
        {"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"), ".tagwright.yaml": "version: 1\nrulez: []\n"}
    )
    done = story.runs(f"tagwright run --commit --repo {story.remote.path}")
    assert done.code == 2
    assert ".tagwright.yaml:2" in done.out + done.err
    assert "rules" in done.out + done.err
    assert story.remote.tip() == tip


def test_an_unreadable_file_is_listed_and_stops_nothing(story: Story) -> None:
    """A template that no parser reads is reported by `scan`, strictly an error; its neighbours are updated."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit(
        {"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"), "bad.yaml": b"image: \xff\xfe ghcr.io/x/y:1\n"}
    )
    story.configured()
    assert story.runs("tagwright scan").code == 0
    strict = story.runs("tagwright scan --strict --json")
    assert strict.code == 1
    assert [problem["path"] for problem in strict.json["problems"]] == ["bad.yaml"]
    assert story.runs("tagwright run").code == 0
    assert f"{api}:1.2.1" in story.remote.show("api.yaml")


def test_a_bug_in_one_target_is_exit_3_and_stops_no_other(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is caught once around a target, logged, and told from what was foreseen."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured()
    from tagwright import run

    monkeypatch.setattr(run, "plan", lambda *_: 1 / 0)
    done = story.runs("tagwright run --json")
    assert done.code == 3
    assert done.json["targets"][0]["problems"][0]["code"] == "bug"
    assert "ZeroDivisionError" in done.err


def test_two_mistakes_give_the_worse_code(story: Story) -> None:
    """A failed target (1) beside a mistaken one (2) is 2."""
    story.remote.commit({".tagwright.yaml": "rulez: []\n", "a.yaml": "image: x/y:1\n"})
    (story.folder / "tagwright.yaml").write_text(
        "version: 1\ndefaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\ntargets:\n"
        f"- {{name: a, repository: {story.remote.path}}}\n- {{name: b, repository: {story.folder}/nowhere.git}}\n"
    )
    assert story.runs("tagwright run").code == 2


def test_check_finds_every_mistake_at_once(story: Story) -> None:
    """Keys, values and templates, each with its place; a right file is 0 and says so."""
    config = story.folder / "tagwright.yaml"
    target = f"targets: [{{name: a, repository: {story.remote.path}}}]\n"
    config.write_text(f"version: 1\nrulez: []\ndefaults: {{policy: {{semver: nonsense}}}}\n{target}")
    wrong = story.runs(f"tagwright check --config {config}")
    assert wrong.code == 2
    assert f"{config}:2" in wrong.out
    assert f"{config}:3" in wrong.out

    config.write_text(f"version: 1\ndelivery: {{mode: commit, title: '{{{{ image.name }}'}}\n{target}")
    broken = story.runs(f"tagwright check --json --config {config}")
    assert broken.code == 2
    assert [problem["code"] for problem in broken.json["problems"]] == ["template"]

    story.configured()
    right = story.runs(f"tagwright check --config {config}")
    assert (right.code, right.out) == (0, f"{config}: right\n")

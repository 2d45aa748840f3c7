"""The commits that are delivered: whose they are, who signed them, and what they start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git_server import git
from tests.support.reviewed import Reviewed
from tests.support.signing import Keys, keys
from tests.support.story import DEPLOYMENT, Story

RULES = "defaults: {policy: {compatible: minor}}\n"
BOT = "author: {name: Bot, email: bot@example.test}"


@pytest.fixture(params=["ssh", "openpgp"])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    """A key with a passphrase, in the environment as SIGNING_PASSPHRASE."""
    with keys(request.param, "pass phrase") as made:
        monkeypatch.setenv("SIGNING_PASSPHRASE", "pass phrase")
        yield made


def signing(key: Keys, passphrase: str = ", passphrase_env: SIGNING_PASSPHRASE") -> str:
    """The line of the configuration."""
    return f"signing: {{format: {key.format}, key_file: {key.file}{passphrase}}}"


def outdated(story: Story) -> str:
    """One reference that is behind; its image."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    return api


def delivering(story: Story, *settings: str) -> None:
    """Change the delivery of the story's configuration."""
    path = story.folder / "tagwright.yaml"
    text = path.read_text() if path.exists() else ""
    path.write_text(text.replace("delivery: {", f"delivery: {{{', '.join(settings)}, "))


def said(story: Story, branch: str = "main") -> str:
    """The message of a branch's newest commit."""
    return git("log", "-1", "--format=%B", branch, cwd=story.remote.path)


# ── signatures ───────────────────────────────────────────────────────────────


def test_a_direct_commit_is_signed(story: Story, key: Keys) -> None:
    """`git verify-commit` knows it; neither the report nor the log holds the passphrase."""
    outdated(story)
    story.configured(f"{RULES}delivery: {{mode: commit, {signing(key)}}}\n")
    ran = story.runs("tagwright run --verbose")
    assert ran.code == 0, ran
    assert story.remote.log() == [f"Update {story.registry.host}/acme/api to 1.2.1", "Seed"]
    assert key.verifies(story.remote.path, "main")
    assert "pass phrase" not in ran.out + ran.err


def test_set_signs_as_well(story: Story, key: Keys) -> None:
    """Whatever brings the commit about."""
    story.remote.commit({"api.yaml": "image: ghcr.io/acme/api:1.2.0\n"})
    story.configured(f"{RULES}delivery: {{mode: commit, {signing(key)}}}\n")
    ran = story.runs(f"tagwright set ghcr.io/acme/api:1.2.1 --config {story.folder / 'tagwright.yaml'}")
    assert ran.code == 0, ran
    assert key.verifies(story.remote.path, "main")


def test_a_pull_requests_commit_is_signed_once(reviewed: Reviewed, key: Keys) -> None:
    """A second run signs nothing anew: the branch stays as it is and the forge is told nothing.

    When signing is switched on later, the branch is rebuilt to be signed; a newer tag is signed again.
    """
    outdated(reviewed)
    reviewed.runs("tagwright run")
    (pull,) = reviewed.forge.pulls("acme/deploy")
    assert not key.verifies(reviewed.remote.path, pull.head)

    delivering(reviewed, signing(key))
    assert reviewed.runs("tagwright run").code == 0
    assert key.verifies(reviewed.remote.path, pull.head)

    before = len(reviewed.forge.writes), reviewed.remote.tip(pull.head)
    again = reviewed.runs("tagwright run --json")
    assert again.json["targets"][0]["published"][0]["outcome"] == "unchanged"
    assert (len(reviewed.forge.writes), reviewed.remote.tip(pull.head)) == before

    reviewed.offers("acme/api", "1.3.0")
    assert reviewed.runs("tagwright run").code == 0
    assert key.verifies(reviewed.remote.path, pull.head)
    assert len(reviewed.all_pulls()) == 1


@pytest.mark.parametrize("mode", ["commit", "pull-request"])
def test_without_the_key_nothing_is_delivered(reviewed: Reviewed, key: Keys, mode: str) -> None:
    """A wrong passphrase: exit 1, a problem that names the file, no branch, no pull request, no unsigned commit."""
    outdated(reviewed)
    path = reviewed.folder / "tagwright.yaml"
    path.write_text(path.read_text().replace("mode: pull-request", f"mode: {mode}, {signing(key, '')}"))
    tip = reviewed.remote.tip()
    ran = reviewed.runs("tagwright run --json")
    assert ran.code == 1
    (problem,) = ran.json["targets"][0]["problems"]
    assert (problem["code"], str(key.file) in problem["message"]) == ("signing", True)
    assert (reviewed.remote.tip(), reviewed.remote.branches(), reviewed.all_pulls()) == (tip, ["main"], [])


def test_check_tries_the_key(story: Story, key: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Early, offline, as a warning: the key may be mounted where Tagwright runs, and not here."""
    story.configured(f"{RULES}delivery: {{mode: commit, {signing(key)}}}\n")
    check = f"tagwright check --config {story.folder / 'tagwright.yaml'} --json"
    assert story.runs(check).json["warnings"] == []
    monkeypatch.setenv("SIGNING_PASSPHRASE", "another")
    ran = story.runs(check)
    assert (ran.code, [one["code"] for one in ran.json["warnings"]]) == (0, ["signing"])
    assert "another" not in ran.out


# ── people and words ─────────────────────────────────────────────────────────


def test_author_committer_and_sign_off(story: Story) -> None:
    """Each where Git keeps it; the Signed-off-by joins the trailers, which are read as before."""
    outdated(story)
    story.configured(
        f"{RULES}delivery: {{mode: commit, {BOT}, committer: {{name: CI, email: ci@example.test}}, sign_off: true}}\n"
    )
    assert story.runs("tagwright run").code == 0
    assert story.remote.log(form="%an <%ae> %cn <%ce>")[0] == "Bot <bot@example.test> CI <ci@example.test>"
    parsed = git(
        "log", "-1", "--format=%(trailers:key=Signed-off-by)%(trailers:key=Tagwright-Image)", cwd=story.remote.path
    )
    assert parsed.split("\n")[0] == "Signed-off-by: Bot <bot@example.test>"
    assert "acme/api 1.2.0 -> 1.2.1" in parsed


def test_a_pull_request_by_another_committer_is_still_ours(reviewed: Reviewed) -> None:
    """It moves on to a newer tag."""
    api = outdated(reviewed)
    delivering(reviewed, "committer: {name: CI, email: ci@example.test}", "sign_off: true")
    reviewed.runs("tagwright run")
    reviewed.offers("acme/api", "1.3.0")
    assert reviewed.runs("tagwright run").code == 0
    assert reviewed.all_pulls() == [("open", f"Update {api} to 1.3.0")]


def test_a_persons_message_keeps_its_words_and_trailers(story: Story) -> None:
    """--message with trailers of its own: ours join them, and one Signed-off-by is enough."""
    story.remote.commit({"api.yaml": "image: ghcr.io/acme/api:1.2.0\n"})
    story.configured(f"{RULES}delivery: {{mode: commit, {BOT}, sign_off: true, skip_ci: true}}\n")
    message = "Release 7\n\nSee the notes.\n\nRef: INC-7\nSigned-off-by: Bot <bot@example.test>"
    config = story.folder / "tagwright.yaml"
    assert story.runs(f"tagwright set ghcr.io/acme/api:1.2.1 --config {config} --message '{message}'").code == 0
    assert said(story).splitlines() == [
        "Release 7",
        "",
        "See the notes.",
        "",
        "[skip ci]",
        "",
        "Ref: INC-7",
        "Signed-off-by: Bot <bot@example.test>",
        "Tagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1",
    ]


# ── what a commit starts ─────────────────────────────────────────────────────


def test_a_direct_commit_can_ask_for_no_ci(story: Story) -> None:
    """`[skip ci]` in a paragraph of its own, the trailers last."""
    outdated(story)
    story.configured(f"{RULES}delivery: {{mode: commit, skip_ci: true}}\n")
    assert story.runs("tagwright run").code == 0
    *_, skip, empty, trailer = said(story).splitlines()
    assert (skip, empty, trailer.partition(":")[0]) == ("[skip ci]", "", "Tagwright-Image")
    assert story.runs("tagwright run --json").json["targets"][0]["changes"] == []


def test_a_pull_requests_checks_are_never_skipped(reviewed: Reviewed) -> None:
    """A required check that never starts would keep it from being merged."""
    outdated(reviewed)
    delivering(reviewed, "skip_ci: true")
    reviewed.runs("tagwright run")
    (pull,) = reviewed.forge.pulls("acme/deploy")
    assert "skip ci" not in said(reviewed, pull.head)


def test_push_options_reach_the_server(story: Story, tmp_path: Path) -> None:
    """As GitLab's ci.skip does."""
    outdated(story)
    git("config", "receive.advertisePushOptions", "true", cwd=story.remote.path)
    story.remote.hook(
        "post-receive", f'echo "$GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_1" > {tmp_path}/o\n'
    )
    story.configured(f'{RULES}delivery: {{mode: commit, push_options: [ci.skip, "x=a b"]}}\n')
    assert story.runs("tagwright run").code == 0
    assert (tmp_path / "o").read_text() == "2 ci.skip x=a b\n"


def test_a_server_without_push_options_says_so(story: Story) -> None:
    """Nothing is pushed without them."""
    outdated(story)
    tip = story.remote.tip()
    story.configured(f"{RULES}delivery: {{mode: commit, push_options: [ci.skip]}}\n")
    ran = story.runs("tagwright run --json")
    (problem,) = ran.json["targets"][0]["problems"]
    assert (ran.code, problem["code"], story.remote.tip()) == (1, "push-options", tip)
    assert "push_options" in problem["hint"]

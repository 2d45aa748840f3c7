"""Commits that the forge makes, and signs: what lands is what was intended, and nothing is seen half-done."""

from __future__ import annotations

import importlib

import pytest

from tests.stories.test_commits import delivering, outdated, said
from tests.support.forges import Answer, FakeGitea, FakeGitHub, Fault
from tests.support.git_server import git
from tests.support.reviewed import Reviewed
from tests.support.story import DEPLOYMENT

BY_API = "commits: api"


@pytest.fixture
def committing(reviewed: Reviewed) -> Reviewed:
    """A forge that makes commits."""
    if isinstance(reviewed.forge, FakeGitea):
        pytest.skip("Gitea signs only where its server is told to, so nothing is gained")
    delivering(reviewed, BY_API)
    return reviewed


def directly(story: Reviewed) -> None:
    """Deliver by commits."""
    path = story.folder / "tagwright.yaml"
    path.write_text(path.read_text().replace("mode: pull-request", "mode: commit"))


def people(story: Reviewed, branch: str) -> str:
    """Author's and committer's addresses."""
    return git("log", "-1", "--format=%ae %ce", branch, cwd=story.remote.path)


def test_a_direct_commit_is_made_by_the_forge(committing: Reviewed) -> None:
    """Its people are the forge's, its message and files ours, no other branch is left; the next run is quiet."""
    api = outdated(committing)
    delivering(committing, "sign_off: true")
    directly(committing)
    seed = committing.remote.tip()
    ran = committing.runs("tagwright run --json")
    assert ran.code == 0, ran
    (published,) = ran.json["targets"][0]["published"]
    assert (published["outcome"], published["commit"]) == ("pushed", committing.remote.tip())
    assert "noreply" in people(committing, "main")
    assert "tagwright@localhost" not in people(committing, "main")
    assert said(committing).endswith("Signed-off-by: tagwright <tagwright@localhost>")
    assert committing.remote.show("api.yaml").endswith(f"image:   {api}:1.2.1")
    assert committing.remote.log(form="%H")[1] == seed
    assert committing.remote.branches() == ["main"]
    assert committing.runs("tagwright run --json").json["targets"][0]["changes"] == []


def test_several_commits_land_together(committing: Reviewed) -> None:
    """Each change on the one before, in one move of the branch."""
    one, two = committing.offers("acme/one", "1.0.0", "1.0.1"), committing.offers("acme/two", "2.0.0", "2.1.0")
    committing.remote.commit({"all.yaml": f"a:\n  image: {one}:1.0.0\nb:\n  image: {two}:2.0.0\n"})
    directly(committing)
    committing.remote.hook("post-receive", "cat >> moves\n")
    assert committing.runs("tagwright run").code == 0
    assert committing.remote.show("all.yaml") == f"a:\n  image: {one}:1.0.1\nb:\n  image: {two}:2.1.0"
    assert len(committing.remote.log()) == 3
    moves = (committing.remote.path / "moves").read_text().splitlines()
    assert len([line for line in moves if line.endswith("refs/heads/main")]) == 1


def test_a_pull_request_lives_on_commits_of_the_forge(committing: Reviewed) -> None:
    """Opened, left alone while it is right, moved on in place, never at its base, which would close it."""
    api = outdated(committing)
    assert committing.runs("tagwright run").code == 0
    (pull,) = committing.forge.pulls("acme/deploy")
    assert "noreply" in people(committing, pull.head)

    before = len(committing.forge.writes), committing.remote.tip(pull.head)
    again = committing.runs("tagwright run --json")
    assert again.json["targets"][0]["published"][0]["outcome"] == "unchanged"
    assert (len(committing.forge.writes), committing.remote.tip(pull.head)) == before

    committing.remote.hook("update", 'echo "$1 $3" >> moves\n')
    base = committing.remote.commit({"other.txt": "x\n"})
    committing.offers("acme/api", "1.3.0")
    assert committing.runs("tagwright run").code == 0
    assert committing.all_pulls() == [("open", f"Update {api} to 1.3.0")]
    assert committing.remote.log(pull.head, "%H")[1] == base
    assert committing.remote.branches() == ["main", pull.head]
    moves = (committing.remote.path / "moves").read_text().splitlines()
    assert [line for line in moves if line.startswith(f"refs/heads/{pull.head} ")] == [
        f"refs/heads/{pull.head} {committing.remote.tip(pull.head)}"
    ]


def test_a_persons_commit_on_the_branch_stays(committing: Reviewed) -> None:
    """One of their own, or ours amended: neither is overwritten."""
    outdated(committing)
    committing.runs("tagwright run")
    (pull,) = committing.forge.pulls("acme/deploy")
    bare, words = committing.remote.path, said(committing, pull.head)
    tree = git("rev-parse", f"{pull.head}^{{tree}}", cwd=bare)
    author = {"GIT_AUTHOR_NAME": "Bot", "GIT_AUTHOR_EMAIL": people(committing, pull.head).split()[0]}
    amended = git("commit-tree", tree, "-p", "main", "-m", words, cwd=bare, environ=author)
    committing.remote.reset(pull.head, amended)
    committing.offers("acme/api", "1.3.0")
    committing.runs("tagwright run")
    assert committing.remote.tip(pull.head) == amended


def test_a_race_is_replayed(committing: Reviewed) -> None:
    """Somebody was faster between the commit and the move: the same wish on the new head, no branch left."""
    outdated(committing)
    directly(committing)
    committing.remote.hook(
        "pre-receive",
        "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
        "grep -q refs/heads/main || exit 0\n[ -e raced ] && exit 0\ntouch raced\n"
        "export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@y GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@y\n"
        "git update-ref refs/heads/main $(git commit-tree main^{tree} -p main -m 'Faster')\n",
    )
    assert committing.runs("tagwright run").code == 0
    assert [line.split(" ")[0] for line in committing.remote.log()] == ["Update", "Faster", "Seed"]
    assert committing.remote.branches() == ["main"]


def test_a_forge_that_refuses_leaves_nothing(committing: Reviewed) -> None:
    """Its words are told, the branch is where it was, the forge's own branch is gone."""
    outdated(committing)
    directly(committing)
    tip = committing.remote.tip()
    words = {"message": "No commits on a Friday"}
    where = "graphql" if isinstance(committing.forge, FakeGitHub) else "commits"
    committing.forge.faults.append(Fault(f"POST .*{where}", Answer(422, words), times=9))
    ran = committing.runs("tagwright run --json")
    assert ran.code == 1
    assert "Friday" in ran.json["targets"][0]["problems"][0]["message"]
    assert (committing.remote.tip(), committing.remote.branches()) == (tip, ["main"])


def test_a_commit_that_is_another_is_not_taken(committing: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forge that changes a byte: nothing lands, and the problem says so."""
    outdated(committing)
    directly(committing)
    tip = committing.remote.tip()
    for module in ("forge_github_graphql", "forge_gitlab_git"):
        found = importlib.import_module(f"tests.support.{module}")
        honest = found.commit_files

        def sloppy(path: object, parent: str, message: str, files: dict[str, object], **who: str) -> str:
            spoiled = {name: (one[0], one[1] + b"\n") for name, one in files.items()}  # type: ignore[index]
            return str(honest(path, parent, message, spoiled, **who))  # noqa: B023

        monkeypatch.setattr(found, "commit_files", sloppy)
    ran = committing.runs("tagwright run --json")
    (problem,) = ran.json["targets"][0]["problems"]
    assert (ran.code, problem["code"]) == (1, "commit-differs")
    assert (committing.remote.tip(), committing.remote.branches()) == (tip, ["main"])


def test_a_forge_that_signs_nothing_says_so(reviewed: Reviewed) -> None:
    """Gitea: a mistake of the configuration, told before anything is pushed."""
    if not isinstance(reviewed.forge, FakeGitea):
        pytest.skip("it makes commits")
    outdated(reviewed)
    delivering(reviewed, BY_API)
    ran = reviewed.runs("tagwright run --json")
    assert ran.code == 2
    assert "no signed commits" in ran.json["targets"][0]["problems"][0]["message"]
    assert (reviewed.remote.branches(), reviewed.all_pulls()) == (["main"], [])
    checked = reviewed.runs(f"tagwright check --config {reviewed.folder / 'tagwright.yaml'}")
    assert (checked.code, "commits: api" in checked.out) == (2, True)


def test_a_key_of_ones_own_and_the_forges_exclude_each_other(reviewed: Reviewed) -> None:
    """A mistake with its line."""
    delivering(reviewed, BY_API, "signing: {format: ssh, key_file: /k}")
    ran = reviewed.runs(f"tagwright check --config {reviewed.folder / 'tagwright.yaml'}")
    assert ran.code == 2
    assert "commits: api" in ran.out


def test_an_odd_message_is_the_same_the_second_time(committing: Reviewed) -> None:
    """A forge puts a blank line under the first, whoever wrote none: the pull request stays as it is."""
    outdated(committing)
    delivering(committing, r'commit_message: "One\ntwo  \n\n\nthree\n"')
    committing.runs("tagwright run")
    (pull,) = committing.forge.pulls("acme/deploy")
    tip = committing.remote.tip(pull.head)
    assert committing.runs("tagwright run --json").json["targets"][0]["published"][0]["outcome"] == "unchanged"
    assert committing.remote.tip(pull.head) == tip
    assert DEPLOYMENT.splitlines()[0] in committing.remote.show("api.yaml", pull.head)

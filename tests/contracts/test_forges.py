"""Every forge member takes the same steps in the same way, and is counted while it does."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from tagwright.errors import ForgeDenied, ForgeError, ForgeUnreachable
from tagwright.forges import Forges
from tagwright.forges.base import Committing, Draft, Forge, PullRequest, State
from tagwright.model import ForgeSettings, Secret
from tests.support.forges import Answer, FakeForge, FakeGitea, FakeGitHub, FakeGitLab, Fault, git, tip

TOKEN = "s3cret-token-0123456789"
PROJECT = "acme/deploy"
KINDS: dict[str, type[FakeForge]] = {"github": FakeGitHub, "gitlab": FakeGitLab, "gitea": FakeGitea}
DRAFT = Draft(
    head="tagwright/api",
    base="main",
    title="Update ghcr.io/acme/api to 1.2.1",
    body="| `apps/api.yaml:3` |\n",
    labels=("images", "bot"),
    reviewers=("ann",),
    assignees=("bob",),
)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A bare repository with main, and tagwright/api one commit ahead."""
    made = tmp_path / "deploy.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(made))
    base = _commit(made, "main", "image: api:1.2.0\n")
    git(made, "update-ref", "refs/heads/tagwright/api", base)
    _commit(made, "tagwright/api", "image: api:1.2.1\n")
    return made


def _commit(repository: Path, branch: str, text: str) -> str:
    parent = tip(repository, branch)
    (repository / "blob.tmp").write_text(text)
    blob = git(repository, "hash-object", "-w", "blob.tmp").stdout.strip()
    (repository / "tree.tmp").write_text(f"100644 blob {blob}\tapi.yaml\n")
    with (repository / "tree.tmp").open() as listing:
        tree = subprocess.run(
            ["git", "-C", str(repository), "mktree"], stdin=listing, capture_output=True, text=True, check=True
        ).stdout.strip()
    parents = ["-p", parent] if parent else []
    commit = git(repository, "commit-tree", tree, *parents, "-m", "a commit").stdout.strip()
    git(repository, "update-ref", f"refs/heads/{branch}", commit)
    return commit


@pytest.fixture(params=list(KINDS))
def server(request: pytest.FixtureRequest, bare: Path) -> Iterator[FakeForge]:
    with KINDS[request.param]({PROJECT: bare, "mallory/deploy": bare, "acme/other": bare}, token=TOKEN) as fake:
        yield fake


def _kind(server: FakeForge) -> str:
    return next(kind for kind, fake in KINDS.items() if isinstance(server, fake))


def _open(server: FakeForge, *, project: str = PROJECT, token: str = TOKEN, forges: Forges | None = None) -> Forge:
    settings = ForgeSettings(kind=_kind(server), url=server.api, token=Secret(env="T"))
    return (forges or Forges({"T": token})).open(settings, f"https://git.example.com/{project}.git")


@pytest.fixture
def forge(server: FakeForge) -> Forge:
    return _open(server)


class _GitLabBelow(FakeGitLab):
    prefix = "/git/api/v4"


class _GiteaBelow(FakeGitea):
    prefix = "/git/api/v1"


@pytest.mark.parametrize("below", [_GitLabBelow, _GiteaBelow])
def test_a_forge_under_a_path_of_its_host(below: type[FakeForge], bare: Path) -> None:
    """Its API and its repositories are below that path; every page of a list is."""
    with below({PROJECT: bare, "mallory/deploy": bare}, token=TOKEN) as server:
        kind = "gitlab" if below is _GitLabBelow else "gitea"
        settings = ForgeSettings(kind, f"{server.address}/git/", Secret(env="T"))
        forge = Forges({"T": TOKEN}).open(settings, f"{server.address}/git/{PROJECT}.git")
        opened = forge.open(DRAFT)
        for _ in range(60):
            server.add_pull(PROJECT, DRAFT.head, source="mallory/deploy")
        assert forge.find(DRAFT.head, DRAFT.base) == opened
        edited = forge.edit(opened, replace(DRAFT, body="new"))
        forge.close(edited, "why", "closed")
        assert all(one.path.startswith(below.prefix) for one in server.exchanges)
        assert server.pulls(PROJECT)[0].state == "closed"


class TestTheLifeOfAPullRequest:
    """find none, open, find, open again, edit, edit unchanged, close."""

    def test_nothing_is_found_before_it_is_opened(self, forge: Forge, server: FakeForge) -> None:
        """An empty list is None, at the price of one request; Gitea's is asked for once, and then known."""
        assert forge.find(DRAFT.head, DRAFT.base) is None
        asked = [404, 200, 200] if isinstance(server, FakeGitea) else [200]
        assert [(one.method, one.status) for one in server.exchanges] == [("GET", status) for status in asked]

    def test_what_was_opened_is_found(self, forge: Forge, server: FakeForge) -> None:
        """Title, body and branches come back as they were given, and the address is one people can open."""
        opened = forge.open(DRAFT)
        server.exchanges.clear()
        assert forge.find(DRAFT.head, DRAFT.base) == opened
        assert len(server.exchanges) == 1
        assert (opened.number, opened.head, opened.base) == (1, "tagwright/api", "main")
        assert (opened.title, opened.body.strip(), opened.problems) == (DRAFT.title, DRAFT.body.strip(), ())
        assert opened.url.startswith(f"{server.address}/{PROJECT}/")

    def test_opening_sets_labels_reviewers_and_assignees(self, forge: Forge, server: FakeForge) -> None:
        """Everything a draft names is on the pull request the forge keeps."""
        forge.open(DRAFT)
        (kept,) = server.pulls(PROJECT)
        assert (kept.labels, kept.reviewers, kept.assignees) == (["images", "bot"], ["ann"], ["bob"])

    def test_opening_with_nothing_beside_is_one_request(self, forge: Forge, server: FakeForge) -> None:
        """Nothing is asked before or after when there is nothing to set."""
        forge.open(replace(DRAFT, labels=(), reviewers=(), assignees=()))
        assert [one.method for one in server.exchanges] == ["POST"]

    def test_opening_twice_gives_the_first_again(self, forge: Forge, server: FakeForge) -> None:
        """The forge's refusal of a second is no error."""
        opened = forge.open(DRAFT)
        assert forge.open(replace(DRAFT, title="Another")) == opened
        assert len(server.pulls(PROJECT)) == 1
        assert server.pulls(PROJECT)[0].title == DRAFT.title

    def test_an_edit_is_one_request(self, forge: Forge, server: FakeForge) -> None:
        """Title and body travel together, and nothing is read first."""
        opened = forge.open(DRAFT)
        server.exchanges.clear()
        edited = forge.edit(opened, replace(DRAFT, title="Update ghcr.io/acme/api to 1.2.2", body="new"))
        assert [one.method for one in server.exchanges] == ["PUT" if isinstance(server, FakeGitLab) else "PATCH"]
        assert forge.find(DRAFT.head, DRAFT.base) == edited
        assert (edited.title, edited.body) == ("Update ghcr.io/acme/api to 1.2.2", "new")

    def test_an_edit_that_changes_nothing_asks_nothing(self, forge: Forge, server: FakeForge) -> None:
        """Equal text is not sent again, whatever line ends and final blanks the forge keeps."""
        opened = forge.open(DRAFT)
        server.pulls(PROJECT)[0].body = DRAFT.body.strip().replace("\n", "\r\n") + "\r\n"
        found = forge.find(DRAFT.head, DRAFT.base)
        assert found is not None
        server.exchanges.clear()
        assert forge.edit(found, DRAFT) == found
        assert forge.edit(opened, DRAFT) == opened
        assert server.exchanges == []

    def test_an_edit_leaves_labels_and_people_alone(self, forge: Forge, server: FakeForge) -> None:
        """Once open, they belong to the people who review."""
        opened = forge.open(DRAFT)
        server.pulls(PROJECT)[0].labels.clear()
        forge.edit(opened, replace(DRAFT, body="new"))
        (kept,) = server.pulls(PROJECT)
        assert (kept.labels, kept.reviewers) == ([], ["ann"])

    def test_a_closed_one_is_found_closed(self, forge: Forge, server: FakeForge) -> None:
        """Closing leaves a word why and a body in one more write, and the branches are free for another."""
        opened = forge.open(DRAFT)
        server.exchanges.clear()
        forge.close(opened, "Overtaken by 1.2.2.", "closed by us")
        assert len(server.writes) == len(server.exchanges) == 2
        (kept,) = server.pulls(PROJECT)
        assert (kept.state, kept.comments, kept.body) == ("closed", ["Overtaken by 1.2.2."], "closed by us")
        found = forge.find(DRAFT.head, DRAFT.base)
        assert found == replace(opened, state=State.CLOSED, body="closed by us")
        assert forge.open(DRAFT).number == 2

    def test_the_newest_closed_one_is_found_and_an_open_one_before_it(self, forge: Forge, server: FakeForge) -> None:
        """Of many from one branch the last word counts, and one that can still be merged before all."""
        for body in ("first", "second", "third"):
            forge.close(forge.open(DRAFT), "no", body)
        assert _number(_open(server).find(DRAFT.head, DRAFT.base)) == 3
        server.pulls(PROJECT)[0].reopen()
        found = _open(server).find(DRAFT.head, DRAFT.base)
        assert found is not None
        assert (found.number, found.state, found.body) == (1, State.OPEN, "first")

    def test_what_happens_is_seen_by_the_next_who_asks(self, forge: Forge, server: FakeForge) -> None:
        """What this object did itself needs no look at the forge to be known."""
        assert forge.find(DRAFT.head, DRAFT.base) is None
        opened = forge.open(DRAFT)
        assert forge.find(DRAFT.head, DRAFT.base) == replace(opened, problems=())
        edited = forge.edit(opened, replace(DRAFT, body="new"))
        assert forge.find(DRAFT.head, DRAFT.base) == edited
        forge.close(edited, "why", "newer")
        assert forge.find(DRAFT.head, DRAFT.base) == replace(edited, body="newer", state=State.CLOSED)

    def test_a_comment_is_one_request(self, forge: Forge, server: FakeForge) -> None:
        """It changes nothing else."""
        opened = forge.open(DRAFT)
        server.exchanges.clear()
        forge.comment(opened, "The branch was changed by a person: left alone.")
        assert [one.method for one in server.exchanges] == ["POST"]
        assert server.pulls(PROJECT)[0].comments == ["The branch was changed by a person: left alone."]
        assert forge.find(DRAFT.head, DRAFT.base) == opened

    def test_a_merged_one_is_found_merged(self, forge: Forge, server: FakeForge, bare: Path) -> None:
        """A merge is Git's: the base branch holds the change."""
        forge.open(DRAFT)
        merged = server.merge(PROJECT, 1)
        assert tip(bare, "main") == merged
        assert git(bare, "show", "main:api.yaml").stdout == "image: api:1.2.1\n"
        git(bare, "update-ref", "-d", f"refs/heads/{DRAFT.head}")
        found = forge.find(DRAFT.head, DRAFT.base)
        assert found is not None
        assert (found.state, found.head) == (State.MERGED, DRAFT.head)

    def test_a_draft_is_opened_as_one_and_stays_what_people_make_it(self, forge: Forge, server: FakeForge) -> None:
        """The title reads the same either way, and an edit neither marks nor unmarks it."""
        opened = forge.open(replace(DRAFT, draft=True))
        assert (opened.draft, opened.title) == (True, DRAFT.title)
        assert forge.find(DRAFT.head, DRAFT.base) == opened
        kept = server.pulls(PROJECT)[0]
        kept.draft, kept.title = False, DRAFT.title
        found = forge.find(DRAFT.head, DRAFT.base)
        assert found is not None
        assert not found.draft
        assert not forge.edit(found, replace(DRAFT, draft=True, body="new")).draft
        assert kept.title == DRAFT.title

    def test_a_draft_that_should_be_none_is_made_ready(self, forge: Forge, server: FakeForge) -> None:
        """Whether or not the text changes too."""
        opened = forge.open(replace(DRAFT, draft=True))
        assert not forge.edit(opened, DRAFT).draft
        assert forge.find(DRAFT.head, DRAFT.base) == replace(opened, draft=False)
        forge.close(opened, "why", "")
        again = forge.edit(forge.open(replace(DRAFT, draft=True)), replace(DRAFT, body="new"))
        assert (again.draft, again.body) == (False, "new")
        assert forge.find(DRAFT.head, DRAFT.base) == again

    def test_a_draft_stays_one_while_it_should(self, forge: Forge, server: FakeForge) -> None:
        """An edit of its text is no more than that."""
        opened = forge.open(replace(DRAFT, draft=True))
        edited = forge.edit(opened, replace(DRAFT, draft=True, body="new"))
        assert (edited.draft, edited.title) == (True, DRAFT.title)
        assert forge.find(DRAFT.head, DRAFT.base) == edited


class TestWhatItCosts:
    """Requests are counted: a run may open fifty."""

    def test_labels_and_people_cost_one_request_each_at_most(self, server: FakeForge) -> None:
        """What is looked up is looked up once; the second pull request shows the price of each further one."""
        forge = _open(server)
        forge.close(forge.open(DRAFT), "why", "")
        server.exchanges.clear()
        forge.open(DRAFT)
        assert len(server.exchanges) == (3 if isinstance(server, FakeGitHub) else 1)
        kept = server.pulls(PROJECT)[1]
        assert (kept.labels, kept.reviewers, kept.assignees) == (["images", "bot"], ["ann"], ["bob"])

    def test_a_long_history_costs_no_more(self, forge: Forge, server: FakeForge) -> None:
        """A branch that was merged sixty times is found by its last pull requests, open or not."""
        for _ in range(60):
            server.add_pull(PROJECT, DRAFT.head).end("merged", "ann")
        assert _number(forge.find(DRAFT.head, DRAFT.base)) == 60
        last = forge.open(DRAFT)
        server.exchanges.clear()
        assert _number(_open(server).find(DRAFT.head, DRAFT.base)) == last.number
        assert len(server.exchanges) <= (4 if isinstance(server, FakeGitea) else 1)


class TestMergingByItself:
    """Auto-merge is the forge's: it is told to merge when its own conditions are met."""

    @pytest.fixture(autouse=True)
    def protected(self, server: FakeForge) -> None:
        """Something is required before a merge."""
        server.protect(PROJECT, "main")

    def test_it_is_switched_on_when_opened(self, forge: Forge, server: FakeForge) -> None:
        """One request more, and the forge says so from then on where it says it at all."""
        wanted = replace(DRAFT, auto_merge=True, labels=(), reviewers=(), assignees=())
        opened = forge.open(wanted)
        assert (opened.merges_itself, opened.problems) == (True, ())
        assert server.pulls(PROJECT)[0].auto
        assert len(server.exchanges) == 2
        found = forge.find(DRAFT.head, DRAFT.base)
        assert found is not None
        assert found.merges_itself or isinstance(server, FakeGitea)
        server.exchanges.clear()
        assert forge.edit(found, wanted) == found
        assert server.exchanges == []

    def test_it_is_off_unless_asked_for(self, forge: Forge, server: FakeForge) -> None:
        """Neither opening nor an edit touches it."""
        opened = forge.open(DRAFT)
        forge.edit(opened, replace(DRAFT, body="new"))
        assert not opened.merges_itself
        assert not server.pulls(PROJECT)[0].auto

    def test_an_edit_switches_it_on_again(self, forge: Forge, server: FakeForge) -> None:
        """A push by someone else may have ended it."""
        opened = forge.open(replace(DRAFT, auto_merge=True))
        server.pulls(PROJECT)[0].auto = ""
        found = forge.find(DRAFT.head, DRAFT.base)
        assert found is not None
        assert forge.edit(found, replace(DRAFT, auto_merge=True, body="new")).merges_itself
        assert server.pulls(PROJECT)[0].auto
        again = forge.edit(replace(opened, merges_itself=False), replace(DRAFT, auto_merge=True, body="newer"))
        assert (again.merges_itself, again.problems) == (True, ())

    def test_a_draft_waits_with_it_until_it_is_ready(self, forge: Forge, server: FakeForge) -> None:
        """No forge merges a draft."""
        opened = forge.open(replace(DRAFT, auto_merge=True, draft=True))
        assert (opened.merges_itself, opened.problems) == (False, ())
        assert forge.edit(opened, replace(DRAFT, auto_merge=True)).merges_itself
        assert server.pulls(PROJECT)[0].auto

    def test_a_refusal_is_a_problem_and_the_pull_request_stands(self, forge: Forge, server: FakeForge) -> None:
        """The forge's own words are in it, and whose branch it is about."""
        server.faults.append(Fault("merge$", Answer(403, {"message": "not allowed to merge"}), times=9))
        if isinstance(server, FakeGitHub):
            server.allows_auto_merge = False
        opened = forge.open(replace(DRAFT, auto_merge=True))
        assert ["not allowed" in one.message for one in opened.problems] == [True]
        assert (opened.problems[0].about, opened.merges_itself) == (DRAFT.head, False)
        assert server.pulls(PROJECT)[0].state == "open"
        edited = forge.edit(opened, replace(DRAFT, auto_merge=True, body="new"))
        assert edited.body == "new"
        assert len(edited.problems) == 1

    def test_a_forge_that_has_not_looked_yet_is_asked_again(self, forge: Forge, server: FakeForge) -> None:
        """GitLab and Gitea check a fresh one before they promise anything; GitHub promises at once."""
        words = {"message": "Please try again later"}
        server.faults.append(Fault("(PUT|POST) .*/merge$", Answer(405, words)))
        assert forge.open(replace(DRAFT, auto_merge=True)).problems == ()
        assert server.pulls(PROJECT)[0].auto


class TestCommitsByTheForge:
    """A branch's next commit, made and signed there; Gitea has none to offer."""

    FILES: ClassVar = {"api.yaml": "image: api:1.3.0 # ü\r\n".encode()}

    @pytest.fixture
    def committing(self, forge: Forge) -> Committing:
        if not isinstance(forge, Committing):
            pytest.skip("makes no commits")
        return forge

    def test_it_holds_what_was_given_on_top_of_the_branch(
        self, committing: Committing, server: FakeForge, bare: Path
    ) -> None:
        """Byte for byte, in one request; title and text are those of the message."""
        before = tip(bare, DRAFT.head) or ""
        made = committing.commit(DRAFT.head, before, self.FILES, "Title\n\nText: ü\n\nKey: value\n")
        assert len(server.exchanges) == 1
        assert tip(bare, DRAFT.head) == made
        assert git(bare, "log", "-1", "--format=%P %B", made).stdout.strip() == (
            f"{before} Title\n\nText: ü\n\nKey: value"
        )
        held = subprocess.run(["git", "-C", str(bare), "show", f"{made}:api.yaml"], capture_output=True, check=True)
        assert held.stdout == self.FILES["api.yaml"]

    def test_a_title_alone_is_a_message(self, committing: Committing, bare: Path) -> None:
        """Without an empty text behind it."""
        made = committing.commit(DRAFT.head, tip(bare, DRAFT.head) or "", self.FILES, "Title")
        assert git(bare, "log", "-1", "--format=%B", made).stdout.strip() == "Title"

    def test_a_branch_that_is_not_there_is_said(self, committing: Committing, bare: Path) -> None:
        """With its name, and nothing is made."""
        with pytest.raises(ForgeError, match="tagwright/none"):
            committing.commit("tagwright/none", tip(bare, "main") or "", self.FILES, "Title")
        assert tip(bare, "tagwright/none") is None

    def test_a_wrong_token_makes_no_commit(self, server: FakeForge, bare: Path) -> None:
        """Denied, and not repeated."""
        forge = _open(server, token="wrong-" + TOKEN)
        before = tip(bare, DRAFT.head) or ""
        if isinstance(forge, Committing):
            with pytest.raises(ForgeDenied) as caught:
                forge.commit(DRAFT.head, before, self.FILES, "Title")
            assert TOKEN not in caught.value.message
        assert tip(bare, DRAFT.head) == before

    def test_only_who_signs_by_itself_offers_it(self, forge: Forge, server: FakeForge) -> None:
        """What Gitea's API commits is unsigned unless its server was told otherwise."""
        assert isinstance(forge, Committing) is not isinstance(server, FakeGitea)


class TestWhoseItIs:
    """Only pull requests of our own branch into that base are ours."""

    @pytest.mark.parametrize("fork", ["mallory/deploy", "acme/other"])
    def test_a_forks_branch_of_the_same_name_is_not_ours(self, forge: Forge, server: FakeForge, fork: str) -> None:
        """A stranger, or the same owner's other repository, cannot have theirs retitled or keep ours from opening."""
        server.add_pull(PROJECT, DRAFT.head, source=fork)
        assert forge.find(DRAFT.head, DRAFT.base) is None
        assert forge.open(DRAFT).number == 2

    def test_ours_is_found_behind_many_of_forks(self, forge: Forge, server: FakeForge) -> None:
        """Every page of the list is looked at."""
        opened = forge.open(DRAFT)
        for _ in range(45):
            server.add_pull(PROJECT, DRAFT.head, source="mallory/deploy")
        assert forge.find(DRAFT.head, DRAFT.base) == opened

    def test_a_fork_that_is_gone_does_not_hurt(self, forge: Forge, server: FakeForge) -> None:
        """Its repository is null in the answer."""
        server.add_pull(PROJECT, DRAFT.head, source="gone/deploy")
        assert forge.find(DRAFT.head, DRAFT.base) is None

    def test_another_base_or_branch_is_another_pull_request(self, forge: Forge) -> None:
        """Both branches must be the ones asked for."""
        forge.open(DRAFT)
        assert forge.find(DRAFT.head, "release") is None
        assert forge.find("tagwright/ap", DRAFT.base) is None


class TestWhatGoesWrong:
    """Each failure is a ForgeError that says what, where, and what to try; the token is in none."""

    def test_a_wrong_token(self, server: FakeForge) -> None:
        """Denied, with what the forge said, and without the token."""
        forge = _open(server, token="wrong-" + TOKEN)
        for step in _steps(forge):
            with pytest.raises(ForgeDenied) as caught:
                step()
            assert "401" in caught.value.message
            assert "token" in caught.value.hint
            assert TOKEN not in f"{caught.value.message} {caught.value.hint} {caught.value!r}"

    def test_a_server_that_repeats_the_token(self, forge: Forge, server: FakeForge) -> None:
        """Whatever an answer quotes, the token is cut out, and the text stays one short line."""
        answer = {"message": f"no good: {TOKEN}\n\x1b[31m" + "x" * 2000}
        server.faults.append(Fault("GET", Answer(400, answer)))
        with pytest.raises(ForgeError) as caught:
            forge.find(DRAFT.head, DRAFT.base)
        assert TOKEN not in caught.value.message
        assert caught.value.message.isprintable()
        assert len(caught.value.message) < 500

    def test_an_unknown_repository(self, server: FakeForge) -> None:
        """404 names the project, and asks the two likely questions."""
        for step in _steps(_open(server, project="acme/nothing")):
            with pytest.raises(ForgeError, match="acme/nothing") as caught:
                step()
            assert caught.value.code == "forge-unknown"
            assert "exist" in caught.value.hint

    def test_a_branch_that_does_not_exist(self, forge: Forge, server: FakeForge) -> None:
        """The branch is named, with the API's own words and the field they mean, where it says one."""
        words = {
            "github": "Validation Failed; invalid: head",
            "gitlab": "source_branch: does not exist",
            "gitea": "Not Found",
        }
        with pytest.raises(ForgeError, match="tagwright/none") as caught:
            forge.open(replace(DRAFT, head="tagwright/none"))
        assert words[_kind(server)] in caught.value.message

    def test_nobody_at_the_address(self, server: FakeForge) -> None:
        """A refused connection says so in the system's words."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{free.getsockname()[1]}"
            settings = ForgeSettings(kind=_kind(server), url=address, token=Secret(env="T"))
            forge = Forges({"T": TOKEN}).open(settings, f"https://git.example.com/{PROJECT}")
            with pytest.raises(ForgeError, match="Connection refused") as caught:
                forge.find(DRAFT.head, DRAFT.base)
        assert caught.value.code == "forge-unreachable"
        assert address in caught.value.message

    def test_a_hiccup_is_tried_again(self, forge: Forge, server: FakeForge) -> None:
        """One 502 is patience, not an error."""
        server.faults.append(Fault("GET", Answer(502, {"message": "Bad Gateway"})))
        assert forge.find(DRAFT.head, DRAFT.base) is None
        assert [one.status for one in server.exchanges][:2] == [502, 404 if isinstance(server, FakeGitea) else 200]

    def test_patience_ends(self, forge: Forge, server: FakeForge) -> None:
        """Three answers of 503 are an error."""
        server.faults.append(Fault("GET", Answer(503, {"message": "down for repair"}), times=99))
        with pytest.raises(ForgeError, match="503") as caught:
            forge.find(DRAFT.head, DRAFT.base)
        assert caught.value.code == "forge-unreachable"
        assert len(server.exchanges) == 3

    @pytest.mark.parametrize(
        "body", [b"<html>Sign in</html>", b'{"unexpected": true}', b'[{"iid": 1}]', b"[3]", b'"x"']
    )
    def test_something_else_at_the_address(self, forge: Forge, server: FakeForge, body: bytes) -> None:
        """A page in place of the API is an error with a hint, never 'none found'."""
        server.faults.append(Fault("GET", Answer(200, body)))
        with pytest.raises(ForgeError, match="API") as caught:
            forge.find(DRAFT.head, DRAFT.base)
        assert "forge.url" in caught.value.hint

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_repository_that_moved(self, forge: Forge, server: FakeForge, status: int) -> None:
        """A redirected write is never taken for done."""
        opened = forge.open(DRAFT)
        moved = Answer(
            status, {"message": "Moved Permanently", "url": server.api}, {"Location": f"{server.address}/moved"}
        )
        server.faults.append(Fault("^(POST|PUT|PATCH)", moved, times=99))
        for step in (
            lambda: forge.open(replace(DRAFT, base="other")),
            lambda: forge.edit(opened, replace(DRAFT, title="New")),
            lambda: forge.close(opened, "why", "body"),
        ):
            with pytest.raises(ForgeError):
                step()
        kept = server.pulls(PROJECT)[0]
        assert (kept.title, kept.state) == (DRAFT.title, "open")

    def test_the_token_is_not_carried_to_another_host(self, forge: Forge, server: FakeForge, bare: Path) -> None:
        """A redirect elsewhere is followed without it, or not at all."""
        with type(server)({PROJECT: bare}, token=TOKEN) as other:
            away = Answer(302, {}, {"Location": f"{other.address.replace('127.0.0.1', 'localhost')}/x"})
            server.faults.append(Fault("GET", away))
            with pytest.raises(ForgeError):
                forge.find(DRAFT.head, DRAFT.base)
            assert all(TOKEN not in str(headers) for headers in other.headers_seen)

    def test_an_unknown_reviewer_does_not_undo_the_pull_request(self, forge: Forge, server: FakeForge) -> None:
        """It stands, and the refusal is a problem beside it."""
        opened = forge.open(replace(DRAFT, reviewers=("nobody",)))
        assert [problem.about for problem in opened.problems] == [DRAFT.head]
        assert "reviewer" in opened.problems[0].message
        assert server.pulls(PROJECT)[0].labels == ["images", "bot"]


class TestRateLimits:
    """A limit that ends soon is waited for; one that does not is an error that says when, and nobody is asked on."""

    def test_asked_to_wait_a_moment(self, forge: Forge, server: FakeForge) -> None:
        """Retry-After is obeyed, with 403 (GitHub's secondary limit) as with 429."""
        for status in (403, 429):
            server.faults.append(Fault("GET", Answer(status, {"message": "slow down"}, {"Retry-After": "0"})))
            assert forge.find(DRAFT.head, DRAFT.base) is None

    def test_a_second_is_waited_for(self, server: FakeForge) -> None:
        """As long as it says, and the wait is in the account."""
        forges = Forges({"T": TOKEN})
        forge = _open(server, forges=forges)
        server.faults.append(Fault("GET", Answer(429, {"message": "slow down"}, {"Retry-After": "1"})))
        begun = time.monotonic()
        assert forge.find(DRAFT.head, DRAFT.base) is None
        assert time.monotonic() - begun >= 1
        (host,) = forges.hosts()
        assert (host.limited, host.retries, host.waited >= 1) == (1, 1, True)

    @pytest.mark.parametrize("status", [403, 429])
    @pytest.mark.parametrize(
        "headers",
        [
            {"Retry-After": "3600"},
            {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"},
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"},
            {"RateLimit-Remaining": "0", "RateLimit-Reset": "99999999999"},
        ],
        ids=["seconds", "date", "github", "gitlab"],
    )
    def test_an_hour_is_not_waited_for(
        self, server: FakeForge, bare: Path, status: int, headers: dict[str, str]
    ) -> None:
        """The error says when to come back, and no other target that shares the token asks before."""
        forges = Forges({"T": TOKEN})
        forge, neighbour = _open(server, forges=forges), _open(server, project="acme/other", forges=forges)
        server.faults.append(Fault("GET", Answer(status, {"message": "API rate limit exceeded for you"}, headers)))
        with pytest.raises(ForgeUnreachable, match="limit") as caught:
            forge.find(DRAFT.head, DRAFT.base)
        assert caught.value.retry_at > "2026"
        assert caught.value.problem("x").retry_at == caught.value.retry_at
        assert len(server.exchanges) == 1
        for one, project in ((forge, PROJECT), (neighbour, "acme/other")):
            with pytest.raises(ForgeUnreachable, match=f"no more requests.*{project}") as caught:
                one.open(DRAFT)
            assert caught.value.retry_at
        assert len(server.exchanges) == 1
        other = type(server)({PROJECT: bare}, token=TOKEN)
        with other:
            assert _open(other, forges=forges).find(DRAFT.head, DRAFT.base) is None

    def test_a_limit_that_never_ends_is_given_up(self, forge: Forge, server: FakeForge) -> None:
        """Three answers, then rest for a minute."""
        server.faults.append(Fault("GET", Answer(429, {"message": "slow down"}), times=99))
        with pytest.raises(ForgeUnreachable, match="slow down") as caught:
            forge.find(DRAFT.head, DRAFT.base)
        assert caught.value.retry_at
        assert len(server.exchanges) == 3

    def test_a_refusal_is_no_limit(self, forge: Forge, server: FakeForge) -> None:
        """A 403 that tells no wait is the token's fault, asked once, and ends nothing."""
        server.faults.append(Fault("GET", Answer(403, {"message": "Resource not accessible"})))
        with pytest.raises(ForgeDenied):
            forge.find(DRAFT.head, DRAFT.base)
        assert len(server.exchanges) == 1
        assert forge.find(DRAFT.head, DRAFT.base) is None

    def test_githubs_words_alone_are_a_limit_too(self, bare: Path) -> None:
        """Its secondary limit may tell no time: a minute, then."""
        words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        with FakeGitHub({PROJECT: bare}, token=TOKEN) as server:
            forge = _open(server)
            server.faults.append(Fault("GET", Answer(403, {"message": words})))
            with pytest.raises(ForgeUnreachable) as caught:
                forge.find(DRAFT.head, DRAFT.base)
            assert caught.value.retry_at
            with pytest.raises(ForgeUnreachable, match="no more requests"):
                forge.find(DRAFT.head, DRAFT.base)
            assert len(server.exchanges) == 1


class TestWhatIsCounted:
    """Every request is in the report, by host."""

    def test_every_try_counts(self, server: FakeForge) -> None:
        """Answers, failures and second tries alike."""
        forges = Forges({"T": TOKEN})
        forge = _open(server, forges=forges)
        server.faults.append(Fault("GET", Answer(502, {"message": "Bad Gateway"})))
        forge.find(DRAFT.head, DRAFT.base)
        opened = forge.open(DRAFT)
        forge.edit(opened, replace(DRAFT, body="new"))
        forge.close(opened, "why", "")
        (host,) = forges.hosts()
        assert (host.host, host.requests) == (server.address.removeprefix("http://"), len(server.exchanges))
        assert (host.retries, host.limited) == (1, 0)

    def test_nobody_asked_is_nobody_named(self, server: FakeForge) -> None:
        """A forge that was opened and not needed is no host."""
        forges = Forges({"T": TOKEN})
        _open(server, forges=forges)
        assert forges.hosts() == ()


def test_github_merges_the_way_the_repository_allows(bare: Path) -> None:
    """A repository that only squashes has its pull requests squashed; the others are not tried twice."""
    with FakeGitHub({PROJECT: bare}, token=TOKEN) as server:
        server.merges_by = ("REBASE",)
        server.protect(PROJECT, "main")
        forge, wanted = _open(server), replace(DRAFT, auto_merge=True, labels=(), reviewers=(), assignees=())
        opened = forge.open(wanted)
        assert (opened.merges_itself, opened.problems) == (True, ())
        forge.close(opened, "why", "")
        server.exchanges.clear()
        assert forge.open(wanted).merges_itself
        assert len(server.exchanges) == 2
        server.merges_by = ()
        (problem,) = _open(server).edit(replace(opened, merges_itself=False), wanted).problems
        assert "rebase merging are not allowed" in problem.message


@pytest.mark.parametrize("allowed", [True, False])
def test_githubs_refusals_of_auto_merge_say_what_to_do(bare: Path, allowed: bool) -> None:
    """Its own words do not: nothing is required before a merge, or the repository's settings forbid it."""
    with FakeGitHub({PROJECT: bare}, token=TOKEN) as server:
        server.allows_auto_merge = allowed
        (problem,) = _open(server).open(replace(DRAFT, auto_merge=True)).problems
        assert ("clean status" if allowed else "not allowed") in problem.message
        assert ("require a check" if allowed else "settings") in problem.hint


def test_a_wrong_assignee_costs_github_no_label(bare: Path) -> None:
    """GitHub refuses both together, so each is asked for alone."""
    with FakeGitHub({PROJECT: bare}, token=TOKEN) as server:
        opened = _open(server).open(replace(DRAFT, assignees=("nobody",)))
        assert server.pulls(PROJECT)[0].labels == ["images", "bot"]
        assert server.pulls(PROJECT)[0].reviewers == ["ann"]
        assert ["assignees" in problem.message for problem in opened.problems] == [True]


class TestAnOlderGitea:
    """It finds no pull request by its branches, and takes no reviewers with a new one."""

    @pytest.fixture
    def server(self, bare: Path) -> Iterator[FakeGitea]:
        with FakeGitea({PROJECT: bare, "mallory/deploy": bare}, token=TOKEN) as fake:
            fake.by_branches = fake.takes_reviewers = False
            yield fake

    def test_an_open_one_is_found(self, server: FakeGitea) -> None:
        """In the list of open ones."""
        opened = _open(server).open(DRAFT)
        forge = _open(server)
        assert forge.find(DRAFT.head, DRAFT.base) == opened
        server.exchanges.clear()
        assert forge.find("tagwright/other", DRAFT.base) is None
        assert server.exchanges == []

    def test_reviewers_are_asked_apart(self, server: FakeGitea) -> None:
        """They are on it all the same."""
        assert _open(server).open(DRAFT).problems == ()
        assert server.pulls(PROJECT)[0].reviewers == ["ann"]

    def test_one_opened_meanwhile_is_found_when_it_is_in_the_way(self, server: FakeGitea) -> None:
        """What was listed before does not hide it."""
        forge = _open(server)
        assert forge.find(DRAFT.head, DRAFT.base) is None
        theirs = _open(server).open(DRAFT)
        assert forge.open(replace(DRAFT, title="Another")) == theirs


def _number(found: PullRequest | None) -> int:
    return found.number if found else 0


def test_a_label_gitea_does_not_know(bare: Path) -> None:
    """Those it knows are set, the others are a problem beside the pull request."""
    with FakeGitea({PROJECT: bare}, token=TOKEN) as server:
        opened = _open(server).open(replace(DRAFT, labels=("bot", "deploy")))
        assert server.pulls(PROJECT)[0].labels == ["bot"]
        assert ["deploy" in problem.message for problem in opened.problems] == [True]


def test_giteas_redirect_of_a_reviewer_is_a_problem(bare: Path) -> None:
    """Whatever the body of the answer says, nothing was done."""
    with FakeGitea({PROJECT: bare}, token=TOKEN) as server:
        server.takes_reviewers = False
        server.faults.append(Fault("POST .*/requested_reviewers", Answer(307, [], {"Location": server.address})))
        opened = _open(server).open(DRAFT)
        assert ["does not speak Gitea's API" in problem.message for problem in opened.problems] == [True]


def test_a_job_token_is_explained(bare: Path) -> None:
    """GitLab refuses it for merge requests, and the hint says what to use."""
    with FakeGitLab({PROJECT: bare}, token=TOKEN) as server:
        alone = replace(DRAFT, reviewers=(), assignees=())
        environ = {"CI_JOB_TOKEN": "job-1", "CI_SERVER_URL": server.address}
        forge = Forges(environ).open(ForgeSettings(), f"{server.address}/{PROJECT}.git")
        with pytest.raises(ForgeDenied) as caught:
            forge.open(alone)
        assert "job token" in caught.value.hint
        server.faults.append(Fault("POST", Answer(302, {}, {"Location": f"{server.address}/elsewhere"})))
        with pytest.raises(ForgeError, match="does not speak"):
            forge.open(alone)
        assert [one["job-token"] for one in server.headers_seen] == ["job-1", "job-1"]
        assert [one.status for one in server.exchanges] == [401, 302]


def test_a_team_is_asked_as_a_team(bare: Path) -> None:
    """GitHub keeps people and teams apart."""
    with FakeGitHub({PROJECT: bare}, token=TOKEN) as server:
        _open(server).open(replace(DRAFT, reviewers=("acme/sre", "ann")))
        assert server.pulls(PROJECT)[0].reviewers == ["ann", "team:sre"]


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    """The clients and the template engine cost a tenth of a second each, and `set --path` needs none."""
    modules = "tagwright.forges, tagwright.views.pull_request, tagwright.trailers"
    heavy = "{'github', 'gitlab', 'jinja2', 'requests', 'urllib3'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print({heavy})"], capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()", done.stderr


def _steps(forge: Forge) -> tuple[Callable[[], object], ...]:
    return (lambda: forge.find(DRAFT.head, DRAFT.base), lambda: forge.open(DRAFT))

"""How pull requests live: kept current, superseded, answered by people, and cleaned away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tagwright.forges.gitea import Gitea
from tagwright.forges.github import GitHub
from tagwright.forges.gitlab import GitLab
from tests.support import ledgers
from tests.support.forge_pulls import Pull
from tests.support.git_server import git
from tests.support.reviewed import DEFAULTS, PROJECT, TARGET, Reviewed, outcomes
from tests.support.story import DEPLOYMENT

ALL = {"delivery": "group: all"}
TWO_BASES = TARGET + TARGET.split("targets:\n")[1].replace("deploy\n", "staging\n").replace("main", "staging")


def is_draft(pull: Pull) -> bool:
    """By a word of its own, or as GitLab and Gitea have it, by one before the title."""
    return pull.draft or pull.title.startswith(("Draft: ", "WIP: "))


def make_draft(pull: Pull, kind: str) -> None:
    """What a person does to say "not yet"."""
    word = {"gitlab": "Draft: ", "gitea": "WIP: "}.get(kind, "")
    pull.draft, pull.title = not word, word + pull.title


def branches(reviewed: Reviewed) -> list[str]:
    """The branches of ours that are left."""
    return [name for name in reviewed.remote.branches() if name.startswith("tagwright/")]


def during(monkeypatch: pytest.MonkeyPatch, reviewed: Reviewed, step: str, happens: Callable[[], object]) -> None:
    """Something happens just before the forge is asked for `step` the first time."""
    member = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea}[reviewed.kind]
    taken, waiting = getattr(member, step), [happens]

    def interrupted(*arguments: object) -> object:
        while waiting:
            waiting.pop()()
        return taken(*arguments)

    monkeypatch.setattr(member, step, interrupted)


def squashed(reviewed: Reviewed, image: str) -> None:
    """Its only pull request, merged as a forge does that squashes: the base has the change, and none of its commits."""
    (pull,) = reviewed.pulls
    reviewed.forge.pulls(PROJECT)
    reviewed.deploys(f"{image}:1.2.1")
    pull.end("merged", "ann", reviewed.remote.tip("main") or "")


class TestOneForEachGroup:
    """One per repository, base and group, found by its branch and never listed."""

    def test_two_bases_have_two_pull_requests(self, reviewed: Reviewed) -> None:
        """The same image on main and on staging is proposed to each, and neither pass clears the other's away."""
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        reviewed.deploys(f"{api}:1.2.0")
        git("branch", "staging", "main", cwd=reviewed.remote.path)
        reviewed.configured(targets=TWO_BASES)

        for _ in range(2):
            assert reviewed.runs("tagwright run").code == 0
            assert sorted((pull.base, pull.state) for pull in reviewed.pulls) == [("main", "open"), ("staging", "open")]

    def test_two_targets_of_one_repository_have_one_each(self, reviewed: Reviewed) -> None:
        """The same image in the files of both: neither pass overwrites what the other proposed, or clears it away."""
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        places = ("prod", "staging")
        reviewed.remote.commit({f"{place}/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0") for place in places})
        entry = TARGET.partition("targets:\n")[2]
        of_each = (
            entry.replace("deploy\n", f"{place}\n") + f"    files: {{{{include: [{place}/**]}}}}\n" for place in places
        )
        reviewed.configured(targets="targets:\n" + "".join(of_each))

        assert reviewed.runs("tagwright run").code == 0
        assert sorted(reviewed.remote.touched(pull.head) for pull in reviewed.pulls) == [
            ["prod/api.yaml"],
            ["staging/api.yaml"],
        ]
        assert [
            one["outcome"]
            for target in reviewed.runs("tagwright run --json").json["targets"]
            for one in target["published"]
        ] == ["unchanged", "unchanged"]
        reviewed.remote.commit({"prod/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.1")})
        assert reviewed.runs("tagwright run").code == 0
        assert sorted(pull.state for pull in reviewed.pulls) == ["closed", "open"]

    def test_a_rules_label_is_a_group(self, reviewed: Reviewed) -> None:
        """What rules call by one name goes together, whatever `group` says of the others; people are asked to look."""
        names = [reviewed.offers(f"acme/{name}", "1.0.0", "1.1.0") for name in ("one", "two", "three")]
        reviewed.deploys(*(f"{name}:1.0.0" for name in names))
        rules = "rules:\n  - {images: ['**/one', '**/two'], group: web, policy: {compatible: minor}}\n"
        reviewed.configured(rules + DEFAULTS, delivery="reviewers: [ann], assignees: [bob], labels: [images]")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"web": "opened", "three": "opened"}

        files = sorted(reviewed.remote.touched(pull.head) for pull in reviewed.pulls)
        assert files == [["one.yaml", "two.yaml"], ["three.yaml"]]
        asked = {(*pull.reviewers, *pull.assignees, *pull.labels) for pull in reviewed.pulls}
        assert asked == {("ann", "bob", "images")}

    def test_a_second_pass_asks_one_question_a_group(self, reviewed: Reviewed) -> None:
        """With nothing new nothing is written, pushed or listed: one request for each of three groups."""
        names = [reviewed.offers(f"acme/{name}", "1.0.0", "1.1.0") for name in ("one", "two", "three")]
        reviewed.deploys(*(f"{name}:1.0.0" for name in names))
        reviewed.runs("tagwright run")
        tips = {branch: reviewed.remote.tip(branch) for branch in branches(reviewed)}

        ran, asked = reviewed.asked("tagwright run --json")

        assert (outcomes(ran), asked) == (dict.fromkeys(("one", "two", "three"), "unchanged"), ["GET"] * 3)
        assert {branch: reviewed.remote.tip(branch) for branch in branches(reviewed)} == tips

    def test_nothing_to_propose_asks_the_forge_nothing(self, reviewed: Reviewed) -> None:
        """Where no branch of ours is left over, a pass that finds nothing new needs no forge."""
        api = reviewed.offers("acme/api", "1.2.0")
        reviewed.deploys(f"{api}:1.2.0")
        assert reviewed.asked("tagwright run")[1] == []

    def test_major_updates_stand_apart_where_that_is_wished(self, reviewed: Reviewed) -> None:
        """With `group: all` the step to 2.0.0 has a pull request of its own, and both are found again."""
        one, two = reviewed.offers("acme/one", "1.0.0", "1.1.0"), reviewed.offers("acme/two", "1.0.0", "2.0.0")
        reviewed.deploys(f"{one}:1.0.0", f"{two}:1.0.0")
        reviewed.configured("defaults: {policy: {compatible: major}}\n", delivery="group: all, separate_major: true")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"all": "opened", "all major": "opened"}
        assert outcomes(reviewed.runs("tagwright run --json")) == {"all": "unchanged", "all major": "unchanged"}
        assert sorted(reviewed.remote.touched(pull.head) for pull in reviewed.pulls) == [["one.yaml"], ["two.yaml"]]


class TestSuperseded:
    """What nothing proposes any longer is closed with a word why, and its branch deleted."""

    def test_a_policy_that_wants_it_no_longer(self, reviewed: Reviewed) -> None:
        """Closed with a comment; nobody takes that for a person's no: with the policy back, it is proposed again."""
        api = reviewed.proposes()
        reviewed.configured("defaults: {policy: {semver: '<1'}}\n")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "superseded"}

        (pull,) = reviewed.pulls
        assert (pull.state, branches(reviewed)) == ("closed", [])
        assert "the policy wants nothing of this any longer" in pull.comments[-1]
        reviewed.configured()
        assert reviewed.runs("tagwright run").code == 0
        assert reviewed.all_pulls()[1:] == [("open", f"Update {api} to 1.2.1")]

    def test_a_rule_that_is_gone(self, reviewed: Reviewed) -> None:
        """Perhaps another configuration has it, with a target of the same name: it stays, and that is said."""
        reviewed.proposes()
        reviewed.configured("rules: [{images: [redis], policy: {compatible: minor}}]\n")

        ran, asked = reviewed.asked("tagwright run --json")

        assert (ran.code, asked, [pull.state for pull in reviewed.pulls]) == (0, [], ["open"])
        (note,) = ran.json["targets"][0]["notes"]
        assert (note["code"], note["about"]) == ("pull-requests-left", reviewed.registry.host + "/acme/api")

    def test_two_configurations_with_targets_of_one_name(self, reviewed: Reviewed) -> None:
        """Each rules images of its own in one repository; neither closes what the other proposes."""
        one, two = reviewed.offers("acme/one", "1.0.0", "1.1.0"), reviewed.offers("acme/two", "1.0.0", "1.1.0")
        reviewed.deploys(f"{one}:1.0.0", f"{two}:1.0.0")
        for image in ("one", "two", "one", "two"):
            reviewed.configured(f"rules: [{{images: ['**/{image}'], policy: {{compatible: minor}}}}]\n")
            assert reviewed.runs("tagwright run").code == 0
        assert [pull.state for pull in reviewed.pulls] == ["open", "open"]

    def test_a_file_that_is_gone(self, reviewed: Reviewed) -> None:
        """Nobody can want it any longer."""
        reviewed.proposes()
        reviewed.remote.commit({"README.md": "moved away\n"}, alone=True)

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "superseded"}
        assert "is gone" in reviewed.pulls[0].comments[-1]

    def test_a_text_as_long_as_the_forge_takes(self, reviewed: Reviewed) -> None:
        """People filled it up: there is room for our mark all the same, and the comment is not said in every pass."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        pull.body += "x" * ({"github": 65_536, "gitlab": 1_048_576}.get(reviewed.kind, 300_000) - len(pull.body))
        reviewed.configured("defaults: {policy: {semver: '<1'}}\n")

        for _ in range(2):
            assert reviewed.runs("tagwright run").code == 0
        assert (pull.state, len(pull.comments), branches(reviewed)) == ("closed", 1, [])
        assert pull.body.rstrip().endswith("<!-- tagwright:withdrawn -->")

    def test_another_grouping(self, reviewed: Reviewed) -> None:
        """From one a directory to one for all: the old ones are closed, the new one is open."""
        one, two = reviewed.offers("acme/one", "1.0.0", "1.1.0"), reviewed.offers("acme/two", "1.0.0", "1.1.0")
        reviewed.deploys(f"{one}:1.0.0", f"{two}:1.0.0")
        reviewed.runs("tagwright run")
        reviewed.configured(delivery="group: all")

        assert reviewed.runs("tagwright run").code == 0

        assert [state for state, _ in reviewed.all_pulls()] == ["closed", "closed", "open"]
        assert branches(reviewed) == [reviewed.pulls[-1].head]

    def test_another_name_for_its_branch(self, reviewed: Reviewed) -> None:
        """The operator calls branches otherwise: the old one is closed, and says that it goes on elsewhere."""
        api = reviewed.proposes()
        reviewed.configured(delivery="branch: 'bump/{{ name }}'")

        assert reviewed.runs("tagwright run").code == 0

        assert [(pull.state, pull.title) for pull in reviewed.pulls] == [
            ("closed", f"Update {api} to 1.2.1"),
            ("open", f"Update {api} to 1.2.1"),
        ]
        assert "on another branch now" in reviewed.pulls[0].comments[-1]

    def test_somebody_did_it_by_hand(self, reviewed: Reviewed) -> None:
        """The base says it already: closed with that word, and the branch deleted."""
        api = reviewed.proposes()
        reviewed.deploys(f"{api}:1.2.1")

        assert reviewed.runs("tagwright run").code == 0

        (pull,) = reviewed.pulls
        assert (pull.state, branches(reviewed)) == ("closed", [])
        assert "`main` says this already" in pull.comments[-1]

    def test_merged(self, reviewed: Reviewed) -> None:
        """The branch that the forge left is deleted; nothing is said, and nothing proposed."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        reviewed.forge.merge(PROJECT, pull.number)

        assert reviewed.runs("tagwright run").code == 0

        assert (reviewed.pulls[0].state, pull.comments, branches(reviewed)) == ("merged", [], [])
        assert reviewed.asked("tagwright run")[1] == []

    def test_merged_while_we_look(self, reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between the look at the base and the question to the forge: nothing is proposed a second time."""
        reviewed.proposes()
        during(monkeypatch, reviewed, "find", lambda: reviewed.forge.merge(PROJECT, 1))

        ran = reviewed.runs("tagwright run --json")

        assert (ran.code, ran.json["summary"]["verdicts"]) == (0, {"current": 1})
        assert ([pull.state for pull in reviewed.pulls], branches(reviewed)) == (["merged"], [])

    def test_the_forge_deletes_the_branch_while_we_look(
        self, reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was to be deleted is deleted: no failure."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        reviewed.forge.merge(PROJECT, 1)
        during(monkeypatch, reviewed, "find", lambda: reviewed.remote.reset(pull.head, "0" * 40))

        ran = reviewed.runs("tagwright run --json")

        assert (ran.code, ran.json["targets"][0]["problems"], branches(reviewed)) == (0, [], [])

    def test_done_by_hand_and_closed_by_hand(self, reviewed: Reviewed) -> None:
        """Nobody turned anything down, so no word of that is said."""
        api = reviewed.proposes()
        reviewed.deploys(f"{api}:1.2.1")
        reviewed.forge.close(PROJECT, 1)

        assert reviewed.runs("tagwright run").code == 0

        assert (reviewed.pulls[0].comments, branches(reviewed)) == ([], [])

    def test_a_hold(self, reviewed: Reviewed) -> None:
        """A reference that is held now is not left to be merged by mistake; the comment gives the reason."""
        reviewed.proposes()
        reviewed.configured(f"holds: [{{images: ['**/api'], reason: INC-12}}]\n{DEFAULTS}")

        assert reviewed.runs("tagwright run").code == 0

        (pull,) = reviewed.pulls
        assert pull.state == "closed"
        assert "INC-12" in pull.comments[-1]

    def test_a_registry_that_is_away_closes_nothing(self, reviewed: Reviewed) -> None:
        """What could not be judged stays as it is: branch, pull request and all."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        tip = reviewed.remote.tip(pull.head)
        nobody = f"registries: [{{prefix: {reviewed.registry.host}, endpoint: 'http://127.0.0.1:1'}}]\n"
        reviewed.configured(nobody + DEFAULTS)

        ran, asked = reviewed.asked("tagwright run")

        assert (ran.code, asked) == (1, [])
        assert (pull.state, reviewed.remote.tip(pull.head)) == ("open", tip)

    def test_a_file_that_cannot_be_read_closes_nothing(self, reviewed: Reviewed) -> None:
        """Its references are not gone, only out of sight."""
        reviewed.proposes()
        reviewed.remote.commit({"api.yaml": "image: [\n  broken: {\n"})

        reviewed.runs("tagwright run")

        assert [pull.state for pull in reviewed.pulls] == ["open"]

    def test_a_part_that_cannot_be_judged_is_not_taken_out(self, reviewed: Reviewed) -> None:
        """One registry of a group is away: the pull request stays whole, and what never was in it holds nobody up."""
        one, two = reviewed.offers("acme/one", "1.0.0", "1.1.0"), reviewed.offers("acme/two", "1.0.0", "1.1.0")
        reviewed.deploys(f"{one}:1.0.0", f"{two}:1.0.0")
        reviewed.configured(delivery="group: all")
        reviewed.runs("tagwright run")
        (pull,) = reviewed.pulls
        reviewed.configured(f"registries: [{{prefix: {one}, endpoint: 'http://127.0.0.1:1'}}]\n{DEFAULTS}", **ALL)

        ran = reviewed.runs("tagwright run --json")

        assert (ran.code, outcomes(ran)) == (1, {"all": "unchanged"})
        assert reviewed.remote.touched(pull.head) == ["one.yaml", "two.yaml"]
        three = reviewed.offers("acme/three", "1.0.0", "1.1.0")
        reviewed.configured(f"registries: [{{prefix: {three}, endpoint: 'http://127.0.0.1:1'}}]\n{DEFAULTS}", **ALL)
        reviewed.deploys(f"{three}:1.0.0")
        reviewed.offers("acme/two", "1.2.0")
        assert outcomes(reviewed.runs("tagwright run --json")) == {"all": "updated"}

    def test_a_part_in_a_file_that_cannot_be_read_is_not_taken_out(self, reviewed: Reviewed) -> None:
        """The same for a file that somebody broke; another file that is broken holds nobody up."""
        one, two = reviewed.offers("acme/one", "1.0.0", "1.1.0"), reviewed.offers("acme/two", "1.0.0", "1.1.0")
        reviewed.deploys(f"{one}:1.0.0", f"{two}:1.0.0")
        reviewed.configured(**ALL)
        reviewed.runs("tagwright run")
        (pull,) = reviewed.pulls
        tip = reviewed.remote.tip(pull.head)
        reviewed.remote.commit({"one.yaml": "image: [\n  broken: {\n"})

        assert outcomes(reviewed.runs("tagwright run --json")) == {"all": "unchanged"}
        assert reviewed.remote.tip(pull.head) == tip
        reviewed.deploys(f"{one}:1.0.0")
        reviewed.remote.commit({"other.yaml": "image: [\n  broken: {\n"})
        assert outcomes(reviewed.runs("tagwright run --json")) == {"all": "updated"}

    def test_a_base_that_is_renamed(self, reviewed: Reviewed) -> None:
        """The forge moves the open one to the new name: it is closed, and there is one for the new base."""
        reviewed.proposes()
        git("branch", "-m", "main", "trunk", cwd=reviewed.remote.path)
        reviewed.pulls[0].base = "trunk"
        reviewed.configured(targets=TARGET.replace("main", "trunk"))

        for _ in range(2):
            assert reviewed.runs("tagwright run").code == 0
            assert [(pull.state, pull.base) for pull in reviewed.pulls] == [("closed", "trunk"), ("open", "trunk")]
        assert branches(reviewed) == [reviewed.pulls[1].head]
        assert "on another branch now" in reviewed.pulls[0].comments[-1]

    def test_another_targets_proposals_are_not_touched(self, reviewed: Reviewed) -> None:
        """Two targets of one repository and base, each with files of its own, leave each other's alone."""
        one, two = reviewed.offers("acme/one", "1.0.0", "1.1.0"), reviewed.offers("acme/two", "1.0.0", "1.1.0")
        reviewed.deploys(f"{one}:1.0.0", f"{two}:1.0.0")
        second = TARGET.split("targets:\n")[1].replace("name: deploy", "name: other")
        reviewed.configured(
            targets=TARGET + "    files: {{include: [one.yaml]}}\n" + second + "    files: {{include: [two.yaml]}}\n"
        )

        for _ in range(2):
            assert reviewed.runs("tagwright run").code == 0
            assert [pull.state for pull in reviewed.pulls] == ["open", "open"]

    def test_a_branch_that_is_not_ours_is_never_deleted(self, reviewed: Reviewed) -> None:
        """A person's branch under our prefix, and one of ours that a person added to, stay."""
        api = reviewed.proposes()
        (pull,) = reviewed.pulls
        theirs = reviewed.remote.commit({"note.txt": "mine\n"}, "A person's work", branch=pull.head)
        git("branch", "tagwright/mine", "main", cwd=reviewed.remote.path)
        reviewed.deploys(f"{api}:1.2.1")

        assert reviewed.runs("tagwright run").code == 0

        assert branches(reviewed) == sorted([pull.head, "tagwright/mine"])
        assert reviewed.remote.tip(pull.head) == theirs


class TestCommitsInstead:
    """From pull requests to direct commits: what was proposed goes with the change of mind."""

    def commits(self, reviewed: Reviewed) -> None:
        """The configuration, with the other mode."""
        file = reviewed.folder / "tagwright.yaml"
        file.write_text(file.read_text("utf-8").replace("mode: pull-request", "mode: commit"), "utf-8")

    def test_what_is_open_is_closed(self, reviewed: Reviewed) -> None:
        """The update is committed, and its pull request closed with that word; then nothing is asked any more."""
        api = reviewed.proposes()
        self.commits(reviewed)

        ran = reviewed.runs("tagwright run --json")

        assert [one["outcome"] for one in ran.json["targets"][0]["published"]] == ["pushed", "superseded"]
        assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml")
        (pull,) = reviewed.pulls
        assert (pull.state, branches(reviewed)) == ("closed", [])
        assert "committed to `main` directly now" in pull.comments[-1]
        assert reviewed.asked("tagwright run")[1] == []

    def test_a_no_that_nobody_heard_yet_counts(self, reviewed: Reviewed) -> None:
        """Closed by a person just before: it is not committed behind their back."""
        api = reviewed.proposes()
        reviewed.forge.close(PROJECT, 1)
        self.commits(reviewed)

        ran = reviewed.runs("tagwright run --json")

        assert (ran.code, ran.json["summary"]["verdicts"]) == (0, {"rejected": 1})
        assert f"{api}:1.2.0" in reviewed.remote.show("api.yaml")
        assert branches(reviewed) == []

    def test_a_push_that_fails_closes_nothing(self, reviewed: Reviewed) -> None:
        """What is not delivered otherwise stays proposed."""
        reviewed.proposes()
        self.commits(reviewed)
        reviewed.remote.hook("update", '[ "$1" = refs/heads/main ] || exit 0\necho no >&2; exit 1\n')

        assert reviewed.runs("tagwright run").code == 1
        assert [pull.state for pull in reviewed.pulls] == ["open"]

    def test_without_a_token_the_commit_is_made_all_the_same(
        self, reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Committing needs no forge: what stays open is a note, and no failure."""
        api = reviewed.proposes()
        self.commits(reviewed)
        monkeypatch.delenv("FORGE_TOKEN")
        file = reviewed.folder / "tagwright.yaml"
        text = file.read_text("utf-8").replace(reviewed.forge.url(PROJECT), str(reviewed.remote.path))
        file.write_text(text, "utf-8")

        ran = reviewed.runs("tagwright run --json")

        assert (ran.code, [one["outcome"] for one in ran.json["targets"][0]["published"]]) == (0, ["pushed"]), ran
        assert [note["code"] for note in ran.json["targets"][0]["notes"]] == ["pull-requests-left"]
        assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml")


class TestWhatSetProposed:
    """`run` sees to what `run` proposed. A proposal of `set` goes when the base has it."""

    def test_a_proposal_of_set_stays_open(self, reviewed: Reviewed) -> None:
        """No rule of `run` knows of the image, and its pull request is none of its business."""
        reviewed.remote.commit({"web.yaml": DEPLOYMENT.format(image="ghcr.io/acme/web:1.0.0")})
        config = f"--config {reviewed.folder / 'tagwright.yaml'}"
        reviewed.configured("rules: [{images: [redis], policy: {compatible: minor}}]\n")
        assert reviewed.runs(f"tagwright set ghcr.io/acme/web:1.1.0 --pull-request {config}").code == 0

        assert reviewed.asked("tagwright run")[1] == []
        assert [pull.state for pull in reviewed.pulls] == ["open"]

        reviewed.remote.commit({"web.yaml": DEPLOYMENT.format(image="ghcr.io/acme/web:1.1.0")})
        assert reviewed.runs("tagwright run").code == 0
        assert ([pull.state for pull in reviewed.pulls], branches(reviewed)) == (["closed"], [])

    def test_a_newer_proposal_of_set_is_not_taken_back(self, reviewed: Reviewed) -> None:
        """The registry does not list yet what the pipeline built; `run` leaves it, until it knows something newer."""
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        reviewed.deploys(f"{api}:1.2.0")
        config = f"--config {reviewed.folder / 'tagwright.yaml'}"
        assert reviewed.runs(f"tagwright set {api}:1.3.0 --pull-request {config}").code == 0

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}
        assert reviewed.all_pulls() == [("open", f"Update {api} to 1.3.0")]
        assert f"{api}:1.3.0" in reviewed.remote.show("api.yaml", reviewed.pulls[0].head)

        reviewed.offers("acme/api", "1.4.0")
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}
        assert reviewed.all_pulls() == [("open", f"Update {api} to 1.4.0")]

    def test_a_tag_that_is_gone_is_taken_back(self, reviewed: Reviewed) -> None:
        """What `run` itself proposed goes down again when its registry has it no longer."""
        api = reviewed.proposes()
        reviewed.offers("acme/api", "1.3.0")
        reviewed.runs("tagwright run")
        reviewed.registry.remove("acme/api", "1.3.0")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}
        assert reviewed.all_pulls() == [("open", f"Update {api} to 1.2.1")]


class TestAPersonsNo:
    """Closed unmerged is a no to that version; a newer one asks again; reopening takes the no back."""

    def test_a_closed_one_is_not_proposed_again(self, reviewed: Reviewed) -> None:
        """It says so once, deletes the branch, and asks the forge nothing from then on."""
        api = reviewed.proposes()
        reviewed.forge.close(PROJECT, 1)

        ran = reviewed.runs("tagwright run --json")

        assert ran.code == 0
        (decision,) = ran.json["targets"][0]["decisions"]
        assert decision["verdict"] == "rejected"
        assert f"{reviewed.pulls[0].number} was closed" in decision["detail"]
        (said,) = reviewed.pulls[0].comments
        assert "`1.2.1` will not be proposed here again" in said
        assert branches(reviewed) == []
        assert reviewed.asked("tagwright run")[1] == []
        assert reviewed.all_pulls() == [("closed", f"Update {api} to 1.2.1")]

    def test_the_ledger_remembers_it_for_dry_runs_and_for_set(self, reviewed: Reviewed) -> None:
        """`explain` names the pull request, and a pipeline leaves the version alone; --override-hold writes it."""
        api = reviewed.proposes()
        reviewed.forge.close(PROJECT, 1)
        reviewed.runs("tagwright run")

        assert list(ledgers.files(reviewed.remote)) == [f"answers/{api.replace('/', '%2F').replace(':', '%3A')}"]
        told = reviewed.runs(f"tagwright explain {api} --json").json
        (rejected,) = told["decisions"][0]["rejected"]
        assert (rejected["version"], rejected["pull_request"][-2:]) == ("1.2.1", "/1")
        config = f"--config {reviewed.folder / 'tagwright.yaml'}"
        left = reviewed.runs(f"tagwright set {api}:1.2.1 {config} --json")
        assert (left.code, left.json["summary"]["verdicts"]) == (0, {"rejected": 1})
        assert reviewed.runs(f"tagwright set {api}:1.2.1 {config} --override-hold").code == 0
        assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml")

    def test_a_newer_version_asks_again(self, reviewed: Reviewed) -> None:
        """In a new pull request on the same branch; the old one stays closed."""
        api = reviewed.proposes()
        reviewed.forge.close(PROJECT, 1)
        reviewed.runs("tagwright run")
        reviewed.offers("acme/api", "1.3.0")

        assert reviewed.runs("tagwright run").code == 0

        assert reviewed.all_pulls() == [("closed", f"Update {api} to 1.2.1"), ("open", f"Update {api} to 1.3.0")]
        assert reviewed.pulls[0].head == reviewed.pulls[1].head

    def test_a_newer_version_that_came_before_we_looked(self, reviewed: Reviewed) -> None:
        """Closed at 1.2.1 while 1.3.0 came out: 1.3.0 is proposed, and 1.2.1 is remembered all the same."""
        api = reviewed.proposes()
        reviewed.forge.close(PROJECT, 1)
        reviewed.offers("acme/api", "1.3.0")

        assert reviewed.runs("tagwright run").code == 0
        assert reviewed.all_pulls()[-1] == ("open", f"Update {api} to 1.3.0")
        assert "\t1.2.1\t" in "".join(ledgers.files(reviewed.remote).values())

    def test_with_the_branch_deleted_as_well(self, reviewed: Reviewed) -> None:
        """Closing and deleting at once is the same no: the forge still knows."""
        reviewed.proposes()
        reviewed.forge.close(PROJECT, 1)
        reviewed.remote.reset(reviewed.pulls[0].head, "0" * 40)

        ran = reviewed.runs("tagwright run --json")

        assert ran.json["summary"]["verdicts"] == {"rejected": 1}
        assert [pull.state for pull in reviewed.pulls] == ["closed"]

    def test_with_its_text_wiped(self, reviewed: Reviewed) -> None:
        """Whatever the text says by then, what is proposed now is what was turned down."""
        reviewed.proposes()
        reviewed.pulls[0].body = "no"
        reviewed.forge.close(PROJECT, 1)

        assert reviewed.runs("tagwright run --json").json["summary"]["verdicts"] == {"rejected": 1}

    def test_with_nonsense_in_its_text(self, reviewed: Reviewed) -> None:
        """A version that can be none is not remembered as one, and keeps no pass from its end."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        pull.body = pull.body.replace("-> 1.2.1\n", "-> not%20a%20tag\n")
        reviewed.forge.close(PROJECT, 1)

        assert reviewed.runs("tagwright run --json").json["summary"]["verdicts"] == {"rejected": 1}
        assert "\t1.2.1\t" in "".join(ledgers.files(reviewed.remote).values())

    @pytest.mark.parametrize("version", ["1.3.0", "1.2.1%20x", "1.2.1%09main%0A2020-01-01", "%2D%2D", "1.2.1"])
    def test_with_its_text_forged(self, reviewed: Reviewed, version: str) -> None:
        """It cannot say no to what its branch does not propose, nor put lines into the ledger."""
        api = reviewed.proposes()
        pull = reviewed.pulls[0]
        pull.body = pull.body.replace("1.2.0 -> 1.2.1", f"1.2.0 -> {version}")
        reviewed.forge.close(PROJECT, 1)
        reviewed.offers("acme/api", "1.3.0")

        assert reviewed.runs("tagwright run").code == 0

        assert reviewed.all_pulls()[-1] == ("open", f"Update {api} to 1.3.0")
        turned_down = [
            line.split("\t")[2] for text in ledgers.files(reviewed.remote).values() for line in text.splitlines()
        ]
        assert turned_down == ([] if version == "1.3.0" else ["1.2.1"])

    def test_a_forged_text_without_a_branch(self, reviewed: Reviewed) -> None:
        """What can be no version is no answer, and a thousand versions of one image are not believed."""
        api = reviewed.proposes()
        pull = reviewed.pulls[0]
        reviewed.remote.reset(pull.head, "0" * 40)
        lines = "\n".join(f"Tagwright-Image: {api} 1.2.0 -> 0.0.{number}" for number in range(1000))
        wrong = f"Tagwright-Image: {api} 1.2.0 -> 1.2.1%20x"
        pull.body = f"<!-- tagwright\n{lines}\n{wrong}\n-->"
        reviewed.forge.close(PROJECT, 1)

        assert reviewed.runs("tagwright run").code == 0

        assert reviewed.all_pulls()[-1] == ("open", f"Update {api} to 1.2.1")
        assert [len(text.splitlines()) for text in ledgers.files(reviewed.remote).values()] == [20]

    def test_opened_again_is_a_yes(self, reviewed: Reviewed) -> None:
        """Somebody restores the branch and reopens: it is kept current, and the no is forgotten."""
        api = reviewed.proposes()
        pull = reviewed.pulls[0]
        tip = reviewed.remote.tip(pull.head)
        reviewed.forge.close(PROJECT, 1)
        reviewed.runs("tagwright run")
        assert tip
        reviewed.remote.reset(pull.head, tip)
        reviewed.pulls[0].reopen()

        ran = reviewed.runs("tagwright run --json")

        assert ran.json["summary"]["verdicts"] == {"update": 1}
        assert reviewed.all_pulls() == [("open", f"Update {api} to 1.2.1")]
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}

    def test_a_commit_that_says_resume_takes_it_back(self, reviewed: Reviewed) -> None:
        """The way back where nobody can reopen: the version is proposed again, in a new pull request."""
        api = reviewed.proposes()
        reviewed.forge.close(PROJECT, 1)
        reviewed.runs("tagwright run")
        reviewed.remote.commit({"README.md": "go on\n"}, "Go on\n\nTagwright: resume")

        assert reviewed.runs("tagwright run").code == 0

        assert reviewed.all_pulls()[-1] == ("open", f"Update {api} to 1.2.1")

    def test_one_file_of_two(self, reviewed: Reviewed) -> None:
        """A no to the version in staging says nothing about production."""
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        paths = [f"{place}/api.yaml" for place in ("prod", "staging")]
        reviewed.remote.commit({path: DEPLOYMENT.format(image=f"{api}:1.2.0") for path in paths})
        reviewed.configured(delivery="group: directory")
        reviewed.runs("tagwright run")
        staging = next(pull for pull in reviewed.pulls if "staging" in pull.head)
        reviewed.forge.close(PROJECT, staging.number)

        ran = reviewed.runs("tagwright run --json")

        verdicts = {one["path"]: one["verdict"] for one in ran.json["targets"][0]["decisions"]}
        assert verdicts == {"prod/api.yaml": "update", "staging/api.yaml": "rejected"}
        assert outcomes(ran) == {"prod": "unchanged"}

    def test_a_ledger_that_cannot_be_written_forgets_nothing(self, reviewed: Reviewed) -> None:
        """The forge is asked each time then; the run says what is wrong, and never proposes it again."""
        reviewed.proposes()
        reviewed.remote.hook("update", 'case "$1" in *ledger) echo no >&2; exit 1;; esac\n')
        reviewed.forge.close(PROJECT, 1)
        reviewed.remote.reset(reviewed.pulls[0].head, "0" * 40)

        for _ in range(2):
            ran = reviewed.runs("tagwright run --json")
            assert (ran.code, [one["code"] for one in ran.json["targets"][0]["problems"]]) == (1, ["ledger"])
            assert ran.json["summary"]["verdicts"] == {"rejected": 1}
        assert [pull.state for pull in reviewed.pulls] == ["closed"]


class TestPeoplesCommits:
    """What people commit to the branch is kept: the bot steps back, and says so in the pull request."""

    def test_they_are_kept_and_it_is_said_once(self, reviewed: Reviewed) -> None:
        """A newer version changes nothing on the branch; the note is written once; the run is no failure."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        theirs = reviewed.remote.commit({"note.txt": "mine\n"}, "A person's work", branch=pull.head)
        reviewed.offers("acme/api", "1.3.0")

        ran = reviewed.runs("tagwright run --json")

        assert (ran.code, outcomes(ran)) == (0, {"api": "unchanged"})
        assert [note["code"] for note in ran.json["targets"][0]["notes"]] == ["branch-edited"]
        assert reviewed.remote.tip(pull.head) == theirs
        assert "commits by people on this branch" in pull.body
        assert reviewed.asked("tagwright run")[1] == ["GET"]

    def test_one_that_a_person_amended_is_theirs(self, reviewed: Reviewed) -> None:
        """It keeps our message and trailers; who committed it tells."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        words = git("log", "-1", "--format=%B", pull.head, cwd=reviewed.remote.path)
        git("update-ref", f"refs/heads/{pull.head}", "main", cwd=reviewed.remote.path)
        theirs = reviewed.remote.commit({"note.txt": "mine\n"}, words, branch=pull.head)
        reviewed.offers("acme/api", "1.3.0")

        ran = reviewed.runs("tagwright run --json")

        assert [note["code"] for note in ran.json["targets"][0]["notes"]] == ["branch-edited"]
        assert reviewed.remote.tip(pull.head) == theirs

    def test_once_merged_the_branch_is_ours_again(self, reviewed: Reviewed) -> None:
        """The base has what they did: a newer version is proposed from the same branch."""
        api = reviewed.proposes()
        (pull,) = reviewed.pulls
        reviewed.remote.commit({"note.txt": "mine\n"}, "A person's work", branch=pull.head)
        reviewed.forge.merge(PROJECT, pull.number)
        assert pull.head in branches(reviewed)
        reviewed.offers("acme/api", "1.3.0")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "opened"}

        assert reviewed.all_pulls()[-1] == ("open", f"Update {api} to 1.3.0")
        assert reviewed.remote.touched(pull.head) == ["api.yaml"]

    def test_squashed_is_merged_as_well(self, reviewed: Reviewed) -> None:
        """The base has no commit of the branch then: where the forge keeps what it merged, that is ours again.

        Gitea tells where the branch is now, and not what was merged: a person deletes it.
        """
        api = reviewed.proposes()
        (pull,) = reviewed.pulls
        reviewed.remote.commit({"note.txt": "mine\n"}, "A person's work", branch=pull.head)
        squashed(reviewed, api)
        reviewed.offers("acme/api", "1.3.0")

        assert outcomes(reviewed.runs("tagwright run --json")) == {
            "api": "unchanged" if reviewed.kind == "gitea" else "opened"
        }

    def test_what_came_after_the_merge_is_kept(self, reviewed: Reviewed) -> None:
        """Somebody goes on working on the branch of a pull request that was squashed."""
        api = reviewed.proposes()
        (pull,) = reviewed.pulls
        squashed(reviewed, api)
        theirs = reviewed.remote.commit({"note.txt": "mine\n"}, "A person's work", branch=pull.head)
        reviewed.offers("acme/api", "1.3.0")

        ran = reviewed.runs("tagwright run --json")

        assert reviewed.remote.tip(pull.head) == theirs
        (note,) = ran.json["targets"][0]["notes"]
        assert "where none is open, delete the branch" in note["hint"]

    def test_the_box_throws_them_away(self, reviewed: Reviewed) -> None:
        """Somebody ticks it: the branch is rebuilt, the note and the tick are gone."""
        api = reviewed.proposes()
        (pull,) = reviewed.pulls
        reviewed.remote.commit({"note.txt": "mine\n"}, "A person's work", branch=pull.head)
        reviewed.runs("tagwright run")
        assert "- [ ]" in pull.body
        pull.body = pull.body.replace("- [ ]", "- [x]")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}

        assert reviewed.remote.touched(pull.head) == ["api.yaml"]
        assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml", pull.head)
        assert "commits by people" not in pull.body
        assert "- [ ]" in pull.body
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}


class TestCatchingUp:
    """A forge's button that merges the base into the branch is no person's work, as long as it adds nothing."""

    def merged(self, reviewed: Reviewed, *more: str) -> str:
        """The branch, after somebody merged main into it, with `more` changed on the way."""
        (pull,) = reviewed.pulls
        for path in more:
            reviewed.remote.commit({path: "mine\n"}, "Aside", branch="aside")
        reviewed.remote.commit({"README.md": "more\n"})
        tree = git("merge-tree", "--write-tree", "main", pull.head, cwd=reviewed.remote.path)
        parents = ("-p", pull.head, "-p", "aside" if more else "main")
        merge = git("commit-tree", tree, *parents, "-m", "Merge main", cwd=reviewed.remote.path)
        reviewed.remote.reset(pull.head, merge)
        return merge

    def test_the_branch_is_rebuilt_for_the_next_version(self, reviewed: Reviewed) -> None:
        """The merge of the base goes, whether the base has moved on since or not."""
        api = reviewed.proposes()
        self.merged(reviewed)
        reviewed.remote.commit({"README.md": "and more\n"})
        reviewed.offers("acme/api", "1.3.0")

        ran = reviewed.runs("tagwright run --json")

        assert (outcomes(ran), ran.json["targets"][0]["notes"]) == ({"api": "updated"}, [])
        assert f"{api}:1.3.0" in reviewed.remote.show("api.yaml", reviewed.pulls[0].head)

    def test_a_merge_of_something_else_is_a_persons(self, reviewed: Reviewed) -> None:
        """What is not in the base would be lost."""
        reviewed.proposes()
        merge = self.merged(reviewed, "mine.txt")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}
        assert reviewed.remote.tip(reviewed.pulls[0].head) == merge

    def test_a_merge_that_was_edited_is_a_persons(self, reviewed: Reviewed) -> None:
        """A conflict that was resolved by hand, say."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        self.merged(reviewed)
        reviewed.remote.commit({"note.txt": "mine\n"}, branch=pull.head)
        tree = git("rev-parse", f"{pull.head}^{{tree}}", cwd=reviewed.remote.path)
        first, second = git("rev-parse", f"{pull.head}^^1", f"{pull.head}^^2", cwd=reviewed.remote.path).split()
        edited = git("commit-tree", tree, "-p", first, "-p", second, "-m", "Merge", cwd=reviewed.remote.path)
        reviewed.remote.reset(pull.head, edited)

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}
        assert reviewed.remote.tip(pull.head) == edited


class TestLimits:
    """At most so many are open, and so many new in a run; the longest waiting first."""

    @pytest.fixture
    def four(self, reviewed: Reviewed) -> list[str]:
        """Four images with an update each."""
        names = [reviewed.offers(f"acme/{name}", "1.0.0", "1.1.0") for name in ("a", "b", "c", "d")]
        reviewed.deploys(*(f"{name}:1.0.0" for name in names))
        return names

    def test_max_open(self, reviewed: Reviewed, four: list[str]) -> None:
        """Two are opened, the others wait and say so; when one is merged, the next is opened."""
        reviewed.configured(delivery="max_open: 2")

        ran = reviewed.runs("tagwright run --json")
        assert outcomes(ran) == {"a": "opened", "b": "opened", "c": "waiting", "d": "waiting"}
        assert len(branches(reviewed)) == 2
        assert outcomes(reviewed.runs("tagwright run --json"))["c"] == "waiting"

        reviewed.forge.merge(PROJECT, 1)
        assert outcomes(reviewed.runs("tagwright run --json")) == {"b": "updated", "c": "opened", "d": "waiting"}

    def test_max_new(self, reviewed: Reviewed, four: list[str]) -> None:
        """One more in each run."""
        reviewed.configured(delivery="max_new: 1")
        for count in (1, 2, 3, 4, 4):
            reviewed.runs("tagwright run")
            assert len(reviewed.pulls) == count

    def test_the_longest_waiting_goes_first(self, reviewed: Reviewed) -> None:
        """Where a policy asks for dates: the oldest new tag, whatever its image is called."""
        host = reviewed.registry.host
        for at, name in enumerate(("a", "b", "c")):
            reviewed.registry.add(f"acme/{name}", "1.0.0", created=datetime(2020, 1, 1, tzinfo=UTC))
            reviewed.registry.add(f"acme/{name}", "1.1.0", created=datetime(2026, 1, 9 - at, tzinfo=UTC))
        reviewed.deploys(*(f"{host}/acme/{name}:1.0.0" for name in ("a", "b", "c")))
        reviewed.configured("defaults: {policy: {newest: created}}\n", delivery="max_new: 1")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"a": "waiting", "b": "waiting", "c": "opened"}

    def test_one_that_cannot_be_judged_takes_its_room(self, reviewed: Reviewed) -> None:
        """It is open still: nothing is opened beside it where one may be."""
        one, two = reviewed.offers("acme/one", "1.0.0", "1.1.0"), reviewed.offers("acme/two", "1.0.0")
        reviewed.deploys(f"{one}:1.0.0", f"{two}:1.0.0")
        reviewed.runs("tagwright run")
        reviewed.offers("acme/two", "1.1.0")
        away = f"registries: [{{prefix: {one}, endpoint: 'http://127.0.0.1:1'}}]\n"
        reviewed.configured(away + DEFAULTS, delivery="max_open: 1")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"two": "waiting"}

    def test_a_no_makes_room(self, reviewed: Reviewed, four: list[str]) -> None:
        """What a person closed is not open."""
        reviewed.configured(delivery="max_open: 1")
        reviewed.runs("tagwright run")
        reviewed.forge.close(PROJECT, 1)
        reviewed.runs("tagwright run")
        assert [pull.state for pull in reviewed.pulls] == ["closed", "open"]


class TestMergingByItself:
    """With auto_merge the forge merges when its checks pass, and nothing we do takes that away."""

    def test_it_is_merged_when_it_may(self, reviewed: Reviewed) -> None:
        """A protected base waits for an approval; then the forge merges."""
        reviewed.configured(delivery="auto_merge: true")
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        reviewed.deploys(f"{api}:1.2.0")
        reviewed.forge.protect(PROJECT, "main")

        ran = reviewed.runs("tagwright run --json")

        assert (ran.code, ran.json["targets"][0]["problems"]) == (0, [])
        assert reviewed.pulls[0].auto
        reviewed.forge.approve(PROJECT, 1)
        assert [pull.state for pull in reviewed.pulls] == ["merged"]
        assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml")

    def test_a_base_that_moves_does_not_take_its_place_in_the_queue(self, reviewed: Reviewed) -> None:
        """The same change stays on the base it is on; a newer version is worth starting anew."""
        reviewed.configured(delivery="auto_merge: true")
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        reviewed.deploys(f"{api}:1.2.0")
        reviewed.forge.protect(PROJECT, "main")
        reviewed.runs("tagwright run")
        tip = reviewed.remote.tip(reviewed.pulls[0].head)
        reviewed.remote.commit({"README.md": "more\n"})

        assert reviewed.runs("tagwright run").code == 0
        assert reviewed.remote.tip(reviewed.pulls[0].head) == tip

        reviewed.offers("acme/api", "1.3.0")
        assert reviewed.runs("tagwright run").code == 0
        assert reviewed.remote.tip(reviewed.pulls[0].head) != tip
        assert reviewed.pulls[0].auto


class TestTheText:
    """Title and body are written when they change, and registries are asked about images only then."""

    def test_what_changed_inside_the_image_is_asked_once(self, reviewed: Reviewed) -> None:
        """The first body tells what user the image runs as; a second pass reads the list of tags and nothing else."""
        image = f"{reviewed.registry.host}/acme/api"
        reviewed.registry.add("acme/api", "1.2.0", runs={"User": "1000"})
        reviewed.registry.add("acme/api", "1.2.1", runs={"User": "root"})
        reviewed.deploys(f"{image}:1.2.0")
        reviewed.runs("tagwright run")
        (pull,) = reviewed.pulls
        assert "root" in pull.body

        again = reviewed.runs("tagwright run --json")

        assert outcomes(again) == {"api": "unchanged"}
        assert [host["requests"] for host in again.json["cost"]["hosts"]] == [1]

    def test_a_person_edits_the_title(self, reviewed: Reviewed) -> None:
        """It is set right again, as the text is that goes with it."""
        api = reviewed.proposes()
        reviewed.pulls[0].title = "Whatever"
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}
        assert reviewed.pulls[0].title == f"Update {api} to 1.2.1"


class TestDrafts:
    """What waits is proposed early where that is wished; a person's draft is a person's."""

    FROZEN = "freeze: [{from: 2000-01-01, until: 2999-01-01, reason: audit}]\n"

    def test_a_window_that_is_closed(self, reviewed: Reviewed) -> None:
        """A draft while it is frozen, which says so; ready as soon as the window opens, on the same commit."""
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        reviewed.deploys(f"{api}:1.2.0")
        reviewed.configured(DEFAULTS + self.FROZEN, delivery="draft_while_pending: true")

        ran = reviewed.runs("tagwright run --json")

        assert (outcomes(ran), ran.json["summary"]["verdicts"]) == ({"api": "opened"}, {"pending": 1})
        (pull,) = reviewed.pulls
        assert (is_draft(pull), "frozen (audit)" in pull.body) == (True, True)
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}
        tip = reviewed.remote.tip(pull.head)

        reviewed.configured(DEFAULTS, delivery="draft_while_pending: true")
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}
        (pull,) = reviewed.pulls
        assert (is_draft(pull), "frozen" in pull.body, reviewed.remote.tip(pull.head)) == (False, False, tip)

    def test_a_version_that_is_too_young(self, reviewed: Reviewed) -> None:
        """The same while it ages; without the wish nothing is proposed."""
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        reviewed.deploys(f"{api}:1.2.0")
        young = "defaults: {policy: {compatible: minor, minimum_age: 3d}}\n"
        reviewed.configured(young)
        assert outcomes(reviewed.runs("tagwright run --json")) == {}

        reviewed.configured(young, delivery="draft_while_pending: true")
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "opened"}
        (pull,) = reviewed.pulls
        assert is_draft(pull)
        assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml", pull.head)

        ledgers.passes(reviewed.remote, timedelta(days=4))
        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}
        assert not is_draft(reviewed.pulls[0])

    def test_a_no_to_a_draft_is_a_no(self, reviewed: Reviewed) -> None:
        """Closed while it waits: not proposed again while it waits, nor when it might be written."""
        api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
        reviewed.deploys(f"{api}:1.2.0")
        reviewed.configured(DEFAULTS + self.FROZEN, delivery="draft_while_pending: true")
        reviewed.runs("tagwright run")
        reviewed.forge.close(PROJECT, 1)
        reviewed.runs("tagwright run")

        reviewed.configured(DEFAULTS, delivery="draft_while_pending: true")
        assert reviewed.runs("tagwright run --json").json["summary"]["verdicts"] == {"rejected": 1}
        assert [pull.state for pull in reviewed.pulls] == ["closed"]

    def test_what_a_person_made_a_draft_stays_one(self, reviewed: Reviewed) -> None:
        """Also when the next version comes."""
        reviewed.proposes()
        make_draft(reviewed.pulls[0], reviewed.kind)
        reviewed.offers("acme/api", "1.3.0")

        assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}
        assert is_draft(reviewed.pulls[0])

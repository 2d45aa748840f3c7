"""A pass that ends between two steps of a pull request's life: the next one finds its way from wherever it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tagwright.forges.gitea import Gitea
from tagwright.forges.github import GitHub
from tagwright.forges.gitlab import GitLab
from tagwright.git.ledger import GitLedger
from tagwright.git.mirror import Mirror
from tests.support import ledgers
from tests.support.reviewed import PROJECT, Reviewed, outcomes

FORGES = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea}


class Killed(BaseException):
    """What no code of ours catches, as none sees a kill."""


@pytest.fixture
def killed(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> Callable[[type | None, str, int], None]:
    """A pass that ends just before a step is taken the given time: of the forge, or of another class."""

    def passes(owner: type | None, step: str, time: int = 1) -> None:
        counted = [0]
        where = owner or FORGES[reviewed.kind]
        taken = getattr(where, step)

        def interrupted(*arguments: object, **named: object) -> object:
            counted[0] += 1
            if counted[0] == time:
                raise Killed
            return taken(*arguments, **named)

        with monkeypatch.context() as patched:
            patched.setattr(where, step, interrupted)
            with pytest.raises(Killed):
                reviewed.runs("tagwright run")

    return passes


Killing = Callable[[type | None, str, int], None]


def ours(reviewed: Reviewed) -> list[str]:
    """The branches of ours that are left."""
    return [name for name in reviewed.remote.branches() if name.startswith("tagwright/")]


def test_a_branch_without_its_pull_request(reviewed: Reviewed, killed: Killing) -> None:
    """Pushed and not opened: the next pass opens it, and pushes nothing."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.deploys(f"{api}:1.2.0")
    killed(None, "open", 1)
    ((branch,), tips) = ours(reviewed), {name: reviewed.remote.tip(name) for name in ours(reviewed)}
    assert reviewed.pulls == []

    assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "opened"}

    assert [pull.head for pull in reviewed.pulls] == [branch]
    assert {branch: reviewed.remote.tip(branch)} == tips


def test_one_of_two_groups(reviewed: Reviewed, killed: Killing) -> None:
    """The first is open, the second not yet: it follows, and the first stays as it is."""
    names = [reviewed.offers(f"acme/{name}", "1.0.0", "1.1.0") for name in ("one", "two")]
    reviewed.deploys(*(f"{name}:1.0.0" for name in names))
    killed(None, "open", 2)
    assert len(reviewed.pulls) == 1

    assert sorted(outcomes(reviewed.runs("tagwright run --json")).values()) == ["opened", "unchanged"]


def test_closed_and_not_deleted(reviewed: Reviewed, killed: Killing) -> None:
    """Closed by us with our word: the branch goes, no word is said again, and nobody takes it for a person's no."""
    reviewed.proposes()
    reviewed.configured("defaults: {policy: {semver: '<1'}}\n")
    killed(Mirror, "delete", 1)
    assert ([pull.state for pull in reviewed.pulls], len(ours(reviewed))) == (["closed"], 1)

    assert reviewed.runs("tagwright run").code == 0

    assert (len(reviewed.pulls[0].comments), ours(reviewed)) == (1, [])
    reviewed.configured()
    assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "opened"}


@pytest.mark.parametrize(
    ("owner", "step"), [(Mirror, "delete"), (None, "comment"), (GitLedger, "add")], ids=["delete", "comment", "ledger"]
)
def test_a_no_that_is_half_answered(reviewed: Reviewed, killed: Killing, owner: type | None, step: str) -> None:
    """Heard, and not yet cleared away, commented on or written down: it is heard again, and proposed never."""
    reviewed.proposes()
    reviewed.forge.close(PROJECT, 1)
    killed(owner, step, 1)

    for _ in range(2):
        assert reviewed.runs("tagwright run --json").json["summary"]["verdicts"] == {"rejected": 1}

    assert [pull.state for pull in reviewed.pulls] == ["closed"]
    assert len(reviewed.pulls[0].comments) <= 1
    assert "\tno\t1.2.1\t" in "".join(ledgers.files(reviewed.remote).values())


def test_moved_and_not_yet_said(reviewed: Reviewed, killed: Killing) -> None:
    """The branch has the newer version, title and text the older: they follow."""
    api = reviewed.proposes()
    reviewed.offers("acme/api", "1.3.0")
    killed(None, "edit", 1)
    (pull,) = reviewed.pulls
    assert pull.title == f"Update {api} to 1.2.1"

    assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "updated"}

    assert pull.title == f"Update {api} to 1.3.0"
    assert f"{api}:1.3.0" in reviewed.remote.show("api.yaml", pull.head)


def test_a_second_runner_was_faster(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two passes at once: the other opened it between our question and our push. One pull request, no failure."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.deploys(f"{api}:1.2.0")
    where, step = FORGES[reviewed.kind], "open"
    taken, waiting = getattr(where, step), [lambda: reviewed.runs("tagwright run")]

    def overtaken(*arguments: object) -> object:
        while waiting:
            assert waiting.pop()().code == 0
        return taken(*arguments)

    monkeypatch.setattr(where, step, overtaken)

    assert reviewed.runs("tagwright run").code == 0

    assert [pull.state for pull in reviewed.pulls] == ["open"]
    assert outcomes(reviewed.runs("tagwright run --json")) == {"api": "unchanged"}

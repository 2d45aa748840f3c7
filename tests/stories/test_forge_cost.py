"""What forges were asked stands in the report, and a forge that wants no more requests is left alone."""

from __future__ import annotations

import pytest

from tests.support.forges import Answer, FakeGitHub, Fault
from tests.support.reviewed import TOKEN, Reviewed
from tests.support.story import DEPLOYMENT


def _estate(reviewed: Reviewed, images: int) -> None:
    """A repository with so many images, each a patch behind."""
    names = [reviewed.offers(f"acme/api{number}", "1.2.0", "1.2.1") for number in range(images)]
    reviewed.remote.commit({f"{at}.yaml": DEPLOYMENT.format(image=f"{name}:1.2.0") for at, name in enumerate(names)})


def test_requests_to_a_forge_are_told(reviewed: Reviewed) -> None:
    """By host, in JSON and for people; nothing of it counts as a registry's."""
    _estate(reviewed, 2)
    ran = reviewed.runs("tagwright run --json")
    (host,) = ran.json["cost"]["forges"]
    assert host["host"] == reviewed.forge.address.removeprefix("http://")
    assert host["requests"] == len(reviewed.forge.exchanges) > 2
    assert host["host"] not in {one["host"] for one in ran.json["cost"]["hosts"]}
    before = len(reviewed.forge.exchanges)
    said = reviewed.runs("tagwright run").out
    asked = len(reviewed.forge.exchanges) - before
    assert f"forges: {asked} request{'' if asked == 1 else 's'}: {host['host']} {asked}" in said


def test_a_spent_limit_ends_the_requests_of_the_pass(reviewed: Reviewed) -> None:
    """One refusal, a problem for each change with the time to come back, and the next pass does what is left."""
    _estate(reviewed, 4)
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    reviewed.forge.faults.append(Fault("", Answer(403, {"message": "API rate limit exceeded for user ID 1."}, reset)))
    ran = reviewed.runs("tagwright run --json")
    assert ran.code == 1
    assert len(reviewed.forge.exchanges) == 1
    problems = ran.json["targets"][0]["problems"]
    assert problems
    assert all(problem["code"] == "forge-unreachable" and problem["retry_at"] for problem in problems)
    assert ran.json["cost"]["forges"][0]["limited"] == 1
    assert reviewed.runs("tagwright run --json").code == 0
    assert len(reviewed.forge.pulls("acme/deploy")) == 4


def test_a_pull_request_of_githubs_own_token_says_that_no_checks_start(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the log does, with what helps; the text is found the same by the next run. No other forge needs the word."""
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_SERVER_URL", reviewed.forge.address)
    _estate(reviewed, 1)
    ran = reviewed.runs("tagwright run")
    (pull,) = reviewed.forge.pulls("acme/deploy")
    said = isinstance(reviewed.forge, FakeGitHub)
    assert ("starts no checks" in pull.body, "starts no checks" in ran.err) == (said, said)
    writes = len(reviewed.forge.writes)
    assert reviewed.runs("tagwright run").code == 0
    assert len(reviewed.forge.writes) == writes


def test_many_pull_requests_cost_two_requests_each_and_three_a_run(reviewed: Reviewed) -> None:
    """Found and opened, with labels one more on GitHub; with nothing new, one each, and nothing is written."""
    count = 12
    _estate(reviewed, count)
    config = reviewed.folder / "tagwright.yaml"
    config.write_text(config.read_text().replace("mode: pull-request", "mode: pull-request, max_open: 50"))
    assert reviewed.runs("tagwright run").code == 0
    assert len(reviewed.forge.pulls("acme/deploy")) == count
    each = 3 if isinstance(reviewed.forge, FakeGitHub) else 2
    assert len(reviewed.forge.exchanges) <= each * count + 3
    reviewed.forge.exchanges.clear()
    assert reviewed.runs("tagwright run").code == 0
    assert len(reviewed.forge.exchanges) <= count + 2
    assert reviewed.forge.writes == []

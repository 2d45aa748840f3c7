"""What forges were asked stands in the report, and a forge that wants no more requests is left alone."""

from __future__ import annotations

from tests.support.forges import Answer, Fault
from tests.support.reviewed import Reviewed
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

"""What holds of shards whatever the repositories and however many: each has one owner, and few move."""

from __future__ import annotations

from collections import Counter
from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from tagwright.sharding import Shard, owner

parts = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=1, max_size=12)
repositories = st.lists(
    st.builds("https://{}/{}/{}".format, st.sampled_from(["github.com", "git.example.com:8443"]), parts, parts),
    unique=True,
    max_size=30,
)
counts = st.integers(1, 40)


@given(repositories, counts)
def test_each_repository_is_in_exactly_one_shard(them: list[str], count: int) -> None:
    """So the union of all shards is what one worker would do, and nothing is done twice."""
    held = [one for index in range(count) for one in them if Shard(index, count).holds(one)]
    assert sorted(held) == sorted(them)


@given(repositories, counts)
def test_a_shard_more_takes_and_nothing_else_moves(them: list[str], count: int) -> None:
    """Whatever changes its owner goes to the new one."""
    moved = {owner(one, count + 1) for one in them if owner(one, count + 1) != owner(one, count)}
    assert moved <= {count}


@given(repositories, counts)
def test_a_part_is_in_order_but_for_where_it_begins(them: list[str], count: int) -> None:
    """Each shard begins its own at another place, and leaves nothing out."""
    for shard in (Shard(index, count) for index in range(count)):
        part = shard.part(them, str)
        begin = len(part) * shard.index // count
        assert part[len(part) - begin :] + part[: len(part) - begin] == [one for one in them if shard.holds(one)]


@given(repositories, repositories, counts)
def test_other_repositories_move_none(them: list[str], others: list[str], count: int) -> None:
    """Who looks after one does not depend on which there are beside it, nor on their order."""

    def of(all_: list[str]) -> dict[str, int]:
        return {one: index for index in range(count) for one in all_ if Shard(index, count).holds(one)}

    before, after = of(them), of([*others, *reversed(them)])
    assert {one: after[one] for one in them} == before


@given(st.integers(1, 24), st.integers(0, 10**6))
def test_a_shard_more_takes_its_part_and_all_are_alike(count: int, seed: int) -> None:
    """Of 2,000 repositories one in count + 1 moves, and no shard has much more than its part: within 6 sigma."""
    them = [f"https://git.example.com/team-{seed}/deploy-{number}" for number in range(2000)]
    moved = sum(owner(one, count + 1) == count for one in them)
    loads = Counter(owner(one, count) for one in them)
    for found, part in ((moved, 1 / (count + 1)), *((loads[index], 1 / count) for index in range(count))):
        assert abs(found - 2000 * part) <= 6 * sqrt(2000 * part * (1 - part))


names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,11}", fullmatch=True)


@given(names, names, names, st.booleans(), counts)
def test_every_spelling_has_the_same_owner(host: str, team: str, name: str, slash: bool, count: int) -> None:
    """One repository has one writer, however its targets write its address."""
    path = f"{team}/{name}"
    spelt = [f"https://{host}/{path}", f"http://{host}:3000/{path}.git", f"ssh://git@{host}:2222/{path}.git"]
    spelt += [f"https://me@{host.upper()}/{path}{'/' * slash}", f"git@{host}:{path}.git"]
    assert len({owner(one, count) for one in spelt}) == 1

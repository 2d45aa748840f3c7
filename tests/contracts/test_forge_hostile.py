"""A forge whose answers are not what they should be: nothing of it crashes us, leaks the token or reaches people."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tagwright.errors import ForgeError, ForgeUnreachable
from tagwright.forges.base import Committing, Forge
from tests.contracts.test_forges import DRAFT, KINDS, PROJECT, TOKEN, _open, bare
from tests.support.forges import Answer, FakeForge, FakeGitea, FakeGitHub, FakeGitLab, Fault, tip

__all__ = ["bare"]

ADDRESSES = (
    "javascript:alert(1)",
    "https://git.example.com/a\x1b[2J",
    "https://git.example.com/a b",
    "https://git.example.com/[x](https://evil.example)",
    "https://git.example.com/\n| row |",
    "https://git.example.com/" + "x" * 5000,
    "",
)


@pytest.fixture(params=list(KINDS))
def server(request: pytest.FixtureRequest, bare: Path) -> Iterator[FakeForge]:
    with KINDS[request.param]({PROJECT: bare, "mallory/deploy": bare}, token=TOKEN) as fake:
        yield fake


@pytest.fixture
def forge(server: FakeForge) -> Forge:
    return _open(server)


def _listed(server: FakeForge) -> dict[str, Any]:
    """How the forge lists the one pull request that is open."""
    _open(server).open(replace(DRAFT, labels=(), reviewers=(), assignees=()))
    _open(server).find("another", DRAFT.base)
    _open(server).find(DRAFT.head, DRAFT.base)
    answers = [one.answer for one in server.exchanges if one.method == "GET" and isinstance(one.answer, list)]
    entry: dict[str, Any] = next(answer for answer in answers if answer)[0]
    return entry


def _lists(server: FakeForge, *entries: object, **headers: str) -> None:
    """Every list holds these from now on, and Gitea finds nothing by name."""
    server.faults[:] = [
        Fault("GET .*/pulls/main/", Answer(404, {"message": "no"}), times=9),
        Fault("GET", Answer(200, list(entries), headers), times=9),
    ]


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_none(server: FakeForge, url: str) -> None:
    """It would land in reports, the ledger and other pull requests' texts: an error instead."""
    key = "web_url" if isinstance(server, FakeGitLab) else "html_url"
    _lists(server, {**_listed(server), key: url})
    with pytest.raises(ForgeError, match="does not speak"):
        _open(server).find(DRAFT.head, DRAFT.base)


@pytest.mark.parametrize("value", [None, ["x"], {"x": 1}])
@pytest.mark.parametrize("key", ["title", "address", "number"])
def test_a_part_of_another_kind(server: FakeForge, key: str, value: object) -> None:
    """A title, an address or a number that is something else is an error of the forge, not a bug of ours."""
    names = {"address": "html_url"} if not isinstance(server, FakeGitLab) else {"address": "web_url", "number": "iid"}
    _lists(server, {**_listed(server), names.get(key, key): value})
    with pytest.raises(ForgeError, match="does not speak"):
        _open(server).find(DRAFT.head, DRAFT.base)


@pytest.mark.parametrize("status", [200, 400, 422])
@pytest.mark.parametrize("deep", [900, 100_000])
def test_an_answer_that_is_deeper_than_the_stack(forge: Forge, server: FakeForge, status: int, deep: int) -> None:
    """Lists in lists: an error, whether they are the answer or its message."""
    for body in (b"[" * deep + b"]" * deep, b'{"message": ' + b"[" * deep + b"]" * deep + b"}"):
        server.faults[:] = [Fault("", Answer(status, body), times=9)]
        with pytest.raises(ForgeError):
            forge.find(DRAFT.head, DRAFT.base)


def test_a_long_body_is_read_in_part(server: FakeForge) -> None:
    """Of many megabytes no more than any forge keeps."""
    key = "description" if isinstance(server, FakeGitLab) else "body"
    _lists(server, {**_listed(server), key: "x" * (5 << 20)})
    found = _open(server).find(DRAFT.head, DRAFT.base)
    assert found
    assert len(found.body) == 1 << 20


def test_an_answer_without_end(server: FakeForge, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the longest page there can be is not read to its end, packed or not; PyGithub reads on its own."""
    if isinstance(server, FakeGitHub):
        return
    monkeypatch.setattr("tagwright.forges.patience.MOST_BYTES", 1 << 20)
    packed = gzip.compress(b'["' + b"x" * (2 << 20) + b'"]')
    for answer in (Answer(200, ["x" * (2 << 20)]), Answer(200, packed, {"Content-Encoding": "gzip"})):
        server.faults[:] = [Fault("GET", answer, times=9)]
        with pytest.raises(ForgeUnreachable, match="could not be reached"):
            _open(server).find(DRAFT.head, DRAFT.base)
    server.faults.clear()
    assert _listed(server)


@pytest.mark.parametrize("path", ["/x", "/api/v4/x", "/repos/x"])
def test_the_next_page_on_another_host(server: FakeForge, bare: Path, path: str) -> None:
    """The link to it is not followed there: the token stays at home."""
    entry = _listed(server)
    forks = {"head": {**entry["head"], "repo": None, "repo_id": 99}} if "head" in entry else {"source_project_id": 99}
    with type(server)({PROJECT: bare}, token=TOKEN) as other:
        _lists(server, *[{**entry, **forks}] * 30, Link=f'<{other.address}{path}?page=2>; rel="next"')
        with suppress(ForgeError):
            _open(server).find(DRAFT.head, DRAFT.base)
        assert other.headers_seen == []


@pytest.mark.parametrize("oid", ["HEAD", "refs/heads/main", "--upload-pack=x", "", "a" * 39, "A" * 40, None])
def test_a_commit_that_has_no_id(forge: Forge, server: FakeForge, bare: Path, oid: str | None) -> None:
    """What git would be given is an id or an error."""
    if isinstance(server, FakeGitea) or not isinstance(forge, Committing):
        return
    told = {"data": {"createCommitOnBranch": {"commit": {"oid": oid}}}}
    answer = {"id": oid} if isinstance(server, FakeGitLab) else told
    server.faults.append(Fault("POST", Answer(200, answer)))
    with pytest.raises(ForgeError, match="does not speak"):
        forge.commit(DRAFT.head, str(tip(bare, DRAFT.head)), {"api.yaml": b"x"}, "A commit")

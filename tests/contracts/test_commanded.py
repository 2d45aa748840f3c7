"""Every forge member says whose pull request a number is, and who may push: a comment is from a stranger until then."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from tagwright.errors import ForgeError, ForgeUnreachable
from tagwright.forges.base import Forge, Remark
from tagwright.model import Asked, Delivery, Target
from tagwright.serve.web.commands import MOST_WAITING, Commands, obey
from tagwright.views.pull_request import marks
from tests.contracts.test_forges import DRAFT, PROJECT, bare, forge, server
from tests.support.forges import Answer, FakeForge, Fault

__all__ = ["bare", "forge", "server"]


@pytest.mark.parametrize(
    ("role", "may"), [("read", False), ("triage", False), ("write", True), ("maintain", True), ("admin", True)]
)
def test_who_may_push_may_write(forge: Forge, server: FakeForge, role: str, may: bool) -> None:
    """Whoever may push, and nobody below; one request."""
    server.roles["ann"] = role
    assert forge.may_write("ann") is may
    assert len(server.exchanges) == 1


def test_a_user_without_a_role_may_not(forge: Forge, server: FakeForge) -> None:
    """Everybody may read a public repository; that is no right to write."""
    server.roles["ann"] = "write"
    assert not forge.may_write("bob")


def test_a_user_whom_the_forge_does_not_know_may_not(forge: Forge) -> None:
    """A name that is nobody's is no error, and no right."""
    assert not forge.may_write("mallory")


def test_a_name_that_holds_anothers_may_not(forge: Forge, server: FakeForge) -> None:
    """The search for a member finds similar names, which are others."""
    server.people |= {"annabel": 21, "an": 22}
    server.roles |= {"annabel": "admin"}
    assert not forge.may_write("ann")
    assert not forge.may_write("an")
    assert forge.may_write("annabel")


@pytest.mark.parametrize("name", ["../../../user", "ann/permission?x=", "a b", "ann#"])
def test_a_name_that_is_a_path(forge: Forge, server: FakeForge, name: str) -> None:
    """What a webhook calls a user leads nowhere else in the API."""
    server.roles["ann"] = "admin"
    with suppress(ForgeError):
        assert not forge.may_write(name)


def test_what_cannot_be_asked_is_no_permission(forge: Forge, server: FakeForge) -> None:
    """A refusal and a broken answer are errors, never a yes."""
    server.roles["ann"] = "admin"
    server.faults += [Fault("GET .*(permission|members).*", Answer(403, {"message": "Only admins may"}))]
    with pytest.raises(ForgeError):
        forge.may_write("ann")


def test_the_pull_request_of_a_number(forge: Forge, server: FakeForge) -> None:
    """As `find` has it; one request."""
    opened = forge.open(DRAFT)
    server.exchanges.clear()
    assert forge.numbered(opened.number) == opened
    assert len(server.exchanges) == 1


def test_the_pull_request_of_a_fork_is_none_of_ours(forge: Forge, server: FakeForge) -> None:
    """Its branch may have the name of ours."""
    server.add_pull(PROJECT, DRAFT.head, source="mallory/deploy")
    assert forge.numbered(server.pulls(PROJECT)[-1].number) is None


def test_a_number_that_is_none(forge: Forge) -> None:
    """An error of the forge's, not of the connection."""
    with pytest.raises(ForgeError) as refused:
        forge.numbered(999)
    assert not isinstance(refused.value, ForgeUnreachable)


OURS = Target("deploy", "https://git.example.com/acme/deploy.git", branch="main")
BOX = "- [ ] <!-- tagwright:rebuild --> Rebuild it"


def asked(server: FakeForge, user: str = "ann", number: int = 1, said: str = "/tagwright rebase") -> Asked:
    """A command that somebody wrote."""
    (pull,) = [one for one in server.pulls(PROJECT) if one.number == number]
    pull.say(user, said)
    return Asked((server.url(PROJECT),), number, user, "rebase", 100 * number + len(pull.notes))


def test_a_comment_is_as_the_forge_has_it(forge: Forge, server: FakeForge) -> None:
    """Who wrote it and what; one of another pull request is none, one that is gone an error."""
    forge.open(DRAFT)
    server.add_pull(PROJECT, DRAFT.head, source="mallory/deploy")
    mine, other = asked(server, "ann", 1, "first"), asked(server, "bob", server.pulls(PROJECT)[-1].number)
    assert forge.remark(1, mine.comment) == Remark("ann", "first")
    for strange in (other.comment, 199):
        with suppress(ForgeError):
            assert forge.remark(1, strange) is None
    with pytest.raises(ForgeError):
        forge.remark(1, 199)


def test_a_command_that_nobody_wrote_changes_nothing(forge: Forge, server: FakeForge) -> None:
    """Whoever has the secret of a webhook can tell of any comment: by another, of other words, or of none."""
    forge.open(replace(DRAFT, body=BOX))
    server.roles["ann"] = "admin"
    by_bob, of_thanks = asked(server, "bob"), asked(server, said="Thank you for /tagwright rebase")
    for forged in (replace(by_bob, user="ann"), of_thanks):
        assert not obey(forge, OURS, forged)
    with pytest.raises(ForgeError):
        obey(forge, OURS, replace(of_thanks, comment=199))
    assert not marks.rebuild_asked(server.pulls(PROJECT)[0].body)


def test_a_rebase_ticks_the_box_for_somebody_who_may_write(forge: Forge, server: FakeForge) -> None:
    """The forge keeps the command until it is done; asking twice is asking once."""
    forge.open(replace(DRAFT, body=f"text\n\n{BOX}\n"))
    server.roles["ann"] = "write"
    assert obey(forge, OURS, asked(server))
    (pull,) = server.pulls(PROJECT)
    assert marks.rebuild_asked(pull.body)
    assert pull.body.strip() == f"text\n\n{BOX}".replace("[ ]", "[x]")
    before = pull.body
    assert obey(forge, OURS, asked(server))
    assert server.pulls(PROJECT)[0].body == before


def test_a_rebase_by_a_stranger_changes_nothing(forge: Forge, server: FakeForge) -> None:
    """Neither one who may only read, nor one without a role, nor one whom nobody knows."""
    forge.open(replace(DRAFT, body=BOX))
    server.roles["bob"] = "read"
    for user in ("ann", "bob", "mallory"):
        assert not obey(forge, OURS, asked(server, user))
    assert not marks.rebuild_asked(server.pulls(PROJECT)[0].body)


def test_only_open_pull_requests_of_ours_are_rebuilt(forge: Forge, server: FakeForge) -> None:
    """Neither a fork's, nor one of another branch, nor one that is closed."""
    server.roles["ann"] = "admin"
    opened = forge.open(replace(DRAFT, body=BOX))
    assert not obey(forge, replace(OURS, delivery=Delivery(branch_prefix="robots/")), asked(server))
    server.add_pull(PROJECT, DRAFT.head, source="mallory/deploy")
    assert not obey(forge, OURS, asked(server, number=server.pulls(PROJECT)[-1].number))
    forge.close(opened, "why", BOX)
    assert not obey(forge, OURS, asked(server))
    assert not any(marks.rebuild_asked(pull.body) for pull in server.pulls(PROJECT))


def test_a_forge_that_cannot_say_is_told_and_the_next_is_heard(
    forge: Forge, server: FakeForge, caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal leaves the pull request as it is, and stops nothing that comes after it."""
    forge.open(replace(DRAFT, body=BOX))
    server.roles["ann"] = "admin"
    server.faults += [Fault("GET .*(permission|members).*", Answer(403, {"message": "Only admins may"}))]
    due = threading.Event()
    commands = Commands(lambda _: forge, lambda _: due.set())
    assert commands.take(OURS, asked(server))
    assert commands.take(OURS, asked(server))
    assert due.wait(30)
    assert "stays as it is" in caplog.text
    assert marks.rebuild_asked(server.pulls(PROJECT)[0].body)


def test_commands_that_nobody_can_carry_out_are_bounded() -> None:
    """What comes while too many wait is not taken; all others are tried."""
    go, all_tried, tried = threading.Event(), threading.Event(), list[str]()

    def slow(target: Target) -> Forge:
        go.wait(60)
        tried.append(target.name)
        if len(tried) == len(taken):
            all_tried.set()
        raise ForgeError("the forge is gone")

    commands = Commands(slow, lambda _: None)
    told = [commands.take(OURS, Asked(("x",), 7, "ann", "rebase", 701)) for _ in range(MOST_WAITING + 5)]
    taken = [one for one in told if one]
    assert len(taken) in (MOST_WAITING, MOST_WAITING + 1)
    go.set()
    assert all_tried.wait(30)


JUNK = [None, [], {}, "write", 30, [None], ["ann"], {"permission": ["write"]}, {"permission": None}, {"permission": 40}]
MEMBERS = [[{"username": "ann"}], [{"username": ["ann"], "access_level": 50}], [{"access_level": 50}],
           [{"username": "ann", "access_level": "developer"}], [{"username": "ann", "access_level": None}]]  # fmt: skip


@pytest.mark.parametrize("answer", JUNK + MEMBERS, ids=repr)
def test_an_answer_that_is_none_of_the_forges_is_no_permission(
    monkeypatch: pytest.MonkeyPatch, forge: Forge, server: FakeForge, answer: object
) -> None:
    """A broken answer is an error or a no, never a yes and never a crash."""
    monkeypatch.setattr(FakeForge, "witnesses", [])  # it is not as GitHub describes it
    server.roles["ann"] = "admin"
    server.faults += [Fault("GET .*(permission|members).*", Answer(200, answer), times=5)]
    with suppress(ForgeError):
        assert not forge.may_write("ann")


@pytest.mark.parametrize("answer", [None, [], {}, "x", {"number": 1}, {"head": None, "base": None}], ids=repr)
def test_an_answer_that_is_no_pull_request_is_an_error(
    monkeypatch: pytest.MonkeyPatch, forge: Forge, server: FakeForge, answer: object
) -> None:
    """A bug of the forge's, not one of ours."""
    monkeypatch.setattr(FakeForge, "witnesses", [])
    forge.open(DRAFT)
    server.faults += [Fault("GET .*/[0-9]+$", Answer(200, answer), times=5)]
    with pytest.raises(ForgeError, match="does not speak"):
        forge.numbered(1)

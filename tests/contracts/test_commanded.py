"""Every forge member says whose pull request a number is, and who may push: a comment is from a stranger until then."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tagwright.errors import ForgeError, ForgeUnreachable
from tagwright.forges.base import Forge
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

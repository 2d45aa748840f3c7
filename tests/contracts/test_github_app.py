"""Logging in to a forge: as a GitHub App with tokens of its own, and with a user's name and password at Gitea."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagwright.errors import ForgeDenied, UsageError
from tagwright.forges import Forges
from tagwright.model import ForgeSettings, GitHubApp, Secret
from tests.support.forge_github_app import StageApp
from tests.support.forges import FakeGitea, FakeGitHub
from tests.support.git_server import Remote

URL = "https://git.example.com/acme/deploy.git"


@pytest.fixture(scope="module")
def app() -> StageApp:
    return StageApp()


@pytest.fixture
def server(tmp_path: Path, app: StageApp) -> Iterator[FakeGitHub]:
    remote = Remote(tmp_path / "deploy.git")
    remote.commit({"api.yaml": "image: api:1.2.0\n"})
    with FakeGitHub({"acme/deploy": remote.path}, token="nobody-has-it") as fake:
        fake.app, app.issued, app.lifetime = app, [], 3600.0
        yield fake


def _forges(server: FakeGitHub, pem: str, ident: str = "12345", installation: int = 0) -> tuple[Forges, ForgeSettings]:
    settings = GitHubApp(ident, Secret(env="KEY"), installation)
    return Forges({"KEY": pem}), ForgeSettings("github", server.api, app=settings)


def _asked(server: FakeGitHub) -> list[str]:
    return [one.path.removeprefix("/api/v3") for one in server.exchanges]


def test_an_app_finds_its_installation_and_buys_a_token(server: FakeGitHub, app: StageApp) -> None:
    """Once for many questions; the key goes nowhere, and the app's own word to its two addresses alone."""
    forges, settings = _forges(server, app.pem)
    forge = forges.open(settings, URL)
    assert server.exchanges == []
    for _ in range(2):
        assert forge.find("tagwright/api", "main") is None
    tokens = ["/repos/acme/deploy/installation", "/app/installations/678/access_tokens"]
    assert _asked(server) == [*tokens, *["/repos/acme/deploy/pulls"] * 2]
    assert [one["authorization"].split()[-1] for one in server.headers_seen[2:]] == app.issued * 2
    assert forges.hosts()[0].requests == 4


def test_a_known_installation_is_not_looked_up(server: FakeGitHub, app: StageApp) -> None:
    """One request less; a wrong one is refused."""
    forges, settings = _forges(server, app.pem, installation=678)
    forges.open(settings, URL).find("tagwright/api", "main")
    assert "/repos/acme/deploy/installation" not in _asked(server)


def test_git_and_the_api_share_a_token(server: FakeGitHub, app: StageApp) -> None:
    """One is bought for both."""
    forges, settings = _forges(server, app.pem)
    token = forges.git_token(settings, URL)
    forges.open(settings, URL).find("tagwright/api", "main")
    assert [token] == app.issued
    assert forges.git_token(ForgeSettings("github", server.api), URL) == ""


def test_a_token_that_ends_is_renewed(server: FakeGitHub, app: StageApp) -> None:
    """Before it does."""
    app.lifetime = 5.0
    forges, settings = _forges(server, app.pem)
    forge = forges.open(settings, URL)
    for _ in range(2):
        assert forge.find("tagwright/api", "main") is None
    assert len(app.issued) >= 2


def test_an_app_that_is_not_installed(server: FakeGitHub, app: StageApp) -> None:
    """Denied, with the likely reason."""
    forges, settings = _forges(server, app.pem)
    with pytest.raises(ForgeDenied, match="installation of app 12345") as caught:
        forges.open(settings, "https://git.example.com/acme/nothing.git").find("tagwright/api", "main")
    assert "installed" in caught.value.hint


def test_a_key_of_another_app(server: FakeGitHub) -> None:
    """GitHub refuses its word."""
    forges, settings = _forges(server, StageApp().pem)
    with pytest.raises(ForgeDenied, match="401"):
        forges.open(settings, URL).find("tagwright/api", "main")


@pytest.mark.parametrize(
    "key", ["", "not a key", "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----"]
)
def test_a_key_that_is_none(server: FakeGitHub, key: str) -> None:
    """Said before anything is asked, and not repeated."""
    forges, settings = _forges(server, key)
    with pytest.raises(UsageError, match="private key") as caught:
        forges.open(settings, URL).find("tagwright/api", "main")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"
    assert server.exchanges == []


def test_an_app_is_githubs_alone(app: StageApp) -> None:
    """No other forge knows what to do with one."""
    settings = ForgeSettings("gitlab", app=GitHubApp("1", Secret(env="KEY")))
    with pytest.raises(UsageError, match="GitLab"):
        Forges({"KEY": app.pem}).open(settings, URL)


def test_no_app_token_is_repeated(server: FakeGitHub, app: StageApp) -> None:
    """Whoever answers with one: it is cut out."""
    from tests.support.forges import Answer, Fault

    forges, settings = _forges(server, app.pem)
    server.faults.append(Fault("GET .*/pulls", Answer(400, {"message": f"no good: ghs_{0:036d} said you"})))
    with pytest.raises(Exception, match="no good") as caught:
        forges.open(settings, URL).find("tagwright/api", "main")
    assert "ghs_" not in str(caught.value)


def test_a_users_password_at_gitea(tmp_path: Path) -> None:
    """Sent as HTTP's basic login."""
    remote = Remote(tmp_path / "deploy.git")
    remote.commit({"api.yaml": "image: api:1.2.0\n"})
    with FakeGitea({"acme/deploy": remote.path}, token="hunter2") as server:
        settings = ForgeSettings("gitea", server.api, Secret(env="PASSWORD"), Secret(env="NAME"))
        forge = Forges({"PASSWORD": "hunter2", "NAME": "deployer"}).open(settings, URL)
        assert forge.find("tagwright/api", "main") is None
        shown = server.headers_seen[-1]["authorization"].removeprefix("Basic ")
        assert base64.b64decode(shown).decode() == "deployer:hunter2"


def test_the_notice_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """However many targets a pass has."""
    forges = Forges({"GITHUB_TOKEN": "gh", "GITHUB_SERVER_URL": "https://github.com"})
    with caplog.at_level(logging.WARNING):
        opened = [forges.open(ForgeSettings(), f"https://github.com/acme/{name}") for name in ("a", "b")]
    assert [record.getMessage() for record in caplog.records] == [opened[0].notice]
    assert opened[1].notice

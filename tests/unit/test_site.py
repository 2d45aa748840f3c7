"""Which forge, which address, which token: told from settings, URL and environment."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from tagwright.errors import UsageError
from tagwright.forges.site import kinds, locate
from tagwright.model import ForgeSettings, Secret

TOKEN = {"TAGWRIGHT_GIT_TOKEN": "tok-1"}


@pytest.mark.parametrize(
    ("url", "kind", "api", "project"),
    [
        ("https://github.com/acme/deploy.git", "GitHub", "https://api.github.com", "acme/deploy"),
        ("https://github.com/acme/deploy", "GitHub", "https://api.github.com", "acme/deploy"),
        ("https://GitHub.com/acme/deploy/", "GitHub", "https://api.github.com", "acme/deploy"),
        ("git@github.com:acme/deploy.git", "GitHub", "https://api.github.com", "acme/deploy"),
        ("ssh://git@ssh.github.com:443/acme/deploy.git", "GitHub", "https://api.github.com", "acme/deploy"),
        ("https://acme.ghe.com/acme/deploy", "GitHub", "https://api.acme.ghe.com", "acme/deploy"),
        ("https://github.example.com/acme/x.y", "GitHub", "https://github.example.com/api/v3", "acme/x.y"),
        ("https://gitlab.com/a/b/c/d.git", "GitLab", "https://gitlab.com", "a/b/c/d"),
        ("git@gitlab.com:a/b/c.git", "GitLab", "https://gitlab.com", "a/b/c"),
        ("ssh://git@gitlab.example.com:2222/a/b.git", "GitLab", "https://gitlab.example.com", "a/b"),
        ("https://gitlab.example.com:443/a/b.git", "GitLab", "https://gitlab.example.com", "a/b"),
        ("https://gitlab.example.com:8443/a/b.git", "GitLab", "https://gitlab.example.com:8443", "a/b"),
        ("http://gitlab.localhost:8080/a/b.git", "GitLab", "http://gitlab.localhost:8080", "a/b"),
        ("https://codeberg.org/acme/deploy", "Gitea", "https://codeberg.org", "acme/deploy"),
    ],
)
def test_a_url_tells_forge_address_and_project(url: str, kind: str, api: str, project: str) -> None:
    """The host names the forge, the path the project."""
    site = locate(ForgeSettings(), url, TOKEN)
    assert (site.kind, site.api, site.project, site.token) == (kind, api, project, "tok-1")


@pytest.mark.parametrize(
    ("settings", "url", "api", "project"),
    [
        (ForgeSettings("github"), "https://git.example.com/a/b", "https://git.example.com/api/v3", "a/b"),
        (ForgeSettings("gitlab"), "https://git.example.com/a/b", "https://git.example.com", "a/b"),
        (ForgeSettings("gitlab", "https://x.com/git/"), "https://x.com/git/a/b.git", "https://x.com/git", "a/b"),
        (ForgeSettings("gitea", "https://x.com/git"), "https://x.com/git/a/b.git", "https://x.com/git", "a/b"),
        (ForgeSettings("gitea", "https://x.com/git"), "git@x.com:a/b.git", "https://x.com/git", "a/b"),
        (ForgeSettings("github", "https://x.com/api/v3"), "https://x.com/a/b.git", "https://x.com/api/v3", "a/b"),
        (
            ForgeSettings("github", "http://127.0.0.1:9/api/v3"),
            "file:///srv/a/b.git",
            "http://127.0.0.1:9/api/v3",
            "a/b",
        ),
        (ForgeSettings("gitlab", "http://127.0.0.1:9"), "/srv/git/a/b.git", "http://127.0.0.1:9", "a/b"),
    ],
)
def test_settings_go_before_the_url(settings: ForgeSettings, url: str, api: str, project: str) -> None:
    """A kind and an address that were said are used as they are."""
    site = locate(settings, url, TOKEN)
    assert (site.api, site.project) == (api, project)


@pytest.mark.parametrize(
    ("settings", "url", "words"),
    [
        (ForgeSettings(), "https://git.example.com/a/b", "git.example.com"),
        (ForgeSettings(), "https://notgithub.com/a/b", "notgithub.com"),
        (ForgeSettings(), "/srv/a/b.git", "a local path"),
        (ForgeSettings("github"), "/srv/a/b.git", "API"),
        (ForgeSettings("github", "ftp://x/y"), "https://x/a/b", "API"),
        (ForgeSettings(), "https://github.com:port/acme/deploy", "is no URL"),
        (ForgeSettings("github"), "https://[::1/acme/deploy", "is no URL"),
        (ForgeSettings("github", "https://x:99999"), "https://x/a/b", "is no URL"),
        (ForgeSettings("github"), "http://git.example.com/a/b", "clear text"),
        (ForgeSettings("gitlab", "http://git.example.com"), "https://git.example.com/a/b", "clear text"),
        (ForgeSettings(), "https://github.com/acme", "names no project"),
        (ForgeSettings(), "https://github.com/acme/deploy/more", "names no project"),
        (ForgeSettings(), "https://github.com/acme/..", "names no project"),
        (ForgeSettings(), "https://github.com/acme/a%2Fb", "names no project"),
        (ForgeSettings(), "https://github.com/acme/a?b", "no token"),
        (ForgeSettings(), "https://gitlab.com/acme/a%3Fprivate_token=x", "names no project"),
    ],
)
def test_what_cannot_be_told_is_asked_for(settings: ForgeSettings, url: str, words: str) -> None:
    """A guess that could be wrong is not made; the error has a hint."""
    with pytest.raises(UsageError, match=words) as caught:
        locate(settings, url, {} if words == "no token" else TOKEN)
    assert caught.value.hint


def test_a_secret_in_the_url_is_in_no_error() -> None:
    """Only host and path are ever shown."""
    for url in ("https://bot:hunter2@git.example.com/a/b", "https://bot:hunter2@github.com/a", "bot:hunter2@x:y"):
        with pytest.raises(UsageError) as caught:
            locate(ForgeSettings(), url, TOKEN)
        assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"


class TestTheToken:
    """Settings, then TAGWRIGHT_GIT_TOKEN, then the CI job's own, towards its own server alone."""

    ACTIONS: ClassVar = {"GITHUB_TOKEN": "gh", "GITHUB_SERVER_URL": "https://github.com"}
    GITLAB_CI: ClassVar = {"CI_JOB_TOKEN": "job", "CI_SERVER_URL": "https://gitlab.example.com"}

    def test_a_named_one_goes_first(self, tmp_path: Path) -> None:
        """By variable or file; a file's final newline is no part of it."""
        file = tmp_path / "token"
        file.write_text("from-file\n")
        for secret, want in ((Secret(env="MINE"), "mine"), (Secret(file=str(file)), "from-file")):
            settings = ForgeSettings(token=secret)
            site = locate(settings, "https://github.com/a/b", {"MINE": "mine", **TOKEN, **self.ACTIONS})
            assert site.token == want

    def test_a_named_one_that_is_missing_is_not_replaced(self, tmp_path: Path) -> None:
        """What was named and is not there is an error, not a reason to send another."""
        for secret in (Secret(env="MINE"), Secret(file=str(tmp_path / "none"))):
            with pytest.raises(UsageError):
                locate(ForgeSettings(token=secret), "https://github.com/a/b", {**TOKEN, **self.ACTIONS})

    def test_the_general_one_goes_before_the_jobs(self) -> None:
        """TAGWRIGHT_GIT_TOKEN was set on purpose."""
        assert locate(ForgeSettings(), "https://github.com/a/b", {**TOKEN, **self.ACTIONS}).token == "tok-1"

    def test_githubs_own_token_starts_no_checks_and_that_is_said(self) -> None:
        """However it got here; a person's token, an app's and Gitea's own start them."""
        url = "https://github.com/a/b"
        given = {**self.ACTIONS, "TAGWRIGHT_GIT_TOKEN": "gh", "MINE": "gh"}
        for settings, environ in (
            (ForgeSettings(), self.ACTIONS),
            (ForgeSettings(), given),
            (ForgeSettings(token=Secret(env="MINE")), given),
        ):
            notice = locate(settings, url, environ).notice
            assert "no checks" in notice
            assert "GitHub App" in notice
        assert locate(ForgeSettings(), url, {**TOKEN, **self.ACTIONS}).notice == ""
        assert locate(ForgeSettings("gitea"), url, self.ACTIONS).notice == ""

    def test_a_job_may_use_its_own_at_home(self) -> None:
        """GITHUB_TOKEN towards api.github.com, CI_JOB_TOKEN towards its GitLab."""
        assert locate(ForgeSettings(), "https://github.com/a/b", self.ACTIONS).token == "gh"
        site = locate(ForgeSettings(), "https://gitlab.example.com/a/b", self.GITLAB_CI)
        assert (site.token, site.job_token) == ("job", True)

    @pytest.mark.parametrize(
        ("settings", "url"),
        [
            (ForgeSettings(), "https://gitlab.com/a/b"),
            (ForgeSettings("github"), "https://github.com.evil.example/a/b"),
            (ForgeSettings("gitlab"), "https://github.com/a/b"),
            (ForgeSettings("github", "https://proxy.example/api"), "https://github.com/a/b"),
            (ForgeSettings("github", "http://api.github.com"), "https://github.com/a/b"),
            (ForgeSettings("github", "https://github.com:8443"), "https://github.com/a/b"),
        ],
    )
    def test_a_jobs_token_is_sent_nowhere_else(self, settings: ForgeSettings, url: str) -> None:
        """Another host, port, kind or a weaker scheme gets none."""
        with pytest.raises(UsageError, match="no token"):
            locate(settings, url, {**self.ACTIONS, "CI_JOB_TOKEN": "job", "CI_SERVER_URL": "https://github.com.x"})

    def test_a_job_on_plain_http_may_stay_there(self) -> None:
        """Its runner sends the token that way already."""
        own = {"CI_JOB_TOKEN": "job", "CI_SERVER_URL": "http://git.example.com"}
        assert locate(ForgeSettings(), "http://git.example.com/a/b", own).token == "job"
        with pytest.raises(UsageError, match="no token"):
            locate(
                ForgeSettings("gitlab"),
                "http://git.example.com/a/b",
                {**own, "CI_SERVER_URL": "https://git.example.com"},
            )

    def test_a_job_knows_its_own_server(self) -> None:
        """A forge under any name is recognised by the CI that runs on it."""
        own = {"CI_JOB_TOKEN": "job", "CI_SERVER_URL": "https://code.example.com"}
        assert locate(ForgeSettings(), "https://code.example.com/a/b", own).kind == "GitLab"
        host = {"CI_JOB_TOKEN": "job", "CI_SERVER_HOST": "code.example.com"}
        assert locate(ForgeSettings(), "https://code.example.com/a/b", host).kind == "GitLab"
        runner = {"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://code.example.com"}
        assert locate(ForgeSettings(), "https://code.example.com/a/b", runner).kind == "GitHub"
        assert (
            locate(ForgeSettings(), "https://code.example.com/a/b", {**runner, "GITEA_ACTIONS": "true"}).kind == "Gitea"
        )

    def test_what_could_not_stand_in_a_header_is_refused_unseen(self) -> None:
        """A token with a line break would be quoted by the library that refuses it."""
        with pytest.raises(UsageError) as caught:
            locate(ForgeSettings(), "https://github.com/a/b", {"TAGWRIGHT_GIT_TOKEN": "hunter2\nX-Evil: 1"})
        assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"

    def test_it_is_not_printed(self) -> None:
        """A site may stand in a log."""
        assert "tok-1" not in repr(locate(ForgeSettings(), "https://github.com/a/b", TOKEN))


def test_the_forges_of_a_configuration_are_known_by_their_hosts() -> None:
    """Said or guessed, with a port that is not the usual one; what cannot be told is not there."""
    said = [
        (ForgeSettings("gitea"), "https://code.example.com:3000/acme/deploy.git"),
        (ForgeSettings("gitlab"), "git@git.example.com:acme/deploy.git"),
        (ForgeSettings(), "https://github.com:443/acme/deploy"),
        (ForgeSettings(), "https://unknown.example.com/acme/deploy"),
        (ForgeSettings("github"), "/srv/git/deploy.git"),
        (ForgeSettings("github"), "https://host:port/x"),
    ]
    found = {"code.example.com:3000": "gitea", "git.example.com": "gitlab", "github.com": "github"}
    assert kinds(said, {}) == found

"""A GitHub App's tokens: a signed word of the app (JWT) buys one for an installation, for an hour; PyGithub renews it.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app. The token serves the API, and Git
over https as the password of x-access-token. It is kept in memory alone.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tagwright.errors import ForgeDenied, ForgeError, UsageError
from tagwright.forges.base import App, Site
from tagwright.forges.github import TIMEOUT, translated
from tagwright.forges.patience import Patience

if TYPE_CHECKING:
    from github import GithubIntegration
    from github.Auth import AppAuth, AppInstallationAuth


class Installation:
    """One app where it is installed for one repository. Nothing is asked before it is needed."""

    def __init__(self, site: Site, app: App) -> None:
        self._site, self._app = site, app
        self._lock = threading.Lock()
        self._found: AppInstallationAuth | None = None

    def auth(self) -> AppInstallationAuth:
        """What PyGithub logs in with. Raises UsageError for a key that is none, ForgeError where GitHub refuses."""
        from github import GithubIntegration

        with self._lock:
            if self._found is None:
                signed = _signed(self._app)
                client = GithubIntegration(
                    auth=signed,
                    base_url=self._site.api,
                    timeout=TIMEOUT,
                    retry=Patience(account=self._site.account),
                    lazy=True,
                )
                number = self._app.installation or self._look_up(client)
                self._found = signed.get_installation_auth(number, requester=client.requester)
            return self._found

    def token(self) -> str:
        """A token that still holds for a while, for Git."""
        auth = self.auth()
        with translated(self._site, "a token for Git"):
            return auth.token

    def _look_up(self, client: GithubIntegration) -> int:
        owner, _, name = self._site.project.partition("/")
        try:
            with translated(self._site, f"the installation of app {self._app.id}"):
                return int(client.get_repo_installation(owner, name).id)
        except ForgeError as error:
            if error.code != "forge-unknown":
                raise
            hint = "is the app installed for this repository, and is forge.app.id its own?"
            raise ForgeDenied(error.message, hint=hint) from error


def _signed(app: App) -> AppAuth:
    """The app with a key that was tried once: the library's complaint about one that is none comes late."""
    from github import Auth
    from jwt import PyJWTError

    made = Auth.AppAuth(app.id, app.private_key)
    try:
        made.create_jwt()
    except (PyJWTError, TypeError, ValueError) as error:
        raise UsageError(
            f"the private key of app {app.id} cannot be read: {type(error).__name__}",
            hint="give the file GitHub made, without a passphrase",
        ) from None
    return made

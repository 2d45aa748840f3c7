"""One registry, asked one thing at a time: with our login, where the repository stands, and errors in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tagwright.errors import RegistryError
from tagwright.registries.login.tokens import Login
from tagwright.registries.web.connections import Ask, Reply
from tagwright.registries.web.origin import Origin

NO_REGISTRY = "is this a registry? check the endpoint"


class Conversation:
    """One registry at one address. `path` ("" or "a/b") is put before every repository: a mirror's own folder.

    A path with a part `v2` is where the API itself is, as in containerd's hosts.toml ("artifactory/api/docker/hub/v2":
    Artifactory has one for each of its repositories); the folder is what follows it.
    `there` is a repository's path at that address, as `at` gives it.
    """

    def __init__(self, origin: Origin, login: Login, path: str = "") -> None:
        before, api, after = f"/{path}/".partition("/v2/")
        self._root, self._path = (quote(before), after.strip("/")) if api else ("", path)
        self._login = login
        self.origin = origin

    def at(self, repository: str) -> str:
        """Where a repository stands, percent-encoded."""
        return quote(f"{self._path}/{repository}" if self._path else repository, safe="/")

    def place(self, there: str) -> str:
        """The repository's address, for people."""
        return f"{self.origin.address}/{there}"

    def ask(
        self,
        method: str,
        there: str,
        target: str,
        headers: Mapping[str, str],
        limit: int = 8 << 20,
        elsewhere: Origin | None = None,
    ) -> Reply:
        """Ask; after a 401 log in as told and ask again. Raises RegistryDenied when that leads nowhere.

        `elsewhere` is where a redirect of the same question led: it is asked as a stranger.
        """
        if elsewhere and elsewhere != self.origin:
            return self._login.stranger(elsewhere, Ask(method, target, headers, limit=limit))
        rooted = target if target.startswith(f"{self._root}/v2/") else f"{self._root}{target}"
        return self._login.ask(Ask(method, rooted, headers, limit=limit), there)

    def checked(self, reply: Reply, there: str) -> None:
        """Raises RegistryError when it is no success."""
        if reply.status != 200:
            code = f" ({error_code(reply)})" if error_code(reply) else ""
            raise RegistryError(f"{self.place(there)}: unexpected answer {reply.status}{code}", hint=NO_REGISTRY)

    def object(self, reply: Reply, there: str) -> dict[str, Any]:
        """The JSON object that was answered. Raises RegistryError for anything else, and for what is no success."""
        self.checked(reply, there)
        try:
            found = json.loads(reply.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise RegistryError(f"{self.place(there)}: the answer is no JSON object", hint=NO_REGISTRY)
        return found


def error_code(reply: Reply) -> str:
    """The error's code ("NAME_UNKNOWN"); not its message, which may echo anything."""
    try:
        code = json.loads(reply.body)["errors"][0]["code"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code) else ""

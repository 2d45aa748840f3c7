"""One registry's credentials: found when first wanted, found anew when they are refused or run out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tagwright.credentials import files, programs
from tagwright.credentials.kinds import Credentials, Found, user_and_password
from tagwright.credentials.named import place, secret
from tagwright.errors import RegistryDenied
from tagwright.hosts import is_loopback
from tagwright.model import RegistryCredentials, RegistrySettings

FRESH = 30.0
"""Seconds for which an answer counts as the latest there is: a thousand images refused ask a helper once."""


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Found | None
    failure: RegistryDenied | None
    since: float

    def over(self, now: float) -> bool:
        """Do they end soon: within five minutes, or a tenth of their time when that is less?"""
        until = self.found.credentials.until if self.found else float("inf")
        return now >= until - min(300.0, (until - self.since) / 10)


class Wallet:
    """What is known of who we are to one registry's host[:port]. Safe to use from many threads.

    `find` gives None when there are no credentials, and raises RegistryDenied when some are named but cannot be had:
    asking as a stranger then would hide the mistake.
    """

    def __init__(
        self,
        host: str,
        settings: RegistrySettings | None,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._host, self._environ, self._clock = host, environ, clock
        self._given = settings.credentials if settings else RegistryCredentials()
        self._home = settings.prefix.partition("/")[0] if settings else host
        self._lock = threading.Lock()
        self._files: tuple[files.Logins, ...] | None = None
        self._kept: dict[tuple[files.Entry, ...], _Kept] = {}

    @property
    def place(self) -> str:
        """Where the configuration itself says that credentials are, "" when it says nothing. Never a secret."""
        given = self._given
        if given.command:
            return f"command {given.command[0]}"
        if given.helper or given.provider:
            return f"helper {given.helper}" if given.helper else f"provider {given.provider}"
        return place(given.token, given.login, given.username, given.password)

    def find(self, repository: str = "") -> Found | None:
        """The credentials for a repository: those known, unless they end soon."""
        return self._look(repository, lambda kept, now: kept.over(now))

    def again(self, repository: str = "") -> Found | None:
        """The credentials for a repository after a refusal: read anew where they were not just read."""
        return self._look(repository, lambda _, __: True)

    def _look(self, repository: str, stale: Callable[[_Kept, float], bool]) -> Found | None:
        with self._lock:  # one asks for all who wait
            now = self._clock()
            door = self._door(repository)
            kept = self._kept.get(door)
            if kept and now - kept.since >= FRESH and (kept.failure or stale(kept, now)):
                self._files, kept = None, None
                door = self._door(repository)
            if not kept:
                kept = self._kept[door] = self._ask(door, now)
        if kept.failure:
            raise kept.failure
        return kept.found

    def _ask(self, door: tuple[files.Entry, ...], now: float) -> _Kept:
        try:
            return _Kept(_sendable(self._named() if self._is_named else self._of_files(door)), None, now)
        except RegistryDenied as error:
            return _Kept(None, error, now)

    @property
    def _is_named(self) -> bool:
        return self._given != RegistryCredentials(docker_config=self._given.docker_config)

    def _named(self) -> Found | None:
        """Where the configuration itself says who we are."""
        found = self._told()
        return Found(found, self.place) if found else None

    def _told(self) -> Credentials | None:
        given, environ = self._given, self._environ
        if given.token:
            return Credentials(token=secret(given.token, environ))
        if given.login:
            login = user_and_password(secret(given.login, environ))
            if not login:
                raise RegistryDenied(f"{self.place} holds no login", hint="expected user:password")
            return login
        if given.command:
            return programs.from_command(given.command, self._host, environ)
        if given.helper:
            return programs.from_helper(given.helper, self._host, environ)
        if given.provider:
            from tagwright.credentials import clouds

            # What stands in for a cloud's registry elsewhere must not get what opens all of the cloud.
            near = (self._home,) if is_loopback(self._host) else ()
            return clouds.ask(given.provider, (self._host, *near))
        return Credentials(secret(given.username, environ), secret(given.password, environ))

    def _door(self, repository: str) -> tuple[files.Entry, ...]:
        """The entries of files to try for a repository: the one that names its longest path, else those of the host."""
        if self._is_named:
            return ()
        if self._files is None:
            self._files = files.opened(self._given.docker_config, self._environ)
        entries = [entry for logins in self._files for entry in logins.entries(self._host)]
        inside = [entry for entry in entries if entry.path and f"{repository}/".startswith(f"{entry.path}/")]
        if inside:
            return (max(inside, key=lambda entry: len(entry.path)),)
        return tuple(entry for entry in entries if not entry.path)

    def _of_files(self, door: tuple[files.Entry, ...]) -> Found | None:
        by_file = {logins.file: logins for logins in self._files or ()}
        for entry in door:
            if entry.helper:
                found = programs.from_helper(entry.helper, self._host, self._environ)
            else:
                found = by_file[entry.file].read(entry, self._host)
            if found:
                return Found(found, entry.place)
        return None


def _sendable(found: Found | None) -> Found | None:
    """The same. Raises RegistryDenied for what no header can hold: http.client would say it aloud."""
    if found and not found.credentials.sendable:
        message = f"the credentials of {found.place} cannot be sent: they hold more than one line, or what is no text"
        raise RegistryDenied(message, hint="was something else put there, such as a whole file?")
    return found

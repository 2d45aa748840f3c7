"""Gitea's API by plain HTTP: one request, what it answers, and every way it can go wrong as a ForgeError."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.forges.base import Site
from tagwright.forges.patience import session

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

T = TypeVar("T")

TIMEOUT = 15.0  # seconds
PAGE = 50  # entries; Gitea's own limit where nobody changed it


class Api:
    """The API of one repository."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._session = session(site.api, site.account)

    def pages(self, path: str, doing: str, read: Callable[[Any], T], most: int, **query: str) -> Iterator[T]:
        """Every entry of the first `most` pages of a list.

        It ends where the server's count of entries is reached, else with an empty page: a server may give fewer
        entries a page than it is asked for.
        """
        seen = 0
        for page in range(1, most + 1):
            asked = {**query, "page": str(page), "limit": str(PAGE)}
            answer = self._answer("GET", path, doing, params=asked)
            entries = self._understood(answer, doing, lambda found: [read(one) for one in found])
            yield from entries
            seen += len(entries)
            total = answer.headers.get("X-Total-Count", "")
            if not entries or (total.isdigit() and seen >= int(total)):
                return

    def ask(self, method: str, path: str, doing: str, read: Callable[[Any], T], **sent: Any) -> T:
        """One request and what `read` makes of its answer, None where that is empty.

        `sent` is the `json` or `params` of the request.
        """
        return self._understood(self._answer(method, path, doing, **sent), doing, read)

    def _answer(self, method: str, path: str, doing: str, **sent: Any) -> Response:
        from requests import RequestException

        self._site.ready(doing)
        url = f"{self._site.api}/api/v1/repos/{self._site.project}{path}"
        sent |= {"timeout": TIMEOUT, "allow_redirects": False, "auth": self._authorise}
        try:
            answer = self._session.request(method, url, **sent)
        except RequestException as error:
            raise self._site.unreachable(doing, error) from error
        if answer.status_code >= 400:
            raise self._site.refused(doing, answer.status_code, _words(answer))
        return answer

    def _understood(self, answer: Response, doing: str, read: Callable[[Any], T]) -> T:
        try:
            if answer.status_code >= 300:
                raise ValueError(answer.status_code)
            return read(answer.json() if answer.content else None)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise self._site.garbled(doing) from error

    def _authorise(self, request: PreparedRequest) -> PreparedRequest:
        """Given as `auth`, so that no .netrc of the machine takes its place."""
        shown = f"token {self._site.token}"
        if self._site.username:
            password = f"{self._site.username}:{self._site.token}".encode()
            shown = f"Basic {b64encode(password).decode()}"
        request.headers["Authorization"] = shown
        return request


def _words(answer: Response) -> str:
    """Gitea's message, or nothing where the answer is no JSON."""
    try:
        return str(answer.json()["message"])
    except (KeyError, RecursionError, TypeError, ValueError):
        return ""

"""Bounded patience with a forge, the same for all clients: urllib3's Retry, which each of them takes.

Two more tries after a broken connection, a limit of requests or a server's own failure. How long a limit is to be
waited for is read from the answer: Retry-After; else, where nothing remains, the moment of the reset (x-ratelimit-…
at GitHub, RateLimit-… at GitLab). A longer wait than LONGEST_WAIT, or a pass that has waited MOST_WAITED already, is
not worth it, because other targets wait too: the account then rests, and nothing more is asked on it until the limit
ends. Every try is counted where it is answered.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from urllib3.exceptions import MaxRetryError, ProtocolError, ResponseError
from urllib3.util import Retry

from tagwright.forges.traffic import Account
from tagwright.tracing import span

if TYPE_CHECKING:
    from types import TracebackType

    import requests
    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

LONGEST_WAIT = 60.0  # seconds, once
MOST_WAITED = 180.0  # seconds, in a pass
A_LIMITS_LENGTH = 60.0  # seconds, where the forge does not say (docs.github.com: "at least one minute")
TRIES_AGAIN = 2
LOOKS_AGAIN = (0.2, 0.5, 1.0, 2.0)  # seconds: a fresh pull request merges nothing until the forge has checked it
MOST_BYTES = 64 << 20  # of an answer; a page of fifty bodies of 1 MiB is about the most there can be
WORTH_ANOTHER = (429, 502, 503, 504)


class Patience(Retry):
    """The tries that a request on an account has left."""

    def __init__(self, total: Any = TRIES_AGAIN, *, account: Account, **left: Any) -> None:
        settled: dict[str, Any] = {
            "allowed_methods": None,
            "backoff_factor": 0.3,
            "raise_on_status": False,
            "status_forcelist": WORTH_ANOTHER,
        }
        super().__init__(total, **{**settled, **left})
        self.account = account

    def new(self, **left: Any) -> Patience:
        """The same with fewer tries."""
        return super().new(account=self.account, **left)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Called with every answer: counted here. A 403 is looked at more closely by `increment`."""
        self.account.sent()
        return status_code == 403 or super().is_retry(method, status_code, has_retry_after)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Patience:
        """One try less. MaxRetryError leaves the answer to the client."""
        if response is None:
            self.account.sent()
        elif response.status in (403, 429):
            self._be_limited(response, url, _pool)
        left = super().increment(method, url, response, error, _pool, _stacktrace)
        self.account.again()
        return left

    def _be_limited(self, response: BaseHTTPResponse, url: str | None, pool: ConnectionPool | None) -> None:
        told = told_wait(response.headers)
        if response.status == 403 and told is None:
            raise MaxRetryError(pool, url or "", ResponseError("no limit, but a refusal"))  # type: ignore[arg-type]
        self.account.limited()
        wait = told or 0.0
        if not self.total or wait > min(LONGEST_WAIT, MOST_WAITED - self.account.cost().waited):
            self.account.rest(wait if told else A_LIMITS_LENGTH)
            raise MaxRetryError(pool, url or "", ResponseError("limited"))  # type: ignore[arg-type]

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Seconds to wait, by any of the forges' headers."""
        return told_wait(response.headers)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """As told, else longer each time."""
        begun = time.monotonic()
        super().sleep(response)
        self.account.waited(time.monotonic() - begun)


def told_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait that an answer tells, None where it tells none. A reset is a moment of the epoch."""
    now = time.time()
    if after := headers.get("Retry-After"):
        return _bounded(float(after) if after.strip().isdecimal() else _moment(after) - now)
    for prefix in ("X-RateLimit-", "RateLimit-"):
        reset = headers.get(f"{prefix}Reset", "").strip()
        if headers.get(f"{prefix}Remaining", "").strip() == "0" and reset.isdecimal():
            return _bounded(float(reset) - now + 1)  # it is not said when in that second
    return None


def _moment(date: str) -> float:
    """A date of HTTP in seconds of the epoch; 0 for what is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (OverflowError, ValueError):
        return 0.0


def _bounded(seconds: float) -> float:
    """From nothing to a day: no server holds us longer, whatever it says."""
    return min(max(seconds, 0.0), 86_400.0)


def _adapter(account: Account) -> requests.adapters.HTTPAdapter:
    """How requests sends what goes on an account: with patience, and taking MOST_BYTES of an answer, unpacked.

    Raises requests' ChunkedEncodingError in the middle of a longer one.
    """
    from requests.adapters import HTTPAdapter

    class Bounded(HTTPAdapter):
        def build_response(self, req: Any, resp: Any) -> requests.Response:
            answer = super().build_response(req, resp)
            answer.raw = _Bounded(resp)
            return answer

        def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
            with span(f"forge {request.method}", host=account.host):
                return super().send(request, *args, **settings)

    return Bounded(max_retries=Patience(account=account))


class _Bounded:
    """The body of an answer, as requests reads it."""

    def __init__(self, raw: BaseHTTPResponse) -> None:
        self._raw = raw
        self.close, self.release_conn = raw.close, raw.release_conn

    def stream(self, size: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """Its pieces."""
        room = MOST_BYTES
        for piece in self._raw.stream(size, decode_content=decode_content):
            room -= len(piece)
            if room < 0:
                raise ProtocolError(f"an answer of more than {MOST_BYTES >> 20} MiB")
            yield piece


def session(api: str, account: Account, *, redirects: int = 3) -> requests.Session:
    """A session that follows at most `redirects`; its last answer is returned whatever its status.

    It goes to the API's own origin and nowhere else, whatever a redirect or the link to a next page says: clients put
    the token into the headers themselves, and requests takes it out again for some redirects only.
    """
    import requests

    made = requests.Session()
    made.max_redirects = redirects
    made.adapters.clear()
    origin = urlsplit(str(requests.Request("GET", api).prepare().url))
    made.mount(f"{origin.scheme}://{origin.netloc}/", _adapter(account))
    return made

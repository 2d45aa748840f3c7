"""The connections to one host: few at a time, kept open between requests, with patience and limits.

http.client and threads took a third of the CPU of urllib3, a fifth of requests and a sixth of httpx for the same
requests, and load in 17 ms; what http.client lacks (a pool and retries) is this page. It speaks HTTP/1.1 alone: HTTP/2
would save connections, of which a host gets 16 at most, and no request; httpx, the one of six times, speaks it.
"""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from tagwright import __version__
from tagwright.errors import RegistryError, RegistryUnreachable
from tagwright.registries.web.accounts import Accounts
from tagwright.registries.web.allowance import Allowance, allowance
from tagwright.registries.web.answers import Final, Garbled, TooBig, read
from tagwright.registries.web.origin import Origin
from tagwright.registries.web.pace import Pace, Urgency
from tagwright.registries.web.patience import Patience, from_now, retry_after
from tagwright.registries.web.proxies import Proxy, refused_by_proxy
from tagwright.registries.web.watch import Watch

_PASSING = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})  # 52x: Cloudflare's, before Docker Hub
_SILENT = 3  # requests that patience ended for without any answer but 429, to others neither: nobody is there for us
_LITTLE = 32  # requests that are left, from which on we go slower: two rounds of all threads
_SOON = 2.0  # seconds: who allows one request of them is slow, and nothing worse
_LESS = ", ask less often (requests_per_second), or log in for a higher limit"
_STALE = (
    http.client.RemoteDisconnected,
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: `target` is path and query. `authorization` never follows a redirect to another origin.

    `limit` is the most bytes the answer's body may have.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: str = field(default="", repr=False)
    body: bytes = field(default=b"", repr=False)
    limit: int = 8 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, and who gave it to which `target` (after redirects not always who was asked, and what)."""

    origin: Origin
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    target: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """How to open a connection to an origin: with which TLS checks, through which proxy, with which time limit."""

    origin: Origin
    context: ssl.SSLContext | None
    proxy: Proxy | None = None
    timeout: float = 20.0

    def connection(self) -> http.client.HTTPConnection:
        """A new connection, opened by its first request."""
        origin = self.origin
        if not self.proxy:
            return self._to(origin)
        proxy = self.proxy.origin
        if origin.scheme == "http":
            return self._to(proxy)
        connection = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=self.timeout, context=self.context)
        connection.set_tunnel(origin.host, origin.port, self.proxy.headers)
        return connection

    def _to(self, there: Origin) -> http.client.HTTPConnection:
        if there.scheme == "http":
            return http.client.HTTPConnection(there.host, there.port, timeout=self.timeout)
        return http.client.HTTPSConnection(there.host, there.port, timeout=self.timeout, context=self.context)

    def addressed(self, ask: Ask) -> tuple[str, dict[str, str]]:
        """Target and headers as they go on the wire; a proxy for plain http wants the whole URL."""
        headers = {"User-Agent": f"tagwright/{__version__}", **ask.headers}
        if ask.authorization:
            headers["Authorization"] = ask.authorization
        if not self.proxy or self.origin.scheme == "https":
            return ask.target, headers
        return f"{self.origin}{ask.target}", headers | self.proxy.headers


class _Unreached(Exception):
    """No connection came about."""

    def __init__(self, cause: OSError) -> None:
        super().__init__()
        self.cause = cause


def _again(error: OSError) -> bool:
    return isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a host is treated: how long we go on, at whose pace, how urgent it is, and on which account."""

    patience: Patience
    pace: Pace
    accounts: Accounts
    urgency: Urgency = Urgency.SCHEDULED


class Host:
    """The connections to one origin, kept open between requests, and the conduct towards it."""

    def __init__(self, dial: Dial, conduct: Conduct, watch: Watch) -> None:
        self._dial, self._conduct, self._watch = dial, conduct, watch
        self._patience, self._accounts = conduct.patience, conduct.accounts
        self._name = dial.origin.address
        self._idle: deque[http.client.HTTPConnection] = deque()
        self._down: RegistryUnreachable | None = None
        self._down_until, self._unheard = float("inf"), 0
        self._in_vain = 0.0  # seconds waited since the host last said that something was left
        self._used_up: dict[str, tuple[Allowance, float]] = {}

    def close(self) -> None:
        """Close idle connections."""
        while self._idle:
            self._idle.pop().close()

    def ask(self, ask: Ask) -> Reply:
        """One answer, with patience for what passes (429, 5xx, a broken connection).

        Raises RegistryUnreachable when patience ends, and at once for a host found dead before, or that lets everybody
        wait in vain: a hundred images of such a host wait for it once. So where nothing is left of what the host
        allows this login, until it allows more: nobody is asked for what will be refused.
        """
        started, tried = time.monotonic(), 0
        while True:
            tried += 1
            reply, failure = self._try(ask)
            if reply and reply.status not in _PASSING:
                return reply
            asked = retry_after(reply.headers.get("Retry-After")) if reply else None
            limited = reply is not None and reply.status == 429
            pause = self._patience.wait(tried, time.monotonic() - started, asked)
            if limited:
                self._accounts.limited(self._name)
                self._refuse(ask)
            if pause is None:
                raise self._given_up(reply, asked, failure)
            self._accounts.again(self._name)
            if asked or limited:
                self._conduct.pace.hold(pause)
            else:
                time.sleep(pause)
                self._accounts.waited(self._name, pause)

    def _try(self, ask: Ask) -> tuple[Reply | None, Exception | None]:
        """An answer, or what passing failure came instead. Raises RegistryUnreachable for what will not pass."""
        self._accounts.waited(self._name, self._conduct.pace.enter(self._conduct.urgency))
        try:
            self._refuse(ask)
            reply = self._exchange(ask)
            self._unheard *= reply.status == 429
            if said := allowance(reply.headers):
                self._accounts.allows(self._name, said.remaining)
                self._heed(said, ask)
        except _Unreached as error:
            if isinstance(error.cause, TimeoutError | ConnectionResetError | ssl.SSLEOFError) or _again(error.cause):
                return None, error
            raise self._found_down(_dead(self._dial, error.cause)) from None
        except (OSError, http.client.HTTPException) as error:
            return None, error
        finally:
            self._conduct.pace.leave()
        return reply, None

    def _refuse(self, ask: Ask) -> None:
        """Raises RegistryUnreachable for what needs no asking: the host is down, or allows this login no more."""
        now = time.monotonic()
        if self._down and now < self._down_until:
            raise self._down
        if self._used_up:
            said, until = self._used_up.get(ask.authorization, (None, 0.0))
            if said and now < until and said.counts(ask.method, ask.target):
                raise self._exhausted(said, until - now)

    def _heed(self, said: Allowance, ask: Ask) -> None:
        """Wait for more where that is soon, else ask no more; go slower when little is left.

        A host that has nothing left after such waits either, of a request's patience in all, may say so for ever.
        """
        if said.remaining > 0:
            self._in_vain = 0.0
            if not said.pulls and said.remaining <= _LITTLE:
                self._conduct.pace.spread(said.remaining, said.reset)
        elif not said.pulls and said.reset + (self._in_vain if said.reset > _SOON else 0) <= self._patience.budget:
            self._in_vain += self._conduct.pace.rest(said.reset)
        else:
            self._used_up[ask.authorization] = said, time.monotonic() + said.reset

    def _exhausted(self, said: Allowance, seconds: float) -> RegistryUnreachable:
        what = "manifests" if said.pulls else "requests"
        hint, retry_at = _later(seconds)
        return RegistryUnreachable(
            f"{self._name} allows us no more {what} for now", hint=hint + _LESS, retry_at=retry_at
        )

    def _exchange(self, ask: Ask) -> Reply:
        """Send on an idle connection; one that the server closed meanwhile is replaced without a word.

        So is one on which something came that nobody asked for: it would be taken for the answer.
        """
        with suppress(IndexError, *_STALE):
            connection = self._idle.pop()
            if _silent(connection):
                return self._on(connection, ask)
            connection.close()
        return self._on(self._open(), ask)

    def _open(self) -> http.client.HTTPConnection:
        connection = self._dial.connection()
        try:
            with self._watch.over(connection):  # a proxy's answer to CONNECT may trickle, too
                connection.connect()
        except (OSError, UnicodeError) as error:
            connection.close()
            # A host that DNS cannot spell (a part over 63 characters) is one that it does not know.
            unknown = socket.gaierror(socket.EAI_NONAME, "no such name")
            raise _Unreached(error if isinstance(error, OSError) else unknown) from error
        return connection

    def _on(self, connection: http.client.HTTPConnection, ask: Ask) -> Reply:
        target, headers = self._dial.addressed(ask)
        self._accounts.sent(self._name)
        try:
            with self._watch.over(connection):
                connection.response_class = Final
                connection.request(ask.method, target, ask.body or None, headers)
                with connection.getresponse() as response:  # one without keep-alive has the socket to itself
                    body = read(response, ask.method, ask.limit)
        except TooBig:
            connection.close()
            path = ask.target.partition("?")[0]  # where a redirect led, the query may be a signature
            message = f"{self._dial.origin.address} answers {path} with more than {ask.limit >> 20} MiB"
            raise RegistryError(message, hint="is this a registry?") from None
        except BaseException:
            connection.close()
            raise
        if connection.sock:
            self._idle.append(connection)
        return Reply(self._dial.origin, response.status, response.headers, body, ask.target)

    def _found_down(self, error: RegistryUnreachable, seconds: float = float("inf")) -> RegistryUnreachable:
        """Ask nothing more for so long."""
        self._down, self._down_until = error, time.monotonic() + seconds
        return error

    def _given_up(self, reply: Reply | None, asked: float | None, failure: Exception | None) -> RegistryUnreachable:
        where = self._dial.origin.address
        if isinstance(failure, _Unreached):
            return self._found_down(_dead(self._dial, failure.cause))
        self._unheard += reply is None or reply.status == 429
        if reply is None:
            silent = RegistryUnreachable(f"{where} gives no whole answer: {_words(failure)}", hint="try again later")
            return silent if self._unheard < _SILENT else self._found_down(silent, self._patience.budget)
        hint, retry_at = _later(asked)
        if reply.status == 429:
            hint += _LESS
        if asked is not None and asked > self._patience.budget:
            message = f"{where} answers {reply.status} and asks to wait {asked:.0f} s"
            return self._found_down(RegistryUnreachable(message, hint=hint, retry_at=retry_at), asked)
        error = RegistryUnreachable(f"{where} answers {reply.status} again and again", hint=hint, retry_at=retry_at)
        return error if self._unheard < _SILENT else self._found_down(error, self._patience.budget)


def _later(seconds: float | None) -> tuple[str, str]:
    """When to try again, for people and for scripts."""
    if not seconds:
        return "try again later", ""
    again = from_now(seconds)
    return f"try again after {again:%Y-%m-%d %H:%M:%S} UTC", f"{again:%Y-%m-%dT%H:%M:%SZ}"


def _silent(connection: http.client.HTTPConnection) -> bool:
    """Is there nothing to read, not even the end?"""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return not poll.poll(0)


def _words(error: Exception | None) -> str:
    """What a passing failure was, in words without the server's own text (it may echo what we sent)."""
    if isinstance(error, TimeoutError):
        return "it timed out"
    if isinstance(error, ssl.SSLError) and error.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED":
        return "it wants a client certificate (client_cert_file)"
    if isinstance(error, ssl.SSLEOFError):
        return "it broke TLS off (does it want a client certificate?)"
    if isinstance(error, http.client.IncompleteRead):
        return "it broke off in the middle"
    if isinstance(error, Garbled):
        return str(error)
    if isinstance(error, http.client.HTTPException) and not isinstance(error, ConnectionError):
        return "it does not speak HTTP"
    return (error.strerror if isinstance(error, OSError) else None) or "the connection broke"


def _dead(dial: Dial, error: OSError) -> RegistryUnreachable:
    """What will not pass by waiting, as a sentence with what to try."""
    origin, where = dial.origin, dial.origin.address
    if dial.proxy and (refusal := refused_by_proxy(dial.proxy, where, error)):
        return refusal
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "name its authority as ca_file, or check the clock and the host's name"
        return RegistryUnreachable(f"the certificate of {where} is not trusted: {error.verify_message}", hint=hint)
    if isinstance(error, ssl.SSLError):
        hint = "if it speaks plain http, say endpoint: http://… and insecure: true"
        return RegistryUnreachable(f"{where} does not speak TLS as expected: {error.reason}", hint=hint)
    if isinstance(error, socket.gaierror):
        return RegistryUnreachable(f"no address is known for host {origin.host}", hint="check its spelling and the DNS")
    if isinstance(error, ConnectionRefusedError):
        return RegistryUnreachable(f"{where} refuses connections", hint="check host and port, and that it runs")
    return RegistryUnreachable(f"{where} cannot be reached: {_words(error)}", hint="check the network and the proxy")

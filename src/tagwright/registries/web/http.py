"""HTTP as registries need it: any host under one trust, redirects followed with care."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from tagwright.errors import RegistryError, RegistryUnreachable
from tagwright.registries.web.accounts import Accounts
from tagwright.registries.web.connections import Ask, Conduct, Dial, Host, Reply
from tagwright.registries.web.origin import Origin, parse
from tagwright.registries.web.pace import Pace, Paces, Urgency
from tagwright.registries.web.patience import Patience
from tagwright.registries.web.proxies import Via, wants_login
from tagwright.registries.web.watch import Watch

_MOST_HOSTS = 256  # with connections kept open: a registry may redirect to as many names as it likes
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Trust:
    """Which servers are believed: the system's authorities and `ca_file`; with `insecure` any, and plain http too.

    And who we are to them: a client certificate. All of it is for `host` alone, "" for a host with nothing of its own.
    """

    insecure: bool = False
    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    host: str = ""

    def context(self) -> ssl.SSLContext:
        """What TLS connections check. Raises RegistryUnreachable for a CA file that cannot be read."""
        context = ssl.create_default_context()
        if self.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            if self.ca_file:
                context.load_verify_locations(self.ca_file)
        except (OSError, ssl.SSLError) as error:
            message = f"the CA file {self.ca_file} cannot be read: {error.strerror or error}"
            raise RegistryUnreachable(message, hint="expected certificates in PEM form") from None
        self._certify(context)
        return context

    def _certify(self, context: ssl.SSLContext) -> None:
        if not self.client_cert:
            return
        try:
            # Without a password of its own OpenSSL would ask the terminal for that of a key that has one.
            context.load_cert_chain(self.client_cert, self.client_key or None, password="")
        except (OSError, ValueError) as error:
            unreadable = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
            reason = str(getattr(error, "strerror", "")) if unreadable else "it is none, or its key has a password"
            message = f"the client certificate {self.client_cert} cannot be used: {reason}"
            hint = "expected a certificate and its key without a password, in PEM form, in one file or two"
            raise RegistryUnreachable(message, hint=hint) from None


class Web:
    """Connections to any origin, for one registry or for all that have nothing of their own.

    `trust` is for its own host; other hosts that a registry leads to (its token server, where its blobs are) are
    believed as `beyond` says of them, else as anybody is. `accounts` counts requests, `paces` are shared with
    whoever asks the same hosts. Safe to use from many threads.
    """

    def __init__(
        self,
        trust: Trust,
        environ: Mapping[str, str],
        *,
        patience: Patience | None = None,
        via: Via | None = None,
        beyond: tuple[Trust, ...] = (),
        accounts: Accounts | None = None,
        paces: Paces | None = None,
        urgency: Urgency = Urgency.SCHEDULED,
    ) -> None:
        self._accounts, self._paces, self._urgency = accounts or Accounts(), paces or Paces(), urgency
        self._trusts = {one.host: one for one in (*beyond, trust)}
        self._environ, self._via = environ, via or Via()
        self._patience = patience or Patience()
        self._watch = Watch(self._patience.whole)
        self._hosts: dict[Origin, Host] = {}
        self._lock = threading.Lock()
        self._contexts: dict[Trust, ssl.SSLContext] = {}

    def pace(self, origin: Origin) -> Pace:
        """The pace of one host, whoever asks it."""
        return self._paces.of(origin.address)

    def host(self, origin: Origin) -> Host:
        """The connections to one origin."""
        with self._lock:
            if origin in self._hosts:
                self._hosts[origin] = self._hosts.pop(origin)  # the latest last
            else:
                if len(self._hosts) >= _MOST_HOSTS:
                    self._hosts.pop(next(iter(self._hosts))).close()
                context = self._context(origin) if origin.scheme == "https" else None
                dial = Dial(origin, context, self._via.to(origin, self._environ), self._patience.timeout)
                conduct = Conduct(self._patience, self.pace(origin), self._accounts, self._urgency)
                self._hosts[origin] = Host(dial, conduct, self._watch)
            return self._hosts[origin]

    def _context(self, origin: Origin) -> ssl.SSLContext:
        trust = self._trusts.get(origin.host) or Trust()
        if trust not in self._contexts:
            self._contexts[trust] = trust.context()
        return self._contexts[trust]

    def ask(self, origin: Origin, ask: Ask) -> Reply:
        """Ask, and follow redirects: without authorization to another origin, and never from TLS to plain http."""
        for _ in range(5):
            reply = self.host(origin).ask(ask)
            if reply.status == 407 and (proxy := self._via.to(origin, self._environ)):
                raise wants_login(proxy)
            location = reply.headers.get("Location") if reply.status in _REDIRECTS else None
            if not location:
                return reply
            origin, ask = _redirected(origin, ask, location)
        raise RegistryError(f"{origin.address} redirects in circles", hint="check the endpoint of this registry")

    def close(self) -> None:
        """Close every idle connection; nothing can be asked any more."""
        self._watch.close()
        for host in tuple(self._hosts.values()):
            host.close()


def _redirected(origin: Origin, ask: Ask, location: str) -> tuple[Origin, Ask]:
    try:
        there, target = parse(urljoin(f"{origin}{ask.target}", location))
    except ValueError:
        raise RegistryError(f"{origin.address} redirects to something that is no address") from None
    if there.scheme == "http" and (origin.scheme == "https" or (there.loopback and not origin.loopback)):
        raise RegistryError(
            f"{origin.address} redirects to {there}, which is not safe to follow",
            hint="name the final host as endpoint",
        )
    if ask.body and there != origin:
        raise RegistryError(f"{origin.address} redirects a login to {there}", hint="name the final host as endpoint")
    authorization = ask.authorization if there == origin else ""
    return there, replace(ask, target=target, authorization=authorization)

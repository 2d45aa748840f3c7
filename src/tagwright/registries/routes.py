"""What a registry's settings say of the way to it: whom its host is believed, and which proxy stands between."""

from __future__ import annotations

from collections.abc import Mapping

from tagwright.credentials import secret
from tagwright.model import RegistrySettings
from tagwright.registries.web.http import Trust
from tagwright.registries.web.origin import Origin
from tagwright.registries.web.proxies import Via, configured


def trust_of(origin: Origin, settings: RegistrySettings | None) -> Trust:
    """What is said of a registry's host."""
    if settings is None:
        return Trust(host=origin.host)
    cert, key = settings.client_cert_file, settings.client_key_file
    return Trust(settings.insecure, settings.ca_file, cert, key, origin.host)


def own_trust(origin: Origin, settings: RegistrySettings | None, beyond: tuple[Trust, ...]) -> Trust:
    """The same; nothing, so that connections are shared, where nothing is said of it, here or `beyond`."""
    own = trust_of(origin, settings)
    known = any(one.host == origin.host for one in beyond)
    return own if known or own != Trust(host=origin.host) else Trust()


def via_of(settings: RegistrySettings | None, environ: Mapping[str, str]) -> Via:
    """Which proxy is to be used. Raises UsageError for one that cannot be, RegistryDenied without its login."""
    if settings is None or settings.proxy in ("", "none"):
        return Via(direct=bool(settings and settings.proxy))
    login = filter(None, (settings.proxy_username, settings.proxy_password))
    return Via(configured(settings.proxy, *(secret(one, environ) for one in login)))

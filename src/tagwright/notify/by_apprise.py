"""Chats, mail and a hundred more through Apprise (the extra `notify`), which knows how each wants to be told.

The only import of Apprise. Its URL is a secret, so what it logs goes nowhere: it names hosts, paths and answers.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from tagwright.credentials.named import secret
from tagwright.errors import RegistryDenied
from tagwright.model import Notice, Occasion, Secret
from tagwright.notify import wording
from tagwright.notify.base import NotSent


@dataclass(frozen=True, slots=True)
class ByApprise:
    """`url` names the secret, `page` is where people look for more ("" = nowhere)."""

    url: Secret
    page: str
    environ: Mapping[str, str]
    most: int = 20

    def send(self, notices: tuple[Notice, ...]) -> None:
        """One message for all of them. Raises NotSent."""
        try:
            import apprise
        except ImportError:
            raise NotSent("Apprise is not installed", hint="pip install 'tagwright[notify]'") from None
        try:
            url = secret(self.url, self.environ)
        except RegistryDenied as error:
            raise NotSent(error.message, hint="the notification names it") from None
        _silence()
        kind = apprise.NotifyType(_kind(notices))
        text, title = wording.body(notices, self.page), wording.title(notices)
        asset = apprise.AppriseAsset(app_id="Tagwright", async_mode=False, http_redirects=False, plugin_paths=[])
        there = apprise.Apprise(asset=asset)
        try:
            known = there.add(url)
            sent = known and there.notify(text, title, kind, body_format=apprise.NotifyFormat.MARKDOWN)
        except Exception as error:  # noqa: BLE001 - of a hundred plugins; what it says may hold the URL
            raise NotSent(f"Apprise failed ({type(error).__name__})", again=True) from None
        if not known:
            raise NotSent("its URL is none that Apprise knows", hint="https://github.com/caronc/apprise/wiki")
        if not sent:
            raise NotSent("Apprise could not deliver it", hint="try the URL with its own command line", again=True)


def _kind(notices: tuple[Notice, ...]) -> str:
    kinds = {one.occasion for one in notices}
    if Occasion.FAILURE in kinds:
        return "failure"
    if kinds <= {Occasion.RECOVERY, Occasion.UPDATE}:
        return "success"
    return "warning"


def _silence() -> None:
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.handlers[:] = [logging.NullHandler()]

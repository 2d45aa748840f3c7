"""CloudEvents 1.0 (cloudevents.io) by HTTP: one as `application/cloudevents+json`, several as a batch.

An event's id is the same however often it is sent, so that whoever gets it twice knows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.credentials.named import secret
from tagwright.errors import RegistryDenied
from tagwright.model import CloudEvents, Notice, Occasion
from tagwright.notify.base import NotSent

if TYPE_CHECKING:
    import requests

TYPES = {
    Occasion.FAILURE: "dev.tagwright.target.failed.v1",
    Occasion.RECOVERY: "dev.tagwright.target.recovered.v1",
    Occasion.UPDATE: "dev.tagwright.update.delivered.v1",
    Occasion.REJECTED: "dev.tagwright.update.rejected.v1",
    Occasion.HOLD_EXPIRED: "dev.tagwright.hold.expired.v1",
    Occasion.OUTDATED: "dev.tagwright.image.outdated.v1",
}
SECONDS = (5, 10)  # to connect, and between two pieces of an answer
_PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class ByCloudEvents:
    """`page` is where people look for more, and the source of the events."""

    to: CloudEvents
    page: str
    environ: Mapping[str, str]
    most: int = 1

    def send(self, notices: tuple[Notice, ...]) -> None:
        """One request. Redirects are not followed: the token is for the address that was named. Raises NotSent."""
        import requests

        events = [event(one, self.page) for one in notices]
        batch = self.most > 1
        kind = "application/cloudevents-batch+json" if batch else "application/cloudevents+json"
        said = json.dumps(events if batch else events[0], ensure_ascii=False).encode("utf-8", "replace")
        url, token = self._named()

        def login(request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers["Content-Type"] = kind
            if token:
                request.headers["Authorization"] = f"Bearer {token}"
            return request

        try:
            with requests.post(url, said, auth=login, timeout=SECONDS, allow_redirects=False, stream=True) as answer:
                status = answer.status_code
        except (requests.RequestException, UnicodeError, ValueError) as error:
            raise NotSent(f"it cannot be reached ({type(error).__name__})", again=True) from None
        if not 200 <= status < 300:
            raise NotSent(f"it answered {status}", again=status in _PASSING)

    def _named(self) -> tuple[str, str]:
        try:
            url = secret(self.to.named, self.environ) if self.to.named else self.to.url
            return url, secret(self.to.token, self.environ) if self.to.token else ""
        except RegistryDenied as error:
            raise NotSent(error.message, hint="the notification names it") from None


def event(notice: Notice, page: str) -> dict[str, Any]:
    """A notice as a CloudEvent."""
    when = notice.when.isoformat()
    named = f"{notice.occasion}\n{notice.target}\n{when}\n{notice.title}"
    return {
        "specversion": "1.0",
        "id": hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32],
        "source": page or "/tagwright",
        "type": TYPES[notice.occasion],
        "subject": notice.target,
        "time": when,
        "datacontenttype": "application/json",
        "data": {
            "target": notice.target,
            "title": notice.title,
            "said": list(notice.said),
            "images": [{"image": image, "from": old, "to": new} for image, old, new in notice.moved],
            "links": [{"title": words, "url": url} for words, url in notice.links],
        },
    }

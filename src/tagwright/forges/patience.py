"""An HTTP session with bounded patience, for the forges whose client has none of its own.

Two more tries after a broken connection, a rate limit or a server's own failure; a server's
Retry-After is obeyed up to a minute, because a run has other targets to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

LONGEST_WAIT = 60  # seconds
TRIES_AGAIN = 2
LOOKS_AGAIN = (0.2, 0.5, 1.0, 2.0)  # seconds: a fresh pull request merges nothing until the forge has checked it
WORTH_ANOTHER = (429, 502, 503, 504)


def session(*, redirects: int = 3) -> requests.Session:
    """A session that follows at most `redirects`; its last answer is returned whatever its status."""
    import requests
    from urllib3.util import Retry

    patient = Retry(
        total=TRIES_AGAIN,
        backoff_factor=0.3,
        allowed_methods=None,
        status_forcelist=WORTH_ANOTHER,
        raise_on_status=False,
        retry_after_max=LONGEST_WAIT,
    )
    made = requests.Session()
    made.max_redirects = redirects
    for scheme in ("http://", "https://"):
        made.mount(scheme, requests.adapters.HTTPAdapter(max_retries=patient))
    return made

"""How long to go on asking: retries with jittered backoff, and Retry-After."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = 366 * 86400.0  # nobody means longer


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits in seconds: `timeout` for one silence, `whole` for one answer, `budget` for a request with all its tries.

    The n-th wait is between half and all of `base * 2**n`, or longer when the server says so (RFC 9110, 10.2.3).
    """

    tries: int = 5
    base: float = 0.5
    budget: float = 60.0
    timeout: float = 20.0
    whole: float = 120.0

    def wait(self, tried: int, spent: float, asked: float | None) -> float | None:
        """Seconds to wait after the `tried`-th try, `spent` seconds into the request; None = give up."""
        backoff = self.base * 2 ** (tried - 1)
        pause = max(asked or 0.0, random.uniform(backoff / 2, backoff))  # noqa: S311 (no secret is drawn)
        return None if tried >= self.tries or spent + pause > self.budget else pause


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or an HTTP date; None when it says nothing readable."""
    if not value:
        return None
    try:
        said = float(value) if value.strip().isdigit() else _until(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, said), _LONGEST)


def _until(moment: datetime) -> float:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def from_now(seconds: float) -> datetime:
    """The moment when so many seconds are over, in full seconds of UTC and never too early."""
    return (datetime.now(UTC) + timedelta(seconds=min(seconds, _LONGEST) + 1)).replace(microsecond=0)

"""When a request that was put off is sent again: after what the service asks for, until patience ends."""

import random
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

# Nothing was done (429), or the same Idempotency-Key makes sure that it is not done twice (503).
_PUT_OFF: Final = frozenset({429, 503})
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 30.0
# Many clients that were told the same should not all come back at the same moment.
_SPREAD: Final = 0.1


class Patience:
    """How long one call goes on waiting for its turn, `seconds` in all."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._pause = _FIRST_PAUSE_SECONDS

    def outlasts(self, answer: httpx2.Response) -> bool:
        """Whether the request should be sent again; returns when it is time for that, at once if not."""
        if answer.status_code not in _PUT_OFF:
            return False
        asked = _asked(answer.headers.get("Retry-After", ""))
        wait = self._pause if asked is None else asked
        if wait > self._left:
            return False
        self._left -= wait
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        time.sleep(wait * (1 + random.uniform(0, _SPREAD)))  # noqa: S311 - spreads the load, keeps no secret
        return True


def _asked(text: str) -> float | None:
    """The seconds in `Retry-After` (RFC 9110 section 10.2.3), maybe as a date; None if it is neither."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)

"""When a delivery is sent again (contract section 4): data in one table, and a rule that reads it."""

from typing import Final

RETRY_DELAYS_SECONDS: Final = (5.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0, 86_400.0)
"""After each failed attempt; none is left after the ninth."""

MOST_ATTEMPTS: Final = len(RETRY_DELAYS_SECONDS) + 1
JITTER: Final = 0.2
"""Share of a delay by which it is longer or shorter: what failed together does not come back together."""

LONGEST_RETRY_AFTER_SECONDS: Final = 86_400.0
_ASKS_FOR_TIME: Final = frozenset({429, 503})


def retry_delay(attempt: int, *, jitter: float, retry_after: float | None = None) -> float | None:
    """Seconds until the attempt that follows number `attempt`, which failed; None: that was the last one.

    `jitter` is in -1 to 1. `retry_after` are the seconds that the endpoint asked for: at least these, up to a day.
    """
    if attempt >= MOST_ATTEMPTS:
        return None
    delay = RETRY_DELAYS_SECONDS[attempt - 1] * (1 + JITTER * jitter)
    return max(delay, min(retry_after or 0.0, LONGEST_RETRY_AFTER_SECONDS))


def asked_for(status_code: int | None, retry_after: float | None) -> float | None:
    """The seconds of a `Retry-After` that is to be kept: that of 429 and 503."""
    return retry_after if status_code in _ASKS_FOR_TIME else None

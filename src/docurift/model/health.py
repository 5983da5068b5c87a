"""How an endpoint answers, and what follows: the breaker that holds everything back, and the end of its patience.

After five failures in a row the endpoint is paused, for 5 s at first and twice as long after each further failure; one
probe is sent at the end of each pause. One success forgets all of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from docurift.model.webhook import DisabledReason

PAUSED_AFTER: Final = 5
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=5)
DISABLED_AFTER: Final = timedelta(days=5)

GONE: Final = 410
"""The status code by which an endpoint says that it wants nothing more, ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is known of an endpoint. `failing_since`: its first failure since its last success."""

    consecutive_failures: int = 0
    failing_since: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    paused_until: datetime | None = None
    disabled_reason: DisabledReason | None = None

    @property
    def is_proven(self) -> bool:
        """It answered well when it was last asked."""
        return self.consecutive_failures == 0 and self.last_success_at is not None

    def is_paused(self, now: datetime) -> bool:
        """Nothing may be sent to it."""
        return self.paused_until is not None and now < self.paused_until

    def after_success(self, now: datetime) -> "Health":
        """It took a delivery."""
        return replace(self, consecutive_failures=0, failing_since=None, paused_until=None, last_success_at=now)

    def after_failure(self, now: datetime, *, status_code: int | None, retry_after: float | None) -> "Health":
        """It did not take a delivery; `retry_after` are the seconds of silence that it asked for."""
        since = self.failing_since or now
        # What was under way when the pause began tells nothing new: five failures at once are one step, not five.
        failures = self.consecutive_failures + (0 if self.is_paused(now) else 1)
        failed = replace(self, consecutive_failures=failures, failing_since=since, last_failure_at=now)
        return replace(
            failed,
            paused_until=failed.pause_end(now, retry_after),
            disabled_reason=self.disabled_reason or _reason(now, since, status_code),
        )

    def pause_end(self, now: datetime, retry_after: float | None) -> datetime | None:
        """Until when it is to be left alone after a failure at `now`."""
        if self.is_paused(now):
            return self.paused_until
        # A delivery keeps the whole `Retry-After`; the endpoint only as much as the breaker would.
        asked = min(timedelta(seconds=retry_after or 0.0), LONGEST_PAUSE)
        pause = max(asked, _breaker_pause(self.consecutive_failures))
        return now + pause if pause else None


def _breaker_pause(failures: int) -> timedelta:
    if failures < PAUSED_AFTER:
        return timedelta(0)
    doublings = min(failures - PAUSED_AFTER, 16)
    return min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)


def _reason(now: datetime, since: datetime, status_code: int | None) -> DisabledReason | None:
    if status_code == GONE:
        return DisabledReason.GONE
    return DisabledReason.FAILING if now - since >= DISABLED_AFTER else None

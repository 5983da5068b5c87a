"""One limit and its refusal.

All processes count together, in the database. While it is away, so is the service: that is the same 503 as without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from docurift.api.problems import ErrorCode, Problem
from docurift.model.rate import Rate, Verdict
from docurift.storage import rates
from docurift.storage.database import Database, StorageFullError
from docurift.telemetry import RATE_LIMITED, log


class LimitName(StrEnum):
    """How a refusal says which limit it is of."""

    REQUESTS = "requests"
    UPLOAD_BYTES = "uploadBytes"
    AUTH_FAILURES = "authFailures"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, which is counted for each of many scopes."""

    name: LimitName
    rate: Rate
    db: Database

    async def charge(self, who: str, units: int = 1, *, needed: int | None = None) -> Verdict:
        """As `rates.charge`.

        Raises:
            Unavailable: the database cannot count now.
        """
        try:
            async with self.db.reading() as conn:
                return await rates.charge(conn, scope=f"{self.name}:{who}", rate=self.rate, units=units, needed=needed)
        except StorageFullError as error:
            # Reading goes on while a disk is full; a limit must not be what ends it.
            log.warning("rate.not_counted", limit=self.name, reason=str(error))
            return Verdict(is_allowed=True, remaining=self.rate.burst, reset_seconds=0, retry_seconds=0)

    def exceeded(self, retry_seconds: int) -> Problem:
        """429, which says which limit it is and when to come back."""
        RATE_LIMITED.labels(self.name.name.lower()).inc()
        details = {
            "limit": self.name,
            "perSecond": self.rate.per_second,
            "burst": self.rate.burst,
            "retryAfterSeconds": retry_seconds,
        }
        headers = {"Retry-After": str(retry_seconds)}
        return Problem(ErrorCode.RATE_LIMIT_EXCEEDED, _SENTENCES[self.name], details=details, headers=headers)

    def headers(self, verdict: Verdict) -> Mapping[str, str]:
        """How full the limit is, in the contract's names."""
        return {
            "RateLimit-Limit": str(self.rate.burst),
            "RateLimit-Remaining": str(verdict.remaining),
            "RateLimit-Reset": str(verdict.reset_seconds),
        }


_SENTENCES: Final = {
    LimitName.REQUESTS: "This key makes too many requests. Wait as long as `Retry-After` says, then go on more slowly.",
    LimitName.UPLOAD_BYTES: "This key sends too many bytes. Wait as long as `Retry-After` says, then send this again.",
    LimitName.AUTH_FAILURES: "Too many wrong API keys came from this address. Wait as long as `Retry-After` says, and "
    "check the key.",
}

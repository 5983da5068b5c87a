"""Wrong keys, by the address that they come from."""

import time
from typing import Final

from docurift.api.problems import Problem
from docurift.api.rates.limit import Limit
from docurift.storage.database import Unavailable
from docurift.telemetry import log

_MAX_REMEMBERED: Final = 10_000


class Guesses:
    """Wrong keys by the address they come from. A key that was right before is not asked where it comes from: behind
    one address there may be many clients, and one that guesses must not shut out the others.
    """

    def __init__(self, limit: Limit | None) -> None:
        self._limit = limit
        self._shut_until: dict[str, float] = {}

    def seconds_shut(self, address: str) -> int:
        """How long no unknown key is tried from there; 0 if one is."""
        until = self._shut_until.get(address)
        return 0 if until is None else max(int(until - time.monotonic() + 1), 0)

    def refuse(self, address: str) -> Problem:
        """429 for an unknown key that is not even looked at."""
        if self._limit is None:
            raise AssertionError("nothing is shut")
        return self._limit.exceeded(max(self.seconds_shut(address), 1))

    async def count(self, address: str) -> None:
        """A wrong key came from there.

        Raises:
            Problem: `RATE_LIMIT_EXCEEDED`: it was one too many.
        """
        if self._limit is None:
            return
        try:
            verdict = await self._limit.charge(address)
        except Unavailable as error:
            # The key is wrong all the same, and its caller is told so.
            log.warning("rate.not_counted", limit=self._limit.name, reason=str(error))
            return
        if not verdict.is_allowed:
            self._shut(address, verdict.retry_seconds)
            raise self._limit.exceeded(verdict.retry_seconds)

    def _shut(self, address: str, seconds: int) -> None:
        if len(self._shut_until) >= _MAX_REMEMBERED:
            self._shut_until.clear()
        self._shut_until[address] = time.monotonic() + seconds

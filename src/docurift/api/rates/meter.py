"""The bytes that a key sends."""

from typing import Final

from docurift.api.rates.limit import Limit
from docurift.api.services import MIB

_STEP_BYTES: Final = MIB


class Meter:
    """Counts the bytes of one body; without a limit, nothing."""

    def __init__(self, limit: Limit | None, who: str) -> None:
        self._limit, self._who = limit, who
        self._is_paid = limit is None
        self._unpaid = 0

    async def begin(self, declared: int | None) -> None:
        """The body may come. One that declares its length is counted as a whole, whatever comes of it.

        Raises:
            Problem: `RATE_LIMIT_EXCEEDED`: there is no room for it, or not even for the beginning of one that does not
                declare its length.
        """
        if declared is None:
            await self._charge(0, needed=_STEP_BYTES)
        elif declared:
            await self._charge(declared)
            self._is_paid = True

    async def add(self, count: int) -> None:
        """So many more bytes came; they are counted now or soon, unless they were before.

        Raises:
            Problem: `RATE_LIMIT_EXCEEDED`: other bodies have used up the limit meanwhile.
        """
        self._unpaid += count
        if self._unpaid >= _STEP_BYTES:
            await self.end()

    async def end(self) -> None:
        """All that came is counted.

        Raises:
            Problem: as `add`.
        """
        unpaid, self._unpaid = self._unpaid, 0
        if unpaid:
            # They were read, so they count even where they fit no more; what comes after them is then refused.
            await self._charge(unpaid, needed=0)

    async def _charge(self, units: int, *, needed: int | None = None) -> None:
        if self._limit is None or self._is_paid:
            return
        verdict = await self._limit.charge(self._who, units, needed=needed)
        if not verdict.is_allowed:
            raise self._limit.exceeded(verdict.retry_seconds)


FREE: Final = Meter(None, "")

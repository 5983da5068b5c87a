"""How many jobs an organization may have open: looked at before a body is read (contract section 6)."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from docurift.api.problems import ErrorCode, Problem
from docurift.api.services import EdgeLimits
from docurift.model.ids import OrganizationId
from docurift.storage import shares
from docurift.storage.database import Database

_MOST_REMEMBERED: Final = 10_000
_FRESH_SECONDS: Final = 1.0
# A long count is not repeated so often that it becomes the load it is to bound.
_SHARE_OF_TIME: Final = 0.05
_COME_BACK_SECONDS: Final = 5


@dataclass(slots=True)
class _Count:
    """What was counted, with what was let in since; `until` is when it has to be counted again."""

    jobs: int
    pages: int
    until: float


class OpenJobs:
    """Counts at most once a second for each organization, and what it lets in by itself in between. Several API
    processes together may let in more than the limit by what they take in a second.
    """

    def __init__(self, db: Database, limits: EdgeLimits) -> None:
        self._db, self._limits = db, limits
        self._counts: dict[OrganizationId, _Count] = {}
        self._counting: defaultdict[OrganizationId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def admit(self, organization_id: OrganizationId, *, jobs: int = 1) -> None:
        """The organization may open so many more jobs, which count from now on.

        Raises:
            Problem, Unavailable: as `check`.
        """
        count = await self.check(organization_id, jobs=jobs)
        count.jobs += jobs
        count.pages += jobs

    async def check(self, organization_id: OrganizationId, *, jobs: int = 1) -> _Count:
        """What the organization has open, to which so many may come.

        Raises:
            Problem: `CONCURRENT_LIMIT_EXCEEDED`.
            Unavailable: the database cannot answer.
        """
        async with self._counting[organization_id]:
            count = self._counts.get(organization_id)
            if count is None or time.monotonic() >= count.until:
                count = await self._count(organization_id)
        most_jobs, most_pages = self._limits.max_open_jobs, self._limits.max_open_pages
        if 0 < most_jobs < count.jobs + jobs:
            raise _refusal("jobs", count.jobs, most_jobs)
        if 0 < most_pages < count.pages + jobs:
            raise _refusal("pages", count.pages, most_pages)
        return count

    async def _count(self, organization_id: OrganizationId) -> _Count:
        begun = time.monotonic()
        async with self._db.reading() as conn:
            opened = await shares.open_of(
                conn, organization_id=organization_id, most=max(self._limits.max_open_jobs, 0) or None
            )
        ended = time.monotonic()
        if len(self._counts) >= _MOST_REMEMBERED:
            self._counts.clear()
        fresh = max(_FRESH_SECONDS, (ended - begun) / _SHARE_OF_TIME)
        count = self._counts[organization_id] = _Count(opened.jobs, opened.pages, ended + fresh)
        return count


def _refusal(what: str, has: int, limit: int) -> Problem:
    message = (
        f"Your organization has {has} {what} open and may have {limit}. Send this again when some have ended, or ask "
        "the operator for more."
    )
    details = {"limit": limit, "open": has, "of": what}
    return Problem(
        ErrorCode.CONCURRENT_LIMIT_EXCEEDED,
        message,
        details=details,
        headers={"Retry-After": str(_COME_BACK_SECONDS)},
    )

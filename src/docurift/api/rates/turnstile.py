"""Counts requests, those of one key together where they come together: a statement each would take a third of what the
API answers in a second (docs/explanation/performance.md).
"""

import asyncio
from dataclasses import dataclass, field, replace

from docurift.api.rates.limit import Limit
from docurift.model.rate import Verdict
from docurift.storage.database import Unavailable

_Counted = asyncio.Task[list[Verdict]]


@dataclass(slots=True)
class _Group:
    """Requests that are counted by one statement; the first of them opened it."""

    counted: _Counted | None = None
    size: int = field(default=0)


class Turnstile:
    """Counts one request after the other under a limit, which holds to the unit. For each key one statement is under
    way at a time, so no flood of one key takes more than one connection for being counted.
    """

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._open: dict[str, _Group] = {}
        self._last: dict[str, _Counted] = {}

    async def count(self, who: str) -> Verdict:
        """Whether this request of `who` is allowed, and how many are left after it.

        Raises:
            Unavailable: the database cannot count now.
        """
        group = self._open.get(who) or self._opened(who)
        place, group.size = group.size, group.size + 1
        if group.counted is None:
            raise AssertionError("a group is counted by the task that it was opened with")
        # Whoever gives up leaves the others of the group where they are.
        return (await asyncio.shield(group.counted))[place]

    def _opened(self, who: str) -> _Group:
        group = self._open[who] = _Group()
        group.counted = asyncio.create_task(self._count(who, group, self._last.get(who)))
        self._last[who] = group.counted
        group.counted.add_done_callback(lambda counted: self._forget(who, counted))
        return group

    def _forget(self, who: str, counted: _Counted) -> None:
        if self._last.get(who) is counted:
            del self._last[who]

    async def _count(self, who: str, group: _Group, before: _Counted | None) -> list[Verdict]:
        if before is not None:
            await asyncio.wait([before])
        del self._open[who]  # whoever comes from now on is of the next group
        if before is not None and not before.cancelled():
            failed = before.exception()
            if isinstance(failed, Unavailable):
                raise Unavailable(str(failed))  # they waited for that long enough
        return await self._verdicts(who, group.size)

    async def _verdicts(self, who: str, size: int) -> list[Verdict]:
        if size <= self.limit.rate.burst:
            together = await self.limit.charge(who, size)
            if together.is_allowed:
                return [replace(together, remaining=together.remaining + left) for left in reversed(range(size))]
            if size == 1:
                return [together]
        verdicts: list[Verdict] = []
        while len(verdicts) < size and all(one.is_allowed for one in verdicts[-1:]):
            verdicts.append(await self.limit.charge(who))
        return verdicts + [verdicts[-1]] * (size - len(verdicts))

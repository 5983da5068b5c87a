"""The results of a batch, one line for each item in its order, while the rest still runs (contract section 4).

However large the batch is, one page of rows and one result are in memory at a time, and no connection to the database
is held while a line is sent or waited for.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import Field
from starlette.responses import Response

from docurift.api.answers import encode
from docurift.api.batches.lookup import batch_id_of, find_batch
from docurift.api.batches.wire import ItemResultOut
from docurift.api.events.sse import EventStream, FellBehindError
from docurift.api.jobs.results import is_final, with_result
from docurift.api.queries import WHOLE, Absent, Flag, Query
from docurift.api.routes import Call
from docurift.model.ids import BatchId, JobId
from docurift.model.key import Scope
from docurift.storage import batches, shown_jobs
from docurift.storage.blobs import BlobCorruptError, BlobMissingError
from docurift.storage.shown_jobs import ShownJob

MEDIA_TYPE: Final = "application/x-ndjson"
_PAGE: Final = 50
_SIGN_OF_LIFE: Final = b"\n"


class ResultsQuery(Query):
    """Which results are asked for."""

    after: Annotated[int, Field(ge=0, le=1_000_000), WHOLE] | Absent = Field(
        default=None, description="Begin behind the item of this index: go on where an answer was cut off."
    )
    follow: Flag = Field(
        default=False,
        description="`true` waits for each item in its turn, and ends with the last. Empty lines show that the "
        "connection lives.",
    )


class ResultLines(EventStream):
    """A stream of lines of JSON."""

    media_type = MEDIA_TYPE


async def stream_results(call: Call, query: ResultsQuery) -> Response:
    """A line for each final item."""
    batch_id = batch_id_of(call)
    await find_batch(call, batch_id)
    with ExitStack() as stack:
        call.runtime.fanout.sit_down()
        stack.callback(call.runtime.fanout.stand_up)
        lines = _Lines(call, batch_id, position=-1 if query.after is None else query.after, follows=query.follow)
        return ResultLines(
            lines.all(),
            bell=lines.bell,
            stall_seconds=call.services.limits.stream_stall_seconds,
            on_close=stack.pop_all().close,
        )


@dataclass(frozen=True, slots=True)
class _Page:
    items: tuple[ShownJob, ...]
    is_last: bool


@dataclass(slots=True)
class _Lines:
    """Goes through the items behind `position`; `bell` is rung also when the client hangs up. A stream that ends in
    good order has told of every item that it was asked for: one that has to end before is cut off.
    """

    call: Call
    batch_id: BatchId
    position: int
    follows: bool
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    _last_sign: float = field(default_factory=time.monotonic)

    async def all(self) -> AsyncGenerator[bytes]:
        """The lines, and empty ones.

        Raises:
            FellBehindError: the process is about to end.
            Problem: the key may not read any more.
        """
        awaited: JobId | BatchId | None = None
        while True:
            with self._listening_for(awaited):
                self.bell.clear()
                page = await self._page(1 if awaited else _PAGE)
                for seen in page.items:
                    if self.follows and not is_final(seen):
                        break
                    if is_final(seen):
                        yield await self._line(seen)
                    self.position = _index(seen)
                following = self._next(page)
                if page.is_last and following is None:
                    return
                if following is not None and following == awaited:
                    yield await self._nap()
            awaited = following

    def _next(self, page: _Page) -> JobId | BatchId | None:
        """What is to be waited for; None if there is more to read, or nothing more."""
        if page.items and _index(page.items[-1]) > self.position:
            return next(seen.job.id for seen in page.items if _index(seen) > self.position)
        # Without items, an archive is not unpacked yet.
        return None if page.items or page.is_last else self.batch_id

    async def _page(self, limit: int) -> _Page:
        organization_id = self.call.organization_id
        async with self.call.services.db.reading() as conn:
            batch = await batches.by_id(conn, organization_id=organization_id, batch_id=self.batch_id)
            items = await shown_jobs.of_batch(
                conn, organization_id=organization_id, batch_id=self.batch_id, after=self.position, limit=limit
            )
        # Known before the items were read: they are all written at once.
        has_all = batch is None or batch.item_count is not None or batch.completed_at is not None
        return _Page(items, is_last=len(items) < limit and (has_all or not self.follows))

    @contextlib.contextmanager
    def _listening_for(self, awaited: str | None) -> Generator[None]:
        if awaited is None:
            yield
            return
        with self.call.runtime.waiters.ringing(awaited, self.bell):
            yield

    async def _nap(self) -> bytes:
        """Wait for news; a sign of life if it is time for one. Any answer lets the stream notice a hangup."""
        limits = self.call.services.limits
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.poll_seconds):
                await self.bell.wait()
        if self.call.runtime.fanout.is_draining:
            raise FellBehindError
        if time.monotonic() - self._last_sign < limits.heartbeat_seconds:
            return b""
        await self.call.runtime.keys.admit(self.call.request.headers, Scope.JOBS_READ)
        self._last_sign = time.monotonic()
        return _SIGN_OF_LIFE

    async def _line(self, seen: ShownJob) -> bytes:
        services = self.call.services
        try:
            shown = await with_result(services, seen)
        except (BlobMissingError, BlobCorruptError):  # for good: who asks at `resultUrl` is told so
            shown = await with_result(services, ShownJob(job=seen.job))
        self._last_sign = time.monotonic()
        return encode(ItemResultOut.of(_index(seen), shown)) + b"\n"


def _index(seen: ShownJob) -> int:
    if seen.job.batch_index is None:
        raise AssertionError("a job of a batch has its place there")
    return seen.job.batch_index

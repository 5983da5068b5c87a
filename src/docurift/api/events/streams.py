"""The organization's log and a job's life as streams (contract sections 3 and 4)."""

import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Final

from pydantic import Field
from starlette.responses import Response

from docurift.api.events.feeds import PAGE, Frame, Subscription
from docurift.api.events.handlers import After, page_of
from docurift.api.events.live import Live, Terms
from docurift.api.events.sse import EventStream
from docurift.api.jobs.results import is_final, look
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.queries import Absent, Query
from docurift.api.routes import Call, job_id_of
from docurift.model.event import EventType
from docurift.model.key import Scope
from docurift.storage import event_log, keys
from docurift.storage.event_log import LogPage

_MAX_DIGITS: Final = 15
_LAST: Final = frozenset({EventType.DOCUMENT_COMPLETED, EventType.DOCUMENT_FAILED})
_NOTHING_FOLLOWS: Final = 204


class StreamQuery(Query):
    """Where a stream begins."""

    after: After | Absent = Field(
        default=None, description="The number behind which to begin. `Last-Event-ID` wins; without both it is now."
    )
    type: EventType | Absent = None


class JobStreamQuery(Query):
    """Where a job's stream begins."""

    after: After | Absent = Field(
        default=None,
        description="The number behind which to begin. `Last-Event-ID` wins; without both it is the job's first event.",
    )


async def stream_events(call: Call, query: StreamQuery) -> Response:
    """The log as it grows."""
    after = _resumed_after(call, query.after)

    async def read_on(position: int, limit: int) -> LogPage:
        async with call.services.db.reading() as conn:
            return await event_log.page(
                conn, organization_id=call.organization_id, after=position, limit=limit, type_=query.type
            )

    def wants(frame: Frame) -> bool:
        return query.type is None or frame.type is query.type

    with ExitStack() as stack:
        _sit_down(call, stack)
        page = None if after is None else await page_of(call, after, limit=PAGE, type_=query.type)
        position = await call.runtime.fanout.now(call.organization_id) if after is None else after
        stream = Subscription(position=position, wants=wants, key_id=call.admitted.id)
        terms = await _terms(call, read_on, is_last=lambda _: False, is_over=False)
        return _answer(call, stream, terms, page, stack)


async def stream_job(call: Call, query: JobStreamQuery) -> Response:
    """Every change of a job, until it is final."""
    job_id, after = job_id_of(call), _resumed_after(call, query.after)

    async def read_on(position: int, limit: int) -> LogPage:
        async with call.services.db.reading() as conn:
            return await event_log.page(
                conn, organization_id=call.organization_id, after=position, limit=limit, job_id=job_id
            )

    with ExitStack() as stack:
        _sit_down(call, stack)
        seen = await look(call.services, call.organization_id, job_id)
        if seen is None:
            raise Problem(ErrorCode.JOB_NOT_FOUND)
        page = await page_of(call, after, limit=PAGE, job_id=job_id)
        if is_final(seen) and after is not None and not page.events:
            return Response(status_code=_NOTHING_FOLLOWS)  # a browser would come again and again
        stream = Subscription(position=after or 0, wants=lambda frame: frame.job_id == job_id, key_id=call.admitted.id)
        terms = await _terms(call, read_on, is_last=lambda frame: frame.type in _LAST, is_over=is_final(seen))
        call.runtime.fanout.jobs.join(stream, seen.job)
        stack.callback(call.runtime.fanout.jobs.leave, stream, job_id)
        return _answer(call, stream, terms, page, stack)


def _resumed_after(call: Call, after: int | None) -> int | None:
    """Where the stream goes on: behind `Last-Event-ID`, which a browser sends to the same address.

    Raises:
        Problem: `VALIDATION_ERROR`.
    """
    text = call.request.headers.get("last-event-id", "")
    if not text:
        return after
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise invalid("Last-Event-ID", "should be the `id` of an event of this stream")
    return int(text)


def _sit_down(call: Call, stack: ExitStack) -> None:
    call.runtime.fanout.sit_down()
    stack.callback(call.runtime.fanout.stand_up)


async def _terms(
    call: Call, read_on: Callable[[int, int], Awaitable[LogPage]], *, is_last: Callable[[Frame], bool], is_over: bool
) -> Terms:
    async def is_admitted() -> bool:
        try:
            await call.runtime.keys.admit(call.request.headers, Scope.JOBS_READ)
        except Problem:
            return False
        return True

    limits, left = call.services.limits, None
    if call.admitted.expires_at is not None:
        async with call.services.db.reading() as conn:
            left = await keys.seconds_left(conn, call.admitted.id)
    return Terms(
        read_on=read_on,
        is_last=is_last,
        is_over=is_over,
        is_admitted=is_admitted,
        doubt_seconds=limits.auth_cache_seconds + 0.5,
        heartbeat_seconds=limits.heartbeat_seconds,
        until=time.monotonic() + (float("inf") if left is None else left),
    )


def _answer(call: Call, stream: Subscription, terms: Terms, page: LogPage | None, stack: ExitStack) -> Response:
    """The stream; what it holds is given back when it is closed."""
    live = Live(fanout=call.runtime.fanout, organization_id=call.organization_id, stream=stream, terms=terms)
    return EventStream(
        live.blocks(page),
        bell=stream.bell,
        stall_seconds=call.services.limits.stream_stall_seconds,
        on_close=stack.pop_all().close,
    )

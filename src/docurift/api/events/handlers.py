"""The organization's log, by pages (contract section 4)."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Final, Literal

import msgspec
from pydantic import Field
from starlette.responses import Response

from docurift.actions.event_form import bodies_of, encoded, thin
from docurift.api.answers import success
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.queries import WHOLE, Absent, Query, Search
from docurift.api.routes import Call
from docurift.api.services import MIB
from docurift.model.event import Event, EventType
from docurift.model.ids import JobId
from docurift.storage import event_log
from docurift.storage.event_log import EventsExpiredError, LogPage

_PAGE_BYTES: Final = 16 * MIB

After = Annotated[int, Field(ge=0), WHOLE]
"""A number of the log, behind which to begin."""


class EventsQuery(Query):
    """Which part of the log is asked for."""

    after: After | Absent = Field(
        default=None, description="The number behind which to begin; without it, with the oldest that is kept."
    )
    limit: Annotated[int, Field(ge=1, le=1_000), WHOLE] = Field(default=100, description="Events in the answer.")
    type: EventType | Absent = None
    job_id: Search | Absent = None
    include: Literal["result"] | Absent = Field(
        default=None, description="`result` adds `result` and `fields` to completed documents, up to 256 KiB each."
    )


async def list_events(call: Call, query: EventsQuery) -> Response:
    """A part of the log."""
    job_id = None if query.job_id is None else JobId(query.job_id)
    page = await page_of(call, query.after, limit=query.limit, type_=query.type, job_id=job_id)
    bodies = await _bodies(call, page.events, with_results=query.include == "result")
    is_whole = len(bodies) == len(page.events)
    next_after = page.next_after if is_whole else page.events[len(bodies) - 1].sequence
    return success(
        {
            "events": [msgspec.Raw(body) for body in bodies],
            "nextAfter": next_after,
            "hasMore": next_after < page.last_sequence,
            "firstSequence": page.first_sequence,
            "lastSequence": page.last_sequence,
        }
    )


async def page_of(
    call: Call, after: int | None, *, limit: int, type_: EventType | None = None, job_id: JobId | None = None
) -> LogPage:
    """A page of the caller's log.

    Raises:
        Problem: `EVENTS_EXPIRED`, with the first number that is kept; `VALIDATION_ERROR` for a number that was not
            given yet: of another organization, or of before a backup was restored. Waiting there would miss events.
    """
    try:
        async with call.services.db.reading() as conn:
            page = await event_log.page(
                conn, organization_id=call.organization_id, after=after, limit=limit, type_=type_, job_id=job_id
            )
    except EventsExpiredError as error:
        details = {"firstSequence": error.first_sequence}
        raise Problem(ErrorCode.EVENTS_EXPIRED, details=details) from error
    if after is not None and after > page.last_sequence:
        raise invalid("after", f"should be at most {page.last_sequence}, the number of the newest event")
    return page


async def _bodies(call: Call, events: Sequence[Event], *, with_results: bool) -> list[bytes]:
    """The first of the events, as many as make an answer of 16 MiB, but one at least."""
    bodies: list[bytes] = []
    left = _PAGE_BYTES
    async for body in _each(call, events, with_results=with_results):
        left -= len(body)
        if left < 0 and bodies:
            break
        bodies.append(body)
    return bodies


async def _each(call: Call, events: Sequence[Event], *, with_results: bool) -> AsyncGenerator[bytes]:
    if with_results:
        async for body in bodies_of(call.services.db, call.services.blobs, events):
            yield body
    else:
        for event in events:
            yield encoded(thin(event))

"""The log as it is read on from a number: pages, and how far back it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from docurift.model.event import Event, EventType
from docurift.model.ids import EventId, JobId, OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement

WINDOW: Final = 10_000
"""How many numbers a page with a filter looks at, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Events in order, and the bounds of the whole log at the same moment. An empty log begins at its next number.

    Read on after `next_after`; it may lie beyond the last event, where a filter passed over others.
    """

    events: tuple[Event, ...]
    next_after: int
    first_sequence: int
    last_sequence: int

    @property
    def has_more(self) -> bool:
        """Whether the log goes on behind this page."""
        return self.next_after < self.last_sequence


class EventsExpiredError(Exception):
    """What follows the number is not kept any more; the log begins at `first_sequence`."""

    def __init__(self, first_sequence: int) -> None:
        super().__init__(f"kept from {first_sequence}")
        self.first_sequence = first_sequence


async def page(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    after: int | None,
    limit: int,
    type_: EventType | None = None,
    job_id: JobId | None = None,
) -> LogPage:
    """What followed number `after`; None asks from the beginning of what is kept.

    Raises:
        EventsExpiredError: part of what followed is gone.
    """
    asked = {
        "organization_id": organization_id,
        "after": after or 0,
        "limit": limit,
        "type": None if type_ is None else type_.value,
        "window": WINDOW if type_ else limit,
        "job_id": job_id,
    }
    cursor = await conn.execute(statement("events/page" if job_id is None else "events/page_of_job"), asked)
    rows = await cursor.fetchall()
    if not rows:
        raise LookupError(f"no organization {organization_id}")
    first, last = rows[0]["first_sequence"], rows[0]["last_sequence"]
    if after is not None and after < first - 1:
        raise EventsExpiredError(first)
    events = tuple(event_of(row) for row in rows if row["sequence"] is not None)
    seen = max(after or 0, first - 1) + WINDOW if job_id is None else last
    return LogPage(
        events=events,
        next_after=events[-1].sequence if len(events) == limit else max(after or 0, min(seen, last)),
        first_sequence=first,
        last_sequence=last,
    )


async def last_sequence(conn: Connection, organization_id: OrganizationId) -> int:
    """The number of the newest event; 0 before the first."""
    cursor = await conn.execute(statement("events/last_sequence"), {"organization_id": organization_id})
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no organization {organization_id}")
    return row["event_sequence"]


def event_of(row: Mapping[str, Any]) -> Event:
    """The event that a row of `events` tells."""
    return Event(
        id=EventId(row["id"]),
        organization_id=OrganizationId(row["organization_id"]),
        sequence=row["sequence"],
        type=EventType(row["type"]),
        created_at=row["created_at"],
        job_id=None if row["job_id"] is None else JobId(row["job_id"]),
        data=row["data"],
    )

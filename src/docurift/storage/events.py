"""The organization's numbered log, without gaps (contract section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg.types.json import Jsonb

from docurift.model.event import Event, EventType
from docurift.model.ids import DocumentId, EventId, JobId, OrganizationId, WebhookId, new_id
from docurift.model.result import Json
from docurift.storage.database import Connection
from docurift.storage.event_log import event_of
from docurift.storage.sql import statement

CHANNEL: Final = "docurift_events"
"""Notified when an organization's log has grown; the payload is the organization's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A fact to be told: to the endpoints that subscribe to its type and to `also_to`, or to `only_to` alone."""

    type: EventType
    organization_id: OrganizationId
    data: dict[str, Json]
    job_id: JobId | None = None
    document_id: DocumentId | None = None
    also_to: WebhookId | None = None
    only_to: WebhookId | None = None


async def append(conn: Connection, news: Sequence[NewEvent]) -> tuple[Event, ...]:
    """The events, all of one organization, have its next numbers. Call it last in a transaction: it locks the counter.

    Use `actions.telling`: an event that is only appended reaches no endpoint.
    """
    if not news:
        return ()
    organization_id = news[0].organization_id
    ids = [EventId(new_id("evt")) for _ in news]
    asked = {
        "organization_id": organization_id,
        "count": len(news),
        "ids": ids,
        "types": [new.type.value for new in news],
        "job_ids": [new.job_id for new in news],
        "document_ids": [new.document_id for new in news],
        "datas": [Jsonb(new.data) for new in news],
    }
    cursor = await conn.execute(statement("events/append"), asked)
    rows = await cursor.fetchall()
    if len(rows) != len(news):
        raise LookupError(f"no organization {organization_id}")
    return tuple(
        Event(
            id=event_id,
            organization_id=organization_id,
            sequence=row["sequence"],
            type=new.type,
            created_at=row["created_at"],
            job_id=new.job_id,
            data=new.data,
        )
        for event_id, new, row in zip(ids, news, rows, strict=True)
    )


async def after(
    conn: Connection, *, organization_id: OrganizationId, sequence: int, limit: int = 100
) -> tuple[Event, ...]:
    """What followed number `sequence`, in order."""
    asked = {"organization_id": organization_id, "sequence": sequence, "limit": limit}
    cursor = await conn.execute(statement("events/after"), asked)
    return tuple(event_of(row) for row in await cursor.fetchall())


async def empty_of_document(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> None:
    """The document's events keep their numbers and ids, and nothing of its content; nor do the bytes sent for them."""
    asked = {"organization_id": organization_id, "document_id": document_id}
    await conn.execute(statement("events/empty_of_document"), asked)
    await conn.execute(statement("events/delete_bodies_of_document"), asked)


async def delete_bodies_of_job(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> None:
    """The bytes that were sent for the job's events are gone, and its result with them; the events stay."""
    asked = {"organization_id": organization_id, "job_id": job_id}
    await conn.execute(statement("events/delete_bodies_of_job"), asked)

"""The organization's numbered log, without gaps (contract section 4)."""

from dataclasses import dataclass

from psycopg.types.json import Jsonb

from docurift.model.event import Event, EventType
from docurift.model.ids import DocumentId, EventId, JobId, OrganizationId, new_id
from docurift.model.result import Json
from docurift.storage.database import Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A fact to be told."""

    type: EventType
    organization_id: OrganizationId
    data: dict[str, Json]
    job_id: JobId | None = None
    document_id: DocumentId | None = None


async def append(conn: Connection, new: NewEvent) -> Event:
    """The event has the organization's next number. Call it last in a transaction: it locks the counter."""
    event_id = EventId(new_id("evt"))
    asked = {
        "id": event_id,
        "organization_id": new.organization_id,
        "type": new.type,
        "job_id": new.job_id,
        "document_id": new.document_id,
        "data": Jsonb(new.data),
    }
    cursor = await conn.execute(statement("events/append"), asked)
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no organization {new.organization_id}")
    return Event(
        id=event_id,
        organization_id=new.organization_id,
        sequence=row["sequence"],
        type=new.type,
        created_at=row["created_at"],
        data=new.data,
    )


async def after(
    conn: Connection, *, organization_id: OrganizationId, sequence: int, limit: int = 100
) -> tuple[Event, ...]:
    """What followed number `sequence`, in order."""
    asked = {"organization_id": organization_id, "sequence": sequence, "limit": limit}
    cursor = await conn.execute(statement("events/after"), asked)
    return tuple(
        Event(
            id=row["id"],
            organization_id=row["organization_id"],
            sequence=row["sequence"],
            type=EventType(row["type"]),
            created_at=row["created_at"],
            data=row["data"],
        )
        for row in await cursor.fetchall()
    )


async def empty_of_document(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> None:
    """The document's events keep their numbers and ids, and nothing of its content."""
    asked = {"organization_id": organization_id, "document_id": document_id}
    await conn.execute(statement("events/empty_of_document"), asked)

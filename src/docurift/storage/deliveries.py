"""The outbox: which event goes to which endpoint, written in the transaction of the event."""

from collections.abc import Sequence

from docurift.model.event import Event
from docurift.model.ids import DeliveryId, DocumentId, JobId, OrganizationId, WebhookId, new_id
from docurift.model.webhook import DeliveryOrigin
from docurift.storage.database import Connection
from docurift.storage.events import NewEvent
from docurift.storage.sql import statement

Addressed = tuple[int, WebhookId]
"""Number of an event, and an endpoint that wants it."""


async def wanted(conn: Connection, told: Sequence[Event], news: Sequence[NewEvent]) -> list[Addressed]:
    """Which endpoints want which of these events, all of one organization, in the order of their numbers."""
    asked = {
        "organization_id": told[0].organization_id,
        "sequences": [event.sequence for event in told],
        "types": [event.type.value for event in told],
        "also_to": [new.also_to for new in news],
        "only_to": [new.only_to for new in news],
    }
    cursor = await conn.execute(statement("deliveries/wanted"), asked)
    return [(row["sequence"], row["endpoint_id"]) for row in await cursor.fetchall()]


async def insert(
    conn: Connection,
    addressed: Sequence[Addressed],
    *,
    organization_id: OrganizationId,
    origin: DeliveryOrigin = DeliveryOrigin.EVENT,
) -> list[DeliveryId]:
    """A delivery for each, due now."""
    ids = [DeliveryId(new_id("dlv")) for _ in addressed]
    asked = {
        "organization_id": organization_id,
        "ids": ids,
        "sequences": [sequence for sequence, _ in addressed],
        "endpoint_ids": [endpoint_id for _, endpoint_id in addressed],
        "origin": origin,
    }
    await conn.execute(statement("deliveries/insert"), asked)
    return ids


async def cancel_of_document(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> None:
    """Nothing about the document that waits to be sent is sent any more."""
    asked = {"organization_id": organization_id, "document_id": document_id}
    await conn.execute(statement("deliveries/cancel_of_document"), asked)


async def cancel_of_job(
    conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId, job_id: JobId
) -> None:
    """The result of the document's job, where it waits to be sent, is not sent any more."""
    asked = {"organization_id": organization_id, "document_id": document_id, "job_id": job_id}
    await conn.execute(statement("deliveries/cancel_of_job"), asked)

"""The form of events (contract section 4): thin in the log and in streams, with the result in deliveries.

Only a completed document's event differs. Its result is not copied into the log: the thin form says where it is, the
fat form carries it unless it is large.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

import msgspec
from msgspec import Raw

from docurift.model.event import API_VERSION, Event, EventType
from docurift.model.ids import JobId, OrganizationId
from docurift.model.stamp import stamp
from docurift.storage import results
from docurift.storage.answered import answered
from docurift.storage.blob_errors import BlobCorruptError, BlobMissingError
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.results import StoredResult

MAX_INLINE_BYTES: Final = 256 * 1024
"""Of `result` alone, and of `result` and `fields` together, in the fat form."""

_NULL: Final = Raw(b"null")
_ENCODER: Final = msgspec.json.Encoder()

Form = dict[str, object]
"""An event as it travels; its members in the order of the contract."""


def thin(event: Event) -> Form:
    """The event without result: a completed document's says `resultUrl`."""
    return _form(event, _NULL, _NULL)


async def body_of(db: Database, blobs: Blobs, event: Event) -> bytes:
    """The bytes of the fat form, as a delivery sends them: compact JSON in UTF-8.

    Raises:
        Unavailable: the database cannot answer.
        BlobStoreUnavailableError: the result cannot be read now.
    """
    job_id = _job_with_result(event)
    if job_id is None:
        return encoded(thin(event))
    async with db.reading() as conn:
        stored = await results.of_job(conn, organization_id=event.organization_id, job_id=job_id)
    return encoded(await _with_result(blobs, event, stored))


async def bodies_of(db: Database, blobs: Blobs, events: Sequence[Event]) -> AsyncGenerator[bytes]:
    """As `body_of` for events of one organization, one by one.

    Raises:
        Unavailable: the database cannot answer.
        BlobStoreUnavailableError: a result cannot be read now.
    """
    stored = await _stored(db, events)
    for event in events:
        yield encoded(await _with_result(blobs, event, stored.get(_job_with_result(event))))


def encoded(form: Form) -> bytes:
    """The form as compact JSON in UTF-8."""
    return _ENCODER.encode(form)


async def _stored(db: Database, events: Sequence[Event]) -> dict[JobId | None, StoredResult]:
    wanted = [job_id for event in events if (job_id := _job_with_result(event)) is not None]
    if not wanted:
        return {}
    organization_id: OrganizationId = events[0].organization_id
    async with db.reading() as conn:
        found = await results.of_jobs(conn, organization_id=organization_id, job_ids=wanted)
    return {one.job_id: one for one in found}


async def _with_result(blobs: Blobs, event: Event, stored: StoredResult | None) -> Form:
    """What has no stored result any more, or a large one, is told in the thin form."""
    if stored is None or stored.result_bytes > MAX_INLINE_BYTES:
        return thin(event)
    try:
        found = await answered(blobs, organization_id=event.organization_id, stored=stored)
    except (BlobMissingError, BlobCorruptError):  # for good: `resultUrl` tells the reader so
        return thin(event)
    has_room = len(bytes(found.result)) + len(bytes(found.fields)) <= MAX_INLINE_BYTES
    return _form(event, found.result, found.fields if has_room else _NULL)


def _job_with_result(event: Event) -> JobId | None:
    """The job whose result belongs to the event; None also once its document was deleted, which empties the event."""
    if event.type is not EventType.DOCUMENT_COMPLETED or "organizationId" not in event.data:
        return None
    return JobId(str(event.data["jobId"]))


def _form(event: Event, result: Raw, fields: Raw) -> Form:
    job_id = _job_with_result(event)
    ending = {} if job_id is None else {"result": result, "fields": fields, "resultUrl": f"/v1/jobs/{job_id}/result"}
    return {
        "id": event.id,
        "type": event.type.value,
        "apiVersion": API_VERSION,
        "createdAt": stamp(event.created_at),
        "sequence": event.sequence,
        "data": {**event.data, **ending},
    }

"""A user deletes a job or a document. Rows go first; the caller then removes the blobs that are answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from docurift.actions.retry import JobNotFinalError, JobNotFoundError
from docurift.actions.telling import tell
from docurift.model.document import Document
from docurift.model.event import EventType
from docurift.model.ids import DocumentId, JobId, OrganizationId
from docurift.model.job import Job
from docurift.model.result import Json
from docurift.model.stamp import stamp
from docurift.storage import checkpoints, deliveries, documents, events, jobs, results, sweeping
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.events import NewEvent

__all__ = [
    "DeletedDocument",
    "DocumentBusyError",
    "DocumentDeletedError",
    "DocumentNotFoundError",
    "JobNotFinalError",
    "JobNotFoundError",
    "delete_document",
    "delete_job",
]

_SWEPT_AT_ONCE: Final = 20


class DocumentNotFoundError(Exception):
    """The organization has no such document."""


class DocumentBusyError(Exception):
    """A job of the document waits or runs."""


class DocumentDeletedError(Exception):
    """The document was deleted before, at `deleted_at`."""

    def __init__(self, deleted_at: datetime) -> None:
        super().__init__(deleted_at.isoformat())
        self.deleted_at = deleted_at


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedDocument:
    """The tombstone."""

    document: Document
    deleted_at: datetime


async def delete_document(
    db: Database, blobs: Blobs, *, organization_id: OrganizationId, document_id: DocumentId
) -> DeletedDocument:
    """Bytes, pages, results and the content of events are gone for good; a tombstone stays.

    Raises:
        DocumentNotFoundError: no such document.
        DocumentBusyError: a job of it is not final.
        DocumentDeletedError: it was deleted before.
        Unavailable: the database cannot answer.
    """
    async with db.transaction() as tx:
        document = await documents.lock(tx, organization_id=organization_id, document_id=document_id)
        if document is None:
            raise DocumentNotFoundError(document_id)
        if document.deleted_at is not None:
            raise DocumentDeletedError(document.deleted_at)
        if await documents.is_busy(tx, document_id=document_id):
            raise DocumentBusyError(document_id)
        hashes = await results.delete_of_document(tx, organization_id=organization_id, document_id=document_id)
        if document.content is not None:
            await checkpoints.delete_of_content(tx, organization_id=organization_id, sha256=document.content.sha256)
        buried = await documents.bury(tx, organization_id=organization_id, document_id=document_id)
        if buried is None or buried.deleted_at is None:
            raise AssertionError("the row is locked")
        # Before the bodies go: a deliverer that freezes one holds its delivery, and is waited for here.
        await deliveries.cancel_of_document(tx, organization_id=organization_id, document_id=document_id)
        await events.empty_of_document(tx, organization_id=organization_id, document_id=document_id)
        await tell(tx, _told_of_document(buried, buried.deleted_at))
    if document.content is not None:
        hashes.add(document.content.sha256)
    await sweep(db, blobs, organization_id=organization_id, hashes=hashes)
    return DeletedDocument(document=buried, deleted_at=buried.deleted_at)


async def delete_job(db: Database, blobs: Blobs, *, organization_id: OrganizationId, job_id: JobId) -> Job:
    """The job as it was; it and its result are gone, its document stays.

    Raises:
        JobNotFoundError: no such job.
        JobNotFinalError: it still waits or runs.
    """
    async with db.transaction() as tx:
        job = await jobs.lock(tx, organization_id=organization_id, job_id=job_id)
        if job is None:
            raise JobNotFoundError(job_id)
        if not job.status.is_final:
            raise JobNotFinalError(job_id)
        hashes = await results.delete_of_job(tx, organization_id=organization_id, job_id=job_id)
        await checkpoints.delete_of_job(tx, organization_id=organization_id, job_id=job_id)
        await jobs.delete(tx, organization_id=organization_id, job_id=job_id)
        await deliveries.cancel_of_job(tx, organization_id=organization_id, document_id=job.document_id, job_id=job_id)
        await events.delete_bodies_of_job(tx, organization_id=organization_id, job_id=job_id)
        await tell(tx, _told_of_job(job))
    await sweep(db, blobs, organization_id=organization_id, hashes=hashes)
    return job


async def sweep(db: Database, blobs: Blobs, *, organization_id: OrganizationId, hashes: set[str]) -> None:
    """Blobs of these hashes that nothing needs any more are gone.

    The lock on each hash is held while its bytes are removed: an upload of equal bytes takes it, or a batch the one on
    all hashes, before its rows stand, and looks again for its blob then.
    """
    ordered = sorted(hashes)
    for at in range(0, len(ordered), _SWEPT_AT_ONCE):
        some = ordered[at : at + _SWEPT_AT_ONCE]
        async with db.transaction() as tx:
            await sweeping.begin(tx, organization_id=organization_id)
            await documents.lock_content(tx, organization_id=organization_id, hashes=some)
            for unneeded in await documents.unreferenced(tx, organization_id=organization_id, hashes=some):
                await blobs.delete(organization_id, unneeded)


def _told_of_document(document: Document, deleted_at: datetime) -> NewEvent:
    data: dict[str, Json] = {
        "documentId": document.id,
        "organizationId": document.organization_id,
        "deletedAt": stamp(deleted_at),
    }
    return NewEvent(
        type=EventType.DOCUMENT_DELETED,
        organization_id=document.organization_id,
        document_id=document.id,
        data=data,
    )


def _told_of_job(job: Job) -> NewEvent:
    data: dict[str, Json] = {"jobId": job.id, "documentId": job.document_id, "organizationId": job.organization_id}
    return NewEvent(
        type=EventType.JOB_DELETED,
        organization_id=job.organization_id,
        job_id=job.id,
        document_id=job.document_id,
        data=data,
    )

"""A request is submitted: document, job, queue entry, first event and idempotency row in one transaction."""

from dataclasses import dataclass
from pathlib import Path

from docurift.actions.telling import tell, told
from docurift.model.document import Content, Document
from docurift.model.event import EventType
from docurift.model.ids import DocumentId, JobId, OrganizationId, new_id
from docurift.model.job import Job, JobOptions
from docurift.model.result import Json
from docurift.storage import documents, idempotency, jobs, queue
from docurift.storage.blobs import BlobMissingError, Blobs
from docurift.storage.database import Connection, Database
from docurift.storage.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from docurift.storage.secrets import Secrets

__all__ = ["IdempotencyKey", "IdempotencyKeyReusedError", "ReceivedFile", "Submitted", "replayed", "submit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A whole upload, with the name it is shown under; `path` is the temporary file that holds its bytes."""

    path: Path
    content: Content
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The accepted job. `replayed`: an earlier request with the same idempotency key had made it."""

    job: Job
    document: Document
    replayed: bool


async def submit(
    db: Database,
    blobs: Blobs,
    *,
    organization_id: OrganizationId,
    upload: ReceivedFile,
    options: JobOptions,
    secrets: Secrets,
    callback_metadata: dict[str, Json] | None = None,
    password: str | None = None,
    idempotency_key: IdempotencyKey | None = None,
) -> Submitted:
    """The job waits in the queue, and it and its bytes survive any crash; or nothing happened at all.

    Raises:
        IdempotencyKeyReusedError: the key stands for another request.
        Unavailable: the database cannot answer.
        BlobError: the blob store cannot take the bytes.
    """
    job_id, document_id = JobId(new_id("job")), DocumentId(new_id("doc"))
    new_document = documents.NewDocument(
        id=document_id,
        organization_id=organization_id,
        file_name=upload.file_name,
        content=upload.content,
    )
    new_job = jobs.NewJob(
        id=job_id,
        organization_id=organization_id,
        document_id=document_id,
        file_name=upload.file_name,
        options=options,
        callback_metadata=callback_metadata,
        sealed_password=None if password is None else secrets.seal(password, owner=job_id),
    )
    while True:
        await blobs.put_file(organization_id, upload.path, upload.content.sha256)
        try:
            async with db.transaction() as tx:
                return await _accept(tx, blobs, new_document, new_job, idempotency_key)
        except BlobMissingError:
            continue  # equal bytes of a document that was being deleted: they are put again


async def _accept(
    tx: Connection,
    blobs: Blobs,
    new_document: documents.NewDocument,
    new_job: jobs.NewJob,
    idempotency_key: IdempotencyKey | None,
) -> Submitted:
    organization_id, options = new_job.organization_id, new_job.options
    if idempotency_key is not None:
        earlier = await idempotency.claim(tx, idempotency_key, organization_id=organization_id, job_id=new_job.id)
        if earlier is not None:
            return await replayed(tx, organization_id, earlier)
    if new_document.content is not None:
        await documents.lock_content(tx, organization_id=organization_id, hashes=[new_document.content.sha256])
        await blobs.size(organization_id, new_document.content.sha256)
    document = await documents.insert(tx, new_document, job_id=new_job.id, document_type=options.document_type)
    job = await jobs.insert(tx, new_job)
    await queue.enqueue(tx, job.id, options.priority)
    await tell(tx, told(EventType.DOCUMENT_ACCEPTED, job, document))
    return Submitted(job=job, document=document, replayed=False)


async def replayed(tx: Connection, organization_id: OrganizationId, job_id: JobId) -> Submitted:
    """The job that an earlier request with the same idempotency key made, as it is now."""
    job = await jobs.by_id(tx, organization_id=organization_id, job_id=job_id)
    document = job and await documents.by_id(tx, organization_id=organization_id, document_id=job.document_id)
    if job is None or document is None:
        raise AssertionError("a deleted job frees its idempotency key")
    return Submitted(job=job, document=document, replayed=True)

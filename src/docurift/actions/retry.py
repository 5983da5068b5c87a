"""A user asks for a final job to be run again: a new job on the same document, so that history is never rewritten."""

from datetime import datetime

from docurift.actions.submit import Submitted, insert_job, replayed
from docurift.actions.telling import tell, told
from docurift.model.event import EventType
from docurift.model.ids import DocumentId, JobId, OrganizationId, new_id
from docurift.model.job import Job
from docurift.storage import documents, idempotency, jobs
from docurift.storage.database import Connection, Database
from docurift.storage.idempotency import IdempotencyKey


class JobNotFoundError(Exception):
    """The organization has no such job."""


class JobNotFinalError(Exception):
    """The job is not final yet."""


class DocumentGoneError(Exception):
    """The job's document was deleted, at `deleted_at`."""

    def __init__(self, document_id: DocumentId, deleted_at: datetime | None) -> None:
        super().__init__(document_id)
        self.deleted_at = deleted_at


async def retry(
    db: Database,
    *,
    organization_id: OrganizationId,
    job_id: JobId,
    idempotency_key: IdempotencyKey | None = None,
    most_running: int = 0,
) -> Submitted:
    """A new job with the options of the old one, whose password is gone: an encrypted file has to be sent again. It
    waits as in `submit`.

    Raises:
        JobNotFoundError: no such job.
        JobNotFinalError: it still waits or runs.
        DocumentGoneError: there is nothing left to read.
        IdempotencyKeyReusedError: the key stands for another request.
    """
    new_job_id = JobId(new_id("job"))
    async with db.transaction() as tx:
        if idempotency_key is not None:
            earlier = await idempotency.claim(tx, idempotency_key, organization_id=organization_id, job_id=new_job_id)
            if earlier is not None:
                return await replayed(tx, organization_id, earlier)
        old = await _final(tx, organization_id, job_id)
        document = await documents.lock(tx, organization_id=organization_id, document_id=old.document_id)
        if document is None or document.deleted_at is not None:
            raise DocumentGoneError(old.document_id, document and document.deleted_at)
        job = await insert_job(tx, _like(old, new_job_id), most_running=most_running)
        await documents.show_new_job(
            tx,
            organization_id=organization_id,
            document_id=document.id,
            job_id=job.id,
            document_type=job.options.document_type,
        )
        await tell(tx, told(EventType.DOCUMENT_ACCEPTED, job, document))
    return Submitted(job=job, document=document, replayed=False)


async def _final(tx: Connection, organization_id: OrganizationId, job_id: JobId) -> Job:
    job = await jobs.by_id(tx, organization_id=organization_id, job_id=job_id)
    if job is None:
        raise JobNotFoundError(job_id)
    if not job.status.is_final:
        raise JobNotFinalError(job_id)
    return job


def _like(old: Job, job_id: JobId) -> jobs.NewJob:
    return jobs.NewJob(
        id=job_id,
        organization_id=old.organization_id,
        document_id=old.document_id,
        file_name=old.file_name,
        options=old.options,
        callback_metadata=old.callback_metadata,
        retry_of=old.id,
        webhook_id=old.webhook_id,  # hears nothing where it was disabled since (deliveries/wanted)
    )

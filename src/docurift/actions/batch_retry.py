"""A user asks for a batch's failed jobs to be run again: in a new batch, so that history is never rewritten."""

from docurift.actions.batch import Planned, new_ids, told_of_batch, write_items
from docurift.actions.batch_submit import SubmittedBatch
from docurift.actions.cancel import BatchNotFoundError
from docurift.actions.telling import tell_all
from docurift.model.batch import Batch
from docurift.model.document import Document
from docurift.model.event import EventType
from docurift.model.ids import BatchId, DocumentId, JobId, OrganizationId, new_id
from docurift.model.job import Job
from docurift.storage import batch_items, batches, idempotency
from docurift.storage.batches import NewBatch
from docurift.storage.blobs import Blobs
from docurift.storage.database import Connection, Database
from docurift.storage.idempotency import IdempotencyKey
from docurift.storage.jobs import NewJob


class BatchNotFinalError(Exception):
    """Jobs of the batch still wait or run."""


class NothingToRetryError(Exception):
    """No job of the batch failed on a document that could be read again."""


async def retry_failed(
    db: Database,
    blobs: Blobs,
    *,
    organization_id: OrganizationId,
    batch_id: BatchId,
    idempotency_key: IdempotencyKey | None = None,
    most_running: int = 0,
) -> SubmittedBatch:
    """A new batch of jobs like those that failed, on the same documents, in the same order. Passwords are gone:
    encrypted files have to be sent again. Left out are items whose document was deleted or never had content.

    Raises:
        BatchNotFoundError: no such batch.
        BatchNotFinalError: it is not complete.
        NothingToRetryError: there is none to run again.
        IdempotencyKeyReusedError: the key stands for another request.
    """
    new_batch_id = BatchId(new_id("batch"))
    async with db.transaction() as tx:
        if idempotency_key is not None:
            earlier = await idempotency.claim_for_batch(
                tx, idempotency_key, organization_id=organization_id, batch_id=new_batch_id
            )
            if earlier is not None:
                return SubmittedBatch(batch=await _batch(tx, organization_id, earlier), replayed=True)
        old = await _batch(tx, organization_id, batch_id)
        if old.completed_at is None:
            raise BatchNotFinalError(batch_id)
        failed, documents = await _failed(tx, old)
        await batches.insert(tx, _new_batch(new_batch_id, old, len(failed)))
        planned = [
            Planned(job=_like(job, job_id, new_batch_id, index), document=documents[job.document_id])
            for index, (job, job_id) in enumerate(zip(failed, new_ids(len(failed))[0], strict=True))
        ]
        news = await write_items(tx, blobs, planned, most_running=most_running)
        batch = await _batch(tx, organization_id, new_batch_id)
        await tell_all(tx, [told_of_batch(EventType.BATCH_CREATED, batch), *news])
    return SubmittedBatch(batch=batch, replayed=False)


async def _failed(tx: Connection, old: Batch) -> tuple[tuple[Job, ...], dict[DocumentId, Document]]:
    """The jobs to be run again, and their documents, locked."""
    organization_id = old.organization_id
    candidates = await batch_items.retryable(tx, organization_id=organization_id, batch_id=old.id)
    documents = await batch_items.lock_documents(
        tx, [job.document_id for job in candidates], organization_id=organization_id
    )
    # Asked again now that no document can be deleted any more.
    failed = await batch_items.retryable(tx, organization_id=organization_id, batch_id=old.id)
    if not failed:
        raise NothingToRetryError(old.id)
    return failed, documents


def _new_batch(batch_id: BatchId, old: Batch, item_count: int) -> NewBatch:
    return NewBatch(
        id=batch_id,
        organization_id=old.organization_id,
        item_count=item_count,
        retry_of=old.id,
        callback_metadata=old.callback_metadata,
        webhook_id=old.webhook_id,
    )


def _like(old: Job, job_id: JobId, batch_id: BatchId, index: int) -> NewJob:
    return NewJob(
        id=job_id,
        organization_id=old.organization_id,
        document_id=old.document_id,
        file_name=old.file_name,
        options=old.options,
        callback_metadata=old.callback_metadata,
        retry_of=old.id,
        batch_id=batch_id,
        batch_index=index,
        webhook_id=old.webhook_id,
    )


async def _batch(tx: Connection, organization_id: OrganizationId, batch_id: BatchId) -> Batch:
    batch = await batches.by_id(tx, organization_id=organization_id, batch_id=batch_id)
    if batch is None:
        raise BatchNotFoundError(batch_id)
    return batch

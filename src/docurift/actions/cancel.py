"""A user cancels: what waits has failed at once, what runs is stopped by its worker (reliability.md section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from docurift.actions.batch import count_down, note_final, told_of_batch
from docurift.actions.delete import sweep
from docurift.actions.retry import JobNotFoundError
from docurift.actions.telling import tell_all, told
from docurift.model.batch import Batch, BatchFailure
from docurift.model.event import EventType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import BatchId, JobId, OrganizationId
from docurift.model.job import Job, JobStatus
from docurift.storage import batch_items, batches, cancelling, idempotency, jobs
from docurift.storage.batches import Unfilled
from docurift.storage.blobs import Blobs
from docurift.storage.database import Connection, Database
from docurift.storage.events import NewEvent
from docurift.storage.idempotency import IdempotencyKey

__all__ = [
    "BatchAlreadyFinalError",
    "BatchNotFoundError",
    "CancelledBatch",
    "CancelledJob",
    "JobAlreadyFinalError",
    "JobNotFoundError",
    "cancel",
    "cancel_batch",
]

_CANCELLED: Final = Failure.of(FailureCode.JOB_CANCELLED, stage=Stage.QUEUED)
_NEVER_UNPACKED: Final = BatchFailure(
    code=FailureCode.JOB_CANCELLED,
    message="The batch was cancelled on request, before its archive was unpacked. Send it again to run it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledJob:
    """The job as it is now. `replayed`: an earlier request with the same idempotency key had cancelled it."""

    job: Job
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledBatch:
    """As `CancelledJob`."""

    batch: Batch
    replayed: bool


class JobAlreadyFinalError(Exception):
    """The job is final, so there is nothing to cancel."""


class BatchNotFoundError(Exception):
    """The organization has no such batch."""


class BatchAlreadyFinalError(Exception):
    """Every job of the batch is final, so there is nothing to cancel."""


async def cancel(
    db: Database, *, organization_id: OrganizationId, job_id: JobId, idempotency_key: IdempotencyKey | None = None
) -> CancelledJob:
    """The job, failed with JOB_CANCELLED if it waited; one that runs is ended so by its worker soon.

    Raises:
        JobNotFoundError: no such job.
        JobAlreadyFinalError: it is final.
        IdempotencyKeyReusedError: the key stands for another request.
    """
    async with db.transaction() as tx:
        if idempotency_key is not None and await jobs.by_id(tx, organization_id=organization_id, job_id=job_id):
            earlier = await idempotency.claim(tx, idempotency_key, organization_id=organization_id, job_id=job_id)
            if earlier is not None:
                return CancelledJob(job=await _job(tx, organization_id, job_id), replayed=True)
        job = await jobs.lock(tx, organization_id=organization_id, job_id=job_id)
        if job is None:
            raise JobNotFoundError(job_id)
        if job.status.is_final:
            raise JobAlreadyFinalError(job_id)
        news = await _end(tx, organization_id, [job])
        if job.status is JobStatus.PENDING:
            news += await note_final(tx, job)
        await tell_all(tx, news)
        return CancelledJob(job=await _job(tx, organization_id, job_id), replayed=False)


async def cancel_batch(
    db: Database,
    blobs: Blobs,
    *,
    organization_id: OrganizationId,
    batch_id: BatchId,
    idempotency_key: IdempotencyKey | None = None,
) -> CancelledBatch:
    """The batch, all its waiting jobs failed with JOB_CANCELLED, those that run to be ended so by their workers.

    Raises:
        BatchNotFoundError: no such batch.
        BatchAlreadyFinalError: it is complete.
        IdempotencyKeyReusedError: the key stands for another request.
    """
    async with db.transaction() as tx:
        batch = await _batch(tx, organization_id, batch_id)
        if idempotency_key is not None and await idempotency.claim_for_batch(
            tx, idempotency_key, organization_id=organization_id, batch_id=batch_id
        ):
            return CancelledBatch(batch=batch, replayed=True)
        # Before its jobs are locked: as long as an archive is not unpacked, there are none.
        unfilled = await batches.lock_unfilled(tx, batch_id)
        if unfilled is None:
            await _cancel_jobs(tx, organization_id, batch_id)
        else:
            await _cancel_archive(tx, unfilled)
        batch = await _batch(tx, organization_id, batch_id)
    if unfilled is not None:
        await sweep(db, blobs, organization_id=organization_id, hashes={unfilled.archive_sha256})
    return CancelledBatch(batch=batch, replayed=False)


async def _cancel_jobs(tx: Connection, organization_id: OrganizationId, batch_id: BatchId) -> None:
    open_jobs = await cancelling.lock_open(tx, organization_id=organization_id, batch_id=batch_id)
    if not open_jobs:
        raise BatchAlreadyFinalError(batch_id)
    news = await _end(tx, organization_id, open_jobs)
    is_new = await batches.request_cancel(tx, organization_id=organization_id, batch_id=batch_id)
    waiting = sum(job.status is JobStatus.PENDING for job in open_jobs)
    last = await count_down(tx, organization_id, batch_id, final=waiting)
    asked = [told_of_batch(EventType.BATCH_CANCEL_REQUESTED, await _batch(tx, organization_id, batch_id))]
    await tell_all(tx, [*(asked if is_new else []), *news, *last])


async def _cancel_archive(tx: Connection, unfilled: Unfilled) -> None:
    organization_id, batch_id = unfilled.organization_id, unfilled.id
    await batches.request_cancel(tx, organization_id=organization_id, batch_id=batch_id)
    asked = told_of_batch(EventType.BATCH_CANCEL_REQUESTED, await _batch(tx, organization_id, batch_id))
    await batches.fail_unfilled(tx, batch_id, _NEVER_UNPACKED)
    ended = told_of_batch(EventType.BATCH_COMPLETED, await _batch(tx, organization_id, batch_id))
    await tell_all(tx, [asked, ended])


async def _end(tx: Connection, organization_id: OrganizationId, open_jobs: Sequence[Job]) -> list[NewEvent]:
    """Those that wait have failed, those that run are to be stopped; answers the events of it."""
    documents = await batch_items.lock_documents(
        tx, [job.document_id for job in open_jobs], organization_id=organization_id
    )
    waiting = {job.id: _CANCELLED for job in open_jobs if job.status is JobStatus.PENDING}
    failed = await batch_items.fail_pending(tx, waiting)
    asked = await cancelling.request(tx, [job.id for job in open_jobs if job.id not in waiting])
    return [
        *(told(EventType.DOCUMENT_FAILED, job, documents[job.document_id]) for job in failed),
        *(told(EventType.JOB_CANCEL_REQUESTED, job, documents[job.document_id]) for job in asked),
    ]


async def _job(tx: Connection, organization_id: OrganizationId, job_id: JobId) -> Job:
    job = await jobs.by_id(tx, organization_id=organization_id, job_id=job_id)
    if job is None:
        raise JobNotFoundError(job_id)
    return job


async def _batch(tx: Connection, organization_id: OrganizationId, batch_id: BatchId) -> Batch:
    batch = await batches.by_id(tx, organization_id=organization_id, batch_id=batch_id)
    if batch is None:
        raise BatchNotFoundError(batch_id)
    return batch

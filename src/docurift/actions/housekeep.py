"""Mends what crashes leave behind, by one leader at a time (storage-and-queue.md section 3)."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from docurift.actions.batch import note_final
from docurift.actions.delete import DocumentBusyError, DocumentDeletedError, delete_document, sweep
from docurift.actions.overdue import fail_overdue, fail_waited_out
from docurift.actions.telling import tell, told
from docurift.actions.unpack import rescue_archives
from docurift.model.event import EventType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId
from docurift.storage import (
    attempts,
    checkpoints,
    documents,
    events,
    idempotency,
    jobs,
    leader,
    queue,
    rates,
    results,
    shares,
    webhooks,
)
from docurift.storage.attempts import Outcome, Spent
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.telemetry import EXPIRED

_BATCH: Final = 200
_PURGED_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """What one round of housekeeping did; `led` is False if another process was at it."""

    led: bool
    offered: int = 0
    failed: int = 0
    dropped: int = 0
    forgotten: int = 0
    expired: int = 0


async def rescue(db: Database, blobs: Blobs, *, max_tries: int, max_wait_seconds: float = 0.0) -> Rescue:
    """Jobs that nobody works at are offered again or failed, as are those that were worked at or have waited (more than
    `max_wait_seconds`, unless that is 0) for too long; what is stale, unused or expired is gone: hints, keys of
    idempotency, pages that nobody came back for, endpoints of calls, use of rate limits, results.

    Call it every 5 s from any number of processes: one of them works, the others return at once.
    """
    async with leader.elected(db, "housekeeping") as leads:
        if not leads:
            return Rescue(led=False)
        failed = await _fail_spent(db, max_tries) + await fail_overdue(db, limit=_BATCH)
        failed += await fail_waited_out(db, max_wait_seconds=max_wait_seconds, limit=_BATCH)
        async with db.transaction() as tx:
            offered = await jobs.to_offer(tx, max_tries=max_tries, limit=_BATCH)
            await queue.offer_again(tx, offered)
        archives_offered, batches_failed = await rescue_archives(db, blobs, max_tries=max_tries, limit=_BATCH)
        return Rescue(
            led=True,
            offered=len(offered) + archives_offered,
            failed=failed + batches_failed,
            dropped=await _purge_queue(db),
            forgotten=await _forget(db),
            expired=await _expire(db, blobs),
        )


async def _fail_spent(db: Database, max_tries: int) -> int:
    """Each in its own transaction: one bad row must not hold up the others."""
    async with db.reading() as conn:
        spent = await jobs.spent(conn, max_tries=max_tries, limit=_BATCH)
    return sum([await _fail_one(db, job_id, max_tries) for job_id in spent])


async def _fail_one(db: Database, job_id: JobId, max_tries: int) -> bool:
    async with db.transaction() as tx:
        # A worker that is lost in stopping a cancelled job does not make it another failure.
        asked = await jobs.cancel_requested(tx, [job_id])
        code = FailureCode.JOB_CANCELLED if asked else FailureCode.WORKER_LOST
        failure = Failure.of(code, stage=asked.get(job_id, Stage.READ))
        job = await jobs.fail_spent(tx, job_id=job_id, max_tries=max_tries, failure=failure)
        if job is None:
            return False
        document = await documents.by_id(tx, organization_id=job.organization_id, document_id=job.document_id)
        if document is None:
            raise AssertionError("a job has a document")
        await attempts.close(tx, job_id=job_id, attempt=job.attempt, outcome=Outcome.WORKER_LOST, spent=Spent())
        last = await note_final(tx, job)
        await shares.charge(tx, job)
        await tell(tx, told(EventType.DOCUMENT_FAILED, job, document), *last)
    return True


async def _purge_queue(db: Database) -> int:
    async with db.reading() as conn:
        await shares.begin_anew(conn)
        await queue.purge_log(conn, limit=_PURGED_ROWS)
        return await queue.drop_final(conn, limit=_PURGED_ROWS)


async def _forget(db: Database) -> int:
    async with db.reading() as conn:
        forgotten = await idempotency.forget(conn, limit=_PURGED_ROWS)
        forgotten += await checkpoints.forget(conn, limit=_PURGED_ROWS)
        await rates.forget(conn, limit=_PURGED_ROWS)
    async with db.transaction() as tx:
        return forgotten + await webhooks.forget_unused(tx)


async def _expire(db: Database, blobs: Blobs) -> int:
    """Documents past the `expiresAt` of their newest job are gone, and older results past their own."""
    async with db.reading() as conn:
        old_documents = await documents.expired(conn, limit=_BATCH)
    for organization_id, document_id in old_documents:
        with suppress(DocumentBusyError, DocumentDeletedError):  # retried or deleted meanwhile
            await delete_document(db, blobs, organization_id=organization_id, document_id=document_id)
    async with db.reading() as conn:
        old_results = await results.expired(conn, limit=_BATCH)
    for organization_id, job_id in old_results:
        async with db.transaction() as tx:
            hashes = await results.delete_of_job(tx, organization_id=organization_id, job_id=job_id)
            await events.delete_bodies_of_job(tx, organization_id=organization_id, job_id=job_id)
        await sweep(db, blobs, organization_id=organization_id, hashes=hashes)
    EXPIRED.inc(len(old_documents) + len(old_results))
    return len(old_documents) + len(old_results)

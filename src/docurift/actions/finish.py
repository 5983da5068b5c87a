"""A job ends: state, result, pages, attempt and event in one transaction, fenced by the attempt."""

from typing import Final

from docurift.actions.batch import note_final
from docurift.actions.take import Lease, LeaseLostError
from docurift.actions.telling import tell, told
from docurift.model.event import EventType
from docurift.model.failure import Failure, FailureCode
from docurift.model.job import Job
from docurift.model.result import Extraction
from docurift.storage import attempts, checkpoints, documents, jobs, pages, results, shares
from docurift.storage.attempts import Outcome, Spent
from docurift.storage.blobs import Blobs
from docurift.storage.checkpoints import Reading
from docurift.storage.database import Connection, Database
from docurift.storage.pages import PagesBlob
from docurift.storage.results import ResultBlob, StoredResult

_OUTCOMES: Final = {
    FailureCode.PROCESSING_TIMEOUT: Outcome.TIMEOUT,
    FailureCode.OUT_OF_MEMORY: Outcome.OUT_OF_MEMORY,
    FailureCode.PARSER_CRASHED: Outcome.CRASHED,
    FailureCode.WORKER_LOST: Outcome.WORKER_LOST,
    FailureCode.JOB_CANCELLED: Outcome.CANCELLED,
}
_NOTHING: Final = Spent()


def outcome_of(code: FailureCode) -> Outcome:
    """How an attempt ended that failed with `code`."""
    return _OUTCOMES.get(code, Outcome.ERROR)


async def complete(
    db: Database,
    blobs: Blobs,
    lease: Lease,
    *,
    extraction: Extraction,
    result_blob: ResultBlob,
    pages_blob: PagesBlob | None,
    spent: Spent = _NOTHING,
    checkpointed: Reading | None = None,
) -> Job:
    """The completed job, whose result can be read at once: its blobs are stored before this is called. What had been
    kept of `checkpointed` is not needed any more.

    Raises:
        LeaseLostError: the lease was not held any more; nothing has changed.
        BlobMissingError: a blob was removed with another document of equal bytes; put both again and repeat.
    """
    async with db.transaction() as tx:
        job = await jobs.complete(
            tx,
            job_id=lease.job.id,
            attempt=lease.attempt,
            extraction=extraction,
            result_sha256=result_blob.sha256,
        )
        if job is None:
            raise LeaseLostError(lease.job.id)
        await _hold(tx, blobs, job, [result_blob.sha256, *([pages_blob.sha256] if pages_blob else [])])
        async with tx.pipeline():  # four statements, one wait
            await results.insert(
                tx, _stored(job, extraction, result_blob, pages_blob), organization_id=job.organization_id
            )
            if pages_blob:
                await pages.insert(tx, job_id=job.id, frames=pages_blob.frames)
            if checkpointed:
                await checkpoints.delete_of_reading(tx, checkpointed)
            await attempts.close(tx, job_id=job.id, attempt=lease.attempt, outcome=Outcome.COMPLETED, spent=spent)
            last = await note_final(tx, job)
            await shares.charge(tx, job)
            await tell(tx, told(EventType.DOCUMENT_COMPLETED, job, lease.document), *last)
    return job


async def fail(db: Database, lease: Lease, failure: Failure, *, spent: Spent = _NOTHING) -> Job:
    """The failed job.

    Raises:
        LeaseLostError: the lease was not held any more; nothing has changed.
    """
    async with db.transaction() as tx:
        job = await jobs.fail(tx, job_id=lease.job.id, attempt=lease.attempt, failure=failure)
        if job is None:
            raise LeaseLostError(lease.job.id)
        await attempts.close(tx, job_id=job.id, attempt=lease.attempt, outcome=outcome_of(failure.code), spent=spent)
        last = await note_final(tx, job)
        await shares.charge(tx, job)
        await tell(tx, told(EventType.DOCUMENT_FAILED, job, lease.document), *last)
    return job


async def _hold(tx: Connection, blobs: Blobs, job: Job, hashes: list[str]) -> None:
    """The blobs are there, and no deletion of equal bytes removes them before this transaction has ended."""
    await documents.lock_content(tx, organization_id=job.organization_id, hashes=hashes)
    for sha256 in hashes:
        await blobs.size(job.organization_id, sha256)


def _stored(job: Job, extraction: Extraction, result_blob: ResultBlob, pages_blob: PagesBlob | None) -> StoredResult:
    return StoredResult(
        job_id=job.id,
        document_id=job.document_id,
        sha256=result_blob.sha256,
        stored_bytes=result_blob.stored_bytes,
        result_bytes=result_blob.result_bytes,
        pages_sha256=pages_blob.sha256 if pages_blob else None,
        engine_version=extraction.engine_version,
        detected_language=extraction.detected_language,
        expires_at=job.expires_at,
    )

"""Time that ran out: jobs worked at beyond their deadline, and jobs that nobody took (reliability.md section 2).

A worker stops a job at its deadline by itself, within seconds. What is still not stopped much later is held by a worker
that stands still though its lease is renewed: it is failed here, and the worker is fenced off.
"""

from typing import Final

from docurift.actions.batch import note_final
from docurift.actions.telling import tell, told
from docurift.model.event import EventType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId, OrganizationId
from docurift.model.job import Job, JobStatus
from docurift.storage import attempts, batch_items, documents, jobs, shares
from docurift.storage.attempts import Outcome, Spent
from docurift.storage.database import Connection, Database
from docurift.telemetry import log

SLACK_SECONDS: Final = 30.0
"""What a worker has, behind the deadline, to stop a job by itself: it looks every 2 s."""
_WAITED_OUT: Final = Failure.of(FailureCode.JOB_EXPIRED, stage=Stage.QUEUED)


async def fail_overdue(db: Database, *, limit: int) -> int:
    """Jobs long past their deadline have failed with PROCESSING_TIMEOUT, whoever holds them; answers how many."""
    async with db.reading() as conn:
        overdue = await jobs.overdue(conn, slack_seconds=SLACK_SECONDS, limit=limit)
    return sum([await _fail_overdue(db, job_id) for job_id in overdue])


async def fail_waited_out(db: Database, *, max_wait_seconds: float, limit: int) -> int:
    """Jobs that waited longer than that have failed with JOB_EXPIRED; answers how many. 0 lets them wait."""
    if max_wait_seconds <= 0:
        return 0
    async with db.reading() as conn:
        waited = await jobs.waited_out(conn, max_wait_seconds=max_wait_seconds, limit=limit)
    return sum([await _fail_waited_out(db, organization_id, job_id) for organization_id, job_id in waited])


async def _fail_overdue(db: Database, job_id: JobId) -> bool:
    async with db.transaction() as tx:
        asked = await jobs.cancel_requested(tx, [job_id])
        code = FailureCode.JOB_CANCELLED if asked else FailureCode.PROCESSING_TIMEOUT
        failure = Failure.of(code, stage=asked.get(job_id, Stage.READ))
        job = await jobs.fail_overdue(tx, job_id=job_id, slack_seconds=SLACK_SECONDS, failure=failure)
        if job is None:
            return False
        outcome = Outcome.CANCELLED if asked else Outcome.TIMEOUT
        await attempts.close(tx, job_id=job_id, attempt=job.attempt, outcome=outcome, spent=Spent())
        await _tell(tx, job)
    log.warning("job.overdue", job_id=job.id, attempt=job.attempt)
    return True


async def _fail_waited_out(db: Database, organization_id: OrganizationId, job_id: JobId) -> bool:
    async with db.transaction() as tx:
        job = await jobs.lock(tx, organization_id=organization_id, job_id=job_id)
        if job is None or job.status is not JobStatus.PENDING:  # taken or cancelled meanwhile
            return False
        await documents.lock(tx, organization_id=organization_id, document_id=job.document_id)
        [failed] = await batch_items.fail_pending(tx, {job_id: _WAITED_OUT})
        await _tell(tx, failed)
    log.warning("job.waited_out", job_id=job_id)
    return True


async def _tell(tx: Connection, job: Job) -> None:
    document = await documents.by_id(tx, organization_id=job.organization_id, document_id=job.document_id)
    if document is None:
        raise AssertionError("a job has a document")
    last = await note_final(tx, job)
    await shares.charge(tx, job)
    await tell(tx, told(EventType.DOCUMENT_FAILED, job, document), *last)

"""A worker takes a job, keeps it, or gives it back; the jobs row decides who holds it (reliability.md section 2)."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from docurift.actions.telling import tell, told
from docurift.model.document import Document
from docurift.model.event import EventType
from docurift.model.ids import JobId
from docurift.model.job import Job
from docurift.storage import attempts, documents, jobs, queue
from docurift.storage.attempts import Outcome, Spent
from docurift.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One attempt at a job: every write names it, and changes nothing once somebody newer holds the job."""

    job: Job
    document: Document
    attempt: int
    sealed_password: bytes | None = field(default=None, repr=False)


class LeaseLostError(Exception):
    """Somebody newer holds the job, or it is final: drop all output and stop."""


async def take(
    db: Database,
    job_id: JobId,
    *,
    worker: str,
    lease_seconds: float,
    max_tries: int,
    max_seconds: float | None = None,
) -> Lease | None:
    """The job, held by `worker` until the lease ends; None if it is not to be had, which a duplicate hint may mean."""
    async with db.transaction() as tx:
        taken = await jobs.take(
            tx,
            job_id=job_id,
            worker=worker,
            lease_seconds=lease_seconds,
            max_tries=max_tries,
            max_seconds=max_seconds,
        )
        if taken is None:
            return None
        document = await documents.by_id(
            tx, organization_id=taken.job.organization_id, document_id=taken.job.document_id
        )
        if document is None:
            raise AssertionError("a job has a document")
        if taken.job.attempt == 1:
            await tell(tx, told(EventType.DOCUMENT_STARTED, taken.job, document))
    return Lease(job=taken.job, document=document, attempt=taken.job.attempt, sealed_password=taken.sealed_password)


async def begin_again(db: Database, lease: Lease, *, outcome: Outcome, spent: Spent) -> Lease:
    """The next attempt of the same worker, whose last one ended as `outcome` says; the lease runs on.

    Raises:
        LeaseLostError: the lease was not held any more.
    """
    async with db.transaction() as tx:
        job = await jobs.begin_again(tx, job_id=lease.job.id, attempt=lease.attempt)
        if job is None:
            raise LeaseLostError(lease.job.id)
        await attempts.close(tx, job_id=job.id, attempt=lease.attempt, outcome=outcome, spent=spent)
    return replace(lease, job=job, attempt=job.attempt)


async def renew(db: Database, leases: Collection[Lease], *, lease_seconds: float) -> set[JobId]:
    """Which of these jobs are lost; the leases of the others run on from now."""
    held = {lease.job.id: lease.attempt for lease in leases}
    if not held:
        return set()
    async with db.reading() as conn:
        return held.keys() - await jobs.renew(conn, held.items(), lease_seconds=lease_seconds)


async def release(db: Database, lease: Lease) -> None:
    """The job waits in the queue again and its try is given back: for a worker that leaves in order.

    Raises:
        LeaseLostError: the lease was not held any more.
    """
    async with db.transaction() as tx:
        place = await jobs.release(tx, job_id=lease.job.id, attempt=lease.attempt, outcome=Outcome.RELEASED)
        if place is None:
            raise LeaseLostError(lease.job.id)
        await queue.offer_again(tx, {lease.job.id: place})


async def put_off(db: Database, lease: Lease, *, seconds: float) -> None:
    """The job cannot be worked at now, for no reason of its own: its try is given back, and housekeeping offers it
    again after so many seconds.

    Raises:
        LeaseLostError: the lease was not held any more.
    """
    async with db.transaction() as tx:
        held = await jobs.release(
            tx, job_id=lease.job.id, attempt=lease.attempt, outcome=Outcome.ERROR, delay_seconds=seconds
        )
        if held is None:
            raise LeaseLostError(lease.job.id)

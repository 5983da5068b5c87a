"""A worker tells how far it is."""

from docurift.actions.take import Lease, LeaseLostError
from docurift.model.failure import Stage
from docurift.storage import jobs
from docurift.storage.database import Database


async def report(
    db: Database, lease: Lease, *, page_count: int | None, pages_processed: int, progress: int, stage: Stage
) -> None:
    """The job shows it; `progress` (0-100) and pages never fall, and 100 is kept for the end.

    Raises:
        LeaseLostError: the lease is not held any more.
    """
    async with db.transaction() as tx:
        held = await jobs.progress(
            tx,
            job_id=lease.job.id,
            attempt=lease.attempt,
            page_count=page_count,
            pages_processed=pages_processed,
            percent=progress,
            stage=stage,
        )
        if not held:
            raise LeaseLostError(lease.job.id)
